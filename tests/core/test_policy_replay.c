/* What another policy would have decided is known from the hits of the one
 * before, or told as unknown; never guessed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy_replay.h"

enum {
    ALLOW = 1 << POLICY_ALLOW,
    REWRITE = 1 << POLICY_REWRITE,
    REFUSE = 1 << POLICY_REFUSE
};

static struct policy_doc read_doc(const char *text)
{
    struct json_doc doc = {0};
    struct fault fault = {0};
    struct policy_doc p;

    assert_int_equal(json_parse(&doc, text, strlen(text)), JSON_OK);
    if (policy_doc_read(&p, &doc, 0, "", &fault) != 0)
        fail_msg("%s", fault.message);
    json_free(&doc);
    return p;
}

static struct policy_replayed replay(
    const char *before, const char *candidate, const char *event)
{
    struct policy_doc b = read_doc(before), c = read_doc(candidate);
    struct policy_replay *r = policy_replay_make(&b, &c);
    struct json_doc doc = {0};
    struct policy_replayed result;

    assert_non_null(r);
    assert_int_equal(json_parse(&doc, event, strlen(event)), JSON_OK);
    assert_int_equal(policy_replay_event(r, &doc, &result), 0);
    json_free(&doc);
    policy_replay_free(r);
    policy_doc_free(&b);
    policy_doc_free(&c);
    return result;
}

static void becomes(const char *before, const char *candidate,
    const char *event, enum policy_decision from, uint32_t to)
{
    struct policy_replayed is = replay(before, candidate, event);

    assert_int_equal(is.kind, POLICY_REPLAYED);
    assert_int_equal(is.from, from);
    assert_int_equal(is.to, to);
}

#define EVENT(decision, allow, deny, categories)                               \
    "{\"event_type\":\"enforcement\",\"policy_id\":\"p\",\"decision\":"        \
    "\"" decision "\",\"allowlist_hits\":[" allow "],\"denylist_hits\":[" deny \
    "],\"triggered_categories\":[" categories "]}"
#define POLICY(rules) "{\"policy_id\":\"p\",\"rules\":{" rules "}}"

static void test_a_term_that_goes_lets_its_calls_through(void **state)
{
    (void)state;
    becomes(POLICY("\"denylist\":[\"a\",\"b\"]"),
        POLICY("\"denylist\":[\"b\"]"), EVENT("refuse", "", "\"a\"", ""),
        POLICY_REFUSE, ALLOW);
    becomes(POLICY("\"denylist\":[\"a\",\"b\"]"),
        POLICY("\"denylist\":[\"b\"]"), EVENT("refuse", "", "\"a\",\"b\"", ""),
        POLICY_REFUSE, REFUSE);
    becomes(POLICY("\"denylist\":[\"a\",\"b\"]"),
        POLICY("\"denylist\":[\"b\"]"), EVENT("allow", "", "", ""),
        POLICY_ALLOW, ALLOW);
}

static void test_another_action_is_another_decision(void **state)
{
    (void)state;
    becomes(POLICY("\"denylist\":[\"a\"]"),
        POLICY("\"denylist\":[\"a\"],\"response_pattern\":\"rewrite\""),
        EVENT("refuse", "", "\"a\"", ""), POLICY_REFUSE, REWRITE);
}

static void test_a_new_term_is_not_known(void **state)
{
    (void)state;
    becomes(POLICY("\"denylist\":[\"a\"]"),
        POLICY("\"denylist\":[\"a\",\"b\"]"), EVENT("allow", "", "", ""),
        POLICY_ALLOW, ALLOW | REFUSE);
    becomes(POLICY("\"denylist\":[\"a\"]"),
        POLICY("\"denylist\":[\"a\",\"b\"]"), EVENT("refuse", "", "\"a\"", ""),
        POLICY_REFUSE, REFUSE);
}

static void test_an_allow_list_that_is_missed_refuses(void **state)
{
    (void)state;
    becomes(POLICY("\"allowlist\":[\"a\",\"b\"]"),
        POLICY("\"allowlist\":[\"b\"],\"response_pattern\":\"rewrite\""),
        EVENT("allow", "\"a\"", "", ""), POLICY_ALLOW, REFUSE);
    becomes(POLICY("\"allowlist\":[\"a\"]"), POLICY("\"allowlist\":[]"),
        EVENT("refuse", "", "", ""), POLICY_REFUSE, ALLOW);
    becomes(POLICY(""), POLICY("\"allowlist\":[\"a\"]"),
        EVENT("allow", "", "", ""), POLICY_ALLOW, ALLOW | REFUSE);
}

static void test_two_unknowns_that_come_to_the_same_are_known(void **state)
{
    (void)state;
    becomes(POLICY("\"denylist\":[\"a\"]"),
        POLICY("\"allowlist\":[\"x\"],\"denylist\":[\"a\"]"),
        EVENT("refuse", "", "\"a\"", ""), POLICY_REFUSE, REFUSE);
}

static void test_a_parent_of_a_category_was_hit_with_it(void **state)
{
    (void)state;
    becomes(POLICY("\"flagged_categories\":[\"hate/threatening\"]"),
        POLICY("\"flagged_categories\":[\"hate\"]"),
        EVENT("refuse", "", "", "\"hate/threatening\""), POLICY_REFUSE, REFUSE);
    becomes(POLICY("\"flagged_categories\":[\"hate\"]"),
        POLICY("\"flagged_categories\":[\"hate/threatening\"]"),
        EVENT("refuse", "", "", "\"hate\""), POLICY_REFUSE, ALLOW | REFUSE);
}

static void test_hits_that_were_left_out_are_not_known(void **state)
{
    static const char event[] =
        "{\"event_type\":\"enforcement\",\"policy_id\":\"p\",\"decision\":"
        "\"refuse\",\"allowlist_hits\":[],\"denylist_hits\":[\"a\"],"
        "\"triggered_categories\":[],\"omitted_hits\":1}";

    (void)state;
    becomes(POLICY("\"denylist\":[\"a\",\"b\"]"),
        POLICY("\"denylist\":[\"b\"]"), event, POLICY_REFUSE, ALLOW | REFUSE);
    becomes(POLICY("\"denylist\":[\"a\",\"b\"]"),
        POLICY("\"denylist\":[\"a\"]"), event, POLICY_REFUSE, REFUSE);
}

static void test_a_spent_quota_refuses_under_any_policy(void **state)
{
    (void)state;
    becomes(POLICY(""), POLICY(""),
        "{\"event_type\":\"enforcement\",\"policy_id\":\"p\",\"decision\":"
        "\"refuse\",\"reason_code\":\"USER_QUOTA_EXCEEDED\"}",
        POLICY_REFUSE, REFUSE);
}

static void kind_of(const char *event, enum policy_replay_kind kind)
{
    assert_int_equal(replay("{\"policy_id\":\"p\",\"rollout\":{\"shadow\":"
                            "{\"enabled\":true,\"sample_percent\":50}}}",
                         POLICY(""), event)
                         .kind,
        kind);
}

static void test_what_is_no_decision_is_left_out(void **state)
{
    (void)state;
    kind_of("{\"event_type\":\"revision\",\"policy_id\":\"p\"}",
        POLICY_REPLAY_OTHER);
    kind_of("{\"event_type\":\"enforcement\",\"policy_id\":\"q\"}",
        POLICY_REPLAY_OTHER);
    kind_of("{\"event_type\":\"enforcement\",\"policy_id\":\"p\","
            "\"decision\":null,\"reason_code\":\"WORKER_LOST\"}",
        POLICY_REPLAY_LOST);
    kind_of("{\"event_type\":\"enforcement\",\"policy_id\":\"p\","
            "\"decision\":\"explode\"}",
        POLICY_REPLAY_ILLEGIBLE);
    kind_of("{\"event_type\":\"enforcement\",\"policy_id\":\"p\","
            "\"decision\":\"allow\",\"rollout_mode\":\"shadow\"}",
        POLICY_REPLAY_UNSEEN);
    kind_of("7", POLICY_REPLAY_OTHER);
}

static void test_what_is_new_is_counted(void **state)
{
    struct policy_doc b = read_doc(POLICY("\"denylist\":[\"a\",\"b\"]")),
                      c = read_doc(POLICY("\"allowlist\":[\"x\"],\"denylist\":"
                                          "[\"b\",\"c\",\"d\"],"
                                          "\"flagged_categories\":[\"hate\"]"));
    struct policy_replay *r = policy_replay_make(&b, &c);
    struct policy_unknown u = policy_replay_unknown(r);

    (void)state;
    assert_int_equal(u.allow, 1);
    assert_int_equal(u.deny, 2);
    assert_int_equal(u.categories, 1);
    policy_replay_free(r);
    policy_doc_free(&b);
    policy_doc_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_term_that_goes_lets_its_calls_through),
        cmocka_unit_test(test_another_action_is_another_decision),
        cmocka_unit_test(test_a_new_term_is_not_known),
        cmocka_unit_test(test_an_allow_list_that_is_missed_refuses),
        cmocka_unit_test(test_two_unknowns_that_come_to_the_same_are_known),
        cmocka_unit_test(test_a_parent_of_a_category_was_hit_with_it),
        cmocka_unit_test(test_hits_that_were_left_out_are_not_known),
        cmocka_unit_test(test_a_spent_quota_refuses_under_any_policy),
        cmocka_unit_test(test_what_is_no_decision_is_left_out),
        cmocka_unit_test(test_what_is_new_is_counted),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
