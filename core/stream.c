#include "stream.h"

void stream_free(struct stream *s)
{
    if (s != NULL)
        s->kind->free(s);
}

enum stream_frame stream_frame(
    struct stream *s, struct span data, struct buf *out, struct fault *fault)
{
    return s->kind->frame(s, data, out, fault);
}

bool stream_complete(const struct stream *s)
{
    return s->kind->complete(s);
}

void stream_usage(const struct stream *s, struct usage *usage)
{
    s->kind->usage(s, usage);
}

uint64_t stream_output(const struct stream *s)
{
    return s->kind->output(s);
}

bool stream_delivered(const struct stream *s)
{
    return s->kind->delivered(s);
}

void stream_missed(struct stream *s, int64_t quarters)
{
    s->kind->missed(s, quarters);
}

enum stream_frame stream_end(struct stream *s, struct buf *out)
{
    return s->kind->end != NULL ? s->kind->end(s, out) : STREAM_DONE;
}

void stream_finish(
    struct stream *s, const struct credits *credits, struct buf *out)
{
    s->kind->finish(s, credits, out);
}

void stream_cut(struct stream *s, enum turn_stop why,
    const struct credits *credits, struct buf *out)
{
    s->kind->cut(s, why, credits, out);
}

void stream_fail(struct stream *s, const struct fault *fault,
    const char *request_id, struct buf *out)
{
    s->kind->fail(s, fault, request_id, out);
}

void stream_beat(struct stream *s, struct buf *out)
{
    s->kind->beat(s, out);
}
