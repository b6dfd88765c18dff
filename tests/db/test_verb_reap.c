/* The holds of dead workers end: billed by progress once the upstream had
 * accepted, else released. Those of the living stay. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_hold.h"
#include "db/bdb/row_ledger.h"
#include "fixture.h"
#include <string.h>

enum { DEAD = 66 };

/* Request ${request} of account 1, left behind by a worker. */
static void leave_call(
    struct trail *t, unsigned request, bool accepted, uint64_t out_so_far)
{
    struct store_admit a = fixture_admit(1, request);
    struct row_hold hold;

    fake_trail_become(t, 3, DEAD);
    assert_int_equal(fake_trail_run(t, &a), STORE_OK);
    fake_trail_begin(t);
    row_hold_get(t, a.request, &hold);
    hold.accepted = accepted;
    hold.out_so_far = out_so_far;
    row_hold_put(t, a.request, &hold);
    fake_trail_commit(t);
    fake_trail_become(t, 1, 1);
}

static struct store_reap reap_of(uint32_t most)
{
    return (struct store_reap){.verb.kind = STORE_REAP,
        .now = FIXTURE_NOW,
        .boot = FIXTURE_BOOT,
        .most = most};
}

/* What becomes of the one call of an account of 10 credits, left behind by a
 * worker that is dead. */
static struct store_reap reap_one(
    struct trail *t, bool accepted, uint64_t out_so_far)
{
    struct store_reap reap = reap_of(10);

    fixture_account(t, 1, 10);
    leave_call(t, 1, accepted, out_so_far);
    fake_trail_kill(t, DEAD);
    fake_trail_run(t, &reap);
    return reap;
}

static void test_hold_of_the_living_stays(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_of(10);

    fixture_account(t, 1, 10);
    leave_call(t, 1, true, 100);
    fake_trail_run(t, &reap);
    assert_int_equal(reap.reaped, 0);
    assert_int_equal(fake_trail_rows(t, TABLE_HOLD), 1);
}

static void test_call_that_was_not_accepted_is_released(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_one(t, false, 0);

    assert_int_equal(reap.reaped, 1);
    assert_int_equal(reap.credits, 0);
    assert_int_equal(fixture_look(t, 1).balance.posted, 10);
    assert_int_equal(fixture_look(t, 1).balance.held, 0);
    assert_true(fixture_clean(t));
}

static void test_accepted_call_is_billed_by_its_progress(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_one(t, true, 500);

    assert_int_equal(reap.credits, 2);
    assert_int_equal(fixture_look(t, 1).balance.posted, 8);
    assert_true(fixture_clean(t));
}

static void test_accepted_call_without_output_costs_its_input(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_one(t, true, 0);

    assert_int_equal(reap.credits, 1);
}

static void test_progress_beyond_the_hold_costs_the_hold(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_one(t, true, 100000);

    assert_int_equal(reap.credits, 2);
}

static void test_entry_of_the_reaper_is_an_estimated_expiry(void **state)
{
    struct trail *t = *state;
    struct ledger_entry e;
    struct store_account account;

    reap_one(t, true, 100);
    account = fixture_look(t, 1);
    row_ledger_get(t, account.id, 2, &e);
    assert_int_equal(e.type, LEDGER_EXPIRE);
    assert_int_equal(e.flags, LEDGER_ESTIMATED);
}

static void test_second_reaper_finds_nothing(void **state)
{
    struct trail *t = *state;
    struct store_reap again = reap_of(10);

    reap_one(t, true, 100);
    fake_trail_run(t, &again);
    assert_int_equal(again.reaped, 0);
    assert_int_equal(fixture_look(t, 1).balance.posted, 9);
}

static void test_reaper_looks_at_no_more_than_it_was_told(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_of(2);

    fixture_account(t, 1, 100);
    for (unsigned i = 1; i <= 5; i++)
        leave_call(t, i, true, 100);
    fake_trail_kill(t, DEAD);
    fake_trail_run(t, &reap);
    assert_int_equal(reap.reaped, 2);
    assert_true(reap.more);
}

static void test_reaper_goes_on_behind_the_living(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_of(2);
    unsigned reaped = 0;

    fixture_account(t, 1, 100);
    for (unsigned i = 1; i <= 4; i++) {
        struct store_admit a = fixture_admit(1, i);

        assert_int_equal(fake_trail_run(t, &a), STORE_OK);
    }
    leave_call(t, 5, true, 100);
    leave_call(t, 6, false, 0);
    fake_trail_kill(t, DEAD);
    do {
        fake_trail_run(t, &reap);
        reaped += reap.reaped;
    } while (reap.more);
    assert_int_equal(reaped, 2);
    assert_int_equal(fake_trail_rows(t, TABLE_HOLD), 4);
    assert_true(fixture_clean(t));
}

static void test_free_call_that_was_not_accepted_is_given_back(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_of(2);
    struct store_admit a = fixture_device(1, 1), b = fixture_device(1, 2);

    fake_trail_become(t, 3, DEAD);
    fake_trail_run(t, &a);
    fake_trail_become(t, 1, 1);
    fake_trail_kill(t, DEAD);
    fake_trail_run(t, &reap);
    fake_trail_run(t, &b);
    assert_int_equal(b.refusal, REFUSE_NONE);
}

static void test_unreadable_hold_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct store_reap reap = reap_of(2);
    struct span value;

    fixture_account(t, 1, 10);
    leave_call(t, 1, true, 100);
    fake_trail_row(t, TABLE_HOLD, 0, &value);
    ((char *)(uintptr_t)value.p)[4] ^= 1;
    fake_trail_run(t, &reap);
    assert_non_null(fake_trail_why(t));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_hold_of_the_living_stays),
        FIXTURE_TEST(test_call_that_was_not_accepted_is_released),
        FIXTURE_TEST(test_accepted_call_is_billed_by_its_progress),
        FIXTURE_TEST(test_accepted_call_without_output_costs_its_input),
        FIXTURE_TEST(test_progress_beyond_the_hold_costs_the_hold),
        FIXTURE_TEST(test_entry_of_the_reaper_is_an_estimated_expiry),
        FIXTURE_TEST(test_second_reaper_finds_nothing),
        FIXTURE_TEST(test_reaper_looks_at_no_more_than_it_was_told),
        FIXTURE_TEST(test_reaper_goes_on_behind_the_living),
        FIXTURE_TEST(test_free_call_that_was_not_accepted_is_given_back),
        FIXTURE_TEST(test_unreadable_hold_fails_the_trail),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
