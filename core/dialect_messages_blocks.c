#include "dialect_messages_private.h"

enum { NO_BLOCK = UINT32_MAX };

void messages_event(struct buf *out, const char *type)
{
    buf_printf(out, "event: %s\ndata: {\"type\":\"%s\"", type, type);
}

void messages_blocks_begin(
    struct messages_blocks *b, bool stream, bool thinking)
{
    *b = (struct messages_blocks){
        .stream = stream, .thinking = thinking, .open = NO_BLOCK};
}

/* ---- one block ---- */

static void close_in_body(struct messages_blocks *b)
{
    struct span args = {b->args.data, b->args.len};

    switch (b->kind) {
    case TURN_EVENT_CALL:
        turn_args_object(args, false, &b->content);
        buf_puts(&b->content, "}");
        break;
    case TURN_EVENT_REASONING:
        buf_puts(&b->content, "\",\"signature\":");
        turn_string(
            &b->content, (struct span){b->signature.data, b->signature.len});
        buf_puts(&b->content, "}");
        break;
    default:
        buf_puts(&b->content, "\"}");
        break;
    }
    buf_reset(&b->args);
    buf_reset(&b->signature);
}

static void close_block(struct messages_blocks *b, struct buf *out)
{
    if (b->open == NO_BLOCK)
        return;
    if (b->stream) {
        messages_event(out, "content_block_stop");
        buf_printf(out, ",\"index\":%u}\n\n", b->count - 1);
    } else {
        close_in_body(b);
    }
    b->open = NO_BLOCK;
}

/* Begin a block; what is its own stands up to its first member of text, whose
 * quote is open in a body. */
static struct buf *begin_block(struct messages_blocks *b, uint32_t block,
    enum turn_event_kind kind, struct buf *out)
{
    close_block(b, out);
    b->open = block;
    b->kind = kind;
    b->count++;
    if (b->stream) {
        messages_event(out, "content_block_start");
        buf_printf(out, ",\"index\":%u,\"content_block\":", b->count - 1);
        return out;
    }
    if (b->count > 1)
        buf_puts(&b->content, ",");
    return &b->content;
}

static void put_delta(struct messages_blocks *b, const char *type,
    const char *key, struct span text, struct buf *out)
{
    messages_event(out, "content_block_delta");
    buf_printf(out,
        ",\"index\":%u,\"delta\":{\"type\":\"%s\",\"%s\":", b->count - 1, type,
        key);
    turn_string(out, text);
    buf_puts(out, "}}\n\n");
}

static void begin_text(
    struct messages_blocks *b, uint32_t block, struct buf *out)
{
    struct buf *to = begin_block(b, block, TURN_EVENT_TEXT, out);

    buf_puts(to, "{\"type\":\"text\",\"text\":\"");
    if (b->stream)
        buf_puts(to, "\"}}\n\n");
}

static void begin_thinking(
    struct messages_blocks *b, uint32_t block, struct buf *out)
{
    struct buf *to = begin_block(b, block, TURN_EVENT_REASONING, out);

    buf_puts(to, "{\"type\":\"thinking\",\"thinking\":\"");
    if (b->stream)
        buf_puts(to, "\",\"signature\":\"\"}}\n\n");
}

static void write_words(struct messages_blocks *b, const char *type,
    const char *key, struct span text, struct buf *out)
{
    if (b->stream)
        put_delta(b, type, key, text, out);
    else
        buf_put(&b->content, text.p, text.n);
}

static void write_text(
    struct messages_blocks *b, const struct turn_event *e, struct buf *out)
{
    if (b->open != e->block || b->kind != TURN_EVENT_TEXT)
        begin_text(b, e->block, out);
    write_words(b, "text_delta", "text", e->text, out);
}

static void write_thinking(
    struct messages_blocks *b, const struct turn_event *e, struct buf *out)
{
    if (!b->thinking)
        return;
    if (b->open != e->block || b->kind != TURN_EVENT_REASONING)
        begin_thinking(b, e->block, out);
    write_words(b, "thinking_delta", "thinking", e->text, out);
}

static void write_signature(
    struct messages_blocks *b, const struct turn_event *e, struct buf *out)
{
    if (!b->thinking)
        return;
    if (b->open != e->block || b->kind != TURN_EVENT_REASONING)
        begin_thinking(b, e->block, out);
    if (b->stream)
        put_delta(b, "signature_delta", "signature", e->text, out);
    else
        buf_put(&b->signature, e->text.p, e->text.n);
}

static void write_redacted(
    struct messages_blocks *b, const struct turn_event *e, struct buf *out)
{
    struct buf *to;

    if (!b->thinking)
        return;
    to = begin_block(b, e->block, TURN_EVENT_REDACTED, out);
    buf_puts(to, "{\"type\":\"redacted_thinking\",\"data\":\"");
    buf_put(to, e->text.p, e->text.n);
    if (b->stream)
        buf_puts(to, "\"}}\n\n");
}

/* ---- calls ---- */

static void begin_call(struct messages_blocks *b, uint32_t block,
    struct span id, struct span name, struct buf *out)
{
    struct buf *to = begin_block(b, block, TURN_EVENT_CALL, out);

    b->scan = (struct args){0};
    buf_puts(to, "{\"type\":\"tool_use\",\"id\":");
    turn_string(to, id);
    buf_puts(to, ",\"name\":");
    turn_string(to, name);
    buf_puts(to, ",\"input\":");
    if (b->stream)
        buf_puts(to, "{}}}\n\n");
}

static void write_args(
    struct messages_blocks *b, struct span text, struct buf *out)
{
    args_take(&b->scan, text);
    if (text.n == 0)
        return;
    if (b->stream)
        put_delta(b, "input_json_delta", "partial_json", text, out);
    else
        buf_put(&b->args, text.p, text.n);
}

bool messages_blocks_calls(const struct messages_blocks *b, uint32_t block)
{
    return b->open == block && b->kind == TURN_EVENT_CALL;
}

bool messages_blocks_busy(const struct messages_blocks *b)
{
    return b->open != NO_BLOCK && b->kind == TURN_EVENT_CALL &&
           !args_whole(&b->scan);
}

/* ---- events ---- */

void messages_blocks_write(
    struct messages_blocks *b, const struct turn_event *e, struct buf *out)
{
    switch (e->kind) {
    case TURN_EVENT_TEXT:
    case TURN_EVENT_REFUSAL:
        write_text(b, e, out);
        break;
    case TURN_EVENT_REASONING:
        write_thinking(b, e, out);
        break;
    case TURN_EVENT_SIGNATURE:
        write_signature(b, e, out);
        break;
    case TURN_EVENT_REDACTED:
        write_redacted(b, e, out);
        break;
    case TURN_EVENT_CALL:
        begin_call(b, e->block, e->id, e->name, out);
        break;
    case TURN_EVENT_ARGS:
        if (messages_blocks_calls(b, e->block))
            write_args(b, e->text, out);
        break;
    default:
        break;
    }
}

/* ---- the end ---- */

void messages_blocks_end(struct messages_blocks *b, struct buf *out)
{
    if (b->count == 0)
        begin_text(b, 0, out);
    close_block(b, out);
}

bool messages_blocks_failed(const struct messages_blocks *b)
{
    return b->content.failed || b->args.failed || b->signature.failed;
}

void messages_blocks_free(struct messages_blocks *b)
{
    buf_free(&b->signature);
    buf_free(&b->args);
    buf_free(&b->content);
}
