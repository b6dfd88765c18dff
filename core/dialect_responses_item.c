#include "dialect_responses_private.h"
#include "frame.h"

/* The frames of one item of an answer. */

static struct span span_of(const struct buf *b)
{
    return (struct span){b->data, b->len};
}

void responses_pen_begin(struct responses_pen *pen, const char *type)
{
    buf_printf(pen->out,
        "event: %s\ndata: {\"type\":\"%s\",\"sequence_number\":%llu", type,
        type, (unsigned long long)pen->sequence++);
}

void responses_pen_end(struct responses_pen *pen)
{
    buf_puts(pen->out, "}\n\n");
}

void responses_item_free(struct responses_item *item)
{
    buf_free(&item->parts);
    buf_free(&item->notes);
    buf_free(&item->seal);
    buf_free(&item->logprobs);
    buf_free(&item->text);
    buf_free(&item->space);
    buf_free(&item->name);
    buf_free(&item->call_id);
    buf_free(&item->id);
    *item = (struct responses_item){0};
}

bool responses_item_failed(const struct responses_item *item)
{
    return item->id.failed || item->call_id.failed || item->name.failed ||
           item->space.failed || item->text.failed || item->logprobs.failed ||
           item->seal.failed || item->notes.failed || item->parts.failed;
}

/* ---- the object ---- */

static void put_text_part(
    const struct responses_item *item, struct span text, struct buf *out)
{
    buf_puts(out, "{\"type\":\"output_text\",\"text\":");
    turn_string(out, text);
    buf_puts(out, ",\"annotations\":[");
    buf_put(out, item->notes.data, item->notes.len);
    buf_puts(out, "],\"logprobs\":[");
    buf_put(out, item->logprobs.data, item->logprobs.len);
    buf_puts(out, "]}");
}

static void put_summary_part(struct span text, struct buf *out)
{
    buf_puts(out, "{\"type\":\"summary_text\",\"text\":");
    turn_string(out, text);
    buf_puts(out, "}");
}

static void put_done(const struct responses_item *item, struct buf *out)
{
    buf_put(out, item->parts.data, item->parts.len);
    if (item->done > 0 && item->part)
        buf_puts(out, ",");
}

static void put_message(const struct responses_item *item, struct buf *out)
{
    buf_puts(out, ",\"role\":\"assistant\",\"content\":[");
    put_done(item, out);
    if (item->part)
        put_text_part(item, span_of(&item->text), out);
    buf_puts(out, "]");
}

static void put_reasoning(const struct responses_item *item, struct buf *out)
{
    buf_puts(out, ",\"summary\":[");
    put_done(item, out);
    if (item->part)
        put_summary_part(span_of(&item->text), out);
    buf_puts(out, "]");
    if (item->seal.len > 0) {
        buf_puts(out, ",\"encrypted_content\":");
        turn_string(out, span_of(&item->seal));
    }
}

static void put_call(
    const struct responses_item *item, const char *key, struct buf *out)
{
    buf_puts(out, ",\"call_id\":");
    turn_string(out, span_of(&item->call_id));
    buf_puts(out, ",\"name\":");
    turn_string(out, span_of(&item->name));
    if (item->space.len > 0) {
        buf_puts(out, ",\"namespace\":");
        turn_string(out, span_of(&item->space));
    }
    buf_printf(out, ",\"%s\":", key);
    turn_string(out, span_of(&item->text));
}

void responses_item_write(
    const struct responses_item *item, const char *status, struct buf *out)
{
#define RESPONSES_TYPE(name, type, prefix) type,
    static const char *const types[] = {RESPONSES_ITEMS(RESPONSES_TYPE)};
#undef RESPONSES_TYPE

    buf_puts(out, "{\"id\":");
    turn_string(out, span_of(&item->id));
    buf_printf(
        out, ",\"type\":\"%s\",\"status\":\"%s\"", types[item->kind], status);
    switch (item->kind) {
    case RESPONSES_MESSAGE:
        put_message(item, out);
        break;
    case RESPONSES_CALL:
        put_call(item, "arguments", out);
        break;
    case RESPONSES_CUSTOM:
        put_call(item, "input", out);
        break;
    case RESPONSES_REASONING:
    case RESPONSES_OTHER:
        put_reasoning(item, out);
        break;
    }
    buf_puts(out, "}");
}

/* ---- frames ---- */

/* The names of the frames of each kind's text. */
static const struct {
    const char *part_added, *delta, *done, *part_done;
    const char *key;   /* of the whole text when it is done */
    const char *place; /* of the part within the item */
} frames[] = {
    [RESPONSES_MESSAGE] = {"response.content_part.added",
        "response.output_text.delta", "response.output_text.done",
        "response.content_part.done", "text", "content_index"},
    [RESPONSES_CALL] = {NULL, "response.function_call_arguments.delta",
        "response.function_call_arguments.done", NULL, "arguments", NULL},
    [RESPONSES_CUSTOM] = {NULL, "response.custom_tool_call_input.delta",
        "response.custom_tool_call_input.done", NULL, "input", NULL},
    [RESPONSES_REASONING] = {"response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done", "text", "summary_index"},
};

static void begin_frame(const struct responses_item *item, const char *type,
    struct responses_pen *pen)
{
    responses_pen_begin(pen, type);
    buf_puts(pen->out, ",\"item_id\":");
    turn_string(pen->out, span_of(&item->id));
    buf_printf(pen->out, ",\"output_index\":%u", item->index);
    if (frames[item->kind].place != NULL)
        buf_printf(
            pen->out, ",\"%s\":%u", frames[item->kind].place, item->done);
}

static void put_part(const struct responses_item *item, const char *type,
    struct span text, struct responses_pen *pen)
{
    begin_frame(item, type, pen);
    buf_puts(pen->out, ",\"part\":");
    if (item->kind == RESPONSES_MESSAGE)
        put_text_part(item, text, pen->out);
    else
        put_summary_part(text, pen->out);
    responses_pen_end(pen);
}

static void put_item(const struct responses_item *item, const char *type,
    const char *status, struct responses_pen *pen)
{
    responses_pen_begin(pen, type);
    buf_printf(pen->out, ",\"output_index\":%u,\"item\":", item->index);
    responses_item_write(item, status, pen->out);
    responses_pen_end(pen);
}

void responses_item_begin(
    struct responses_item *item, struct responses_pen *pen)
{
    put_item(item, "response.output_item.added", "in_progress", pen);
}

/* Those of a piece of text, which are kept for the whole, too. */
static void put_logprobs(
    struct responses_item *item, struct span logprobs, struct buf *out)
{
    size_t from = item->logprobs.len;

    buf_puts(out, ",\"logprobs\":[");
    if (logprobs.n > 2 && from > 0)
        buf_puts(&item->logprobs, ",");
    if (logprobs.n > 2) {
        buf_put(&item->logprobs, logprobs.p + 1, logprobs.n - 2);
        frame_join(&item->logprobs, from);
        from += from > 0;
        buf_put(out, item->logprobs.data + from, item->logprobs.len - from);
    }
    buf_puts(out, "]");
}

void responses_item_say(struct responses_item *item, struct span text,
    struct span logprobs, struct responses_pen *pen)
{
    if (!item->part && frames[item->kind].part_added != NULL)
        put_part(
            item, frames[item->kind].part_added, (struct span){"", 0}, pen);
    item->part = true;
    buf_put(&item->text, text.p, text.n);
    begin_frame(item, frames[item->kind].delta, pen);
    buf_puts(pen->out, ",\"delta\":");
    turn_string(pen->out, text);
    if (item->kind == RESPONSES_MESSAGE)
        put_logprobs(item, logprobs, pen->out);
    responses_pen_end(pen);
}

/* Calls are done also when they have no arguments. */
void responses_item_end(
    struct responses_item *item, const char *status, struct responses_pen *pen)
{
    bool call = item->kind == RESPONSES_CALL || item->kind == RESPONSES_CUSTOM;

    if (item->part || call) {
        begin_frame(item, frames[item->kind].done, pen);
        buf_printf(pen->out, ",\"%s\":", frames[item->kind].key);
        turn_string(pen->out, span_of(&item->text));
        if (item->kind == RESPONSES_MESSAGE) {
            buf_puts(pen->out, ",\"logprobs\":[");
            buf_put(pen->out, item->logprobs.data, item->logprobs.len);
            buf_puts(pen->out, "]");
        }
        responses_pen_end(pen);
    }
    if (item->part && frames[item->kind].part_done != NULL)
        put_part(item, frames[item->kind].part_done, span_of(&item->text), pen);
    put_item(item, "response.output_item.done", status, pen);
}
