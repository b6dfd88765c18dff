/* On a governed surface the plan, the project, its policy and its rules for web
 * tools decide who may come in, and a call is told what governs it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "govern_play.h"

/* ---- who may come in ---- */

static void test_plan_without_policies_is_refused(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");

    fixture_account(t, 1, 10);
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_PLAN_REQUIRED);
}

static void test_call_is_told_what_governs_it(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_NONE);
    assert_string_equal(c.govern.rule.project, "bot");
    assert_string_equal(c.govern.rule.label, "A project");
    assert_string_equal(c.govern.rule.policy, "rules");
    assert_int_equal(c.govern.rule.version, 1);
    assert_int_equal(c.govern.rule.rolled_back_until, 0);
}

static void test_second_run_is_told_the_same(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    govern_play_ask(t, &c, 1);
    c.govern.rule = (struct store_rule){0};
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_NONE);
    assert_string_equal(c.govern.rule.project, "bot");
    assert_string_equal(c.govern.rule.policy, "rules");
    assert_int_equal(govern_play_used(t).requests, 1);
}

static void test_project_of_others_is_as_one_that_is_nowhere(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("theirs"),
                       nowhere = govern_play_call("nowhere");

    fixture_account(t, 1, 10);
    fixture_account(t, 2, 10);
    fixture_project(t, 1, "bot");
    fixture_project(t, 2, "theirs");
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_PROJECT_FORBIDDEN);
    assert_int_equal(govern_play_ask(t, &nowhere, 2), REFUSE_PROJECT_FORBIDDEN);
}

static void test_disabled_project_is_refused(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");
    struct store_project_set set;

    fixture_account(t, 1, 10);
    set = fixture_project(t, 1, "bot");
    set.set_disabled = set.to.disabled = true;
    fake_trail_run(t, &set);
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_PROJECT_DISABLED);
}

static void bind_key(struct trail *t, const char *project)
{
    struct store_key_add add = {
        .verb.kind = STORE_KEY_ADD, .key = fixture_key(3)};

    fixture_id(1, add.key.account);
    strcpy(add.key.project, project);
    assert_int_equal(fake_trail_run(t, &add), STORE_OK);
}

static enum refusal ask_bound(
    struct trail *t, struct govern_play *c, unsigned request)
{
    c->admit = fixture_admit(3, request);
    c->admit.govern = &c->govern;
    fake_trail_run(t, &c->admit);
    return c->admit.refusal;
}

static void test_bound_key_names_its_project(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("");

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    bind_key(t, "bot");
    assert_int_equal(ask_bound(t, &c, 1), REFUSE_NONE);
    assert_string_equal(c.govern.rule.project, "bot");
}

static void test_header_beats_the_key_unless_keys_are_strict(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("else"),
                       strict = govern_play_call("else");

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    fixture_project(t, 1, "else");
    bind_key(t, "bot");
    assert_int_equal(ask_bound(t, &c, 1), REFUSE_NONE);
    assert_string_equal(c.govern.rule.project, "else");
    strict.govern.strict = true;
    assert_int_equal(ask_bound(t, &strict, 2), REFUSE_PROJECT_FORBIDDEN);
    strcpy(strict.govern.project, "bot");
    assert_int_equal(ask_bound(t, &strict, 3), REFUSE_NONE);
}

/* ---- which policy ---- */

static void test_no_project_and_no_policy_is_a_bad_request(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("");

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_PROJECT_REQUIRED);
    strcpy(c.govern.policy, "rules");
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_NONE);
    assert_string_equal(c.govern.rule.policy, "rules");
    assert_string_equal(c.govern.rule.project, "");
}

static void test_call_that_brings_its_policy_needs_none(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("");

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    c.govern.brings_policy = true;
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_NONE);
    assert_string_equal(c.govern.rule.policy, "");
}

static void test_project_without_policy_is_told_so(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");
    struct store_project_set set;

    fixture_account(t, 1, 10);
    set = fixture_project(t, 1, "bot");
    set.set_policy = true;
    fake_trail_run(t, &set);
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_POLICY_UNLINKED);
    strcpy(c.govern.policy, "none");
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_POLICY_NOT_FOUND);
}

/* ---- web tools ---- */

/* Account 1 has so many credits, and rules for web tools in "bot". */
static void forbid_web_tools(struct trail *t, int64_t credits)
{
    struct store_project_set set;

    fixture_account(t, 1, credits);
    set = fixture_project(t, 1, "bot");
    set.set_web_tools = true;
    set.web_tools = (struct span){"{\"enabled\":false}", 17};
    assert_int_equal(fake_trail_run(t, &set), STORE_OK);
}

static void test_call_with_web_tools_is_told_the_rules_for_them(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");

    forbid_web_tools(t, 10);
    c.govern.has_web_tools = true;
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_NONE);
    assert_string_equal(
        buf_terminate(&c.govern.web_tools), "{\"enabled\":false}");
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_NONE); /* a second run */
    assert_int_equal(c.govern.web_tools.len, 17);
    buf_free(&c.govern.web_tools);
}

static void test_call_without_web_tools_is_told_none(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot"),
                       silent = govern_play_call("else");

    forbid_web_tools(t, 10);
    fixture_project(t, 1, "else");
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_NONE);
    assert_int_equal(c.govern.web_tools.len, 0);
    silent.govern.has_web_tools = true;
    assert_int_equal(govern_play_ask(t, &silent, 2), REFUSE_NONE);
    assert_int_equal(silent.govern.web_tools.len, 0);
}

static void test_rules_for_web_tools_are_told_also_without_credits(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");

    forbid_web_tools(t, 0);
    c.govern.has_web_tools = true;
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_INSUFFICIENT_CREDITS);
    assert_int_equal(c.govern.web_tools.len, 17);
    buf_free(&c.govern.web_tools);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_plan_without_policies_is_refused),
        FIXTURE_TEST(test_call_is_told_what_governs_it),
        FIXTURE_TEST(test_second_run_is_told_the_same),
        FIXTURE_TEST(test_project_of_others_is_as_one_that_is_nowhere),
        FIXTURE_TEST(test_disabled_project_is_refused),
        FIXTURE_TEST(test_bound_key_names_its_project),
        FIXTURE_TEST(test_header_beats_the_key_unless_keys_are_strict),
        FIXTURE_TEST(test_no_project_and_no_policy_is_a_bad_request),
        FIXTURE_TEST(test_call_that_brings_its_policy_needs_none),
        FIXTURE_TEST(test_project_without_policy_is_told_so),
        FIXTURE_TEST(test_call_with_web_tools_is_told_the_rules_for_them),
        FIXTURE_TEST(test_call_without_web_tools_is_told_none),
        FIXTURE_TEST(test_rules_for_web_tools_are_told_also_without_credits),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
