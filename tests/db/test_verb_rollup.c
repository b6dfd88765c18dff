/* What must hold: only what was read and is old enough is folded, once, and
 * after it every invariant holds as before. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "db/bdb/row_hold.h"
#include "db/bdb/row_ledger.h"
#include "fixture.h"

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

/* ---- acting ---- */

static void grant_on(struct trail *t, unsigned n, int day)
{
    struct store_grant g = fixture_grant(n, 1000, "old");

    g.now = fixture_time(day);
    fixture_account(t, n, 0);
    assert_int_equal(fake_trail_run(t, &g), STORE_OK);
}

/* Account 1: a grant and two calls on day -500, three calls on day -499. */
static void fill(struct trail *t)
{
    grant_on(t, 1, -500);
    for (unsigned i = 1; i <= 5; i++)
        fixture_call(t, 1, i, i <= 2 ? -500 : -499);
}

static struct store_rollup rollup(int before, uint32_t most)
{
    return (struct store_rollup){.verb.kind = STORE_ROLLUP,
        .now = FIXTURE_NOW,
        .before = fixture_time(before),
        .most = most};
}

static void read_slice(struct trail *t, struct store_rollup *r)
{
    r->fold = false;
    assert_int_equal(fake_trail_run(t, r), STORE_OK);
}

static enum store_status fold_slice(struct trail *t, struct store_rollup *r)
{
    r->fold = true;
    return fake_trail_run(t, r);
}

static void assert_slice(
    const struct store_rollup *r, unsigned n, uint64_t first, uint64_t last)
{
    uint8_t id[STORE_ID];

    fixture_id(n, id);
    assert_memory_equal(r->next.account, id, STORE_ID);
    assert_int_equal(r->next.first, first);
    assert_int_equal(r->next.last, last);
}

static size_t lines_of(const struct store_rollup *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->lines.len; i++)
        n += r->lines.data[i] == '\n';
    return n;
}

static struct rollup row_at(struct trail *t, unsigned n, uint64_t seq)
{
    struct rollup row;
    uint8_t id[STORE_ID];

    fixture_id(n, id);
    assert_int_equal(row_ledger_at(t, id, seq, &row), TRAIL_FOUND);
    return row;
}

static size_t entries(struct trail *t)
{
    return fake_trail_rows(t, TABLE_LEDGER);
}

/* ---- reading ---- */

static void test_slice_is_a_day_of_an_account(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 100);

    fill(t);
    read_slice(t, &r);
    assert_slice(&r, 1, 1, 3);
    assert_int_equal(r.next.day, 20000 - 500);
    assert_int_equal(lines_of(&r), 3);
    assert_false(r.done);
    buf_free(&r.lines);
}

static void test_reading_changes_nothing(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 100);
    unsigned writes;

    fill(t);
    writes = fake_trail_writes(t);
    read_slice(t, &r);
    assert_int_equal(fake_trail_writes(t), writes);
    buf_free(&r.lines);
}

static void test_reading_goes_on_without_folding(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 100);

    fill(t);
    read_slice(t, &r);
    r.mark = r.next;
    read_slice(t, &r);
    assert_slice(&r, 1, 4, 6);
    r.mark = r.next;
    read_slice(t, &r);
    assert_int_equal(r.next.last, 0);
    assert_true(r.done);
    buf_free(&r.lines);
}

static void test_slice_has_no_more_than_it_may(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 2);

    fill(t);
    read_slice(t, &r);
    assert_int_equal(r.next.first, 1);
    assert_true(r.next.last <= 2);
    buf_free(&r.lines);
}

static void test_empty_store_has_nothing_to_fold(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 100);

    read_slice(t, &r);
    assert_true(r.done);
    assert_int_equal(r.next.last, 0);
}

static void test_line_reads_as_the_entry_that_it_was(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 1);
    struct ledger_entry e;

    fill(t);
    read_slice(t, &r);
    assert_int_equal(
        store_entry_read((struct span){r.lines.data, r.lines.len - 1}, &e), 0);
    assert_int_equal(e.seq, 1);
    assert_int_equal(e.amount, 1000);
    assert_memory_equal(e.mac, row_at(t, 1, 1).sum.mac, MAC_SIZE);
    buf_free(&r.lines);
}

static void test_no_bit_of_a_line_can_change_unnoticed(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 1);
    const uint8_t zero[MAC_SIZE] = {0};
    struct ledger_entry e;

    fill(t);
    read_slice(t, &r);
    for (size_t bit = 0; bit < 8 * (r.lines.len - 1); bit++) {
        r.lines.data[bit / 8] ^= (char)(1 << bit % 8);
        if (store_entry_read(
                (struct span){r.lines.data, r.lines.len - 1}, &e) == 0)
            assert_false(ledger_verify(trail_ledger_key(t), zero, &e));
        r.lines.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    buf_free(&r.lines);
}

/* ---- folding ---- */

static void test_folded_days_are_a_row_each(void **state)
{
    struct trail *t = *state;
    int64_t posted;

    fill(t);
    posted = fixture_look(t, 1).balance.posted;
    assert_int_equal(fixture_fold(t, -400, 100), 2);
    assert_int_equal(entries(t), 2);
    assert_int_equal(row_at(t, 1, 1).sum.seq, 3);
    assert_int_equal(row_at(t, 1, 4).sum.seq, 6);
    assert_int_equal(row_at(t, 1, 4).sum.posted_after, posted);
    assert_true(fixture_clean(t));
}

static void test_slices_of_a_day_make_one_row(void **state)
{
    struct trail *t = *state;
    struct rollup row;

    fill(t);
    assert_true(fixture_fold(t, -400, 2) > 2);
    assert_int_equal(entries(t), 2);
    row = row_at(t, 1, 4);
    assert_int_equal(row.sum.first, 4);
    assert_int_equal(row.sum.seq, 6);
    assert_int_equal(row.sum.amount, -6);
    assert_true(fixture_clean(t));
}

static void test_folding_twice_changes_nothing(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 100);
    unsigned writes;

    fill(t);
    read_slice(t, &r);
    assert_int_equal(fold_slice(t, &r), STORE_OK);
    writes = fake_trail_writes(t);
    assert_int_equal(fold_slice(t, &r), STORE_OK);
    assert_int_equal(fake_trail_writes(t), writes);
    buf_free(&r.lines);
}

static void test_slice_that_was_not_folded_is_read_again(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 100), again = rollup(-400, 100);

    fill(t);
    read_slice(t, &r);
    read_slice(t, &again); /* by whoever comes after the one that died */
    assert_memory_equal(&again.next, &r.next, sizeof(r.next));
    assert_int_equal(again.lines.len, r.lines.len);
    assert_memory_equal(again.lines.data, r.lines.data, r.lines.len);
    assert_int_equal(fold_slice(t, &again), STORE_OK);
    assert_true(fixture_clean(t));
    buf_free(&r.lines);
    buf_free(&again.lines);
}

static void test_settlement_between_the_stages_does_no_harm(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 100);

    fill(t);
    read_slice(t, &r);
    fixture_call(t, 1, 50, 0);
    assert_int_equal(fold_slice(t, &r), STORE_OK);
    fixture_call(t, 1, 51, 0);
    assert_true(fixture_clean(t));
    buf_free(&r.lines);
}

static void test_journal_goes_on_behind_a_rollup(void **state)
{
    struct trail *t = *state;

    fill(t);
    fixture_fold(t, -400, 100);
    fixture_call(t, 1, 50, 0);
    assert_int_equal(row_at(t, 1, 7).sum.type, LEDGER_SETTLE);
    assert_true(fixture_clean(t));
}

static void test_every_account_is_folded(void **state)
{
    struct trail *t = *state;

    for (unsigned n = 1; n <= 20; n++) {
        grant_on(t, n, -500);
        fixture_call(t, n, n, -499);
        fixture_call(t, n, 100 + n, -1);
    }
    assert_int_equal(fixture_fold(t, -400, 1), 40);
    assert_int_equal(entries(t), 60);
    assert_int_equal(fixture_fold(t, -400, 1), 0);
    assert_true(fixture_clean(t));
}

static void test_many_rollups_are_passed_by(void **state)
{
    struct trail *t = *state;

    grant_on(t, 1, -500);
    for (unsigned i = 1; i <= 60; i++)
        fixture_call(t, 1, i, -500 + (int)i);
    assert_int_equal(fixture_fold(t, -470, 10), 30);
    assert_int_equal(fixture_fold(t, -450, 10), 20);
    assert_int_equal(fixture_fold(t, -400, 10), 11);
    assert_int_equal(entries(t), 61);
    assert_true(fixture_clean(t));
}

static void test_folding_forgets_how_the_holds_ended(void **state)
{
    struct trail *t = *state;
    int64_t purged;

    fill(t);
    assert_int_equal(fake_trail_rows(t, TABLE_DONE), 5);
    fixture_fold(t, -400, 100);
    assert_int_equal(fake_trail_rows(t, TABLE_DONE), 0);
    assert_int_equal(
        row_get(t, &row_purged, row_purged_key(), &purged), TRAIL_FOUND);
    assert_int_equal(purged, fixture_time(-499));
}

/* ---- what is not folded ---- */

static void test_young_days_stay_whatever_is_asked(void **state)
{
    struct trail *t = *state;

    grant_on(t, 1, -9);
    fixture_call(t, 1, 1, -8);
    assert_int_equal(fixture_fold(t, 0, 100), 1);
    assert_int_equal(row_at(t, 1, 1).sum.type, LEDGER_ROLLUP);
    assert_int_equal(row_at(t, 1, 2).sum.type, LEDGER_SETTLE);
}

static void test_young_entry_is_not_folded_by_name(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(0, 100);
    struct rollup row;
    unsigned writes;

    grant_on(t, 1, -8);
    row = row_at(t, 1, 1);
    fixture_id(1, r.next.account);
    r.next.first = r.next.last = 1;
    r.next.day = 20000 - 8;
    memcpy(r.next.mac, row.sum.mac, MAC_SIZE);
    writes = fake_trail_writes(t);
    assert_int_equal(fold_slice(t, &r), STORE_REFUSED);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_clock_in_1970_folds_nothing(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 100);

    fill(t);
    r.now = 0;
    read_slice(t, &r);
    assert_true(r.done);
    assert_int_equal(r.next.last, 0);
}

static void test_entry_of_a_clock_in_1970_stays_in_its_place(void **state)
{
    struct trail *t = *state;

    grant_on(t, 1, -500);
    fixture_call(t, 1, 1, -20000);
    fixture_call(t, 1, 2, -500);
    fixture_call(t, 1, 3, -1);
    fixture_call(t, 1, 4, -20000);
    assert_int_equal(fixture_fold(t, -400, 100), 1);
    assert_int_equal(row_at(t, 1, 1).sum.seq, 3);
    assert_int_equal(row_at(t, 1, 5).sum.type, LEDGER_SETTLE);
    assert_true(fixture_clean(t));
}

static void test_clock_that_was_set_back_makes_no_second_row(void **state)
{
    struct trail *t = *state;

    grant_on(t, 1, -450);
    fixture_call(t, 1, 1, -451);
    fixture_call(t, 1, 2, -450);
    fixture_fold(t, -400, 1);
    assert_int_equal(entries(t), 1);
    assert_true(fixture_clean(t));
}

static void test_entry_of_the_future_keeps_those_behind_it(void **state)
{
    struct trail *t = *state;

    grant_on(t, 1, -500);
    fixture_call(t, 1, 1, 500);
    fixture_call(t, 1, 2, -450);
    assert_int_equal(fixture_fold(t, -400, 100), 1);
    assert_int_equal(entries(t), 3);
}

static void test_bill_that_a_settlement_may_yet_correct_stays(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(2, 0, 0);
    struct row_done done;

    fill(t);
    assert_int_equal(row_done_get(t, s.request, &done), TRAIL_FOUND);
    done.time = fixture_time(-6);
    row_done_put(t, s.request, &done);
    fake_trail_commit(t);
    assert_int_equal(fixture_fold(t, -400, 100), 1);
    assert_int_equal(row_at(t, 1, 1).sum.seq, 2);
    assert_int_equal(row_at(t, 1, 3).sum.type, LEDGER_SETTLE);
    assert_int_equal(row_done_get(t, s.request, &done), TRAIL_FOUND);
}

/* ---- what is refused ---- */

static void assert_fold_refused(struct trail *t, struct store_rollup *r)
{
    unsigned writes = fake_trail_writes(t);

    assert_int_equal(fold_slice(t, r), STORE_REFUSED);
    assert_int_equal(fake_trail_writes(t), writes);
    assert_true(r->why[0] != 0);
    buf_free(&r->lines);
}

static void test_other_mac_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 100);

    fill(t);
    read_slice(t, &r);
    r.next.mac[31] ^= 1;
    assert_fold_refused(t, &r);
}

static void test_slice_over_two_days_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 100);

    fill(t);
    read_slice(t, &r);
    r.next.last = 6;
    memcpy(r.next.mac, row_at(t, 1, 6).sum.mac, MAC_SIZE);
    assert_fold_refused(t, &r);
}

static void test_slice_behind_unfolded_entries_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 100);

    fill(t);
    read_slice(t, &r);
    r.mark = r.next;
    read_slice(t, &r);
    assert_fold_refused(t, &r);
}

static void test_slice_that_is_no_longer_there_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 100);

    fill(t);
    read_slice(t, &r);
    r.next.account[5] ^= 1;
    assert_fold_refused(t, &r);
}

static void test_entry_that_was_changed_is_told_and_left(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 100);
    struct rollup row;

    fill(t);
    grant_on(t, 2, -500);
    row = row_at(t, 1, 2);
    row.sum.tokens_in++;
    row_ledger_put(t, &row);
    fake_trail_commit(t);
    assert_int_equal(fake_trail_run(t, &r), STORE_REFUSED);
    assert_non_null(strstr(r.why, "entry 2 of account 25"));
    assert_int_equal(r.next.last, 0);
    r.mark = r.next;
    read_slice(t, &r);
    assert_slice(&r, 2, 1, 1);
    buf_free(&r.lines);
}

static void test_rollup_that_was_changed_is_not_extended(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 2);
    struct rollup row;

    fill(t);
    read_slice(t, &r);
    assert_int_equal(fold_slice(t, &r), STORE_OK);
    row = row_at(t, 1, 1);
    row.part[0].tokens_in++;
    row_ledger_put(t, &row);
    fake_trail_commit(t);
    r.fold = false;
    r.mark = r.next;
    assert_int_equal(fake_trail_run(t, &r), STORE_REFUSED);
    assert_non_null(strstr(r.why, "roll-up"));
    buf_free(&r.lines);
}

/* ---- failures ---- */

static void test_failure_of_any_call_leaves_no_half_fold(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 100);
    unsigned calls = 0;

    fill(t);
    read_slice(t, &r);
    do {
        fake_trail_fail_after(t, calls);
        fold_slice(t, &r);
        fake_trail_fail_after(t, 100000);
        assert_true(fixture_clean(t));
        calls++;
    } while (entries(t) == 6);
    assert_int_equal(entries(t), 4);
    assert_true(calls > 10);
    buf_free(&r.lines);
}

static void test_slice_that_could_not_be_read_is_read_again(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup(-400, 100);

    fill(t);
    for (unsigned calls = 0; calls < 8; calls++) {
        fake_trail_fail_after(t, calls);
        fake_trail_run(t, &r);
        fake_trail_fail_after(t, 100000);
        read_slice(t, &r);
        assert_slice(&r, 1, 1, 3);
        assert_int_equal(lines_of(&r), 3);
    }
    buf_free(&r.lines);
}

/* ---- the journal as others see it ---- */

static void test_journal_shows_rollups_as_entries(void **state)
{
    struct trail *t = *state;
    struct ledger_entry rows[8];
    struct store_ledger l = {.verb.kind = STORE_LEDGER, .rows = rows, .max = 8};

    fill(t);
    fixture_call(t, 1, 9, 0);
    fixture_fold(t, -400, 100);
    fixture_id(1, l.account);
    assert_int_equal(fake_trail_run(t, &l), STORE_OK);
    assert_int_equal(l.count, 3);
    assert_int_equal(rows[0].type, LEDGER_ROLLUP);
    assert_int_equal(rows[0].first, 1);
    assert_int_equal(rows[0].seq, 3);
    assert_int_equal(rows[0].amount, 996);
    assert_int_equal(rows[1].amount, -6);
    assert_int_equal(rows[2].seq, 7);
}

static void test_rollups_are_listed_without_entries(void **state)
{
    struct trail *t = *state;
    struct rollup rows[1];
    struct store_ledger l = {
        .verb.kind = STORE_LEDGER, .rollups = rows, .max = 1};

    fill(t);
    fixture_call(t, 1, 9, 0);
    fixture_fold(t, -400, 100);
    fixture_id(1, l.account);
    fake_trail_run(t, &l);
    assert_int_equal(rows[0].sum.seq, 3);
    assert_true(l.more);
    fake_trail_run(t, &l);
    assert_int_equal(rows[0].sum.seq, 6);
    fake_trail_run(t, &l);
    assert_int_equal(l.count, 0);
    assert_false(l.more);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_slice_is_a_day_of_an_account),
        TEST(test_reading_changes_nothing),
        TEST(test_reading_goes_on_without_folding),
        TEST(test_slice_has_no_more_than_it_may),
        TEST(test_empty_store_has_nothing_to_fold),
        TEST(test_line_reads_as_the_entry_that_it_was),
        TEST(test_no_bit_of_a_line_can_change_unnoticed),
        TEST(test_folded_days_are_a_row_each),
        TEST(test_slices_of_a_day_make_one_row),
        TEST(test_folding_twice_changes_nothing),
        TEST(test_slice_that_was_not_folded_is_read_again),
        TEST(test_settlement_between_the_stages_does_no_harm),
        TEST(test_journal_goes_on_behind_a_rollup),
        TEST(test_every_account_is_folded),
        TEST(test_many_rollups_are_passed_by),
        TEST(test_folding_forgets_how_the_holds_ended),
        TEST(test_young_days_stay_whatever_is_asked),
        TEST(test_young_entry_is_not_folded_by_name),
        TEST(test_clock_in_1970_folds_nothing),
        TEST(test_entry_of_a_clock_in_1970_stays_in_its_place),
        TEST(test_clock_that_was_set_back_makes_no_second_row),
        TEST(test_entry_of_the_future_keeps_those_behind_it),
        TEST(test_bill_that_a_settlement_may_yet_correct_stays),
        TEST(test_other_mac_is_refused),
        TEST(test_slice_over_two_days_is_refused),
        TEST(test_slice_behind_unfolded_entries_is_refused),
        TEST(test_slice_that_is_no_longer_there_is_refused),
        TEST(test_entry_that_was_changed_is_told_and_left),
        TEST(test_rollup_that_was_changed_is_not_extended),
        TEST(test_failure_of_any_call_leaves_no_half_fold),
        TEST(test_slice_that_could_not_be_read_is_read_again),
        TEST(test_journal_shows_rollups_as_entries),
        TEST(test_rollups_are_listed_without_entries),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
