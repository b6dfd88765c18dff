/* A project is found by its id, belongs to one account, and is linked to
 * policies of that account only. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_project.h"
#include "fixture.h"
#include <string.h>

static struct store_project_add add_of(unsigned n, const char *id)
{
    struct store_project_add add = {.verb.kind = STORE_PROJECT_ADD,
        .project = {.label = "Bot",
            .budget = {10, 20, QUOTA_WEEKLY},
            .user_quota = {1, 2, QUOTA_MONTHLY},
            .created = FIXTURE_NOW}};

    strcpy(add.project.id, id);
    fixture_id(n, add.project.account);
    return add;
}

static struct store_project_get get(struct trail *t, const char *id)
{
    struct store_project_get get = {
        .verb.kind = STORE_PROJECT_GET, .now = FIXTURE_NOW};

    strcpy(get.id, id);
    fake_trail_run(t, &get);
    return get;
}

static void test_project_reads_as_it_was_added(void **state)
{
    struct trail *t = *state;
    struct store_project_add add = add_of(1, "bot");
    struct store_project_get found;

    fixture_account(t, 1, 0);
    add.web_tools = (struct span){"{\"enabled\":true}", 16};
    assert_int_equal(fake_trail_run(t, &add), STORE_OK);
    found = get(t, "bot");
    assert_int_equal(found.verb.status, STORE_OK);
    assert_string_equal(found.project.label, "Bot");
    assert_memory_equal(found.project.account, add.project.account, STORE_ID);
    assert_int_equal(found.project.budget.requests, 10);
    assert_int_equal(found.project.budget.tokens, 20);
    assert_int_equal(found.project.budget.window, QUOTA_WEEKLY);
    assert_int_equal(found.project.user_quota.window, QUOTA_MONTHLY);
    assert_int_equal(found.project.updated, FIXTURE_NOW);
    assert_false(found.project.disabled);
    assert_string_equal(buf_terminate(&found.web_tools), "{\"enabled\":true}");
    buf_free(&found.web_tools);
}

static void test_project_added_twice_is_one(void **state)
{
    struct trail *t = *state;
    struct store_project_add add = add_of(1, "bot");

    fixture_account(t, 1, 0);
    assert_int_equal(fake_trail_run(t, &add), STORE_OK);
    assert_int_equal(fake_trail_run(t, &add), STORE_OK);
    assert_int_equal(fake_trail_rows(t, TABLE_PROJECT), 1);
}

static void test_id_that_is_taken_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_project_add add = add_of(1, "bot"), again = add_of(2, "bot");

    fixture_account(t, 1, 0);
    fixture_account(t, 2, 0);
    assert_int_equal(fake_trail_run(t, &add), STORE_OK);
    assert_int_equal(fake_trail_run(t, &again), STORE_EXISTS);
    again = add_of(1, "bot");
    again.project.created++;
    assert_int_equal(fake_trail_run(t, &again), STORE_EXISTS);
}

static void test_project_of_nobody_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_project_add add = add_of(1, "bot");
    unsigned writes = fake_trail_writes(t);

    assert_int_equal(fake_trail_run(t, &add), STORE_NOT_FOUND);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_policy_of_another_account_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_project_add add = add_of(2, "other");
    struct store_project_set set;

    fixture_account(t, 1, 0);
    fixture_account(t, 2, 0);
    set = fixture_project(t, 1, "bot");
    strcpy(add.project.policy, "rules");
    assert_int_equal(fake_trail_run(t, &add), STORE_NOT_FOUND);
    set.set_policy = true;
    strcpy(set.to.policy, "none");
    assert_int_equal(fake_trail_run(t, &set), STORE_NOT_FOUND);
    assert_string_equal(get(t, "bot").project.policy, "rules");
}

static void test_only_what_is_set_changes(void **state)
{
    struct trail *t = *state;
    struct store_project_set set;
    struct store_project now;

    fixture_account(t, 1, 0);
    set = fixture_project(t, 1, "bot");
    set.set_disabled = set.to.disabled = true;
    set.now = FIXTURE_NOW + 5;
    assert_int_equal(fake_trail_run(t, &set), STORE_OK);
    now = get(t, "bot").project;
    assert_true(now.disabled);
    assert_string_equal(now.label, "A project");
    assert_string_equal(now.policy, "rules");
    assert_int_equal(now.updated, FIXTURE_NOW + 5);
    assert_int_equal(now.created, FIXTURE_NOW);
}

static void test_web_tools_are_replaced_and_removed(void **state)
{
    struct trail *t = *state;
    struct store_project_set set;
    struct store_project_get found;

    fixture_account(t, 1, 0);
    set = fixture_project(t, 1, "bot");
    set.set_web_tools = true;
    set.web_tools = (struct span){"{}", 2};
    assert_int_equal(fake_trail_run(t, &set), STORE_OK);
    found = get(t, "bot");
    assert_string_equal(buf_terminate(&found.web_tools), "{}");
    buf_free(&found.web_tools);
    set.web_tools = (struct span){0};
    assert_int_equal(fake_trail_run(t, &set), STORE_OK);
    found = get(t, "bot");
    assert_int_equal(found.web_tools.len, 0);
    buf_free(&found.web_tools);
}

static void test_list_goes_on_where_it_paused(void **state)
{
    struct trail *t = *state;
    struct store_project rows[2];
    struct store_project_list list = {
        .verb.kind = STORE_PROJECT_LIST, .rows = rows, .max = 2};

    fixture_account(t, 1, 0);
    fixture_account(t, 2, 0);
    fixture_project(t, 1, "c");
    fixture_project(t, 2, "b");
    fixture_project(t, 1, "a");
    assert_int_equal(fake_trail_run(t, &list), STORE_OK);
    assert_int_equal(list.count, 2);
    assert_true(list.more);
    assert_string_equal(rows[0].id, "a");
    assert_string_equal(rows[1].id, "b");
    assert_int_equal(fake_trail_run(t, &list), STORE_OK);
    assert_int_equal(list.count, 1);
    assert_false(list.more);
    assert_string_equal(rows[0].id, "c");
}

static void test_list_of_an_account_has_no_others(void **state)
{
    struct trail *t = *state;
    struct store_project rows[4];
    struct store_project_list list = {.verb.kind = STORE_PROJECT_LIST,
        .of_account = true,
        .rows = rows,
        .max = 4};

    fixture_account(t, 1, 0);
    fixture_account(t, 2, 0);
    fixture_project(t, 1, "a");
    fixture_project(t, 2, "b");
    fixture_id(2, list.account);
    assert_int_equal(fake_trail_run(t, &list), STORE_OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(rows[0].id, "b");
}

static void test_corrupted_project_fails_the_trail(void **state)
{
    struct trail *t = *state;
    struct store_project project;
    struct span value;

    fixture_account(t, 1, 0);
    fixture_project(t, 1, "a");
    fake_trail_row(t, TABLE_PROJECT, 0, &value);
    ((char *)(uintptr_t)value.p)[value.n / 2] ^= 1;
    assert_int_equal(row_project_get(t, "a", &project), TRAIL_FAILED);
    assert_true(trail_failed(t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_project_reads_as_it_was_added),
        FIXTURE_TEST(test_project_added_twice_is_one),
        FIXTURE_TEST(test_id_that_is_taken_is_refused),
        FIXTURE_TEST(test_project_of_nobody_is_refused),
        FIXTURE_TEST(test_policy_of_another_account_is_refused),
        FIXTURE_TEST(test_only_what_is_set_changes),
        FIXTURE_TEST(test_web_tools_are_replaced_and_removed),
        FIXTURE_TEST(test_list_goes_on_where_it_paused),
        FIXTURE_TEST(test_list_of_an_account_has_no_others),
        FIXTURE_TEST(test_corrupted_project_fails_the_trail),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
