#include "cuts.h"

#include <string.h>

#include "fuzz.h"

void cuts_run(struct cuts *c, struct span text, size_t first, size_t size,
    struct buf *out)
{
    struct policy_stream *s = policy_stream_make(c->detectors, c->count, false);
    enum policy_stream_state state = POLICY_STREAM_GOES;
    size_t channel, n;
    char *copy;

    buf_reset(out);
    c->held = 0;
    FUZZ_CHECK(s != NULL && policy_stream_channel(s, &channel) == 0);
    for (size_t at = 0; at < text.n && state == POLICY_STREAM_GOES; at += n) {
        n = at == 0 ? first : size;
        n = text.n - at < n ? text.n - at : n;
        copy = malloc(n);
        FUZZ_CHECK(copy != NULL);
        memcpy(copy, text.p + at, n);
        state = policy_stream_feed(s, channel, (struct span){copy, n}, out);
        free(copy);
        if (policy_stream_held(s, channel).n > c->held)
            c->held = policy_stream_held(s, channel).n;
    }
    if (state == POLICY_STREAM_GOES)
        state = policy_stream_end(s, channel, out);
    FUZZ_CHECK(state != POLICY_STREAM_NO_MEMORY && !out->failed);
    c->fired = state == POLICY_STREAM_FIRED;
    c->whats = policy_stream_whats(s, 0);
    policy_stream_free(s);
}

static void compare(struct cuts *c, struct span text, size_t first, size_t size,
    const struct buf *whole)
{
    struct buf out = {0};
    bool fired = c->fired;
    uint32_t whats = c->whats;

    cuts_run(c, text, first, size, &out);
    FUZZ_CHECK(c->fired == fired && c->whats == whats);
    FUZZ_CHECK(out.len == whole->len);
    FUZZ_CHECK(out.len == 0 || memcmp(out.data, whole->data, out.len) == 0);
    buf_free(&out);
}

void cuts_check(
    struct cuts *c, struct span text, uint8_t a, uint8_t b, struct buf *whole)
{
    cuts_run(c, text, text.n, text.n, whole);
    compare(c, text, 1 + a % text.n, text.n, whole);
    compare(c, text, 1 + a, 1 + b % 16u, whole);
    compare(c, text, 1, 1, whole);
}
