/* Journal rows must give back what was put in; appending numbers, chains and
 * seals. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_ledger.h"
#include "fixture.h"
#include <string.h>

static struct ledger_entry sample(void)
{
    struct ledger_entry e = {.seq = 2,
        .type = LEDGER_SETTLE,
        .flags = LEDGER_ESTIMATED,
        .amount = -3,
        .uncollected = 4,
        .posted_after = 5,
        .held_after = 6,
        .time = 7,
        .tokens_in = 8,
        .tokens_out = 9,
        .mac = {10}};

    fixture_id(1, e.account);
    fixture_id(2, e.request);
    return e;
}

static void test_ledger_reads_as_it_was_written(void **state)
{
    struct trail *t = *state;
    struct ledger_entry in = sample(), out;

    memset(&out, 0xee, sizeof(out));
    uint8_t place[ROW_LEDGER_PLACE];

    row_ledger_place(in.account, in.seq, place);
    row_put(t, &row_ledger, row_span(place, sizeof(place)), &in);
    assert_int_equal(row_ledger_get(t, in.account, 2, &out), TRAIL_FOUND);
    assert_memory_equal(out.account, in.account, STORE_ID);
    assert_int_equal(out.seq, 2);
    assert_int_equal(out.type, LEDGER_SETTLE);
    assert_int_equal(out.flags, LEDGER_ESTIMATED);
    assert_int_equal(out.amount, -3);
    assert_int_equal(out.uncollected, 4);
    assert_int_equal(out.posted_after, 5);
    assert_int_equal(out.held_after, 6);
    assert_int_equal(out.time, 7);
    assert_memory_equal(out.request, in.request, STORE_ID);
    assert_int_equal(out.tokens_in, 8);
    assert_int_equal(out.tokens_out, 9);
    assert_memory_equal(out.mac, in.mac, MAC_SIZE);
    assert_false(trail_failed(t));
}

static void test_ledger_that_is_not_there_is_none(void **state)
{
    struct trail *t = *state;
    struct ledger_entry in = sample(), out;

    assert_int_equal(row_ledger_get(t, in.account, 2, &out), TRAIL_NONE);
    assert_false(trail_failed(t));
}

static void test_corrupted_ledger_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct ledger_entry in = sample(), out;
    struct span value;

    uint8_t place[ROW_LEDGER_PLACE];

    row_ledger_place(in.account, in.seq, place);
    row_put(t, &row_ledger, row_span(place, sizeof(place)), &in);
    fake_trail_row(t, TABLE_LEDGER, 0, &value);
    ((char *)(uintptr_t)value.p)[value.n / 2] ^= 1;
    assert_int_equal(row_ledger_get(t, in.account, 2, &out), TRAIL_FAILED);
    assert_true(trail_failed(t));
    assert_non_null(fake_trail_why(t));
}

static void test_ledger_of_another_version_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct ledger_entry in = sample(), out;
    struct span value;

    uint8_t place[ROW_LEDGER_PLACE];

    row_ledger_place(in.account, in.seq, place);
    row_put(t, &row_ledger, row_span(place, sizeof(place)), &in);
    fake_trail_row(t, TABLE_LEDGER, 0, &value);
    *(char *)(uintptr_t)value.p = 9;
    assert_int_equal(row_ledger_get(t, in.account, 2, &out), TRAIL_FAILED);
    assert_true(trail_failed(t));
}

static void test_appended_entries_are_numbered_and_chained(void **state)
{
    struct trail *t = *state;
    struct store_account account = {.balance = {50, 20}};
    struct ledger_entry first = {.type = LEDGER_GRANT, .amount = 50};
    struct ledger_entry second = {.type = LEDGER_SETTLE, .amount = -1};
    const uint8_t zero[MAC_SIZE] = {0};

    row_ledger_append(t, &account, &first);
    row_ledger_append(t, &account, &second);
    assert_int_equal(account.journal_seq, 2);
    assert_int_equal(second.seq, 2);
    assert_int_equal(second.posted_after, 50);
    assert_int_equal(second.held_after, 20);
    assert_true(ledger_verify(trail_ledger_key(t), zero, &first));
    assert_true(ledger_verify(trail_ledger_key(t), first.mac, &second));
}

/* ---- roll-ups ---- */

static struct rollup sample_rollup(void)
{
    struct rollup r = {.day = 3,
        .sum = {.first = 2,
            .seq = 4,
            .posted_after = 5,
            .held_after = 6,
            .time = 7,
            .mac = {8}},
        .part = {{1, 10, 11, 12, 13}, {2, -20, 21, 22, 23}},
        .before = {9},
        .mac = {10}};

    fixture_id(1, r.sum.account);
    assert_true(rollup_total(&r));
    return r;
}

static void test_rollup_reads_as_it_was_written(void **state)
{
    struct trail *t = *state;
    struct rollup in = sample_rollup(), out;

    row_ledger_put(t, &in);
    assert_int_equal(row_ledger_at(t, in.sum.account, 4, &out), TRAIL_FOUND);
    assert_int_equal(out.day, 3);
    assert_int_equal(out.sum.type, LEDGER_ROLLUP);
    assert_int_equal(out.sum.first, 2);
    assert_int_equal(out.sum.seq, 4);
    assert_int_equal(out.sum.amount, -10);
    assert_int_equal(out.sum.uncollected, 32);
    assert_int_equal(out.sum.tokens_in, 34);
    assert_int_equal(out.sum.tokens_out, 36);
    assert_int_equal(out.sum.posted_after, 5);
    assert_int_equal(out.sum.held_after, 6);
    assert_int_equal(out.sum.time, 7);
    assert_memory_equal(out.part, in.part, sizeof(in.part));
    assert_memory_equal(out.before, in.before, MAC_SIZE);
    assert_memory_equal(out.sum.mac, in.sum.mac, MAC_SIZE);
    assert_memory_equal(out.mac, in.mac, MAC_SIZE);
}

static void test_rollup_is_found_by_any_of_its_numbers(void **state)
{
    struct trail *t = *state;
    struct rollup in = sample_rollup(), out;
    uint8_t other[STORE_ID];

    row_ledger_put(t, &in);
    assert_int_equal(row_ledger_at(t, in.sum.account, 2, &out), TRAIL_FOUND);
    assert_int_equal(out.sum.seq, 4);
    assert_int_equal(row_ledger_at(t, in.sum.account, 5, &out), TRAIL_NONE);
    fixture_id(2, other);
    assert_int_equal(row_ledger_at(t, other, 1, &out), TRAIL_NONE);
}

static void test_entry_is_chained_to_the_last_of_a_rollup(void **state)
{
    struct trail *t = *state;
    struct rollup r = sample_rollup();
    struct store_account account = {.journal_seq = 4};
    struct ledger_entry entry = {.type = LEDGER_GRANT};

    memcpy(account.id, r.sum.account, STORE_ID);
    row_ledger_put(t, &r);
    row_ledger_append(t, &account, &entry);
    assert_true(ledger_verify(trail_ledger_key(t), r.sum.mac, &entry));
}

/* A program that knows no roll-ups reads rows of the first version only. */
static void test_rollup_is_unreadable_as_an_entry(void **state)
{
    struct trail *t = *state;
    struct rollup in = sample_rollup();
    struct ledger_entry entry;
    struct span value;

    row_ledger_put(t, &in);
    fake_trail_row(t, TABLE_LEDGER, 0, &value);
    assert_int_equal(row_decode(&row_ledger, value, &entry), -1);
}

static void test_entry_that_calls_itself_a_rollup_is_unreadable(void **state)
{
    struct trail *t = *state;
    struct ledger_entry in = sample();
    uint8_t place[ROW_LEDGER_PLACE];

    in.type = LEDGER_ROLLUP;
    row_ledger_place(in.account, in.seq, place);
    row_put(t, &row_ledger, row_span(place, sizeof(place)), &in);
    assert_int_equal(row_ledger_get(t, in.account, 2, &in), TRAIL_FAILED);
}

static void test_rollup_of_too_few_entries_is_unreadable(void **state)
{
    struct trail *t = *state;
    struct rollup in = sample_rollup(), out;

    in.part[0].entries--;
    row_ledger_put(t, &in);
    assert_int_equal(row_ledger_at(t, in.sum.account, 4, &out), TRAIL_FAILED);
    assert_true(trail_failed(t));
}

static void test_missing_newest_entry_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct store_account account = {.journal_seq = 4};
    struct ledger_entry entry = {.type = LEDGER_GRANT};

    row_ledger_append(t, &account, &entry);
    assert_true(trail_failed(t));
}

static void test_entries_lie_in_the_order_of_their_numbers(void **state)
{
    uint8_t low[ROW_LEDGER_PLACE], high[ROW_LEDGER_PLACE];
    const uint8_t account[STORE_ID] = {1};

    row_ledger_place(account, 255, low);
    row_ledger_place(account, 256, high);
    assert_true(memcmp(low, high, sizeof(low)) < 0);
    (void)state;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_ledger_reads_as_it_was_written),
        FIXTURE_TEST(test_ledger_that_is_not_there_is_none),
        FIXTURE_TEST(test_corrupted_ledger_fails_the_trail),
        FIXTURE_TEST(test_ledger_of_another_version_fails_the_trail),
        FIXTURE_TEST(test_appended_entries_are_numbered_and_chained),
        FIXTURE_TEST(test_missing_newest_entry_fails_the_trail),
        FIXTURE_TEST(test_entries_lie_in_the_order_of_their_numbers),
        FIXTURE_TEST(test_rollup_reads_as_it_was_written),
        FIXTURE_TEST(test_rollup_is_found_by_any_of_its_numbers),
        FIXTURE_TEST(test_entry_is_chained_to_the_last_of_a_rollup),
        FIXTURE_TEST(test_rollup_is_unreadable_as_an_entry),
        FIXTURE_TEST(test_entry_that_calls_itself_a_rollup_is_unreadable),
        FIXTURE_TEST(test_rollup_of_too_few_entries_is_unreadable),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
