/* A hold ends exactly once: billed or released, with journal and book. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_book.h"
#include "db/bdb/row_hold.h"
#include "db/bdb/row_ledger.h"
#include "db/bdb/verbs.h"
#include "fixture.h"
#include <string.h>

/* Account 1 with ${credits} and request 1 under way. */
static void open_call(struct trail *t, int64_t credits)
{
    struct store_admit a = fixture_admit(1, 1);

    fixture_account(t, 1, credits);
    assert_int_equal(fake_trail_run(t, &a), STORE_OK);
}

static void open_free_call(struct trail *t)
{
    struct store_admit a = fixture_device(1, 1);

    assert_int_equal(fake_trail_run(t, &a), STORE_OK);
}

static struct ledger_entry newest_entry(struct trail *t)
{
    struct store_account account = fixture_look(t, 1);
    struct ledger_entry entry;

    assert_int_equal(row_ledger_get(t, account.id, account.journal_seq, &entry),
        TRAIL_FOUND);
    return entry;
}

static void test_known_use_is_billed_exactly(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 401);

    open_call(t, 10);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_int_equal(s.charge.credits, 2);
    assert_int_equal(s.charge.collected, 2);
    assert_int_equal(s.posted, 8);
    assert_false(s.already);
    assert_false(s.anonymous);
    assert_int_equal(fixture_look(t, 1).balance.posted, 8);
    assert_int_equal(fixture_look(t, 1).balance.held, 0);
    assert_true(fixture_clean(t));
}

static void test_journal_entry_says_what_was_billed(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 200);
    struct ledger_entry e;

    open_call(t, 10);
    s.flags = LEDGER_CLIENT_GONE;
    fake_trail_run(t, &s);
    e = newest_entry(t);
    assert_int_equal(e.type, LEDGER_SETTLE);
    assert_int_equal(e.amount, -1);
    assert_int_equal(e.tokens_in, 100);
    assert_int_equal(e.tokens_out, 200);
    assert_int_equal(e.posted_after, 9);
    assert_int_equal(e.held_after, 0);
    assert_int_equal(e.flags, LEDGER_CLIENT_GONE);
    assert_memory_equal(e.request, s.request, STORE_ID);
}

static void test_known_use_of_zero_costs_the_minimum(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 0, 0);

    open_call(t, 10);
    fake_trail_run(t, &s);
    assert_int_equal(s.charge.credits, 1);
    assert_int_equal(newest_entry(t).flags, 0);
}

static void test_unknown_use_is_marked_estimated(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 200);

    open_call(t, 10);
    s.usage.known = false;
    fake_trail_run(t, &s);
    assert_int_equal(newest_entry(t).flags, LEDGER_ESTIMATED);
}

static void test_unknown_use_never_costs_more_than_the_hold(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 90000);

    open_call(t, 10);
    s.usage.known = false;
    fake_trail_run(t, &s);
    assert_int_equal(s.charge.credits, 2);
    assert_int_equal(s.posted, 8);
}

static void test_use_beyond_belief_is_unknown(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, UINT64_MAX, UINT64_MAX);

    open_call(t, 10);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_false(trail_failed(t));
    assert_int_equal(s.charge.credits, 2);
    assert_int_equal(newest_entry(t).flags, LEDGER_ESTIMATED);
}

static void test_overrun_is_paid_from_what_is_available(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 1900);

    open_call(t, 10);
    fake_trail_run(t, &s);
    assert_int_equal(s.charge.credits, 4);
    assert_true(s.charge.overrun);
    assert_int_equal(s.posted, 6);
    assert_int_equal(newest_entry(t).flags, LEDGER_OVERRUN);
    assert_true(fixture_clean(t));
}

static void test_overrun_beyond_the_balance_is_our_loss(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 1900);
    struct row_book book;

    open_call(t, 3);
    fake_trail_run(t, &s);
    assert_int_equal(s.charge.collected, 3);
    assert_int_equal(s.charge.uncollected, 1);
    assert_int_equal(s.posted, 0);
    row_book_get(t, 37, &book);
    assert_int_equal(book.grants, 3);
    assert_int_equal(book.revenue, 4);
    assert_int_equal(book.uncollected, 1);
    assert_true(fixture_clean(t));
}

static void test_overrun_does_not_touch_what_others_hold(void **state)
{
    struct trail *t = *state;
    struct store_admit other = fixture_admit(1, 2);
    struct store_settle s = fixture_settle(1, 100, 5000);

    open_call(t, 4);
    fake_trail_run(t, &other);
    fake_trail_run(t, &s);
    assert_int_equal(s.charge.collected, 2);
    assert_int_equal(fixture_look(t, 1).balance.posted, 2);
    assert_int_equal(fixture_look(t, 1).balance.held, 2);
}

static void test_release_gives_the_hold_back_without_an_entry(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 200);

    open_call(t, 10);
    s.free_of_charge = true;
    fake_trail_run(t, &s);
    assert_int_equal(s.charge.credits, 0);
    assert_int_equal(s.posted, 10);
    assert_int_equal(fixture_look(t, 1).balance.held, 0);
    assert_int_equal(fixture_look(t, 1).journal_seq, 1);
    assert_true(fixture_clean(t));
}

static void test_ended_hold_leaves_the_table_of_open_ones(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 200);
    struct row_done done;

    open_call(t, 10);
    fake_trail_run(t, &s);
    assert_int_equal(fake_trail_rows(t, TABLE_HOLD), 0);
    assert_int_equal(row_done_get(t, s.request, &done), TRAIL_FOUND);
    assert_int_equal(done.ending, ENDING_SETTLED);
    assert_int_equal(done.seq, 2);
}

static void test_second_settlement_changes_nothing_and_reports_the_first(
    void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 200);
    struct store_settle again = fixture_settle(1, 100, 90000);
    unsigned writes;

    open_call(t, 10);
    fake_trail_run(t, &s);
    writes = fake_trail_writes(t);
    assert_int_equal(fake_trail_run(t, &again), STORE_OK);
    assert_true(again.already);
    assert_int_equal(again.charge.credits, 1);
    assert_int_equal(again.posted, 9);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_settlement_after_a_release_charges_nothing(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 200);
    struct store_settle again = fixture_settle(1, 100, 200);

    open_call(t, 10);
    s.free_of_charge = true;
    fake_trail_run(t, &s);
    fake_trail_run(t, &again);
    assert_true(again.already);
    assert_int_equal(again.charge.credits, 0);
    assert_int_equal(fixture_look(t, 1).balance.posted, 10);
}

static void test_settlement_without_a_hold_is_not_found(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 200);

    assert_int_equal(fake_trail_run(t, &s), STORE_NOT_FOUND);
}

static void test_suspended_account_still_pays(void **state)
{
    struct trail *t = *state;
    struct store_account_set set = {.verb.kind = STORE_ACCOUNT_SET,
        .set_suspended = true,
        .suspended = true};
    struct store_settle s = fixture_settle(1, 100, 200);

    open_call(t, 10);
    fixture_id(1, set.id);
    fake_trail_run(t, &set);
    fake_trail_run(t, &s);
    assert_int_equal(s.posted, 9);
}

static void test_tokens_are_counted_once(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 200);
    struct store_admit a = fixture_admit(1, 2);

    open_call(t, 10);
    fake_trail_run(t, &s);
    fake_trail_run(t, &s);
    a.token_limit = 4000;
    fake_trail_run(t, &a);
    assert_int_equal(a.tokens.remaining, 700);
}

static void test_tokens_are_counted_once_over_an_undone_batch(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 200);
    struct store_admit a = fixture_admit(1, 2);

    open_call(t, 10);
    fake_trail_begin(t);
    verbs_run(t, &s.verb);
    fake_trail_abort(t);
    fake_trail_run(t, &s);
    a.token_limit = 4000;
    fake_trail_run(t, &a);
    assert_int_equal(a.tokens.remaining, 700);
}

static void test_free_call_that_was_used_costs_no_money(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 200);

    open_free_call(t);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_true(s.anonymous);
    assert_int_equal(s.charge.credits, 0);
    assert_int_equal(fake_trail_rows(t, TABLE_LEDGER), 0);
    assert_int_equal(fake_trail_rows(t, TABLE_BOOK), 0);
    assert_true(fixture_clean(t));
}

static void test_free_call_that_was_used_stays_used(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 200);
    struct store_admit a = fixture_device(1, 2);

    open_free_call(t);
    fake_trail_run(t, &s);
    fake_trail_run(t, &a);
    assert_int_equal(a.refusal, REFUSE_FREE_TIER_USED);
}

static void test_free_call_that_cost_nothing_is_given_back(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 0, 0);
    struct store_admit a = fixture_device(1, 2), b = fixture_device(2, 3);

    open_free_call(t);
    s.free_of_charge = true;
    fake_trail_run(t, &s);
    fake_trail_run(t, &a);
    fake_trail_run(t, &b);
    assert_int_equal(a.refusal, REFUSE_NONE);
    assert_int_equal(b.refusal, REFUSE_NONE);
}

static void test_late_release_does_not_free_a_newer_call_of_the_device(
    void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_device(1, 2);
    struct store_settle s = fixture_settle(1, 0, 0);

    open_free_call(t);
    a.now += INT64_C(31) * 86400 * 1000000;
    fake_trail_run(t, &a);
    assert_int_equal(a.refusal, REFUSE_NONE);
    s.free_of_charge = true;
    fake_trail_run(t, &s);
    assert_int_equal(fake_trail_rows(t, TABLE_DEVICE), 3);
}

static void test_failure_of_any_call_leaves_no_half_settlement(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 200);

    open_call(t, 10);
    for (unsigned i = 0; fake_trail_rows(t, TABLE_DONE) == 0; i++) {
        fake_trail_fail_after(t, i);
        fake_trail_run(t, &s);
        fake_trail_fail_after(t, 100000);
        assert_true(fixture_clean(t));
    }
    assert_int_equal(fixture_look(t, 1).balance.posted, 9);
}

static void test_hold_larger_than_what_the_account_holds_fails_the_trail(
    void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 100, 200);
    struct row_hold hold;

    open_call(t, 10);
    row_hold_get(t, s.request, &hold);
    hold.amount = 5;
    fake_trail_begin(t);
    row_hold_put(t, s.request, &hold);
    fake_trail_commit(t);
    fake_trail_run(t, &s);
    assert_non_null(fake_trail_why(t));
    assert_int_equal(fixture_look(t, 1).balance.posted, 10);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_known_use_is_billed_exactly),
        FIXTURE_TEST(test_journal_entry_says_what_was_billed),
        FIXTURE_TEST(test_known_use_of_zero_costs_the_minimum),
        FIXTURE_TEST(test_unknown_use_is_marked_estimated),
        FIXTURE_TEST(test_unknown_use_never_costs_more_than_the_hold),
        FIXTURE_TEST(test_use_beyond_belief_is_unknown),
        FIXTURE_TEST(test_overrun_is_paid_from_what_is_available),
        FIXTURE_TEST(test_overrun_beyond_the_balance_is_our_loss),
        FIXTURE_TEST(test_overrun_does_not_touch_what_others_hold),
        FIXTURE_TEST(test_release_gives_the_hold_back_without_an_entry),
        FIXTURE_TEST(test_ended_hold_leaves_the_table_of_open_ones),
        FIXTURE_TEST(
            test_second_settlement_changes_nothing_and_reports_the_first),
        FIXTURE_TEST(test_settlement_after_a_release_charges_nothing),
        FIXTURE_TEST(test_settlement_without_a_hold_is_not_found),
        FIXTURE_TEST(test_suspended_account_still_pays),
        FIXTURE_TEST(test_tokens_are_counted_once),
        FIXTURE_TEST(test_tokens_are_counted_once_over_an_undone_batch),
        FIXTURE_TEST(test_free_call_that_was_used_costs_no_money),
        FIXTURE_TEST(test_free_call_that_was_used_stays_used),
        FIXTURE_TEST(test_free_call_that_cost_nothing_is_given_back),
        FIXTURE_TEST(
            test_late_release_does_not_free_a_newer_call_of_the_device),
        FIXTURE_TEST(test_failure_of_any_call_leaves_no_half_settlement),
        FIXTURE_TEST(
            test_hold_larger_than_what_the_account_holds_fails_the_trail),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
