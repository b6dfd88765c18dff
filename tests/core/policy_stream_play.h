#ifndef POLICY_STREAM_PLAY_H
#define POLICY_STREAM_PLAY_H

#include <string.h>

#include "policy_stream.h"

/* A text through one detector, cut in every size of pieces. */

/* What leaves of it in pieces of ${size} bytes; "!" behind it when it fired. */
static inline void policy_stream_play_run(struct policy_detector detector,
    const char *text, size_t size, struct buf *out)
{
    struct policy_stream *s = policy_stream_make(&detector, 1, false);
    enum policy_stream_state state = POLICY_STREAM_GOES;
    size_t n = strlen(text), step, channel;

    assert_non_null(s);
    assert_int_equal(policy_stream_channel(s, &channel), 0);
    for (size_t at = 0; at < n && state == POLICY_STREAM_GOES; at += step) {
        step = n - at < size ? n - at : size;
        state =
            policy_stream_feed(s, channel, (struct span){text + at, step}, out);
    }
    if (state == POLICY_STREAM_GOES)
        state = policy_stream_end(s, channel, out);
    assert_int_not_equal(state, POLICY_STREAM_NO_MEMORY);
    if (state == POLICY_STREAM_FIRED)
        buf_puts(out, "!");
    policy_stream_free(s);
}

static inline void policy_stream_play(
    struct policy_detector detector, const char *text, const char *expect)
{
    struct buf out = {0};

    for (size_t size = strlen(text) + 1; size > 0; size--) {
        buf_reset(&out);
        policy_stream_play_run(detector, text, size, &out);
        assert_string_equal(buf_terminate(&out), expect);
    }
    buf_free(&out);
}

#endif
