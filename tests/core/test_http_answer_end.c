/* A connection is kept behind an answer that allows it and no other, and its
 * end is that of the answer only where that has no other (RFC 9112 8 and 9). */

#include "http_answer_play.h"

/* ---- whether the connection is kept ---- */

static void test_the_old_version_keeps_only_when_it_says_so(void **state)
{
    (void)state;
    check("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "200|hi|done");
    check("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: "
          "2\r\n\r\nhi",
        "200|hi|kept");
}

static void test_close_may_stand_anywhere_in_the_list_in_any_case(void **state)
{
    (void)state;
    check_fields("Content-Length: 2\r\nConnection: close\r\n", "200|hi|done");
    check_fields("Content-Length: 2\r\nCONNECTION:CLOSE\r\n", "200|hi|done");
    check_fields(
        "Content-Length: 2\r\nConnection: x,\tClose\t,y\r\n", "200|hi|done");
    check_fields(
        "Content-Length: 2\r\nConnection: ,,close,\r\n", "200|hi|done");
}

static void test_other_words_do_not_close(void **state)
{
    (void)state;
    check_fields("Content-Length: 2\r\nConnection: closed, x close, xclose\r\n",
        "200|hi|kept");
    check_fields("Content-Length: 2\r\nConnection:\r\n", "200|hi|kept");
    check_fields(
        "Content-Length: 2\r\nProxy-Connection: close\r\n", "200|hi|kept");
}

static void test_close_wins_over_keep_alive(void **state)
{
    (void)state;
    check_fields("Content-Length: 2\r\nConnection: keep-alive, close\r\n",
        "200|hi|done");
    check_fields(
        "Content-Length: 2\r\nConnection: close\r\nConnection: keep-alive\r\n",
        "200|hi|done");
    check_fields(
        "Content-Length: 2\r\nConnection: keep-alive\r\nConnection: close\r\n",
        "200|hi|done");
}

/* ---- the end of the connection ---- */

static void test_nothing_is_no_answer(void **state)
{
    (void)state;
    struct http_answer a = {0};

    assert_int_equal(http_answer_close(&a), HTTP_BROKEN);
    assert_false(a.begun);
}

static void test_an_end_within_the_head_breaks_it_off(void **state)
{
    (void)state;
    check("H", "|short");
    check("HTTP/1.1 200 OK", "|short");
    check(OK_HEAD, "|short");
    check(OK_HEAD "Content-Type: x", "|short");
    check(OK_HEAD "Content-Length: 0\r\n", "|short");
    check(OK_HEAD "Content-Length: 0\r\n\r", "|short");
}

static void test_an_end_before_the_length_breaks_it_off(void **state)
{
    (void)state;
    check(OK_HEAD "Content-Length: 5\r\n\r\n", "200||short");
    check(OK_HEAD "Content-Length: 5\r\n\r\nhell", "200|hell|short");
}

static void test_an_end_before_the_last_chunk_breaks_it_off(void **state)
{
    (void)state;
    check(CHUNKED, "200||short");
    check(CHUNKED "2", "200||short");
    check(CHUNKED "2\r\n", "200||short");
    check(CHUNKED "2\r\nh", "200|h|short");
    check(CHUNKED "2\r\nhi", "200|hi|short");
    check(CHUNKED "2\r\nhi\r\n", "200|hi|short");
    check(CHUNKED "2\r\nhi\r\n0", "200|hi|short");
    check(CHUNKED "2\r\nhi\r\n0\r", "200|hi|short");
}

static void test_an_end_behind_the_last_chunk_does_not(void **state)
{
    (void)state;
    check(CHUNKED "2\r\nhi\r\n0\r\n", "200|hi|open");
    check(CHUNKED "2\r\nhi\r\n0\r\n\r", "200|hi|open");
    check(CHUNKED "2\r\nhi\r\n0\r\nServer-Ti", "200|hi|open");
}

static void test_a_whole_answer_stays_whole(void **state)
{
    (void)state;
    struct http_answer a = {0};
    struct span in = text_of(OK_HEAD "Content-Length: 0\r\n\r\nx"), body;

    assert_int_equal(http_answer_next(&a, &in, &body), HTTP_HEAD);
    assert_int_equal(http_answer_next(&a, &in, &body), HTTP_END);
    assert_int_equal(http_answer_next(&a, &in, &body), HTTP_END);
    assert_int_equal(in.n, 1);
    assert_int_equal(http_answer_close(&a), HTTP_END);
    http_answer_free(&a);
}

static void test_an_empty_body_ends_without_another_byte(void **state)
{
    (void)state;
    struct http_answer a = {0};
    struct span in = text_of(OK_HEAD "Content-Length: 0\r\n\r\n"), body;

    assert_int_equal(http_answer_next(&a, &in, &body), HTTP_HEAD);
    assert_int_equal(in.n, 0);
    assert_int_equal(http_answer_next(&a, &in, &body), HTTP_END);
    http_answer_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_old_version_keeps_only_when_it_says_so),
        cmocka_unit_test(test_close_may_stand_anywhere_in_the_list_in_any_case),
        cmocka_unit_test(test_other_words_do_not_close),
        cmocka_unit_test(test_close_wins_over_keep_alive),
        cmocka_unit_test(test_nothing_is_no_answer),
        cmocka_unit_test(test_an_end_within_the_head_breaks_it_off),
        cmocka_unit_test(test_an_end_before_the_length_breaks_it_off),
        cmocka_unit_test(test_an_end_before_the_last_chunk_breaks_it_off),
        cmocka_unit_test(test_an_end_behind_the_last_chunk_does_not),
        cmocka_unit_test(test_a_whole_answer_stays_whole),
        cmocka_unit_test(test_an_empty_body_ends_without_another_byte),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
