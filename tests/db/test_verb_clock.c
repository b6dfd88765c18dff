/* What must hold: a clock that stands in 1970 or in 2106, or that jumps between
 * the two, harms no money, no hold and no rate. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

#define YEAR_2106 (INT64_C(4294967295) * 1000000)

static int set_up(void **state)
{
    struct trail *t = fake_trail_new();

    fixture_account(t, 1, 100);
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    fake_trail_free(*state);
    return 0;
}

static void call_begins_and_ends_at(struct trail *t, int64_t from, int64_t to)
{
    struct store_admit a = fixture_admit(1, 1);
    struct store_settle s = fixture_settle(1, 100, 900);

    a.now = from;
    s.now = to;
    assert_int_equal(fake_trail_run(t, &a), STORE_OK);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_int_equal(s.charge.collected, 2);
    assert_int_equal(fixture_look(t, 1).balance.posted, 98);
    assert_true(fixture_clean(t));
}

static void test_a_call_in_1970_is_billed(void **state)
{
    call_begins_and_ends_at(*state, 0, 0);
}

static void test_a_call_in_2106_is_billed(void **state)
{
    call_begins_and_ends_at(*state, YEAR_2106, YEAR_2106);
}

static void test_a_call_over_which_the_clock_is_set_back_is_billed(void **state)
{
    call_begins_and_ends_at(*state, YEAR_2106, 0);
}

static void test_a_call_over_which_the_clock_is_set_right_is_billed(
    void **state)
{
    call_begins_and_ends_at(*state, 0, FIXTURE_NOW);
}

static uint32_t reap_at(struct trail *t, int64_t now, int64_t boot)
{
    struct store_reap r = {
        .verb.kind = STORE_REAP, .now = now, .boot = boot, .most = 10};

    assert_int_equal(fake_trail_run(t, &r), STORE_OK);
    return r.reaped;
}

static void test_a_hold_does_not_end_with_a_jump_of_the_clock(void **state)
{
    struct store_admit a = fixture_admit(1, 1);

    a.now = 0;
    assert_int_equal(fake_trail_run(*state, &a), STORE_OK);
    assert_int_equal(reap_at(*state, YEAR_2106, FIXTURE_BOOT), 0);
}

static void test_a_hold_of_the_dead_ends_while_the_clock_stands(void **state)
{
    struct store_admit a = fixture_admit(1, 1);

    a.now = 0;
    assert_int_equal(fake_trail_run(*state, &a), STORE_OK);
    fake_trail_become(*state, 2, 2);
    fake_trail_kill(*state, 1);
    assert_int_equal(reap_at(*state, 0, FIXTURE_BOOT + 1), 1);
    assert_true(fixture_clean(*state));
}

static void test_a_rate_goes_by_the_seconds_since_boot(void **state)
{
    struct store_admit a = fixture_admit(1, 1);
    struct store_admit b = fixture_admit(1, 2);

    a.rate_limit = b.rate_limit = 4; /* of which a quarter applies here */
    assert_int_equal(fake_trail_run(*state, &a), STORE_OK);
    b.now = YEAR_2106;
    assert_int_equal(fake_trail_run(*state, &b), STORE_REFUSED);
    assert_int_equal(b.refusal, REFUSE_RATE_LIMITED);
    b.now = 0;
    b.boot += 61;
    assert_int_equal(fake_trail_run(*state, &b), STORE_OK);
}

static void free_call_at(struct trail *t, unsigned request, int64_t now)
{
    struct store_admit a = fixture_device(7, request);

    a.now = now;
    assert_int_equal(fake_trail_run(t, &a), STORE_OK);
}

static void test_a_free_call_in_1970_is_admitted(void **state)
{
    free_call_at(*state, 1, 0);
    assert_true(fixture_clean(*state));
}

static void test_a_free_call_in_2106_does_not_cost_all_those_before(
    void **state)
{
    free_call_at(*state, 1, YEAR_2106);
    free_call_at(*state, 2, FIXTURE_NOW);
}

static void test_a_clock_set_back_a_little_gives_no_second_free_call(
    void **state)
{
    struct store_admit a = fixture_device(7, 2);

    free_call_at(*state, 1, FIXTURE_NOW);
    a.now = FIXTURE_NOW - 3600 * INT64_C(1000000);
    assert_int_equal(fake_trail_run(*state, &a), STORE_REFUSED);
}

static void test_credits_are_granted_in_1970_and_2106(void **state)
{
    struct store_grant a = fixture_grant(1, 5, "past");
    struct store_grant b = fixture_grant(1, 5, "future");

    a.now = 0;
    b.now = YEAR_2106;
    assert_int_equal(fake_trail_run(*state, &b), STORE_OK);
    assert_int_equal(fake_trail_run(*state, &a), STORE_OK);
    assert_int_equal(fixture_look(*state, 1).balance.posted, 110);
    assert_true(fixture_clean(*state));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_call_in_1970_is_billed),
        TEST(test_a_call_in_2106_is_billed),
        TEST(test_a_call_over_which_the_clock_is_set_back_is_billed),
        TEST(test_a_call_over_which_the_clock_is_set_right_is_billed),
        TEST(test_a_hold_does_not_end_with_a_jump_of_the_clock),
        TEST(test_a_hold_of_the_dead_ends_while_the_clock_stands),
        TEST(test_a_rate_goes_by_the_seconds_since_boot),
        TEST(test_a_free_call_in_1970_is_admitted),
        TEST(test_a_free_call_in_2106_does_not_cost_all_those_before),
        TEST(test_a_clock_set_back_a_little_gives_no_second_free_call),
        TEST(test_credits_are_granted_in_1970_and_2106),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
