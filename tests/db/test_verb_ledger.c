/* An account's journal is read in order and in pages. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include <string.h>

static struct store_ledger ledger_of(
    unsigned n, struct ledger_entry *rows, size_t max)
{
    struct store_ledger l = {
        .verb.kind = STORE_LEDGER, .rows = rows, .max = max};

    fixture_id(n, l.account);
    return l;
}

static void grant_five(struct trail *t)
{
    const char *const keys[] = {"a", "b", "c", "d", "e"};

    fixture_account(t, 1, 0);
    fixture_account(t, 2, 100);
    for (int i = 0; i < 5; i++) {
        struct store_grant g = fixture_grant(1, i + 1, keys[i]);

        fake_trail_run(t, &g);
    }
}

static void test_journal_of_an_unknown_account_is_not_found(void **state)
{
    struct trail *t = *state;
    struct ledger_entry rows[4];
    struct store_ledger l = ledger_of(1, rows, 4);

    assert_int_equal(fake_trail_run(t, &l), STORE_NOT_FOUND);
}

static void test_new_account_has_an_empty_journal(void **state)
{
    struct trail *t = *state;
    struct ledger_entry rows[4];
    struct store_ledger l = ledger_of(1, rows, 4);

    fixture_account(t, 1, 0);
    assert_int_equal(fake_trail_run(t, &l), STORE_OK);
    assert_int_equal(l.count, 0);
    assert_false(l.more);
}

static void test_pages_follow_each_other(void **state)
{
    struct trail *t = *state;
    struct ledger_entry rows[3];
    struct store_ledger l = ledger_of(1, rows, 3);

    grant_five(t);
    assert_int_equal(fake_trail_run(t, &l), STORE_OK);
    assert_int_equal(l.count, 3);
    assert_int_equal(rows[2].seq, 3);
    assert_true(l.more);
    fake_trail_run(t, &l);
    assert_int_equal(l.count, 2);
    assert_int_equal(rows[0].seq, 4);
    assert_int_equal(rows[1].amount, 5);
    assert_false(l.more);
}

static void test_full_page_at_the_end_has_no_more(void **state)
{
    struct trail *t = *state;
    struct ledger_entry rows[5];
    struct store_ledger l = ledger_of(1, rows, 5);

    grant_five(t);
    fake_trail_run(t, &l);
    assert_int_equal(l.count, 5);
    assert_false(l.more);
}

static void test_unreadable_entry_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct ledger_entry rows[5];
    struct store_ledger l = ledger_of(2, rows, 5);
    struct span value;

    fixture_account(t, 2, 100);
    fake_trail_row(t, TABLE_LEDGER, 0, &value);
    ((char *)(uintptr_t)value.p)[9] ^= 1;
    fake_trail_run(t, &l);
    assert_non_null(fake_trail_why(t));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_journal_of_an_unknown_account_is_not_found),
        FIXTURE_TEST(test_new_account_has_an_empty_journal),
        FIXTURE_TEST(test_pages_follow_each_other),
        FIXTURE_TEST(test_full_page_at_the_end_has_no_more),
        FIXTURE_TEST(test_unreadable_entry_fails_the_trail),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
