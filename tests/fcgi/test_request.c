/* libfcgi gives back exactly the variables and the body that were sent, and
 * is never shown anything that it would trip over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "request_play.h"

static struct request *parse_pairs(
    struct request_parser *p, const struct buf *pairs)
{
    return parse(p, pairs, RECORD_CONTENT_MAX, (struct span){"", 0});
}

static void test_free_takes_null(void **state)
{
    (void)state;
    request_free(NULL);
    request_parser_free(NULL);
}

static void test_variables_are_found(void **state)
{
    struct buf pairs = {0};
    struct request *r;

    wire_pair(&pairs, "REQUEST_METHOD", "GET");
    wire_pair(&pairs, "QUERY_STRING", "a=b&c=d");
    r = parse_pairs(*state, &pairs);
    assert_non_null(r);
    assert_string_equal(request_param(r, "REQUEST_METHOD"), "GET");
    assert_string_equal(request_param(r, "QUERY_STRING"), "a=b&c=d");
    request_free(r);
    buf_free(&pairs);
}

static void test_absent_variable_is_null(void **state)
{
    struct buf pairs = {0};
    struct request *r;

    wire_pair(&pairs, "REQUEST_METHOD", "GET");
    r = parse_pairs(*state, &pairs);
    assert_null(request_param(r, "REQUEST"));
    assert_null(request_param(r, "REQUEST_METHODS"));
    assert_int_equal(request_param_count(r, "REQUEST"), 0);
    request_free(r);
    buf_free(&pairs);
}

static void test_empty_value_is_not_absent(void **state)
{
    struct buf pairs = {0};
    struct request *r;

    wire_pair(&pairs, "QUERY_STRING", "");
    r = parse_pairs(*state, &pairs);
    assert_string_equal(request_param(r, "QUERY_STRING"), "");
    assert_int_equal(request_param_count(r, "QUERY_STRING"), 1);
    request_free(r);
    buf_free(&pairs);
}

static void test_duplicates_are_counted(void **state)
{
    struct buf pairs = {0};
    struct request *r;

    wire_pair(&pairs, "CONTENT_LENGTH", "1");
    wire_pair(&pairs, "HTTP_X", "y");
    wire_pair(&pairs, "CONTENT_LENGTH", "2");
    r = parse_pairs(*state, &pairs);
    assert_int_equal(request_param_count(r, "CONTENT_LENGTH"), 2);
    assert_int_equal(request_param_count(r, "HTTP_X"), 1);
    assert_string_equal(request_param(r, "CONTENT_LENGTH"), "1");
    request_free(r);
    buf_free(&pairs);
}

static void test_variables_may_be_cut_by_records_anywhere(void **state)
{
    struct buf pairs = {0};
    char value[300];

    memset(value, 'v', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    wire_pair(&pairs, "A", "1");
    wire_pair(&pairs, "LONG", value);
    wire_pair(&pairs, "Z", "26");
    for (size_t most = 1; most < 20; most++) {
        struct request *r =
            parse(*state, &pairs, most, (struct span){"body", 4});

        assert_non_null(r);
        assert_string_equal(request_param(r, "A"), "1");
        assert_string_equal(request_param(r, "LONG"), value);
        assert_string_equal(request_param(r, "Z"), "26");
        request_free(r);
    }
    buf_free(&pairs);
}

static void test_no_variables_at_all_are_fine(void **state)
{
    struct buf pairs = {0};
    struct request *r = parse_pairs(*state, &pairs);

    assert_non_null(r);
    assert_null(request_param(r, "REQUEST_METHOD"));
    request_free(r);
}

static void test_empty_body_is_empty(void **state)
{
    struct buf pairs = {0};
    struct request *r = parse_pairs(*state, &pairs);

    assert_int_equal(request_body(r).n, 0);
    assert_false(request_body_over(r));
    request_free(r);
}

static void test_small_body_is_whole(void **state)
{
    struct buf pairs = {0};
    struct request *r =
        parse(*state, &pairs, 100, (struct span){"a\0b\r\n", 5});

    assert_int_equal(request_body(r).n, 5);
    assert_memory_equal(request_body(r).p, "a\0b\r\n", 5);
    request_free(r);
}

static void test_body_of_a_mebibyte_is_whole(void **state)
{
    enum { SIZE = 1 << 20 };
    char *body = malloc(SIZE);
    struct buf pairs = {0};
    struct request *r;

    assert_non_null(body);
    for (size_t i = 0; i < SIZE; i++)
        body[i] = (char)(i * 31 >> 3);
    r = parse(*state, &pairs, 100, (struct span){body, SIZE});
    assert_non_null(r);
    assert_int_equal(request_body(r).n, SIZE);
    assert_memory_equal(request_body(r).p, body, SIZE);
    request_free(r);
    free(body);
}

static void test_body_above_the_cap_is_flagged(void **state)
{
    struct buf b = {0};
    struct spool s = {.body_max = 3};
    struct request *r;
    size_t used;

    wire_request(&b, 1, 0, "four");
    assert_int_equal(
        spool_feed(&s, (struct span){b.data, b.len}, &used), SPOOL_COMPLETE);
    r = request_parse(*state, &s);
    assert_non_null(r);
    assert_true(request_body_over(r));
    assert_true(request_body(r).n <= 3);
    assert_string_equal(request_param(r, "REQUEST_METHOD"), "POST");
    request_free(r);
    spool_free(&s);
    buf_free(&b);
}

static void test_requests_do_not_share_anything(void **state)
{
    struct buf pairs = {0};
    struct request *one, *two;

    wire_pair(&pairs, "WHO", "one");
    one = parse(*state, &pairs, 100, (struct span){"first", 5});
    buf_free(&pairs);
    wire_pair(&pairs, "WHO", "two");
    two = parse(*state, &pairs, 100, (struct span){"second", 6});
    buf_free(&pairs);
    assert_string_equal(request_param(one, "WHO"), "one");
    assert_memory_equal(request_body(one).p, "first", 5);
    request_free(one);
    assert_string_equal(request_param(two, "WHO"), "two");
    assert_memory_equal(request_body(two).p, "second", 6);
    request_free(two);
}

static void put_many(struct buf *pairs, int count)
{
    char name[16];

    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "N%d", i);
        wire_pair(pairs, name, "v");
    }
}

static void test_as_many_variables_as_permitted_are_not_over(void **state)
{
    struct buf pairs = {0};
    struct request *r;

    put_many(&pairs, SPOOL_PARAMS_COUNT);
    r = parse_pairs(*state, &pairs);
    assert_false(request_params_over(r));
    assert_non_null(request_param(r, "N199"));
    request_free(r);
    buf_free(&pairs);
}

static void test_one_variable_too_many_is_over(void **state)
{
    struct buf pairs = {0};
    struct request *r;

    put_many(&pairs, SPOOL_PARAMS_COUNT + 1);
    r = parse(*state, &pairs, 1000, (struct span){"body", 4});
    assert_non_null(r);
    assert_true(request_params_over(r));
    assert_non_null(request_param(r, "N199"));
    assert_null(request_param(r, "N200"));
    assert_memory_equal(request_body(r).p, "body", 4);
    request_free(r);
    buf_free(&pairs);
}

static void test_too_many_bytes_of_variables_keep_the_first(void **state)
{
    struct buf pairs = {0};
    static char value[30000];
    struct request *r;

    memset(value, 'v', sizeof(value) - 1);
    wire_pair(&pairs, "REQUEST_URI", "/v1/models");
    wire_pair(&pairs, "A", value);
    wire_pair(&pairs, "B", value);
    wire_pair(&pairs, "C", value);
    r = parse(*state, &pairs, 8192, (struct span){"", 0});
    assert_non_null(r);
    assert_true(request_params_over(r));
    assert_string_equal(request_param(r, "REQUEST_URI"), "/v1/models");
    assert_string_equal(request_param(r, "A"), value);
    assert_null(request_param(r, "C"));
    request_free(r);
    buf_free(&pairs);
}

static void check_refused(
    struct request_parser *p, const void *params, size_t n)
{
    struct buf pairs = {.data = (char *)(uintptr_t)params, .len = n};
    struct request *r;

    assert_null(parse_pairs(p, &pairs));

    /* The parser has survived it. */
    pairs = (struct buf){0};
    r = parse(p, &pairs, 100, (struct span){"after", 5});
    assert_non_null(r);
    assert_memory_equal(request_body(r).p, "after", 5);
    request_free(r);
}

static void test_cut_variable_is_refused(void **state)
{
    check_refused(*state, "\x04\x05NAMEval", 9);
}

static void test_half_a_length_is_refused(void **state)
{
    check_refused(*state, "\x01\x80\x00", 3);
}

static void test_claimed_gigabytes_are_refused(void **state)
{
    check_refused(*state,
        "\xff\xff\xff\xfe\xff\xff\xff\xfe"
        "abc",
        11);
}

static void test_nul_in_a_value_is_refused(void **state)
{
    check_refused(*state,
        "\x01\x03"
        "A1\0002",
        6);
}

static void test_nul_in_a_name_is_refused(void **state)
{
    check_refused(*state,
        "\x03\x01"
        "A\0B1",
        6);
}

static void test_cut_request_is_flagged_and_has_no_body(void **state)
{
    struct buf b = {0};
    struct spool s = {.body_max = BODY_MAX};
    struct request *r;
    size_t used;

    wire_request(&b, 1, 0, "body");
    b.len -= RECORD_HEADER + 2;
    assert_int_equal(
        spool_feed(&s, (struct span){b.data, b.len}, &used), SPOOL_MORE);
    assert_int_equal(spool_cut(&s), 0);
    r = request_parse(*state, &s);
    assert_non_null(r);
    assert_true(request_timed_out(r));
    assert_int_equal(request_body(r).n, 0);
    assert_string_equal(
        request_param(r, "REQUEST_URI"), "/v1/chat/completions");
    request_free(r);
    spool_free(&s);
    buf_free(&b);
}

static void test_whole_request_has_not_timed_out(void **state)
{
    struct buf pairs = {0};
    struct request *r = parse_pairs(*state, &pairs);

    assert_false(request_timed_out(r));
    request_free(r);
}

static void test_signals_of_the_process_are_left_alone(void **state)
{
    struct sigaction pipe, term;
    struct request_parser *p;

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    p = request_parser_create();
    assert_non_null(p);
    sigaction(SIGPIPE, NULL, &pipe);
    sigaction(SIGTERM, NULL, &term);
    assert_ptr_equal(pipe.sa_handler, SIG_IGN);
    assert_ptr_equal(term.sa_handler, SIG_DFL);
    request_parser_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signals_of_the_process_are_left_alone),
        cmocka_unit_test(test_free_takes_null),
        WITH_PARSER(test_variables_are_found),
        WITH_PARSER(test_absent_variable_is_null),
        WITH_PARSER(test_empty_value_is_not_absent),
        WITH_PARSER(test_duplicates_are_counted),
        WITH_PARSER(test_variables_may_be_cut_by_records_anywhere),
        WITH_PARSER(test_no_variables_at_all_are_fine),
        WITH_PARSER(test_empty_body_is_empty),
        WITH_PARSER(test_small_body_is_whole),
        WITH_PARSER(test_body_of_a_mebibyte_is_whole),
        WITH_PARSER(test_body_above_the_cap_is_flagged),
        WITH_PARSER(test_requests_do_not_share_anything),
        WITH_PARSER(test_as_many_variables_as_permitted_are_not_over),
        WITH_PARSER(test_one_variable_too_many_is_over),
        WITH_PARSER(test_too_many_bytes_of_variables_keep_the_first),
        WITH_PARSER(test_cut_variable_is_refused),
        WITH_PARSER(test_half_a_length_is_refused),
        WITH_PARSER(test_claimed_gigabytes_are_refused),
        WITH_PARSER(test_nul_in_a_value_is_refused),
        WITH_PARSER(test_nul_in_a_name_is_refused),
        WITH_PARSER(test_cut_request_is_flagged_and_has_no_body),
        WITH_PARSER(test_whole_request_has_not_timed_out),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
