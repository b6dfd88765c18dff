/* What must hold: when the disk is nearly full no new paid work begins, and all
 * that has begun goes on to its end. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

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

static void expect_refusal(struct trail *t, struct store_admit a)
{
    unsigned writes = fake_trail_writes(t);

    assert_int_equal(fake_trail_run(t, &a), STORE_REFUSED);
    assert_int_equal(a.refusal, REFUSE_STORAGE_LOW);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_a_new_call_is_refused_and_writes_nothing(void **state)
{
    fake_trail_set_storage(*state, true);
    expect_refusal(*state, fixture_admit(1, 1));
}

static void test_a_new_free_call_is_refused_and_writes_nothing(void **state)
{
    fake_trail_set_storage(*state, true);
    expect_refusal(*state, fixture_device(1, 1));
}

static void test_a_refused_call_is_not_counted(void **state)
{
    struct store_admit a = fixture_admit(1, 1);

    fake_trail_set_storage(*state, true);
    a.rate_limit = 40;
    assert_int_equal(fake_trail_run(*state, &a), STORE_REFUSED);
    assert_false(a.rate_counted);
    assert_int_equal(a.requests.remaining, a.requests.limit);
}

static void test_who_has_no_key_is_told_that_first(void **state)
{
    struct store_admit a = fixture_admit(2, 1);

    fake_trail_set_storage(*state, true);
    assert_int_equal(fake_trail_run(*state, &a), STORE_REFUSED);
    assert_int_equal(a.refusal, REFUSE_INVALID_API_KEY);
}

static void test_what_costs_nothing_is_admitted(void **state)
{
    struct store_admit a = fixture_admit(1, 1);

    fake_trail_set_storage(*state, true);
    a.depth = ADMIT_COUNT;
    assert_int_equal(fake_trail_run(*state, &a), STORE_OK);
}

static void test_an_admission_run_again_keeps_its_hold(void **state)
{
    struct store_admit a = fixture_admit(1, 1);

    assert_int_equal(fake_trail_run(*state, &a), STORE_OK);
    fake_trail_set_storage(*state, true);
    assert_int_equal(fake_trail_run(*state, &a), STORE_OK);
}

static void test_a_call_under_way_is_settled(void **state)
{
    struct store_admit a = fixture_admit(1, 1);
    struct store_settle s = fixture_settle(1, 100, 900);

    assert_int_equal(fake_trail_run(*state, &a), STORE_OK);
    fake_trail_set_storage(*state, true);
    assert_int_equal(fake_trail_run(*state, &s), STORE_OK);
    assert_int_equal(s.charge.collected, 2);
    assert_true(fixture_clean(*state));
}

static void test_a_call_under_way_gets_its_new_lease(void **state)
{
    struct store_admit a = fixture_admit(1, 1);
    struct store_extend e = {.verb.kind = STORE_EXTEND,
        .accepted = true,
        .out_so_far = 10,
        .boot = FIXTURE_BOOT,
        .lease = FIXTURE_LEASE};

    fixture_id(1, e.request);
    assert_int_equal(fake_trail_run(*state, &a), STORE_OK);
    fake_trail_set_storage(*state, true);
    assert_int_equal(fake_trail_run(*state, &e), STORE_OK);
}

static void test_credits_are_granted(void **state)
{
    struct store_grant g = fixture_grant(1, 5, "more");

    fake_trail_set_storage(*state, true);
    assert_int_equal(fake_trail_run(*state, &g), STORE_OK);
}

static void test_calls_are_admitted_again_when_there_is_room(void **state)
{
    struct store_admit a = fixture_admit(1, 1);

    fake_trail_set_storage(*state, true);
    expect_refusal(*state, a);
    fake_trail_set_storage(*state, false);
    assert_int_equal(fake_trail_run(*state, &a), STORE_OK);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_new_call_is_refused_and_writes_nothing),
        TEST(test_a_new_free_call_is_refused_and_writes_nothing),
        TEST(test_a_refused_call_is_not_counted),
        TEST(test_who_has_no_key_is_told_that_first),
        TEST(test_what_costs_nothing_is_admitted),
        TEST(test_an_admission_run_again_keeps_its_hold),
        TEST(test_a_call_under_way_is_settled),
        TEST(test_a_call_under_way_gets_its_new_lease),
        TEST(test_credits_are_granted),
        TEST(test_calls_are_admitted_again_when_there_is_room),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
