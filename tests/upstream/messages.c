#include <string.h>

#include "core/json.h"
#include "messages.h"

enum step {
    STEP_START,
    STEP_PING,
    STEP_ITEMS,
    STEP_DELTA,
    STEP_STOP,
    STEP_END
};

#define USAGE_KEYS "input_tokens", "output_tokens", NULL

static const char *stop_reason(const char *finish)
{
    if (strcmp(finish, "length") == 0)
        return "max_tokens";
    if (strcmp(finish, "tool_calls") == 0)
        return "tool_use";
    return strcmp(finish, "stop") == 0 ? "end_turn" : "refusal";
}

static void put_stop_reason(const struct turn *t, struct buf *out)
{
    if (t->finish != NULL)
        buf_printf(out, "\"stop_reason\":\"%s\"", stop_reason(t->finish));
    else
        buf_puts(out, "\"stop_reason\":null");
    buf_puts(out, ",\"stop_sequence\":null");
}

static void begin_message(struct turn *t, struct buf *out)
{
    buf_printf(out,
        "{\"id\":\"msg_demo%08llu\",\"type\":\"message\","
        "\"role\":\"assistant\",\"model\":",
        (unsigned long long)t->serial);
    turn_model(t, out);
    buf_puts(out, ",\"content\":[");
}

static void put_tool_use(
    const struct turn *t, const struct turn_item *item, struct buf *out)
{
    buf_printf(out,
        "{\"type\":\"tool_use\",\"id\":\"toolu_%llu_%u\","
        "\"name\":",
        (unsigned long long)t->serial, item->call);
    json_quote(out, turn_tool(t, item->call));
    buf_puts(out, ",\"input\":");
}

static void start_message(struct turn *t, struct event *e)
{
    e->name = "message_start";
    buf_puts(&e->data, "{\"type\":\"message_start\",\"message\":");
    begin_message(t, &e->data);
    buf_puts(&e->data, "],\"stop_reason\":null,\"stop_sequence\":null");
    if (t->ask->script.usage != SCRIPT_USAGE_NONE) {
        buf_puts(&e->data, ",\"usage\":");
        turn_usage(t, USAGE_KEYS, &e->data);
    }
    buf_puts(&e->data, "}");
    turn_own_keys(t, &e->data);
    buf_puts(&e->data, "}");
}

static void start_block(
    struct turn *t, const struct turn_item *item, struct event *e)
{
    e->name = "content_block_start";
    buf_printf(&e->data,
        "{\"type\":\"content_block_start\",\"index\":%u,\"content_block\":",
        t->item);
    switch (item->kind) {
    case TURN_THOUGHT:
        buf_puts(&e->data,
            "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}");
        break;
    case TURN_TEXT:
        buf_puts(&e->data, "{\"type\":\"text\",\"text\":\"\"}");
        break;
    case TURN_CALL:
        put_tool_use(t, item, &e->data);
        buf_puts(&e->data, "{}}");
        break;
    }
    buf_puts(&e->data, "}");
}

static void begin_delta(struct turn *t, const char *type, struct event *e)
{
    e->name = "content_block_delta";
    buf_printf(&e->data,
        "{\"type\":\"content_block_delta\",\"index\":%u,"
        "\"delta\":{\"type\":\"%s\",",
        t->item, type);
}

static void put_delta(
    struct turn *t, const struct turn_item *item, unsigned i, struct event *e)
{
    static const struct {
        const char *type, *key;
    } kinds[] = {
        [TURN_THOUGHT] = {"thinking_delta", "thinking"},
        [TURN_TEXT] = {"text_delta", "text"},
        [TURN_CALL] = {"input_json_delta", "partial_json"},
    };

    begin_delta(t, kinds[item->kind].type, e);
    buf_printf(&e->data, "\"%s\":\"", kinds[item->kind].key);
    turn_piece(t, item, i, &e->data);
    buf_puts(&e->data, "\"}");
    turn_own_keys(t, &e->data);
    buf_puts(&e->data, "}");
    t->produced++;
}

static void put_signature(struct turn *t, struct event *e)
{
    begin_delta(t, "signature_delta", e);
    buf_puts(&e->data, "\"signature\":\"c2lnbmVk\"}}");
}

/* Start, deltas, signature of a thought, stop: of one block after another. */
static bool next_block(struct turn *t, struct event *e)
{
    struct turn_item item;
    unsigned at = t->at, closing;

    if (t->item == turn_items(t))
        return false;
    item = turn_item(t, t->item);
    closing = 1 + item.count + (item.kind == TURN_THOUGHT);
    t->at++;
    if (at == 0) {
        start_block(t, &item, e);
    } else if (at <= item.count) {
        put_delta(t, &item, at - 1, e);
    } else if (at < closing) {
        put_signature(t, e);
    } else {
        e->name = "content_block_stop";
        buf_printf(&e->data, "{\"type\":\"content_block_stop\",\"index\":%u}",
            t->item);
        t->item++;
        t->at = 0;
    }
    return true;
}

static bool put_ending(struct turn *t, struct event *e)
{
    if (t->finish == NULL)
        return false;
    e->name = "message_delta";
    buf_puts(&e->data, "{\"type\":\"message_delta\",\"delta\":{");
    put_stop_reason(t, &e->data);
    buf_puts(&e->data, "}");
    if (t->ask->script.usage != SCRIPT_USAGE_NONE) {
        buf_puts(&e->data, ",\"usage\":");
        turn_usage(t, USAGE_KEYS, &e->data);
    }
    turn_own_keys(t, &e->data);
    buf_puts(&e->data, "}");
    return true;
}

static bool put_last(struct turn *t, struct event *e)
{
    if (t->ask->script.no_done)
        return false;
    e->name = "message_stop";
    buf_puts(&e->data, "{\"type\":\"message_stop\"}");
    return true;
}

static bool messages_next(struct turn *t, struct event *e)
{
    for (;;) {
        enum step step = t->step;

        if (step == STEP_END)
            return false;
        if (step == STEP_ITEMS) {
            if (next_block(t, e))
                return true;
            t->step++;
            continue;
        }
        t->step++;
        if (step == STEP_START) {
            start_message(t, e);
            return true;
        }
        if (step == STEP_PING) {
            e->name = "ping";
            buf_puts(&e->data, "{\"type\":\"ping\"}");
            return true;
        }
        if (step == STEP_DELTA ? put_ending(t, e) : put_last(t, e))
            return true;
    }
}

static void put_block(
    const struct turn *t, const struct turn_item *item, struct buf *out)
{
    switch (item->kind) {
    case TURN_THOUGHT:
        buf_puts(out, "{\"type\":\"thinking\",\"thinking\":");
        turn_quote(t, item, out);
        buf_puts(out, ",\"signature\":\"c2lnbmVk\"}");
        break;
    case TURN_TEXT:
        buf_puts(out, "{\"type\":\"text\",\"text\":");
        turn_quote(t, item, out);
        buf_puts(out, "}");
        break;
    case TURN_CALL:
        put_tool_use(t, item, out);
        turn_arguments(t, out);
        buf_puts(out, "}");
        break;
    }
}

static void messages_whole(struct turn *t, struct buf *out)
{
    begin_message(t, out);
    for (unsigned k = 0; k < turn_items(t); k++) {
        struct turn_item item = turn_item(t, k);

        if (k > 0)
            buf_puts(out, ",");
        put_block(t, &item, out);
    }
    buf_puts(out, "],");
    put_stop_reason(t, out);
    if (t->ask->script.usage != SCRIPT_USAGE_NONE) {
        buf_puts(out, ",\"usage\":");
        turn_usage(t, USAGE_KEYS, out);
    }
    turn_own_keys(t, out);
    buf_puts(out, "}");
}

static const char *error_type(unsigned status)
{
    static const struct {
        unsigned status;
        const char *type;
    } types[] = {{401, "authentication_error"}, {402, "billing_error"},
        {403, "permission_error"}, {404, "not_found_error"},
        {413, "request_too_large"}, {429, "rate_limit_error"},
        {503, "overloaded_error"}, {504, "timeout_error"},
        {529, "overloaded_error"}};

    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (types[i].status == status)
            return types[i].type;
    return status >= 500 ? "api_error" : "invalid_request_error";
}

static void messages_error(const struct error_told *told, struct buf *out)
{
    buf_printf(out,
        "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":",
        error_type(told->status));
    json_quote(out, (struct span){told->message, strlen(told->message)});
    buf_puts(out, "}}");
}

static void messages_broken(struct turn *t, struct event *e)
{
    (void)t;
    e->name = "error";
    messages_error(
        &(struct error_told){500, "the demo upstream broke off", NULL},
        &e->data);
}

const struct dialect messages_dialect = {
    .last = NULL,
    .whole = messages_whole,
    .next = messages_next,
    .broken = messages_broken,
    .error = messages_error,
};
