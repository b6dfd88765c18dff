/* The first line of an answer, those before it and its body are told as they
 * are meant, however the bytes are cut (RFC 9112 2, 4 and 6.3). */

#include "http_answer_play.h"

static void test_a_length_ends_the_body(void **state)
{
    (void)state;
    check(OK_HEAD "Content-Length: 5\r\n\r\nhello", "200|hello|kept");
    check(OK_HEAD "Content-Length: 0\r\n\r\n", "200||kept");
}

static void test_what_is_behind_the_end_is_not_touched(void **state)
{
    (void)state;
    check(OK_HEAD "Content-Length: 2\r\n\r\nhiHTTP/1.1 500",
        "200|hi|kept|HTTP/1.1 500");
    check(OK_HEAD "Content-Length: 0\r\n\r\n\r\n", "200||kept|\r\n");
    check(CHUNKED "2\r\nhi\r\n0\r\n\r\n\r\nx", "200|hi|kept|\r\nx");
    check("HTTP/1.1 204 No Content\r\n\r\nx", "204||kept|x");
}

static void test_without_a_length_the_end_is_that_of_the_connection(
    void **state)
{
    (void)state;
    check(OK_HEAD "\r\n", "200||open");
    check(OK_HEAD "\r\nhello\r\n\r\n", "200|hello\r\n\r\n|open");
    check(OK_HEAD "Connection: keep-alive\r\n\r\nhello", "200|hello|open");
}

static void test_an_error_has_a_body_like_any_other(void **state)
{
    (void)state;
    check("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\nRetry-After: "
          "7\r\n\r\n{}",
        "429 after 7|{}|kept");
    check("HTTP/1.1 500 x\r\n\r\noops", "500|oops|open");
    check("HTTP/1.1 205 Reset Content\r\nContent-Length: 1\r\n\r\nx",
        "205|x|kept");
}

/* ---- the status line ---- */

static void test_the_reason_may_be_anything_or_nothing(void **state)
{
    (void)state;
    check("HTTP/1.1 204 \r\n\r\n", "204||kept");
    check("HTTP/1.1 204\r\n\r\n", "204||kept");
    check("HTTP/1.1 204 \t\"a: b\" \xc3\xa4\xff\r\n\r\n", "204||kept");
    check("HTTP/1.1 204  OK\r\n\r\n", "204||kept");
}

static void test_any_minor_version_is_read(void **state)
{
    (void)state;
    check("HTTP/1.0 204 OK\r\n\r\n", "204||done");
    check("HTTP/1.9 204 OK\r\n\r\n", "204||kept");
}

static void test_another_version_is_broken(void **state)
{
    (void)state;
    check("HTTP/0.9 200 OK\r\n", "|broken");
    check("HTTP/2.0 200 OK\r\n", "|broken");
    check("HTTP/2 200 OK\r\n", "|broken");
    check("HTTP/1.10 200 OK\r\n", "|broken");
    check("HTTP/1.x 200 OK\r\n", "|broken");
    check("HTTP/11 200 OK\r\n", "|broken");
}

static void test_the_name_of_the_protocol_is_in_capitals(void **state)
{
    (void)state;
    check("http/1.1 200 OK\r\n", "|broken");
    check("Http/1.1 200 OK\r\n", "|broken");
    check("ICY 200 OK\r\n", "|broken");
    check("HTTPS/1.1 200 OK\r\n", "|broken");
}

static void test_a_status_has_three_digits(void **state)
{
    (void)state;
    check("HTTP/1.1 20 OK\r\n", "|broken");
    check("HTTP/1.1 2000 OK\r\n", "|broken");
    check("HTTP/1.1 2x0 OK\r\n", "|broken");
    check("HTTP/1.1 +20 OK\r\n", "|broken");
    check("HTTP/1.1 200OK\r\n", "|broken");
    check("HTTP/1.1 200\tOK\r\n", "|broken");
    check("HTTP/1.1\r\n", "|broken");
}

static void test_no_status_is_below_a_hundred(void **state)
{
    (void)state;
    check("HTTP/1.1 099 OK\r\n", "|broken");
    check("HTTP/1.1 000 OK\r\n", "|broken");
}

static void test_a_status_above_those_of_the_standard_is_told(void **state)
{
    (void)state;
    check("HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n", "999||kept");
}

static void test_there_is_one_blank_before_the_status(void **state)
{
    (void)state;
    check("HTTP/1.1  200 OK\r\n", "|broken");
    check("HTTP/1.1\t200 OK\r\n", "|broken");
    check(" HTTP/1.1 200 OK\r\n", "|broken");
}

static void test_no_line_may_come_before_the_first(void **state)
{
    (void)state;
    check("\r\n" OK_HEAD "\r\n", "|broken");
    check("\n" OK_HEAD "\r\n", "|broken");
    check("\xef\xbb\xbf" OK_HEAD "\r\n", "|broken");
    check("<html>\n", "|broken");
}

/* ---- interim answers ---- */

static void test_interim_answers_are_skipped(void **state)
{
    (void)state;
    check("HTTP/1.1 100 Continue\r\n\r\n" OK_HEAD "Content-Length: 2\r\n\r\nhi",
        "200|hi|kept");
    check("HTTP/1.1 100 a\r\n\r\nHTTP/1.1 102 b\r\n\r\nHTTP/1.1 103 c\r\nLink: "
          "d\r\n\r\n" CHUNKED "0\r\n\r\n",
        "200||kept");
}

static void test_the_fields_of_an_interim_answer_do_not_count(void **state)
{
    (void)state;
    check("HTTP/1.1 103 Early Hints\r\nContent-Type: a/b\r\nRetry-After: 5\r\n"
          "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n"
          "Content-Encoding: gzip\r\nConnection: close\r\n\r\n" OK_HEAD
          "Content-Length: 2\r\n\r\nhi",
        "200|hi|kept");
}

static void test_a_broken_interim_answer_breaks_the_answer(void **state)
{
    (void)state;
    check("HTTP/1.1 100 Continue\r\na b\r\n\r\n" OK_HEAD "\r\n", "|broken");
}

static void test_an_interim_answer_is_no_answer(void **state)
{
    (void)state;
    check("HTTP/1.1 100 Continue\r\n\r\n", "|short");
    check("HTTP/1.1 199 x\r\n\r\n", "|short");
}

static void test_nobody_asked_for_another_protocol(void **state)
{
    (void)state;
    check(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", "|broken");
}

/* ---- answers without a body ---- */

static void test_no_content_has_no_body(void **state)
{
    (void)state;
    check("HTTP/1.1 204 No Content\r\n\r\n", "204||kept");
    check("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "204||kept");
    check("HTTP/1.1 304 Not Modified\r\n\r\n", "304||kept");
}

static void test_a_body_that_must_not_be_there_ends_the_connection(void **state)
{
    (void)state;
    check("HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi",
        "204||done|hi");
    check("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: "
          "chunked\r\n\r\n0\r\n\r\n",
        "304||done|0\r\n\r\n");
}

/* ---- the reader ---- */

static void test_the_body_is_handed_out_where_it_lies(void **state)
{
    (void)state;
    static const char stream[] = OK_HEAD "Content-Length: 9\r\n\r\nhello";
    struct http_answer a = {0};
    struct span in = text_of(stream), body;

    assert_int_equal(http_answer_next(&a, &in, &body), HTTP_HEAD);
    assert_int_equal(http_answer_next(&a, &in, &body), HTTP_BODY);
    assert_ptr_equal(body.p, stream + sizeof(stream) - 6);
    assert_int_equal(body.n, 5);
    assert_null(a.line.data);
    http_answer_free(&a);
}

static void test_the_first_byte_is_noticed(void **state)
{
    (void)state;
    struct http_answer a = {0};
    struct span in = text_of("H"), none = {"", 0}, body;

    assert_int_equal(http_answer_next(&a, &none, &body), HTTP_MORE);
    assert_false(a.begun);
    assert_int_equal(http_answer_next(&a, &in, &body), HTTP_MORE);
    assert_true(a.begun);
    http_answer_free(&a);
}

static void test_a_freed_reader_begins_anew(void **state)
{
    (void)state;
    struct http_answer a = {0};
    struct span in = text_of(CHUNKED "5\r\nhel"), body;
    struct buf list = {0};
    size_t used;

    while (http_answer_next(&a, &in, &body) != HTTP_MORE)
        ;
    http_answer_free(&a);
    assert_false(a.begun);
    in = text_of(OK_HEAD "Content-Length: 2\r\n\r\nhi");
    assert_int_equal(read_piece(&a, in, &list, &used), HTTP_END);
    assert_string_equal(buf_terminate(&list), "200|hi");
    http_answer_free(&a);
    buf_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_length_ends_the_body),
        cmocka_unit_test(test_what_is_behind_the_end_is_not_touched),
        cmocka_unit_test(
            test_without_a_length_the_end_is_that_of_the_connection),
        cmocka_unit_test(test_an_error_has_a_body_like_any_other),
        cmocka_unit_test(test_the_reason_may_be_anything_or_nothing),
        cmocka_unit_test(test_any_minor_version_is_read),
        cmocka_unit_test(test_another_version_is_broken),
        cmocka_unit_test(test_the_name_of_the_protocol_is_in_capitals),
        cmocka_unit_test(test_a_status_has_three_digits),
        cmocka_unit_test(test_no_status_is_below_a_hundred),
        cmocka_unit_test(test_a_status_above_those_of_the_standard_is_told),
        cmocka_unit_test(test_there_is_one_blank_before_the_status),
        cmocka_unit_test(test_no_line_may_come_before_the_first),
        cmocka_unit_test(test_interim_answers_are_skipped),
        cmocka_unit_test(test_the_fields_of_an_interim_answer_do_not_count),
        cmocka_unit_test(test_a_broken_interim_answer_breaks_the_answer),
        cmocka_unit_test(test_an_interim_answer_is_no_answer),
        cmocka_unit_test(test_nobody_asked_for_another_protocol),
        cmocka_unit_test(test_no_content_has_no_body),
        cmocka_unit_test(
            test_a_body_that_must_not_be_there_ends_the_connection),
        cmocka_unit_test(test_the_body_is_handed_out_where_it_lies),
        cmocka_unit_test(test_the_first_byte_is_noticed),
        cmocka_unit_test(test_a_freed_reader_begins_anew),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
