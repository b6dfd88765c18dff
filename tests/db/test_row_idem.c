/* Rows of idempotency keys must give back what was put in. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_idem.h"
#include "fixture.h"
#include <string.h>

static struct row_idem sample(void)
{
    return (struct row_idem){3, "for testing", 4, 5, 6};
}

static void test_idem_reads_as_it_was_written(void **state)
{
    struct trail *t = *state;
    struct row_idem in = sample(), out;
    uint8_t name[MAC_SIZE];

    memset(&out, 0xee, sizeof(out));
    row_idem_name(t, "key", name);
    row_idem_put(t, name, name, &in);
    assert_int_equal(row_idem_get(t, name, name, &out), TRAIL_FOUND);
    assert_int_equal(out.credits, 3);
    assert_string_equal(out.note, "for testing");
    assert_int_equal(out.seq, 4);
    assert_int_equal(out.posted, 5);
    assert_int_equal(out.time, 6);
    assert_false(trail_failed(t));
}

static void test_idem_that_is_not_there_is_none(void **state)
{
    struct trail *t = *state;
    struct row_idem out;
    uint8_t name[MAC_SIZE];

    row_idem_name(t, "key", name);
    assert_int_equal(row_idem_get(t, name, name, &out), TRAIL_NONE);
    assert_false(trail_failed(t));
}

static void test_corrupted_idem_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct row_idem in = sample(), out;
    uint8_t name[MAC_SIZE];
    struct span value;

    row_idem_name(t, "key", name);
    row_idem_put(t, name, name, &in);
    fake_trail_row(t, TABLE_IDEM, 0, &value);
    ((char *)(uintptr_t)value.p)[value.n / 2] ^= 1;
    assert_int_equal(row_idem_get(t, name, name, &out), TRAIL_FAILED);
    assert_true(trail_failed(t));
    assert_non_null(fake_trail_why(t));
}

static void test_idem_of_another_version_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct row_idem in = sample(), out;
    uint8_t name[MAC_SIZE];
    struct span value;

    row_idem_name(t, "key", name);
    row_idem_put(t, name, name, &in);
    fake_trail_row(t, TABLE_IDEM, 0, &value);
    *(char *)(uintptr_t)value.p = 9;
    assert_int_equal(row_idem_get(t, name, name, &out), TRAIL_FAILED);
    assert_true(trail_failed(t));
}

static void test_names_of_different_keys_differ(void **state)
{
    struct trail *t = *state;
    uint8_t a[MAC_SIZE], b[MAC_SIZE];

    row_idem_name(t, "key", a);
    row_idem_name(t, "keY", b);
    assert_memory_not_equal(a, b, MAC_SIZE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_idem_reads_as_it_was_written),
        FIXTURE_TEST(test_idem_that_is_not_there_is_none),
        FIXTURE_TEST(test_corrupted_idem_fails_the_trail),
        FIXTURE_TEST(test_idem_of_another_version_fails_the_trail),
        FIXTURE_TEST(test_names_of_different_keys_differ),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
