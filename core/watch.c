#include "watch.h"

#include <stdlib.h>

/* A stream that passes as it is while a screen looks on. */
struct watch {
    struct stream base;
    struct stream *inner;
    struct codec_reader *reader;
    struct screen *screen;
    bool failed;
    bool ruled; /* the screen has ended the answer */
};

static void watch_free(struct stream *base)
{
    struct watch *w = (struct watch *)base;

    if (w->reader != NULL)
        w->reader->kind->free(w->reader);
    stream_free(w->inner);
    free(w);
}

static void ignore(void *cookie, const struct turn_event *e)
{
    (void)cookie;
    (void)e;
}

static void look(void *cookie, const struct turn_event *e)
{
    static const struct turn_sink nobody = {ignore, NULL};
    struct watch *w = cookie;

    switch (screen_event(w->screen, e, &nobody)) {
    case SCREEN_NO_MEMORY:
        w->failed = true;
        break;
    case SCREEN_FIRED:
        w->ruled = true;
        break;
    default:
        break;
    }
}

static enum stream_frame state_of(const struct watch *w, enum stream_frame rc)
{
    if (w->failed)
        return STREAM_NO_MEMORY;
    return w->ruled ? STREAM_RULED : rc;
}

static enum stream_frame watch_frame(
    struct stream *base, struct span data, struct buf *out, struct fault *fault)
{
    struct watch *w = (struct watch *)base;
    const struct turn_sink sink = {look, w};
    enum stream_frame rc;
    struct fault unused;

    w->reader->kind->frame(w->reader, data, &sink, &unused);
    rc = state_of(w, STREAM_TAKEN);
    return rc == STREAM_TAKEN ? stream_frame(w->inner, data, out, fault) : rc;
}

static bool watch_complete(const struct stream *base)
{
    return stream_complete(((const struct watch *)base)->inner);
}

static void watch_usage(const struct stream *base, struct usage *usage)
{
    stream_usage(((const struct watch *)base)->inner, usage);
}

static uint64_t watch_output(const struct stream *base)
{
    return stream_output(((const struct watch *)base)->inner);
}

static bool watch_delivered(const struct stream *base)
{
    return stream_delivered(((const struct watch *)base)->inner);
}

static enum stream_frame watch_end(struct stream *base, struct buf *out)
{
    struct watch *w = (struct watch *)base;
    const struct turn_sink sink = {look, w};

    (void)out;
    w->reader->kind->end(w->reader, &sink);
    return state_of(w, STREAM_DONE);
}

static void watch_finish(
    struct stream *base, const struct credits *credits, struct buf *out)
{
    stream_finish(((struct watch *)base)->inner, credits, out);
}

static void watch_cut(struct stream *base, enum turn_stop why,
    const struct credits *credits, struct buf *out)
{
    stream_cut(((struct watch *)base)->inner, why, credits, out);
}

static void watch_fail(struct stream *base, const struct fault *fault,
    const char *request_id, struct buf *out)
{
    stream_fail(((struct watch *)base)->inner, fault, request_id, out);
}

static void watch_beat(struct stream *base, struct buf *out)
{
    stream_beat(((struct watch *)base)->inner, out);
}

static const struct stream_kind watch_kind = {
    .free = watch_free,
    .frame = watch_frame,
    .complete = watch_complete,
    .usage = watch_usage,
    .output = watch_output,
    .delivered = watch_delivered,
    .end = watch_end,
    .finish = watch_finish,
    .cut = watch_cut,
    .fail = watch_fail,
    .beat = watch_beat,
};

struct stream *watch_make(
    struct stream *inner, struct codec_reader *reader, struct screen *screen)
{
    struct watch *w = calloc(1, sizeof(*w));

    if (w == NULL || inner == NULL || reader == NULL)
        goto err0;
    w->base.kind = &watch_kind;
    w->inner = inner;
    w->reader = reader;
    w->screen = screen;
    return &w->base;

err0:
    if (reader != NULL)
        reader->kind->free(reader);
    stream_free(inner);
    free(w);
    return NULL;
}
