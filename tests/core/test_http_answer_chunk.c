/* Chunks are joined byte for byte, and what is none breaks the answer (RFC 9112
 * 7.1). */

#include "http_answer_play.h"

static void test_chunks_are_joined(void **state)
{
    (void)state;
    check(CHUNKED "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "200|hello|kept");
    check(CHUNKED "0\r\n\r\n", "200||kept");
}

static void test_a_chunk_may_hold_anything(void **state)
{
    (void)state;
    static const char bytes[] = CHUNKED "9\r\n0\r\n\r\n\n5\r\0\r\n0\r\n\r\n";
    static const char expect[] = "200|0\r\n\r\n\n5\r\0|kept";
    struct span stream = {bytes, sizeof(bytes) - 1};
    struct buf list = {0};

    read_cut(stream, 1, 1, &list);
    assert_int_equal(list.len, sizeof(expect) - 1);
    assert_memory_equal(list.data, expect, list.len);
    buf_free(&list);
}

static void test_sizes_are_in_hexadecimal_of_any_case(void **state)
{
    (void)state;
    check(CHUNKED "a\r\n0123456789\r\nF\r\n0123456789abcde\r\n0\r\n\r\n",
        "200|01234567890123456789abcde|kept");
    check(CHUNKED "1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n",
        "200|abcdefghijklmnopqrstuvwxyz|kept");
}

static void test_zeros_in_front_of_a_size_do_not_count(void **state)
{
    (void)state;
    check(CHUNKED "0002\r\nhi\r\n00000000\r\n\r\n", "200|hi|kept");
    check(CHUNKED "000000000000000000000002\r\nhi\r\n0\r\n\r\n", "200|hi|kept");
}

static void test_a_size_that_no_number_holds_is_broken(void **state)
{
    (void)state;
    check(CHUNKED "100000000000000\r\nhi", "200||broken");
    check(CHUNKED "ffffffffffffffff\r\nhi", "200||broken");
    check(CHUNKED "10000000000000002\r\nhi\r\n0\r\n\r\n", "200||broken");
    check(CHUNKED "ffffffffffffff\r\nhi", "200|hi|short");
}

static void test_a_size_is_of_digits(void **state)
{
    (void)state;
    check(CHUNKED "\r\nhi", "200||broken");
    check(CHUNKED "-2\r\nhi", "200||broken");
    check(CHUNKED "+2\r\nhi", "200||broken");
    check(CHUNKED "0x2\r\nhi", "200||broken");
    check(CHUNKED " 2\r\nhi", "200||broken");
    check(CHUNKED "g\r\nhi", "200||broken");
    check(CHUNKED ";a\r\nhi", "200||broken");
}

static void test_extensions_are_skipped(void **state)
{
    (void)state;
    check(CHUNKED "2;a\r\nhi\r\n0;b=c;d=\"e;f\"\r\n\r\n", "200|hi|kept");
    check(CHUNKED "2;\r\nhi\r\n0\r\n\r\n", "200|hi|kept");
    check(CHUNKED "2 \t;a = b\r\nhi\r\n0\r\n\r\n", "200|hi|kept");
}

static void test_blanks_behind_a_size_are_skipped(void **state)
{
    (void)state;
    check(CHUNKED "2  \r\nhi\r\n0\t\r\n\r\n", "200|hi|kept");
}

static void test_anything_else_behind_a_size_is_broken(void **state)
{
    (void)state;
    check(CHUNKED "2 2\r\nhi\r\n0\r\n\r\n", "200||broken");
    check(CHUNKED "2 a\r\nhi\r\n0\r\n\r\n", "200||broken");
    check(CHUNKED "2,a\r\nhi\r\n0\r\n\r\n", "200||broken");
    check(CHUNKED "2\v\r\nhi\r\n0\r\n\r\n", "200||broken");
}

static void test_a_cr_or_nul_in_an_extension_is_broken(void **state)
{
    (void)state;
    static const char nul[] = CHUNKED "2;\0\r\nhi\r\n0\r\n\r\n";

    check(CHUNKED "2;a\rb\r\nhi\r\n0\r\n\r\n", "200||broken");
    check(CHUNKED "2\r\r\nhi\r\n0\r\n\r\n", "200||broken");
    check_bytes((struct span){nul, sizeof(nul) - 1}, "200||broken");
}

static void test_a_chunk_ends_with_its_line(void **state)
{
    (void)state;
    check(CHUNKED "2\r\nhi0\r\n\r\n", "200|hi|broken");
    check(CHUNKED "2\r\nhix\r\n0\r\n\r\n", "200|hi|broken");
    check(CHUNKED "2\r\nhi \r\n0\r\n\r\n", "200|hi|broken");
    check(CHUNKED "2\r\nhi\r0\r\n\r\n", "200|hi|broken");
    check(CHUNKED "2\r\nhi\r\r\n0\r\n\r\n", "200|hi|broken");
    check(CHUNKED "2\r\nhi\r\n\r\n0\r\n\r\n", "200|hi|broken");
}

static void test_a_lone_lf_among_chunks_ends_the_connection(void **state)
{
    (void)state;
    check(CHUNKED "2\nhi\r\n0\r\n\r\n", "200|hi|done");
    check(CHUNKED "2\r\nhi\n0\r\n\r\n", "200|hi|done");
    check(CHUNKED "2\r\nhi\r\n0\n\r\n", "200|hi|done");
    check(CHUNKED "2\nhi\n0\n\n", "200|hi|done");
}

static void test_the_fields_of_the_trailer_are_skipped(void **state)
{
    (void)state;
    check(CHUNKED "2\r\nhi\r\n0\r\nServer-Timing: a\r\nX:\r\n\r\n",
        "200|hi|kept");
}

static void test_a_lone_lf_in_the_trailer_ends_a_line(void **state)
{
    (void)state;
    check(CHUNKED "2\r\nhi\r\n0\r\nX: y\n\n", "200|hi|kept");
}

static void test_the_trailer_cannot_change_the_head(void **state)
{
    (void)state;
    check(CHUNKED
        "2\r\nhi\r\n0\r\nContent-Length: 5\r\nTransfer-Encoding: x\r\n"
        "Connection: close\r\nContent-Encoding: br\r\n\r\nhello",
        "200|hi|kept|hello");
}

static void test_the_trailer_is_of_fields(void **state)
{
    (void)state;
    check(CHUNKED "0\r\nhello\r\n\r\n", "200||broken");
    check(CHUNKED "0\r\nX : y\r\n\r\n", "200||broken");
    check(CHUNKED "0\r\nX: y\r\n z\r\n\r\n", "200||broken");
    check(CHUNKED "0\r\nX: y\rz\r\n\r\n", "200||broken");
    check(CHUNKED "0\r\n\r\r\n", "200||broken");
    check(CHUNKED "0\r\nHTTP/1.1 200 OK\r\n\r\n", "200||broken");
}

static void test_three_pieces_are_like_one(void **state)
{
    (void)state;
    static const char bytes[] = "HTTP/1.1 100 a\r\n\r\n" OK_HEAD
                                "Transfer-Encoding:chunked\r\nA:b\r\n\r\n2;"
                                "a\r\nhi\r\n1\r\n!\r\n0\r\nC:d\r\n\r\nx";
    struct span stream = {bytes, sizeof(bytes) - 1};

    for (size_t first = 1; first < stream.n; first++)
        for (size_t size = 1; size < stream.n; size++)
            check_cut(stream, first, size, "200|hi!|kept|x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chunks_are_joined),
        cmocka_unit_test(test_a_chunk_may_hold_anything),
        cmocka_unit_test(test_sizes_are_in_hexadecimal_of_any_case),
        cmocka_unit_test(test_zeros_in_front_of_a_size_do_not_count),
        cmocka_unit_test(test_a_size_that_no_number_holds_is_broken),
        cmocka_unit_test(test_a_size_is_of_digits),
        cmocka_unit_test(test_extensions_are_skipped),
        cmocka_unit_test(test_blanks_behind_a_size_are_skipped),
        cmocka_unit_test(test_anything_else_behind_a_size_is_broken),
        cmocka_unit_test(test_a_cr_or_nul_in_an_extension_is_broken),
        cmocka_unit_test(test_a_chunk_ends_with_its_line),
        cmocka_unit_test(test_a_lone_lf_among_chunks_ends_the_connection),
        cmocka_unit_test(test_the_fields_of_the_trailer_are_skipped),
        cmocka_unit_test(test_a_lone_lf_in_the_trailer_ends_a_line),
        cmocka_unit_test(test_the_trailer_cannot_change_the_head),
        cmocka_unit_test(test_the_trailer_is_of_fields),
        cmocka_unit_test(test_three_pieces_are_like_one),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
