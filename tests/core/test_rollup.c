/* What must hold: a roll-up takes entries only as their chain has them, sums
 * them up, and neither a bit of it nor its place can change unnoticed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rollup.h"

enum { ENTRIES = 5 };

#define DAY (86400 * INT64_C(1000000))

static const uint8_t key[MAC_KEY] = {9};
static const uint8_t account[16] = {0xaa};

/* A journal: a grant of 100, then bills of 1, 2 ... credits. */
static void fill(struct ledger_entry journal[ENTRIES])
{
    uint8_t mac[MAC_SIZE] = {0};
    int64_t posted = 100;

    for (int i = 0; i < ENTRIES; i++) {
        struct ledger_entry *e = &journal[i];

        *e = (struct ledger_entry){.seq = (uint64_t)i + 1,
            .type = i == 0 ? LEDGER_GRANT : LEDGER_SETTLE,
            .amount = i == 0 ? 100 : -i,
            .uncollected = i,
            .held_after = 2 * i,
            .time = 3 * DAY + i,
            .tokens_in = 10,
            .tokens_out = 20};
        posted += i == 0 ? 0 : e->amount;
        e->posted_after = posted;
        memcpy(e->account, account, sizeof(account));
        ledger_seal(key, mac, e);
        memcpy(mac, e->mac, MAC_SIZE);
    }
}

static const struct ledger_entry none;

/* All of the journal but the first ${skip} entries, sealed. */
static struct rollup rolled(const struct ledger_entry *journal, int skip)
{
    struct rollup r;

    rollup_begin(account, skip > 0 ? &journal[skip - 1] : &none, 3, &r);
    for (int i = skip; i < ENTRIES; i++)
        assert_true(rollup_add(key, &journal[i], &r));
    rollup_seal(key, &r);
    return r;
}

static void test_days_begin_at_midnight_utc(void **state)
{
    (void)state;
    assert_int_equal(rollup_day(0), 0);
    assert_int_equal(rollup_day(DAY - 1), 0);
    assert_int_equal(rollup_day(DAY), 1);
    assert_int_equal(rollup_day(-1), -1);
    assert_int_equal(rollup_day(-DAY), -1);
    assert_int_equal(rollup_day(-DAY - 1), -2);
    assert_true(rollup_day(INT64_MIN) < rollup_day(INT64_MIN + DAY));
}

static void test_rollup_sums_its_entries(void **state)
{
    struct ledger_entry j[ENTRIES];
    struct rollup r;

    (void)state;
    fill(j);
    r = rolled(j, 0);
    assert_int_equal(r.sum.type, LEDGER_ROLLUP);
    assert_int_equal(r.sum.first, 1);
    assert_int_equal(r.sum.seq, 5);
    assert_int_equal(r.sum.amount, 90);
    assert_int_equal(r.sum.uncollected, 10);
    assert_int_equal(r.sum.tokens_in, 50);
    assert_int_equal(r.sum.tokens_out, 100);
    assert_int_equal(r.part[LEDGER_GRANT - 1].entries, 1);
    assert_int_equal(r.part[LEDGER_GRANT - 1].amount, 100);
    assert_int_equal(r.part[LEDGER_SETTLE - 1].entries, 4);
    assert_int_equal(r.part[LEDGER_SETTLE - 1].amount, -10);
    assert_int_equal(r.part[LEDGER_EXPIRE - 1].entries, 0);
}

static void test_rollup_ends_as_its_last_entry_does(void **state)
{
    struct ledger_entry j[ENTRIES];
    struct rollup r;

    (void)state;
    fill(j);
    r = rolled(j, 2);
    assert_int_equal(r.sum.posted_after, j[4].posted_after);
    assert_int_equal(r.sum.held_after, j[4].held_after);
    assert_int_equal(r.sum.time, j[4].time);
    assert_memory_equal(r.sum.mac, j[4].mac, MAC_SIZE);
    assert_memory_equal(r.before, j[1].mac, MAC_SIZE);
}

static void test_next_entry_is_chained_to_the_rollup(void **state)
{
    struct ledger_entry j[ENTRIES];
    struct rollup r;

    (void)state;
    fill(j);
    rollup_begin(account, &none, 3, &r);
    assert_true(rollup_add(key, &j[0], &r));
    assert_true(ledger_verify(key, r.sum.mac, &j[1]));
}

static void test_sealed_rollup_verifies(void **state)
{
    struct ledger_entry j[ENTRIES];
    struct rollup r;

    (void)state;
    fill(j);
    r = rolled(j, 2);
    assert_true(rollup_verify(key, j[1].mac, &r));
}

static void test_rollup_that_grows_is_the_one_made_at_once(void **state)
{
    struct ledger_entry j[ENTRIES];
    struct rollup r, whole;

    (void)state;
    fill(j);
    whole = rolled(j, 0);
    rollup_begin(account, &none, 3, &r);
    for (int i = 0; i < ENTRIES; i++) {
        assert_true(rollup_add(key, &j[i], &r));
        rollup_seal(key, &r);
    }
    assert_memory_equal(r.mac, whole.mac, MAC_SIZE);
}

static void test_rollup_follows_a_rollup(void **state)
{
    struct ledger_entry j[ENTRIES];
    struct rollup first, second;

    (void)state;
    fill(j);
    rollup_begin(account, &none, 3, &first);
    assert_true(rollup_add(key, &j[0], &first));
    rollup_begin(account, &first.sum, 4, &second);
    assert_true(rollup_add(key, &j[1], &second));
    rollup_seal(key, &second);
    assert_int_equal(second.sum.first, 2);
    assert_true(rollup_verify(key, first.sum.mac, &second));
}

static void test_any_changed_bit_is_seen(void **state)
{
    struct ledger_entry j[ENTRIES];
    struct rollup r;

    (void)state;
    fill(j);
    r = rolled(j, 2);
    const struct {
        void *p;
        size_t n;
    } fields[] = {
        {r.sum.account, sizeof(r.sum.account)},
        {&r.sum.first, sizeof(r.sum.first)},
        {&r.sum.seq, sizeof(r.sum.seq)},
        {&r.day, sizeof(r.day)},
        {&r.sum.posted_after, sizeof(r.sum.posted_after)},
        {&r.sum.held_after, sizeof(r.sum.held_after)},
        {&r.sum.time, sizeof(r.sum.time)},
        {r.part, sizeof(r.part)},
        {r.before, sizeof(r.before)},
        {r.sum.mac, sizeof(r.sum.mac)},
        {r.mac, sizeof(r.mac)},
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        for (size_t bit = 0; bit < 8 * fields[i].n; bit++) {
            ((uint8_t *)fields[i].p)[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_false(rollup_verify(key, j[1].mac, &r));
            ((uint8_t *)fields[i].p)[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
    assert_true(rollup_verify(key, j[1].mac, &r));
}

static void test_another_predecessor_or_key_is_seen(void **state)
{
    const uint8_t other[MAC_KEY] = {9, 1};
    struct ledger_entry j[ENTRIES];
    struct rollup r;

    (void)state;
    fill(j);
    r = rolled(j, 2);
    assert_false(rollup_verify(key, j[0].mac, &r));
    assert_false(rollup_verify(other, j[1].mac, &r));
}

/* ---- what is not folded ---- */

static void assert_not_added(const struct ledger_entry *e)
{
    struct ledger_entry j[ENTRIES];
    struct rollup r, before;

    fill(j);
    rollup_begin(account, &j[0], 3, &r);
    before = r;
    assert_false(rollup_add(key, e, &r));
    assert_memory_equal(&r, &before, sizeof(r));
    assert_true(rollup_add(key, &j[1], &r));
}

static void test_entry_that_was_changed_is_not_added(void **state)
{
    struct ledger_entry j[ENTRIES];

    (void)state;
    fill(j);
    j[1].tokens_in++;
    assert_not_added(&j[1]);
}

static void test_entry_after_a_gap_is_not_added(void **state)
{
    struct ledger_entry j[ENTRIES];

    (void)state;
    fill(j);
    ledger_seal(key, j[0].mac, &j[2]);
    assert_not_added(&j[2]);
}

static void test_entry_of_another_account_is_not_added(void **state)
{
    struct ledger_entry j[ENTRIES];

    (void)state;
    fill(j);
    j[1].account[3] = 1;
    ledger_seal(key, j[0].mac, &j[1]);
    assert_not_added(&j[1]);
}

static void test_entry_with_another_balance_is_not_added(void **state)
{
    struct ledger_entry j[ENTRIES];

    (void)state;
    fill(j);
    j[1].posted_after++;
    ledger_seal(key, j[0].mac, &j[1]);
    assert_not_added(&j[1]);
}

static void test_rollup_is_not_added_as_an_entry(void **state)
{
    struct ledger_entry j[ENTRIES];

    (void)state;
    fill(j);
    j[1].type = LEDGER_ROLLUP;
    ledger_seal(key, j[0].mac, &j[1]);
    assert_not_added(&j[1]);
}

static void test_sum_that_would_overflow_is_not_added(void **state)
{
    struct ledger_entry j[ENTRIES];
    struct rollup r;

    (void)state;
    fill(j);
    j[1].uncollected = INT64_MAX;
    ledger_seal(key, j[0].mac, &j[1]);
    ledger_seal(key, j[1].mac, &j[2]);
    rollup_begin(account, &j[0], 3, &r);
    assert_true(rollup_add(key, &j[1], &r));
    assert_false(rollup_add(key, &j[2], &r));
    assert_int_equal(r.sum.seq, 2);
}

static void test_parts_must_have_as_many_entries_as_numbers(void **state)
{
    struct ledger_entry j[ENTRIES];
    struct rollup r;

    (void)state;
    fill(j);
    r = rolled(j, 2);
    assert_true(rollup_total(&r));
    r.sum.first--;
    assert_false(rollup_total(&r));
    r.sum.first = 0;
    assert_false(rollup_total(&r));
    r.sum.first = r.sum.seq + 1;
    assert_false(rollup_total(&r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days_begin_at_midnight_utc),
        cmocka_unit_test(test_rollup_sums_its_entries),
        cmocka_unit_test(test_rollup_ends_as_its_last_entry_does),
        cmocka_unit_test(test_next_entry_is_chained_to_the_rollup),
        cmocka_unit_test(test_sealed_rollup_verifies),
        cmocka_unit_test(test_rollup_that_grows_is_the_one_made_at_once),
        cmocka_unit_test(test_rollup_follows_a_rollup),
        cmocka_unit_test(test_any_changed_bit_is_seen),
        cmocka_unit_test(test_another_predecessor_or_key_is_seen),
        cmocka_unit_test(test_entry_that_was_changed_is_not_added),
        cmocka_unit_test(test_entry_after_a_gap_is_not_added),
        cmocka_unit_test(test_entry_of_another_account_is_not_added),
        cmocka_unit_test(test_entry_with_another_balance_is_not_added),
        cmocka_unit_test(test_rollup_is_not_added_as_an_entry),
        cmocka_unit_test(test_sum_that_would_overflow_is_not_added),
        cmocka_unit_test(test_parts_must_have_as_many_entries_as_numbers),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
