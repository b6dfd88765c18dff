/* A dry run says what a call would be told, and what would be redacted; what is
 * wrong with it names the field. API.md 1.7. */

#include "policy_judge_play.h"
#include "simulate.h"
#include "tests/core/moderation_play.h"

static const struct policy_arm shadow = {POLICY_SHADOW, false, true};

static struct span bytes; /* of the committed weights */
static struct moderation_model model;
static uint64_t thresholds[MODERATION_CATEGORIES];

/* The classifier; of no model unless a test lends it one. */
static struct flag_rules classifier;
static uint16_t minded = UINT16_MAX;

/* The answer to ${request} by ${policy}; the caller frees. */
static char *answer(
    const char *policy, const char *request, struct policy_arm arm)
{
    struct policy *p = make(policy);
    struct json_doc doc = {0};
    struct simulate_ask ask;
    struct simulate s;
    struct fault fault = {0};
    struct buf out = {0};
    char *copy;

    assert_int_equal(json_parse(&doc, request, strlen(request)), JSON_OK);
    if (simulate_read(&ask, &doc, &fault) != 0)
        fail_msg("%s", fault.message);
    ask.flags = classifier;
    ask.minded = minded;
    assert_int_equal(simulate_judge(&s, &ask, p, arm), 0);
    simulate_write(&s, &out);
    copy = strdup(buf_terminate(&out));
    simulate_end(&s);
    simulate_free(&ask);
    json_free(&doc);
    buf_free(&out);
    policy_free(p);
    return copy;
}

static void answers(const char *policy, const char *request,
    struct policy_arm arm, const char *expect)
{
    char *got = answer(policy, request, arm);

    assert_string_equal(got, expect);
    free(got);
}

static void has(const char *policy, const char *request, const char *expect)
{
    char *got = answer(policy, request, enforced);

    if (strstr(got, expect) == NULL)
        fail_msg("%s", got);
    free(got);
}

static void refused(const char *request, const char *param, const char *expect)
{
    struct json_doc doc = {0};
    struct simulate_ask ask;
    struct fault fault = {0};

    assert_int_equal(json_parse(&doc, request, strlen(request)), JSON_OK);
    assert_int_equal(simulate_read(&ask, &doc, &fault), -1);
    assert_int_equal(fault.code, REFUSE_INVALID_REQUEST);
    assert_string_equal(fault.param, param);
    if (strstr(fault.message, expect) == NULL)
        fail_msg("%s", fault.message);
    simulate_free(&ask);
    json_free(&doc);
}

#define POLICY                                                                 \
    "{\"policy_id\":\"p\",\"classification\":\"pii\",\"rules\":"               \
    "{\"denylist\":[\"bad\"],\"redact\":true}}"
#define ALLOWS "{\"policy_id\":\"p\"}"

static void test_the_whole_answer(void **state)
{
    (void)state;
    answers(POLICY,
        "{\"messages\":[{\"role\":\"system\",\"content\":\"bad a@b.org\"},"
        "{\"role\":\"user\",\"content\":\"a bad a@b.org\"}],"
        "\"policy_target\":\"bot\"}",
        enforced,
        "{\"policy_id\":\"p\",\"decision\":\"refuse\",\"effective_decision\":"
        "\"refuse\",\"reason_code\":\"REFUSE\",\"triggered_categories\":[],"
        "\"allowlist_hits\":[],\"denylist_hits\":[\"bad\"],\"rollout_mode\":"
        "\"enforced\",\"enforced\":true,\"policy_target\":\"bot\","
        "\"redacted_spans\":[\"email\"],\"audit_tags\":"
        "{\"data_classification\":\"pii\"},\"redacted_messages\":"
        "[{\"role\":\"system\",\"content\":\"bad a@b.org\"},"
        "{\"role\":\"user\",\"content\":\"a bad [REDACTED_EMAIL]\"}]}");
}

static void test_nothing_is_redacted_where_nothing_is_enforced(void **state)
{
    (void)state;
    answers(POLICY, "{\"prompt\":\"bad a@b.org\"}", shadow,
        "{\"policy_id\":\"p\",\"decision\":\"refuse\",\"effective_decision\":"
        "\"allow\",\"reason_code\":\"REFUSE\",\"triggered_categories\":[],"
        "\"allowlist_hits\":[],\"denylist_hits\":[\"bad\"],\"rollout_mode\":"
        "\"shadow\",\"enforced\":false,\"policy_target\":\"chat.completions\","
        "\"redacted_spans\":[],\"audit_tags\":{\"data_classification\":"
        "\"pii\"},\"redacted_messages\":[{\"role\":\"user\",\"content\":"
        "\"bad a@b.org\"}]}");
}

static void test_nor_where_the_policy_does_not_want_it(void **state)
{
    (void)state;
    has(ALLOWS, "{\"prompt\":\"a@b.org\"}",
        "\"redacted_spans\":[],\"audit_tags\":{\"data_classification\":null},"
        "\"redacted_messages\":[{\"role\":\"user\",\"content\":\"a@b.org\"}]");
}

static void test_all_forms_of_a_conversation_are_judged(void **state)
{
    (void)state;
    has(POLICY, "{\"prompt\":\"b\\u0061d\"}", "\"decision\":\"refuse\"");
    has(POLICY, "{\"input\":\"bad\"}", "\"policy_target\":\"responses\"");
    has(POLICY, "{\"input\":\"bad\"}", "\"decision\":\"refuse\"");
    has(POLICY,
        "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\","
        "\"text\":\"bad "
        "a@b.org\"}]},{\"type\":\"function_call\",\"name\":\"f\"}]}",
        "\"redacted_messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
        "\"input_text\",\"text\":\"bad "
        "[REDACTED_EMAIL]\"}]},{\"type\":\"function_call\","
        "\"name\":\"f\"}]");
    has(POLICY, "{\"messages\":[{\"role\":\"user\",\"content\":\"fine\"}]}",
        "\"decision\":\"allow\"");
}

static void test_categories_are_as_if_they_had_been_found(void **state)
{
    (void)state;
    has("{\"name\":\"p\",\"rules\":{\"flagged_categories\":[\"hate\"],"
        "\"response_pattern\":\"summary\"}}",
        "{\"prompt\":\"x\",\"scenario_categories\":[\"hate/threatening\","
        "\"odd\"]}",
        "\"decision\":\"summary\",\"effective_decision\":\"summary\","
        "\"reason_code\":\"SUMMARY\",\"triggered_categories\":[\"hate\"]");
}

static void test_what_is_asked_is_read(void **state)
{
    const char *request =
        "{\"prompt\":\"x\",\"policyId\":\"bot\",\"policy_user\":\"\","
        "\"policy_user_id\":\"\\u0061nn\",\"policy_project_id\":\"p1\","
        "\"config\":{\"policy_id\":\"x\"}}";
    struct json_doc doc = {0};
    struct simulate_ask ask;
    struct fault fault;

    (void)state;
    assert_int_equal(json_parse(&doc, request, strlen(request)), JSON_OK);
    assert_int_equal(simulate_read(&ask, &doc, &fault), 0);
    assert_true(span_is(ask.policy_id, "bot"));
    assert_true(span_is(ask.user, "ann"));
    assert_true(span_is(ask.project, "p1"));
    assert_int_equal(ask.target.n, 0);
    assert_int_equal(ask.policy, json_member(&doc, 0, "config"));
    assert_string_equal(ask.prefix, "config.");
    simulate_free(&ask);
    json_free(&doc);
}

static void test_a_conversation_must_be_one(void **state)
{
    (void)state;
    refused("[]", "", "object");
    refused("{}", "messages", "must be given, or input, or prompt");
    refused("{\"messages\":null}", "messages", "must be given");
    refused("{\"messages\":[]}", "messages", "not empty");
    refused("{\"messages\":\"x\"}", "messages", "list");
    refused("{\"messages\":[7]}", "messages[0]", "an object");
    refused("{\"messages\":[{\"role\":\"user\",\"content\":\"x\"},"
            "{\"content\":\"x\"}]}",
        "messages[1].role", "a string");
    refused("{\"messages\":[{\"role\":\"user\",\"content\":7}]}",
        "messages[0].content", "a string or a list");
    refused("{\"input\":[]}", "input", "not empty");
    refused("{\"input\":[{\"role\":7}]}", "input[0].role", "a string");
    refused("{\"prompt\":[]}", "prompt", "a string");
    refused("{\"prompt\":\"x\",\"input\":\"x\"}", "prompt", "beside input");
}

static void test_the_rest_must_be_legible(void **state)
{
    (void)state;
    refused("{\"prompt\":\"x\",\"policy\":\"p\"}", "policy", "an object");
    refused("{\"prompt\":\"x\",\"policy\":{},\"config\":{}}", "config",
        "beside policy");
    refused("{\"prompt\":\"x\",\"policy_id\":7}", "policy_id", "a string");
    refused("{\"prompt\":\"x\",\"policy_target\":\"a\\nb\"}", "policy_target",
        "control");
    refused("{\"prompt\":\"x\",\"scenario_categories\":\"hate\"}",
        "scenario_categories", "a list");
    refused("{\"prompt\":\"x\",\"scenario_categories\":[\"a\",7]}",
        "scenario_categories[1]", "string");
}

#define HATED                                                                  \
    "{\"prompt\":\"I hate those people, kill all of them, they are vermin\"}"

static void test_a_classifier_looks_at_it_as_at_a_call(void **state)
{
    static const char policy[] =
        "{\"name\":\"p\",\"rules\":{\"flagged_categories\":[\"hate\"]}}";

    (void)state;
    has(policy, HATED, "\"decision\":\"allow\"");
    classifier = (struct flag_rules){&model, thresholds};
    has(policy, HATED, "\"decision\":\"refuse\"");
    has(policy, HATED, "\"triggered_categories\":[\"hate\"]");
    has(policy, "{\"prompt\":\"a walk in the park\"}",
        "\"decision\":\"allow\"");
    minded = 0;
    has(policy, HATED, "\"decision\":\"allow\"");
    minded = UINT16_MAX;
    classifier = (struct flag_rules){0};
}

static void test_what_is_blocked_for_everybody_is_told(void **state)
{
    (void)state;
    classifier = (struct flag_rules){&model, thresholds};
    has("{\"name\":\"p\"}",
        "{\"prompt\":\"tell me how to kill myself tonight\"}",
        "\"decision\":\"allow\",\"effective_decision\":\"allow\","
        "\"reason_code\":\"ALLOW\",\"triggered_categories\":[\"self-harm");
    classifier = (struct flag_rules){0};
}

static int load(void **state)
{
    (void)state;
    for (size_t i = 0; i < MODERATION_CATEGORIES; i++)
        thresholds[i] = 500000;
    bytes = moderation_play_bytes();
    return moderation_model_open(&model, bytes);
}

static int unload(void **state)
{
    (void)state;
    free((char *)bytes.p);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_whole_answer),
        cmocka_unit_test(test_nothing_is_redacted_where_nothing_is_enforced),
        cmocka_unit_test(test_nor_where_the_policy_does_not_want_it),
        cmocka_unit_test(test_all_forms_of_a_conversation_are_judged),
        cmocka_unit_test(test_categories_are_as_if_they_had_been_found),
        cmocka_unit_test(test_a_classifier_looks_at_it_as_at_a_call),
        cmocka_unit_test(test_what_is_blocked_for_everybody_is_told),
        cmocka_unit_test(test_what_is_asked_is_read),
        cmocka_unit_test(test_a_conversation_must_be_one),
        cmocka_unit_test(test_the_rest_must_be_legible),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, load, unload);
}
