/* The fields of a head, and what they say of the body, are read in one way, or
 * the answer is broken (RFC 9112 2.2, 5 and 6, RFC 9110 8.6). */

#include "http_answer_play.h"

static void test_blanks_around_a_value_do_not_count(void **state)
{
    (void)state;
    check_fields("Content-Length:2\r\n", "200|hi|kept");
    check_fields("Content-Length: \t 2 \t \r\n", "200|hi|kept");
}

static void test_names_are_in_any_case(void **state)
{
    (void)state;
    check_fields(
        "content-length: 2\r\nCONTENT-TYPE: a/b\r\n", "200 a/b|hi|kept");
    check(OK_HEAD "tRANSFER-eNCODING: Chunked\r\n\r\n0\r\n\r\n", "200||kept");
}

static void test_a_lone_lf_ends_a_line_too(void **state)
{
    (void)state;
    check("HTTP/1.1 200 OK\nContent-Length: 2\nContent-Type: a/b\n\nhi",
        "200 a/b|hi|kept");
    check("HTTP/1.1 200 OK\r\nContent-Length: 2\n\r\nhi", "200|hi|kept");
}

static void test_names_may_be_odd_as_long_as_they_are_tokens(void **state)
{
    (void)state;
    check_fields(
        "!#$%&'*+-.^_`|~1aZ: x\r\nContent-Length: 2\r\n", "200|hi|kept");
}

static void test_other_names_are_broken(void **state)
{
    (void)state;
    check_fields(": x\r\n", "|broken");
    check_fields("a b: x\r\n", "|broken");
    check_fields("a\"b: x\r\n", "|broken");
    check_fields("a/b: x\r\n", "|broken");
    check_fields("a\x7f: x\r\n", "|broken");
    check_fields("\xc3\xa4: x\r\n", "|broken");
}

static void test_a_blank_before_the_colon_is_broken(void **state)
{
    (void)state;
    check_fields("Content-Length : 2\r\n", "|broken");
    check_fields("Content-Length\t: 2\r\n", "|broken");
}

static void test_a_line_without_a_colon_is_broken(void **state)
{
    (void)state;
    check_fields("hello\r\n", "|broken");
}

static void test_a_folded_line_is_broken(void **state)
{
    (void)state;
    check_fields("Content-Type: a/b;\r\n c=d\r\n", "|broken");
    check_fields("Content-Type: a/b;\r\n\tc:d\r\n", "|broken");
    check_fields(" Content-Length: 2\r\n", "|broken");
    check_fields("X: y\r\n \r\n", "|broken");
}

static void test_a_cr_within_a_line_is_broken(void **state)
{
    (void)state;
    check_fields("X: a\rb\r\n", "|broken");
    check_fields("X: a\r\r\n", "|broken");
    check_fields("Content-Length:\r2\r\n", "|broken");
    check_fields("Content-Length: 2\r\r\n", "|broken");
    check("HTTP/1.1 200 O\rK\r\n", "|broken");
    check("HTTP/1.1 200\r\r\n", "|broken");
    check(OK_HEAD "\r\r\n", "|broken");
}

static void test_a_nul_is_broken(void **state)
{
    (void)state;
    static const char name[] = OK_HEAD "a\0b: x\r\n\r\n";
    static const char value[] = OK_HEAD "a: x\0y\r\n\r\n";
    static const char reason[] = "HTTP/1.1 200 a\0b\r\n";

    check_bytes((struct span){name, sizeof(name) - 1}, "|broken");
    check_bytes((struct span){value, sizeof(value) - 1}, "|broken");
    check_bytes((struct span){reason, sizeof(reason) - 1}, "|broken");
}

static void test_other_control_characters_in_a_value_are_let_be(void **state)
{
    (void)state;
    check_fields("X: \x01\x7f\xff\r\nContent-Length: 2\r\n", "200|hi|kept");
}

static void test_values_may_be_empty(void **state)
{
    (void)state;
    check_fields("X:\r\nY: \r\nContent-Length: 2\r\n", "200|hi|kept");
}

/* ---- the length ---- */

static void test_lengths_that_agree_are_one(void **state)
{
    (void)state;
    check_fields("Content-Length: 2\r\nContent-Length: 2\r\n", "200|hi|kept");
    check_fields("Content-Length: 2, 2\r\n", "200|hi|kept");
    check_fields("Content-Length: 2,2\t,02\r\n", "200|hi|kept");
}

static void test_lengths_that_differ_are_broken(void **state)
{
    (void)state;
    check_fields("Content-Length: 2\r\nContent-Length: 3\r\n", "|broken");
    check_fields("Content-Length: 2, 3\r\n", "|broken");
    check_fields("Content-Length: 2\r\nContent-Length: 2, 1\r\n", "|broken");
    check_fields("Content-Length: 0\r\nContent-Length: 2\r\n", "|broken");
}

static void test_a_length_is_of_digits(void **state)
{
    (void)state;
    check_fields("Content-Length:\r\n", "|broken");
    check_fields("Content-Length: ,2\r\n", "|broken");
    check_fields("Content-Length: +2\r\n", "|broken");
    check_fields("Content-Length: -2\r\n", "|broken");
    check_fields("Content-Length: 0x2\r\n", "|broken");
    check_fields("Content-Length: 2.0\r\n", "|broken");
    check_fields("Content-Length: 2 2\r\n", "|broken");
    check_fields("Content-Length: 2;\r\n", "|broken");
    check_fields("Content-Length: \"2\"\r\n", "|broken");
    check_fields("Content-Length: \v2\r\n", "|broken");
    check_fields("Content-Length: a\r\n", "|broken");
}

static void test_zeros_in_front_of_a_length_do_not_count(void **state)
{
    (void)state;
    check_fields("Content-Length: 000000000000000000000002\r\n", "200|hi|kept");
}

static void test_a_length_that_no_number_holds_is_broken(void **state)
{
    (void)state;
    check_fields("Content-Length: 18446744073709551615\r\n", "|broken");
    check_fields("Content-Length: 18446744073709551618\r\n", "|broken");
    check_fields("Content-Length: 99999999999999999999999999\r\n", "|broken");
}

static void test_a_great_length_is_no_end(void **state)
{
    (void)state;
    check_fields("Content-Length: 72057594037927935\r\n", "200|hi|short");
    check_fields("Content-Length: 72057594037927936\r\n", "|broken");
}

/* ---- transfer codings ---- */

static void test_chunks_take_precedence_over_a_length_and_end_the_connection(
    void **state)
{
    (void)state;
    check(OK_HEAD "Transfer-Encoding: chunked\r\nContent-Length: "
                  "9\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        "200|hi|done");
    check(OK_HEAD "Content-Length: 1\r\nTransfer-Encoding: "
                  "chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        "200|hi|done");
}

static void test_a_bad_length_is_broken_beside_chunks_too(void **state)
{
    (void)state;
    check(OK_HEAD
        "Transfer-Encoding: chunked\r\nContent-Length: x\r\n\r\n0\r\n\r\n",
        "|broken");
}

static void test_chunks_of_the_old_version_end_the_connection(void **state)
{
    (void)state;
    check("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: "
          "chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        "200|hi|done");
}

static void test_a_coding_that_we_do_not_know_is_broken(void **state)
{
    (void)state;
    check_fields("Transfer-Encoding: gzip\r\n", "|broken");
    check_fields("Transfer-Encoding: gzip, chunked\r\n", "|broken");
    check_fields("Transfer-Encoding: chunked, gzip\r\n", "|broken");
    check_fields("Transfer-Encoding: xchunked\r\n", "|broken");
    check_fields("Transfer-Encoding: chunkedx\r\n", "|broken");
    check_fields("Transfer-Encoding: chunked;a=b\r\n", "|broken");
    check_fields("Transfer-Encoding: \"chunked\"\r\n", "|broken");
    check_fields("Transfer-Encoding: \vchunked\r\n", "|broken");
    check_fields("Transfer-Encoding:\r\n", "|broken");
}

static void test_chunks_that_are_named_twice_end_the_connection(void **state)
{
    (void)state;
    check(OK_HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
                  "\r\n2\r\nhi\r\n0\r\n\r\n",
        "200|hi|done");
}

static void test_two_codings_are_broken(void **state)
{
    (void)state;
    check_fields("Transfer-Encoding: chunked, chunked\r\n", "|broken");
    check_fields(
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "|broken");
    check_fields(
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
        "|broken");
}

static void test_the_coding_that_is_none_ends_the_connection(void **state)
{
    (void)state;
    check_fields("Transfer-Encoding: identity\r\n", "200|hi|open");
    check_fields("Transfer-Encoding: Identity\r\nConnection: keep-alive\r\n",
        "200|hi|open");
    check_fields(
        "Transfer-Encoding: identity\r\nContent-Length: 2\r\n", "200|hi|done");
    check_fields("Transfer-Encoding: identityx\r\n", "|broken");
}

/* ---- content codings ---- */

static void test_packed_bodies_are_told(void **state)
{
    (void)state;
    check_fields("Content-Encoding: gzip\r\n", "200 packed|hi|open");
    check_fields("Content-Encoding: GZip\r\n", "200 packed|hi|open");
    check_fields("Content-Encoding: x-gzip\r\n", "200 packed|hi|open");
    check_fields("Content-Encoding: deflate\r\n", "200 packed|hi|open");
}

static void test_the_identity_is_no_packing(void **state)
{
    (void)state;
    check_fields("Content-Encoding: identity\r\n", "200|hi|open");
    check_fields("Content-Encoding:\r\n", "200|hi|open");
    check_fields("Content-Encoding: identity\r\nContent-Encoding: gzip\r\n",
        "200 packed|hi|open");
}

static void test_other_packings_are_unknown(void **state)
{
    (void)state;
    check_fields("Content-Encoding: br\r\n", "200 unknown|hi|open");
    check_fields("Content-Encoding: zstd\r\n", "200 unknown|hi|open");
    check_fields("Content-Encoding: gzip, gzip\r\n", "200 unknown|hi|open");
    check_fields("Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n",
        "200 unknown|hi|open");
    check_fields("Content-Encoding: br\r\nContent-Encoding: gzip\r\n",
        "200 unknown|hi|open");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blanks_around_a_value_do_not_count),
        cmocka_unit_test(test_names_are_in_any_case),
        cmocka_unit_test(test_a_lone_lf_ends_a_line_too),
        cmocka_unit_test(test_names_may_be_odd_as_long_as_they_are_tokens),
        cmocka_unit_test(test_other_names_are_broken),
        cmocka_unit_test(test_a_blank_before_the_colon_is_broken),
        cmocka_unit_test(test_a_line_without_a_colon_is_broken),
        cmocka_unit_test(test_a_folded_line_is_broken),
        cmocka_unit_test(test_a_cr_within_a_line_is_broken),
        cmocka_unit_test(test_a_nul_is_broken),
        cmocka_unit_test(test_other_control_characters_in_a_value_are_let_be),
        cmocka_unit_test(test_values_may_be_empty),
        cmocka_unit_test(test_lengths_that_agree_are_one),
        cmocka_unit_test(test_lengths_that_differ_are_broken),
        cmocka_unit_test(test_a_length_is_of_digits),
        cmocka_unit_test(test_zeros_in_front_of_a_length_do_not_count),
        cmocka_unit_test(test_a_length_that_no_number_holds_is_broken),
        cmocka_unit_test(test_a_great_length_is_no_end),
        cmocka_unit_test(
            test_chunks_take_precedence_over_a_length_and_end_the_connection),
        cmocka_unit_test(test_a_bad_length_is_broken_beside_chunks_too),
        cmocka_unit_test(test_chunks_of_the_old_version_end_the_connection),
        cmocka_unit_test(test_a_coding_that_we_do_not_know_is_broken),
        cmocka_unit_test(test_chunks_that_are_named_twice_end_the_connection),
        cmocka_unit_test(test_two_codings_are_broken),
        cmocka_unit_test(test_the_coding_that_is_none_ends_the_connection),
        cmocka_unit_test(test_packed_bodies_are_told),
        cmocka_unit_test(test_the_identity_is_no_packing),
        cmocka_unit_test(test_other_packings_are_unknown),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
