/* Account rows and the e-mail index must give back what was put in. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_account.h"
#include "fixture.h"
#include <string.h>

static struct store_account sample(void)
{
    struct store_account a = {.email = "a@example.org",
        .password = "$y$hash",
        .plan = PLAN_POLICY,
        .suspended = true,
        .journal_seq = 9,
        .created = -3,
        .balance = {INT64_MAX, 7},
        .token_version = 70000};

    fixture_id(1, a.id);
    return a;
}

static void test_account_reads_as_it_was_written(void **state)
{
    struct trail *t = *state;
    struct store_account in = sample(), out;

    memset(&out, 0xee, sizeof(out));
    row_account_put(t, &in);
    assert_int_equal(row_account_get(t, in.id, &out), TRAIL_FOUND);
    assert_memory_equal(out.id, in.id, STORE_ID);
    assert_string_equal(out.email, in.email);
    assert_string_equal(out.password, in.password);
    assert_int_equal(out.plan, PLAN_POLICY);
    assert_true(out.suspended);
    assert_int_equal(out.journal_seq, 9);
    assert_int_equal(out.created, -3);
    assert_true(out.balance.posted == INT64_MAX);
    assert_int_equal(out.balance.held, 7);
    assert_int_equal(out.token_version, 70000);
    assert_false(trail_failed(t));
}

static void test_account_of_the_second_version_has_voided_no_tokens(
    void **state)
{
    struct trail *t = *state;
    struct store_account in = sample(), out;

    in.token_version = 0;
    memset(&out, 0xee, sizeof(out));
    row_account_put(t, &in);
    fixture_make_older(t, TABLE_ACCOUNT, 2, 4);
    assert_int_equal(row_account_get(t, in.id, &out), TRAIL_FOUND);
    assert_int_equal(out.balance.held, 7);
    assert_int_equal(out.token_version, 0);
    assert_false(trail_failed(t));
}

static void test_account_that_is_not_there_is_none(void **state)
{
    struct trail *t = *state;
    struct store_account in = sample(), out;

    assert_int_equal(row_account_get(t, in.id, &out), TRAIL_NONE);
    assert_false(trail_failed(t));
}

static void test_corrupted_account_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct store_account in = sample(), out;
    struct span value;

    row_account_put(t, &in);
    fake_trail_row(t, TABLE_ACCOUNT, 0, &value);
    ((char *)(uintptr_t)value.p)[value.n / 2] ^= 1;
    assert_int_equal(row_account_get(t, in.id, &out), TRAIL_FAILED);
    assert_true(trail_failed(t));
    assert_non_null(fake_trail_why(t));
}

static void test_account_of_another_version_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct store_account in = sample(), out;
    struct span value;

    row_account_put(t, &in);
    fake_trail_row(t, TABLE_ACCOUNT, 0, &value);
    *(char *)(uintptr_t)value.p = 9;
    assert_int_equal(row_account_get(t, in.id, &out), TRAIL_FAILED);
    assert_true(trail_failed(t));
}

static void test_email_leads_to_its_account(void **state)
{
    struct trail *t = *state;
    struct store_account in = sample();
    uint8_t id[STORE_ID];

    row_account_put_email(t, &in);
    assert_int_equal(row_account_by_email(t, in.email, id), TRAIL_FOUND);
    assert_memory_equal(id, in.id, STORE_ID);
}

static void test_account_that_must_be_there_fails_the_trail_when_it_is_not(
    void **state)
{
    struct trail *t = *state;
    struct store_account in = sample(), out;

    assert_false(row_account_must(t, in.id, &out));
    assert_true(trail_failed(t));
}

static void test_unterminated_email_is_not_written(void **state)
{
    struct trail *t = *state;
    struct store_account in = sample();

    memset(in.email, 'a', sizeof(in.email));
    row_account_put(t, &in);
    assert_true(trail_failed(t));
    assert_int_equal(fake_trail_rows(t, TABLE_ACCOUNT), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_account_reads_as_it_was_written),
        FIXTURE_TEST(test_account_of_the_second_version_has_voided_no_tokens),
        FIXTURE_TEST(test_account_that_is_not_there_is_none),
        FIXTURE_TEST(test_corrupted_account_fails_the_trail),
        FIXTURE_TEST(test_account_of_another_version_fails_the_trail),
        FIXTURE_TEST(test_email_leads_to_its_account),
        FIXTURE_TEST(
            test_account_that_must_be_there_fails_the_trail_when_it_is_not),
        FIXTURE_TEST(test_unterminated_email_is_not_written),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
