/* However the bytes of a stream are cut, the same events come out, and they
 * are those of the standard; a whole event is handed out where it lies
 * (RELIABILITY.md 5.4, P1). */

#include "sse_play.h"

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
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
