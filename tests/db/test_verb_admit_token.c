/* Signed-in users are admitted as keys are, in a rolling minute of their own,
 * until the account voids their tokens. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "admit_play.h"
#include "db/bdb/row_hold.h"
#include "fixture.h"

enum { DEAD = 66 };

static struct store_admit token(unsigned n, unsigned request)
{
    struct store_admit a = fixture_admit(n, request);

    a.caller = CALLER_ACCOUNT;
    memset(a.digest, 0, sizeof(a.digest));
    fixture_id(n, a.account);
    return a;
}

static void set(struct trail *t, unsigned n, struct store_account_set *set)
{
    set->verb.kind = STORE_ACCOUNT_SET;
    fixture_id(n, set->id);
    assert_int_equal(fake_trail_run(t, set), STORE_OK);
}

static void test_user_gets_a_hold_of_the_worst_case(void **state)
{
    struct trail *t = *state;
    struct store_admit a = token(1, 1);
    struct row_hold hold;

    fixture_account(t, 1, 10);
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    assert_int_equal(a.grant.credits, 2);
    assert_int_equal(a.posted, 10);
    assert_string_equal(a.key_id, "");
    assert_int_equal(fixture_look(t, 1).balance.held, 2);
    assert_int_equal(row_hold_get(t, a.request, &hold), TRAIL_FOUND);
    assert_int_equal(hold.caller, CALLER_ACCOUNT);
    assert_true(fixture_clean(t));
}

static void test_user_pays_what_was_used(void **state)
{
    struct trail *t = *state;
    struct store_admit a = token(1, 1);
    struct store_settle s = fixture_settle(1, 100, 700);

    fixture_account(t, 1, 10);
    admit_play(t, &a);
    assert_int_equal(fake_trail_run(t, &s), STORE_OK);
    assert_false(s.anonymous);
    assert_int_equal(s.charge.credits, 2);
    assert_int_equal(fixture_look(t, 1).balance.posted, 8);
    assert_int_equal(fixture_look(t, 1).balance.held, 0);
    assert_true(fixture_clean(t));
}

static void test_dead_workers_call_of_a_user_is_billed(void **state)
{
    struct trail *t = *state;
    struct store_admit a = token(1, 1);
    struct store_extend e = {.verb.kind = STORE_EXTEND,
        .accepted = true,
        .out_so_far = 900,
        .boot = FIXTURE_BOOT,
        .lease = FIXTURE_LEASE};
    struct store_reap r = {.verb.kind = STORE_REAP,
        .now = FIXTURE_NOW,
        .boot = FIXTURE_BOOT,
        .most = 10};

    fixture_account(t, 1, 10);
    fake_trail_become(t, 3, DEAD);
    admit_play(t, &a);
    fixture_id(1, e.request);
    assert_int_equal(fake_trail_run(t, &e), STORE_OK);
    fake_trail_become(t, 1, 1);
    fake_trail_kill(t, DEAD);
    assert_int_equal(fake_trail_run(t, &r), STORE_OK);
    assert_int_equal(r.credits, 2);
    assert_int_equal(fixture_look(t, 1).balance.posted, 8);
    assert_true(fixture_clean(t));
}

static void test_stream_of_a_user_grows(void **state)
{
    struct trail *t = *state;
    struct store_admit a = token(1, 1);
    struct store_extend e = {.verb.kind = STORE_EXTEND,
        .want_out = 2000,
        .boot = FIXTURE_BOOT,
        .lease = FIXTURE_LEASE};

    fixture_account(t, 1, 10);
    a.ask.max_out = 100000;
    a.ask.first = 500;
    admit_play(t, &a);
    fixture_id(1, e.request);
    assert_int_equal(fake_trail_run(t, &e), STORE_OK);
    assert_int_equal(e.held, 5);
    assert_int_equal(fixture_look(t, 1).balance.held, 5);
}

static void test_user_of_an_account_that_is_gone_is_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = token(2, 1);

    fixture_account(t, 1, 10);
    assert_int_equal(admit_play(t, &a), REFUSE_INVALID_API_KEY);
}

static void test_user_of_a_suspended_account_is_told_so(void **state)
{
    struct trail *t = *state;
    struct store_account_set suspend = {
        .set_suspended = true, .suspended = true};
    struct store_admit a = token(1, 1);

    fixture_account(t, 1, 10);
    set(t, 1, &suspend);
    assert_int_equal(admit_play(t, &a), REFUSE_ACCOUNT_SUSPENDED);
}

static void test_voided_tokens_are_refused_as_unknown_keys_are(void **state)
{
    struct trail *t = *state;
    struct store_account_set end = {.void_tokens = true};
    struct store_admit old = token(1, 1), new = token(1, 2);

    fixture_account(t, 1, 10);
    set(t, 1, &end);
    new.token_version = end.token_version;
    assert_int_equal(admit_play(t, &old), REFUSE_INVALID_API_KEY);
    assert_int_equal(admit_play(t, &new), REFUSE_NONE);
}

static void test_void_token_is_told_before_suspension(void **state)
{
    struct trail *t = *state;
    struct store_account_set end = {
        .void_tokens = true, .set_suspended = true, .suspended = true};
    struct store_admit a = token(1, 1);

    fixture_account(t, 1, 10);
    set(t, 1, &end);
    assert_int_equal(admit_play(t, &a), REFUSE_INVALID_API_KEY);
}

static void test_tokens_of_a_later_version_are_refused(void **state)
{
    struct trail *t = *state;
    struct store_admit a = token(1, 1);

    fixture_account(t, 1, 10);
    a.token_version = 1;
    assert_int_equal(admit_play(t, &a), REFUSE_INVALID_API_KEY);
}

static void test_a_refused_token_writes_nothing(void **state)
{
    struct trail *t = *state;
    struct store_admit a = token(1, 1);
    unsigned writes;

    fixture_account(t, 1, 10);
    a.token_version = 1;
    writes = fake_trail_writes(t);
    admit_play(t, &a);
    assert_int_equal(fake_trail_writes(t), writes);
}

/* The windows of the fake trail are broken: each counts a quarter. */
static void test_users_and_keys_have_a_minute_each(void **state)
{
    struct trail *t = *state;
    struct store_admit key = fixture_admit(1, 1), user = token(1, 2);
    struct store_admit again = token(1, 3), second = token(1, 4);

    fixture_account(t, 1, 100);
    key.rate_limit = 40;
    user.rate_limit = again.rate_limit = second.rate_limit = 8;
    admit_play(t, &key);
    assert_int_equal(key.requests.remaining, 9);
    assert_int_equal(admit_play(t, &user), REFUSE_NONE);
    assert_int_equal(user.requests.remaining, 1);
    assert_int_equal(admit_play(t, &again), REFUSE_NONE);
    assert_int_equal(admit_play(t, &second), REFUSE_RATE_LIMITED);
    assert_true(second.retry_after > 0);
    fixture_id(5, key.request);
    assert_int_equal(admit_play(t, &key), REFUSE_NONE);
    assert_int_equal(key.requests.remaining, 9);
}

static void test_counting_tokens_has_a_minute_of_its_own(void **state)
{
    struct trail *t = *state;
    struct store_admit call = token(1, 1), count = token(1, 2);
    struct store_admit keys = fixture_admit(1, 3);

    fixture_account(t, 1, 100);
    call.rate_limit = 4;
    count.rate_limit = keys.rate_limit = 40;
    count.depth = keys.depth = ADMIT_COUNT;
    count.class = keys.class = CLASS_COUNT_TOKENS;
    assert_int_equal(admit_play(t, &call), REFUSE_NONE);
    admit_play(t, &count);
    admit_play(t, &keys);
    assert_int_equal(count.requests.remaining, 9);
    assert_int_equal(keys.requests.remaining, 9);
}

static void test_tokens_used_count_in_the_users_minute(void **state)
{
    struct trail *t = *state;
    struct store_admit a = token(1, 1), look = token(1, 2);
    struct store_admit key = fixture_admit(1, 3);
    struct store_settle s = fixture_settle(1, 100, 700);

    fixture_account(t, 1, 100);
    look.token_limit = key.token_limit = 40000;
    look.depth = key.depth = ADMIT_IDENTIFY;
    admit_play(t, &a);
    fake_trail_run(t, &s);
    admit_play(t, &look);
    admit_play(t, &key);
    assert_int_equal(look.tokens.remaining, 9200);
    assert_int_equal(key.tokens.remaining, 10000);
}

static void test_user_and_key_share_the_names_of_calls(void **state)
{
    struct trail *t = *state;
    struct store_admit a = token(1, 1), b = fixture_admit(1, 2);

    fixture_account(t, 1, 10);
    a.has_idempotency = b.has_idempotency = true;
    admit_play(t, &a);
    assert_int_equal(admit_play(t, &b), REFUSE_IDEMPOTENCY_RUNNING);
}

static void test_verb_run_again_gets_the_same_grant(void **state)
{
    struct trail *t = *state;
    struct store_admit a = token(1, 1);

    fixture_account(t, 1, 10);
    admit_play(t, &a);
    a.grant = (struct hold_grant){0};
    a.posted = 0;
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    assert_int_equal(a.grant.credits, 2);
    assert_int_equal(a.posted, 10);
    assert_int_equal(fixture_look(t, 1).balance.held, 2);
}

static void test_user_has_to_name_a_project_or_a_policy(void **state)
{
    struct trail *t = *state;
    struct store_govern govern = {.subject = {7}};
    struct store_admit a = token(1, 1);

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    a.govern = &govern;
    assert_int_equal(admit_play(t, &a), REFUSE_PROJECT_REQUIRED);
    strcpy(govern.project, "bot");
    assert_int_equal(admit_play(t, &a), REFUSE_NONE);
    assert_string_equal(govern.rule.policy, "rules");
}

static void test_key_of_a_project_says_so(void **state)
{
    struct trail *t = *state;
    struct store_key_add bound = {
        .verb.kind = STORE_KEY_ADD, .key = fixture_key(2)};
    struct store_admit a = fixture_admit(1, 1), b = fixture_admit(2, 2);

    fixture_account(t, 1, 10);
    fixture_project(t, 1, "bot");
    fixture_id(1, bound.key.account);
    strcpy(bound.key.project, "bot");
    assert_int_equal(fake_trail_run(t, &bound), STORE_OK);
    admit_play(t, &a);
    admit_play(t, &b);
    assert_false(a.key_bound);
    assert_true(b.key_bound);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_user_gets_a_hold_of_the_worst_case),
        FIXTURE_TEST(test_user_pays_what_was_used),
        FIXTURE_TEST(test_dead_workers_call_of_a_user_is_billed),
        FIXTURE_TEST(test_stream_of_a_user_grows),
        FIXTURE_TEST(test_user_of_an_account_that_is_gone_is_refused),
        FIXTURE_TEST(test_user_of_a_suspended_account_is_told_so),
        FIXTURE_TEST(test_voided_tokens_are_refused_as_unknown_keys_are),
        FIXTURE_TEST(test_void_token_is_told_before_suspension),
        FIXTURE_TEST(test_tokens_of_a_later_version_are_refused),
        FIXTURE_TEST(test_a_refused_token_writes_nothing),
        FIXTURE_TEST(test_users_and_keys_have_a_minute_each),
        FIXTURE_TEST(test_counting_tokens_has_a_minute_of_its_own),
        FIXTURE_TEST(test_tokens_used_count_in_the_users_minute),
        FIXTURE_TEST(test_user_and_key_share_the_names_of_calls),
        FIXTURE_TEST(test_verb_run_again_gets_the_same_grant),
        FIXTURE_TEST(test_user_has_to_name_a_project_or_a_policy),
        FIXTURE_TEST(test_key_of_a_project_says_so),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
