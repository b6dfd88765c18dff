/* An endless line, event or chatter ends the stream, and what is shorter than
 * the limit does not (RELIABILITY.md 5.4, P1). */

#include "sse_play.h"

/* A stream of prefix, n times x and suffix, fed in pieces of a size. */
static enum sse_error feed_filled(struct sse *s, const char *prefix, size_t n,
    const char *suffix, size_t size, size_t *events)
{
    struct buf text = {0}, list = {0};
    enum sse_error error = SSE_OK;
    size_t at, step;

    buf_puts(&text, prefix);
    memset(buf_reserve(&text, n), 'x', n);
    buf_commit(&text, n);
    buf_puts(&text, suffix);
    for (at = 0; at < text.len && error == SSE_OK; at += step) {
        step = text.len - at < size ? text.len - at : size;
        error = sse_feed(s, (struct span){text.data + at, step}, note, &list);
    }
    *events = list.len;
    buf_free(&text);
    buf_free(&list);
    return error;
}

static void check_line(size_t line, size_t size, enum sse_error expect)
{
    struct sse s = {0};
    size_t events;

    assert_int_equal(
        feed_filled(&s, "data: ", line - 6, "\n\n", size, &events), expect);
    assert_int_equal(events, expect == SSE_OK ? line - 6 + 2 : 0);
    sse_free(&s);
}

static void test_a_line_may_have_a_mebibyte(void **state)
{
    (void)state;
    check_line(SSE_MAX_LINE, SIZE_MAX, SSE_OK);
    check_line(SSE_MAX_LINE, 4096, SSE_OK);
}

static void test_a_longer_line_ends_the_stream(void **state)
{
    (void)state;
    check_line(SSE_MAX_LINE + 1, SIZE_MAX, SSE_TOO_LONG);
    check_line(SSE_MAX_LINE + 1, 4096, SSE_TOO_LONG);
}

static void test_an_endless_line_is_not_collected(void **state)
{
    struct sse s = {0};
    size_t events;

    (void)state;
    assert_int_equal(
        feed_filled(&s, "data: ", 3 << 20, "", 4096, &events), SSE_TOO_LONG);
    assert_true(s.line.len <= SSE_MAX_LINE);
    sse_free(&s);
}

/* An event of data lines of half a mebibyte, LF included, and a last one. */
static enum sse_error feed_event(size_t last, size_t size)
{
    enum { HALF = 1 << 19 };
    enum sse_error error = SSE_OK;
    struct sse s = {0};
    size_t events = 0;
    int i;

    for (i = 0; i < 7 && error == SSE_OK; i++)
        error = feed_filled(&s, "data:", HALF - 1, "\n", size, &events);
    if (error == SSE_OK)
        error = feed_filled(&s, "data:", last, "\n\n", size, &events);
    assert_int_equal(events, error == SSE_OK ? 7 * HALF + last + 2 : 0);
    sse_free(&s);
    return error;
}

static void test_an_event_may_have_four_mebibytes(void **state)
{
    (void)state;
    assert_int_equal(feed_event(1 << 19, SIZE_MAX), SSE_OK);
    assert_int_equal(feed_event(1 << 19, 5000), SSE_OK);
}

static void test_a_longer_event_ends_the_stream(void **state)
{
    (void)state;
    assert_int_equal(feed_event((1 << 19) + 1, SIZE_MAX), SSE_TOO_LONG);
    assert_int_equal(feed_event((1 << 19) + 1, 5000), SSE_TOO_LONG);
}

static enum sse_error feed_often(struct sse *s, const char *text, size_t times)
{
    enum sse_error error = SSE_OK;
    struct buf list = {0};

    while (times-- > 0 && error == SSE_OK)
        error = sse_feed(s, text_of(text), note, &list);
    buf_free(&list);
    return error;
}

static void test_comments_without_an_event_end_the_stream(void **state)
{
    struct sse s = {0};

    (void)state;
    assert_int_equal(
        feed_often(&s, ": 4567\n\n", SSE_MAX_IDLE_BYTES / 8), SSE_OK);
    assert_int_equal(feed_often(&s, "\n", 1), SSE_CHATTER);
    sse_free(&s);
}

static void test_blank_lines_without_an_event_end_the_stream(void **state)
{
    struct sse s = {0};

    (void)state;
    assert_int_equal(feed_often(&s, "\n", SSE_MAX_IDLE_BYTES), SSE_OK);
    assert_int_equal(feed_often(&s, "\n", 1), SSE_CHATTER);
    sse_free(&s);
}

static void test_an_event_forgives_the_chatter_before_it(void **state)
{
    struct sse s = {0};
    int i;

    (void)state;
    for (i = 0; i < 5; i++) {
        assert_int_equal(
            feed_often(&s, ": 4567\n\n", SSE_MAX_IDLE_BYTES / 8), SSE_OK);
        assert_int_equal(feed_often(&s, "data: a\n\n", 1), SSE_OK);
    }
    sse_free(&s);
}

static void test_a_long_data_line_is_no_chatter(void **state)
{
    struct sse s = {0};
    size_t events;

    (void)state;
    assert_int_equal(feed_filled(&s, "data: ", 2 * SSE_MAX_IDLE_BYTES, "\n\n",
                         1000, &events),
        SSE_OK);
    sse_free(&s);
}

static void test_memory_of_a_large_event_is_given_back(void **state)
{
    struct sse s = {0};
    size_t events;

    (void)state;
    assert_int_equal(
        feed_filled(&s, "data: ", 1 << 19, "\n\n", 1000, &events), SSE_OK);
    assert_true(s.line.cap <= 16384);
    assert_true(s.data.cap <= 16384);
    sse_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_may_have_a_mebibyte),
        cmocka_unit_test(test_a_longer_line_ends_the_stream),
        cmocka_unit_test(test_an_endless_line_is_not_collected),
        cmocka_unit_test(test_an_event_may_have_four_mebibytes),
        cmocka_unit_test(test_a_longer_event_ends_the_stream),
        cmocka_unit_test(test_comments_without_an_event_end_the_stream),
        cmocka_unit_test(test_blank_lines_without_an_event_end_the_stream),
        cmocka_unit_test(test_an_event_forgives_the_chatter_before_it),
        cmocka_unit_test(test_a_long_data_line_is_no_chatter),
        cmocka_unit_test(test_memory_of_a_large_event_is_given_back),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
