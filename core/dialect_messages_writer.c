#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "dialect_messages_private.h"
#include "frame.h"
#include "turn.h"

/* Events as a Messages answer: frames, or one body at the end. One block is
 * open at a time and calls must not interleave, which other dialects allow:
 * what comes while a call is open waits until its arguments are a whole JSON
 * value. */

enum { NO_BLOCK = UINT32_MAX };

struct messages_writer {
    struct codec_writer base;
    bool stream;
    bool thinking;      /* the caller wants to see it */
    struct buf message; /* members of the message from "id" to "model" */
    uint64_t est_in;

    bool begun;
    uint32_t open; /* the events' number of the open block; or NO_BLOCK */
    enum turn_event_kind kind; /* of the open block */
    unsigned blocks;           /* begun so far */
    struct args scan;          /* of the open call */
    struct buf content;        /* blocks, in a body */
    struct buf args;           /* of the open call, in a body */
    struct buf signature;      /* of the open reasoning, in a body */

    struct messages_queue queue;
    enum turn_stop stop;
    struct buf stop_sequence;
};

/* ---- blocks ---- */

static void put_event(struct buf *out, const char *type)
{
    buf_printf(out, "event: %s\ndata: {\"type\":\"%s\"", type, type);
}

static void write_begin(struct messages_writer *w, uint64_t in, struct buf *out)
{
    if (w->begun || !w->stream)
        return;
    w->begun = true;
    put_event(out, "message_start");
    buf_puts(out, ",\"message\":{");
    buf_put(out, w->message.data, w->message.len);
    buf_printf(out,
        ",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,"
        "\"usage\":{\"input_tokens\":%llu,\"output_tokens\":0}}}\n\n",
        (unsigned long long)in);
    messages_beat(out);
}

static void close_in_body(struct messages_writer *w)
{
    struct span args = {w->args.data, w->args.len};

    switch (w->kind) {
    case TURN_EVENT_CALL:
        turn_args_object(args, false, &w->content);
        buf_puts(&w->content, "}");
        break;
    case TURN_EVENT_REASONING:
        buf_puts(&w->content, "\",\"signature\":");
        turn_string(
            &w->content, (struct span){w->signature.data, w->signature.len});
        buf_puts(&w->content, "}");
        break;
    default:
        buf_puts(&w->content, "\"}");
        break;
    }
    buf_reset(&w->args);
    buf_reset(&w->signature);
}

static void close_block(struct messages_writer *w, struct buf *out)
{
    if (w->open == NO_BLOCK)
        return;
    if (w->stream) {
        put_event(out, "content_block_stop");
        buf_printf(out, ",\"index\":%u}\n\n", w->blocks - 1);
    } else {
        close_in_body(w);
    }
    w->open = NO_BLOCK;
}

/* Begin a block; what is its own stands up to its first member of text, whose
 * quote is open in a body. */
static struct buf *begin_block(struct messages_writer *w, uint32_t block,
    enum turn_event_kind kind, struct buf *out)
{
    close_block(w, out);
    w->open = block;
    w->kind = kind;
    w->blocks++;
    if (w->stream) {
        put_event(out, "content_block_start");
        buf_printf(out, ",\"index\":%u,\"content_block\":", w->blocks - 1);
        return out;
    }
    if (w->blocks > 1)
        buf_puts(&w->content, ",");
    return &w->content;
}

static void put_delta(struct messages_writer *w, const char *type,
    const char *key, struct span text, struct buf *out)
{
    put_event(out, "content_block_delta");
    buf_printf(out,
        ",\"index\":%u,\"delta\":{\"type\":\"%s\",\"%s\":", w->blocks - 1, type,
        key);
    turn_string(out, text);
    buf_puts(out, "}}\n\n");
}

static void begin_text(
    struct messages_writer *w, uint32_t block, struct buf *out)
{
    struct buf *to = begin_block(w, block, TURN_EVENT_TEXT, out);

    buf_puts(to, "{\"type\":\"text\",\"text\":\"");
    if (w->stream)
        buf_puts(to, "\"}}\n\n");
}

static void begin_thinking(
    struct messages_writer *w, uint32_t block, struct buf *out)
{
    struct buf *to = begin_block(w, block, TURN_EVENT_REASONING, out);

    buf_puts(to, "{\"type\":\"thinking\",\"thinking\":\"");
    if (w->stream)
        buf_puts(to, "\",\"signature\":\"\"}}\n\n");
}

static void write_words(struct messages_writer *w, const char *type,
    const char *key, struct span text, struct buf *out)
{
    if (w->stream)
        put_delta(w, type, key, text, out);
    else
        buf_put(&w->content, text.p, text.n);
}

static void write_text(
    struct messages_writer *w, const struct turn_event *e, struct buf *out)
{
    if (w->open != e->block || w->kind != TURN_EVENT_TEXT)
        begin_text(w, e->block, out);
    write_words(w, "text_delta", "text", e->text, out);
}

static void write_thinking(
    struct messages_writer *w, const struct turn_event *e, struct buf *out)
{
    if (!w->thinking)
        return;
    if (w->open != e->block || w->kind != TURN_EVENT_REASONING)
        begin_thinking(w, e->block, out);
    write_words(w, "thinking_delta", "thinking", e->text, out);
}

static void write_signature(
    struct messages_writer *w, const struct turn_event *e, struct buf *out)
{
    if (!w->thinking)
        return;
    if (w->open != e->block || w->kind != TURN_EVENT_REASONING)
        begin_thinking(w, e->block, out);
    if (w->stream)
        put_delta(w, "signature_delta", "signature", e->text, out);
    else
        buf_put(&w->signature, e->text.p, e->text.n);
}

static void write_redacted(
    struct messages_writer *w, const struct turn_event *e, struct buf *out)
{
    struct buf *to;

    if (!w->thinking)
        return;
    to = begin_block(w, e->block, TURN_EVENT_REDACTED, out);
    buf_puts(to, "{\"type\":\"redacted_thinking\",\"data\":\"");
    buf_put(to, e->text.p, e->text.n);
    if (w->stream)
        buf_puts(to, "\"}}\n\n");
}

/* ---- calls ---- */

static void begin_call(struct messages_writer *w, uint32_t block,
    struct span id, struct span name, struct buf *out)
{
    struct buf *to = begin_block(w, block, TURN_EVENT_CALL, out);

    w->scan = (struct args){0};
    buf_puts(to, "{\"type\":\"tool_use\",\"id\":");
    turn_string(to, id);
    buf_puts(to, ",\"name\":");
    turn_string(to, name);
    buf_puts(to, ",\"input\":");
    if (w->stream)
        buf_puts(to, "{}}}\n\n");
}

static void write_args(
    struct messages_writer *w, struct span text, struct buf *out)
{
    args_take(&w->scan, text);
    if (text.n == 0)
        return;
    if (w->stream)
        put_delta(w, "input_json_delta", "partial_json", text, out);
    else
        buf_put(&w->args, text.p, text.n);
}

static bool call_is_open(const struct messages_writer *w)
{
    return w->open != NO_BLOCK && w->kind == TURN_EVENT_CALL &&
           !args_whole(&w->scan);
}

/* ---- events ---- */

static void write_event(
    struct messages_writer *w, const struct turn_event *e, struct buf *out)
{
    switch (e->kind) {
    case TURN_EVENT_TEXT:
    case TURN_EVENT_REFUSAL:
        write_text(w, e, out);
        break;
    case TURN_EVENT_REASONING:
        write_thinking(w, e, out);
        break;
    case TURN_EVENT_SIGNATURE:
        write_signature(w, e, out);
        break;
    case TURN_EVENT_REDACTED:
        write_redacted(w, e, out);
        break;
    case TURN_EVENT_CALL:
        begin_call(w, e->block, e->id, e->name, out);
        break;
    case TURN_EVENT_ARGS:
        if (w->open == e->block && w->kind == TURN_EVENT_CALL)
            write_args(w, e->text, out);
        break;
    default:
        break;
    }
}

static struct span span_of(const struct buf *b)
{
    return (struct span){b->data, b->len};
}

static void write_waiting(struct messages_writer *w,
    const struct messages_waiting *waiting, struct buf *out)
{
    struct turn_event e = {
        .kind = waiting->kind,
        .block = waiting->block,
        .id = span_of(&waiting->id),
        .name = span_of(&waiting->name),
        .text = span_of(&waiting->text),
    };

    if (e.kind == TURN_EVENT_CALL || e.text.n > 0)
        write_event(w, &e, out);
    if (e.kind == TURN_EVENT_CALL)
        write_args(w, e.text, out);
    if (waiting->seal.len == 0)
        return;
    e.kind = TURN_EVENT_SIGNATURE;
    e.text = span_of(&waiting->seal);
    write_event(w, &e, out);
}

/* Let out what waits for an open call to be whole; at the end, all. */
static void write_queue(struct messages_writer *w, bool all, struct buf *out)
{
    while (w->queue.count > 0 && (all || !call_is_open(w))) {
        write_waiting(w, &w->queue.list[0], out);
        messages_queue_drop(&w->queue);
    }
}

/* What belongs to the open call goes on at once; all else waits for its
 * end. */
static void take_block(
    struct messages_writer *w, const struct turn_event *e, struct buf *out)
{
    bool own = w->open == e->block && w->kind == TURN_EVENT_CALL;

    if (!own && call_is_open(w)) {
        messages_queue_add(&w->queue, e);
        return;
    }
    write_event(w, e, out);
    write_queue(w, false, out);
}

static void messages_writer_event(
    struct codec_writer *base, const struct turn_event *e, struct buf *out)
{
    struct messages_writer *w = (struct messages_writer *)base;

    write_begin(w, e->has_usage ? e->usage.in : w->est_in, out);
    switch (e->kind) {
    case TURN_EVENT_STOP:
        w->stop = e->stop;
        buf_put(&w->stop_sequence, e->stop_sequence.p, e->stop_sequence.n);
        break;
    case TURN_EVENT_BEGIN:
    case TURN_EVENT_USAGE:
        break;
    default:
        take_block(w, e, out);
        break;
    }
}

/* ---- the end ---- */

static void put_stop(struct messages_writer *w, struct buf *out)
{
    buf_printf(out, "\"stop_reason\":\"%s\",\"stop_sequence\":",
        messages_stop_word(w->stop));
    if (w->stop == TURN_STOP_SEQUENCE && w->stop_sequence.len > 0)
        turn_string(out, span_of(&w->stop_sequence));
    else
        buf_puts(out, "null");
}

static void put_usage(const struct turn_usage *u, struct buf *out)
{
    uint64_t cached = u->cached < u->in ? u->cached : u->in;
    uint64_t rest = u->in - cached;
    uint64_t written = u->written < rest ? u->written : rest;

    buf_printf(out,
        "\"usage\":{\"input_tokens\":%llu,\"cache_creation_input_tokens\":"
        "%llu,\"cache_read_input_tokens\":%llu,\"output_tokens\":%llu}",
        (unsigned long long)(rest - written), (unsigned long long)written,
        (unsigned long long)cached, (unsigned long long)u->out);
}

/* All blocks closed; an answer without any has an empty one. */
static void end_blocks(struct messages_writer *w, struct buf *out)
{
    write_queue(w, true, out);
    if (w->blocks == 0)
        begin_text(w, 0, out);
    close_block(w, out);
}

static void messages_writer_finish(struct codec_writer *base,
    const struct turn_usage *usage, const struct credits *credits,
    struct buf *out)
{
    struct messages_writer *w = (struct messages_writer *)base;

    write_begin(w, usage->in, out);
    end_blocks(w, out);
    if (w->stream) {
        put_event(out, "message_delta");
        buf_puts(out, ",\"delta\":{");
    } else {
        buf_puts(out, "{");
        buf_put(out, w->message.data, w->message.len);
        buf_puts(out, ",\"content\":[");
        buf_put(out, w->content.data, w->content.len);
        buf_puts(out, "],");
    }
    put_stop(w, out);
    buf_puts(out, w->stream ? "}," : ",");
    put_usage(usage, out);
    buf_puts(out, ",");
    credits_write(credits, out);
    buf_puts(out, "}");
    if (!w->stream)
        return;
    buf_puts(out, "\n\n");
    put_event(out, "message_stop");
    buf_puts(out, "}\n\n");
}

static void messages_writer_fail(struct codec_writer *base,
    const struct fault *fault, const char *request_id, struct buf *out)
{
    (void)base;
    messages_fail(fault, request_id, out);
}

static void messages_writer_beat(struct codec_writer *base, struct buf *out)
{
    (void)base;
    messages_beat(out);
}

static bool messages_writer_failed(const struct codec_writer *base)
{
    const struct messages_writer *w = (const struct messages_writer *)base;

    return w->queue.failed || w->message.failed || w->content.failed ||
           w->args.failed || w->signature.failed || w->stop_sequence.failed;
}

static void messages_writer_free(struct codec_writer *base)
{
    struct messages_writer *w = (struct messages_writer *)base;

    messages_queue_free(&w->queue);
    buf_free(&w->stop_sequence);
    buf_free(&w->signature);
    buf_free(&w->args);
    buf_free(&w->content);
    buf_free(&w->message);
    free(w);
}

struct codec_writer *messages_writer(
    const struct completion *completion, const struct codec_tag *tag)
{
    static const struct codec_writer_kind kind = {
        .free = messages_writer_free,
        .event = messages_writer_event,
        .finish = messages_writer_finish,
        .fail = messages_writer_fail,
        .beat = messages_writer_beat,
        .failed = messages_writer_failed,
    };
    struct messages_writer *w = calloc(1, sizeof(*w));
    const char *model = tag->names.model;

    if (w == NULL)
        return NULL;
    w->base.kind = &kind;
    w->stream = completion->stream;
    w->thinking = span_is(tag->memo, "thinking");
    w->est_in = completion->est_in;
    w->open = NO_BLOCK;
    buf_printf(&w->message,
        "\"id\":\"msg_%s\",\"type\":\"message\",\"role\":\"assistant\","
        "\"model\":",
        tag->id);
    json_quote(&w->message, (struct span){model, strlen(model)});
    return &w->base;
}
