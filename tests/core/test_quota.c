/* Calendar windows are those of the civil calendar in UTC, and a quota never
 * gives away more than it has. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "quota.h"

#define DAY (86400 * INT64_C(1000000))

enum { LAST_DAY = 60000 }; /* in 2134 */

/* ---- windows ---- */

static void test_month_is_that_of_the_calendar_on_every_day(void **state)
{
    (void)state;
    for (uint32_t day = 0; day < LAST_DAY; day++) {
        const struct quota_days d = quota_days(QUOTA_MONTHLY, day * DAY + 5);
        const time_t first = (time_t)d.first * 86400;
        const time_t last = ((time_t)d.end - 1) * 86400;
        const time_t end = (time_t)d.end * 86400;
        const time_t today = (time_t)day * 86400;
        struct tm f, l, e, t;

        gmtime_r(&first, &f);
        gmtime_r(&last, &l);
        gmtime_r(&end, &e);
        gmtime_r(&today, &t);
        assert_int_equal(f.tm_mday, 1);
        assert_int_equal(e.tm_mday, 1);
        assert_int_equal(f.tm_mon, t.tm_mon);
        assert_int_equal(l.tm_mon, t.tm_mon);
        assert_int_equal(f.tm_year, t.tm_year);
    }
}

static void test_week_begins_on_monday_on_every_day(void **state)
{
    (void)state;
    for (uint32_t day = 4; day < LAST_DAY; day++) {
        const struct quota_days d = quota_days(QUOTA_WEEKLY, day * DAY);
        const time_t first = (time_t)d.first * 86400;
        struct tm f;

        gmtime_r(&first, &f);
        assert_int_equal(f.tm_wday, 1);
        assert_int_equal(d.end - d.first, 7);
        assert_true(d.first <= day && day < d.end);
    }
}

static void test_day_ends_at_midnight(void **state)
{
    (void)state;
    assert_int_equal(quota_days(QUOTA_DAILY, 20000 * DAY - 1).first, 19999);
    assert_int_equal(quota_days(QUOTA_DAILY, 20000 * DAY).first, 20000);
    assert_int_equal(quota_days(QUOTA_DAILY, 20000 * DAY).end, 20001);
}

static void test_wait_is_until_the_end_of_the_window(void **state)
{
    (void)state;
    assert_int_equal(quota_ends_in(QUOTA_DAILY, 20000 * DAY), 86400);
    assert_int_equal(
        quota_ends_in(QUOTA_DAILY, 20000 * DAY + 86399 * INT64_C(1000000)), 1);
    assert_int_equal(quota_ends_in(QUOTA_DAILY, 20001 * DAY - 1), 1);
}

/* ---- what is left ---- */

static void test_no_limit_lets_everything_through(void **state)
{
    const struct quota_limit none = {0};
    const struct quota_use much = {1000000, UINT64_MAX, UINT64_MAX};
    struct hold_ask ask = {.est_in = 100, .max_out = 900, .n = 1};

    (void)state;
    assert_true(quota_fit(&none, &much, &ask));
    assert_int_equal(ask.max_out, 900);
}

static void test_last_request_is_let_through_and_no_other(void **state)
{
    const struct quota_limit limit = {.requests = 3};
    struct quota_use use = {.requests = 2};
    struct hold_ask ask = {.est_in = 100, .max_out = 900, .n = 1};

    (void)state;
    assert_true(quota_fit(&limit, &use, &ask));
    use.requests = 3;
    assert_false(quota_fit(&limit, &use, &ask));
}

static void test_output_is_cut_to_the_tokens_that_are_left(void **state)
{
    const struct quota_limit limit = {.tokens = 1000};
    const struct quota_use use = {.tokens = 300, .reserved = 200};
    struct hold_ask ask = {.est_in = 100, .max_out = 900, .n = 2};

    (void)state;
    assert_int_equal(quota_left(&limit, &use), 500);
    assert_true(quota_fit(&limit, &use, &ask));
    assert_int_equal(ask.max_out, 200);
    assert_int_equal(quota_tokens(&ask, ask.max_out), 500);
}

static void test_call_of_which_no_output_fits_is_refused(void **state)
{
    const struct quota_limit limit = {.tokens = 1000};
    const struct quota_use use = {.tokens = 899};
    struct hold_ask ask = {.est_in = 100, .max_out = 900, .n = 2};

    (void)state;
    assert_false(quota_fit(&limit, &use, &ask));
    ask.n = 1;
    assert_true(quota_fit(&limit, &use, &ask));
    assert_int_equal(ask.max_out, 1);
    ask.est_in = 101;
    assert_false(quota_fit(&limit, &use, &ask));
}

static void test_use_beyond_all_numbers_leaves_nothing(void **state)
{
    const struct quota_limit limit = {.tokens = UINT64_MAX};
    const struct quota_use use = {.tokens = UINT64_MAX, .reserved = 5};

    (void)state;
    assert_int_equal(quota_left(&limit, &use), 0);
}

static void test_stream_reserves_its_first_step_only(void **state)
{
    const struct hold_ask ask = {
        .est_in = 100, .max_out = 900, .n = 1, .first = 500};

    (void)state;
    assert_int_equal(quota_tokens(&ask, 900), 600);
    assert_int_equal(quota_tokens(&ask, 300), 400);
}

static void test_names_of_windows_are_read_as_written(void **state)
{
    enum quota_window window;

    (void)state;
    for (int i = 0; i < QUOTA_WINDOWS; i++) {
        assert_int_equal(
            quota_window_read(quota_window_name((enum quota_window)i), &window),
            0);
        assert_int_equal(window, i);
    }
    assert_int_equal(quota_window_read("yearly", &window), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_month_is_that_of_the_calendar_on_every_day),
        cmocka_unit_test(test_week_begins_on_monday_on_every_day),
        cmocka_unit_test(test_day_ends_at_midnight),
        cmocka_unit_test(test_wait_is_until_the_end_of_the_window),
        cmocka_unit_test(test_no_limit_lets_everything_through),
        cmocka_unit_test(test_last_request_is_let_through_and_no_other),
        cmocka_unit_test(test_output_is_cut_to_the_tokens_that_are_left),
        cmocka_unit_test(test_call_of_which_no_output_fits_is_refused),
        cmocka_unit_test(test_use_beyond_all_numbers_leaves_nothing),
        cmocka_unit_test(test_stream_reserves_its_first_step_only),
        cmocka_unit_test(test_names_of_windows_are_read_as_written),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
