/* What an answer scores ends it: at once for what is blocked, for a policy's
 * own categories only where they are enforced; the piece in which that is seen
 * does not leave any more. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/core/moderation_weights.h"
#include "tests/core/policy_play.h"

#define MINDS                                                                  \
    "{\"name\":\"a\",\"rules\":{\"flagged_categories\":[\"harassment\"]}}"
#define REDACTS "{\"name\":\"a\",\"rules\":{\"redact_pii\":true}}"
#define HARASSMENT ((uint16_t)(1u << MODERATION_HARASSMENT))
#define RUDE "You are a stupid idiot."

static const uint64_t thresholds[] = {
    [0 ... MODERATION_CATEGORIES - 1] = 500000};

struct answer {
    struct policy_play policy;
    struct screen *screen;
    struct buf left; /* what passed */
    bool stopped;
};

static void pass(void *cookie, const struct turn_event *e)
{
    struct answer *a = cookie;

    buf_put(&a->left, e->text.p, e->text.n);
    a->stopped = a->stopped || e->kind == TURN_EVENT_STOP;
}

/* A screen of that policy, if it is not NULL, and these categories. */
static void begin(struct answer *a, const char *policy, bool enforced,
    uint16_t blocked, uint16_t minded)
{
    struct screen_rules rules = {.joined = true,
        .flags = {moderation_weights(), thresholds},
        .blocked = blocked,
        .minded = minded,
        .every = 64};

    *a = (struct answer){0};
    if (policy != NULL) {
        assert_int_equal(policy_play_begin(&a->policy, policy, enforced), 0);
        rules.verdict = &a->policy.verdict;
    }
    assert_true(screen_needed(&rules));
    a->screen = screen_make(&rules);
    assert_non_null(a->screen);
}

static void end(struct answer *a)
{
    screen_free(a->screen);
    if (a->policy.policy != NULL)
        policy_play_end(&a->policy);
    buf_free(&a->left);
}

static enum screen_state send(
    struct answer *a, enum turn_event_kind kind, const char *text)
{
    const struct turn_sink to = {pass, a};
    const struct turn_event e = {.kind = kind, .text = {text, strlen(text)}};

    return screen_event(a->screen, &e, &to);
}

static void has_left(struct answer *a, const char *text)
{
    assert_string_equal(buf_terminate(&a->left), text);
}

static void test_what_is_blocked_ends_an_answer_without_a_policy(void **state)
{
    struct answer a;

    (void)state;
    begin(&a, NULL, false, HARASSMENT, 0);
    assert_true(screen_watches(a.screen));
    assert_int_equal(send(&a, TURN_EVENT_TEXT, "Soup. "), SCREEN_GOES);
    assert_int_equal(screen_blocked(a.screen), 0);
    assert_int_equal(send(&a, TURN_EVENT_TEXT, RUDE), SCREEN_FIRED);
    assert_int_equal(screen_blocked(a.screen), HARASSMENT);
    has_left(&a, "Soup. ");
    end(&a);
}

static void test_nothing_passes_behind_it(void **state)
{
    struct answer a;

    (void)state;
    begin(&a, NULL, false, HARASSMENT, 0);
    send(&a, TURN_EVENT_TEXT, RUDE);
    assert_int_equal(send(&a, TURN_EVENT_TEXT, "Soup."), SCREEN_FIRED);
    assert_int_equal(send(&a, TURN_EVENT_STOP, ""), SCREEN_FIRED);
    assert_false(a.stopped);
    has_left(&a, "");
    end(&a);
}

static void test_an_answer_is_scored_at_its_stop(void **state)
{
    struct answer a;

    (void)state;
    begin(&a, NULL, false, HARASSMENT, 0);
    assert_int_equal(
        send(&a, TURN_EVENT_TEXT, "You are a stupid idiot"), SCREEN_GOES);
    assert_int_equal(send(&a, TURN_EVENT_STOP, ""), SCREEN_FIRED);
    assert_false(a.stopped);
    end(&a);
}

static void test_reasoning_refusals_and_arguments_are_scored(void **state)
{
    static const enum turn_event_kind kinds[] = {
        TURN_EVENT_REASONING, TURN_EVENT_REFUSAL, TURN_EVENT_ARGS};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct answer a;

        begin(&a, NULL, false, HARASSMENT, 0);
        assert_int_equal(send(&a, kinds[i], RUDE), SCREEN_FIRED);
        end(&a);
    }
}

static void test_escapes_of_json_hide_nothing(void **state)
{
    struct answer a;

    (void)state;
    begin(&a, NULL, false, HARASSMENT, 0);
    assert_int_equal(
        send(&a, TURN_EVENT_TEXT, "You are a \\u0073tupid \\u0069diot."),
        SCREEN_FIRED);
    end(&a);
}

static void test_what_nobody_minds_passes(void **state)
{
    struct answer a;

    (void)state;
    begin(&a, NULL, false, FLAG_ALWAYS, 0);
    assert_int_equal(send(&a, TURN_EVENT_TEXT, RUDE), SCREEN_GOES);
    assert_int_equal(send(&a, TURN_EVENT_STOP, ""), SCREEN_GOES);
    has_left(&a, RUDE);
    assert_true(a.stopped);
    end(&a);
}

static void test_what_an_enforced_policy_minds_ends_it(void **state)
{
    struct answer a;

    (void)state;
    begin(&a, MINDS, true, FLAG_ALWAYS, HARASSMENT);
    assert_int_equal(send(&a, TURN_EVENT_TEXT, RUDE), SCREEN_FIRED);
    assert_int_equal(screen_blocked(a.screen), 0);
    assert_int_equal(screen_tell(a.screen, &a.policy.verdict), 1);
    assert_int_equal(a.policy.verdict.effective, POLICY_REFUSE);
    assert_int_equal(a.policy.verdict.categories.count, 1);
    assert_int_equal(screen_tell(a.screen, &a.policy.verdict), 0);
    end(&a);
}

static void test_a_shadow_only_tells(void **state)
{
    struct answer a;

    (void)state;
    begin(&a, MINDS, false, FLAG_ALWAYS, HARASSMENT);
    assert_int_equal(send(&a, TURN_EVENT_TEXT, RUDE), SCREEN_GOES);
    has_left(&a, RUDE);
    assert_int_equal(screen_tell(a.screen, &a.policy.verdict), 1);
    assert_int_equal(a.policy.verdict.decision, POLICY_REFUSE);
    assert_int_equal(a.policy.verdict.effective, POLICY_ALLOW);
    end(&a);
}

static void test_a_shadow_does_not_hide_what_is_blocked(void **state)
{
    struct answer a;

    (void)state;
    begin(&a, MINDS, false, HARASSMENT, HARASSMENT);
    assert_int_equal(send(&a, TURN_EVENT_TEXT, RUDE), SCREEN_FIRED);
    assert_int_equal(screen_blocked(a.screen), HARASSMENT);
    end(&a);
}

static void test_a_policy_that_replaces_is_scored_by_what_was_said(void **state)
{
    struct answer a;

    (void)state;
    begin(&a, REDACTS, true, HARASSMENT, 0);
    assert_false(screen_watches(a.screen));
    assert_int_equal(
        send(&a, TURN_EVENT_TEXT, "Ask bob@example.org. "), SCREEN_GOES);
    assert_int_equal(send(&a, TURN_EVENT_TEXT, RUDE), SCREEN_FIRED);
    has_left(&a, "Ask [REDACTED_EMAIL]. ");
    end(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_blocked_ends_an_answer_without_a_policy),
        cmocka_unit_test(test_nothing_passes_behind_it),
        cmocka_unit_test(test_an_answer_is_scored_at_its_stop),
        cmocka_unit_test(test_reasoning_refusals_and_arguments_are_scored),
        cmocka_unit_test(test_escapes_of_json_hide_nothing),
        cmocka_unit_test(test_what_nobody_minds_passes),
        cmocka_unit_test(test_what_an_enforced_policy_minds_ends_it),
        cmocka_unit_test(test_a_shadow_only_tells),
        cmocka_unit_test(test_a_shadow_does_not_hide_what_is_blocked),
        cmocka_unit_test(
            test_a_policy_that_replaces_is_scored_by_what_was_said),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(
        tests, moderation_weights_open, moderation_weights_close);
}
