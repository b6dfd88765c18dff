#include <string.h>

#include "chat.h"
#include "core/json.h"
#include "responses.h"

enum step { STEP_CREATED, STEP_PROGRESS, STEP_ITEMS, STEP_END };

static bool is_incomplete(const struct turn *t)
{
    return t->finish != NULL && (strcmp(t->finish, "length") == 0 ||
                                    strcmp(t->finish, "content_filter") == 0);
}

static const char *final_status(const struct turn *t)
{
    if (t->finish == NULL)
        return "in_progress";
    return is_incomplete(t) ? "incomplete" : "completed";
}

static void put_item_id(const struct turn *t, unsigned k, struct buf *out)
{
    static const char *const prefix[] = {
        [TURN_THOUGHT] = "rs", [TURN_TEXT] = "msg", [TURN_CALL] = "fc"};

    buf_printf(out, "\"%s_demo%08llu_%u\"", prefix[turn_item(t, k).kind],
        (unsigned long long)t->serial, k);
}

static void put_part(const struct turn *t, const struct turn_item *item,
    bool full, struct buf *out)
{
    buf_printf(out, "{\"type\":\"%s\",\"text\":",
        item->kind == TURN_TEXT ? "output_text" : "summary_text");
    if (full)
        turn_quote(t, item, out);
    else
        buf_puts(out, "\"\"");
    if (item->kind == TURN_TEXT)
        buf_puts(out, ",\"annotations\":[],\"logprobs\":[]");
    buf_puts(out, "}");
}

static void put_call(const struct turn *t, const struct turn_item *item,
    bool full, struct buf *out)
{
    buf_printf(out,
        "\"type\":\"function_call\",\"call_id\":\"call_%llu_%u\","
        "\"name\":",
        (unsigned long long)t->serial, item->call);
    json_quote(out, turn_tool(t, item->call));
    buf_puts(out, ",\"arguments\":");
    if (full)
        turn_quote(t, item, out);
    else
        buf_puts(out, "\"\"");
}

/* Item ${k} as it is added, or ${full} as it is done. */
static void put_item(
    const struct turn *t, unsigned k, bool full, struct buf *out)
{
    struct turn_item item = turn_item(t, k);

    buf_puts(out, "{\"id\":");
    put_item_id(t, k, out);
    buf_printf(out, ",\"status\":\"%s\",", full ? "completed" : "in_progress");
    switch (item.kind) {
    case TURN_CALL:
        put_call(t, &item, full, out);
        buf_puts(out, "}");
        return;
    case TURN_TEXT:
        buf_puts(out, "\"type\":\"message\",\"role\":\"assistant\","
                      "\"content\":[");
        break;
    case TURN_THOUGHT:
        buf_puts(out, "\"type\":\"reasoning\",\"summary\":[");
        break;
    }
    if (full)
        put_part(t, &item, true, out);
    buf_puts(out, "]}");
}

static void put_usage(const struct turn *t, struct buf *out)
{
    buf_puts(out, ",\"usage\":");
    if (t->ask->script.usage == SCRIPT_USAGE_NONE) {
        buf_puts(out, "null");
        return;
    }
    turn_usage(t, "input_tokens", "output_tokens", "total_tokens", out);
}

/* The response object: as it began, or with its output. */
static void put_response(
    struct turn *t, const char *status, bool full, struct buf *out)
{
    buf_printf(out,
        "{\"id\":\"resp_demo%08llu\",\"object\":\"response\","
        "\"created_at\":1735958400,\"status\":\"%s\",\"error\":null,"
        "\"incomplete_details\":",
        (unsigned long long)t->serial, status);
    if (full && is_incomplete(t))
        buf_printf(out, "{\"reason\":\"%s\"}",
            strcmp(t->finish, "length") == 0 ? "max_output_tokens"
                                             : "content_filter");
    else
        buf_puts(out, "null");
    buf_puts(out, ",\"instructions\":null,\"metadata\":{},\"model\":");
    turn_model(t, out);
    buf_puts(out, ",\"parallel_tool_calls\":true,\"tool_choice\":\"auto\","
                  "\"tools\":[],\"temperature\":1,\"top_p\":1,\"output\":[");
    for (unsigned k = 0; full && k < turn_items(t); k++) {
        if (k > 0)
            buf_puts(out, ",");
        put_item(t, k, true, out);
    }
    buf_puts(out, "]");
    if (full)
        put_usage(t, out);
    else
        buf_puts(out, ",\"usage\":null");
    turn_own_keys(t, out);
    buf_puts(out, "}");
}

static void begin_event(struct turn *t, const char *name, struct event *e)
{
    e->name = name;
    buf_printf(
        &e->data, "{\"type\":\"%s\",\"sequence_number\":%u", name, t->seq++);
}

static void put_response_event(struct turn *t, const char *name,
    const char *status, bool full, struct event *e)
{
    begin_event(t, name, e);
    buf_puts(&e->data, ",\"response\":");
    put_response(t, status, full, &e->data);
    buf_puts(&e->data, "}");
}

/* An event about item t->item as a whole. */
static void put_item_event(
    struct turn *t, const char *name, bool full, struct event *e)
{
    begin_event(t, name, e);
    buf_printf(&e->data, ",\"output_index\":%u,\"item\":", t->item);
    put_item(t, t->item, full, &e->data);
    buf_puts(&e->data, "}");
}

/* The beginning of an event about something within item t->item. */
static void begin_inner(struct turn *t, const char *name,
    const struct turn_item *item, struct event *e)
{
    begin_event(t, name, e);
    buf_puts(&e->data, ",\"item_id\":");
    put_item_id(t, t->item, &e->data);
    buf_printf(&e->data, ",\"output_index\":%u", t->item);
    if (item->kind != TURN_CALL)
        buf_printf(&e->data, ",\"%s\":0",
            item->kind == TURN_TEXT ? "content_index" : "summary_index");
}

struct names {
    const char *part_added, *delta, *done, *part_done, *key;
};

static const struct names names[] = {
    [TURN_THOUGHT] = {"response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done", "text"},
    [TURN_TEXT] = {"response.content_part.added", "response.output_text.delta",
        "response.output_text.done", "response.content_part.done", "text"},
    [TURN_CALL] = {NULL, "response.function_call_arguments.delta",
        "response.function_call_arguments.done", NULL, "arguments"},
};

static void put_part_event(
    struct turn *t, const struct turn_item *item, bool full, struct event *e)
{
    const struct names *n = &names[item->kind];

    begin_inner(t, full ? n->part_done : n->part_added, item, e);
    buf_puts(&e->data, ",\"part\":");
    put_part(t, item, full, &e->data);
    buf_puts(&e->data, "}");
}

static void put_delta(
    struct turn *t, const struct turn_item *item, unsigned i, struct event *e)
{
    begin_inner(t, names[item->kind].delta, item, e);
    buf_puts(&e->data, ",\"delta\":\"");
    turn_piece(t, item, i, &e->data);
    buf_puts(&e->data, "\"");
    if (item->kind == TURN_TEXT)
        buf_puts(&e->data, ",\"logprobs\":[]");
    turn_own_keys(t, &e->data);
    buf_puts(&e->data, "}");
    t->produced++;
}

static void put_done(
    struct turn *t, const struct turn_item *item, struct event *e)
{
    begin_inner(t, names[item->kind].done, item, e);
    buf_printf(&e->data, ",\"%s\":", names[item->kind].key);
    turn_quote(t, item, &e->data);
    if (item->kind == TURN_TEXT)
        buf_puts(&e->data, ",\"logprobs\":[]");
    if (item->kind == TURN_CALL) {
        buf_puts(&e->data, ",\"name\":");
        json_quote(&e->data, turn_tool(t, item->call));
    }
    buf_puts(&e->data, "}");
}

/* Item added, part added, deltas, text done, part done, item done; a call has
 * no parts. */
static bool next_in_item(struct turn *t, struct event *e)
{
    struct turn_item item;
    unsigned at = t->at++, parts;

    if (t->item == turn_items(t))
        return false;
    item = turn_item(t, t->item);
    parts = item.kind != TURN_CALL;
    if (at == 0)
        put_item_event(t, "response.output_item.added", false, e);
    else if (at == 1 && parts > 0)
        put_part_event(t, &item, false, e);
    else if (at - 1 - parts < item.count)
        put_delta(t, &item, at - 1 - parts, e);
    else if (at - 1 - parts == item.count)
        put_done(t, &item, e);
    else if (at - 2 - parts == item.count && parts > 0)
        put_part_event(t, &item, true, e);
    else {
        put_item_event(t, "response.output_item.done", true, e);
        t->item++;
        t->at = 0;
    }
    return true;
}

static bool put_last(struct turn *t, struct event *e)
{
    if (t->finish == NULL || t->ask->script.no_done)
        return false;
    put_response_event(t,
        is_incomplete(t) ? "response.incomplete" : "response.completed",
        final_status(t), true, e);
    return true;
}

static bool responses_next(struct turn *t, struct event *e)
{
    switch ((enum step)t->step) {
    case STEP_CREATED:
        put_response_event(t, "response.created", "in_progress", false, e);
        t->step++;
        return true;
    case STEP_PROGRESS:
        put_response_event(t, "response.in_progress", "in_progress", false, e);
        t->step++;
        return true;
    case STEP_ITEMS:
        if (next_in_item(t, e))
            return true;
        t->step = STEP_END;
        return put_last(t, e);
    case STEP_END:
        break;
    }
    return false;
}

static void responses_whole(struct turn *t, struct buf *out)
{
    put_response(t, final_status(t), true, out);
}

static void responses_broken(struct turn *t, struct event *e)
{
    begin_event(t, "error", e);
    buf_puts(&e->data, ",\"code\":\"server_error\",\"message\":"
                       "\"the demo upstream broke off\",\"param\":null}");
}

const struct dialect responses_dialect = {
    .last = NULL,
    .whole = responses_whole,
    .next = responses_next,
    .broken = responses_broken,
    .error = chat_error,
};
