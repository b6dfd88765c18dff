/* Calls use exactly the quotas of their project, user and policy, in the window
 * in which they were admitted, and a refused call uses nothing. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "govern_play.h"

enum { DEAD = 66 };

static void set_user_quota(struct trail *t, struct store_project_set *set,
    uint64_t requests, uint64_t tokens)
{
    set->set_user_quota = true;
    set->to.user_quota = (struct quota_limit){requests, tokens, QUOTA_DAILY};
    assert_int_equal(fake_trail_run(t, set), STORE_OK);
}

/* An account with ten credits and its project. */
static struct store_project_set bot(struct trail *t)
{
    fixture_account(t, 1, 10);
    return fixture_project(t, 1, "bot");
}

static void test_call_reserves_its_worst_case_until_it_ends(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    govern_play_ask(t, &c, 1);
    assert_int_equal(govern_play_used(t).requests, 1);
    assert_int_equal(govern_play_used(t).reserved, 1000);
    assert_int_equal(govern_play_used(t).tokens, 0);
    govern_play_settle(t, 1, 50);
    assert_int_equal(govern_play_used(t).requests, 1);
    assert_int_equal(govern_play_used(t).reserved, 0);
    assert_int_equal(govern_play_used(t).tokens, 150);
    assert_true(fixture_clean(t));
}

static void test_call_that_cost_nothing_used_nothing(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");
    struct store_settle s = fixture_settle(1, 0, 0);

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    govern_play_ask(t, &c, 1);
    s.free_of_charge = true;
    fake_trail_run(t, &s);
    assert_int_equal(govern_play_used(t).requests, 0);
    assert_int_equal(govern_play_used(t).reserved, 0);
    assert_int_equal(govern_play_used(t).tokens, 0);
}

static void test_budget_of_requests_ends_with_the_window(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");
    struct store_project_set set = bot(t);

    govern_play_budget(t, &set, 1, 0);
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_NONE);
    assert_int_equal(govern_play_ask(t, &c, 2), REFUSE_PROJECT_QUOTA_EXCEEDED);
    assert_int_equal(c.admit.retry_after, 86400);
    c.admit = fixture_admit(1, 3);
    c.admit.govern = &c.govern;
    c.admit.now = fixture_time(1);
    assert_int_equal(fake_trail_run(t, &c.admit), STORE_OK);
}

static void test_users_have_a_quota_each(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");
    struct store_project_set set = bot(t);

    set_user_quota(t, &set, 1, 0);
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_NONE);
    assert_int_equal(govern_play_ask(t, &c, 2), REFUSE_USER_QUOTA_EXCEEDED);
    c.govern.subject[0] = 8;
    assert_int_equal(govern_play_ask(t, &c, 3), REFUSE_NONE);
    assert_true(fixture_clean(t));
}

static void test_both_quotas_apply(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");
    struct store_project_set set = bot(t);

    govern_play_budget(t, &set, 1, 0);
    set_user_quota(t, &set, 5, 0);
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_NONE);
    assert_int_equal(govern_play_ask(t, &c, 2), REFUSE_PROJECT_QUOTA_EXCEEDED);
}

static void test_policy_lends_its_quotas_to_who_has_none(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");
    struct store_project_set set = bot(t);

    govern_play_lend(t, (struct quota_limit){2, 0, QUOTA_DAILY},
        (struct quota_limit){1, 0, QUOTA_DAILY});
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_NONE);
    assert_int_equal(govern_play_ask(t, &c, 2), REFUSE_USER_QUOTA_EXCEEDED);
    set_user_quota(t, &set, 5, 0);
    assert_int_equal(govern_play_ask(t, &c, 3), REFUSE_NONE);
    assert_int_equal(govern_play_ask(t, &c, 4), REFUSE_PROJECT_QUOTA_EXCEEDED);
    govern_play_budget(t, &set, 3, 0);
    assert_int_equal(govern_play_ask(t, &c, 5), REFUSE_NONE);
}

static void test_no_other_policy_lifts_the_quotas_that_are_lent(void **state)
{
    struct trail *t = *state;
    struct govern_play brought = govern_play_call("bot"),
                       named = govern_play_call("bot");
    struct store_policy_put put = {.verb.kind = STORE_POLICY_PUT,
        .id = "other",
        .document = {"{}", 2},
        .budget = {9, 0, QUOTA_DAILY},
        .now = FIXTURE_NOW};

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    govern_play_lend(
        t, (struct quota_limit){2, 0, QUOTA_DAILY}, (struct quota_limit){0});
    fixture_id(1, put.account);
    assert_int_equal(fake_trail_run(t, &put), STORE_OK);
    brought.govern.brings_policy = true;
    strcpy(named.govern.policy, "other");
    assert_int_equal(govern_play_ask(t, &brought, 1), REFUSE_NONE);
    assert_int_equal(govern_play_ask(t, &named, 2), REFUSE_NONE);
    assert_int_equal(
        govern_play_ask(t, &brought, 3), REFUSE_PROJECT_QUOTA_EXCEEDED);
    assert_int_equal(
        govern_play_ask(t, &named, 4), REFUSE_PROJECT_QUOTA_EXCEEDED);
}

static void test_named_policy_lends_to_who_is_lent_none(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");
    struct store_project_set set = bot(t);

    govern_play_lend(
        t, (struct quota_limit){1, 0, QUOTA_DAILY}, (struct quota_limit){0});
    set.set_policy = true;
    assert_int_equal(fake_trail_run(t, &set), STORE_OK);
    strcpy(c.govern.policy, "rules");
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_NONE);
    assert_int_equal(govern_play_ask(t, &c, 2), REFUSE_PROJECT_QUOTA_EXCEEDED);
}

static void test_output_is_cut_to_what_the_quota_has_left(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");
    struct store_project_set set = bot(t);

    govern_play_budget(t, &set, 0, 300);
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_NONE);
    assert_int_equal(c.admit.grant.max_out, 200);
    assert_int_equal(c.admit.grant.credits, 1);
    assert_int_equal(govern_play_ask(t, &c, 2), REFUSE_PROJECT_QUOTA_EXCEEDED);
    govern_play_settle(t, 1, 50);
    assert_int_equal(govern_play_ask(t, &c, 3), REFUSE_NONE);
    assert_int_equal(c.admit.grant.max_out, 50);
}

static void test_refused_call_leaves_nothing(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");
    struct store_project_set set;
    unsigned writes;

    fixture_account(t, 1, 10);
    set = fixture_project(t, 1, "bot");
    govern_play_budget(t, &set, 0, 100);
    writes = fake_trail_writes(t);
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_PROJECT_QUOTA_EXCEEDED);
    assert_int_equal(fake_trail_writes(t), writes);
    assert_int_equal(fake_trail_rows(t, TABLE_HOLD), 0);
}

static void test_call_without_credits_uses_no_quota(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");

    fixture_account(t, 1, 0);
    fixture_project(t, 1, "bot");
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_INSUFFICIENT_CREDITS);
    assert_int_equal(fake_trail_rows(t, TABLE_QUOTA), 0);
}

static void test_whom_money_and_quota_refuse_is_told_of_the_money(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");
    struct store_project_set set;

    fixture_account(t, 1, 0);
    set = fixture_project(t, 1, "bot");
    govern_play_budget(t, &set, 0, 100);
    assert_int_equal(govern_play_ask(t, &c, 1), REFUSE_INSUFFICIENT_CREDITS);
}

static void test_settlement_counts_in_the_window_of_the_admission(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");
    struct store_settle s = fixture_settle(1, 100, 50);
    struct store_project_set set = bot(t);

    govern_play_ask(t, &c, 1);
    set.set_budget = true;
    set.to.budget.window = QUOTA_MONTHLY;
    fake_trail_run(t, &set);
    s.now = fixture_time(1);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_int_equal(govern_play_used(t).tokens, 0);
    set.to.budget.window = QUOTA_DAILY;
    fake_trail_run(t, &set);
    assert_int_equal(govern_play_used(t).tokens, 150);
    assert_true(fixture_clean(t));
}

static void test_reaper_gives_back_what_was_reserved(void **state)
{
    struct trail *t = *state;
    struct govern_play c = govern_play_call("bot");
    struct store_reap reap = {.verb.kind = STORE_REAP,
        .now = FIXTURE_NOW,
        .boot = FIXTURE_BOOT,
        .most = 10};

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    fake_trail_become(t, 3, DEAD);
    govern_play_ask(t, &c, 1);
    fake_trail_kill(t, DEAD);
    fake_trail_become(t, 1, 1);
    assert_int_equal(fake_trail_run(t, &reap), STORE_OK);
    assert_int_equal(reap.reaped, 1);
    assert_int_equal(govern_play_used(t).reserved, 0);
    assert_int_equal(govern_play_used(t).requests, 0);
    assert_true(fixture_clean(t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_call_reserves_its_worst_case_until_it_ends),
        FIXTURE_TEST(test_call_that_cost_nothing_used_nothing),
        FIXTURE_TEST(test_budget_of_requests_ends_with_the_window),
        FIXTURE_TEST(test_users_have_a_quota_each),
        FIXTURE_TEST(test_both_quotas_apply),
        FIXTURE_TEST(test_policy_lends_its_quotas_to_who_has_none),
        FIXTURE_TEST(test_no_other_policy_lifts_the_quotas_that_are_lent),
        FIXTURE_TEST(test_named_policy_lends_to_who_is_lent_none),
        FIXTURE_TEST(test_output_is_cut_to_what_the_quota_has_left),
        FIXTURE_TEST(test_refused_call_leaves_nothing),
        FIXTURE_TEST(test_call_without_credits_uses_no_quota),
        FIXTURE_TEST(test_whom_money_and_quota_refuse_is_told_of_the_money),
        FIXTURE_TEST(test_settlement_counts_in_the_window_of_the_admission),
        FIXTURE_TEST(test_reaper_gives_back_what_was_reserved),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
