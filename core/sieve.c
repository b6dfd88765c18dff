#include "sieve.h"

#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "sieve_queue.h"

/* A stream that passes as it is, but for what a screen has to object to. */
struct sieve {
    struct stream base;
    struct stream *inner;
    struct codec_reader *reader;    /* NULL: nobody needs events */
    const struct sift_table *table; /* NULL: the screen gets events alone */
    struct screen *screen;
    struct json_doc doc;
    struct buf repaired;
    struct sieve_queue queue;
    bool ended; /* the reader was told */
    bool failed;
    bool ruled; /* the screen has ended the answer */
};

static const struct stream_kind sieve_kind;

static void sieve_free(struct stream *base)
{
    struct sieve *s = (struct sieve *)base;

    sieve_queue_free(&s->queue);
    buf_free(&s->repaired);
    json_free(&s->doc);
    if (s->reader != NULL)
        s->reader->kind->free(s->reader);
    stream_free(s->inner);
    free(s);
}

struct stream *sieve_make(struct stream *inner, const struct codec *codec,
    const struct completion *completion, struct screen *screen)
{
    struct sieve *s = calloc(1, sizeof(*s));
    bool reads = screen_reads(screen);

    if (s == NULL || inner == NULL)
        goto err0;
    s->base.kind = &sieve_kind;
    s->screen = screen;
    s->table = reads ? codec->sift : NULL;
    s->queue =
        (struct sieve_queue){.flows = {.table = s->table, .screen = screen}};
    if (!reads || screen_scores(screen)) {
        s->reader = codec->reader(completion);
        if (s->reader == NULL)
            goto err0;
    }
    s->inner = inner;
    return &s->base;

err0:
    stream_free(inner);
    free(s);
    return NULL;
}

static enum stream_frame state_of(const struct sieve *s, enum stream_frame rc)
{
    if (s->failed || s->queue.failed)
        return STREAM_NO_MEMORY;
    return s->ruled ? STREAM_RULED : rc;
}

static void note(struct sieve *s, enum screen_state state)
{
    s->failed = s->failed || state == SCREEN_NO_MEMORY;
    s->ruled = s->ruled || state == SCREEN_FIRED;
}

/* ---- events ---- */

static void ignore(void *cookie, const struct turn_event *e)
{
    (void)cookie;
    (void)e;
}

static void hear(void *cookie, const struct turn_event *e)
{
    static const struct turn_sink nobody = {ignore, NULL};
    struct sieve *s = cookie;

    note(s, s->table != NULL ? screen_weigh(s->screen, e)
                             : screen_event(s->screen, e, &nobody));
}

/* The last word of the scores comes before the frame that ends the answer. */
static void end_reader(struct sieve *s)
{
    const struct turn_sink sink = {hear, s};

    if (s->reader != NULL && !s->ended)
        s->reader->kind->end(s->reader, &sink);
    s->ended = true;
}

static void hear_frame(struct sieve *s, struct span data)
{
    const struct turn_sink sink = {hear, s};
    struct fault unused;

    if (s->reader == NULL)
        return;
    s->reader->kind->frame(s->reader, data, &sink, &unused);
    if (s->reader->kind->complete(s->reader))
        end_reader(s);
}

/* ---- frames ---- */

/* Let the frames go of which all is decided. */
static enum stream_frame release(
    struct sieve *s, struct buf *out, struct fault *fault)
{
    enum stream_frame rc = STREAM_TAKEN;
    const struct buf *text;

    while (rc == STREAM_TAKEN && (text = sieve_queue_next(&s->queue)) != NULL)
        rc = stream_frame(
            s->inner, (struct span){text->data, text->len}, out, fault);
    sieve_queue_rest(&s->queue);
    return rc;
}

/* What the model said is billed when it comes, whatever becomes of it. */
static void count_missed(struct sieve *s)
{
    if (s->ruled)
        sieve_queue_drop(&s->queue);
    stream_missed(s->inner, s->queue.unsaid);
    s->queue.unsaid = 0;
}

static enum stream_frame judged(
    struct sieve *s, struct buf *out, struct fault *fault)
{
    enum stream_frame rc = STREAM_TAKEN;

    if (!s->failed)
        rc = release(s, out, fault);
    count_missed(s);
    return state_of(s, rc);
}

/* No text goes on: all that waits is decided. */
static enum stream_frame flush(
    struct sieve *s, struct buf *out, struct fault *fault)
{
    note(s, sieve_queue_end(&s->queue));
    return judged(s, out, fault);
}

/* What is no frame of the dialect, which may tell that it was the last. */
static enum stream_frame pass(
    struct sieve *s, struct span data, struct buf *out, struct fault *fault)
{
    enum stream_frame rc = STREAM_TAKEN;

    if (span_is(frame_trim(data), "[DONE]"))
        rc = flush(s, out, fault);
    return rc == STREAM_TAKEN ? stream_frame(s->inner, data, out, fault) : rc;
}

static enum stream_frame sift(
    struct sieve *s, struct span data, struct buf *out, struct fault *fault)
{
    enum json_error error =
        frame_parse(&s->doc, frame_trim(data), &s->repaired);

    if (error == JSON_NO_MEMORY)
        return STREAM_NO_MEMORY;
    if (error != JSON_OK || !sift_is_frame(s->table, &s->doc))
        return pass(s, data, out, fault);
    note(s, sieve_queue_add(&s->queue, &s->doc));
    json_free(&s->doc);
    return s->queue.broken ? STREAM_BROKEN : judged(s, out, fault);
}

static enum stream_frame sieve_frame(
    struct stream *base, struct span data, struct buf *out, struct fault *fault)
{
    struct sieve *s = (struct sieve *)base;

    hear_frame(s, data);
    if (!s->failed && !s->ruled)
        return s->table != NULL ? sift(s, data, out, fault)
                                : stream_frame(s->inner, data, out, fault);
    if (s->table != NULL)
        count_missed(s);
    return state_of(s, STREAM_TAKEN);
}

static bool sieve_complete(const struct stream *base)
{
    const struct sieve *s = (const struct sieve *)base;

    return s->queue.count == 0 && stream_complete(s->inner);
}

static void sieve_usage(const struct stream *base, struct usage *usage)
{
    stream_usage(((const struct sieve *)base)->inner, usage);
}

static uint64_t sieve_output(const struct stream *base)
{
    return stream_output(((const struct sieve *)base)->inner);
}

static bool sieve_delivered(const struct stream *base)
{
    return stream_delivered(((const struct sieve *)base)->inner);
}

static enum stream_frame sieve_end(struct stream *base, struct buf *out)
{
    struct sieve *s = (struct sieve *)base;

    (void)out;
    end_reader(s);
    return state_of(s, STREAM_DONE);
}

static void sieve_finish(
    struct stream *base, const struct credits *credits, struct buf *out)
{
    stream_finish(((struct sieve *)base)->inner, credits, out);
}

static void sieve_cut(struct stream *base, enum turn_stop why,
    const struct credits *credits, struct buf *out)
{
    stream_cut(((struct sieve *)base)->inner, why, credits, out);
}

static void sieve_fail(struct stream *base, const struct fault *fault,
    const char *request_id, struct buf *out)
{
    stream_fail(((struct sieve *)base)->inner, fault, request_id, out);
}

static void sieve_beat(struct stream *base, struct buf *out)
{
    stream_beat(((struct sieve *)base)->inner, out);
}

static const struct stream_kind sieve_kind = {
    .free = sieve_free,
    .frame = sieve_frame,
    .complete = sieve_complete,
    .usage = sieve_usage,
    .output = sieve_output,
    .delivered = sieve_delivered,
    .end = sieve_end,
    .finish = sieve_finish,
    .cut = sieve_cut,
    .fail = sieve_fail,
    .beat = sieve_beat,
};
