/* The choices of an answer are judged each for itself, and what one of them
 * may not say ends the answer for all. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy_play.h"

#define REFUSE "{\"name\":\"a\",\"rules\":{\"denylist\":[\"forbidden fruit\"]}}"
#define REWRITE                                                                \
    "{\"name\":\"a\",\"rules\":{\"enforcement_action\":\"rewrite\","           \
    "\"denylist\":[\"forbidden fruit\"]}}"

enum { CHOICES = 3 };

/* What passed, choice by choice. */
struct passed {
    struct policy_play policy;
    struct screen *screen;
    struct buf of[CHOICES];
    unsigned stops;
};

static void pass(void *cookie, const struct turn_event *e)
{
    struct passed *p = cookie;

    assert_in_range(e->choice, 0, CHOICES - 1);
    buf_put(&p->of[e->choice], e->text.p, e->text.n);
    p->stops += e->kind == TURN_EVENT_STOP;
}

/* The screen looks at the verdict in p, which stays where it is. */
static void begin(
    struct passed *p, const char *policy, bool enforced, bool joined)
{
    *p = (struct passed){0};
    assert_int_equal(policy_play_begin(&p->policy, policy, enforced), 0);
    p->screen = policy_play_screen(&p->policy, joined);
    assert_non_null(p->screen);
}

static void end(struct passed *p)
{
    screen_free(p->screen);
    policy_play_end(&p->policy);
    for (size_t i = 0; i < CHOICES; i++)
        buf_free(&p->of[i]);
}

static enum screen_state send(struct passed *p, enum turn_event_kind kind,
    uint32_t choice, uint32_t block, const char *text)
{
    const struct turn_sink to = {pass, p};
    const struct turn_event e = {.kind = kind,
        .choice = choice,
        .block = block,
        .text = {text, strlen(text)}};

    return screen_event(p->screen, &e, &to);
}

static void takes(struct passed *p, enum turn_event_kind kind, uint32_t choice,
    uint32_t block, const char *text)
{
    assert_int_equal(send(p, kind, choice, block, text), SCREEN_GOES);
}

static void says(struct passed *p, uint32_t choice, const char *text)
{
    takes(p, TURN_EVENT_TEXT, choice, 0, text);
}

static void has(struct passed *p, uint32_t choice, const char *text)
{
    assert_string_equal(buf_terminate(&p->of[choice]), text);
}

static void test_words_of_two_choices_do_not_make_a_term(void **state)
{
    struct passed p;

    (void)state;
    begin(&p, REFUSE, true, true);
    says(&p, 0, "a forbidden ");
    says(&p, 1, "fruit is sweet");
    has(&p, 1, "fruit is sweet");
    says(&p, 0, "door");
    has(&p, 0, "a forbidden door");
    end(&p);
}

static void test_a_term_is_found_across_what_others_say(void **state)
{
    struct passed p;

    (void)state;
    begin(&p, REFUSE, true, true);
    says(&p, 0, "a forbid");
    says(&p, 1, "clean");
    says(&p, 0, "den ");
    says(&p, 2, "clean");
    assert_int_equal(send(&p, TURN_EVENT_TEXT, 0, 0, "fruit"), SCREEN_FIRED);
    has(&p, 0, "a ");
    end(&p);
}

static void test_what_fires_in_one_choice_ends_all(void **state)
{
    struct passed p;

    (void)state;
    begin(&p, REFUSE, true, true);
    says(&p, 0, "good");
    assert_int_equal(
        send(&p, TURN_EVENT_TEXT, 1, 0, "forbidden fruit"), SCREEN_FIRED);
    assert_int_equal(send(&p, TURN_EVENT_TEXT, 0, 0, " day"), SCREEN_FIRED);
    assert_int_equal(send(&p, TURN_EVENT_STOP, 0, 0, ""), SCREEN_FIRED);
    has(&p, 0, "good");
    assert_int_equal(p.stops, 0);
    end(&p);
}

static void test_a_stop_ends_the_texts_of_its_choice_only(void **state)
{
    struct passed p;

    (void)state;
    begin(&p, REFUSE, true, true);
    says(&p, 0, "a forbidden");
    says(&p, 1, "b forbidden");
    takes(&p, TURN_EVENT_STOP, 1, 0, "");
    has(&p, 0, "a ");
    has(&p, 1, "b forbidden");
    says(&p, 0, " door");
    has(&p, 0, "a forbidden door");
    end(&p);
}

static void test_a_choice_that_goes_on_can_fire_after_another_has_ended(
    void **state)
{
    struct passed p;

    (void)state;
    begin(&p, REFUSE, true, true);
    says(&p, 0, "a forbidden");
    takes(&p, TURN_EVENT_STOP, 1, 0, "");
    assert_int_equal(send(&p, TURN_EVENT_TEXT, 0, 0, " fruit"), SCREEN_FIRED);
    assert_int_equal(p.stops, 1);
    end(&p);
}

static void test_a_block_ends_those_of_its_choice_only(void **state)
{
    struct passed p;

    (void)state;
    begin(&p, REFUSE, true, false);
    says(&p, 0, "a forbidden");
    says(&p, 1, "b forbidden");
    takes(&p, TURN_EVENT_TEXT, 1, 1, "new");
    has(&p, 0, "a ");
    has(&p, 1, "b forbiddennew");
    end(&p);
}

static void test_a_call_ends_texts_of_its_choice_only(void **state)
{
    struct passed p;

    (void)state;
    begin(&p, REFUSE, true, false);
    says(&p, 0, "a forbidden");
    says(&p, 1, "b forbidden");
    takes(&p, TURN_EVENT_CALL, 1, 1, "");
    has(&p, 0, "a ");
    has(&p, 1, "b forbidden");
    end(&p);
}

static void test_arguments_of_calls_with_one_number_are_apart(void **state)
{
    struct passed p;

    (void)state;
    begin(&p, REFUSE, true, true);
    takes(&p, TURN_EVENT_CALL, 0, 0, "");
    takes(&p, TURN_EVENT_CALL, 1, 0, "");
    takes(&p, TURN_EVENT_ARGS, 0, 0, "{\\\"a\\\":\\\"forbidden ");
    takes(&p, TURN_EVENT_ARGS, 1, 0, "{\\\"a\\\":\\\"fruit\\\"}");
    takes(&p, TURN_EVENT_STOP, 1, 0, "");
    has(&p, 1, "{\\\"a\\\":\\\"fruit\\\"}");
    assert_int_equal(
        send(&p, TURN_EVENT_ARGS, 0, 0, "fruit\\\"}"), SCREEN_FIRED);
    end(&p);
}

static void test_a_term_is_replaced_in_its_choice(void **state)
{
    struct passed p;

    (void)state;
    begin(&p, REWRITE, true, true);
    says(&p, 0, "a forbidden ");
    says(&p, 2, "a forbidden door");
    says(&p, 0, "fruit.");
    takes(&p, TURN_EVENT_STOP, 0, 0, "");
    takes(&p, TURN_EVENT_STOP, 2, 0, "");
    has(&p, 2, "a forbidden door");
    assert_null(strstr(buf_terminate(&p.of[0]), "fruit"));
    assert_int_equal(screen_tell(p.screen, &p.policy.verdict), 1);
    end(&p);
}

static void test_who_watches_sees_each_choice(void **state)
{
    struct passed p;

    (void)state;
    begin(&p, REFUSE, false, true);
    says(&p, 0, "a forbidden ");
    says(&p, 1, "fruit");
    assert_int_equal(screen_tell(p.screen, &p.policy.verdict), 0);
    says(&p, 0, "fruit");
    assert_int_equal(screen_tell(p.screen, &p.policy.verdict), 1);
    has(&p, 0, "a forbidden fruit");
    has(&p, 1, "fruit");
    end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_of_two_choices_do_not_make_a_term),
        cmocka_unit_test(test_a_term_is_found_across_what_others_say),
        cmocka_unit_test(test_what_fires_in_one_choice_ends_all),
        cmocka_unit_test(test_a_stop_ends_the_texts_of_its_choice_only),
        cmocka_unit_test(
            test_a_choice_that_goes_on_can_fire_after_another_has_ended),
        cmocka_unit_test(test_a_block_ends_those_of_its_choice_only),
        cmocka_unit_test(test_a_call_ends_texts_of_its_choice_only),
        cmocka_unit_test(test_arguments_of_calls_with_one_number_are_apart),
        cmocka_unit_test(test_a_term_is_replaced_in_its_choice),
        cmocka_unit_test(test_who_watches_sees_each_choice),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
