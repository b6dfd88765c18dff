/* What a stream has used is noted every so many tokens, or after a while, also
 * of one that nobody pays for. The store thread is a fake that answers when it
 * is told to, and so is the clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "budget_play.h"

static void test_progress_is_noted_every_so_many_tokens(void **state)
{
    struct trickle *s = *state;

    play_begin(s);
    play_look(s, BUDGET_STEP / 2);
    play_answer(s, STORE_OK, 100 * BUDGET_STEP);
    play_look(s, BUDGET_STEP / 2 + BUDGET_MARK_TOKENS - 1);
    assert_null(play_jobs.job);
    play_look(s, BUDGET_STEP / 2 + BUDGET_MARK_TOKENS);
    assert_int_equal(
        play_asked(s)->out_so_far, BUDGET_STEP / 2 + BUDGET_MARK_TOKENS);
    assert_int_equal(play_asked(s)->want_out, 0);
}

static void test_progress_is_noted_after_a_while(void **state)
{
    struct trickle *s = *state;

    play_begin(s);
    play_now_ms += BUDGET_MARK_MS - 1;
    play_look(s, 3);
    assert_null(play_jobs.job);
    play_now_ms++;
    play_look(s, 4);
    assert_int_equal(play_asked(s)->out_so_far, 4);
    assert_int_equal(play_asked(s)->want_out, 0);
}

static void test_wish_for_more_is_a_mark(void **state)
{
    struct trickle *s = *state;

    play_begin(s);
    play_now_ms += BUDGET_MARK_MS - 1;
    play_look(s, BUDGET_STEP / 2);
    play_grant(s);
    play_now_ms++;
    play_look(s, BUDGET_STEP / 2 + 1);
    assert_null(play_jobs.job);
}

/* ---- without an account ---- */

static void begin_anonymous(struct trickle *s)
{
    s->call.admit.caller = CALLER_DEVICE;
    s->call.admit.grant = (struct hold_grant){.max_out = 10000};
    budget_begin(&s->call);
}

static void test_anonymous_call_has_no_limit(void **state)
{
    struct trickle *s = *state;

    begin_anonymous(s);
    assert_int_equal(play_look(s, 1000000), BUDGET_FINE);
    play_answer(s, STORE_OK, UINT64_MAX);
    assert_int_equal(play_look(s, BUDGET_MARK_TOKENS - 1), BUDGET_FINE);
    assert_null(play_jobs.job);
}

static void test_anonymous_call_is_marked_and_never_asks_for_more(void **state)
{
    struct trickle *s = *state;

    begin_anonymous(s);
    play_answer(s, STORE_OK, UINT64_MAX);
    assert_int_equal(play_look(s, BUDGET_MARK_TOKENS), BUDGET_FINE);
    assert_int_equal(play_asked(s)->want_out, 0);
    assert_int_equal(play_asked(s)->out_so_far, BUDGET_MARK_TOKENS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_progress_is_noted_every_so_many_tokens),
        TEST(test_progress_is_noted_after_a_while),
        TEST(test_wish_for_more_is_a_mark),
        TEST(test_anonymous_call_has_no_limit),
        TEST(test_anonymous_call_is_marked_and_never_asks_for_more),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
