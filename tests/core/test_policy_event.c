/* Events of all types have the members of API.md 10.1, with null where there
 * is nothing to say. */

#include "policy_event.h"
#include "policy_judge_play.h"

static const struct policy_event event = {
    .event_id = {"e1", 2}, .created_at = 1776709800, .user_id = {"acct_1", 6}};

/* Whether ${out} is strict JSON that says ${key}: ${value} (raw). */
static void assert_says(
    const struct buf *out, const char *key, const char *value)
{
    struct json_doc doc = {0};
    struct span raw;

    assert_int_equal(json_parse(&doc, out->data, out->len), JSON_OK);
    assert_int_not_equal(json_member(&doc, 0, key), JSON_NONE);
    raw = json_raw(&doc, json_member(&doc, 0, key));
    if (!span_is(raw, value))
        fail_msg("%s is %.*s, not %s", key, (int)raw.n, raw.p, value);
    json_free(&doc);
}

static void test_an_event_tells_who_and_what_but_no_text(void **state)
{
    struct policy *p =
        make("{\"policy_id\":\"support-bot\",\"name\":\"Support bot policy\","
             "\"classification\":\"internal\","
             "\"rules\":{\"denylist\":[\"competitor-x\"]}}");
    struct policy_verdict v = judge(p, "about competitor-X",
        (struct policy_arm){POLICY_SHADOW, false, true});
    struct policy_event e = {.event_id = text_of("3d14a2b8"),
        .created_at = 1776709800,
        .user_id = text_of("user_1"),
        .policy_user = text_of("user_42"),
        .project_id = text_of("proj"),
        .model = text_of("m")};
    struct buf out = {0};

    (void)state;
    policy_event_write(&e, &v, &out);
    assert_string_equal(buf_terminate(&out),
        "{\"event_id\":\"3d14a2b8\",\"event_type\":\"enforcement\","
        "\"source\":\"policy_gateway\",\"created_at\":\"2026-04-20T18:30:00Z\","
        "\"user_id\":\"user_1\",\"org_id\":null,\"policy_id\":\"support-bot\","
        "\"policy_name\":\"Support bot policy\",\"data_classification\":"
        "\"internal\",\"history_id\":null,\"decision\":\"refuse\","
        "\"effective_decision\":\"allow\",\"enforced\":false,"
        "\"rollout_mode\":\"shadow\",\"reason_code\":\"REFUSE\","
        "\"triggered_categories\":[],\"allowlist_hits\":[],"
        "\"denylist_hits\":[\"competitor-x\"],"
        "\"policy_target\":\"chat.completions\",\"policy_user\":\"user_42\","
        "\"quota_subject\":\"user_42\",\"project_id\":\"proj\","
        "\"project_label\":null,\"model\":\"m\"}");
    policy_verdict_free(&v);
    policy_free(p);
    buf_free(&out);
}

static void test_a_simulation_tells_what_was_assumed(void **state)
{
    struct policy *p =
        make("{\"name\":\"a\",\"rules\":{\"denylist\":[\"x\"]}}");
    struct policy_verdict v = judge(p, "x", enforced);
    struct span of[] = {{"hate", 4}, {"a\"b", 3}};
    struct policy_texts categories = {of, 2};
    struct buf out = {0};

    (void)state;
    policy_event_simulation(&event, &v, &categories, &out);
    assert_says(&out, "event_type", "\"simulation\"");
    assert_says(&out, "decision", "\"refuse\"");
    assert_says(&out, "denylist_hits", "[\"x\"]");
    assert_says(&out, "scenario_categories", "[\"hate\",\"a\\\"b\"]");
    buf_free(&out);
    policy_verdict_free(&v);
    policy_free(p);
}

static void test_a_lost_call_has_no_decision(void **state)
{
    struct policy_event e = event;
    struct policy_lost lost = {text_of("bot"), text_of("messages")};
    struct buf out = {0};

    (void)state;
    e.policy_version = 7;
    policy_event_lost(&e, &lost, &out);
    assert_string_equal(buf_terminate(&out),
        "{\"event_id\":\"e1\",\"event_type\":\"enforcement\","
        "\"source\":\"policy_gateway\",\"created_at\":\"2026-04-20T18:30:00Z\","
        "\"user_id\":\"acct_1\",\"org_id\":null,\"policy_id\":\"bot\","
        "\"policy_name\":null,\"data_classification\":null,"
        "\"history_id\":null,\"decision\":null,\"effective_decision\":null,"
        "\"enforced\":null,\"rollout_mode\":null,"
        "\"reason_code\":\"WORKER_LOST\",\"triggered_categories\":[],"
        "\"allowlist_hits\":[],\"denylist_hits\":[],"
        "\"policy_target\":\"messages\",\"policy_user\":null,"
        "\"quota_subject\":\"acct_1\",\"project_id\":null,"
        "\"project_label\":null,\"model\":null,\"policy_version\":7}");
    buf_free(&out);
}

static void test_a_time_that_no_calendar_has_is_empty(void **state)
{
    struct policy_event e = event;
    struct policy_lost lost = {text_of("bot"), text_of("messages")};
    struct buf out = {0};

    (void)state;
    e.created_at = INT64_MAX;
    policy_event_lost(&e, &lost, &out);
    assert_says(&out, "created_at", "\"\"");
    buf_free(&out);
}

static void test_a_revision_tells_the_version(void **state)
{
    struct policy *p = make("{\"name\":\"Bot\",\"classification\":\"pii\"}");
    struct policy_revision r = {&p->doc, POLICY_CREATED, 1, 0};
    struct buf out = {0};

    (void)state;
    policy_event_revision(&event, &r, &out);
    assert_says(&out, "event_type", "\"revision\"");
    assert_says(&out, "policy_id", "\"bot\"");
    assert_says(&out, "data_classification", "\"pii\"");
    assert_says(&out, "change", "\"create\"");
    assert_says(&out, "policy_version", "1");
    assert_says(&out, "decision", "null");
    buf_reset(&out);
    r = (struct policy_revision){&p->doc, POLICY_RESTORED, 5, 2};
    policy_event_revision(&event, &r, &out);
    assert_says(&out, "change", "\"restore\"");
    assert_says(&out, "restored_version", "2");
    buf_free(&out);
    policy_free(p);
}

static void test_a_policy_that_goes_off_says_so(void **state)
{
    struct policy *p = make("{\"name\":\"Bot\"}");
    struct policy_revision r = {&p->doc, POLICY_ROLLED_BACK_BY_ITSELF, 3, 0};
    struct buf out = {0};

    (void)state;
    policy_event_revision(&event, &r, &out);
    assert_says(&out, "change", "\"rollback\"");
    assert_says(&out, "rollout_mode", "\"rollback\"");
    assert_says(&out, "reason_code", "\"ROLLBACK_ON_SPIKE\"");
    assert_says(&out, "policy_version", "3");
    buf_free(&out);
    policy_free(p);
}

static void test_an_id_looks_like_a_uuid(void **state)
{
    uint8_t id[16] = {
        0x3d, 0x14, 0xa2, 0xb8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xfe, 0xff};
    char text[POLICY_EVENT_ID];

    (void)state;
    policy_event_id(id, text);
    assert_string_equal(text, "3d14a2b8-0001-4203-8405-06070809feff");
    assert_int_equal(id[6], 0x42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_event_tells_who_and_what_but_no_text),
        cmocka_unit_test(test_a_simulation_tells_what_was_assumed),
        cmocka_unit_test(test_a_lost_call_has_no_decision),
        cmocka_unit_test(test_a_time_that_no_calendar_has_is_empty),
        cmocka_unit_test(test_a_revision_tells_the_version),
        cmocka_unit_test(test_a_policy_that_goes_off_says_so),
        cmocka_unit_test(test_an_id_looks_like_a_uuid),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
