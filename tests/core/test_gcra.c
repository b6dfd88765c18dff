/* Tries beyond the burst come one an interval, ever more slowly for who goes
 * on failing, and nobody waits for ever. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gcra.h"

enum { SECOND = 1000, MINUTE = 60000 };

static const struct gcra_rules plain = {3, SECOND, SECOND};
static const struct gcra_rules doubling = {10, 12 * SECOND, 15 * MINUTE};

#define START UINT64_C(86400000)

/* A try that is waited for as long as it takes; returns how long that was. */
static uint64_t try_until_taken(
    const struct gcra_rules *rules, uint64_t *state, uint64_t *now)
{
    uint64_t wait, before = *now;

    for (;;) {
        *state = gcra_take(rules, *state, *now, &wait);
        if (wait == 0)
            return *now - before;
        *now += wait;
    }
}

static unsigned taken_at_once(
    const struct gcra_rules *rules, uint64_t *state, uint64_t now)
{
    uint64_t wait = 0;
    unsigned n = 0;

    while (wait == 0) {
        *state = gcra_take(rules, *state, now, &wait);
        n += wait == 0;
    }
    return n;
}

static void test_burst_is_taken_at_once(void **state)
{
    uint64_t s = 0;

    (void)state;
    assert_int_equal(taken_at_once(&plain, &s, START), 3);
}

static void test_then_there_is_one_an_interval(void **state)
{
    uint64_t s = 0, now = START;

    (void)state;
    taken_at_once(&plain, &s, now);
    for (int i = 0; i < 5; i++)
        assert_int_equal(try_until_taken(&plain, &s, &now), SECOND);
}

static void test_refused_try_changes_nothing(void **state)
{
    uint64_t s = 0, after, wait;

    (void)state;
    taken_at_once(&plain, &s, START);
    after = gcra_take(&plain, s, START + 999, &wait);
    assert_true(after == s);
    assert_int_equal(wait, 1);
}

static void test_who_rests_has_the_burst_again(void **state)
{
    uint64_t s = 0;

    (void)state;
    taken_at_once(&plain, &s, START);
    assert_int_equal(taken_at_once(&plain, &s, START + 2 * SECOND), 2);
    assert_int_equal(taken_at_once(&plain, &s, START + 60 * SECOND), 3);
}

static void test_no_minute_has_more_than_burst_and_rate(void **state)
{
    uint64_t s = 0, wait;
    unsigned n = 0;

    (void)state;
    for (uint64_t now = START; now < START + MINUTE; now += 7) {
        s = gcra_take(&plain, s, now, &wait);
        n += wait == 0;
    }
    assert_int_equal(n, 3 + 59);
}

static void test_interval_doubles_beyond_the_burst_up_to_the_longest(
    void **state)
{
    static const unsigned seconds[] = {
        12, 24, 48, 96, 192, 384, 768, 900, 900, 900};
    uint64_t s = 0, now = START;

    (void)state;
    assert_int_equal(taken_at_once(&doubling, &s, now), 10);
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
        assert_int_equal(
            try_until_taken(&doubling, &s, &now), seconds[i] * SECOND);
}

static void test_many_thousand_failures_lock_nobody_out(void **state)
{
    uint64_t s = 0, now = START;

    (void)state;
    for (int i = 0; i < 70000; i++)
        assert_in_range(try_until_taken(&doubling, &s, &now), 0, 15 * MINUTE);
}

static void test_failures_are_forgotten_after_the_longest_rest(void **state)
{
    uint64_t s = 0, now = START;

    (void)state;
    for (int i = 0; i < 30; i++)
        try_until_taken(&doubling, &s, &now);
    now += 2 * 15 * MINUTE + 9 * 12 * SECOND;
    assert_int_equal(taken_at_once(&doubling, &s, now), 10);
    assert_int_equal(try_until_taken(&doubling, &s, &now), 12 * SECOND);
}

static void test_state_of_another_life_of_the_clock_is_none(void **state)
{
    uint64_t s = 0, now = START;

    (void)state;
    for (int i = 0; i < 30; i++)
        try_until_taken(&doubling, &s, &now);
    assert_int_equal(taken_at_once(&doubling, &s, MINUTE), 10);
}

static void test_no_number_keeps_anybody_out_for_long(void **state)
{
    uint64_t s = 1, wait;

    (void)state;
    for (int i = 0; i < 1000000; i++) {
        s = s * UINT64_C(6364136223846793005) + 1442695040888963407;
        gcra_take(&doubling, s, START, &wait);
        assert_in_range(wait, 0, 15 * MINUTE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst_is_taken_at_once),
        cmocka_unit_test(test_then_there_is_one_an_interval),
        cmocka_unit_test(test_refused_try_changes_nothing),
        cmocka_unit_test(test_who_rests_has_the_burst_again),
        cmocka_unit_test(test_no_minute_has_more_than_burst_and_rate),
        cmocka_unit_test(
            test_interval_doubles_beyond_the_burst_up_to_the_longest),
        cmocka_unit_test(test_many_thousand_failures_lock_nobody_out),
        cmocka_unit_test(test_failures_are_forgotten_after_the_longest_rest),
        cmocka_unit_test(test_state_of_another_life_of_the_clock_is_none),
        cmocka_unit_test(test_no_number_keeps_anybody_out_for_long),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
