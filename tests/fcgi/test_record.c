/* Headers survive being written and read, lengths are never believed beyond
 * the bytes that are there, and GET_VALUES is answered within its bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "wire.h"

static void test_header_is_read(void **state)
{
    const uint8_t bytes[] = {1, 5, 0x12, 0x34, 0xab, 0xcd, 7, 0};
    struct record r;

    (void)state;
    record_decode(bytes, &r);
    assert_int_equal(r.version, 1);
    assert_int_equal(r.type, RECORD_STDIN);
    assert_int_equal(r.id, 0x1234);
    assert_int_equal(r.content, 0xabcd);
    assert_int_equal(r.padding, 7);
}

static void test_header_is_written(void **state)
{
    const uint8_t expected[] = {1, 6, 0x12, 0x34, 0xab, 0xcd, 7, 0};
    const struct record r = {1, RECORD_STDOUT, 0x1234, 0xabcd, 7};
    uint8_t bytes[RECORD_HEADER];

    (void)state;
    record_encode(&r, bytes);
    assert_memory_equal(bytes, expected, sizeof(expected));
}

static void test_begin_body_is_read(void **state)
{
    const uint8_t bytes[8] = {0x01, 0x02, 1, 9, 9, 9, 9, 9};
    uint16_t role;
    uint8_t flags;

    (void)state;
    record_begin_body(bytes, &role, &flags);
    assert_int_equal(role, 0x0102);
    assert_int_equal(flags, RECORD_KEEP_CONN);
}

static void test_end_is_a_whole_record(void **state)
{
    const uint8_t expected[16] = {
        1, RECORD_END_REQUEST, 1, 2, 0, 8, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0};
    uint8_t bytes[16];

    (void)state;
    assert_int_equal(record_end(0x0102, RECORD_UNKNOWN_ROLE, bytes), 16);
    assert_memory_equal(bytes, expected, 16);
}

static void test_unknown_names_the_type(void **state)
{
    const uint8_t expected[16] = {1, RECORD_UNKNOWN_TYPE, 0, 0, 0, 8, 0, 0, 77};
    uint8_t bytes[16];

    (void)state;
    assert_int_equal(record_unknown(77, bytes), 16);
    assert_memory_equal(bytes, expected, 16);
}

static void test_short_pair_is_read(void **state)
{
    const uint8_t bytes[] = "\x03\x02"
                            "ABCxyrest";
    struct record_pair pair;

    (void)state;
    assert_int_equal(record_pair(bytes, sizeof(bytes), &pair), 7);
    assert_int_equal(pair.name_n, 3);
    assert_int_equal(pair.value_n, 2);
    assert_memory_equal(pair.name, "ABC", 3);
    assert_memory_equal(pair.value, "xy", 2);
}

static void test_long_lengths_are_read(void **state)
{
    static uint8_t bytes[8 + 0x102 + 0x90] = {0x80, 0, 1, 2, 0x80, 0, 0, 0x90};
    struct record_pair pair;

    (void)state;
    assert_int_equal(record_pair(bytes, sizeof(bytes), &pair), sizeof(bytes));
    assert_int_equal(pair.name_n, 0x102);
    assert_int_equal(pair.value_n, 0x90);
}

static void test_cut_pair_is_refused_at_every_length(void **state)
{
    const uint8_t bytes[] = {0x80, 0, 0, 2, 0x80, 0, 0, 1, 'a', 'b', 'c'};
    struct record_pair pair;

    (void)state;
    for (size_t n = 0; n < sizeof(bytes); n++)
        assert_int_equal(record_pair(bytes, n, &pair), 0);
    assert_int_equal(record_pair(bytes, sizeof(bytes), &pair), sizeof(bytes));
}

static void test_claimed_gigabytes_are_refused(void **state)
{
    const uint8_t bytes[] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 'a'};
    struct record_pair pair;

    (void)state;
    assert_int_equal(record_pair(bytes, sizeof(bytes), &pair), 0);
}

/* Answer GET_VALUES for ${names}, separated by blanks. */
static size_t values(const char *names, uint8_t *out, size_t size)
{
    struct buf b = {0};
    char copy[256], *name, *save;
    size_t n;

    strcpy(copy, names);
    for (name = strtok_r(copy, " ", &save); name != NULL;
         name = strtok_r(NULL, " ", &save))
        wire_pair(&b, name, "");
    n = record_values((const uint8_t *)b.data, b.len, 400, out, size);
    buf_free(&b);
    return n;
}

static void test_known_values_are_answered(void **state)
{
    const char expected[] = "\x0e\x03"
                            "FCGI_MAX_CONNS400"
                            "\x0d\x03"
                            "FCGI_MAX_REQS400"
                            "\x0f\x01"
                            "FCGI_MPXS_CONNS0";
    uint8_t out[128];
    struct record r;
    size_t n = values(
        "FCGI_MPXS_CONNS FCGI_MAX_REQS FCGI_MAX_CONNS", out, sizeof(out));

    (void)state;
    record_decode(out, &r);
    assert_int_equal(r.type, RECORD_GET_VALUES_RESULT);
    assert_int_equal(r.id, 0);
    assert_int_equal(r.content, n - RECORD_HEADER);
    assert_int_equal(n - RECORD_HEADER, sizeof(expected) - 1);
    assert_memory_equal(out + RECORD_HEADER, expected, sizeof(expected) - 1);
}

static void test_value_asked_for_often_is_answered_once(void **state)
{
    uint8_t once[128], often[128];
    size_t n = values("FCGI_MAX_CONNS", once, sizeof(once));

    (void)state;
    assert_int_equal(values("FCGI_MAX_CONNS FCGI_MAX_CONNS FCGI_MAX_CONNS "
                            "FCGI_MAX_CONNS FCGI_MAX_CONNS FCGI_MAX_CONNS",
                         often, sizeof(often)),
        n);
    assert_memory_equal(once, often, n);
}

static void test_unknown_value_is_left_out(void **state)
{
    uint8_t out[128];

    (void)state;
    assert_int_equal(values("FCGI_MAX_CONN FCGI_MAX_CONNSX", out, sizeof(out)),
        RECORD_HEADER);
}

static void test_malformed_values_are_refused(void **state)
{
    uint8_t out[128];

    (void)state;
    assert_int_equal(record_values((const uint8_t *)"\x05\x00"
                                                    "AB",
                         4, 1, out, sizeof(out)),
        0);
}

static void test_values_without_room_are_refused(void **state)
{
    uint8_t out[128];
    size_t n = values("FCGI_MAX_CONNS FCGI_MAX_REQS", out, sizeof(out));

    (void)state;
    for (size_t size = 0; size < n; size++)
        assert_int_equal(values("FCGI_MAX_CONNS FCGI_MAX_REQS", out, size), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_is_read),
        cmocka_unit_test(test_header_is_written),
        cmocka_unit_test(test_begin_body_is_read),
        cmocka_unit_test(test_end_is_a_whole_record),
        cmocka_unit_test(test_unknown_names_the_type),
        cmocka_unit_test(test_short_pair_is_read),
        cmocka_unit_test(test_long_lengths_are_read),
        cmocka_unit_test(test_cut_pair_is_refused_at_every_length),
        cmocka_unit_test(test_claimed_gigabytes_are_refused),
        cmocka_unit_test(test_known_values_are_answered),
        cmocka_unit_test(test_value_asked_for_often_is_answered_once),
        cmocka_unit_test(test_unknown_value_is_left_out),
        cmocka_unit_test(test_malformed_values_are_refused),
        cmocka_unit_test(test_values_without_room_are_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
