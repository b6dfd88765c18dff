/* Free calls of devices and days must give back what was put in. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_device.h"
#include "fixture.h"
#include <string.h>

static struct row_device sample(void)
{
    struct row_device d = {.time = 5};

    fixture_id(2, d.request);
    return d;
}

static void test_device_reads_as_it_was_written(void **state)
{
    struct trail *t = *state;
    struct row_device in = sample(), out;

    memset(&out, 0xee, sizeof(out));
    row_device_put(t, in.request, &in);
    assert_int_equal(row_device_get(t, in.request, &out), TRAIL_FOUND);
    assert_int_equal(out.time, 5);
    assert_memory_equal(out.request, in.request, STORE_ID);
    assert_false(trail_failed(t));
}

static void test_device_that_is_not_there_is_none(void **state)
{
    struct trail *t = *state;
    struct row_device in = sample(), out;

    assert_int_equal(row_device_get(t, in.request, &out), TRAIL_NONE);
    assert_false(trail_failed(t));
}

static void test_corrupted_device_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct row_device in = sample(), out;
    struct span value;

    row_device_put(t, in.request, &in);
    fake_trail_row(t, TABLE_DEVICE, 0, &value);
    ((char *)(uintptr_t)value.p)[value.n / 2] ^= 1;
    assert_int_equal(row_device_get(t, in.request, &out), TRAIL_FAILED);
    assert_true(trail_failed(t));
    assert_non_null(fake_trail_why(t));
}

static void test_device_of_another_version_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct row_device in = sample(), out;
    struct span value;

    row_device_put(t, in.request, &in);
    fake_trail_row(t, TABLE_DEVICE, 0, &value);
    *(char *)(uintptr_t)value.p = 9;
    assert_int_equal(row_device_get(t, in.request, &out), TRAIL_FAILED);
    assert_true(trail_failed(t));
}

static void test_deleted_device_is_gone(void **state)
{
    struct trail *t = *state;
    struct row_device in = sample(), out;

    row_device_put(t, in.request, &in);
    row_device_delete(t, in.request);
    assert_int_equal(row_device_get(t, in.request, &out), TRAIL_NONE);
}

static void test_day_without_calls_counts_zero(void **state)
{
    struct trail *t = *state;
    assert_int_equal(row_device_count(t, 7), 0);
}

static void test_count_of_a_day_reads_as_it_was_written(void **state)
{
    struct trail *t = *state;
    row_device_put_count(t, 7, 41);
    assert_int_equal(row_device_count(t, 7), 41);
    assert_int_equal(row_device_count(t, 8), 0);
}

static void test_day_begins_at_midnight_utc(void **state)
{
    assert_int_equal(row_device_day(FIXTURE_NOW), 20000);
    assert_int_equal(row_device_day(FIXTURE_NOW - 1), 19999);
    (void)state;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_device_reads_as_it_was_written),
        FIXTURE_TEST(test_device_that_is_not_there_is_none),
        FIXTURE_TEST(test_corrupted_device_fails_the_trail),
        FIXTURE_TEST(test_device_of_another_version_fails_the_trail),
        FIXTURE_TEST(test_deleted_device_is_gone),
        FIXTURE_TEST(test_day_without_calls_counts_zero),
        FIXTURE_TEST(test_count_of_a_day_reads_as_it_was_written),
        FIXTURE_TEST(test_day_begins_at_midnight_utc),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
