/* However the bytes of a stream are cut, the same events come out, and they
 * are those of the standard; a whole event is handed out where it lies; an
 * endless line, event or chatter ends the stream (RELIABILITY.md 5.4, P1). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sse.h"

/* Events are written down as "name|data;" so that lists can be compared. */
static int note(void *cookie, struct span name, struct span data)
{
    struct buf *list = cookie;

    buf_put(list, name.p, name.n);
    buf_puts(list, "|");
    buf_put(list, data.p, data.n);
    buf_puts(list, ";");
    return 0;
}

static struct span text_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

/* Feed a piece from memory of exactly its size, so that a sanitizer sees a
 * look beyond it or back at it afterwards. */
static enum sse_error feed_piece(
    struct sse *s, const char *p, size_t n, struct buf *list)
{
    char *piece = malloc(n > 0 ? n : 1);
    enum sse_error error;

    assert_non_null(piece);
    memcpy(piece, p, n);
    error = sse_feed(s, (struct span){piece, n}, note, list);
    free(piece);
    return error;
}

static void check_whole(const char *stream, const char *expect)
{
    struct buf list = {0};
    struct sse s = {0};

    assert_int_equal(sse_feed(&s, text_of(stream), note, &list), SSE_OK);
    assert_string_equal(buf_terminate(&list), expect);
    sse_free(&s);
    buf_free(&list);
}

static void check_cut_in_two(const char *stream, const char *expect)
{
    size_t n = strlen(stream);
    struct buf list = {0};
    size_t cut;

    for (cut = 0; cut <= n; cut++) {
        struct sse s = {0};

        buf_reset(&list);
        assert_int_equal(feed_piece(&s, stream, cut, &list), SSE_OK);
        assert_int_equal(feed_piece(&s, stream + cut, n - cut, &list), SSE_OK);
        assert_string_equal(buf_terminate(&list), expect);
        sse_free(&s);
    }
    buf_free(&list);
}

static void check_pieces_of(const char *stream, size_t size, const char *expect)
{
    size_t n = strlen(stream);
    struct buf list = {0};
    struct sse s = {0};
    size_t at, step;

    for (at = 0; at < n; at += step) {
        step = n - at < size ? n - at : size;
        assert_int_equal(feed_piece(&s, stream + at, step, &list), SSE_OK);
    }
    assert_string_equal(buf_terminate(&list), expect);
    sse_free(&s);
    buf_free(&list);
}

static void check(const char *stream, const char *expect)
{
    check_whole(stream, expect);
    check_cut_in_two(stream, expect);
    check_pieces_of(stream, 1, expect);
    check_pieces_of(stream, 2, expect);
    check_pieces_of(stream, 3, expect);
}

/* ---- the grammar ---- */

static void test_data_and_a_blank_line_are_an_event(void **state)
{
    (void)state;
    check("data: {\"a\":1}\n\n", "|{\"a\":1};");
}

static void test_events_follow_each_other(void **state)
{
    (void)state;
    check("data: one\n\ndata: two\n\ndata: [DONE]\n\n", "|one;|two;|[DONE];");
}

static void test_the_event_line_names_it(void **state)
{
    (void)state;
    check("event: ping\ndata: {}\n\ndata: x\n\n", "ping|{};|x;");
    check("data: {}\nevent: ping\n\n", "ping|{};");
}

static void test_the_last_event_line_counts(void **state)
{
    (void)state;
    check("event: a\nevent: bc\ndata: x\n\n", "bc|x;");
    check("event: a\nevent\ndata: x\n\n", "|x;");
}

static void test_only_one_space_is_taken_off(void **state)
{
    (void)state;
    check("data:a\n\ndata: a\n\ndata:  a\n\ndata: a \n\n", "|a;|a;| a;|a ;");
}

static void test_a_tab_is_part_of_the_data(void **state)
{
    (void)state;
    check("data:\ta\n\n", "|\ta;");
}

static void test_data_lines_are_joined_by_lf(void **state)
{
    (void)state;
    check("data: a\ndata: b\ndata: c\n\n", "|a\nb\nc;");
    check("data:a\r\ndata:b\r\n\r\n", "|a\nb;");
}

static void test_empty_data_lines_count(void **state)
{
    (void)state;
    check("data\n\n", "|;");
    check("data:\n\n", "|;");
    check("data\ndata\n\n", "|\n;");
    check("data: a\ndata\ndata: b\n\n", "|a\n\nb;");
}

static void test_every_kind_of_line_end_is_one(void **state)
{
    (void)state;
    check("data: a\n\ndata: b\r\rdata: c\r\n\r\ndata: d\r\n\rdata: e\n\n",
        "|a;|b;|c;|d;|e;");
}

static void test_crlf_before_a_lone_lf_is_two_line_ends(void **state)
{
    (void)state;
    check("data: a\r\n\ndata: b\n\n", "|a;|b;");
    check("data: a\r\n\n\ndata: b\r\n\r", "|a;|b;");
}

static void test_lf_cr_is_two_line_ends(void **state)
{
    (void)state;
    check("data: a\n\rdata: b\n\n", "|a;|b;");
}

static void test_an_event_ended_by_cr_does_not_wait(void **state)
{
    struct buf list = {0};
    struct sse s = {0};

    (void)state;
    assert_int_equal(feed_piece(&s, "data: a\r\r", 9, &list), SSE_OK);
    assert_string_equal(buf_terminate(&list), "|a;");
    assert_int_equal(feed_piece(&s, "\ndata: b\n\n", 10, &list), SSE_OK);
    assert_string_equal(buf_terminate(&list), "|a;|b;");
    sse_free(&s);
    buf_free(&list);
}

static void test_a_byte_order_mark_is_skipped_once(void **state)
{
    (void)state;
    check("\xef\xbb\xbf"
          "data: a\n\n",
        "|a;");
    check("\xef\xbb\xbf\xef\xbb\xbf"
          "data: a\n\ndata: b\n\n",
        "|b;");
    check("data: a\n\n\xef\xbb\xbf"
          "data: b\n\ndata: c\n\n",
        "|a;|c;");
}

static void test_half_a_mark_is_text(void **state)
{
    (void)state;
    check("\xef\xbb"
          "data: a\n\ndata: b\n\n",
        "|b;");
    check("\xef"
          "data: a\ndata: b\n\n",
        "|b;");
}

static void test_comments_are_dropped(void **state)
{
    (void)state;
    check(": ping\n\n:\n\ndata: a\n: in between\ndata: b\n\n", "|a\nb;");
}

static void test_id_retry_and_unknown_fields_are_dropped(void **state)
{
    (void)state;
    check("id: 7\nretry: 10\nfoo: bar\ndata: a\n\n", "|a;");
}

static void test_a_field_must_match_as_a_whole(void **state)
{
    (void)state;
    check(
        "data2: x\nDATA: x\n data: x\ndat: x\ndata : x\n\ndata: a\n\n", "|a;");
}

static void test_without_a_data_line_there_is_no_event(void **state)
{
    (void)state;
    check("event: ping\n\n\n\nid: 1\n\ndata: a\n\n", "|a;");
}

static void test_colons_in_the_data_stay(void **state)
{
    (void)state;
    check("data: a:b: c\n\n", "|a:b: c;");
}

static void test_an_event_without_its_blank_line_is_discarded(void **state)
{
    (void)state;
    check("data: a\n\ndata: b\n", "|a;");
    check("data: a\n\ndata: b", "|a;");
    check("data: a\n\nevent: x", "|a;");
}

static void test_long_mixed_stream_is_the_same_in_any_two_pieces(void **state)
{
    static const char stream[] =
        "\xef\xbb\xbf: open\r\n\r\nevent: message_start\r\ndata: {\"type\":"
        "\"message_start\"}\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\""
        ":\"h\xc3\xa4\"}}]}\n\n: ping\n\nid: 3\ndata: x\rdata: y\r\r"
        "data:\n\nretry: 5\n\nevent: error\ndata: {\"error\":{}}\n\n"
        "data: [DONE]\r\n\r\ndata: cut";

    (void)state;
    check(stream, "message_start|{\"type\":\"message_start\"};"
                  "|{\"choices\":[{\"delta\":{\"content\":\"h\xc3\xa4\"}}]};"
                  "|x\ny;|;error|{\"error\":{}};|[DONE];");
}

static void test_three_pieces_are_like_one(void **state)
{
    static const char stream[] = "event: e\r\ndata: a\r\ndata: b\r\n\r\n"
                                 ": c\n\ndata: d\n\n";
    size_t n = sizeof(stream) - 1;
    struct buf list = {0};
    size_t i, k;

    (void)state;
    for (i = 0; i <= n; i++) {
        for (k = i; k <= n; k++) {
            struct sse s = {0};

            buf_reset(&list);
            feed_piece(&s, stream, i, &list);
            feed_piece(&s, stream + i, k - i, &list);
            feed_piece(&s, stream + k, n - k, &list);
            assert_string_equal(buf_terminate(&list), "e|a\nb;|d;");
            sse_free(&s);
        }
    }
    buf_free(&list);
}

/* ---- copies and stops ---- */

static int keep_place(void *cookie, struct span name, struct span data)
{
    (void)name;
    *(struct span *)cookie = data;
    return 0;
}

static void test_a_whole_event_is_not_copied(void **state)
{
    static const char stream[] = "event: x\ndata: abc\nid: 1\n\n";
    struct span data = {NULL, 0};
    struct sse s = {0};

    (void)state;
    assert_int_equal(sse_feed(&s, text_of(stream), keep_place, &data), SSE_OK);
    assert_ptr_equal(data.p, stream + 15);
    assert_int_equal(data.n, 3);
    assert_null(s.data.data);
    sse_free(&s);
}

static int stop_at_once(void *cookie, struct span name, struct span data)
{
    (void)name;
    (void)data;
    ++*(int *)cookie;
    return 1;
}

static void test_the_callback_may_stop_the_stream(void **state)
{
    struct sse s = {0};
    int calls = 0;

    (void)state;
    assert_int_equal(
        sse_feed(&s, text_of("data: a\n\ndata: b\n\n"), stop_at_once, &calls),
        SSE_STOPPED);
    assert_int_equal(calls, 1);
    sse_free(&s);
}

static void test_freed_splitter_begins_anew(void **state)
{
    struct buf list = {0};
    struct sse s = {0};

    (void)state;
    feed_piece(&s, "data: lost\nevent: lost\nda", 25, &list);
    sse_free(&s);
    feed_piece(&s,
        "\xef\xbb\xbf"
        "data: a\n\n",
        12, &list);
    assert_string_equal(buf_terminate(&list), "|a;");
    sse_free(&s);
    buf_free(&list);
}

/* ---- limits ---- */

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
        cmocka_unit_test(test_data_and_a_blank_line_are_an_event),
        cmocka_unit_test(test_events_follow_each_other),
        cmocka_unit_test(test_the_event_line_names_it),
        cmocka_unit_test(test_the_last_event_line_counts),
        cmocka_unit_test(test_only_one_space_is_taken_off),
        cmocka_unit_test(test_a_tab_is_part_of_the_data),
        cmocka_unit_test(test_data_lines_are_joined_by_lf),
        cmocka_unit_test(test_empty_data_lines_count),
        cmocka_unit_test(test_every_kind_of_line_end_is_one),
        cmocka_unit_test(test_crlf_before_a_lone_lf_is_two_line_ends),
        cmocka_unit_test(test_lf_cr_is_two_line_ends),
        cmocka_unit_test(test_an_event_ended_by_cr_does_not_wait),
        cmocka_unit_test(test_a_byte_order_mark_is_skipped_once),
        cmocka_unit_test(test_half_a_mark_is_text),
        cmocka_unit_test(test_comments_are_dropped),
        cmocka_unit_test(test_id_retry_and_unknown_fields_are_dropped),
        cmocka_unit_test(test_a_field_must_match_as_a_whole),
        cmocka_unit_test(test_without_a_data_line_there_is_no_event),
        cmocka_unit_test(test_colons_in_the_data_stay),
        cmocka_unit_test(test_an_event_without_its_blank_line_is_discarded),
        cmocka_unit_test(test_long_mixed_stream_is_the_same_in_any_two_pieces),
        cmocka_unit_test(test_three_pieces_are_like_one),
        cmocka_unit_test(test_a_whole_event_is_not_copied),
        cmocka_unit_test(test_the_callback_may_stop_the_stream),
        cmocka_unit_test(test_freed_splitter_begins_anew),
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
