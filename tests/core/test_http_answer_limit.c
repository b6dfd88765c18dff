/* Lines without an end are not collected, in a head, before it, between chunks
 * and behind them; what is within the limit is read. */

#include "http_answer_play.h"

#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"
#define SIZED OK_HEAD "Content-Length: 2\r\n"
#define LINES OK_HEAD "Transfer-Encoding: chunked\r\n"

static void put_filling(struct buf *b, size_t n)
{
    memset(buf_reserve(b, n), 'x', n);
    buf_commit(b, n);
}

/* ${first}, which is filled up to ${size} bytes with ${last}. */
static void put_filled(
    struct buf *b, const char *first, const char *last, size_t size)
{
    buf_puts(b, first);
    put_filling(b, size - strlen(first) - strlen(last));
    buf_puts(b, last);
}

/* Frees the stream. */
static void check_stream(struct buf *b, const char *expect)
{
    struct span stream = {b->data, b->len};

    check_cut(stream, stream.n, stream.n, expect);
    check_cut(stream, HTTP_HEAD_MAX, 1, expect);
    check_cut(stream, 4096, 4096, expect);
    check_cut(stream, 1, 1, expect);
    buf_free(b);
}

static void check_head(size_t size, const char *expect)
{
    struct buf b = {0};

    put_filled(&b, SIZED "X: ", "\r\n\r\n", size);
    buf_puts(&b, "hi");
    check_stream(&b, expect);
}

static void test_a_head_may_have_64_kib(void **state)
{
    (void)state;
    check_head(HTTP_HEAD_MAX, "200|hi|kept");
}

static void test_a_longer_head_is_broken(void **state)
{
    (void)state;
    check_head(HTTP_HEAD_MAX + 1, "|broken");
}

static void test_many_short_fields_are_no_way_around(void **state)
{
    struct buf b = {0};

    (void)state;
    buf_puts(&b, SIZED);
    while (b.len < HTTP_HEAD_MAX - 8)
        buf_puts(&b, "a: bc\r\n");
    buf_puts(&b, "a: bc\r\n\r\nhi");
    check_stream(&b, "|broken");
}

static void check_interim(size_t size, const char *expect)
{
    struct buf b = {0};

    while (b.len < HTTP_HEAD_MAX / 2)
        buf_puts(&b, CONTINUE);
    put_filled(&b, SIZED "X: ", "\r\n\r\n", size - b.len);
    buf_puts(&b, "hi");
    check_stream(&b, expect);
}

static void test_interim_answers_share_the_limit(void **state)
{
    (void)state;
    check_interim(HTTP_HEAD_MAX, "200|hi|kept");
    check_interim(HTTP_HEAD_MAX + 1, "|broken");
}

static void test_endless_interim_answers_are_broken(void **state)
{
    struct buf b = {0};

    (void)state;
    while (b.len <= HTTP_HEAD_MAX)
        buf_puts(&b, CONTINUE);
    check_stream(&b, "|broken");
}

static void check_size_line(size_t size, const char *expect)
{
    struct buf b = {0};

    put_filled(&b, LINES "X: ", "\r\n\r\n", HTTP_HEAD_MAX);
    put_filled(&b, "2;", "\r\n", size);
    buf_puts(&b, "hi\r\n0\r\n\r\n");
    check_stream(&b, expect);
}

static void test_an_extension_has_the_limit_to_itself(void **state)
{
    (void)state;
    check_size_line(HTTP_HEAD_MAX, "200|hi|kept");
    check_size_line(HTTP_HEAD_MAX + 1, "200||broken");
}

static void check_second_size_line(size_t size, const char *expect)
{
    struct buf b = {0};

    put_filled(&b, CHUNKED "2;", "\r\n", HTTP_HEAD_MAX);
    buf_puts(&b, "hi\r\n");
    put_filled(&b, "1;", "\r\n", size - 2);
    buf_puts(&b, "!\r\n0\r\n\r\n");
    check_stream(&b, expect);
}

static void test_the_limit_is_for_what_is_between_two_chunks(void **state)
{
    (void)state;
    check_second_size_line(HTTP_HEAD_MAX, "200|hi!|kept");
    check_second_size_line(HTTP_HEAD_MAX + 1, "200|hi|broken");
}

static void test_many_chunks_are_no_matter(void **state)
{
    struct buf b = {0}, expect = {0};

    (void)state;
    buf_puts(&b, CHUNKED);
    buf_puts(&expect, "200|");
    while (b.len <= 2 * HTTP_HEAD_MAX) {
        buf_puts(&b, "1\r\na\r\n");
        buf_puts(&expect, "a");
    }
    buf_puts(&b, "0\r\n\r\n");
    buf_puts(&expect, "|kept");
    check_stream(&b, buf_terminate(&expect));
    buf_free(&expect);
}

static void check_trailer(size_t size, const char *expect)
{
    struct buf b = {0};

    put_filled(&b, LINES "X: ", "\r\n\r\n", HTTP_HEAD_MAX);
    buf_puts(&b, "2\r\nhi\r\n0\r\n");
    put_filled(&b, "Y: z\r\nX: ", "\r\n\r\n", size);
    check_stream(&b, expect);
}

static void test_the_trailer_has_the_limit_to_itself(void **state)
{
    (void)state;
    check_trailer(HTTP_HEAD_MAX, "200|hi|kept");
    check_trailer(HTTP_HEAD_MAX + 1, "200|hi|broken");
}

static void test_an_endless_line_is_not_collected(void **state)
{
    struct http_answer a = {0};
    struct buf b = {0}, list = {0};
    size_t used;

    (void)state;
    put_filling(&b, HTTP_HEAD_MAX);
    assert_int_equal(
        read_piece(&a, (struct span){b.data, b.len}, &list, &used), HTTP_MORE);
    assert_int_equal(read_piece(&a, text_of("x"), &list, &used), HTTP_BROKEN);
    assert_true(a.line.len <= HTTP_HEAD_MAX);
    http_answer_free(&a);
    buf_free(&b);
}

static void test_a_stream_does_not_hold_the_memory_of_its_head(void **state)
{
    struct http_answer a = {0};
    struct buf list = {0};
    size_t used;

    (void)state;
    read_piece(&a, text_of(OK_HEAD "Content-Ty"), &list, &used);
    assert_non_null(a.line.data);
    read_piece(&a, text_of("pe: a/b\r\n\r\n"), &list, &used);
    assert_null(a.line.data);
    http_answer_free(&a);
    buf_free(&list);
}

static void test_the_end_of_memory_breaks_a_line_in_pieces(void **state)
{
    struct http_answer a = {0};
    struct buf list = {0};
    size_t used;

    (void)state;
    read_piece(&a, text_of(OK_HEAD "Content-Type: a/b"), &list, &used);
    a.line.failed = true;
    assert_int_equal(
        read_piece(&a, text_of("\r\n"), &list, &used), HTTP_BROKEN);
    http_answer_free(&a);
    buf_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_head_may_have_64_kib),
        cmocka_unit_test(test_a_longer_head_is_broken),
        cmocka_unit_test(test_many_short_fields_are_no_way_around),
        cmocka_unit_test(test_interim_answers_share_the_limit),
        cmocka_unit_test(test_endless_interim_answers_are_broken),
        cmocka_unit_test(test_an_extension_has_the_limit_to_itself),
        cmocka_unit_test(test_the_limit_is_for_what_is_between_two_chunks),
        cmocka_unit_test(test_many_chunks_are_no_matter),
        cmocka_unit_test(test_the_trailer_has_the_limit_to_itself),
        cmocka_unit_test(test_an_endless_line_is_not_collected),
        cmocka_unit_test(test_a_stream_does_not_hold_the_memory_of_its_head),
        cmocka_unit_test(test_the_end_of_memory_breaks_a_line_in_pieces),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
