/* What is not part of the request is answered, and a request that cannot be
 * taken is refused; an abort is told; what is no record of a web server is
 * garbage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "spool_play.h"

static void check_reply(const struct spool *s, const uint8_t expected[16])
{
    assert_int_equal(s->reply.len, 16);
    assert_memory_equal(s->reply.data, expected, 16);
}

/* ---- what is answered ---- */

static void test_management_records_alone_are_no_request(void **state)
{
    struct spool s = play_fresh();
    struct buf b = {0};

    (void)state;
    wire_record(&b, RECORD_GET_VALUES, 0, "", 0, 0);
    assert_int_equal(s.reply.len, 0);
    assert_int_equal(play_feed_all(&s, &b), SPOOL_MORE);
    assert_false(spool_under_way(&s));
    assert_int_equal(s.bytes.len, 0);
    assert_int_equal(s.reply.len, RECORD_HEADER);
    spool_free(&s);
    buf_free(&b);
}

static void test_values_tell_how_many_connections(void **state)
{
    struct spool s = play_fresh();
    struct buf b = {0}, pairs = {0};

    (void)state;
    wire_pair(&pairs, "FCGI_MAX_CONNS", "");
    wire_record(&b, RECORD_GET_VALUES, 0, pairs.data, pairs.len, 0);
    assert_int_equal(play_feed_all(&s, &b), SPOOL_MORE);
    assert_memory_equal(s.reply.data + s.reply.len - 3, "400", 3);
    spool_free(&s);
    buf_free(&pairs);
    buf_free(&b);
}

static void test_unknown_management_type_is_told_so(void **state)
{
    struct spool s = play_fresh();
    struct buf b = {0};
    uint8_t expected[16];

    (void)state;
    record_unknown(99, expected);
    wire_record(&b, 99, 0, "abc", 3, 5);
    assert_int_equal(play_feed_all(&s, &b), SPOOL_MORE);
    check_reply(&s, expected);
    spool_free(&s);
    buf_free(&b);
}

static void test_second_request_is_refused(void **state)
{
    struct spool s = play_fresh();
    struct buf b = {0};
    uint8_t expected[16];

    (void)state;
    record_end(2, RECORD_CANT_MPX_CONN, expected);
    wire_begin(&b, 1, RECORD_RESPONDER, 0);
    wire_begin(&b, 2, RECORD_RESPONDER, 0);
    assert_int_equal(play_feed_all(&s, &b), SPOOL_MORE);
    assert_int_equal(s.id, 1);
    check_reply(&s, expected);
    spool_free(&s);
    buf_free(&b);
}

static void check_role_is_refused(uint16_t role)
{
    struct spool s = play_fresh();
    struct buf b = {0};
    uint8_t expected[16];

    record_end(3, RECORD_UNKNOWN_ROLE, expected);
    wire_begin(&b, 3, role, RECORD_KEEP_CONN);
    wire_record(&b, RECORD_PARAMS, 3, "", 0, 0);
    wire_record(&b, RECORD_STDIN, 3, "", 0, 0);
    assert_int_equal(play_feed_all(&s, &b), SPOOL_MORE);
    assert_false(spool_under_way(&s));
    assert_int_equal(s.bytes.len, 0);
    check_reply(&s, expected);
    spool_free(&s);
    buf_free(&b);
}

static void test_authorizer_is_refused(void **state)
{
    (void)state;
    check_role_is_refused(RECORD_AUTHORIZER);
}

static void test_filter_is_refused(void **state)
{
    (void)state;
    check_role_is_refused(RECORD_FILTER);
}

static void test_role_zero_is_refused(void **state)
{
    (void)state;
    check_role_is_refused(0);
}

static void test_request_after_a_refused_role_is_taken(void **state)
{
    struct spool s = play_fresh();
    struct buf b = {0};

    (void)state;
    wire_begin(&b, 3, RECORD_FILTER, RECORD_KEEP_CONN);
    wire_request(&b, 4, 0, "x");
    assert_int_equal(play_feed_all(&s, &b), SPOOL_COMPLETE);
    assert_int_equal(s.id, 4);
    spool_free(&s);
    buf_free(&b);
}

/* ---- aborts ---- */

static void test_abort_is_told(void **state)
{
    struct spool s = play_fresh();
    struct buf b = {0};

    (void)state;
    wire_begin(&b, 1, RECORD_RESPONDER, 0);
    wire_record(&b, RECORD_ABORT_REQUEST, 1, "", 0, 0);
    assert_int_equal(play_feed_all(&s, &b), SPOOL_ABORTED);
    spool_free(&s);
    buf_free(&b);
}

static void test_abort_of_another_request_is_ignored(void **state)
{
    struct spool s = play_fresh();
    struct buf b = {0};

    (void)state;
    wire_begin(&b, 1, RECORD_RESPONDER, 0);
    wire_record(&b, RECORD_ABORT_REQUEST, 2, "", 0, 0);
    assert_int_equal(play_feed_all(&s, &b), SPOOL_MORE);
    spool_free(&s);
    buf_free(&b);
}

static void test_abort_of_the_request_being_answered_is_told(void **state)
{
    struct spool s = play_fresh();
    struct buf b = {0};

    (void)state;
    s.answering = 5;
    wire_record(&b, RECORD_ABORT_REQUEST, 5, "", 0, 0);
    assert_int_equal(play_feed_all(&s, &b), SPOOL_ABORTED);
    spool_free(&s);
    buf_free(&b);
}

/* ---- garbage ---- */

static void check_garbage(const struct buf *b)
{
    struct spool s = play_fresh();

    assert_int_equal(play_feed_all(&s, b), SPOOL_GARBAGE);
    spool_free(&s);
}

static void test_malformed_values_are_garbage(void **state)
{
    struct buf b = {0};

    (void)state;
    wire_record(&b, RECORD_GET_VALUES, 0, "\x7f\x7f", 2, 0);
    check_garbage(&b);
    buf_free(&b);
}

static void test_same_request_twice_is_garbage(void **state)
{
    struct buf b = {0};

    (void)state;
    wire_begin(&b, 1, RECORD_RESPONDER, 0);
    wire_begin(&b, 1, RECORD_RESPONDER, 0);
    check_garbage(&b);
    buf_free(&b);
}

static void test_wrong_version_is_garbage(void **state)
{
    struct buf b = {.data = (char[]){2, 1, 0, 1, 0, 8, 0, 0}, .len = 8};

    (void)state;
    check_garbage(&b);
}

static void test_http_is_garbage(void **state)
{
    char http[] = "GET / HTTP/1.1\r\n\r\n";
    struct buf b = {.data = http, .len = sizeof(http) - 1};

    (void)state;
    check_garbage(&b);
}

static void test_begin_of_the_wrong_size_is_garbage(void **state)
{
    struct buf b = {0};

    (void)state;
    wire_record(&b, RECORD_BEGIN_REQUEST, 1, "\0\1\0", 3, 0);
    check_garbage(&b);
    buf_free(&b);
}

static void test_stdin_before_the_end_of_params_is_garbage(void **state)
{
    struct buf b = {0};

    (void)state;
    wire_begin(&b, 1, RECORD_RESPONDER, 0);
    wire_record(&b, RECORD_STDIN, 1, "x", 1, 0);
    check_garbage(&b);
    buf_free(&b);
}

static void test_params_after_their_end_are_garbage(void **state)
{
    struct buf b = {0};

    (void)state;
    wire_begin(&b, 1, RECORD_RESPONDER, 0);
    wire_record(&b, RECORD_PARAMS, 1, "", 0, 0);
    wire_record(&b, RECORD_PARAMS, 1, "\1\1ab", 4, 0);
    check_garbage(&b);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_management_records_alone_are_no_request),
        cmocka_unit_test(test_values_tell_how_many_connections),
        cmocka_unit_test(test_malformed_values_are_garbage),
        cmocka_unit_test(test_unknown_management_type_is_told_so),
        cmocka_unit_test(test_second_request_is_refused),
        cmocka_unit_test(test_same_request_twice_is_garbage),
        cmocka_unit_test(test_authorizer_is_refused),
        cmocka_unit_test(test_filter_is_refused),
        cmocka_unit_test(test_role_zero_is_refused),
        cmocka_unit_test(test_request_after_a_refused_role_is_taken),
        cmocka_unit_test(test_abort_is_told),
        cmocka_unit_test(test_abort_of_another_request_is_ignored),
        cmocka_unit_test(test_abort_of_the_request_being_answered_is_told),
        cmocka_unit_test(test_wrong_version_is_garbage),
        cmocka_unit_test(test_http_is_garbage),
        cmocka_unit_test(test_begin_of_the_wrong_size_is_garbage),
        cmocka_unit_test(test_stdin_before_the_end_of_params_is_garbage),
        cmocka_unit_test(test_params_after_their_end_are_garbage),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
