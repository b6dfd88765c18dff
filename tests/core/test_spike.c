/* A policy is rolled back when the share of decisions against it reaches the
 * threshold within the window, with enough of them, and not otherwise. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "spike.h"

#define MINUTE (INT64_C(60) * 1000000)

enum { NOW = 30000000 }; /* minutes since 1970 */

static const struct spike_rule usual = {
    .window_minutes = 15, .min_requests = 20, .threshold_ppm = 250000};

/* Counts ${n} decisions in one minute. Whether the last one was too many; none
 * before may be. */
static bool count(struct spike *s, const struct spike_rule *rule, int minute,
    int n, bool flagged)
{
    bool over = false;

    for (int i = 0; i < n; i++) {
        assert_false(over);
        over = spike_count(s, rule, (NOW + minute) * MINUTE, flagged);
    }
    return over;
}

static void test_share_that_reaches_the_threshold_rolls_back(void **state)
{
    struct spike s = {0};

    (void)state;
    assert_false(count(&s, &usual, 0, 15, false));
    assert_false(count(&s, &usual, 1, 4, true));
    assert_true(count(&s, &usual, 2, 1, true));
}

static void test_share_below_it_does_not(void **state)
{
    struct spike s = {0};

    (void)state;
    assert_false(count(&s, &usual, 0, 16, false));
    assert_false(count(&s, &usual, 0, 5, true));
}

static void test_too_few_decisions_never_do(void **state)
{
    struct spike s = {0};

    (void)state;
    assert_false(count(&s, &usual, 0, 19, true));
    assert_true(count(&s, &usual, 0, 1, false));
}

static void test_what_left_the_window_does_not_count(void **state)
{
    struct spike s = {0};

    (void)state;
    assert_false(count(&s, &usual, 0, 19, true));
    assert_false(count(&s, &usual, 15, 19, false));
    assert_false(count(&s, &usual, 15, 4, true));
    assert_false(count(&s, &usual, 16, 1, false));
}

static void test_first_minute_of_the_window_still_counts(void **state)
{
    struct spike s = {0};

    (void)state;
    assert_false(count(&s, &usual, 0, 19, true));
    assert_true(count(&s, &usual, 14, 1, false));
}

static void test_counting_begins_anew_after_a_rollback(void **state)
{
    struct spike s = {0};

    (void)state;
    assert_true(count(&s, &usual, 0, 20, true));
    assert_false(count(&s, &usual, 0, 19, true));
}

static void test_window_of_a_week_is_counted_coarsely(void **state)
{
    const struct spike_rule week = {.window_minutes = 7 * 1440,
        .min_requests = 20,
        .threshold_ppm = 500000};
    struct spike s = {0};

    (void)state;
    assert_false(count(&s, &week, 0, 19, true));
    assert_true(count(&s, &week, 6 * 1440, 1, true));
    assert_false(count(&s, &week, 7 * 1440, 19, true));
    assert_false(count(&s, &week, 15 * 1440, 1, true));
}

static void test_clock_that_goes_back_counts_in_the_newest(void **state)
{
    struct spike s = {0};

    (void)state;
    assert_false(count(&s, &usual, 0, 19, true));
    assert_true(count(&s, &usual, -100, 1, true));
}

static void test_another_window_forgets_what_was_counted(void **state)
{
    const struct spike_rule longer = {
        .window_minutes = 120, .min_requests = 20, .threshold_ppm = 250000};
    struct spike s = {0};

    (void)state;
    assert_false(count(&s, &usual, 0, 19, true));
    assert_false(count(&s, &longer, 0, 19, true));
    assert_true(count(&s, &longer, 0, 1, true));
}

static void test_no_window_never_rolls_back(void **state)
{
    const struct spike_rule none = {.threshold_ppm = 1};
    struct spike s = {0};

    (void)state;
    assert_false(count(&s, &none, 0, 100, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_share_that_reaches_the_threshold_rolls_back),
        cmocka_unit_test(test_share_below_it_does_not),
        cmocka_unit_test(test_too_few_decisions_never_do),
        cmocka_unit_test(test_what_left_the_window_does_not_count),
        cmocka_unit_test(test_first_minute_of_the_window_still_counts),
        cmocka_unit_test(test_counting_begins_anew_after_a_rollback),
        cmocka_unit_test(test_window_of_a_week_is_counted_coarsely),
        cmocka_unit_test(test_clock_that_goes_back_counts_in_the_newest),
        cmocka_unit_test(test_another_window_forgets_what_was_counted),
        cmocka_unit_test(test_no_window_never_rolls_back),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
