#include <stdlib.h>

#include "estimate.h"
#include "exchange.h"

/* ---- requests ---- */

int exchange_begin(struct exchange *x, enum dialect caller,
    enum dialect upstream, const struct json_doc *doc, struct fault *fault)
{
    x->caller = codec_of(caller);
    x->upstream = codec_of(upstream);
    if (caller == upstream)
        return 0;
    x->turn = (struct turn){.from = caller, .parallel = -1, .n = 1};
    if (x->caller->turn_read(doc, &x->turn, &x->memo, fault) != 0 ||
        x->upstream->turn_check(&x->turn, fault) != 0)
        return -1;
    if (x->turn.out_of_memory || x->memo.failed)
        return fault_set(fault, REFUSE_OVERLOADED, NULL, "Memory is out.");
    return 0;
}

void exchange_request(struct exchange *x, const struct json_doc *doc,
    const struct completion *completion,
    const struct completion_rewrite *rewrite, struct buf *out)
{
    if (x->caller == x->upstream)
        x->caller->write(doc, completion, rewrite, out);
    else
        x->upstream->turn_write(&x->turn, completion, rewrite, out);
    turn_free(&x->turn);
}

void exchange_free(struct exchange *x)
{
    turn_free(&x->turn);
    buf_free(&x->memo);
}

/* ---- streams ---- */

/* A stream that is read in one dialect and written in another. */
struct translation {
    struct stream base;
    struct codec_reader *reader;
    struct codec_writer *writer;
    uint64_t est_in;   /* estimated, or what the beginning stated */
    uint64_t quarters; /* output so far, see estimate.h */
    bool delivered;
    bool has_usage;
    struct turn_usage usage;
    struct buf *out; /* while events are being written */
};

static const struct stream_kind translation_kind;

static void translation_free(struct stream *base)
{
    struct translation *t = (struct translation *)base;

    if (t->reader != NULL)
        t->reader->kind->free(t->reader);
    if (t->writer != NULL)
        t->writer->kind->free(t->writer);
    free(t);
}

struct stream *exchange_stream(const struct exchange *x,
    const struct completion *completion, const struct codec_tag *tag)
{
    struct translation *t;

    if (x->caller == x->upstream)
        return x->caller->stream(completion, &tag->names);
    t = calloc(1, sizeof(*t));
    if (t == NULL)
        return NULL;
    t->base.kind = &translation_kind;
    t->est_in = completion->est_in;
    t->reader = x->upstream->reader(completion);
    t->writer = x->caller->writer(completion, tag);
    if (t->reader == NULL || t->writer == NULL) {
        translation_free(&t->base);
        return NULL;
    }
    return &t->base;
}

static bool is_output(enum turn_event_kind kind)
{
    return kind == TURN_EVENT_TEXT || kind == TURN_EVENT_REFUSAL ||
           kind == TURN_EVENT_REASONING || kind == TURN_EVENT_CALL ||
           kind == TURN_EVENT_ARGS;
}

static void on_event(void *cookie, const struct turn_event *e)
{
    struct translation *t = cookie;
    size_t before = t->out->len;

    if (e->kind == TURN_EVENT_BEGIN && e->has_usage)
        t->est_in = e->usage.in;
    if (e->kind == TURN_EVENT_USAGE) {
        t->has_usage = true;
        t->usage = e->usage;
    }
    t->writer->kind->event(t->writer, e, t->out);
    if (!is_output(e->kind))
        return;
    t->quarters +=
        estimate_escaped(e->kind == TURN_EVENT_CALL ? e->name : e->text);
    t->delivered = t->delivered || t->out->len > before;
}

static enum stream_frame translation_frame(
    struct stream *base, struct span data, struct buf *out, struct fault *fault)
{
    struct translation *t = (struct translation *)base;
    const struct turn_sink sink = {on_event, t};
    enum stream_frame rc;

    t->out = out;
    rc = t->reader->kind->frame(t->reader, data, &sink, fault);
    if (out->failed || t->writer->kind->failed(t->writer))
        rc = STREAM_NO_MEMORY;
    return rc;
}

static bool translation_complete(const struct stream *base)
{
    const struct translation *t = (const struct translation *)base;

    return t->reader->kind->complete(t->reader);
}

static void translation_usage(const struct stream *base, struct usage *usage)
{
    const struct translation *t = (const struct translation *)base;

    usage->known = t->has_usage;
    usage->tokens_in = t->has_usage ? t->usage.in : t->est_in;
    usage->tokens_out =
        t->has_usage ? t->usage.out : estimate_tokens(t->quarters);
}

static uint64_t translation_output(const struct stream *base)
{
    const struct translation *t = (const struct translation *)base;
    uint64_t counted = estimate_tokens(t->quarters);

    return t->has_usage && t->usage.out > counted ? t->usage.out : counted;
}

static bool translation_delivered(const struct stream *base)
{
    return ((const struct translation *)base)->delivered;
}

static void write_end(
    struct translation *t, const struct credits *credits, struct buf *out)
{
    struct turn_usage usage = t->usage;

    if (!t->has_usage) {
        usage.in = t->est_in;
        usage.out = estimate_tokens(t->quarters);
    }
    t->writer->kind->finish(t->writer, &usage, credits, out);
    out->failed = out->failed || t->writer->kind->failed(t->writer);
}

static void translation_finish(
    struct stream *base, const struct credits *credits, struct buf *out)
{
    struct translation *t = (struct translation *)base;
    const struct turn_sink sink = {on_event, t};

    t->out = out;
    t->reader->kind->end(t->reader, &sink);
    write_end(t, credits, out);
}

static void translation_cut(
    struct stream *base, const struct credits *credits, struct buf *out)
{
    struct translation *t = (struct translation *)base;
    const struct turn_event stop = {
        .kind = TURN_EVENT_STOP, .stop = TURN_STOP_LENGTH};

    t->writer->kind->event(t->writer, &stop, out);
    write_end(t, credits, out);
}

static void translation_fail(struct stream *base, const struct fault *fault,
    const char *request_id, struct buf *out)
{
    struct translation *t = (struct translation *)base;

    t->writer->kind->fail(t->writer, fault, request_id, out);
}

static void translation_beat(struct stream *base, struct buf *out)
{
    struct translation *t = (struct translation *)base;

    t->writer->kind->beat(t->writer, out);
}

static const struct stream_kind translation_kind = {
    .free = translation_free,
    .frame = translation_frame,
    .complete = translation_complete,
    .usage = translation_usage,
    .output = translation_output,
    .delivered = translation_delivered,
    .finish = translation_finish,
    .cut = translation_cut,
    .fail = translation_fail,
    .beat = translation_beat,
};

/* ---- answers that are not streamed ---- */

struct collection {
    struct codec_writer *writer;
    struct turn_usage usage;
    struct buf *out;
};

static void collect(void *cookie, const struct turn_event *e)
{
    struct collection *c = cookie;

    if (e->kind == TURN_EVENT_USAGE)
        c->usage = e->usage;
    c->writer->kind->event(c->writer, e, c->out);
}

static void translate_answer(const struct exchange *x,
    const struct json_doc *doc, const struct completion *completion,
    const struct codec_tag *tag, const struct credits *credits, struct buf *out)
{
    struct collection c = {
        .writer = x->caller->writer(completion, tag), .out = out};
    const struct turn_sink sink = {collect, &c};
    struct usage usage;
    uint64_t est_out;

    if (c.writer == NULL) {
        out->failed = true;
        return;
    }
    if (x->upstream->answer_read(doc, &usage, &est_out) == 0)
        c.usage = (struct turn_usage){.in = completion->est_in, .out = est_out};
    x->upstream->answer_events(doc, &sink);
    c.writer->kind->finish(c.writer, &c.usage, credits, out);
    out->failed = out->failed || c.writer->kind->failed(c.writer);
    c.writer->kind->free(c.writer);
}

void exchange_answer(const struct exchange *x, const struct json_doc *doc,
    const struct completion *completion, const struct codec_tag *tag,
    const struct credits *credits, struct buf *out)
{
    if (x->caller == x->upstream)
        x->caller->answer_write(doc, &tag->names, credits, out);
    else
        translate_answer(x, doc, completion, tag, credits, out);
}
