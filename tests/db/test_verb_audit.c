/* An audit reports every broken invariant by its name, and nothing else, also
 * when the store changes between its slices. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_account.h"
#include "db/bdb/row_book.h"
#include "db/bdb/row_hold.h"
#include "db/bdb/row_ledger.h"
#include "fixture.h"
#include <string.h>

/* Two accounts: one with a settled, a released and an open call. */
static void fill(struct trail *t)
{
    fixture_account(t, 1, 100);
    fixture_account(t, 2, 50);
    for (unsigned i = 1; i <= 3; i++) {
        struct store_admit a = fixture_admit(1, i);

        assert_int_equal(fake_trail_run(t, &a), STORE_OK);
    }
    for (unsigned i = 1; i <= 2; i++) {
        struct store_settle s = fixture_settle(i, 100, 200);

        s.free_of_charge = i == 2;
        assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    }
    fake_trail_begin(t);
}

static struct ledger_entry entry_of(struct trail *t, unsigned n, uint64_t seq)
{
    struct ledger_entry e;
    uint8_t id[STORE_ID];

    fixture_id(n, id);
    assert_int_equal(row_ledger_get(t, id, seq, &e), TRAIL_FOUND);
    return e;
}

static void put_entry(struct trail *t, const struct ledger_entry *e)
{
    uint8_t place[ROW_LEDGER_PLACE];

    row_ledger_place(e->account, e->seq, place);
    row_put(t, &row_ledger, row_span(place, sizeof(place)), e);
}

static void delete_entry(struct trail *t, unsigned n, uint64_t seq)
{
    uint8_t place[ROW_LEDGER_PLACE], id[STORE_ID];

    fixture_id(n, id);
    row_ledger_place(id, seq, place);
    trail_delete(t, TABLE_LEDGER, row_span(place, sizeof(place)));
}

/* That an audit reports ${invariant}, in slices of any size. */
static void assert_breach(struct trail *t, const char *invariant)
{
    fake_trail_commit(t);
    for (uint32_t most = 1; most <= 64; most *= 4) {
        struct store_audit audit = fixture_audit(t, most);

        assert_true(audit.breaches > 0);
        assert_non_null(strstr(buf_terminate(&audit.report), invariant));
        buf_free(&audit.report);
    }
}

/* ... and nothing else. */
static void assert_only_breach(struct trail *t, const char *invariant)
{
    struct store_audit audit;

    assert_breach(t, invariant);
    audit = fixture_audit(t, 1000);
    assert_int_equal(audit.breaches, 1);
    buf_free(&audit.report);
}

static int set_up(void **state)
{
    *state = fake_trail_new();
    return 0;
}

static int tear_down(void **state)
{
    fake_trail_free(*state);
    return 0;
}

static void test_sound_store_has_no_breach(void **state)
{
    struct trail *t = *state;
    fill(t);
    assert_true(fixture_clean(t));
}

static void test_empty_store_has_no_breach(void **state)
{
    struct trail *t = *state;
    assert_true(fixture_clean(t));
}

static void test_audit_counts_what_it_saw(void **state)
{
    struct trail *t = *state;
    struct store_audit audit;

    fill(t);
    audit = fixture_audit(t, 1);
    assert_int_equal(audit.accounts, 2);
    assert_int_equal(audit.entries, 3);
    assert_int_equal(audit.holds, 1);
    assert_int_equal(audit.breaches, 0);
}

static void test_i1_balance_that_its_journal_does_not_give(void **state)
{
    struct trail *t = *state;
    struct store_account a;

    fill(t);
    a = fixture_look(t, 1);
    a.balance.posted++;
    row_account_put(t, &a);
    assert_breach(t, "I1 account 25000000000000000000000000000001");
}

static void test_i2_held_that_no_open_hold_explains(void **state)
{
    struct trail *t = *state;
    struct store_account a;

    fill(t);
    a = fixture_look(t, 1);
    a.balance.held++;
    row_account_put(t, &a);
    assert_only_breach(t, "I2 account 25000000000000000000000000000001");
}

static void test_i2_hold_of_an_account_that_does_not_exist(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(9, 9);
    struct row_hold hold = {.lease_until = FIXTURE_BOOT};

    fill(t);
    memset(hold.account, 9, STORE_ID);
    row_hold_put(t, a.request, &hold);
    assert_only_breach(t, "I2 request");
}

static void test_i3_more_held_than_owned(void **state)
{
    struct trail *t = *state;
    struct store_account a;

    fill(t);
    a = fixture_look(t, 2);
    a.balance.held = 51;
    row_account_put(t, &a);
    assert_breach(t, "I3 account");
}

static void test_i3_less_than_nothing_held(void **state)
{
    struct trail *t = *state;
    struct store_account a;

    fill(t);
    a = fixture_look(t, 2);
    a.balance.held = -1;
    row_account_put(t, &a);
    assert_breach(t, "I3 account");
}

static void test_i4_gap_in_the_journal(void **state)
{
    struct trail *t = *state;
    fill(t);
    delete_entry(t, 1, 1);
    assert_breach(t, "I4 account");
}

static void test_i4_missing_end_of_the_journal(void **state)
{
    struct trail *t = *state;
    fill(t);
    delete_entry(t, 1, 2);
    assert_breach(t, "I4 account");
}

static void test_i4_entry_behind_the_end_of_the_journal(void **state)
{
    struct trail *t = *state;
    struct ledger_entry e;

    fill(t);
    e = entry_of(t, 2, 1);
    e.seq = 2;
    put_entry(t, &e);
    assert_only_breach(t, "I4 account");
}

static void test_i4_entry_that_lies_in_the_wrong_place(void **state)
{
    struct trail *t = *state;
    struct ledger_entry e;
    uint8_t place[ROW_LEDGER_PLACE];

    fill(t);
    e = entry_of(t, 1, 2);
    row_ledger_place(e.account, 2, place);
    e.seq = 7;
    row_put(t, &row_ledger, row_span(place, sizeof(place)), &e);
    assert_breach(t, "I4 account");
}

static void test_i5_hold_that_is_open_and_has_ended(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(3, 0, 0);
    struct row_done done = {.ending = ENDING_RELEASED};

    fill(t);
    row_done_put(t, s.request, &done);
    assert_only_breach(t, "I5 request");
}

static void test_i5_bill_without_an_end(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 0, 0);

    fill(t);
    trail_delete(t, TABLE_DONE, row_span(s.request, STORE_ID));
    assert_only_breach(t, "I5 request");
}

static void test_i5_end_without_a_bill(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(77, 0, 0);
    struct row_done done = {.ending = ENDING_SETTLED, .seq = 1};

    fill(t);
    fixture_id(2, done.account);
    row_done_put(t, s.request, &done);
    assert_only_breach(t, "I5 request");
}

static void test_i5_release_that_names_a_bill(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(2, 0, 0);
    struct row_done done;

    fill(t);
    row_done_get(t, s.request, &done);
    done.seq = 1;
    row_done_put(t, s.request, &done);
    assert_only_breach(t, "I5 request");
}

static void test_i5_request_that_was_billed_twice(void **state)
{
    struct trail *t = *state;
    struct store_account a;
    struct ledger_entry e;
    const struct row_book change = {.revenue = 1};

    fill(t);
    a = fixture_look(t, 1);
    e = entry_of(t, 1, 2);
    a.balance.posted--;
    row_ledger_append(t, &a, &e);
    row_account_put(t, &a);
    row_book_add(t, a.id[0], &change);
    assert_only_breach(t, "I5 request");
}

static void test_i6_open_hold_of_a_dead_worker(void **state)
{
    struct trail *t = *state;
    fill(t);
    fake_trail_kill(t, 1);
    assert_only_breach(t, "I6 request");
}

static void test_i6_open_hold_long_after_its_lease(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(3, 0, 0);
    struct row_hold hold;

    fill(t);
    row_hold_get(t, s.request, &hold);
    hold.lease_until = FIXTURE_BOOT - 6;
    row_hold_put(t, s.request, &hold);
    assert_only_breach(t, "I6 request");
}

static void test_i7_book_that_does_not_sum_to_zero(void **state)
{
    struct trail *t = *state;
    const struct row_book change = {.grants = 1};

    fill(t);
    row_book_add(t, 37, &change);
    assert_only_breach(t, "I7 part 25");
}

static void test_i7_credits_of_an_account_that_vanished(void **state)
{
    struct trail *t = *state;
    struct store_account a;

    fill(t);
    a = fixture_look(t, 2);
    trail_delete(t, TABLE_ACCOUNT, row_span(a.id, STORE_ID));
    assert_only_breach(t, "I7 part 4a");
}

static void test_i12_entry_that_does_not_follow_from_the_one_before(
    void **state)
{
    struct trail *t = *state;
    struct ledger_entry first, e;

    fill(t);
    first = entry_of(t, 1, 1);
    e = entry_of(t, 1, 2);
    e.posted_after++;
    ledger_seal(trail_ledger_key(t), first.mac, &e);
    put_entry(t, &e);
    assert_only_breach(t, "I12 account");
}

static void test_i13_entry_changed_afterwards(void **state)
{
    struct trail *t = *state;
    struct ledger_entry e;

    fill(t);
    e = entry_of(t, 1, 2);
    e.tokens_out = 1;
    put_entry(t, &e);
    assert_only_breach(t, "I13 account");
}

static void test_i13_entry_that_is_not_chained_to_the_one_before(void **state)
{
    struct trail *t = *state;
    struct ledger_entry e;

    fill(t);
    e = entry_of(t, 1, 1);
    e.time++;
    ledger_seal(trail_ledger_key(t), (const uint8_t[MAC_SIZE]){0}, &e);
    put_entry(t, &e);
    assert_only_breach(t, "I13 account");
}

static void test_unreadable_row_is_reported_and_does_not_end_the_audit(
    void **state)
{
    struct trail *t = *state;
    struct span value;

    fill(t);
    fake_trail_row(t, TABLE_DONE, 0, &value);
    ((char *)(uintptr_t)value.p)[5] ^= 1;
    assert_breach(t, "ROW key");
}

static void test_unreadable_part_of_the_book_is_reported(void **state)
{
    struct trail *t = *state;
    struct span value;

    fill(t);
    fake_trail_row(t, TABLE_BOOK, 0, &value);
    ((char *)(uintptr_t)value.p)[5] ^= 1;
    assert_only_breach(t, "ROW key 25");
}

static void test_store_that_changes_between_slices_has_no_breach(void **state)
{
    struct trail *t = *state;
    struct store_audit audit = {
        .verb.kind = STORE_AUDIT, .boot = FIXTURE_BOOT, .most = 2};
    unsigned n = 100;

    fill(t);
    fake_trail_commit(t);
    while (!audit.done) {
        struct store_admit a = fixture_admit(1 + n % 2, n);
        struct store_settle s = fixture_settle(n++, 100, 200);

        fake_trail_run(t, &audit);
        fake_trail_run(t, &a);
        fake_trail_run(t, &audit);
        fake_trail_run(t, &s);
    }
    assert_true(n > 120);
    assert_int_equal(audit.breaches, 0);
    buf_free(&audit.cursor);
    buf_free(&audit.report);
}

static void test_undone_slice_is_done_again(void **state)
{
    struct trail *t = *state;
    struct store_audit audit = {
        .verb.kind = STORE_AUDIT, .boot = FIXTURE_BOOT, .most = 1};

    fill(t);
    fake_trail_commit(t);
    while (!audit.done) {
        fake_trail_fail_after(t, 2);
        fake_trail_run(t, &audit);
        fake_trail_fail_after(t, 100000);
        fake_trail_run(t, &audit);
    }
    assert_int_equal(audit.accounts, 2);
    assert_int_equal(audit.entries, 3);
    assert_int_equal(audit.breaches, 0);
    buf_free(&audit.cursor);
    buf_free(&audit.report);
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

    fill(t);
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
    assert_breach(t, "I5 request");
}

static void test_i5_correction_that_no_entry_tells(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(1, 0, 0);
    struct row_done done;

    fill(t);
    assert_int_equal(row_done_get(t, s.request, &done), TRAIL_FOUND);
    done.adjust_seq = done.seq;
    row_done_put(t, s.request, &done);
    assert_only_breach(t, "I5 request");
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

    fill(t);
    done = ended(t, 1);
    done.charge.credits++;
    done.charge.collected++;
    put_ended(t, 1, &done);
    assert_only_breach(t, "I11 request");
}

static void test_i11_loss_that_its_entry_does_not_say(void **state)
{
    struct trail *t = *state;
    struct row_done done;

    fill(t);
    done = ended(t, 1);
    done.charge.collected--;
    done.charge.uncollected++;
    put_ended(t, 1, &done);
    assert_only_breach(t, "I11 request");
}

static void test_i11_bill_that_is_not_the_price_of_what_was_used(void **state)
{
    struct trail *t = *state;
    struct row_done done;

    fill(t);
    done = ended(t, 1);
    done.price.tokens_per_credit = 1;
    put_ended(t, 1, &done);
    assert_only_breach(t, "I11 request");
}

static void test_i11_corrected_call_that_its_entries_do_not_give(void **state)
{
    struct trail *t = *state;
    struct row_done done;

    correct(t, &done);
    done.charge.credits++;
    done.charge.collected++;
    put_ended(t, 3, &done);
    assert_only_breach(t, "I11 request");
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
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_sound_store_has_no_breach, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_empty_store_has_no_breach, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_audit_counts_what_it_saw, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i1_balance_that_its_journal_does_not_give, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i2_held_that_no_open_hold_explains, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i2_hold_of_an_account_that_does_not_exist, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i3_more_held_than_owned, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i3_less_than_nothing_held, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i4_gap_in_the_journal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i4_missing_end_of_the_journal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i4_entry_behind_the_end_of_the_journal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i4_entry_that_lies_in_the_wrong_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i5_hold_that_is_open_and_has_ended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i5_bill_without_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i5_end_without_a_bill, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i5_release_that_names_a_bill, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i5_request_that_was_billed_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i6_open_hold_of_a_dead_worker, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i6_open_hold_long_after_its_lease, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i7_book_that_does_not_sum_to_zero, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i7_credits_of_an_account_that_vanished, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i12_entry_that_does_not_follow_from_the_one_before, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_i13_entry_changed_afterwards, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i13_entry_that_is_not_chained_to_the_one_before, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_unreadable_row_is_reported_and_does_not_end_the_audit, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_unreadable_part_of_the_book_is_reported, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_store_that_changes_between_slices_has_no_breach, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_undone_slice_is_done_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_corrected_call_is_no_breach, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i5_second_correction_of_a_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i5_correction_that_no_entry_tells, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i11_call_that_paid_more_than_its_entry_says, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_i11_loss_that_its_entry_does_not_say, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_i11_bill_that_is_not_the_price_of_what_was_used, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_i11_corrected_call_that_its_entries_do_not_give, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_call_found_free_by_a_late_settlement_is_no_breach, set_up,
            tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
