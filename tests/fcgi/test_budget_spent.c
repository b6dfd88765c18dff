/* A stream ends when the store has no more credits for it, and waits when the
 * store is shut. The store thread is a fake that answers when it is told to,
 * and so is the clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "budget_play.h"

static void test_store_that_gives_less_has_no_more(void **state)
{
    struct trickle *s = *state;

    play_begin(s);
    play_look(s, BUDGET_STEP / 2);
    play_answer(s, STORE_OK, BUDGET_STEP + 30);
    assert_int_equal(play_look(s, BUDGET_STEP + 30), BUDGET_FINE);
    assert_null(play_jobs.job);
    assert_int_equal(play_look(s, BUDGET_STEP + 31), BUDGET_SPENT);
}

static void test_stream_that_waits_learns_that_there_is_no_more(void **state)
{
    struct trickle *s = *state;

    play_begin(s);
    assert_int_equal(play_look(s, BUDGET_STEP + 1), BUDGET_WAITING);
    play_answer(s, STORE_OK, BUDGET_STEP);
    assert_int_equal(play_look(s, BUDGET_STEP + 1), BUDGET_SPENT);
    assert_int_equal(play_jobs.submitted, 2);
}

static void test_hold_that_ended_pays_for_nothing_more(void **state)
{
    struct trickle *s = *state;

    play_begin(s);
    play_look(s, BUDGET_STEP / 2);
    play_answer(s, STORE_NOT_FOUND, 0);
    assert_int_equal(play_look(s, BUDGET_STEP + 1), BUDGET_SPENT);
    assert_null(play_jobs.job);
}

static void test_store_that_is_shut_is_asked_again(void **state)
{
    struct trickle *s = *state;

    play_begin(s);
    play_look(s, BUDGET_STEP / 2);
    play_answer(s, STORE_CLOSED, 0);
    assert_non_null(play_armed);
    assert_int_equal(play_look(s, BUDGET_STEP), BUDGET_FINE);
    assert_int_equal(play_look(s, BUDGET_STEP + 1), BUDGET_WAITING);
    play_armed->fired(play_armed->cookie);
    assert_ptr_equal(play_answered, &s->call);
    assert_int_equal(play_look(s, BUDGET_STEP + 1), BUDGET_WAITING);
    play_grant(s);
    assert_int_equal(play_look(s, BUDGET_STEP + 1), BUDGET_FINE);
}

static void test_end_takes_back_a_wish_for_a_shut_store(void **state)
{
    struct trickle *s = *state;

    play_begin(s);
    play_look(s, BUDGET_STEP / 2);
    play_answer(s, STORE_CLOSED, 0);
    budget_end(&s->call);
    assert_null(play_armed);
}

static void test_relay_is_not_told_when_it_is_over(void **state)
{
    struct trickle *s = *state;

    budget_begin(&s->call);
    s->call.step = STEP_SETTLE;
    play_answer(s, STORE_OK, BUDGET_STEP);
    assert_int_equal(play_told, 0);
}

static void test_mark_that_finds_no_hold_ends_the_stream(void **state)
{
    struct trickle *s = *state;

    play_begin(s);
    play_now_ms += BUDGET_MARK_MS;
    play_look(s, 1);
    play_answer(s, STORE_NOT_FOUND, 0);
    assert_int_equal(play_look(s, BUDGET_STEP + 1), BUDGET_SPENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_store_that_gives_less_has_no_more),
        TEST(test_stream_that_waits_learns_that_there_is_no_more),
        TEST(test_hold_that_ended_pays_for_nothing_more),
        TEST(test_store_that_is_shut_is_asked_again),
        TEST(test_end_takes_back_a_wish_for_a_shut_store),
        TEST(test_relay_is_not_told_when_it_is_over),
        TEST(test_mark_that_finds_no_hold_ends_the_stream),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
