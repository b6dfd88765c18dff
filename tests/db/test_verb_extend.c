/* A stream tells how far it is, and its hold grows with it as far as the
 * account goes; no two holds are ever promised the same credit. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_hold.h"
#include "fixture.h"
#include <string.h>

/* Request ${request} of account 1: 100 tokens in, a credit held at first. */
static void open_stream(struct trail *t, unsigned request)
{
    struct store_admit a = fixture_admit(1, request);

    a.ask.first = 400;
    a.ask.max_out = 100000;
    assert_int_equal(fake_trail_run(t, &a), STORE_OK);
    assert_int_equal(a.grant.credits, 1);
}

static struct store_extend extend_of(unsigned request, uint64_t want_out)
{
    struct store_extend e = {.verb.kind = STORE_EXTEND,
        .want_out = want_out,
        .boot = FIXTURE_BOOT + 10,
        .lease = FIXTURE_LEASE};

    fixture_id(request, e.request);
    return e;
}

static struct row_hold hold_of(struct trail *t, unsigned request)
{
    struct row_hold hold;
    uint8_t id[STORE_ID];

    fixture_id(request, id);
    assert_int_equal(row_hold_get(t, id, &hold), TRAIL_FOUND);
    return hold;
}

static void test_hold_grows_and_the_account_with_it(void **state)
{
    struct trail *t = *state;
    struct store_extend e = extend_of(1, 900);

    fixture_account(t, 1, 10);
    open_stream(t, 1);
    assert_int_equal(fake_trail_run(t, &e), STORE_OK);
    assert_int_equal(e.held, 2);
    assert_int_equal(e.covers, 900);
    assert_int_equal(hold_of(t, 1).amount, 2);
    assert_int_equal(fixture_look(t, 1).balance.held, 2);
    assert_int_equal(fixture_look(t, 1).balance.posted, 10);
    assert_true(fixture_clean(t));
}

static void test_hold_that_covers_it_stays(void **state)
{
    struct trail *t = *state;
    struct store_extend e = extend_of(1, 400);

    fixture_account(t, 1, 10);
    open_stream(t, 1);
    fake_trail_run(t, &e);
    assert_int_equal(e.held, 1);
    assert_int_equal(e.covers, 400);
    assert_int_equal(fixture_look(t, 1).balance.held, 1);
}

static void test_hold_grows_only_as_far_as_the_account_goes(void **state)
{
    struct trail *t = *state;
    struct store_extend e = extend_of(1, 100000);

    fixture_account(t, 1, 3);
    open_stream(t, 1);
    assert_int_equal(fake_trail_run(t, &e), STORE_OK);
    assert_int_equal(e.held, 3);
    assert_int_equal(e.covers, 1400);
    assert_true(fixture_clean(t));
}

static void test_holds_of_one_account_do_not_share_a_credit(void **state)
{
    struct trail *t = *state;
    struct store_extend a = extend_of(1, 5000), b = extend_of(2, 5000);

    fixture_account(t, 1, 4);
    open_stream(t, 1);
    open_stream(t, 2);
    fake_trail_run(t, &a);
    fake_trail_run(t, &b);
    assert_int_equal(a.held, 3);
    assert_int_equal(b.held, 1);
    assert_int_equal(fixture_look(t, 1).balance.held, 4);
    assert_true(fixture_clean(t));
}

static void test_input_that_has_grown_is_held_for(void **state)
{
    struct trail *t = *state;
    struct store_extend e = extend_of(1, 400), later = extend_of(1, 900);

    fixture_account(t, 1, 10);
    open_stream(t, 1);
    e.est_in = 700;
    for (int run = 0; run < 2; run++) {
        assert_int_equal(fake_trail_run(t, &e), STORE_OK);
        assert_int_equal(e.held, 3);
        assert_int_equal(e.covers, 800);
        assert_int_equal(hold_of(t, 1).est_in, 700);
    }
    fake_trail_run(t, &later);
    assert_int_equal(later.held, 4);
    assert_int_equal(hold_of(t, 1).est_in, 700);
    assert_true(fixture_clean(t));
}

static void test_second_run_changes_nothing(void **state)
{
    struct trail *t = *state;
    struct store_extend e = extend_of(1, 900);

    fixture_account(t, 1, 10);
    open_stream(t, 1);
    fake_trail_run(t, &e);
    e.held = 0;
    e.covers = 0;
    fake_trail_run(t, &e);
    assert_int_equal(e.held, 2);
    assert_int_equal(e.covers, 900);
    assert_int_equal(fixture_look(t, 1).balance.held, 2);
}

static void test_progress_and_acceptance_never_go_back(void **state)
{
    struct trail *t = *state;
    struct store_extend e = extend_of(1, 0), late = extend_of(1, 0);

    fixture_account(t, 1, 10);
    open_stream(t, 1);
    assert_false(hold_of(t, 1).accepted);
    e.accepted = true;
    e.out_so_far = 300;
    late.out_so_far = 200;
    fake_trail_run(t, &e);
    fake_trail_run(t, &late);
    assert_true(hold_of(t, 1).accepted);
    assert_int_equal(hold_of(t, 1).out_so_far, 300);
}

static void test_lease_is_renewed(void **state)
{
    struct trail *t = *state;
    struct store_extend e = extend_of(1, 0);

    fixture_account(t, 1, 10);
    open_stream(t, 1);
    fake_trail_run(t, &e);
    assert_int_equal(
        hold_of(t, 1).lease_until, FIXTURE_BOOT + 10 + FIXTURE_LEASE);
}

static void test_free_call_has_no_limit_and_holds_nothing(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 1);
    struct store_extend e = extend_of(1, 5000);

    fake_trail_run(t, &a);
    e.accepted = true;
    assert_int_equal(fake_trail_run(t, &e), STORE_OK);
    assert_int_equal(e.held, 0);
    assert_true(e.covers == UINT64_MAX);
    assert_true(hold_of(t, 1).accepted);
}

static void test_hold_that_has_ended_is_not_found(void **state)
{
    struct trail *t = *state;
    struct store_extend e = extend_of(1, 900);
    struct store_settle s = fixture_settle(1, 100, 100);
    unsigned writes;

    fixture_account(t, 1, 10);
    open_stream(t, 1);
    fake_trail_run(t, &s);
    writes = fake_trail_writes(t);
    assert_int_equal(fake_trail_run(t, &e), STORE_NOT_FOUND);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_settlement_gives_back_what_was_held_too_much(void **state)
{
    struct trail *t = *state;
    struct store_extend e = extend_of(1, 3000);
    struct store_settle s = fixture_settle(1, 100, 900);

    fixture_account(t, 1, 10);
    open_stream(t, 1);
    fake_trail_run(t, &e);
    assert_int_equal(e.held, 7);
    fake_trail_run(t, &s);
    assert_int_equal(s.charge.credits, 2);
    assert_false(s.charge.overrun);
    assert_int_equal(fixture_look(t, 1).balance.held, 0);
    assert_int_equal(fixture_look(t, 1).balance.posted, 8);
    assert_true(fixture_clean(t));
}

static void test_reaper_bills_the_progress_from_the_grown_hold(void **state)
{
    struct trail *t = *state;
    struct store_extend e = extend_of(1, 3000);
    struct store_reap reap = {.verb.kind = STORE_REAP,
        .now = FIXTURE_NOW,
        .boot = FIXTURE_BOOT,
        .most = 10};

    fixture_account(t, 1, 10);
    open_stream(t, 1);
    e.accepted = true;
    e.out_so_far = 1500;
    fake_trail_run(t, &e);
    fake_trail_become(t, 1, 2);
    fake_trail_kill(t, 1);
    fake_trail_run(t, &reap);
    assert_int_equal(reap.reaped, 1);
    assert_int_equal(reap.credits, 4);
    assert_int_equal(fixture_look(t, 1).balance.posted, 6);
    assert_int_equal(fixture_look(t, 1).balance.held, 0);
    assert_true(fixture_clean(t));
}

static void test_wish_beyond_reckoning_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct store_extend e = extend_of(1, UINT64_MAX);

    fixture_account(t, 1, 10);
    open_stream(t, 1);
    fake_trail_run(t, &e);
    assert_non_null(fake_trail_why(t));
    assert_int_equal(hold_of(t, 1).amount, 1);
}

static void test_failure_of_any_call_leaves_no_half_growth(void **state)
{
    struct trail *t = *state;

    fixture_account(t, 1, 100);
    open_stream(t, 1);
    for (unsigned i = 0; i < 6; i++) {
        struct store_extend e = extend_of(1, 900 + 500 * i);

        fake_trail_fail_after(t, i);
        fake_trail_run(t, &e);
        fake_trail_fail_after(t, 1000);
        assert_int_equal(fixture_look(t, 1).balance.held, hold_of(t, 1).amount);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_hold_grows_and_the_account_with_it),
        FIXTURE_TEST(test_hold_that_covers_it_stays),
        FIXTURE_TEST(test_hold_grows_only_as_far_as_the_account_goes),
        FIXTURE_TEST(test_holds_of_one_account_do_not_share_a_credit),
        FIXTURE_TEST(test_input_that_has_grown_is_held_for),
        FIXTURE_TEST(test_second_run_changes_nothing),
        FIXTURE_TEST(test_progress_and_acceptance_never_go_back),
        FIXTURE_TEST(test_lease_is_renewed),
        FIXTURE_TEST(test_free_call_has_no_limit_and_holds_nothing),
        FIXTURE_TEST(test_hold_that_has_ended_is_not_found),
        FIXTURE_TEST(test_settlement_gives_back_what_was_held_too_much),
        FIXTURE_TEST(test_reaper_bills_the_progress_from_the_grown_hold),
        FIXTURE_TEST(test_wish_beyond_reckoning_fails_the_trail),
        FIXTURE_TEST(test_failure_of_any_call_leaves_no_half_growth),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
