/* A stream's credits are asked for a step ahead, up to the most that may come:
 * it waits only when what it holds is used up and the answer is not there. The
 * store thread is a fake that answers when it is told to, and so is the
 * clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "budget_play.h"

/* ---- the beginning ---- */

static void test_beginning_notes_that_an_upstream_accepted(void **state)
{
    struct trickle *s = *state;
    struct store_extend *extend;
    struct timespec boot;

    clock_gettime(CLOCK_BOOTTIME, &boot);
    budget_begin(&s->call);
    extend = play_asked(s);
    assert_memory_equal(extend->request, s->call.id, STORE_ID);
    assert_true(extend->accepted);
    assert_int_equal(extend->out_so_far, 0);
    assert_int_equal(extend->want_out, 0);
    assert_true(extend->boot >= boot.tv_sec);
}

static void test_lease_is_never_shorter_than_that_of_the_admission(void **state)
{
    struct trickle *s = *state;

    budget_begin(&s->call);
    assert_true(play_asked(s)->lease >= PLAY_LEASE);
}

static void test_stream_goes_on_before_the_first_answer(void **state)
{
    struct trickle *s = *state;

    budget_begin(&s->call);
    assert_int_equal(play_look(s, BUDGET_STEP), BUDGET_FINE);
}

static void test_admission_covers_what_it_held_beyond_the_input(void **state)
{
    struct trickle *s = *state;

    s->call.admit.grant.credits = PLAY_IN + 20;
    budget_begin(&s->call);
    assert_int_equal(play_look(s, 20), BUDGET_FINE);
    assert_int_equal(play_look(s, 21), BUDGET_WAITING);
}

static void test_hold_for_less_than_the_input_covers_nothing(void **state)
{
    struct trickle *s = *state;

    s->call.admit.grant.credits = PLAY_IN - 1;
    budget_begin(&s->call);
    assert_int_equal(play_look(s, 1), BUDGET_WAITING);
}

/* ---- asking ---- */

static void test_nothing_is_asked_in_the_first_half(void **state)
{
    struct trickle *s = *state;

    play_begin(s);
    assert_int_equal(play_look(s, BUDGET_STEP / 2 - 1), BUDGET_FINE);
    assert_null(play_jobs.job);
}

static void test_next_step_is_asked_for_at_half_of_the_last(void **state)
{
    struct trickle *s = *state;

    play_begin(s);
    assert_int_equal(play_look(s, BUDGET_STEP / 2), BUDGET_FINE);
    assert_int_equal(play_asked(s)->want_out, 2 * BUDGET_STEP);
    assert_int_equal(play_asked(s)->out_so_far, BUDGET_STEP / 2);
}

static void test_one_wish_at_a_time(void **state)
{
    struct trickle *s = *state;

    play_begin(s);
    play_look(s, BUDGET_STEP / 2);
    assert_int_equal(play_look(s, BUDGET_STEP / 2 + 1), BUDGET_FINE);
    play_now_ms += 2 * BUDGET_MARK_MS;
    assert_int_equal(play_look(s, BUDGET_STEP / 2 + 2), BUDGET_FINE);
    assert_int_equal(play_jobs.submitted, 2);
}

static void test_step_that_was_granted_is_not_asked_for_again(void **state)
{
    struct trickle *s = *state;

    play_begin(s);
    play_look(s, BUDGET_STEP / 2);
    play_grant(s);
    assert_int_equal(play_look(s, BUDGET_STEP), BUDGET_FINE);
    assert_null(play_jobs.job);
    assert_int_equal(play_look(s, BUDGET_STEP * 3 / 2), BUDGET_FINE);
    assert_int_equal(play_asked(s)->want_out, 3 * BUDGET_STEP);
}

static void test_stream_waits_when_all_is_used_and_no_answer_there(void **state)
{
    struct trickle *s = *state;

    play_begin(s);
    play_look(s, BUDGET_STEP / 2);
    assert_int_equal(play_look(s, BUDGET_STEP), BUDGET_FINE);
    assert_int_equal(play_look(s, BUDGET_STEP + 1), BUDGET_WAITING);
    play_grant(s);
    assert_int_equal(play_told, 1 + 1); /* the beginning's answer came too */
    assert_ptr_equal(play_answered, &s->call);
    assert_int_equal(play_look(s, BUDGET_STEP + 1), BUDGET_FINE);
}

static void test_burst_beyond_the_step_asks_from_where_it_is(void **state)
{
    struct trickle *s = *state;

    play_begin(s);
    assert_int_equal(play_look(s, 3 * BUDGET_STEP), BUDGET_WAITING);
    assert_int_equal(play_asked(s)->want_out, 4 * BUDGET_STEP);
    play_grant(s);
    assert_int_equal(play_look(s, 3 * BUDGET_STEP), BUDGET_FINE);
}

static void test_mark_under_way_is_no_refusal(void **state)
{
    struct trickle *s = *state;

    budget_begin(&s->call);
    assert_int_equal(play_look(s, BUDGET_STEP + 1), BUDGET_WAITING);
    play_answer(s, STORE_OK, BUDGET_STEP);
    assert_int_equal(play_look(s, BUDGET_STEP + 1), BUDGET_WAITING);
    play_grant(s);
    assert_int_equal(play_look(s, BUDGET_STEP + 1), BUDGET_FINE);
}

/* ---- the most that may come ---- */

static void test_nothing_is_asked_beyond_the_most_that_may_come(void **state)
{
    struct trickle *s = *state;

    s->call.admit.grant.max_out = BUDGET_STEP + 100;
    play_begin(s);
    play_look(s, BUDGET_STEP / 2);
    assert_int_equal(play_asked(s)->want_out, BUDGET_STEP + 100);
    play_grant(s);
    assert_int_equal(play_look(s, BUDGET_STEP + 100), BUDGET_FINE);
    assert_null(play_jobs.job);
}

static void test_nothing_is_asked_when_the_first_step_is_all(void **state)
{
    struct trickle *s = *state;

    s->call.admit.grant.max_out = BUDGET_STEP;
    play_begin(s);
    assert_int_equal(play_look(s, BUDGET_STEP), BUDGET_FINE);
    assert_null(play_jobs.job);
}

static void test_most_is_that_of_all_choices(void **state)
{
    struct trickle *s = *state;

    s->call.admit.grant.max_out = 300;
    s->call.admit.ask.n = 3;
    play_begin(s);
    play_look(s, BUDGET_STEP / 2);
    assert_int_equal(play_asked(s)->want_out, 900);
}

static void test_most_that_overflows_is_no_limit(void **state)
{
    struct trickle *s = *state;

    s->call.admit.grant.max_out = UINT64_MAX / 2;
    s->call.admit.ask.n = 3;
    play_begin(s);
    play_look(s, BUDGET_STEP / 2);
    assert_int_equal(play_asked(s)->want_out, 2 * BUDGET_STEP);
}

static void test_upstream_that_exceeds_the_most_is_asked_for(void **state)
{
    struct trickle *s = *state;

    s->call.admit.grant.max_out = BUDGET_STEP;
    play_begin(s);
    assert_int_equal(play_look(s, BUDGET_STEP + 1), BUDGET_WAITING);
    assert_int_equal(play_asked(s)->want_out, 2 * BUDGET_STEP + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_beginning_notes_that_an_upstream_accepted),
        TEST(test_lease_is_never_shorter_than_that_of_the_admission),
        TEST(test_stream_goes_on_before_the_first_answer),
        TEST(test_admission_covers_what_it_held_beyond_the_input),
        TEST(test_hold_for_less_than_the_input_covers_nothing),
        TEST(test_nothing_is_asked_in_the_first_half),
        TEST(test_next_step_is_asked_for_at_half_of_the_last),
        TEST(test_one_wish_at_a_time),
        TEST(test_step_that_was_granted_is_not_asked_for_again),
        TEST(test_stream_waits_when_all_is_used_and_no_answer_there),
        TEST(test_burst_beyond_the_step_asks_from_where_it_is),
        TEST(test_mark_under_way_is_no_refusal),
        TEST(test_nothing_is_asked_beyond_the_most_that_may_come),
        TEST(test_nothing_is_asked_when_the_first_step_is_all),
        TEST(test_most_is_that_of_all_choices),
        TEST(test_most_that_overflows_is_no_limit),
        TEST(test_upstream_that_exceeds_the_most_is_asked_for),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
