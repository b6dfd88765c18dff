/* What is kept of a policy is one form, whatever form it came in, and nothing
 * that could not be made ready. API.md 7.4, 13.1 item 13. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy_save.h"

enum { MOST = 4 << 20 };

static struct span text_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

/* What is kept of ${text} under ${id}; the caller frees. */
static char *kept(const char *text, const char *id)
{
    struct fault fault = {0};
    struct buf out = {0}, ignored = {0};
    struct policy *p = policy_save_read(
        text_of(text), text_of(id), MOST, &out, &ignored, &fault);
    char *copy;

    if (p == NULL)
        fail_msg("%s: %s", text, fault.message);
    policy_free(p);
    copy = strdup(buf_terminate(&out));
    buf_free(&out);
    buf_free(&ignored);
    return copy;
}

static void assert_same(const char *id, const char *left, const char *right)
{
    char *l = kept(left, id), *r = kept(right, id);

    assert_string_equal(l, r);
    free(l);
    free(r);
}

static void refused(
    const char *text, const char *id, const char *param, const char *message)
{
    struct fault fault = {0};
    struct buf out = {0}, ignored = {0};

    assert_null(policy_save_read(
        text_of(text), text_of(id), MOST, &out, &ignored, &fault));
    assert_int_equal(fault.code, REFUSE_INVALID_REQUEST);
    assert_string_equal(fault.param, param);
    if (strstr(fault.message, message) == NULL)
        fail_msg("%s", fault.message);
    assert_int_equal(out.len, 0);
    buf_free(&out);
    buf_free(&ignored);
}

/* ${paths}, a line each, are what is not known of ${text}. */
static void ignores(const char *text, const char *paths)
{
    struct fault fault = {0};
    struct buf out = {0}, ignored = {0};
    struct policy *p = policy_save_read(
        text_of(text), text_of("a"), MOST, &out, &ignored, &fault);

    if (p == NULL)
        fail_msg("%s: %s", text, fault.message);
    assert_string_equal(buf_terminate(&ignored), paths);
    policy_free(p);
    buf_free(&out);
    buf_free(&ignored);
}

static void test_all_forms_become_one(void **state)
{
    (void)state;
    assert_same("bot",
        "{\"policy_id\":\"bot\",\"name\":\"Bot\",\"rules\":{\"denylist\":"
        "[\"x\"],\"response_pattern\":\"refuse\",\"redact\":true},\"rollout\":"
        "{\"shadow\":{\"enabled\":true,\"sample_percent\":100}}}",
        "{\"name\":\"Bot\",\"config\":{\"rules\":{\"denylist\":[\"x\"],"
        "\"enforcement_action\":\"block\",\"redact_pii\":true},"
        "\"deployment\":{\"enabled\":false}}}");
    assert_same("bot", "{\"policy_id\":\"bot\",\"rules\":{\"denylist\":[]}}",
        "{\"rules\":{}}");
}

static void test_what_is_kept_reads_as_itself(void **state)
{
    char *once =
        kept("{\"rules\":{\"denylist\":[\"x\",\"\\u00e9 \\\"q\\\"\"]}}", "bot");
    char *again = kept(once, "bot");

    (void)state;
    assert_string_equal(once, again);
    assert_non_null(strstr(once, "\"policy_id\":\"bot\""));
    free(once);
    free(again);
}

static void test_a_whole_policy_may_stand_in_config(void **state)
{
    (void)state;
    assert_same("bot",
        "{\"config\":{\"policy_id\":\"bot\",\"rules\":{\"denylist\":[\"x\"]},"
        "\"rollout\":{\"canary\":{\"enabled\":true,\"sample_percent\":5}}}}",
        "{\"policy_id\":\"bot\",\"rules\":{\"denylist\":[\"x\"]},"
        "\"rollout\":{\"canary\":{\"enabled\":true,\"sample_percent\":5}}}");
    assert_same("bot",
        "{\"config\":{\"name\":\"Bot\",\"config\":{\"rules\":{\"denylist\":"
        "[\"x\"]}}},\"updated_at\":null}",
        "{\"name\":\"Bot\",\"config\":{\"rules\":{\"denylist\":[\"x\"]}}}");
}

static void test_the_newer_form_without_a_name_is_not_taken_apart(void **state)
{
    (void)state;
    assert_same("bot",
        "{\"classification\":\"internal\",\"config\":{\"rules\":{\"denylist\":"
        "[\"x\"]}}}",
        "{\"classification\":\"internal\",\"rules\":{\"denylist\":[\"x\"]}}");
}

static void test_it_calls_itself_what_it_is_kept_under(void **state)
{
    char *own = kept("{\"name\":\"Support Bot\"}", "");

    (void)state;
    assert_non_null(strstr(own, "\"policy_id\":\"support-bot\""));
    free(own);
    own = kept("{\"name\":\"Support Bot\"}", "other");
    assert_non_null(strstr(own, "\"policy_id\":\"other\""));
    free(own);
    refused("{\"policy_id\":\"a\"}", "b", "policy_id", "must be b");
    refused("{\"config\":{\"policy_id\":\"a\"}}", "b", "config.policy_id",
        "must be b");
    refused("{\"rules\":{}}", "", "policy_id", "given");
    refused("{\"config\":{\"rollout\":{}}}", "", "config.policy_id", "given");
}

static void test_faults_name_the_path(void **state)
{
    (void)state;
    refused("{", "a", "", "invalid JSON");
    refused("[]", "a", "", "must be an object");
    refused("{\"rules\":{\"denylist\":\"x\"}}", "a", "rules.denylist", "must");
    refused("{\"config\":{\"rules\":{\"denylist\":\"x\"}}}", "a",
        "config.rules.denylist", "must");
    refused("{\"config\":{\"name\":\"a\",\"rollout\":{\"shadow\":1}}}", "a",
        "config.rollout.shadow", "must");
    refused("{\"config\":{\"name\":\"a\",\"config\":{\"rules\":"
            "{\"enforcement_action\":\"explode\"}}}}",
        "a", "config.config.rules.enforcement_action", "must");
}

static void test_what_cannot_be_made_ready_is_not_kept(void **state)
{
    (void)state;
    refused("{\"rules\":{\"denylist\":[\"x\",\"\\u200b\"]}}", "a",
        "rules.denylist[1]", "something to be seen");
    refused("{\"config\":{\"name\":\"a\",\"rules\":{\"denylist\":"
            "[\"\\u200b\"]}}}",
        "a", "config.rules.denylist[0]", "something to be seen");
}

static void test_ten_thousand_terms_are_kept_and_one_more_is_not(void **state)
{
    struct buf text = {0}, out = {0}, ignored = {0};
    struct fault fault = {0};
    struct policy *p;

    (void)state;
    buf_puts(&text, "{\"rules\":{\"denylist\":[");
    for (int i = 0; i < POLICY_TERMS; i++)
        buf_printf(&text, "%s\"term number %d\"", i > 0 ? "," : "", i);
    buf_puts(&text, "]}}");
    p = policy_save_read((struct span){text.data, text.len}, text_of("a"), MOST,
        &out, &ignored, &fault);
    assert_non_null(p);
    assert_int_equal(p->doc.deny.count, POLICY_TERMS);
    policy_free(p);
    text.len -= 3;
    buf_puts(&text, ",\"straw\"]}}");
    refused(buf_terminate(&text), "a", "rules.denylist", "at most 10000");
    buf_free(&text);
    buf_free(&out);
    buf_free(&ignored);
}

static void test_each_member_that_is_not_known_is_named(void **state)
{
    (void)state;
    ignores("{\"rules\":{\"denylst\":[\"x\"],\"denylist\":[\"x\"]},"
            "\"rule\":{\"denylist\":[\"x\"]},\"denylist\":{}}",
        "rules.denylst\nrule\ndenylist\n");
    ignores("{\"org_controls\":{\"user_quota\":{\"request\":1}},"
            "\"rollout\":{\"canary\":{\"percent\":1},\"rollback\":true},"
            "\"refusal_replacement\":{\"Mode\":7}}",
        "org_controls.user_quota.request\nrollout.canary.percent\n"
        "rollout.rollback\nrefusal_replacement.Mode\n");
    ignores("{\"config\":{\"rulez\":{},\"deployment\":{\"auto_rollback\":"
            "{\"threshold\":1}}}}",
        "config.rulez\nconfig.deployment.auto_rollback.threshold\n");
}

static void test_beside_and_in_a_policy_that_is_wrapped_too(void **state)
{
    (void)state;
    ignores("{\"config\":{\"policy_id\":\"a\",\"rule\":1},\"rules\":{}}",
        "config.rule\nrules\n");
    ignores("{\"config\":{\"name\":\"a\",\"config\":{\"rules\":"
            "{\"denyList\":[]}}}}",
        "config.config.rules.denyList\n");
}

static void test_what_is_known_is_not_named_even_when_null(void **state)
{
    (void)state;
    ignores("{}", "");
    ignores("{\"name\":\"a\",\"rules\":null,\"deployment\":null,\"config\":{"
            "\"rollout\":null,"
            "\"org_controls\":null,\"refusal_replacement\":null,\"rules\":"
            "{\"denylist\":null}}}",
        "");
    ignores("{\"r\\u0075les\":{\"redact\":true,\"redact_pii\":true}}", "");
    ignores("{\"refusal_replacement\":{\"mode\":\"rewrite\"},"
            "\"classification\":\"a\",\"rules\":{\"response_pattern\":"
            "\"refuse\",\"enforcement_action\":\"refuse\"}}",
        "");
}

static void test_names_are_shown_in_ascii_and_apart(void **state)
{
    (void)state;
    ignores("{\"rules.denylist\":1,\"\":2,\"a\\\"b\":3}",
        "[\"rules.denylist\"]\n[\"\"]\n[\"a\\\"b\"]\n");
    ignores("{\"rules\":{\"d\xd0\xb5nylist\":[],\"\x7f\\u001b\\n\":1,"
            "\"\xf0\x9f\x98\x80\":{\"rules\":1}}}",
        "rules[\"d\\u0435nylist\"]\nrules[\"\\u007f\\u001b\\n\"]\n"
        "rules[\"\\ud83d\\ude00\"]\n");
}

static void test_it_must_fit_when_it_is_written_out(void **state)
{
    struct fault fault = {0};
    struct buf out = {0}, ignored = {0};

    (void)state;
    assert_null(policy_save_read(
        text_of("{\"rules\":{}}"), text_of("a"), 100, &out, &ignored, &fault));
    assert_non_null(strstr(fault.message, "more than 100 bytes"));
    assert_int_equal(out.len, 0);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_forms_become_one),
        cmocka_unit_test(test_what_is_kept_reads_as_itself),
        cmocka_unit_test(test_a_whole_policy_may_stand_in_config),
        cmocka_unit_test(test_the_newer_form_without_a_name_is_not_taken_apart),
        cmocka_unit_test(test_it_calls_itself_what_it_is_kept_under),
        cmocka_unit_test(test_faults_name_the_path),
        cmocka_unit_test(test_what_cannot_be_made_ready_is_not_kept),
        cmocka_unit_test(test_ten_thousand_terms_are_kept_and_one_more_is_not),
        cmocka_unit_test(test_it_must_fit_when_it_is_written_out),
        cmocka_unit_test(test_each_member_that_is_not_known_is_named),
        cmocka_unit_test(test_beside_and_in_a_policy_that_is_wrapped_too),
        cmocka_unit_test(test_what_is_known_is_not_named_even_when_null),
        cmocka_unit_test(test_names_are_shown_in_ascii_and_apart),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
