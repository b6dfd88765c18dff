/* A grant is made once for each idempotency key, and never overflows. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_ledger.h"
#include "fixture.h"
#include <string.h>

static void test_grant_adds_to_what_is_owned(void **state)
{
    struct trail *t = *state;
    struct store_grant g = fixture_grant(1, 7, "k");

    fixture_account(t, 1, 5);
    assert_int_equal(fake_trail_run(t, &g), STORE_OK);
    assert_int_equal(g.posted, 12);
    assert_false(g.already);
    assert_int_equal(fixture_look(t, 1).balance.posted, 12);
    assert_true(fixture_clean(t));
}

static void test_grant_to_an_unknown_account_is_not_found(void **state)
{
    struct trail *t = *state;
    struct store_grant g = fixture_grant(1, 7, "k");

    assert_int_equal(fake_trail_run(t, &g), STORE_NOT_FOUND);
}

static void test_same_grant_again_changes_nothing(void **state)
{
    struct trail *t = *state;
    struct store_grant g = fixture_grant(1, 7, "k"), again = g;
    unsigned writes;

    fixture_account(t, 1, 5);
    fake_trail_run(t, &g);
    writes = fake_trail_writes(t);
    assert_int_equal(fake_trail_run(t, &again), STORE_OK);
    assert_true(again.already);
    assert_int_equal(again.posted, 12);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_same_key_with_another_amount_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_grant g = fixture_grant(1, 7, "k");

    fixture_account(t, 1, 5);
    fake_trail_run(t, &g);
    g.credits = 8;
    assert_int_equal(fake_trail_run(t, &g), STORE_EXISTS);
}

static void test_same_key_with_another_note_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_grant g = fixture_grant(1, 7, "k");

    fixture_account(t, 1, 5);
    fake_trail_run(t, &g);
    strcpy(g.note, "another");
    assert_int_equal(fake_trail_run(t, &g), STORE_EXISTS);
}

static void test_keys_of_different_accounts_do_not_clash(void **state)
{
    struct trail *t = *state;
    struct store_grant one = fixture_grant(1, 7, "k");
    struct store_grant two = fixture_grant(2, 9, "k");

    fixture_account(t, 1, 5);
    fixture_account(t, 2, 5);
    assert_int_equal(fake_trail_run(t, &one), STORE_OK);
    assert_int_equal(fake_trail_run(t, &two), STORE_OK);
    assert_int_equal(two.posted, 14);
}

static void test_grant_that_would_overflow_is_refused_and_writes_nothing(
    void **state)
{
    struct trail *t = *state;
    struct store_grant g = fixture_grant(1, INT64_MAX, "k");
    unsigned writes;

    fixture_account(t, 1, 1);
    writes = fake_trail_writes(t);
    assert_int_equal(fake_trail_run(t, &g), STORE_REFUSED);
    assert_int_equal(g.refusal, REFUSE_INTERNAL);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_largest_grant_is_possible(void **state)
{
    struct trail *t = *state;
    struct store_grant g = fixture_grant(1, INT64_MAX - 1, "k");

    fixture_account(t, 1, 1);
    assert_int_equal(fake_trail_run(t, &g), STORE_OK);
    assert_true(fixture_look(t, 1).balance.posted == INT64_MAX);
    assert_true(fixture_clean(t));
}

static void test_journal_entry_says_what_was_granted(void **state)
{
    struct trail *t = *state;
    struct ledger_entry e;
    struct store_account account;

    fixture_account(t, 1, 5);
    account = fixture_look(t, 1);
    assert_int_equal(row_ledger_get(t, account.id, 1, &e), TRAIL_FOUND);
    assert_int_equal(e.type, LEDGER_GRANT);
    assert_int_equal(e.amount, 5);
    assert_int_equal(e.posted_after, 5);
}

static void test_failure_of_any_call_leaves_no_half_grant(void **state)
{
    struct trail *t = *state;
    struct store_grant g = fixture_grant(1, 7, "k");

    fixture_account(t, 1, 5);
    for (unsigned i = 0; fixture_look(t, 1).balance.posted == 5; i++) {
        fake_trail_fail_after(t, i);
        fake_trail_run(t, &g);
        fake_trail_fail_after(t, 100000);
        assert_true(fixture_clean(t));
    }
    assert_int_equal(fixture_look(t, 1).balance.posted, 12);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_grant_adds_to_what_is_owned),
        FIXTURE_TEST(test_grant_to_an_unknown_account_is_not_found),
        FIXTURE_TEST(test_same_grant_again_changes_nothing),
        FIXTURE_TEST(test_same_key_with_another_amount_is_refused),
        FIXTURE_TEST(test_same_key_with_another_note_is_refused),
        FIXTURE_TEST(test_keys_of_different_accounts_do_not_clash),
        FIXTURE_TEST(
            test_grant_that_would_overflow_is_refused_and_writes_nothing),
        FIXTURE_TEST(test_largest_grant_is_possible),
        FIXTURE_TEST(test_journal_entry_says_what_was_granted),
        FIXTURE_TEST(test_failure_of_any_call_leaves_no_half_grant),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
