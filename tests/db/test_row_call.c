/* Rows of the names that callers give their calls must give back what was put
 * in, and lie apart from those of grants. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_call.h"
#include "db/bdb/row_idem.h"
#include "fixture.h"
#include <string.h>

static struct row_call sample(void)
{
    return (struct row_call){{1, 2}, {3, 4}, true, 5, FIXTURE_NOW};
}

static void test_call_reads_as_it_was_written(void **state)
{
    struct trail *t = *state;
    struct row_call in = sample(), out;

    memset(&out, 0xee, sizeof(out));
    row_call_put(t, in.request, in.body, &in);
    assert_int_equal(row_call_get(t, in.request, in.body, &out), TRAIL_FOUND);
    assert_memory_equal(out.body, in.body, MAC_SIZE);
    assert_memory_equal(out.request, in.request, STORE_ID);
    assert_true(out.ended);
    assert_int_equal(out.credits, 5);
    assert_true(out.time == FIXTURE_NOW);
    assert_false(trail_failed(t));
}

static void test_deleted_call_is_gone(void **state)
{
    struct trail *t = *state;
    struct row_call in = sample(), out;

    row_call_put(t, in.request, in.body, &in);
    row_call_delete(t, in.request, in.body);
    assert_int_equal(row_call_get(t, in.request, in.body, &out), TRAIL_NONE);
}

static void test_call_of_another_account_is_another(void **state)
{
    struct trail *t = *state;
    struct row_call in = sample(), out;
    const uint8_t other[STORE_ID] = {9};

    row_call_put(t, in.request, in.body, &in);
    assert_int_equal(row_call_get(t, other, in.body, &out), TRAIL_NONE);
}

static void test_grant_of_the_same_name_is_no_call(void **state)
{
    struct trail *t = *state;
    struct row_call in = sample(), out;
    struct row_idem grant = {.credits = 1}, read;

    row_idem_put(t, in.request, in.body, &grant);
    assert_int_equal(row_call_get(t, in.request, in.body, &out), TRAIL_NONE);
    row_call_put(t, in.request, in.body, &in);
    assert_int_equal(fake_trail_rows(t, TABLE_IDEM), 2);
    assert_int_equal(row_idem_get(t, in.request, in.body, &read), TRAIL_FOUND);
    assert_int_equal(read.credits, 1);
}

static void test_corrupted_call_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct row_call in = sample(), out;
    struct span value;

    row_call_put(t, in.request, in.body, &in);
    fake_trail_row(t, TABLE_IDEM, 0, &value);
    ((char *)(uintptr_t)value.p)[value.n / 2] ^= 1;
    assert_int_equal(row_call_get(t, in.request, in.body, &out), TRAIL_FAILED);
    assert_non_null(fake_trail_why(t));
}

static void test_call_is_stale_after_a_day(void **state)
{
    const struct row_call call = sample();
    const int64_t day = INT64_C(86400) * 1000000;

    assert_false(row_call_stale(&call, FIXTURE_NOW));
    assert_false(row_call_stale(&call, FIXTURE_NOW + day - 1));
    assert_true(row_call_stale(&call, FIXTURE_NOW + day));
    (void)state;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_call_reads_as_it_was_written),
        FIXTURE_TEST(test_deleted_call_is_gone),
        FIXTURE_TEST(test_call_of_another_account_is_another),
        FIXTURE_TEST(test_grant_of_the_same_name_is_no_call),
        FIXTURE_TEST(test_corrupted_call_fails_the_trail),
        FIXTURE_TEST(test_call_is_stale_after_a_day),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
