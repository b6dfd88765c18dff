/* A policy decides of a request, and of an answer that breaks its rules, by
 * these in their order and by no text that they do not look at. API.md 8,
 * 14. */

#include "policy_judge_play.h"

static void check_metadata(const struct policy_verdict *v, const char *expect)
{
    struct buf out = {0};

    policy_metadata(v, &out);
    assert_string_equal(buf_terminate(&out), expect);
    buf_free(&out);
}

static void test_an_allowed_text_is_allowed(void **state)
{
    struct policy *p = make("{\"policy_id\":\"support-bot\",\"rules\":"
                            "{\"allowlist\":[\"refund policy\"]}}");
    struct policy_verdict v =
        judge(p, "Summarize our support refund policy.", enforced);

    (void)state;
    check_metadata(&v,
        "{\"policy_id\":\"support-bot\",\"decision\":\"allow\","
        "\"effective_decision\":\"allow\",\"reason_code\":\"ALLOW\","
        "\"triggered_categories\":[],\"allowlist_hits\":[\"refund policy\"],"
        "\"denylist_hits\":[],\"rollout_mode\":\"enforced\",\"enforced\":true,"
        "\"policy_target\":\"chat.completions\"}");
    policy_verdict_free(&v);
    policy_free(p);
}

static void test_a_missed_allow_list_refuses_whatever_the_action(void **state)
{
    struct policy *p = make("{\"name\":\"a\",\"rules\":{\"allowlist\":[\"x\"],"
                            "\"response_pattern\":\"rewrite\"}}");
    struct policy_verdict v = judge(p, "no", enforced);

    (void)state;
    assert_int_equal(v.decision, POLICY_REFUSE);
    assert_string_equal(v.reason, "REFUSE");
    policy_verdict_free(&v);
    policy_free(p);
}

static void test_denied_beats_allowed_and_all_hits_are_told(void **state)
{
    struct policy *p =
        make("{\"name\":\"a\",\"rules\":{\"allowlist\":[\"Help\"],"
             "\"denylist\":[\"third\",\"SECOND\",\"first\",\"none\"],"
             "\"response_pattern\":\"summary\"}}");
    struct policy_verdict v = judge(p,
        "help: first, the s\xd0\xb5"
        "cond",
        enforced);

    (void)state;
    check_metadata(&v,
        "{\"policy_id\":\"a\",\"decision\":\"summary\","
        "\"effective_decision\":\"summary\",\"reason_code\":\"SUMMARY\","
        "\"triggered_categories\":[],\"allowlist_hits\":[\"Help\"],"
        "\"denylist_hits\":[\"SECOND\",\"first\"],\"rollout_mode\":"
        "\"enforced\",\"enforced\":true,"
        "\"policy_target\":\"chat.completions\"}");
    policy_verdict_free(&v);
    policy_free(p);
}

static void test_categories_and_their_parents_fire(void **state)
{
    struct policy *p = make("{\"name\":\"a\",\"rules\":{\"flagged_categories\":"
                            "[\"sexual\",\"hate\",\"ha\"],"
                            "\"response_pattern\":\"escalate\"}}");
    struct span found[] = {text_of("hate/threatening"), text_of("violence")};
    struct policy_ask ask = {
        .categories = found, .category_count = 2, .arm = enforced};
    struct policy_verdict v;

    (void)state;
    assert_int_equal(policy_judge(p, &ask, &v), 0);
    assert_int_equal(v.decision, POLICY_ESCALATE);
    assert_int_equal(v.categories.count, 1);
    assert_int_equal(v.categories.of[0], 1);
    policy_verdict_free(&v);
    policy_free(p);
}

static void test_a_spent_quota_refuses_in_every_mode(void **state)
{
    struct policy *p = make("{\"name\":\"a\"}");
    struct policy_ask ask = {
        .quota = POLICY_USER_QUOTA_SPENT, .arm = {POLICY_SHADOW, false, true}};
    struct policy_verdict v;

    (void)state;
    assert_int_equal(policy_judge(p, &ask, &v), 0);
    assert_int_equal(v.effective, POLICY_REFUSE);
    assert_int_equal(v.mode, POLICY_SHADOW);
    assert_true(v.enforced);
    assert_string_equal(v.reason, "USER_QUOTA_EXCEEDED");
    policy_free(p);
}

/* Deny looks at all turns and over their seams, allow at the last. */
static void test_which_turns_count(void **state)
{
    struct policy *p = make("{\"name\":\"a\",\"rules\":{\"allowlist\":[\"ok\"],"
                            "\"denylist\":[\"early\",\"split\",\"two words\"]}"
                            "}");
    struct policy_input inputs[] = {{text_of("early ok sp"), false},
        {text_of("lit two"), false}, {text_of("words"), true}};
    struct policy_ask ask = {
        .inputs = inputs, .input_count = 3, .arm = enforced};
    struct policy_verdict v;

    (void)state;
    assert_int_equal(policy_judge(p, &ask, &v), 0);
    assert_int_equal(v.deny.count, 3);
    assert_int_equal(v.allow.count, 0);
    policy_verdict_free(&v);
    inputs[1].text = text_of("ok");
    assert_int_equal(policy_judge(p, &ask, &v), 0);
    assert_int_equal(v.allow.count, 1);
    policy_verdict_free(&v);
    policy_free(p);
}

/* Whether the texts hold the term when they are put together with this between
 * them; runs of blanks are one. */
static bool holds(const struct policy_input *inputs, size_t count,
    const char *between, const char *term)
{
    char all[512] = "";
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        const char *parts[] = {i > 0 ? between : "", inputs[i].text.p};
        const size_t sizes[] = {strlen(parts[0]), inputs[i].text.n};

        for (int k = 0; k < 2; k++)
            for (size_t j = 0; j < sizes[k]; j++)
                if (parts[k][j] != ' ' || n == 0 || all[n - 1] != ' ')
                    all[n++] = parts[k][j];
    }
    all[n] = '\0';
    return strstr(all, term) != NULL;
}

/* However they are cut: terms of few letters, in texts of the same. */
static void test_terms_across_texts_are_those_of_the_texts_put_together(
    void **state)
{
    static const char *const terms[] = {
        "ab", "aab", "b a", "abab", "ba b", "bbb", "aaaaaa", "a b a"};
    const size_t n = sizeof(terms) / sizeof(terms[0]);
    struct policy *p =
        make("{\"name\":\"a\",\"rules\":{\"denylist\":[\"ab\",\"aab\",\"b a\","
             "\"abab\",\"ba b\",\"bbb\",\"aaaaaa\",\"a b a\"]}}");
    struct policy_input inputs[8];
    char text[40];
    uint32_t seed = 1;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        size_t at = 0, count = 0, next = 0;
        struct policy_ask ask = {.inputs = inputs, .arm = enforced};
        struct policy_verdict v;

        for (size_t i = 0; i < sizeof(text); i++) {
            seed = seed * 1103515245u + 12345u;
            text[i] = "aabb "[(seed >> 16) % 5];
        }
        for (; count < 8; count++) {
            seed = seed * 1103515245u + 12345u;
            inputs[count].text = (struct span){text + at, (seed >> 16) % 6};
            inputs[count].same_turn = false;
            at += inputs[count].text.n;
        }
        ask.input_count = count;
        assert_int_equal(policy_judge(p, &ask, &v), 0);
        for (uint32_t i = 0; i < n; i++) {
            bool told = next < v.deny.count && v.deny.of[next] == i;

            assert_int_equal(told, holds(inputs, count, " ", terms[i]) ||
                                       holds(inputs, count, "", terms[i]));
            next += told;
        }
        policy_verdict_free(&v);
    }
    policy_free(p);
}

static void test_a_disguise_does_not_open_an_allow_list(void **state)
{
    struct policy *p =
        make("{\"name\":\"a\",\"rules\":{\"allowlist\":[\"refund\"]}}");
    struct policy_verdict v = judge(p,
        "r\xd0\xb5"
        "fund",
        enforced);

    (void)state;
    assert_int_equal(v.decision, POLICY_REFUSE);
    policy_verdict_free(&v);
    policy_free(p);
}

/* Whether a deny list of "bomb" and "a&amp;b" has a hit in texts. */
static bool denies(const char *const *texts, size_t count)
{
    struct policy *p = make(
        "{\"name\":\"a\",\"rules\":{\"denylist\":[\"bomb\",\"a&amp;b\"]}}");
    struct policy_input inputs[4] = {0};
    struct policy_ask ask = {
        .inputs = inputs, .input_count = count, .arm = enforced};
    struct policy_verdict v;
    bool denied;

    for (size_t i = 0; i < count; i++)
        inputs[i].text = (struct span){texts[i], strlen(texts[i])};
    assert_int_equal(policy_judge(p, &ask, &v), 0);
    denied = v.deny.count > 0;
    policy_verdict_free(&v);
    policy_free(p);
    return denied;
}

#define DENIES(...)                                                            \
    denies((const char *const[]){__VA_ARGS__},                                 \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void test_references_do_not_hide_what_is_denied(void **state)
{
    (void)state;
    assert_true(DENIES("a b&#111;mb"));
    assert_true(DENIES("%62%6Fmb"));
    assert_true(DENIES("see a&amp;b"));
    assert_true(DENIES("x b&#1", "11;mb"));
    assert_true(DENIES("b%6", "", "Fm", "b"));
    assert_false(DENIES("b%256Fmb", "b&", "omb"));
}

static void test_references_do_not_open_an_allow_list(void **state)
{
    struct policy *p =
        make("{\"name\":\"a\",\"rules\":{\"allowlist\":[\"refund\"]}}");
    struct policy_verdict v = judge(p, "r&#101;fund ref%75nd", enforced);

    (void)state;
    assert_int_equal(v.decision, POLICY_REFUSE);
    policy_verdict_free(&v);
    policy_free(p);
}

static void test_terms_of_nothing_are_faults_with_a_path(void **state)
{
    static const char text[] = "{\"name\":\"a\",\"config\":{\"rules\":"
                               "{\"denylist\":[\"a\",\"\\u200b\"]}}}";
    struct json_doc doc = {0};
    struct fault fault = {0};
    struct policy_doc read;

    (void)state;
    assert_int_equal(json_parse(&doc, text, strlen(text)), JSON_OK);
    assert_int_equal(policy_doc_read(&read, &doc, 0, "", &fault), 0);
    assert_null(policy_make(&read, &fault));
    assert_string_equal(fault.param, "config.rules.denylist[1]");
    assert_int_equal(fault.code, REFUSE_INVALID_REQUEST);
    json_free(&doc);
}

static void test_output_that_fires_changes_the_verdict(void **state)
{
    struct policy *p = make("{\"name\":\"a\",\"rules\":{\"denylist\":[\"x\","
                            "\"y\"],\"flagged_categories\":[\"hate\"]}}");
    struct policy_verdict v = judge(p, "fine", enforced);
    uint32_t second = 1, first = 0;
    struct policy_hits none = {0}, deny = {&second, 1}, hate = {&first, 1};

    (void)state;
    assert_int_equal(policy_fire(&v, &deny, &none), 0);
    assert_int_equal(v.effective, POLICY_REFUSE);
    assert_int_equal(v.deny.count, 1);
    deny.of = &first;
    assert_int_equal(policy_fire(&v, &deny, &hate), 0);
    assert_int_equal(policy_fire(&v, &deny, &hate), 0);
    assert_int_equal(v.deny.count, 2);
    assert_int_equal(v.deny.of[0], 0);
    assert_int_equal(v.deny.of[1], 1);
    assert_int_equal(v.categories.count, 1);
    policy_verdict_free(&v);
    policy_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_allowed_text_is_allowed),
        cmocka_unit_test(test_a_missed_allow_list_refuses_whatever_the_action),
        cmocka_unit_test(test_denied_beats_allowed_and_all_hits_are_told),
        cmocka_unit_test(test_categories_and_their_parents_fire),
        cmocka_unit_test(test_a_spent_quota_refuses_in_every_mode),
        cmocka_unit_test(test_which_turns_count),
        cmocka_unit_test(
            test_terms_across_texts_are_those_of_the_texts_put_together),
        cmocka_unit_test(test_a_disguise_does_not_open_an_allow_list),
        cmocka_unit_test(test_references_do_not_hide_what_is_denied),
        cmocka_unit_test(test_references_do_not_open_an_allow_list),
        cmocka_unit_test(test_terms_of_nothing_are_faults_with_a_path),
        cmocka_unit_test(test_output_that_fires_changes_the_verdict),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
