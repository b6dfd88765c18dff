/* A buffer must grow without losing a byte, latch the first failed allocation
 * and turn every later call into nothing until it is reset. */

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"

static void test_pieces_are_joined(void **state)
{
    struct buf b = {0};

    (void)state;
    buf_put(&b, "ab", 2);
    buf_puts(&b, "cd");
    buf_printf(&b, "%d-%s", 42, "x");
    assert_int_equal(b.len, 8);
    assert_memory_equal(b.data, "abcd42-x", 8);
    buf_free(&b);
}

static void test_growth_keeps_every_byte(void **state)
{
    struct buf b = {0};
    size_t i;

    (void)state;
    for (i = 0; i < 100000; i++)
        buf_put(&b, &(char){(char)(i % 251)}, 1);
    assert_int_equal(b.len, 100000);
    for (i = 0; i < b.len; i++)
        assert_int_equal((unsigned char)b.data[i], i % 251);
    buf_free(&b);
}

static void test_nothing_may_be_put_from_nowhere(void **state)
{
    struct buf b = {0};

    (void)state;
    buf_put(&b, NULL, 0);
    assert_int_equal(b.len, 0);
    assert_false(b.failed);
}

static void test_printf_fits_exactly_at_every_length(void **state)
{
    struct buf b = {0};
    int width;

    (void)state;
    for (width = 1; width < 300; width++) {
        buf_reset(&b);
        buf_printf(&b, "%*d", width, 7);
        assert_int_equal(b.len, width);
        assert_int_equal(b.data[width - 1], '7');
    }
    buf_free(&b);
}

static void test_integers_are_as_printf_writes_them(void **state)
{
    static const long long values[] = {
        0, 7, -7, 10, -10, 1234567890123, LLONG_MAX, LLONG_MIN};
    char wanted[32];

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct buf b = {0};

        buf_int(&b, values[i]);
        snprintf(wanted, sizeof(wanted), "%lld", values[i]);
        assert_string_equal(buf_terminate(&b), wanted);
        buf_free(&b);
    }
}

static void test_reserved_room_counts_after_commit_only(void **state)
{
    struct buf b = {0};
    char *room;

    (void)state;
    buf_puts(&b, "x");
    room = buf_reserve(&b, 1000);
    assert_non_null(room);
    memset(room, 'y', 1000);
    assert_int_equal(b.len, 1);
    buf_commit(&b, 500);
    assert_int_equal(b.len, 501);
    assert_int_equal(b.data[500], 'y');
    buf_free(&b);
}

static void test_reserving_nothing_in_an_empty_buffer_succeeds(void **state)
{
    struct buf b = {0};

    (void)state;
    assert_non_null(buf_reserve(&b, 0));
    buf_free(&b);
}

static void test_consumed_bytes_leave_at_the_front(void **state)
{
    struct buf b = {0};

    (void)state;
    buf_puts(&b, "abcdef");
    buf_consume(&b, 2);
    assert_int_equal(b.len, 4);
    assert_memory_equal(b.data, "cdef", 4);
    buf_consume(&b, 4);
    assert_int_equal(b.len, 0);
    buf_free(&b);
}

static void test_the_terminator_is_not_counted(void **state)
{
    struct buf b = {0};

    (void)state;
    assert_string_equal(buf_terminate(&b), "");
    buf_puts(&b, "abc");
    assert_string_equal(buf_terminate(&b), "abc");
    assert_int_equal(b.len, 3);
    buf_free(&b);
}

static void test_impossible_size_is_latched(void **state)
{
    struct buf b = {0};

    (void)state;
    buf_puts(&b, "ab");
    assert_null(buf_reserve(&b, SIZE_MAX - 1));
    assert_true(b.failed);
    buf_puts(&b, "c");
    buf_printf(&b, "%d", 1);
    assert_int_equal(b.len, 2);
    assert_null(buf_terminate(&b));
    buf_free(&b);
}

static void test_reset_clears_the_latch_and_keeps_the_memory(void **state)
{
    struct buf b = {0};
    size_t cap;

    (void)state;
    buf_puts(&b, "ab");
    cap = b.cap;
    assert_null(buf_reserve(&b, SIZE_MAX));
    buf_reset(&b);
    assert_false(b.failed);
    assert_int_equal(b.len, 0);
    assert_int_equal(b.cap, cap);
    buf_puts(&b, "cd");
    assert_memory_equal(b.data, "cd", 2);
    buf_free(&b);
}

static void test_free_leaves_an_empty_buffer(void **state)
{
    struct buf b = {0};

    (void)state;
    buf_puts(&b, "ab");
    buf_free(&b);
    assert_null(b.data);
    assert_int_equal(b.len, 0);
    assert_int_equal(b.cap, 0);
    buf_free(&b);
}

static void test_span_is_compares_every_byte_and_the_length(void **state)
{
    (void)state;
    assert_true(span_is((struct span){"abc", 3}, "abc"));
    assert_false(span_is((struct span){"abc", 2}, "abc"));
    assert_false(span_is((struct span){"abcd", 4}, "abc"));
    assert_false(span_is((struct span){"abd", 3}, "abc"));
    assert_true(span_is((struct span){NULL, 0}, ""));
}

static void test_span_ends_needs_the_whole_tail(void **state)
{
    struct span s = {"response.delta", 14};

    (void)state;
    assert_true(span_ends(s, ".delta"));
    assert_true(span_ends(s, ""));
    assert_true(span_ends(s, "response.delta"));
    assert_false(span_ends(s, ".done"));
    assert_false(span_ends(s, "a response.delta"));
    assert_true(span_ends((struct span){NULL, 0}, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_joined),
        cmocka_unit_test(test_growth_keeps_every_byte),
        cmocka_unit_test(test_nothing_may_be_put_from_nowhere),
        cmocka_unit_test(test_printf_fits_exactly_at_every_length),
        cmocka_unit_test(test_integers_are_as_printf_writes_them),
        cmocka_unit_test(test_reserved_room_counts_after_commit_only),
        cmocka_unit_test(test_reserving_nothing_in_an_empty_buffer_succeeds),
        cmocka_unit_test(test_consumed_bytes_leave_at_the_front),
        cmocka_unit_test(test_the_terminator_is_not_counted),
        cmocka_unit_test(test_impossible_size_is_latched),
        cmocka_unit_test(test_reset_clears_the_latch_and_keeps_the_memory),
        cmocka_unit_test(test_free_leaves_an_empty_buffer),
        cmocka_unit_test(test_span_is_compares_every_byte_and_the_length),
        cmocka_unit_test(test_span_ends_needs_the_whole_tail),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
