/* All forms of a policy become one, and it survives being written; what is
 * wrong is told with its path. API.md 7. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy_doc.h"

static int read_as(struct policy_doc *p, const char *prefix, const char *text,
    struct fault *fault)
{
    struct json_doc doc = {0};
    int rc;

    assert_int_equal(json_parse(&doc, text, strlen(text)), JSON_OK);
    rc = policy_doc_read(p, &doc, 0, prefix, fault);
    json_free(&doc);
    return rc;
}

static struct policy_doc reads(const char *text)
{
    struct fault fault = {0};
    struct policy_doc p;

    if (read_as(&p, "", text, &fault) != 0)
        fail_msg("%s: %s", text, fault.message);
    return p;
}

static void refused(const char *text, const char *param, const char *message)
{
    struct fault fault = {0};
    struct policy_doc p;

    assert_int_equal(read_as(&p, "", text, &fault), -1);
    assert_int_equal(fault.code, REFUSE_INVALID_REQUEST);
    assert_string_equal(fault.param, param);
    assert_non_null(strstr(fault.message, message));
    assert_null(p.text);
}

static const char legacy[] =
    "{\"policy_id\":\"policy-gateway\",\"name\":\"Support Policy\","
    "\"owner\":\"Platform\",\"rules\":{\"allowlist\":[\"refund policy\"],"
    "\"denylist\":[\"one\",\"two\"],\"redact\":true,"
    "\"rewrite_instead_of_refuse\":true,\"response_pattern\":\"refuse\","
    "\"flagged_categories\":[\"self-harm\"],\"reason_codes\":[\"ALLOW\"]},"
    "\"org_controls\":{\"user_quotas\":true,\"audit_logs\":false,"
    "\"data_classification\":\"confidential\","
    "\"user_quota\":{\"requests\":5000,\"tokens\":7,\"window\":\"weekly\"},"
    "\"project_quota\":{\"requests\":2,\"window\":\"monthly\"}},"
    "\"rollout\":{\"shadow\":{\"enabled\":true,\"sample_percent\":20},"
    "\"canary\":{\"enabled\":true,\"sample_percent\":0.05,"
    "\"targets\":[\"a\",\"b\"]},\"rollback_on_spike\":true,"
    "\"rollback_threshold\":0.0725,\"rollback_min_requests\":21,"
    "\"rollback_window_minutes\":16,\"rollback_cooldown_minutes\":31,"
    "\"rollback_decisions\":[\"block\"]},"
    "\"refusal_replacement\":{\"mode\":\"summary\","
    "\"escalation_path\":\"a@example.com\"}}";

static void test_the_older_form_is_read(void **state)
{
    struct policy_doc p = reads(legacy);

    (void)state;
    assert_true(span_is(p.id, "policy-gateway"));
    assert_int_equal(p.deny.count, 2);
    assert_true(span_is(p.deny.of[1], "two"));
    assert_true(span_is(p.allow.of[0], "refund policy"));
    assert_int_equal(p.action, POLICY_REWRITE);
    assert_true(p.redact);
    assert_false(p.audit);
    assert_true(span_is(p.classification, "confidential"));
    assert_int_equal(p.user_quota.requests, 5000);
    assert_int_equal(p.user_quota.period, POLICY_WEEKLY);
    assert_int_equal(p.project_quota.period, POLICY_MONTHLY);
    assert_int_equal(p.shadow.share, 2000);
    assert_int_equal(p.canary.share, 5);
    assert_int_equal(p.canary.targets.count, 2);
    assert_int_equal(p.rollback.threshold, 725);
    assert_int_equal(p.rollback.decisions, 1u << POLICY_REFUSE);
    assert_true(span_is(p.escalation_path, "a@example.com"));
    policy_doc_free(&p);
}

static void test_the_newer_form_is_read(void **state)
{
    struct policy_doc p =
        reads("{\"name\":\"Support Bot #2!\",\"classification\":\"internal\","
              "\"config\":{\"rules\":{\"denylist\":[\"competitor-x\"],"
              "\"enforcement_action\":\"summarize\",\"escalation_path\":\"x\","
              "\"redact_pii\":true},\"deployment\":{\"enabled\":true,"
              "\"percentage\":12.5,\"auto_rollback\":{\"enabled\":true,"
              "\"threshold_pct\":20,\"min_requests\":100,"
              "\"rollback_decisions\":[]}}}}");

    (void)state;
    assert_true(span_is(p.id, "support-bot-2"));
    assert_true(span_is(p.deny.of[0], "competitor-x"));
    assert_int_equal(p.action, POLICY_SUMMARY);
    assert_true(p.redact);
    assert_true(p.canary.enabled);
    assert_int_equal(p.canary.share, 1250);
    assert_false(p.shadow.enabled);
    assert_int_equal(p.rollback.threshold, 2000);
    assert_int_equal(p.rollback.min_requests, 100);
    assert_int_equal(p.rollback.decisions, 0);
    policy_doc_free(&p);
}

static void test_deployment_is_one_knob(void **state)
{
    struct policy_doc p = reads(
        "{\"name\":\"a\",\"config\":{\"deployment\":{\"enabled\":false}}}");

    (void)state;
    assert_true(p.shadow.enabled);
    assert_int_equal(p.shadow.share, POLICY_ALL);
    policy_doc_free(&p);
    p = reads("{\"name\":\"a\",\"config\":{\"deployment\":{\"enabled\":true,"
              "\"percentage\":100}}}");
    assert_false(p.shadow.enabled);
    assert_false(p.canary.enabled);
    policy_doc_free(&p);
    p = reads("{\"name\":\"a\",\"config\":{}}");
    assert_false(p.shadow.enabled);
    policy_doc_free(&p);
}

static void test_an_inline_policy_needs_nothing(void **state)
{
    struct fault fault = {0};
    struct policy_doc p;

    (void)state;
    assert_int_equal(read_as(&p, "policy.", "{}", &fault), 0);
    assert_true(span_is(p.id, "inline"));
    assert_int_equal(p.action, POLICY_REFUSE);
    assert_false(p.shadow.enabled);
    policy_doc_free(&p);
    assert_int_equal(
        read_as(&p, "policy.", "{\"rules\":{\"denylist\":[1]}}", &fault), -1);
    assert_string_equal(fault.param, "policy.rules.denylist[0]");
    assert_int_equal(read_as(&p, "policy.", "[]", &fault), -1);
    assert_string_equal(fault.param, "policy");
}

static void test_the_newest_word_for_the_action_counts(void **state)
{
    static const struct {
        const char *text;
        enum policy_decision action;
    } cases[] = {
        {"{\"name\":\"a\"}", POLICY_REFUSE},
        {"{\"name\":\"a\",\"rules\":{\"rewrite_instead_of_refuse\":true}}",
            POLICY_REWRITE},
        {"{\"name\":\"a\",\"refusal_replacement\":{\"mode\":\"summary\"}}",
            POLICY_SUMMARY},
        {"{\"name\":\"a\",\"rules\":{\"response_pattern\":\"deny\"},"
         "\"refusal_replacement\":{\"mode\":\"summary\"}}",
            POLICY_REFUSE},
        {"{\"name\":\"a\",\"rules\":{\"response_pattern\":\"rewrite\","
         "\"enforcement_action\":\"escalate\"}}",
            POLICY_ESCALATE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct policy_doc p = reads(cases[i].text);

        assert_int_equal(p.action, cases[i].action);
        policy_doc_free(&p);
    }
}

static void test_what_is_written_is_read_again(void **state)
{
    static const char *const texts[] = {legacy, "{\"name\":\"a \\\"b\\\" \"}",
        "{\"name\":\"a\",\"config\":{\"rules\":{\"denylist\":[\"\\u00e9\"]},"
        "\"deployment\":{\"enabled\":true,\"percentage\":33.33}}}"};
    struct buf first = {0}, second = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct policy_doc p = reads(texts[i]), again;

        buf_reset(&first);
        buf_reset(&second);
        policy_doc_write(&p, &first);
        again = reads(buf_terminate(&first));
        policy_doc_write(&again, &second);
        assert_string_equal(buf_terminate(&second), buf_terminate(&first));
        assert_int_equal(again.action, p.action);
        assert_int_equal(again.canary.share, p.canary.share);
        assert_int_equal(again.rollback.threshold, p.rollback.threshold);
        policy_doc_free(&p);
        policy_doc_free(&again);
    }
    buf_free(&first);
    buf_free(&second);
}

static void test_faults_name_the_path(void **state)
{
    (void)state;
    refused("{}", "policy_id", "given, or a name");
    refused("{\"name\":1}", "name", "a string");
    refused("{\"policy_id\":\"a\\nb\"}", "policy_id", "control");
    refused("{\"name\":\"a\",\"rules\":[]}", "rules", "an object");
    refused("{\"name\":\"a\",\"config\":1}", "config", "an object");
    refused(
        "{\"name\":\"a\",\"config\":{\"rules\":{\"denylist\":[\"a\",\"\"]}}}",
        "config.rules.denylist[1]", "from 1 to 1024 bytes");
    refused("{\"name\":\"a\",\"rules\":{\"redact\":\"yes\"}}", "rules.redact",
        "true or false");
    refused("{\"name\":\"a\",\"rules\":{\"response_pattern\":\"shout\"}}",
        "rules.response_pattern", "one of rewrite, refuse");
    refused("{\"name\":\"a\",\"rollout\":{\"rollback_decisions\":[\"refuse\","
            "\"no\"]}}",
        "rollout.rollback_decisions[1]", "one of");
    refused("{\"name\":\"a\",\"org_controls\":{\"user_quota\":"
            "{\"requests\":-1}}}",
        "org_controls.user_quota.requests", "a whole number");
    refused("{\"name\":\"a\",\"rollout\":{\"rollback_window_minutes\":1.5}}",
        "rollout.rollback_window_minutes", "a whole number");
}

static void test_percentages_have_bounds(void **state)
{
    static const char *const bad[] = {"-1", "101", "\"20\"", "100.01", "[]"};
    char text[128];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(text, sizeof(text),
            "{\"name\":\"a\",\"rollout\":{\"canary\":"
            "{\"sample_percent\":%s}}}",
            bad[i]);
        refused(
            text, "rollout.canary.sample_percent", "a number from 0 to 100");
        snprintf(text, sizeof(text),
            "{\"name\":\"a\",\"config\":{\"deployment\":"
            "{\"percentage\":%s}}}",
            bad[i]);
        refused(text, "config.deployment.percentage", "a number from 0 to 100");
    }
    refused("{\"name\":\"a\",\"rollout\":{\"rollback_threshold\":20}}",
        "rollout.rollback_threshold", "a number from 0 to 1");
}

static void test_terms_have_bounds(void **state)
{
    struct buf text = {0};

    (void)state;
    buf_puts(&text, "{\"name\":\"a\",\"rules\":{\"allowlist\":[\"x\"],"
                    "\"denylist\":[\"y\"");
    for (int i = 1; i < POLICY_TERMS; i++)
        buf_puts(&text, ",\"y\"");
    buf_puts(&text, "]}}");
    refused(buf_terminate(&text), "rules.denylist", "at most 10000 terms");
    buf_free(&text);
}

static void test_forms_do_not_mix(void **state)
{
    (void)state;
    refused(
        "{\"name\":\"a\",\"config\":{},\"rules\":{}}", "rules", "in config");
    refused("{\"name\":\"a\",\"config\":{},\"deployment\":{}}", "deployment",
        "in config");
    refused("{\"name\":\"a\",\"config\":{\"rollout\":{}}}", "config.rollout",
        "outside of config");
    refused("{\"name\":\"a\",\"config\":{\"org_controls\":{}}}",
        "config.org_controls", "outside of config");
    refused("{\"name\":\"a\",\"config\":{\"refusal_replacement\":{}}}",
        "config.refusal_replacement", "outside of config");
}

static void test_quotas_of_users_are_in_force_unless_they_are_switched_off(
    void **state)
{
    struct policy_doc p =
        reads("{\"name\":\"a\",\"org_controls\":{\"user_quota\":{"
              "\"requests\":5}}}");

    (void)state;
    assert_true(p.user_quotas);
    policy_doc_free(&p);
    p = reads("{\"name\":\"a\",\"org_controls\":{\"user_quotas\":false,"
              "\"user_quota\":{\"requests\":5}}}");
    assert_false(p.user_quotas);
    policy_doc_free(&p);
}

static void test_what_is_not_known_is_ignored(void **state)
{
    struct policy_doc p = reads("{\"name\":\"a\",\"new\":{\"x\":[]},"
                                "\"rules\":{\"regexes\":7,\"denylist\":null}}");

    (void)state;
    assert_int_equal(p.deny.count, 0);
    policy_doc_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_older_form_is_read),
        cmocka_unit_test(test_the_newer_form_is_read),
        cmocka_unit_test(test_deployment_is_one_knob),
        cmocka_unit_test(test_an_inline_policy_needs_nothing),
        cmocka_unit_test(test_the_newest_word_for_the_action_counts),
        cmocka_unit_test(test_what_is_written_is_read_again),
        cmocka_unit_test(test_faults_name_the_path),
        cmocka_unit_test(test_percentages_have_bounds),
        cmocka_unit_test(test_terms_have_bounds),
        cmocka_unit_test(test_forms_do_not_mix),
        cmocka_unit_test(
            test_quotas_of_users_are_in_force_unless_they_are_switched_off),
        cmocka_unit_test(test_what_is_not_known_is_ignored),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
