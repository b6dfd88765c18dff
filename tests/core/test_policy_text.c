/* What the model, the caller and the auditor are told of a verdict is all that
 * they need and never long. API.md 8.1, 8.7, 10.1. */

#include "policy_event.h"
#include "policy_judge_play.h"

static void test_the_model_is_told_what_was_taken_out(void **state)
{
    struct policy *p = make("{\"name\":\"a\",\"rules\":{\"denylist\":[\"bad\"],"
                            "\"response_pattern\":\"rewrite\"}}");
    struct policy_verdict v = judge(p, "a bad thing", enforced);
    struct buf out = {0};

    (void)state;
    policy_note(&v, &out);
    assert_non_null(strstr(buf_terminate(&out), "\"bad\""));
    buf_reset(&out);
    v.effective = POLICY_ALLOW;
    policy_note(&v, &out);
    assert_int_equal(out.len, 0);
    policy_verdict_free(&v);
    policy_free(p);
    buf_free(&out);
}

/* They go out with each frame of a stream, and the store takes no event that is
 * longer. */
static void test_of_many_hits_some_are_told_and_the_others_counted(void **state)
{
    static const char head[] =
        "{\"name\":\"a\",\"rules\":{\"denylist\":[\"hit\"";
    struct buf text = {0}, said = {0}, out = {0};
    const struct policy_event e = {.created_at = 1};
    struct policy_verdict v;
    struct policy *p;

    (void)state;
    buf_puts(&text, head);
    for (int i = 0; i < 2000; i++) {
        buf_printf(&text, ",\"the term that has the number %d\"", i);
        buf_printf(&said, "the term that has the number %d\n", i);
    }
    buf_puts(&text, "]}}");
    p = make(buf_terminate(&text));
    v = judge(p, buf_terminate(&said), enforced);
    assert_int_equal(v.deny.count, 2000);
    policy_metadata(&v, &out);
    assert_true(out.len < 6000);
    assert_non_null(strstr(buf_terminate(&out), "\"omitted_hits\":1"));
    assert_non_null(strstr(out.data, "has the number 0\""));
    buf_reset(&out);
    policy_event_write(&e, &v, &out);
    assert_true(out.len < 6000);
    assert_non_null(strstr(buf_terminate(&out), "\"omitted_hits\":1"));
    policy_verdict_free(&v);
    policy_free(p);
    buf_free(&out);
    buf_free(&said);
    buf_free(&text);
}

static void lists(const struct policy_verdict *v, const char *categories)
{
    struct buf out = {0};

    policy_metadata(v, &out);
    if (strstr(buf_terminate(&out), categories) == NULL)
        fail_msg("%s", out.data);
    buf_free(&out);
}

static void test_what_moderation_has_ended_is_told_once(void **state)
{
    static const struct span hit = {"hate", 4};
    struct policy *p = make("{\"name\":\"a\",\"rules\":"
                            "{\"flagged_categories\":[\"hate\"]}}");
    struct policy_ask ask = {.target = text_of("chat"), .arm = enforced};
    struct policy_verdict v;

    (void)state;
    assert_int_equal(policy_judge(p, &ask, &v), 0);
    lists(&v, "\"triggered_categories\":[]");
    v.moderated = "hate";
    lists(&v, "\"triggered_categories\":[\"hate\"]");
    policy_verdict_free(&v);
    ask.categories = &hit;
    ask.category_count = 1;
    assert_int_equal(policy_judge(p, &ask, &v), 0);
    v.moderated = "hate";
    lists(&v, "\"triggered_categories\":[\"hate\"]");
    v.moderated = "self-harm";
    lists(&v, "\"triggered_categories\":[\"hate\",\"self-harm\"]");
    policy_verdict_free(&v);
    policy_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_model_is_told_what_was_taken_out),
        cmocka_unit_test(
            test_of_many_hits_some_are_told_and_the_others_counted),
        cmocka_unit_test(test_what_moderation_has_ended_is_told_once),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
