#include <stdlib.h>
#include <string.h>

#include "dialect_responses_private.h"
#include "estimate.h"
#include "frame.h"
#include "passage.h"
#include "passage_stream.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A stream between two that speak Responses. */
struct responses_stream {
    struct passage_stream passage;

    struct frame frame;

    struct responses_pen pen; /* for frames of our own */
    struct responses_kept kept;
    struct buf held; /* JSON of the frame that ends the response; or empty */
    char *held_type;
    bool known; /* usage was stated */
    struct turn_usage usage;
};

static const struct stream_kind responses_stream_kind;

static void responses_stream_free(struct stream *base)
{
    struct responses_stream *s = (struct responses_stream *)base;

    free(s->held_type);
    buf_free(&s->held);
    responses_kept_free(&s->kept);
    frame_free(&s->frame);
    passage_stream_free(&s->passage);
}

struct stream *responses_stream(
    const struct completion *completion, const struct completion_names *names)
{
    struct passage_stream *p =
        passage_stream_new(sizeof(struct responses_stream),
            &responses_stream_kind, completion, names);

    return p != NULL ? &p->base : NULL;
}

/* ---- frames ---- */

static void put_head(const char *type, size_t n, struct buf *out)
{
    buf_puts(out, "event: ");
    buf_put(out, type, n);
    buf_puts(out, "\ndata: ");
}

/* Words of the model that have left: those of a string, of nothing else. */
static void count(struct responses_stream *s, uint32_t text)
{
    uint64_t quarters =
        completion_quarters(&s->frame.doc, text, &s->frame.scratch);

    s->passage.quarters += quarters;
    s->passage.delivered = s->passage.delivered || quarters > 0;
}

static void note_sequence(struct responses_stream *s)
{
    uint32_t node = json_member(&s->frame.doc, 0, "sequence_number");
    int64_t number;

    if (node != JSON_NONE && json_int(&s->frame.doc, node, &number) == 0 &&
        number >= 0)
        s->pen.sequence = (uint64_t)number + 1;
}

static void take_frame(
    struct responses_stream *s, struct span type, struct buf *out)
{
    uint32_t item = json_member(&s->frame.doc, 0, "item");
    size_t from;

    put_head(type.p, type.n, out);
    from = out->len;
    passage_frame(&s->frame.doc, &s->passage.names, "response", out);
    if (!out->failed)
        responses_kept_take(&s->kept, type, &s->frame.doc,
            (struct span){out->data + from, out->len - from});
    buf_puts(out, "\n\n");
    if (span_ends(type, ".delta"))
        count(s, json_member(&s->frame.doc, 0, "delta"));
    else if (span_is(type, "response.output_item.added") && item != JSON_NONE)
        count(s, json_member(&s->frame.doc, item, "name"));
}

static enum stream_frame hold_end(struct responses_stream *s, struct span type)
{
    uint32_t response = json_member(&s->frame.doc, 0, "response");

    if (!json_is(&s->frame.doc, response, JSON_OBJECT))
        return STREAM_BROKEN;
    s->known =
        responses_usage_read(&s->frame.doc,
            json_member(&s->frame.doc, response, "usage"), &s->usage) == 0;
    buf_reset(&s->held);
    passage_frame(&s->frame.doc, &s->passage.names, "response", &s->held);
    free(s->held_type);
    s->held_type = strndup(type.p, type.n);
    return s->held.failed || s->held_type == NULL ? STREAM_NO_MEMORY
                                                  : STREAM_DONE;
}

static enum stream_frame take_failure(
    struct responses_stream *s, struct fault *fault)
{
    uint32_t response = json_member(&s->frame.doc, 0, "response");
    uint32_t error = json_present(&s->frame.doc, response, "error");

    frame_fault(&s->frame, error, fault);
    return STREAM_ERROR;
}

static bool memory_is_out(
    const struct responses_stream *s, const struct buf *out)
{
    return out->failed || s->held.failed || s->frame.scratch.failed ||
           responses_kept_failed(&s->kept);
}

static enum stream_frame responses_stream_frame(
    struct stream *base, struct span data, struct buf *out, struct fault *fault)
{
    struct responses_stream *s = (struct responses_stream *)base;
    enum stream_frame rc;
    struct span type;

    if (span_is(frame_trim(data), "[DONE]"))
        return s->held.len > 0 ? STREAM_DONE : STREAM_TAKEN;
    rc = frame_read_typed(&s->frame, data);
    if (rc != STREAM_TAKEN)
        return rc;
    type = json_text(&s->frame.doc, 0, "type");
    note_sequence(s);
    if (span_is(type, "response.completed") ||
        span_is(type, "response.incomplete"))
        return hold_end(s, type);
    if (span_is(type, "response.failed") || span_is(type, "error"))
        return take_failure(s, fault);
    /* Only names that a header line can carry. */
    if (memchr(type.p, '\\', type.n) != NULL)
        return STREAM_BROKEN;
    take_frame(s, type, out);
    return memory_is_out(s, out) ? STREAM_NO_MEMORY : STREAM_TAKEN;
}

/* ---- what a stream has come to ---- */

static bool responses_stream_complete(const struct stream *base)
{
    return ((const struct responses_stream *)base)->held.len > 0;
}

static void responses_stream_usage(
    const struct stream *base, struct usage *usage)
{
    const struct responses_stream *s = (const struct responses_stream *)base;

    usage->known = s->known;
    usage->tokens_in = s->known ? s->usage.in : s->passage.est_in;
    usage->tokens_out =
        s->known ? s->usage.out : estimate_tokens(s->passage.quarters);
}

static uint64_t responses_stream_output(const struct stream *base)
{
    const struct responses_stream *s = (const struct responses_stream *)base;

    return passage_stream_most(&s->passage, s->known ? s->usage.out : 0);
}

/* ---- the end ---- */

/* The frame, with the metering fields before the last brace of its
 * response. */
static void responses_stream_finish(
    struct stream *base, const struct credits *credits, struct buf *out)
{
    struct responses_stream *s = (struct responses_stream *)base;
    uint32_t response, last;
    struct splice splice;

    if (memory_is_out(s, out))
        out->failed = true;
    if (s->held.len == 0 ||
        json_parse(&s->frame.doc, s->held.data, s->held.len) != JSON_OK)
        return;
    response = json_member(&s->frame.doc, 0, "response");
    last = s->frame.doc.nodes[response].end - 1;
    put_head(s->held_type, strlen(s->held_type), out);
    splice_begin(&splice, &s->frame.doc, out);
    splice_at(&splice, last, last);
    if (json_size(&s->frame.doc, response) > 0)
        buf_puts(out, ",");
    credits_write(credits, out);
    splice_end(&splice);
    buf_puts(out, "\n\n");
}

/* The response as it began, without what its end says otherwise. Returns
 * whether any member is left. */
static bool put_created(struct responses_stream *s, struct buf *out)
{
    static const char *const ends[] = {
        "status", "output", "usage", "incomplete_details", "error"};
    struct splice_member m = {.object = 0};
    struct splice splice;
    uint32_t last;

    if (json_parse(&s->frame.doc, s->kept.created.data, s->kept.created.len) !=
            JSON_OK ||
        json_kind(&s->frame.doc, 0) != JSON_OBJECT)
        return false;
    last = s->frame.doc.nodes[0].end - 1;
    splice_begin(&splice, &s->frame.doc, out);
    splice_at(
        &splice, s->frame.doc.nodes[0].begin, s->frame.doc.nodes[0].begin + 1);
    while (splice_next(&m, &s->frame.doc))
        if (json_which(&s->frame.doc, m.key, ends, COUNT(ends)) < COUNT(ends))
            splice_drop(&m, &splice);
    splice_at(&splice, last, last);
    return m.kept;
}

/* A response of which nothing has been said yet. */
static void put_start(struct responses_stream *s)
{
    buf_puts(&s->kept.created, "{\"id\":\"resp_cut\",\"object\":\"response\","
                               "\"created_at\":0,\"model\":");
    completion_names_quote(&s->passage.names, &s->kept.created);
    buf_puts(&s->kept.created, ",\"status\":\"in_progress\",\"output\":[]}");
    responses_pen_begin(&s->pen, "response.created");
    buf_puts(s->pen.out, ",\"response\":");
    buf_put(s->pen.out, s->kept.created.data, s->kept.created.len);
    responses_pen_end(&s->pen);
}

static void responses_stream_cut(struct stream *base, enum turn_stop why,
    const struct credits *credits, struct buf *out)
{
    struct responses_stream *s = (struct responses_stream *)base;
    struct usage used;

    if (s->held.len > 0) {
        responses_stream_finish(base, credits, out);
        return;
    }
    s->pen.out = out;
    if (s->kept.created.len == 0)
        put_start(s);
    responses_kept_end(&s->kept, &s->pen);
    responses_stream_usage(base, &used);
    responses_pen_begin(&s->pen, "response.incomplete");
    buf_puts(out, ",\"response\":{");
    if (put_created(s, out))
        buf_puts(out, ",");
    buf_printf(out,
        "\"status\":\"incomplete\",\"error\":null,"
        "\"incomplete_details\":{\"reason\":\"%s\"},",
        why == TURN_STOP_FILTER ? "content_filter" : "max_output_tokens");
    responses_kept_output(&s->kept, out);
    buf_puts(out, ",\"usage\":");
    responses_usage_write(
        &(struct turn_usage){.in = used.tokens_in, .out = used.tokens_out},
        out);
    buf_puts(out, ",");
    credits_write(credits, out);
    buf_puts(out, "}");
    responses_pen_end(&s->pen);
    out->failed = out->failed || memory_is_out(s, out);
}

/* The identity of the response that failed. */
static void put_identity(struct responses_stream *s, struct buf *out)
{
    static const char *const keys[] = {"id", "object", "created_at", "model"};
    struct span raw;

    if (json_parse(&s->frame.doc, s->kept.created.data, s->kept.created.len) !=
        JSON_OK)
        return;
    for (size_t i = 0; i < COUNT(keys); i++) {
        raw = json_value(&s->frame.doc, 0, keys[i]);
        if (raw.n == 0)
            continue;
        buf_printf(out, "%s\"%s\":", out->len > 0 ? "," : "", keys[i]);
        buf_put(out, raw.p, raw.n);
    }
}

static void responses_stream_fail(struct stream *base,
    const struct fault *fault, const char *request_id, struct buf *out)
{
    struct responses_stream *s = (struct responses_stream *)base;
    struct buf identity = {0};

    s->pen.out = out;
    put_identity(s, &identity);
    responses_fail(
        &s->pen, (struct span){identity.data, identity.len}, fault, request_id);
    out->failed = out->failed || identity.failed;
    buf_free(&identity);
}

static void responses_stream_beat(struct stream *base, struct buf *out)
{
    struct responses_stream *s = (struct responses_stream *)base;

    s->pen.out = out;
    responses_beat(&s->pen);
}

static const struct stream_kind responses_stream_kind = {
    .free = responses_stream_free,
    .frame = responses_stream_frame,
    .complete = responses_stream_complete,
    .usage = responses_stream_usage,
    .output = responses_stream_output,
    .delivered = passage_stream_delivered,
    .missed = passage_stream_missed,
    .finish = responses_stream_finish,
    .cut = responses_stream_cut,
    .fail = responses_stream_fail,
    .beat = responses_stream_beat,
};
