/* Rows of projects must give back what was put in, with their web tools beside
 * them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_project.h"
#include "fixture.h"
#include <string.h>

static struct store_project sample(void)
{
    struct store_project p = {.id = "bot",
        .label = "The bot",
        .disabled = true,
        .budget = {1, 2, QUOTA_MONTHLY},
        .user_quota = {3, 4, QUOTA_WEEKLY},
        .policy = "strict",
        .created = 5,
        .updated = 6,
        .has_web_tools = true,
        .events = {
            .seq = 7, .mac = {8}, .pruned = 9, .anchor = {10}, .seal = {11}}};

    fixture_id(1, p.account);
    return p;
}

static void test_project_reads_as_it_was_written(void **state)
{
    struct trail *t = *state;
    struct store_project in = sample(), out;

    memset(&out, 0xee, sizeof(out));
    row_project_put(t, &in);
    assert_int_equal(row_project_get(t, "bot", &out), TRAIL_FOUND);
    assert_string_equal(out.id, "bot");
    assert_memory_equal(out.account, in.account, STORE_ID);
    assert_string_equal(out.label, "The bot");
    assert_true(out.disabled);
    assert_int_equal(out.budget.requests, 1);
    assert_int_equal(out.budget.tokens, 2);
    assert_int_equal(out.budget.window, QUOTA_MONTHLY);
    assert_int_equal(out.user_quota.requests, 3);
    assert_int_equal(out.user_quota.tokens, 4);
    assert_int_equal(out.user_quota.window, QUOTA_WEEKLY);
    assert_string_equal(out.policy, "strict");
    assert_int_equal(out.created, 5);
    assert_int_equal(out.updated, 6);
    assert_true(out.has_web_tools);
    assert_int_equal(out.events.seq, 7);
    assert_memory_equal(out.events.mac, in.events.mac, MAC_SIZE);
    assert_int_equal(out.events.pruned, 9);
    assert_memory_equal(out.events.anchor, in.events.anchor, MAC_SIZE);
    assert_memory_equal(out.events.seal, in.events.seal, MAC_SIZE);
    assert_false(trail_failed(t));
}

static void test_project_that_is_not_there_is_none(void **state)
{
    struct store_project out;

    assert_int_equal(row_project_get(*state, "bot", &out), TRAIL_NONE);
    assert_false(trail_failed(*state));
}

static void test_project_that_must_be_there_fails_the_trail(void **state)
{
    struct store_project in = sample(), out;

    row_project_put(*state, &in);
    assert_true(row_project_must(*state, "bot", &out));
    assert_false(row_project_must(*state, "other", &out));
    assert_true(trail_failed(*state));
}

static void test_web_tools_lie_beside_their_project(void **state)
{
    struct trail *t = *state;
    struct store_project in = sample(), out;
    struct buf text = {0};

    row_project_put(t, &in);
    row_project_put_tools(t, "bot", row_span("{}", 2));
    row_project_tools(t, "bot", &text);
    assert_int_equal(text.len, 2);
    assert_memory_equal(text.data, "{}", 2);
    assert_int_equal(row_project_get(t, "bot", &out), TRAIL_FOUND);
    row_project_tools(t, "other", &text);
    assert_int_equal(text.len, 0);
    assert_false(trail_failed(t));
    buf_free(&text);
}

static void test_key_tells_projects_from_web_tools(void **state)
{
    (void)state;
    assert_true(row_project_is(row_span("bot", 3)));
    assert_false(row_project_is(row_span("bot", 4)));
    assert_false(row_project_is(row_span("", 0)));
}

static void test_corrupted_web_tools_fail_the_trail(void **state)
{
    struct trail *t = *state;
    struct buf text = {0};
    struct span value;

    row_project_put_tools(t, "bot", row_span("{}", 2));
    fake_trail_row(t, TABLE_PROJECT, 0, &value);
    ((char *)(uintptr_t)value.p)[value.n - 1] ^= 1;
    row_project_tools(t, "bot", &text);
    assert_true(trail_failed(t));
    assert_non_null(fake_trail_why(t));
    buf_free(&text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_project_reads_as_it_was_written),
        FIXTURE_TEST(test_project_that_is_not_there_is_none),
        FIXTURE_TEST(test_project_that_must_be_there_fails_the_trail),
        FIXTURE_TEST(test_web_tools_lie_beside_their_project),
        FIXTURE_TEST(test_key_tells_projects_from_web_tools),
        FIXTURE_TEST(test_corrupted_web_tools_fail_the_trail),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
