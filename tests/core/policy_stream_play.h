#ifndef POLICY_STREAM_PLAY_H
#define POLICY_STREAM_PLAY_H

#include <string.h>

#include "policy_stream.h"
#include "sift_text.h"

/* A text through one detector, cut in every size of pieces. */

/* What leaves is what the cuts make of the text. */
static inline void policy_stream_play_cuts(const struct policy_stream *s,
    size_t channel, struct span text, const struct buf *left)
{
    struct sift_text taken = {0};
    struct buf made = {0};
    const struct policy_cut *cuts;
    size_t count;

    cuts = policy_stream_cuts(s, channel, &count);
    assert_int_equal(
        sift_text_take(&taken, text, cuts, count, &made), count > 0);
    assert_int_equal(made.len, left->len);
    assert_memory_equal(made.data, left->data, made.len);
    sift_text_free(&taken);
    buf_free(&made);
}

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
    policy_stream_play_cuts(s, channel, (struct span){text, n}, out);
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
