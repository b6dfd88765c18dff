/* Accounts are found by id and by e-mail; each e-mail belongs to one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include <string.h>

static struct store_account_add add_of(unsigned n, const char *email)
{
    struct store_account_add add = {.verb.kind = STORE_ACCOUNT_ADD};

    fixture_id(n, add.account.id);
    strcpy(add.account.email, email);
    add.account.plan = PLAN_POLICY;
    return add;
}

static void test_account_is_found_by_email(void **state)
{
    struct trail *t = *state;
    struct store_account_get get = {
        .verb.kind = STORE_ACCOUNT_GET, .email = "1@example.org"};

    fixture_account(t, 1, 5);
    assert_int_equal(fake_trail_run(t, &get), STORE_OK);
    assert_int_equal(get.account.balance.posted, 5);
}

static void test_account_is_found_by_id(void **state)
{
    struct trail *t = *state;
    fixture_account(t, 1, 5);
    assert_string_equal(fixture_look(t, 1).email, "1@example.org");
}

static void test_unknown_email_is_not_found(void **state)
{
    struct trail *t = *state;
    struct store_account_get get = {
        .verb.kind = STORE_ACCOUNT_GET, .email = "no@example.org"};

    assert_int_equal(fake_trail_run(t, &get), STORE_NOT_FOUND);
}

static void test_unknown_id_is_not_found(void **state)
{
    struct trail *t = *state;
    struct store_account_get get = {.verb.kind = STORE_ACCOUNT_GET, .id = {9}};

    assert_int_equal(fake_trail_run(t, &get), STORE_NOT_FOUND);
}

static void test_taken_email_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_account_add one = add_of(1, "a@example.org");
    struct store_account_add two = add_of(2, "a@example.org");

    assert_int_equal(fake_trail_run(t, &one), STORE_OK);
    assert_int_equal(fake_trail_run(t, &two), STORE_EXISTS);
    assert_int_equal(fake_trail_rows(t, TABLE_ACCOUNT), 1);
}

static void test_taken_id_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_account_add one = add_of(1, "a@example.org");
    struct store_account_add two = add_of(1, "b@example.org");

    fake_trail_run(t, &one);
    assert_int_equal(fake_trail_run(t, &two), STORE_EXISTS);
}

static void test_same_account_added_again_is_no_error_and_keeps_its_money(
    void **state)
{
    struct trail *t = *state;
    struct store_account_add add = add_of(1, "1@example.org");

    fixture_account(t, 1, 5);
    assert_int_equal(fake_trail_run(t, &add), STORE_OK);
    assert_int_equal(fixture_look(t, 1).balance.posted, 5);
}

static void test_new_account_owns_nothing_whatever_was_asked(void **state)
{
    struct trail *t = *state;
    struct store_account_add add = add_of(1, "a@example.org");

    add.account.balance.posted = 1000;
    add.account.journal_seq = 4;
    fake_trail_run(t, &add);
    assert_int_equal(fixture_look(t, 1).balance.posted, 0);
    assert_int_equal(fixture_look(t, 1).journal_seq, 0);
    assert_true(fixture_clean(t));
}

static void test_suspension_and_plan_are_set_apart(void **state)
{
    struct trail *t = *state;
    struct store_account_set set = {.verb.kind = STORE_ACCOUNT_SET,
        .set_suspended = true,
        .suspended = true,
        .plan = PLAN_POLICY};

    fixture_account(t, 1, 0);
    fixture_id(1, set.id);
    assert_int_equal(fake_trail_run(t, &set), STORE_OK);
    assert_true(fixture_look(t, 1).suspended);
    assert_int_equal(fixture_look(t, 1).plan, PLAN_STANDARD);
    set.set_suspended = false;
    set.set_plan = true;
    fake_trail_run(t, &set);
    assert_true(fixture_look(t, 1).suspended);
    assert_int_equal(fixture_look(t, 1).plan, PLAN_POLICY);
}

static void test_new_password_voids_the_tokens(void **state)
{
    struct trail *t = *state;
    struct store_account_set set = {.verb.kind = STORE_ACCOUNT_SET,
        .set_password = true,
        .password = "$new$"};

    fixture_account(t, 1, 0);
    fixture_id(1, set.id);
    assert_int_equal(fake_trail_run(t, &set), STORE_OK);
    assert_string_equal(fixture_look(t, 1).password, "$new$");
    assert_int_equal(fixture_look(t, 1).token_version, 1);
}

static void test_voiding_run_again_voids_once(void **state)
{
    struct trail *t = *state;
    struct store_account_set a = {
        .verb.kind = STORE_ACCOUNT_SET, .void_tokens = true};
    struct store_account_set b = a;

    fixture_account(t, 1, 0);
    fixture_id(1, a.id);
    fixture_id(1, b.id);
    fake_trail_run(t, &a);
    fake_trail_run(t, &b);
    assert_int_equal(fixture_look(t, 1).token_version, 2);
    fake_trail_run(t, &a);
    fake_trail_run(t, &b);
    assert_int_equal(fixture_look(t, 1).token_version, 2);
    assert_int_equal(b.token_version, 2);
}

static void test_other_changes_leave_the_tokens(void **state)
{
    struct trail *t = *state;
    struct store_account_set set = {
        .verb.kind = STORE_ACCOUNT_SET, .set_plan = true, .plan = PLAN_POLICY};

    fixture_account(t, 1, 0);
    fixture_id(1, set.id);
    fake_trail_run(t, &set);
    assert_int_equal(fixture_look(t, 1).token_version, 0);
}

static void test_setting_an_unknown_account_is_not_found(void **state)
{
    struct trail *t = *state;
    struct store_account_set set = {.verb.kind = STORE_ACCOUNT_SET};

    assert_int_equal(fake_trail_run(t, &set), STORE_NOT_FOUND);
}

static void test_list_has_all_accounts_once(void **state)
{
    struct trail *t = *state;
    struct store_account rows[2];
    struct store_account_list list = {
        .verb.kind = STORE_ACCOUNT_LIST, .rows = rows, .max = 2};
    size_t seen = 0;

    for (unsigned n = 1; n <= 5; n++)
        fixture_account(t, n, 0);
    do {
        assert_int_equal(fake_trail_run(t, &list), STORE_OK);
        seen += list.count;
    } while (list.more);
    assert_int_equal(seen, 5);
}

static void test_list_of_an_empty_store_is_empty(void **state)
{
    struct trail *t = *state;
    struct store_account rows[2];
    struct store_account_list list = {
        .verb.kind = STORE_ACCOUNT_LIST, .rows = rows, .max = 2};

    fake_trail_run(t, &list);
    assert_int_equal(list.count, 0);
    assert_false(list.more);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_account_is_found_by_email),
        FIXTURE_TEST(test_account_is_found_by_id),
        FIXTURE_TEST(test_unknown_email_is_not_found),
        FIXTURE_TEST(test_unknown_id_is_not_found),
        FIXTURE_TEST(test_taken_email_is_refused),
        FIXTURE_TEST(test_taken_id_is_refused),
        FIXTURE_TEST(
            test_same_account_added_again_is_no_error_and_keeps_its_money),
        FIXTURE_TEST(test_new_account_owns_nothing_whatever_was_asked),
        FIXTURE_TEST(test_suspension_and_plan_are_set_apart),
        FIXTURE_TEST(test_new_password_voids_the_tokens),
        FIXTURE_TEST(test_voiding_run_again_voids_once),
        FIXTURE_TEST(test_other_changes_leave_the_tokens),
        FIXTURE_TEST(test_setting_an_unknown_account_is_not_found),
        FIXTURE_TEST(test_list_has_all_accounts_once),
        FIXTURE_TEST(test_list_of_an_empty_store_is_empty),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
