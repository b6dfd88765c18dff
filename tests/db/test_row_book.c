/* The book must keep each part's totals apart and never wrap. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_book.h"
#include "fixture.h"

static void test_book_never_written_is_zero(void **state)
{
    struct trail *t = *state;
    struct row_book book;

    row_book_get(t, 3, &book);
    assert_int_equal(book.grants, 0);
    assert_int_equal(book.revenue, 0);
    assert_int_equal(book.uncollected, 0);
}

static void test_changes_add_up(void **state)
{
    struct trail *t = *state;
    const struct row_book change = {10, 4, 1};
    struct row_book book;

    assert_int_equal(row_book_add(t, 3, &change), 0);
    assert_int_equal(row_book_add(t, 3, &change), 0);
    row_book_get(t, 3, &book);
    assert_int_equal(book.grants, 20);
    assert_int_equal(book.revenue, 8);
    assert_int_equal(book.uncollected, 2);
}

static void test_parts_do_not_mix(void **state)
{
    struct trail *t = *state;
    const struct row_book change = {10, 4, 1};
    struct row_book book;

    row_book_add(t, 3, &change);
    row_book_get(t, 4, &book);
    assert_int_equal(book.grants, 0);
}

static void test_overflow_writes_nothing(void **state)
{
    struct trail *t = *state;
    const struct row_book most = {.grants = INT64_MAX};
    const struct row_book one = {.grants = 1, .revenue = 1};
    struct row_book book;

    row_book_add(t, 3, &most);
    assert_int_equal(row_book_add(t, 3, &one), -1);
    row_book_get(t, 3, &book);
    assert_true(book.grants == INT64_MAX);
    assert_int_equal(book.revenue, 0);
}

static void test_corrupted_total_fails_the_trail(void **state)
{
    struct trail *t = *state;
    const struct row_book change = {.grants = 1};
    struct row_book book;
    struct span value;

    row_book_add(t, 3, &change);
    fake_trail_row(t, TABLE_BOOK, 0, &value);
    ((char *)(uintptr_t)value.p)[3] ^= 1;
    row_book_get(t, 3, &book);
    assert_true(trail_failed(t));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_book_never_written_is_zero),
        FIXTURE_TEST(test_changes_add_up),
        FIXTURE_TEST(test_parts_do_not_mix),
        FIXTURE_TEST(test_overflow_writes_nothing),
        FIXTURE_TEST(test_corrupted_total_fails_the_trail),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
