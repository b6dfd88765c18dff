/* On a governed surface the plan, the project, its policy and its quotas
 * decide, in the settled order; calls at once use exactly the quotas; and what
 * a refused call leaves behind is nothing. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/row_hold.h"
#include "fixture.h"
#include <string.h>

enum { DEAD = 66 };

static int set_up(void **state)
{
    *state = fake_trail_new();
    return 0;
}

static int tear_down(void **state)
{
    fake_trail_free(*state);
    return 0;
}

/* Of account 1, on its project "bot", for the user 7. */
struct call {
    struct store_govern govern;
    struct store_admit admit;
};

static enum refusal ask(struct trail *t, struct call *c, unsigned request)
{
    c->admit = fixture_admit(1, request);
    c->admit.govern = &c->govern;
    fake_trail_run(t, &c->admit);
    assert_false(trail_failed(t));
    return c->admit.refusal;
}

static struct call call_of(const char *project)
{
    struct call c = {.govern.subject = {7}};

    strcpy(c.govern.project, project);
    return c;
}

static void settle(struct trail *t, unsigned request, uint64_t out)
{
    struct store_settle s = fixture_settle(request, 100, out);

    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
}

static struct quota_use used(struct trail *t)
{
    struct store_project_get get = {
        .verb.kind = STORE_PROJECT_GET, .id = "bot", .now = FIXTURE_NOW};

    assert_int_equal(fake_trail_run(t, &get), STORE_OK);
    buf_free(&get.web_tools);
    return get.used;
}

static void set_budget(struct trail *t, struct store_project_set *set,
    uint64_t requests, uint64_t tokens)
{
    set->set_budget = true;
    set->to.budget = (struct quota_limit){requests, tokens, QUOTA_DAILY};
    assert_int_equal(fake_trail_run(t, set), STORE_OK);
}

static void set_user_quota(struct trail *t, struct store_project_set *set,
    uint64_t requests, uint64_t tokens)
{
    set->set_user_quota = true;
    set->to.user_quota = (struct quota_limit){requests, tokens, QUOTA_DAILY};
    assert_int_equal(fake_trail_run(t, set), STORE_OK);
}

/* Let the project's policy state quotas. */
static void lend(
    struct trail *t, struct quota_limit budget, struct quota_limit user_quota)
{
    struct store_policy_put put = {.verb.kind = STORE_POLICY_PUT,
        .id = "rules",
        .document = {"{\"lends\":1}", 11},
        .budget = budget,
        .user_quota = user_quota,
        .now = FIXTURE_NOW};

    fixture_id(1, put.account);
    put.put[0] = 1;
    assert_int_equal(fake_trail_run(t, &put), STORE_OK);
}

/* ---- who may come in ---- */

static void test_plan_without_policies_is_refused(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");

    fixture_account(t, 1, 10);
    assert_int_equal(ask(t, &c, 1), REFUSE_PLAN_REQUIRED);
}

static void test_call_is_told_what_governs_it(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    assert_int_equal(ask(t, &c, 1), REFUSE_NONE);
    assert_string_equal(c.govern.rule.project, "bot");
    assert_string_equal(c.govern.rule.label, "A project");
    assert_string_equal(c.govern.rule.policy, "rules");
    assert_int_equal(c.govern.rule.version, 1);
    assert_int_equal(c.govern.rule.rolled_back_until, 0);
}

static void test_second_run_is_told_the_same(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    ask(t, &c, 1);
    c.govern.rule = (struct store_rule){0};
    assert_int_equal(ask(t, &c, 1), REFUSE_NONE);
    assert_string_equal(c.govern.rule.project, "bot");
    assert_string_equal(c.govern.rule.policy, "rules");
    assert_int_equal(used(t).requests, 1);
}

static void test_project_of_others_is_as_one_that_is_nowhere(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("theirs"), nowhere = call_of("nowhere");

    fixture_account(t, 1, 10);
    fixture_account(t, 2, 10);
    fixture_project(t, 1, "bot");
    fixture_project(t, 2, "theirs");
    assert_int_equal(ask(t, &c, 1), REFUSE_PROJECT_FORBIDDEN);
    assert_int_equal(ask(t, &nowhere, 2), REFUSE_PROJECT_FORBIDDEN);
}

static void test_disabled_project_is_refused(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");
    struct store_project_set set;

    fixture_account(t, 1, 10);
    set = fixture_project(t, 1, "bot");
    set.set_disabled = set.to.disabled = true;
    fake_trail_run(t, &set);
    assert_int_equal(ask(t, &c, 1), REFUSE_PROJECT_DISABLED);
}

static void bind_key(struct trail *t, const char *project)
{
    struct store_key_add add = {
        .verb.kind = STORE_KEY_ADD, .key = fixture_key(3)};

    fixture_id(1, add.key.account);
    strcpy(add.key.project, project);
    assert_int_equal(fake_trail_run(t, &add), STORE_OK);
}

static enum refusal ask_bound(struct trail *t, struct call *c, unsigned request)
{
    c->admit = fixture_admit(3, request);
    c->admit.govern = &c->govern;
    fake_trail_run(t, &c->admit);
    return c->admit.refusal;
}

static void test_bound_key_names_its_project(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("");

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    bind_key(t, "bot");
    assert_int_equal(ask_bound(t, &c, 1), REFUSE_NONE);
    assert_string_equal(c.govern.rule.project, "bot");
}

static void test_header_beats_the_key_unless_keys_are_strict(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("else"), strict = call_of("else");

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
    struct call c = call_of("");

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    assert_int_equal(ask(t, &c, 1), REFUSE_PROJECT_REQUIRED);
    strcpy(c.govern.policy, "rules");
    assert_int_equal(ask(t, &c, 1), REFUSE_NONE);
    assert_string_equal(c.govern.rule.policy, "rules");
    assert_string_equal(c.govern.rule.project, "");
}

static void test_call_that_brings_its_policy_needs_none(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("");

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    c.govern.brings_policy = true;
    assert_int_equal(ask(t, &c, 1), REFUSE_NONE);
    assert_string_equal(c.govern.rule.policy, "");
}

static void test_project_without_policy_is_told_so(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");
    struct store_project_set set;

    fixture_account(t, 1, 10);
    set = fixture_project(t, 1, "bot");
    set.set_policy = true;
    fake_trail_run(t, &set);
    assert_int_equal(ask(t, &c, 1), REFUSE_POLICY_UNLINKED);
    strcpy(c.govern.policy, "none");
    assert_int_equal(ask(t, &c, 1), REFUSE_POLICY_NOT_FOUND);
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
    struct call c = call_of("bot");

    forbid_web_tools(t, 10);
    c.govern.has_web_tools = true;
    assert_int_equal(ask(t, &c, 1), REFUSE_NONE);
    assert_string_equal(
        buf_terminate(&c.govern.web_tools), "{\"enabled\":false}");
    assert_int_equal(ask(t, &c, 1), REFUSE_NONE); /* a second run */
    assert_int_equal(c.govern.web_tools.len, 17);
    buf_free(&c.govern.web_tools);
}

static void test_call_without_web_tools_is_told_none(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot"), silent = call_of("else");

    forbid_web_tools(t, 10);
    fixture_project(t, 1, "else");
    assert_int_equal(ask(t, &c, 1), REFUSE_NONE);
    assert_int_equal(c.govern.web_tools.len, 0);
    silent.govern.has_web_tools = true;
    assert_int_equal(ask(t, &silent, 2), REFUSE_NONE);
    assert_int_equal(silent.govern.web_tools.len, 0);
}

static void test_rules_for_web_tools_are_told_also_without_credits(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");

    forbid_web_tools(t, 0);
    c.govern.has_web_tools = true;
    assert_int_equal(ask(t, &c, 1), REFUSE_INSUFFICIENT_CREDITS);
    assert_int_equal(c.govern.web_tools.len, 17);
    buf_free(&c.govern.web_tools);
}

/* ---- quotas ---- */

static void test_call_reserves_its_worst_case_until_it_ends(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    ask(t, &c, 1);
    assert_int_equal(used(t).requests, 1);
    assert_int_equal(used(t).reserved, 1000);
    assert_int_equal(used(t).tokens, 0);
    settle(t, 1, 50);
    assert_int_equal(used(t).requests, 1);
    assert_int_equal(used(t).reserved, 0);
    assert_int_equal(used(t).tokens, 150);
    assert_true(fixture_clean(t));
}

static void test_call_that_cost_nothing_used_nothing(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");
    struct store_settle s = fixture_settle(1, 0, 0);

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    ask(t, &c, 1);
    s.free_of_charge = true;
    fake_trail_run(t, &s);
    assert_int_equal(used(t).requests, 0);
    assert_int_equal(used(t).reserved, 0);
    assert_int_equal(used(t).tokens, 0);
}

static void test_budget_of_requests_ends_with_the_window(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");
    struct store_project_set set;

    fixture_account(t, 1, 10);
    set = fixture_project(t, 1, "bot");
    set_budget(t, &set, 1, 0);
    assert_int_equal(ask(t, &c, 1), REFUSE_NONE);
    assert_int_equal(ask(t, &c, 2), REFUSE_PROJECT_QUOTA_EXCEEDED);
    assert_int_equal(c.admit.retry_after, 86400);
    c.admit = fixture_admit(1, 3);
    c.admit.govern = &c.govern;
    c.admit.now = fixture_time(1);
    assert_int_equal(fake_trail_run(t, &c.admit), STORE_OK);
}

static void test_users_have_a_quota_each(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");
    struct store_project_set set;

    fixture_account(t, 1, 10);
    set = fixture_project(t, 1, "bot");
    set_user_quota(t, &set, 1, 0);
    assert_int_equal(ask(t, &c, 1), REFUSE_NONE);
    assert_int_equal(ask(t, &c, 2), REFUSE_USER_QUOTA_EXCEEDED);
    c.govern.subject[0] = 8;
    assert_int_equal(ask(t, &c, 3), REFUSE_NONE);
    assert_true(fixture_clean(t));
}

static void test_both_quotas_apply(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");
    struct store_project_set set;

    fixture_account(t, 1, 10);
    set = fixture_project(t, 1, "bot");
    set_budget(t, &set, 1, 0);
    set_user_quota(t, &set, 5, 0);
    assert_int_equal(ask(t, &c, 1), REFUSE_NONE);
    assert_int_equal(ask(t, &c, 2), REFUSE_PROJECT_QUOTA_EXCEEDED);
}

static void test_policy_lends_its_quotas_to_who_has_none(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");
    struct store_project_set set;

    fixture_account(t, 1, 10);
    set = fixture_project(t, 1, "bot");
    lend(t, (struct quota_limit){2, 0, QUOTA_DAILY},
        (struct quota_limit){1, 0, QUOTA_DAILY});
    assert_int_equal(ask(t, &c, 1), REFUSE_NONE);
    assert_int_equal(ask(t, &c, 2), REFUSE_USER_QUOTA_EXCEEDED);
    set_user_quota(t, &set, 5, 0);
    assert_int_equal(ask(t, &c, 3), REFUSE_NONE);
    assert_int_equal(ask(t, &c, 4), REFUSE_PROJECT_QUOTA_EXCEEDED);
    set_budget(t, &set, 3, 0);
    assert_int_equal(ask(t, &c, 5), REFUSE_NONE);
}

static void test_no_other_policy_lifts_the_quotas_that_are_lent(void **state)
{
    struct trail *t = *state;
    struct call brought = call_of("bot"), named = call_of("bot");
    struct store_policy_put put = {.verb.kind = STORE_POLICY_PUT,
        .id = "other",
        .document = {"{}", 2},
        .budget = {9, 0, QUOTA_DAILY},
        .now = FIXTURE_NOW};

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    lend(t, (struct quota_limit){2, 0, QUOTA_DAILY}, (struct quota_limit){0});
    fixture_id(1, put.account);
    assert_int_equal(fake_trail_run(t, &put), STORE_OK);
    brought.govern.brings_policy = true;
    strcpy(named.govern.policy, "other");
    assert_int_equal(ask(t, &brought, 1), REFUSE_NONE);
    assert_int_equal(ask(t, &named, 2), REFUSE_NONE);
    assert_int_equal(ask(t, &brought, 3), REFUSE_PROJECT_QUOTA_EXCEEDED);
    assert_int_equal(ask(t, &named, 4), REFUSE_PROJECT_QUOTA_EXCEEDED);
}

static void test_named_policy_lends_to_who_is_lent_none(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");
    struct store_project_set set;

    fixture_account(t, 1, 10);
    set = fixture_project(t, 1, "bot");
    lend(t, (struct quota_limit){1, 0, QUOTA_DAILY}, (struct quota_limit){0});
    set.set_policy = true;
    assert_int_equal(fake_trail_run(t, &set), STORE_OK);
    strcpy(c.govern.policy, "rules");
    assert_int_equal(ask(t, &c, 1), REFUSE_NONE);
    assert_int_equal(ask(t, &c, 2), REFUSE_PROJECT_QUOTA_EXCEEDED);
}

static void test_output_is_cut_to_what_the_quota_has_left(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");
    struct store_project_set set;

    fixture_account(t, 1, 10);
    set = fixture_project(t, 1, "bot");
    set_budget(t, &set, 0, 300);
    assert_int_equal(ask(t, &c, 1), REFUSE_NONE);
    assert_int_equal(c.admit.grant.max_out, 200);
    assert_int_equal(c.admit.grant.credits, 1);
    assert_int_equal(ask(t, &c, 2), REFUSE_PROJECT_QUOTA_EXCEEDED);
    settle(t, 1, 50);
    assert_int_equal(ask(t, &c, 3), REFUSE_NONE);
    assert_int_equal(c.admit.grant.max_out, 50);
}

static void test_refused_call_leaves_nothing(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");
    struct store_project_set set;
    unsigned writes;

    fixture_account(t, 1, 10);
    set = fixture_project(t, 1, "bot");
    set_budget(t, &set, 0, 100);
    writes = fake_trail_writes(t);
    assert_int_equal(ask(t, &c, 1), REFUSE_PROJECT_QUOTA_EXCEEDED);
    assert_int_equal(fake_trail_writes(t), writes);
    assert_int_equal(fake_trail_rows(t, TABLE_HOLD), 0);
}

static void test_call_without_credits_uses_no_quota(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");

    fixture_account(t, 1, 0);
    fixture_project(t, 1, "bot");
    assert_int_equal(ask(t, &c, 1), REFUSE_INSUFFICIENT_CREDITS);
    assert_int_equal(fake_trail_rows(t, TABLE_QUOTA), 0);
}

static void test_whom_money_and_quota_refuse_is_told_of_the_money(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");
    struct store_project_set set;

    fixture_account(t, 1, 0);
    set = fixture_project(t, 1, "bot");
    set_budget(t, &set, 0, 100);
    assert_int_equal(ask(t, &c, 1), REFUSE_INSUFFICIENT_CREDITS);
}

static void test_settlement_counts_in_the_window_of_the_admission(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");
    struct store_settle s = fixture_settle(1, 100, 50);
    struct store_project_set set;

    fixture_account(t, 1, 10);
    set = fixture_project(t, 1, "bot");
    ask(t, &c, 1);
    set.set_budget = true;
    set.to.budget.window = QUOTA_MONTHLY;
    fake_trail_run(t, &set);
    s.now = fixture_time(1);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_int_equal(used(t).tokens, 0);
    set.to.budget.window = QUOTA_DAILY;
    fake_trail_run(t, &set);
    assert_int_equal(used(t).tokens, 150);
    assert_true(fixture_clean(t));
}

static void test_reaper_gives_back_what_was_reserved(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");
    struct store_reap reap = {.verb.kind = STORE_REAP,
        .now = FIXTURE_NOW,
        .boot = FIXTURE_BOOT,
        .most = 10};

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    fake_trail_become(t, 3, DEAD);
    ask(t, &c, 1);
    fake_trail_kill(t, DEAD);
    fake_trail_become(t, 1, 1);
    assert_int_equal(fake_trail_run(t, &reap), STORE_OK);
    assert_int_equal(reap.reaped, 1);
    assert_int_equal(used(t).reserved, 0);
    assert_int_equal(used(t).requests, 0);
    assert_true(fixture_clean(t));
}

/* ---- streams ---- */

static struct store_extend extend(
    struct trail *t, unsigned request, uint64_t want)
{
    struct store_extend e = {.verb.kind = STORE_EXTEND,
        .accepted = true,
        .want_out = want,
        .boot = FIXTURE_BOOT,
        .lease = FIXTURE_LEASE};

    fixture_id(request, e.request);
    assert_int_equal(fake_trail_run(t, &e), STORE_OK);
    return e;
}

static void stream(struct trail *t, struct call *c, unsigned request)
{
    c->admit = fixture_admit(1, request);
    c->admit.ask.first = 100;
    c->admit.govern = &c->govern;
    assert_int_equal(fake_trail_run(t, &c->admit), STORE_OK);
}

static void test_stream_reserves_as_it_grows(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    stream(t, &c, 1);
    assert_int_equal(used(t).reserved, 200);
    assert_true(extend(t, 1, 600).covers >= 600);
    assert_int_equal(used(t).reserved, 700);
    assert_true(extend(t, 1, 600).covers >= 600);
    assert_int_equal(used(t).reserved, 700);
    settle(t, 1, 550);
    assert_int_equal(used(t).tokens, 650);
    assert_int_equal(used(t).reserved, 0);
    assert_true(fixture_clean(t));
}

static void test_input_that_has_grown_leaves_the_output_of_a_quota(void **state)
{
    struct trail *t = *state;
    struct call c = call_of("bot");
    struct store_project_set set;
    struct store_extend e = {.verb.kind = STORE_EXTEND,
        .est_in = 400,
        .want_out = 300,
        .boot = FIXTURE_BOOT,
        .lease = FIXTURE_LEASE};

    fixture_account(t, 1, 10);
    set = fixture_project(t, 1, "bot");
    set_budget(t, &set, 0, 300);
    stream(t, &c, 1);
    fixture_id(1, e.request);
    for (int run = 0; run < 2; run++) {
        assert_int_equal(fake_trail_run(t, &e), STORE_OK);
        assert_int_equal(e.covers, 100);
        assert_int_equal(used(t).reserved, 500);
    }
    settle(t, 1, 50);
    assert_int_equal(used(t).reserved, 0);
    assert_true(fixture_clean(t));
}

static void test_streams_at_once_grow_no_further_than_the_quota(void **state)
{
    struct trail *t = *state;
    struct call a = call_of("bot"), b = call_of("bot");
    struct store_project_set set;

    fixture_account(t, 1, 10);
    set = fixture_project(t, 1, "bot");
    set_budget(t, &set, 0, 1000);
    stream(t, &a, 1);
    stream(t, &b, 2);
    assert_true(extend(t, 1, 600).covers >= 600);
    assert_int_equal(extend(t, 2, 600).covers, 200);
    assert_int_equal(used(t).reserved, 1000);
    assert_true(fixture_clean(t));
}

static void test_streams_grow_no_further_than_the_quota_of_the_policy(
    void **state)
{
    struct trail *t = *state;
    struct call a = call_of("bot"), b = call_of("bot");

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    lend(
        t, (struct quota_limit){0, 1000, QUOTA_DAILY}, (struct quota_limit){0});
    stream(t, &a, 1);
    stream(t, &b, 2);
    assert_true(extend(t, 1, 600).covers >= 600);
    assert_int_equal(extend(t, 2, 600).covers, 200);
    assert_int_equal(used(t).reserved, 1000);
    assert_true(fixture_clean(t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_plan_without_policies_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_call_is_told_what_governs_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_second_run_is_told_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_project_of_others_is_as_one_that_is_nowhere, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_disabled_project_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_bound_key_names_its_project, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_header_beats_the_key_unless_keys_are_strict, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_no_project_and_no_policy_is_a_bad_request, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_call_that_brings_its_policy_needs_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_project_without_policy_is_told_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_call_with_web_tools_is_told_the_rules_for_them, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_call_without_web_tools_is_told_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_rules_for_web_tools_are_told_also_without_credits, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_call_reserves_its_worst_case_until_it_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_call_that_cost_nothing_used_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_budget_of_requests_ends_with_the_window, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_users_have_a_quota_each, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_both_quotas_apply, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_policy_lends_its_quotas_to_who_has_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_no_other_policy_lifts_the_quotas_that_are_lent, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_named_policy_lends_to_who_is_lent_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_output_is_cut_to_what_the_quota_has_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_refused_call_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_call_without_credits_uses_no_quota, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_whom_money_and_quota_refuse_is_told_of_the_money, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_settlement_counts_in_the_window_of_the_admission, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_reaper_gives_back_what_was_reserved, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_stream_reserves_as_it_grows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_input_that_has_grown_leaves_the_output_of_a_quota, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_streams_at_once_grow_no_further_than_the_quota, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_streams_grow_no_further_than_the_quota_of_the_policy, set_up,
            tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
