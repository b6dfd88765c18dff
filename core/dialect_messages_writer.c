#include <stdlib.h>
#include <string.h>

#include "dialect_messages_private.h"
#include "turn.h"

/* Events as a Messages answer: frames, or one body at the end. Calls must not
 * interleave, which other dialects allow: what comes while a call is open waits
 * until its arguments are a whole JSON value. */

struct messages_writer {
    struct codec_writer base;
    struct buf message; /* members of the message from "id" to "model" */
    uint64_t est_in;

    bool begun;
    struct messages_blocks blocks;
    struct messages_queue queue;
    enum turn_stop stop;
    struct buf stop_sequence;
};

static void write_begin(struct messages_writer *w, uint64_t in, struct buf *out)
{
    if (w->begun || !w->blocks.stream)
        return;
    w->begun = true;
    messages_event(out, "message_start");
    buf_puts(out, ",\"message\":{");
    buf_put(out, w->message.data, w->message.len);
    buf_printf(out,
        ",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,"
        "\"usage\":{\"input_tokens\":%llu,\"output_tokens\":0}}}\n\n",
        (unsigned long long)in);
    messages_beat(out);
}

/* ---- events ---- */

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
        messages_blocks_write(&w->blocks, &e, out);
    if (e.kind == TURN_EVENT_CALL) {
        e.kind = TURN_EVENT_ARGS;
        messages_blocks_write(&w->blocks, &e, out);
    }
    if (waiting->seal.len == 0)
        return;
    e.kind = TURN_EVENT_SIGNATURE;
    e.text = span_of(&waiting->seal);
    messages_blocks_write(&w->blocks, &e, out);
}

/* Let out what waits for an open call to be whole; at the end, all. */
static void write_queue(struct messages_writer *w, bool all, struct buf *out)
{
    while (w->queue.count > 0 && (all || !messages_blocks_busy(&w->blocks))) {
        write_waiting(w, &w->queue.list[w->queue.first], out);
        messages_queue_drop(&w->queue);
    }
}

/* What belongs to the open call goes on at once; all else waits for its
 * end. */
static void take_block(
    struct messages_writer *w, const struct turn_event *e, struct buf *out)
{
    bool own = messages_blocks_calls(&w->blocks, e->block);

    if (!own && messages_blocks_busy(&w->blocks)) {
        messages_queue_add(&w->queue, e);
        return;
    }
    messages_blocks_write(&w->blocks, e, out);
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

static void messages_writer_finish(struct codec_writer *base,
    const struct turn_usage *usage, const struct credits *credits,
    struct buf *out)
{
    struct messages_writer *w = (struct messages_writer *)base;

    write_begin(w, usage->in, out);
    write_queue(w, true, out);
    messages_blocks_end(&w->blocks, out);
    if (w->blocks.stream) {
        messages_event(out, "message_delta");
        buf_puts(out, ",\"delta\":{");
    } else {
        buf_puts(out, "{");
        buf_put(out, w->message.data, w->message.len);
        buf_puts(out, ",\"content\":[");
        buf_put(out, w->blocks.content.data, w->blocks.content.len);
        buf_puts(out, "],");
    }
    put_stop(w, out);
    buf_puts(out, w->blocks.stream ? "}," : ",");
    put_usage(usage, out);
    buf_puts(out, ",");
    credits_write(credits, out);
    buf_puts(out, "}");
    if (!w->blocks.stream)
        return;
    buf_puts(out, "\n\n");
    messages_event(out, "message_stop");
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

    return w->queue.failed || w->message.failed || w->stop_sequence.failed ||
           messages_blocks_failed(&w->blocks);
}

static void messages_writer_free(struct codec_writer *base)
{
    struct messages_writer *w = (struct messages_writer *)base;

    messages_queue_free(&w->queue);
    buf_free(&w->stop_sequence);
    messages_blocks_free(&w->blocks);
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
    w->est_in = completion->est_in;
    messages_blocks_begin(
        &w->blocks, completion->stream, span_is(tag->memo, "thinking"));
    buf_printf(&w->message,
        "\"id\":\"msg_%s\",\"type\":\"message\",\"role\":\"assistant\","
        "\"model\":",
        tag->id);
    json_quote(&w->message, (struct span){model, strlen(model)});
    return &w->base;
}
