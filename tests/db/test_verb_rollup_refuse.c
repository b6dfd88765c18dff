/* What must hold: nothing is folded that is young, may yet be corrected, was
 * changed or is not what was read. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "db/bdb/row_hold.h"
#include "db/bdb/row_ledger.h"
#include "fixture.h"
#include "rollup_play.h"

/* ---- what is not folded ---- */

static void test_young_days_stay_whatever_is_asked(void **state)
{
    struct trail *t = *state;

    rollup_play_grant(t, 1, -9);
    fixture_call(t, 1, 1, -8);
    assert_int_equal(fixture_fold(t, 0, 100), 1);
    assert_int_equal(rollup_play_row(t, 1, 1).sum.type, LEDGER_ROLLUP);
    assert_int_equal(rollup_play_row(t, 1, 2).sum.type, LEDGER_SETTLE);
}

static void test_young_entry_is_not_folded_by_name(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(0, 100);
    struct rollup row;
    unsigned writes;

    rollup_play_grant(t, 1, -8);
    row = rollup_play_row(t, 1, 1);
    fixture_id(1, r.next.account);
    r.next.first = r.next.last = 1;
    r.next.day = 20000 - 8;
    memcpy(r.next.mac, row.sum.mac, MAC_SIZE);
    writes = fake_trail_writes(t);
    assert_int_equal(rollup_play_fold(t, &r), STORE_REFUSED);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_clock_in_1970_folds_nothing(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 100);

    rollup_play_fill(t);
    r.now = 0;
    rollup_play_read(t, &r);
    assert_true(r.done);
    assert_int_equal(r.next.last, 0);
}

static void test_entry_of_a_clock_in_1970_stays_in_its_place(void **state)
{
    struct trail *t = *state;

    rollup_play_grant(t, 1, -500);
    fixture_call(t, 1, 1, -20000);
    fixture_call(t, 1, 2, -500);
    fixture_call(t, 1, 3, -1);
    fixture_call(t, 1, 4, -20000);
    assert_int_equal(fixture_fold(t, -400, 100), 1);
    assert_int_equal(rollup_play_row(t, 1, 1).sum.seq, 3);
    assert_int_equal(rollup_play_row(t, 1, 5).sum.type, LEDGER_SETTLE);
    assert_true(fixture_clean(t));
}

static void test_clock_that_was_set_back_makes_no_second_row(void **state)
{
    struct trail *t = *state;

    rollup_play_grant(t, 1, -450);
    fixture_call(t, 1, 1, -451);
    fixture_call(t, 1, 2, -450);
    fixture_fold(t, -400, 1);
    assert_int_equal(rollup_play_entries(t), 1);
    assert_true(fixture_clean(t));
}

static void test_entry_of_the_future_keeps_those_behind_it(void **state)
{
    struct trail *t = *state;

    rollup_play_grant(t, 1, -500);
    fixture_call(t, 1, 1, 500);
    fixture_call(t, 1, 2, -450);
    assert_int_equal(fixture_fold(t, -400, 100), 1);
    assert_int_equal(rollup_play_entries(t), 3);
}

static void test_bill_that_a_settlement_may_yet_correct_stays(void **state)
{
    struct trail *t = *state;
    struct store_settle s = fixture_settle(2, 0, 0);
    struct row_done done;

    rollup_play_fill(t);
    assert_int_equal(row_done_get(t, s.request, &done), TRAIL_FOUND);
    done.time = fixture_time(-6);
    row_done_put(t, s.request, &done);
    fake_trail_commit(t);
    assert_int_equal(fixture_fold(t, -400, 100), 1);
    assert_int_equal(rollup_play_row(t, 1, 1).sum.seq, 2);
    assert_int_equal(rollup_play_row(t, 1, 3).sum.type, LEDGER_SETTLE);
    assert_int_equal(row_done_get(t, s.request, &done), TRAIL_FOUND);
}

/* ---- what is refused ---- */

static void assert_fold_refused(struct trail *t, struct store_rollup *r)
{
    unsigned writes = fake_trail_writes(t);

    assert_int_equal(rollup_play_fold(t, r), STORE_REFUSED);
    assert_int_equal(fake_trail_writes(t), writes);
    assert_true(r->why[0] != 0);
    buf_free(&r->lines);
}

static void test_other_mac_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 100);

    rollup_play_fill(t);
    rollup_play_read(t, &r);
    r.next.mac[31] ^= 1;
    assert_fold_refused(t, &r);
}

static void test_slice_over_two_days_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 100);

    rollup_play_fill(t);
    rollup_play_read(t, &r);
    r.next.last = 6;
    memcpy(r.next.mac, rollup_play_row(t, 1, 6).sum.mac, MAC_SIZE);
    assert_fold_refused(t, &r);
}

static void test_slice_behind_unfolded_entries_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 100);

    rollup_play_fill(t);
    rollup_play_read(t, &r);
    r.mark = r.next;
    rollup_play_read(t, &r);
    assert_fold_refused(t, &r);
}

static void test_slice_that_is_no_longer_there_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 100);

    rollup_play_fill(t);
    rollup_play_read(t, &r);
    r.next.account[5] ^= 1;
    assert_fold_refused(t, &r);
}

static void test_entry_that_was_changed_is_told_and_left(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 100);
    struct rollup row;

    rollup_play_fill(t);
    rollup_play_grant(t, 2, -500);
    row = rollup_play_row(t, 1, 2);
    row.sum.tokens_in++;
    row_ledger_put(t, &row);
    fake_trail_commit(t);
    assert_int_equal(fake_trail_run(t, &r), STORE_REFUSED);
    assert_non_null(strstr(r.why, "entry 2 of account 25"));
    assert_int_equal(r.next.last, 0);
    r.mark = r.next;
    rollup_play_read(t, &r);
    rollup_play_assert_slice(&r, 2, 1, 1);
    buf_free(&r.lines);
}

static void test_rollup_that_was_changed_is_not_extended(void **state)
{
    struct trail *t = *state;
    struct store_rollup r = rollup_play_of(-400, 2);
    struct rollup row;

    rollup_play_fill(t);
    rollup_play_read(t, &r);
    assert_int_equal(rollup_play_fold(t, &r), STORE_OK);
    row = rollup_play_row(t, 1, 1);
    row.part[0].tokens_in++;
    row_ledger_put(t, &row);
    fake_trail_commit(t);
    r.fold = false;
    r.mark = r.next;
    assert_int_equal(fake_trail_run(t, &r), STORE_REFUSED);
    assert_non_null(strstr(r.why, "roll-up"));
    buf_free(&r.lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_young_days_stay_whatever_is_asked),
        FIXTURE_TEST(test_young_entry_is_not_folded_by_name),
        FIXTURE_TEST(test_clock_in_1970_folds_nothing),
        FIXTURE_TEST(test_entry_of_a_clock_in_1970_stays_in_its_place),
        FIXTURE_TEST(test_clock_that_was_set_back_makes_no_second_row),
        FIXTURE_TEST(test_entry_of_the_future_keeps_those_behind_it),
        FIXTURE_TEST(test_bill_that_a_settlement_may_yet_correct_stays),
        FIXTURE_TEST(test_other_mac_is_refused),
        FIXTURE_TEST(test_slice_over_two_days_is_refused),
        FIXTURE_TEST(test_slice_behind_unfolded_entries_is_refused),
        FIXTURE_TEST(test_slice_that_is_no_longer_there_is_refused),
        FIXTURE_TEST(test_entry_that_was_changed_is_told_and_left),
        FIXTURE_TEST(test_rollup_that_was_changed_is_not_extended),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
