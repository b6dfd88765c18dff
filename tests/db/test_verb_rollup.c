/* What must hold: what is old is read, then folded, once, whatever fails on the
 * way; after it every invariant holds as before. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_hold.h"
#include "fixture.h"
#include "rollup_play.h"

static size_t lines_of(const struct store_rollup *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->lines.len; i++)
        n += r->lines.data[i] == '\n';
    return n;
}

/* ---- reading ---- */

static void test_slice_is_a_day_of_an_account(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 100);

    rollup_play_fill(t);
    rollup_play_read(t, &r);
    rollup_play_assert_slice(&r, 1, 1, 3);
    assert_int_equal(r.next.day, 20000 - 500);
    assert_int_equal(lines_of(&r), 3);
    assert_false(r.done);
    buf_free(&r.lines);
}

static void test_reading_changes_nothing(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 100);
    unsigned writes;

    rollup_play_fill(t);
    writes = fake_trail_writes(t);
    rollup_play_read(t, &r);
    assert_int_equal(fake_trail_writes(t), writes);
    buf_free(&r.lines);
}

static void test_reading_goes_on_without_folding(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 100);

    rollup_play_fill(t);
    rollup_play_read(t, &r);
    r.mark = r.next;
    rollup_play_read(t, &r);
    rollup_play_assert_slice(&r, 1, 4, 6);
    r.mark = r.next;
    rollup_play_read(t, &r);
    assert_int_equal(r.next.last, 0);
    assert_true(r.done);
    buf_free(&r.lines);
}

static void test_slice_has_no_more_than_it_may(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 2);

    rollup_play_fill(t);
    rollup_play_read(t, &r);
    assert_int_equal(r.next.first, 1);
    assert_true(r.next.last <= 2);
    buf_free(&r.lines);
}

static void test_empty_store_has_nothing_to_fold(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 100);

    rollup_play_read(t, &r);
    assert_true(r.done);
    assert_int_equal(r.next.last, 0);
}

static void test_line_reads_as_the_entry_that_it_was(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 1);
    struct ledger_entry e;

    rollup_play_fill(t);
    rollup_play_read(t, &r);
    assert_int_equal(
        store_entry_read((struct span){r.lines.data, r.lines.len - 1}, &e), 0);
    assert_int_equal(e.seq, 1);
    assert_int_equal(e.amount, 1000);
    assert_memory_equal(e.mac, rollup_play_row(t, 1, 1).sum.mac, MAC_SIZE);
    buf_free(&r.lines);
}

static void test_no_bit_of_a_line_can_change_unnoticed(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 1);
    const uint8_t zero[MAC_SIZE] = {0};
    struct ledger_entry e;

    rollup_play_fill(t);
    rollup_play_read(t, &r);
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

    rollup_play_fill(t);
    posted = fixture_look(t, 1).balance.posted;
    assert_int_equal(fixture_fold(t, -400, 100), 2);
    assert_int_equal(rollup_play_entries(t), 2);
    assert_int_equal(rollup_play_row(t, 1, 1).sum.seq, 3);
    assert_int_equal(rollup_play_row(t, 1, 4).sum.seq, 6);
    assert_int_equal(rollup_play_row(t, 1, 4).sum.posted_after, posted);
    assert_true(fixture_clean(t));
}

static void test_slices_of_a_day_make_one_row(void **state)
{
    struct trail *t = *state;
    struct rollup row;

    rollup_play_fill(t);
    assert_true(fixture_fold(t, -400, 2) > 2);
    assert_int_equal(rollup_play_entries(t), 2);
    row = rollup_play_row(t, 1, 4);
    assert_int_equal(row.sum.first, 4);
    assert_int_equal(row.sum.seq, 6);
    assert_int_equal(row.sum.amount, -6);
    assert_true(fixture_clean(t));
}

static void test_folding_twice_changes_nothing(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 100);
    unsigned writes;

    rollup_play_fill(t);
    rollup_play_read(t, &r);
    assert_int_equal(rollup_play_fold(t, &r), STORE_OK);
    writes = fake_trail_writes(t);
    assert_int_equal(rollup_play_fold(t, &r), STORE_OK);
    assert_int_equal(fake_trail_writes(t), writes);
    buf_free(&r.lines);
}

static void test_slice_that_was_not_folded_is_read_again(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 100),
                        again = rollup_play_of(-400, 100);

    rollup_play_fill(t);
    rollup_play_read(t, &r);
    rollup_play_read(t, &again); /* by whoever comes after the one that died */
    assert_memory_equal(&again.next, &r.next, sizeof(r.next));
    assert_int_equal(again.lines.len, r.lines.len);
    assert_memory_equal(again.lines.data, r.lines.data, r.lines.len);
    assert_int_equal(rollup_play_fold(t, &again), STORE_OK);
    assert_true(fixture_clean(t));
    buf_free(&r.lines);
    buf_free(&again.lines);
}

static void test_settlement_between_the_stages_does_no_harm(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 100);

    rollup_play_fill(t);
    rollup_play_read(t, &r);
    fixture_call(t, 1, 50, 0);
    assert_int_equal(rollup_play_fold(t, &r), STORE_OK);
    fixture_call(t, 1, 51, 0);
    assert_true(fixture_clean(t));
    buf_free(&r.lines);
}

static void test_journal_goes_on_behind_a_rollup(void **state)
{
    struct trail *t = *state;

    rollup_play_fill(t);
    fixture_fold(t, -400, 100);
    fixture_call(t, 1, 50, 0);
    assert_int_equal(rollup_play_row(t, 1, 7).sum.type, LEDGER_SETTLE);
    assert_true(fixture_clean(t));
}

static void test_every_account_is_folded(void **state)
{
    struct trail *t = *state;

    for (unsigned n = 1; n <= 20; n++) {
        rollup_play_grant(t, n, -500);
        fixture_call(t, n, n, -499);
        fixture_call(t, n, 100 + n, -1);
    }
    assert_int_equal(fixture_fold(t, -400, 1), 40);
    assert_int_equal(rollup_play_entries(t), 60);
    assert_int_equal(fixture_fold(t, -400, 1), 0);
    assert_true(fixture_clean(t));
}

static void test_many_rollups_are_passed_by(void **state)
{
    struct trail *t = *state;

    rollup_play_grant(t, 1, -500);
    for (unsigned i = 1; i <= 60; i++)
        fixture_call(t, 1, i, -500 + (int)i);
    assert_int_equal(fixture_fold(t, -470, 10), 30);
    assert_int_equal(fixture_fold(t, -450, 10), 20);
    assert_int_equal(fixture_fold(t, -400, 10), 11);
    assert_int_equal(rollup_play_entries(t), 61);
    assert_true(fixture_clean(t));
}

static void test_folding_forgets_how_the_holds_ended(void **state)
{
    struct trail *t = *state;
    int64_t purged;

    rollup_play_fill(t);
    assert_int_equal(fake_trail_rows(t, TABLE_DONE), 5);
    fixture_fold(t, -400, 100);
    assert_int_equal(fake_trail_rows(t, TABLE_DONE), 0);
    assert_int_equal(
        row_get(t, &row_purged, row_purged_key(), &purged), TRAIL_FOUND);
    assert_int_equal(purged, fixture_time(-499));
}

/* ---- failures ---- */

static void test_failure_of_any_call_leaves_no_half_fold(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 100);
    unsigned calls = 0;

    rollup_play_fill(t);
    rollup_play_read(t, &r);
    do {
        fake_trail_fail_after(t, calls);
        rollup_play_fold(t, &r);
        fake_trail_fail_after(t, 100000);
        assert_true(fixture_clean(t));
        calls++;
    } while (rollup_play_entries(t) == 6);
    assert_int_equal(rollup_play_entries(t), 4);
    assert_true(calls > 10);
    buf_free(&r.lines);
}

static void test_slice_that_could_not_be_read_is_read_again(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 100);

    rollup_play_fill(t);
    for (unsigned calls = 0; calls < 8; calls++) {
        fake_trail_fail_after(t, calls);
        fake_trail_run(t, &r);
        fake_trail_fail_after(t, 100000);
        rollup_play_read(t, &r);
        rollup_play_assert_slice(&r, 1, 1, 3);
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

    rollup_play_fill(t);
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

    rollup_play_fill(t);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_slice_is_a_day_of_an_account),
        FIXTURE_TEST(test_reading_changes_nothing),
        FIXTURE_TEST(test_reading_goes_on_without_folding),
        FIXTURE_TEST(test_slice_has_no_more_than_it_may),
        FIXTURE_TEST(test_empty_store_has_nothing_to_fold),
        FIXTURE_TEST(test_line_reads_as_the_entry_that_it_was),
        FIXTURE_TEST(test_no_bit_of_a_line_can_change_unnoticed),
        FIXTURE_TEST(test_folded_days_are_a_row_each),
        FIXTURE_TEST(test_slices_of_a_day_make_one_row),
        FIXTURE_TEST(test_folding_twice_changes_nothing),
        FIXTURE_TEST(test_slice_that_was_not_folded_is_read_again),
        FIXTURE_TEST(test_settlement_between_the_stages_does_no_harm),
        FIXTURE_TEST(test_journal_goes_on_behind_a_rollup),
        FIXTURE_TEST(test_every_account_is_folded),
        FIXTURE_TEST(test_many_rollups_are_passed_by),
        FIXTURE_TEST(test_folding_forgets_how_the_holds_ended),
        FIXTURE_TEST(test_failure_of_any_call_leaves_no_half_fold),
        FIXTURE_TEST(test_slice_that_could_not_be_read_is_read_again),
        FIXTURE_TEST(test_journal_shows_rollups_as_entries),
        FIXTURE_TEST(test_rollups_are_listed_without_entries),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
