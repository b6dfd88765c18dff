/* A call is in the arm of a rollout that its target and subject say, always the
 * same, and what holds there decides. API.md 8.5, 14. */

#include "policy_judge_play.h"

static void test_a_shadow_decides_and_allows(void **state)
{
    struct policy *p =
        make("{\"name\":\"a\",\"rules\":{\"denylist\":[\"bad\"]}}");
    struct policy_verdict v =
        judge(p, "bad", (struct policy_arm){POLICY_SHADOW, false, true});

    (void)state;
    assert_int_equal(v.decision, POLICY_REFUSE);
    assert_int_equal(v.effective, POLICY_ALLOW);
    assert_false(v.enforced);
    policy_verdict_free(&v);
    v = judge(p, "bad", (struct policy_arm){POLICY_SHADOW, false, false});
    assert_int_equal(v.decision, POLICY_ALLOW);
    assert_int_equal(v.deny.count, 0);
    policy_verdict_free(&v);
    policy_free(p);
}

static void test_arms_follow_targets(void **state)
{
    struct policy *p =
        make("{\"name\":\"a\",\"rollout\":{\"canary\":{\"enabled\":true,"
             "\"sample_percent\":100,\"targets\":[\"beta\"]},"
             "\"shadow\":{\"enabled\":true,\"sample_percent\":0,"
             "\"targets\":[\"beta\",\"web\"]}}}");
    struct span user = text_of("u");
    struct policy_arm arm;

    (void)state;
    arm = policy_arm(&p->doc, text_of("beta"), user, false);
    assert_int_equal(arm.mode, POLICY_CANARY);
    assert_true(arm.enforced);
    arm = policy_arm(&p->doc, text_of("web"), user, false);
    assert_int_equal(arm.mode, POLICY_SHADOW);
    assert_false(arm.enforced || arm.evaluated);
    arm = policy_arm(&p->doc, text_of("other"), user, false);
    assert_int_equal(arm.mode, POLICY_ENFORCED);
    assert_true(arm.enforced && arm.evaluated);
    arm = policy_arm(&p->doc, text_of("other"), user, true);
    assert_int_equal(arm.mode, POLICY_ROLLED_BACK);
    assert_false(arm.enforced);
    policy_free(p);
}

/* The buckets are a promise: a user stays in his arm for ever. */
static void test_buckets_are_sha_256(void **state)
{
    (void)state;
    assert_int_equal(
        policy_bucket(text_of("support-bot"), text_of("user_42")), 1308);
    assert_int_equal(policy_bucket(text_of(""), text_of("")), 8157);
}

static void test_a_canary_takes_its_share(void **state)
{
    struct policy *p =
        make("{\"name\":\"a\",\"rollout\":{\"canary\":{\"enabled\":true,"
             "\"sample_percent\":5}}}");
    struct policy *wider =
        make("{\"name\":\"a\",\"rollout\":{\"canary\":{\"enabled\":true,"
             "\"sample_percent\":20}}}");
    size_t in = 0, out_again = 0;
    char user[24];
    bool was;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        snprintf(user, sizeof(user), "user_%d", i);
        was = policy_arm(&p->doc, text_of("x"), text_of(user), false).enforced;
        in += was;
        out_again +=
            was && !policy_arm(&wider->doc, text_of("x"), text_of(user), false)
                        .enforced;
    }
    assert_in_range(in, 4500, 5500);
    assert_int_equal(out_again, 0);
    policy_free(p);
    policy_free(wider);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_shadow_decides_and_allows),
        cmocka_unit_test(test_arms_follow_targets),
        cmocka_unit_test(test_buckets_are_sha_256),
        cmocka_unit_test(test_a_canary_takes_its_share),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
