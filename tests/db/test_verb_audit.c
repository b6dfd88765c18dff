/* An audit reports every broken invariant by its name, and nothing else, also
 * when the store changes between its slices. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "audit_play.h"
#include "db/bdb/row_account.h"
#include "db/bdb/row_book.h"
#include "db/bdb/row_hold.h"
#include "db/bdb/row_ledger.h"
#include "fixture.h"

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

static void test_sound_store_has_no_breach(void **state)
{
    struct trail *t = *state;
    audit_play_fill(t);
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

    audit_play_fill(t);
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

    audit_play_fill(t);
    a = fixture_look(t, 1);
    a.balance.posted++;
    row_account_put(t, &a);
    audit_play_assert_breach(t, "I1 account 25000000000000000000000000000001");
}

static void test_i2_held_that_no_open_hold_explains(void **state)
{
    struct trail *t = *state;
    struct store_account a;

    audit_play_fill(t);
    a = fixture_look(t, 1);
    a.balance.held++;
    row_account_put(t, &a);
    audit_play_assert_only_breach(
        t, "I2 account 25000000000000000000000000000001");
}

static void test_i2_hold_of_an_account_that_does_not_exist(void **state)
{
    struct trail *t = *state;
    struct store_admit a = fixture_admit(9, 9);
    struct row_hold hold = {.lease_until = FIXTURE_BOOT};

    audit_play_fill(t);
    memset(hold.account, 9, STORE_ID);
    row_hold_put(t, a.request, &hold);
    audit_play_assert_only_breach(t, "I2 request");
}

static void test_i3_more_held_than_owned(void **state)
{
    struct trail *t = *state;
    struct store_account a;

    audit_play_fill(t);
    a = fixture_look(t, 2);
    a.balance.held = 51;
    row_account_put(t, &a);
    audit_play_assert_breach(t, "I3 account");
}

static void test_i3_less_than_nothing_held(void **state)
{
    struct trail *t = *state;
    struct store_account a;

    audit_play_fill(t);
    a = fixture_look(t, 2);
    a.balance.held = -1;
    row_account_put(t, &a);
    audit_play_assert_breach(t, "I3 account");
}

static void test_i4_gap_in_the_journal(void **state)
{
    struct trail *t = *state;
    audit_play_fill(t);
    delete_entry(t, 1, 1);
    audit_play_assert_breach(t, "I4 account");
}

static void test_i4_missing_end_of_the_journal(void **state)
{
    struct trail *t = *state;
    audit_play_fill(t);
    delete_entry(t, 1, 2);
    audit_play_assert_breach(t, "I4 account");
}

static void test_i4_entry_behind_the_end_of_the_journal(void **state)
{
    struct trail *t = *state;
    struct ledger_entry e;

    audit_play_fill(t);
    e = audit_play_entry(t, 2, 1);
    e.seq = 2;
    put_entry(t, &e);
    audit_play_assert_only_breach(t, "I4 account");
}

static void test_i4_entry_that_lies_in_the_wrong_place(void **state)
{
    struct trail *t = *state;
    struct ledger_entry e;
    uint8_t place[ROW_LEDGER_PLACE];

    audit_play_fill(t);
    e = audit_play_entry(t, 1, 2);
    row_ledger_place(e.account, 2, place);
    e.seq = 7;
    row_put(t, &row_ledger, row_span(place, sizeof(place)), &e);
    audit_play_assert_breach(t, "I4 account");
}

static void test_i6_open_hold_of_a_dead_worker(void **state)
{
    struct trail *t = *state;
    audit_play_fill(t);
    fake_trail_kill(t, 1);
    audit_play_assert_only_breach(t, "I6 request");
}

static void test_i6_open_hold_long_after_its_lease(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(3, 0, 0);
    struct row_hold hold;

    audit_play_fill(t);
    row_hold_get(t, s.request, &hold);
    hold.lease_until = FIXTURE_BOOT - 6;
    row_hold_put(t, s.request, &hold);
    audit_play_assert_only_breach(t, "I6 request");
}

static void test_i7_book_that_does_not_sum_to_zero(void **state)
{
    struct trail *t = *state;
    const struct row_book change = {.grants = 1};

    audit_play_fill(t);
    row_book_add(t, 37, &change);
    audit_play_assert_only_breach(t, "I7 part 25");
}

static void test_i7_credits_of_an_account_that_vanished(void **state)
{
    struct trail *t = *state;
    struct store_account a;

    audit_play_fill(t);
    a = fixture_look(t, 2);
    trail_delete(t, TABLE_ACCOUNT, row_span(a.id, STORE_ID));
    audit_play_assert_only_breach(t, "I7 part 4a");
}

static void test_i12_entry_that_does_not_follow_from_the_one_before(
    void **state)
{
    struct trail *t = *state;
    struct ledger_entry first, e;

    audit_play_fill(t);
    first = audit_play_entry(t, 1, 1);
    e = audit_play_entry(t, 1, 2);
    e.posted_after++;
    ledger_seal(trail_ledger_key(t), first.mac, &e);
    put_entry(t, &e);
    audit_play_assert_only_breach(t, "I12 account");
}

static void test_i13_entry_changed_afterwards(void **state)
{
    struct trail *t = *state;
    struct ledger_entry e;

    audit_play_fill(t);
    e = audit_play_entry(t, 1, 2);
    e.tokens_out = 1;
    put_entry(t, &e);
    audit_play_assert_only_breach(t, "I13 account");
}

static void test_i13_entry_that_is_not_chained_to_the_one_before(void **state)
{
    struct trail *t = *state;
    struct ledger_entry e;

    audit_play_fill(t);
    e = audit_play_entry(t, 1, 1);
    e.time++;
    ledger_seal(trail_ledger_key(t), (const uint8_t[MAC_SIZE]){0}, &e);
    put_entry(t, &e);
    audit_play_assert_only_breach(t, "I13 account");
}

static void test_unreadable_row_is_reported_and_does_not_end_the_audit(
    void **state)
{
    struct trail *t = *state;
    struct span value;

    audit_play_fill(t);
    fake_trail_row(t, TABLE_DONE, 0, &value);
    ((char *)(uintptr_t)value.p)[5] ^= 1;
    audit_play_assert_breach(t, "ROW key");
}

static void test_unreadable_part_of_the_book_is_reported(void **state)
{
    struct trail *t = *state;
    struct span value;

    audit_play_fill(t);
    fake_trail_row(t, TABLE_BOOK, 0, &value);
    ((char *)(uintptr_t)value.p)[5] ^= 1;
    audit_play_assert_only_breach(t, "ROW key 25");
}

static void test_store_that_changes_between_slices_has_no_breach(void **state)
{
    struct trail *t = *state;
    struct store_audit audit = {
        .verb.kind = STORE_AUDIT, .boot = FIXTURE_BOOT, .most = 2};
    unsigned n = 100;

    audit_play_fill(t);
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

    audit_play_fill(t);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_sound_store_has_no_breach),
        FIXTURE_TEST(test_empty_store_has_no_breach),
        FIXTURE_TEST(test_audit_counts_what_it_saw),
        FIXTURE_TEST(test_i1_balance_that_its_journal_does_not_give),
        FIXTURE_TEST(test_i2_held_that_no_open_hold_explains),
        FIXTURE_TEST(test_i2_hold_of_an_account_that_does_not_exist),
        FIXTURE_TEST(test_i3_more_held_than_owned),
        FIXTURE_TEST(test_i3_less_than_nothing_held),
        FIXTURE_TEST(test_i4_gap_in_the_journal),
        FIXTURE_TEST(test_i4_missing_end_of_the_journal),
        FIXTURE_TEST(test_i4_entry_behind_the_end_of_the_journal),
        FIXTURE_TEST(test_i4_entry_that_lies_in_the_wrong_place),
        FIXTURE_TEST(test_i6_open_hold_of_a_dead_worker),
        FIXTURE_TEST(test_i6_open_hold_long_after_its_lease),
        FIXTURE_TEST(test_i7_book_that_does_not_sum_to_zero),
        FIXTURE_TEST(test_i7_credits_of_an_account_that_vanished),
        FIXTURE_TEST(test_i12_entry_that_does_not_follow_from_the_one_before),
        FIXTURE_TEST(test_i13_entry_changed_afterwards),
        FIXTURE_TEST(test_i13_entry_that_is_not_chained_to_the_one_before),
        FIXTURE_TEST(
            test_unreadable_row_is_reported_and_does_not_end_the_audit),
        FIXTURE_TEST(test_unreadable_part_of_the_book_is_reported),
        FIXTURE_TEST(test_store_that_changes_between_slices_has_no_breach),
        FIXTURE_TEST(test_undone_slice_is_done_again),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
