#include <string.h>

#include "chat.h"
#include "core/json.h"

enum step {
    STEP_EMPTY,
    STEP_ROLE,
    STEP_ITEMS,
    STEP_FINISH,
    STEP_USAGE,
    STEP_END
};

#define USAGE_KEYS "prompt_tokens", "completion_tokens", "total_tokens"

static void begin(struct turn *t, const char *object, struct buf *out)
{
    buf_printf(out,
        "{\"id\":\"chatcmpl-demo%08llu\",\"object\":\"%s\","
        "\"created\":1735958400,\"model\":",
        (unsigned long long)t->serial, object);
    turn_model(t, out);
    buf_puts(out, ",\"choices\":[");
}

/* Close a chunk's choices and the chunk; ${with_usage} or null if asked. */
static void end_chunk(struct turn *t, bool with_usage, struct buf *out)
{
    buf_puts(out, "]");
    if (with_usage) {
        buf_puts(out, ",\"usage\":");
        turn_usage(t, USAGE_KEYS, out);
    } else if (t->ask->include_usage) {
        buf_puts(out, ",\"usage\":null");
    }
    turn_own_keys(t, out);
    buf_puts(out, "}");
}

static void put_finish(const char *finish, struct buf *out)
{
    if (finish != NULL)
        buf_printf(out, "\"%s\"", finish);
    else
        buf_puts(out, "null");
}

static void begin_delta(struct turn *t, struct buf *out)
{
    begin(t, "chat.completion.chunk", out);
    buf_printf(out, "{\"index\":%u,\"delta\":{", t->choice);
    if (t->ask->script.role_empty && t->step == STEP_ITEMS)
        buf_puts(out, "\"role\":\"\",");
}

static void end_delta(struct turn *t, bool with_usage, struct buf *out)
{
    buf_puts(out, "},\"finish_reason\":null}");
    end_chunk(t, with_usage, out);
}

static void put_call(
    const struct turn *t, const struct turn_item *item, struct buf *out)
{
    buf_printf(out,
        "\"id\":\"call_%llu_%u_%u\",\"type\":\"function\","
        "\"function\":{\"name\":",
        (unsigned long long)t->serial, t->choice, item->call);
    json_quote(out, turn_tool(t, item->call));
    buf_puts(out, ",\"arguments\":");
}

/* Delta ${t->at} of a call: its head, then the fragments. */
static void put_call_delta(
    struct turn *t, const struct turn_item *item, struct buf *out)
{
    buf_printf(out, "\"tool_calls\":[{\"index\":%u,", item->call);
    if (t->at == 0) {
        put_call(t, item, out);
        buf_puts(out, "\"\"}}]");
        return;
    }
    buf_puts(out, "\"function\":{\"arguments\":\"");
    turn_piece(t, item, t->at - 1, out);
    buf_puts(out, "\"}}]");
    t->produced++;
}

static void put_delta(
    struct turn *t, const struct turn_item *item, struct buf *out)
{
    begin_delta(t, out);
    if (item->kind == TURN_CALL) {
        put_call_delta(t, item, out);
    } else {
        buf_puts(out, item->kind == TURN_TEXT ? "\"content\":\""
                                              : "\"reasoning_content\":\"");
        turn_piece(t, item, t->at, out);
        buf_puts(out, "\"");
        t->produced++;
    }
    end_delta(t, false, out);
}

/* The next delta of the items, choice by choice; false behind the last. */
static bool next_item(struct turn *t, struct buf *out)
{
    while (t->item < turn_items(t)) {
        struct turn_item item = turn_item(t, t->item);
        unsigned deltas = item.count + (item.kind == TURN_CALL);

        if (t->at < deltas) {
            put_delta(t, &item, out);
            if (++t->choice == t->ask->n) {
                t->choice = 0;
                t->at++;
            }
            return true;
        }
        t->at = 0;
        t->item++;
    }
    return false;
}

static bool next_role(struct turn *t, struct buf *out)
{
    if (t->choice == t->ask->n)
        return false;
    begin_delta(t, out);
    buf_puts(out, "\"role\":\"assistant\",\"content\":");
    buf_puts(out, t->calls > 0 ? "null" : "\"\"");
    end_delta(
        t, t->choice == 0 && t->ask->script.usage == SCRIPT_USAGE_EARLY, out);
    t->choice++;
    return true;
}

static bool next_finish(struct turn *t, struct buf *out)
{
    bool last = t->choice + 1 == t->ask->n;

    if (t->choice == t->ask->n || t->finish == NULL)
        return false;
    begin(t, "chat.completion.chunk", out);
    buf_printf(out, "{\"index\":%u,\"delta\":{},\"finish_reason\":\"%s\"}",
        t->choice, t->finish);
    end_chunk(t, last && t->ask->script.usage == SCRIPT_USAGE_TWICE, out);
    t->choice++;
    return true;
}

static bool next_lone(struct turn *t, bool wanted, bool usage, struct buf *out)
{
    if (!wanted || t->choice > 0)
        return false;
    begin(t, "chat.completion.chunk", out);
    end_chunk(t, usage, out);
    t->choice = 1;
    return true;
}

static bool next_in_step(struct turn *t, struct buf *out)
{
    const struct script *s = &t->ask->script;

    switch ((enum step)t->step) {
    case STEP_EMPTY:
        return next_lone(t, s->empty_choices, false, out);
    case STEP_ROLE:
        return next_role(t, out);
    case STEP_ITEMS:
        return next_item(t, out);
    case STEP_FINISH:
        return next_finish(t, out);
    case STEP_USAGE:
        return next_lone(t,
            t->ask->include_usage && s->usage != SCRIPT_USAGE_NONE &&
                s->usage != SCRIPT_USAGE_EARLY,
            true, out);
    case STEP_END:
        break;
    }
    return false;
}

static bool chat_next(struct turn *t, struct event *e)
{
    e->name = NULL;
    while (t->step < STEP_END) {
        if (next_in_step(t, &e->data))
            return true;
        t->step++;
        t->choice = 0;
    }
    return false;
}

static void put_calls(struct turn *t, struct buf *out)
{
    const char *comma = "";

    buf_puts(out, ",\"tool_calls\":[");
    for (unsigned k = 0; k < turn_items(t); k++) {
        struct turn_item item = turn_item(t, k);

        if (item.kind != TURN_CALL)
            continue;
        buf_printf(out, "%s{", comma);
        put_call(t, &item, out);
        turn_quote(t, &item, out);
        buf_puts(out, "}}");
        comma = ",";
    }
    buf_puts(out, "]");
}

static void put_choice(struct turn *t, struct buf *out)
{
    struct turn_item first = turn_item(t, 0);
    struct turn_item last = turn_item(t, turn_items(t) - 1);

    buf_printf(out,
        "%s{\"index\":%u,\"message\":{\"role\":\"assistant\","
        "\"content\":",
        t->choice > 0 ? "," : "", t->choice);
    if (t->calls > 0)
        buf_puts(out, "null");
    else
        turn_quote(t, &last, out);
    if (first.kind == TURN_THOUGHT) {
        buf_puts(out, ",\"reasoning_content\":");
        turn_quote(t, &first, out);
    }
    if (t->calls > 0)
        put_calls(t, out);
    buf_puts(out, "},\"finish_reason\":");
    put_finish(t->finish, out);
    buf_puts(out, "}");
}

static void chat_whole(struct turn *t, struct buf *out)
{
    begin(t, "chat.completion", out);
    for (t->choice = 0; t->choice < t->ask->n; t->choice++)
        put_choice(t, out);
    buf_puts(out, "]");
    if (t->ask->script.usage != SCRIPT_USAGE_NONE) {
        buf_puts(out, ",\"usage\":");
        turn_usage(t, USAGE_KEYS, out);
    }
    turn_own_keys(t, out);
    buf_puts(out, "}");
}

static const char *error_type(unsigned status)
{
    if (status == 429)
        return "rate_limit_error";
    return status >= 500 ? "server_error" : "invalid_request_error";
}

void chat_error(const struct error_told *told, struct buf *out)
{
    buf_puts(out, "{\"error\":{\"message\":");
    json_quote(out, (struct span){told->message, strlen(told->message)});
    buf_printf(out, ",\"type\":\"%s\",\"param\":", error_type(told->status));
    if (told->param != NULL)
        json_quote(out, (struct span){told->param, strlen(told->param)});
    else
        buf_puts(out, "null");
    buf_puts(out, ",\"code\":null}}");
}

static void chat_broken(struct turn *t, struct event *e)
{
    (void)t;
    e->name = NULL;
    chat_error(&(struct error_told){500, "the demo upstream broke off", NULL},
        &e->data);
}

const struct dialect chat_dialect = {
    .last = "[DONE]",
    .whole = chat_whole,
    .next = chat_next,
    .broken = chat_broken,
    .error = chat_error,
};
