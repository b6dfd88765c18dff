/* What must hold: a journal with roll-ups is audited through them; whatever is
 * wrong with one is found; folding under an audit is no breach. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "db/bdb/row_ledger.h"
#include "fixture.h"

/* Account 1 with roll-ups of entries 1-3 and 4-6, and entries 7 and 8. */
static void fill(struct trail *t)
{
    struct store_grant g = fixture_grant(1, 1000, "old");

    g.now = fixture_time(-500);
    fixture_account(t, 1, 0);
    assert_int_equal(fake_trail_run(t, &g), STORE_OK);
    for (unsigned i = 1; i <= 7; i++)
        fixture_call(t, 1, i, i <= 2 ? -500 : i <= 5 ? -499 : 0);
}

static struct rollup rolled(struct trail *t, uint64_t seq)
{
    struct rollup row;
    uint8_t id[STORE_ID];

    fill(t);
    fixture_fold(t, -400, 100);
    fixture_id(1, id);
    assert_int_equal(row_ledger_at(t, id, seq, &row), TRAIL_FOUND);
    assert_int_equal(row.sum.type, LEDGER_ROLLUP);
    return row;
}

static void remove_row(struct trail *t, const struct rollup *row)
{
    uint8_t place[ROW_LEDGER_PLACE];

    row_ledger_place(row->sum.account, row->sum.seq, place);
    trail_delete(t, TABLE_LEDGER, row_span(place, sizeof(place)));
}

/* That an audit reports it, in slices of any size. */
static void assert_breach(struct trail *t, const char *wanted)
{
    fake_trail_commit(t);
    for (uint32_t most = 1; most < 100; most++) {
        struct store_audit audit = fixture_audit(t, most);

        assert_true(audit.breaches > 0);
        if (strstr(buf_terminate(&audit.report), wanted) == NULL)
            fail_msg("wanted \"%s\", got \"%s\"", wanted, audit.report.data);
        buf_free(&audit.report);
    }
}

static void test_journal_with_rollups_is_sound(void **state)
{
    struct trail *t = *state;

    rolled(t, 1);
    assert_true(fixture_clean(t));
}

static void test_entries_are_counted_as_before(void **state)
{
    struct trail *t = *state;
    struct store_audit before, after;

    fill(t);
    before = fixture_audit(t, 1000);
    fixture_fold(t, -400, 100);
    after = fixture_audit(t, 1000);
    assert_int_equal(before.entries, 8);
    assert_int_equal(after.entries, 8);
    buf_free(&before.report);
    buf_free(&after.report);
}

static void test_i13_changed_sum(void **state)
{
    struct trail *t = *state;
    struct rollup r = rolled(t, 4);

    r.part[LEDGER_SETTLE - 1].uncollected++;
    row_ledger_put(t, &r);
    assert_breach(t, "I13 account");
}

static void test_i12_wrong_sum_under_a_right_seal(void **state)
{
    struct trail *t = *state;
    struct rollup r = rolled(t, 4);

    r.part[LEDGER_SETTLE - 1].amount++;
    rollup_seal(trail_ledger_key(t), &r);
    row_ledger_put(t, &r);
    assert_breach(t, "I12 account");
    assert_breach(t, "I1 account");
}

static void test_i13_wrong_anchor_under_a_right_seal(void **state)
{
    struct trail *t = *state;
    struct rollup r = rolled(t, 4);

    r.sum.mac[0] ^= 1;
    rollup_seal(trail_ledger_key(t), &r);
    row_ledger_put(t, &r);
    assert_breach(t, "the MAC of entry 7 is wrong");
}

static void test_i13_rollup_that_follows_another_entry(void **state)
{
    struct trail *t = *state;
    struct rollup r = rolled(t, 4);

    r.before[0] ^= 1;
    rollup_seal(trail_ledger_key(t), &r);
    row_ledger_put(t, &r);
    assert_breach(t, "I13 account");
}

static void test_i4_missing_rollup(void **state)
{
    struct trail *t = *state;
    struct rollup r = rolled(t, 1);

    remove_row(t, &r);
    assert_breach(t, "I4 account");
}

static void test_i4_rollup_that_begins_too_late(void **state)
{
    struct trail *t = *state;
    struct rollup r = rolled(t, 4);

    r.sum.first++;
    r.part[LEDGER_SETTLE - 1].entries--;
    rollup_seal(trail_ledger_key(t), &r);
    row_ledger_put(t, &r);
    assert_breach(t, "I4 account");
}

static void test_i4_rollup_that_begins_too_early(void **state)
{
    struct trail *t = *state;
    struct rollup r = rolled(t, 4);

    r.sum.first--;
    r.part[LEDGER_SETTLE - 1].entries++;
    rollup_seal(trail_ledger_key(t), &r);
    row_ledger_put(t, &r);
    assert_breach(t, "I4 account");
}

static void test_unreadable_rollup_is_reported(void **state)
{
    struct trail *t = *state;
    struct span value;

    rolled(t, 1);
    fake_trail_row(t, TABLE_LEDGER, 0, &value);
    ((char *)(uintptr_t)value.p)[50] ^= 1;
    assert_breach(t, "ROW key");
}

/* A roll-up that covers what lies beside it must not be taken for one that was
 * made meanwhile: the audit would never end. */
static void test_i4_overlapping_rollup_ends_the_audit_all_the_same(void **state)
{
    struct trail *t = *state;
    struct rollup r = rolled(t, 4);

    r.sum.first = 1;
    r.part[LEDGER_SETTLE - 1].entries = 6;
    rollup_seal(trail_ledger_key(t), &r);
    row_ledger_put(t, &r);
    assert_breach(t, "I4 account");
}

/* Fold in slices of one entry while the audit stands at slice ${at}; whether it
 * came so far. */
static bool fold_at(int at)
{
    struct trail *t = fake_trail_new();
    struct store_audit audit = {
        .verb.kind = STORE_AUDIT, .boot = FIXTURE_BOOT, .most = 1};
    int slices = 0;

    fill(t);
    while (!audit.done) {
        if (slices++ == at)
            fixture_fold(t, -400, 1);
        assert_int_equal(fake_trail_run(t, &audit), STORE_OK);
    }
    assert_int_equal(audit.breaches, 0);
    assert_int_equal(audit.entries, 8);
    buf_free(&audit.cursor);
    buf_free(&audit.report);
    fake_trail_free(t);
    return slices > at;
}

static void test_folding_under_an_audit_is_no_breach(void **state)
{
    int at = 0;

    (void)state;
    while (fold_at(at))
        at++;
    assert_true(at > 8);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_journal_with_rollups_is_sound),
        FIXTURE_TEST(test_entries_are_counted_as_before),
        FIXTURE_TEST(test_i13_changed_sum),
        FIXTURE_TEST(test_i12_wrong_sum_under_a_right_seal),
        FIXTURE_TEST(test_i13_wrong_anchor_under_a_right_seal),
        FIXTURE_TEST(test_i13_rollup_that_follows_another_entry),
        FIXTURE_TEST(test_i4_missing_rollup),
        FIXTURE_TEST(test_i4_rollup_that_begins_too_late),
        FIXTURE_TEST(test_i4_rollup_that_begins_too_early),
        FIXTURE_TEST(test_unreadable_rollup_is_reported),
        FIXTURE_TEST(test_i4_overlapping_rollup_ends_the_audit_all_the_same),
        FIXTURE_TEST(test_folding_under_an_audit_is_no_breach),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
