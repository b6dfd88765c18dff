#include "screen_private.h"

/* Texts of an answer that passes in the caller's own dialect: where they leave
 * is told, and who asks has them. */

static struct policy_stream *stream_of(
    const struct screen *s, const struct screen_text *t)
{
    return t->json ? s->args.stream : s->words.stream;
}

bool screen_reads(const struct screen *s)
{
    return s->words.stream != NULL;
}

bool screen_scores(const struct screen *s)
{
    return s->scores != NULL;
}

int screen_open(struct screen *s, bool json, struct screen_text *t)
{
    t->json = json;
    if (policy_stream_channel(stream_of(s, t), &t->channel) == 0)
        return 0;
    s->failed = true;
    return -1;
}

enum screen_state screen_read(
    struct screen *s, const struct screen_text *t, struct span text, bool ends)
{
    struct policy_stream *stream = stream_of(s, t);
    enum policy_stream_state state = POLICY_STREAM_GOES;

    buf_reset(&s->passed);
    if (!s->fired && !s->failed)
        state = policy_stream_feed(stream, t->channel, text, &s->passed);
    if (ends && state == POLICY_STREAM_GOES && !s->fired && !s->failed)
        state = policy_stream_end(stream, t->channel, &s->passed);
    s->fired = s->fired || state == POLICY_STREAM_FIRED;
    s->failed = s->failed || state == POLICY_STREAM_NO_MEMORY;
    if (s->failed)
        return SCREEN_NO_MEMORY;
    return s->fired ? SCREEN_FIRED : SCREEN_GOES;
}

struct span screen_held(const struct screen *s, const struct screen_text *t)
{
    return policy_stream_held(stream_of(s, t), t->channel);
}

uint64_t screen_left(const struct screen *s, const struct screen_text *t)
{
    return policy_stream_left(stream_of(s, t), t->channel);
}

const struct policy_cut *screen_cuts(
    const struct screen *s, const struct screen_text *t, size_t *count)
{
    return policy_stream_cuts(stream_of(s, t), t->channel, count);
}

void screen_close(struct screen *s, const struct screen_text *t)
{
    policy_stream_close(stream_of(s, t), t->channel);
}
