#include "dialect_messages_private.h"
#include "estimate.h"
#include "frame.h"
#include "passage.h"
#include "passage_stream.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A stream between two that speak Messages. */
struct messages_stream {
    struct passage_stream passage;

    struct frame frame;

    struct buf held; /* JSON of message_delta, until the end; or empty */
    bool started;
    bool block_open;
    uint64_t block; /* its index */
    bool stopped;   /* a stop_reason was said */
    unsigned said;  /* sides of the usage that are known */
    struct turn_usage usage;
};

enum frame_kind {
    MESSAGE_START,
    BLOCK_START,
    BLOCK_DELTA,
    BLOCK_STOP,
    MESSAGE_DELTA,
    MESSAGE_STOP,
    PING,
    ERROR,
    KINDS
};

static const char *const kinds[KINDS] = {
    [MESSAGE_START] = "message_start",
    [BLOCK_START] = "content_block_start",
    [BLOCK_DELTA] = "content_block_delta",
    [BLOCK_STOP] = "content_block_stop",
    [MESSAGE_DELTA] = "message_delta",
    [MESSAGE_STOP] = "message_stop",
    [PING] = "ping",
    [ERROR] = "error",
};

static const struct stream_kind messages_stream_kind;

static void messages_stream_free(struct stream *base)
{
    struct messages_stream *s = (struct messages_stream *)base;

    buf_free(&s->held);
    frame_free(&s->frame);
    passage_stream_free(&s->passage);
}

struct stream *messages_stream(
    const struct completion *completion, const struct completion_names *names)
{
    struct passage_stream *p =
        passage_stream_new(sizeof(struct messages_stream),
            &messages_stream_kind, completion, names);

    return p != NULL ? &p->base : NULL;
}

/* ---- reading ---- */

/* Returns which sides of the usage the member of holder states. */
static unsigned read_usage(struct messages_stream *s, uint32_t holder)
{
    return messages_usage_read(
        &s->frame.doc, json_member(&s->frame.doc, holder, "usage"), &s->usage);
}

/* The output that a start states is not yet one. */
static void read_start(struct messages_stream *s)
{
    uint32_t message = json_member(&s->frame.doc, 0, "message");

    s->started = true;
    if (message != JSON_NONE)
        s->said |= read_usage(s, message) & MESSAGES_SAID_IN;
}

static void read_index(struct messages_stream *s)
{
    uint32_t node = json_member(&s->frame.doc, 0, "index");
    int64_t index;

    if (node != JSON_NONE && json_int(&s->frame.doc, node, &index) == 0 &&
        index >= 0)
        s->block = (uint64_t)index;
}

/* Returns whether words of the model are in it. */
static bool read_words(struct messages_stream *s, const char *key)
{
    uint32_t node = json_member(&s->frame.doc, 0, key);
    uint64_t quarters;

    if (!json_is(&s->frame.doc, node, JSON_OBJECT))
        return false;
    quarters = messages_block_quarters(&s->frame.doc, node, &s->frame.scratch);
    s->passage.quarters += quarters;
    return quarters > 0;
}

static void read_end(struct messages_stream *s)
{
    uint32_t delta = json_member(&s->frame.doc, 0, "delta");

    if (delta != JSON_NONE &&
        json_present(&s->frame.doc, delta, "stop_reason") != JSON_NONE)
        s->stopped = true;
    s->said |= read_usage(s, 0);
}

/* ---- writing ---- */

static void put_head(enum frame_kind kind, struct buf *out)
{
    buf_printf(out, "event: %s\ndata: ", kinds[kind]);
}

static void put_frame(
    struct messages_stream *s, enum frame_kind kind, struct buf *out)
{
    put_head(kind, out);
    passage_frame(&s->frame.doc, &s->passage.names, "message", out);
    buf_puts(out, "\n\n");
}

/* Only the last message_delta waits for the metering fields. */
static void release_held(struct messages_stream *s, struct buf *out)
{
    if (s->held.len == 0)
        return;
    put_head(MESSAGE_DELTA, out);
    buf_put(out, s->held.data, s->held.len);
    buf_puts(out, "\n\n");
    buf_reset(&s->held);
}

static void take_frame(
    struct messages_stream *s, enum frame_kind kind, struct buf *out)
{
    bool words = false;

    switch (kind) {
    case MESSAGE_START:
        read_start(s);
        break;
    case BLOCK_START:
        read_index(s);
        s->block_open = true;
        words = read_words(s, "content_block");
        break;
    case BLOCK_DELTA:
        words = read_words(s, "delta");
        break;
    case BLOCK_STOP:
        s->block_open = false;
        break;
    case MESSAGE_DELTA:
        read_end(s);
        release_held(s, out);
        passage_frame(&s->frame.doc, &s->passage.names, "message", &s->held);
        return;
    default:
        break;
    }
    put_frame(s, kind, out);
    s->passage.delivered = s->passage.delivered || words;
}

static bool memory_is_out(
    const struct messages_stream *s, const struct buf *out)
{
    return out->failed || s->held.failed || s->frame.scratch.failed;
}

static enum stream_frame messages_stream_frame(
    struct stream *base, struct span data, struct buf *out, struct fault *fault)
{
    struct messages_stream *s = (struct messages_stream *)base;
    enum stream_frame rc = frame_read_typed(&s->frame, data);
    uint32_t type;
    size_t kind;

    if (rc != STREAM_TAKEN)
        return rc;
    type = json_member(&s->frame.doc, 0, "type");
    kind = json_which(&s->frame.doc, type, kinds, COUNT(kinds));
    if (kind == ERROR) {
        frame_fault(&s->frame, json_member(&s->frame.doc, 0, "error"), fault);
        return STREAM_ERROR;
    }
    if (kind == MESSAGE_STOP)
        return STREAM_DONE;
    /* A frame of an unknown kind would break clients. */
    if (kind < KINDS)
        take_frame(s, (enum frame_kind)kind, out);
    json_free(&s->frame.doc);
    return memory_is_out(s, out) ? STREAM_NO_MEMORY : STREAM_TAKEN;
}

/* ---- what a stream has come to ---- */

static bool messages_stream_complete(const struct stream *base)
{
    return ((const struct messages_stream *)base)->stopped;
}

static bool input_is_counted(const struct messages_stream *s)
{
    return s->said & MESSAGES_SAID_IN &&
           stream_has_counted(s->usage.in, s->stopped);
}

static void messages_stream_usage(
    const struct stream *base, struct usage *usage)
{
    const struct messages_stream *s = (const struct messages_stream *)base;
    const bool counted = input_is_counted(s);

    usage->known = counted && s->said & MESSAGES_SAID_OUT;
    usage->tokens_in = counted ? s->usage.in : s->passage.est_in;
    usage->tokens_out = s->said & MESSAGES_SAID_OUT
                            ? s->usage.out
                            : estimate_tokens(s->passage.quarters);
}

static uint64_t messages_stream_output(const struct stream *base)
{
    const struct messages_stream *s = (const struct messages_stream *)base;

    return passage_stream_most(&s->passage, s->usage.out);
}

/* ---- the end ---- */

static void messages_stream_finish(
    struct stream *base, const struct credits *credits, struct buf *out)
{
    struct messages_stream *s = (struct messages_stream *)base;

    if (memory_is_out(s, out))
        out->failed = true;
    if (s->held.len > 0) {
        put_head(MESSAGE_DELTA, out);
        buf_put(out, s->held.data, s->held.len - 1);
        buf_puts(out, ",");
        credits_write(credits, out);
        buf_puts(out, "}\n\n");
        buf_reset(&s->held);
    }
    put_head(MESSAGE_STOP, out);
    buf_puts(out, "{\"type\":\"message_stop\"}\n\n");
}

/* A message in which nothing has been said yet. */
static void put_start(struct messages_stream *s, struct buf *out)
{
    put_head(MESSAGE_START, out);
    buf_puts(out, "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_cut\","
                  "\"type\":\"message\",\"role\":\"assistant\",\"model\":");
    completion_names_quote(&s->passage.names, out);
    buf_printf(out,
        ",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,"
        "\"usage\":{\"input_tokens\":%llu,\"output_tokens\":0}}}\n\n",
        (unsigned long long)s->passage.est_in);
}

static void messages_stream_cut(struct stream *base, enum turn_stop why,
    const struct credits *credits, struct buf *out)
{
    struct messages_stream *s = (struct messages_stream *)base;
    uint64_t beside = s->usage.cached + s->usage.written;
    struct usage usage;

    if (!s->started)
        put_start(s, out);
    if (s->block_open) {
        put_head(BLOCK_STOP, out);
        buf_printf(out, "{\"type\":\"content_block_stop\",\"index\":%llu}\n\n",
            (unsigned long long)s->block);
    }
    if (!s->stopped) {
        release_held(s, out);
        messages_stream_usage(base, &usage);
        if (input_is_counted(s))
            usage.tokens_in -= beside;
        buf_printf(&s->held,
            "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
            "\"%s\",\"stop_sequence\":null},\"usage\":{"
            "\"input_tokens\":%llu,\"output_tokens\":%llu}}",
            why == TURN_STOP_FILTER ? "refusal" : "max_tokens",
            (unsigned long long)usage.tokens_in,
            (unsigned long long)usage.tokens_out);
    }
    messages_stream_finish(base, credits, out);
}

static void messages_stream_fail(struct stream *base, const struct fault *fault,
    const char *request_id, struct buf *out)
{
    (void)base;
    messages_fail(fault, request_id, out);
}

static void messages_stream_beat(struct stream *base, struct buf *out)
{
    (void)base;
    messages_beat(out);
}

static const struct stream_kind messages_stream_kind = {
    .free = messages_stream_free,
    .frame = messages_stream_frame,
    .complete = messages_stream_complete,
    .usage = messages_stream_usage,
    .output = messages_stream_output,
    .delivered = passage_stream_delivered,
    .missed = passage_stream_missed,
    .finish = messages_stream_finish,
    .cut = messages_stream_cut,
    .fail = messages_stream_fail,
    .beat = messages_stream_beat,
};
