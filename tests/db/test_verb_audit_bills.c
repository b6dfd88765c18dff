/* An audit compares how calls ended with their bills, corrections included:
 * each call has one, of its price, and a late settlement breaks nothing. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit_play.h"
#include "db/bdb/row_account.h"
#include "db/bdb/row_book.h"
#include "db/bdb/row_hold.h"
#include "db/bdb/row_ledger.h"
#include "fixture.h"

static void test_i5_hold_that_is_open_and_has_ended(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(3, 0, 0);
    struct row_done done = {.ending = ENDING_RELEASED};

    audit_play_fill(t);
    row_done_put(t, s.request, &done);
    audit_play_assert_only_breach(t, "I5 request");
}

static void test_i5_bill_without_an_end(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 0, 0);

    audit_play_fill(t);
    trail_delete(t, TABLE_DONE, row_span(s.request, STORE_ID));
    audit_play_assert_only_breach(t, "I5 request");
}

static void test_i5_end_without_a_bill(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(77, 0, 0);
    struct row_done done = {.ending = ENDING_SETTLED, .seq = 1};

    audit_play_fill(t);
    fixture_id(2, done.account);
    row_done_put(t, s.request, &done);
    audit_play_assert_only_breach(t, "I5 request");
}

static void test_i5_release_that_names_a_bill(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(2, 0, 0);
    struct row_done done;

    audit_play_fill(t);
    row_done_get(t, s.request, &done);
    done.seq = 1;
    row_done_put(t, s.request, &done);
    audit_play_assert_only_breach(t, "I5 request");
}

static void test_i5_request_that_was_billed_twice(void **state)
{
    struct trail *t = *state;
    struct store_account a;
    struct ledger_entry e;
    const struct row_book change = {.revenue = 1};

    audit_play_fill(t);
    a = fixture_look(t, 1);
    e = audit_play_entry(t, 1, 2);
    a.balance.posted--;
    row_ledger_append(t, &a, &e);
    row_account_put(t, &a);
    row_book_add(t, a.id[0], &change);
    audit_play_assert_only_breach(t, "I5 request");
}

/* The call 3 expires, with a bill. */
static void expire(struct trail *t)
{
    struct store_settle s = fixture_settle(3, 0, 0);
    struct row_hold hold;
    struct store_reap reap = {.verb.kind = STORE_REAP,
        .now = FIXTURE_NOW,
        .boot = FIXTURE_BOOT,
        .most = 10};

    audit_play_fill(t);
    row_hold_get(t, s.request, &hold);
    hold.accepted = true;
    row_hold_put(t, s.request, &hold);
    fake_trail_commit(t);
    fake_trail_kill(t, 1);
    fake_trail_become(t, 1, 2);
    fake_trail_run(t, &reap);
}

/* And is corrected by a late settlement. */
static void correct(struct trail *t, struct row_done *done)
{
    struct store_settle s = fixture_settle(3, 100, 2000);

    expire(t);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_int_equal(row_done_get(t, s.request, done), TRAIL_FOUND);
    assert_int_not_equal(done->adjust_seq, 0);
}

static void test_corrected_call_is_no_breach(void **state)
{
    struct trail *t = *state;
    struct row_done done;

    correct(t, &done);
    assert_true(fixture_clean(t));
}

static void test_i5_second_correction_of_a_call(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(3, 0, 0);
    struct row_done done;

    correct(t, &done);
    done.adjust_seq = 0;
    row_done_put(t, s.request, &done);
    audit_play_assert_breach(t, "I5 request");
}

static void test_i5_correction_that_no_entry_tells(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 0, 0);
    struct row_done done;

    audit_play_fill(t);
    assert_int_equal(row_done_get(t, s.request, &done), TRAIL_FOUND);
    done.adjust_seq = done.seq;
    row_done_put(t, s.request, &done);
    audit_play_assert_only_breach(t, "I5 request");
}

/* How the call ${n} ended, to be spoilt. */
static struct row_done ended(struct trail *t, unsigned n)
{
    struct store_settle s = fixture_settle(n, 0, 0);
    struct row_done done;

    assert_int_equal(row_done_get(t, s.request, &done), TRAIL_FOUND);
    return done;
}

static void put_ended(struct trail *t, unsigned n, const struct row_done *done)
{
    struct store_settle s = fixture_settle(n, 0, 0);

    row_done_put(t, s.request, done);
}

static void test_i11_call_that_paid_more_than_its_entry_says(void **state)
{
    struct trail *t = *state;
    struct row_done done;

    audit_play_fill(t);
    done = ended(t, 1);
    done.charge.credits++;
    done.charge.collected++;
    put_ended(t, 1, &done);
    audit_play_assert_only_breach(t, "I11 request");
}

static void test_i11_loss_that_its_entry_does_not_say(void **state)
{
    struct trail *t = *state;
    struct row_done done;

    audit_play_fill(t);
    done = ended(t, 1);
    done.charge.collected--;
    done.charge.uncollected++;
    put_ended(t, 1, &done);
    audit_play_assert_only_breach(t, "I11 request");
}

static void test_i11_bill_that_is_not_the_price_of_what_was_used(void **state)
{
    struct trail *t = *state;
    struct row_done done;

    audit_play_fill(t);
    done = ended(t, 1);
    done.price.tokens_per_credit = 1;
    put_ended(t, 1, &done);
    audit_play_assert_only_breach(t, "I11 request");
}

static void test_i11_corrected_call_that_its_entries_do_not_give(void **state)
{
    struct trail *t = *state;
    struct row_done done;

    correct(t, &done);
    done.charge.credits++;
    done.charge.collected++;
    put_ended(t, 3, &done);
    audit_play_assert_only_breach(t, "I11 request");
}

static void test_call_found_free_by_a_late_settlement_is_no_breach(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(3, 100, 2000);

    expire(t);
    s.free_of_charge = true;
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_true(fixture_clean(t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_i5_hold_that_is_open_and_has_ended),
        FIXTURE_TEST(test_i5_bill_without_an_end),
        FIXTURE_TEST(test_i5_end_without_a_bill),
        FIXTURE_TEST(test_i5_release_that_names_a_bill),
        FIXTURE_TEST(test_i5_request_that_was_billed_twice),
        FIXTURE_TEST(test_corrected_call_is_no_breach),
        FIXTURE_TEST(test_i5_second_correction_of_a_call),
        FIXTURE_TEST(test_i5_correction_that_no_entry_tells),
        FIXTURE_TEST(test_i11_call_that_paid_more_than_its_entry_says),
        FIXTURE_TEST(test_i11_loss_that_its_entry_does_not_say),
        FIXTURE_TEST(test_i11_bill_that_is_not_the_price_of_what_was_used),
        FIXTURE_TEST(test_i11_corrected_call_that_its_entries_do_not_give),
        FIXTURE_TEST(test_call_found_free_by_a_late_settlement_is_no_breach),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
