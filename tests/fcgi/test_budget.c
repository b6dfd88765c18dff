/* A stream's credits are asked for a step ahead: it waits only when what it
 * holds is used up and the answer is not there, and ends when the store has no
 * more. What it has used is noted every so many tokens, or after a while. The
 * store thread is a fake that answers when it is told to, and so is the
 * clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "call.h"
#include "relay.h"

enum { IN = 100, LEASE = 660 };

/* ---- the store thread, the clock, the relay ---- */

struct jobs {
    struct job *job; /* that waits */
    size_t submitted;
};

static struct jobs jobs;
static uint64_t now_ms;
static struct call *answered; /* the last one that the relay was told of */
static size_t told;

void jobs_submit(struct jobs *to, struct job *job)
{
    assert_ptr_equal(to, &jobs);
    assert_null(jobs.job); /* one at a time: the verb lies in the call */
    assert_int_equal(job->verb->kind, STORE_EXTEND);
    jobs.job = job;
    jobs.submitted++;
}

uint64_t loop_now(const struct loop *loop)
{
    (void)loop;
    return now_ms;
}

static struct loop_timer *armed; /* the timer that is set */

static bool no_timers; /* memory is out */

int loop_timer_set(struct loop *loop, struct loop_timer *t, uint64_t ms)
{
    (void)loop;
    (void)ms;
    if (no_timers)
        return -1;
    armed = t;
    return 0;
}

void loop_timer_cancel(struct loop *loop, struct loop_timer *t)
{
    (void)loop;
    if (armed == t)
        armed = NULL;
}

void relay_budget_answered(struct call *call)
{
    answered = call;
    told++;
}

/* ---- a stream ---- */

struct trickle {
    struct worker worker;
    struct call call;
};

/* It has been admitted: a credit is a token. */
static int setup(void **state)
{
    struct trickle *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    jobs = (struct jobs){0};
    now_ms = 100000;
    told = 0;
    answered = NULL;
    armed = NULL;
    s->worker.jobs = &jobs;
    s->call.worker = &s->worker;
    s->call.step = STEP_RELAY;
    memset(s->call.id, 7, sizeof(s->call.id));
    s->call.admit.caller = CALLER_KEY;
    s->call.admit.lease = LEASE;
    s->call.admit.ask = (struct hold_ask){.est_in = IN,
        .max_out = 10000,
        .n = 1,
        .first = BUDGET_STEP,
        .price = {.tokens_per_credit = 1}};
    s->call.admit.grant =
        (struct hold_grant){.credits = IN + BUDGET_STEP, .max_out = 10000};
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static struct store_extend *asked(struct trickle *s)
{
    assert_non_null(jobs.job);
    assert_ptr_equal(jobs.job->verb, &s->call.budget.extend.verb);
    return &s->call.budget.extend;
}

static void answer(struct trickle *s, enum store_status status, uint64_t covers)
{
    struct store_extend *extend = asked(s);
    struct job *job = jobs.job;

    jobs.job = NULL;
    extend->verb.status = status;
    if (status == STORE_OK)
        extend->covers = covers;
    job->done(job->cookie);
}

/* The store has what is wanted. */
static void grant(struct trickle *s)
{
    answer(s, STORE_OK, asked(s)->want_out);
}

/* The upstream has accepted it, and the store knows. */
static void begin(struct trickle *s)
{
    budget_begin(&s->call);
    answer(s, STORE_OK, BUDGET_STEP);
}

static enum budget_state look(struct trickle *s, uint64_t out)
{
    return budget_look(&s->call, out);
}

/* ---- the beginning ---- */

static void test_beginning_notes_that_an_upstream_accepted(void **state)
{
    struct trickle *s = *state;
    struct store_extend *extend;
    struct timespec boot;

    clock_gettime(CLOCK_BOOTTIME, &boot);
    budget_begin(&s->call);
    extend = asked(s);
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
    assert_true(asked(s)->lease >= LEASE);
}

static void test_stream_goes_on_before_the_first_answer(void **state)
{
    struct trickle *s = *state;

    budget_begin(&s->call);
    assert_int_equal(look(s, BUDGET_STEP), BUDGET_FINE);
}

static void test_admission_covers_what_it_held_beyond_the_input(void **state)
{
    struct trickle *s = *state;

    s->call.admit.grant.credits = IN + 20;
    budget_begin(&s->call);
    assert_int_equal(look(s, 20), BUDGET_FINE);
    assert_int_equal(look(s, 21), BUDGET_WAITING);
}

static void test_hold_for_less_than_the_input_covers_nothing(void **state)
{
    struct trickle *s = *state;

    s->call.admit.grant.credits = IN - 1;
    budget_begin(&s->call);
    assert_int_equal(look(s, 1), BUDGET_WAITING);
}

/* ---- asking ---- */

static void test_nothing_is_asked_in_the_first_half(void **state)
{
    struct trickle *s = *state;

    begin(s);
    assert_int_equal(look(s, BUDGET_STEP / 2 - 1), BUDGET_FINE);
    assert_null(jobs.job);
}

static void test_next_step_is_asked_for_at_half_of_the_last(void **state)
{
    struct trickle *s = *state;

    begin(s);
    assert_int_equal(look(s, BUDGET_STEP / 2), BUDGET_FINE);
    assert_int_equal(asked(s)->want_out, 2 * BUDGET_STEP);
    assert_int_equal(asked(s)->out_so_far, BUDGET_STEP / 2);
}

static void test_one_wish_at_a_time(void **state)
{
    struct trickle *s = *state;

    begin(s);
    look(s, BUDGET_STEP / 2);
    assert_int_equal(look(s, BUDGET_STEP / 2 + 1), BUDGET_FINE);
    now_ms += 2 * BUDGET_MARK_MS;
    assert_int_equal(look(s, BUDGET_STEP / 2 + 2), BUDGET_FINE);
    assert_int_equal(jobs.submitted, 2);
}

static void test_step_that_was_granted_is_not_asked_for_again(void **state)
{
    struct trickle *s = *state;

    begin(s);
    look(s, BUDGET_STEP / 2);
    grant(s);
    assert_int_equal(look(s, BUDGET_STEP), BUDGET_FINE);
    assert_null(jobs.job);
    assert_int_equal(look(s, BUDGET_STEP * 3 / 2), BUDGET_FINE);
    assert_int_equal(asked(s)->want_out, 3 * BUDGET_STEP);
}

static void test_stream_waits_when_all_is_used_and_no_answer_there(void **state)
{
    struct trickle *s = *state;

    begin(s);
    look(s, BUDGET_STEP / 2);
    assert_int_equal(look(s, BUDGET_STEP), BUDGET_FINE);
    assert_int_equal(look(s, BUDGET_STEP + 1), BUDGET_WAITING);
    grant(s);
    assert_int_equal(told, 1 + 1); /* the beginning's answer came too */
    assert_ptr_equal(answered, &s->call);
    assert_int_equal(look(s, BUDGET_STEP + 1), BUDGET_FINE);
}

static void test_burst_beyond_the_step_asks_from_where_it_is(void **state)
{
    struct trickle *s = *state;

    begin(s);
    assert_int_equal(look(s, 3 * BUDGET_STEP), BUDGET_WAITING);
    assert_int_equal(asked(s)->want_out, 4 * BUDGET_STEP);
    grant(s);
    assert_int_equal(look(s, 3 * BUDGET_STEP), BUDGET_FINE);
}

static void test_mark_under_way_is_no_refusal(void **state)
{
    struct trickle *s = *state;

    budget_begin(&s->call);
    assert_int_equal(look(s, BUDGET_STEP + 1), BUDGET_WAITING);
    answer(s, STORE_OK, BUDGET_STEP);
    assert_int_equal(look(s, BUDGET_STEP + 1), BUDGET_WAITING);
    grant(s);
    assert_int_equal(look(s, BUDGET_STEP + 1), BUDGET_FINE);
}

/* ---- the most that may come ---- */

static void test_nothing_is_asked_beyond_the_most_that_may_come(void **state)
{
    struct trickle *s = *state;

    s->call.admit.grant.max_out = BUDGET_STEP + 100;
    begin(s);
    look(s, BUDGET_STEP / 2);
    assert_int_equal(asked(s)->want_out, BUDGET_STEP + 100);
    grant(s);
    assert_int_equal(look(s, BUDGET_STEP + 100), BUDGET_FINE);
    assert_null(jobs.job);
}

static void test_nothing_is_asked_when_the_first_step_is_all(void **state)
{
    struct trickle *s = *state;

    s->call.admit.grant.max_out = BUDGET_STEP;
    begin(s);
    assert_int_equal(look(s, BUDGET_STEP), BUDGET_FINE);
    assert_null(jobs.job);
}

static void test_most_is_that_of_all_choices(void **state)
{
    struct trickle *s = *state;

    s->call.admit.grant.max_out = 300;
    s->call.admit.ask.n = 3;
    begin(s);
    look(s, BUDGET_STEP / 2);
    assert_int_equal(asked(s)->want_out, 900);
}

static void test_most_that_overflows_is_no_limit(void **state)
{
    struct trickle *s = *state;

    s->call.admit.grant.max_out = UINT64_MAX / 2;
    s->call.admit.ask.n = 3;
    begin(s);
    look(s, BUDGET_STEP / 2);
    assert_int_equal(asked(s)->want_out, 2 * BUDGET_STEP);
}

static void test_upstream_that_exceeds_the_most_is_asked_for(void **state)
{
    struct trickle *s = *state;

    s->call.admit.grant.max_out = BUDGET_STEP;
    begin(s);
    assert_int_equal(look(s, BUDGET_STEP + 1), BUDGET_WAITING);
    assert_int_equal(asked(s)->want_out, 2 * BUDGET_STEP + 1);
}

/* ---- the end of the money ---- */

static void test_store_that_gives_less_has_no_more(void **state)
{
    struct trickle *s = *state;

    begin(s);
    look(s, BUDGET_STEP / 2);
    answer(s, STORE_OK, BUDGET_STEP + 30);
    assert_int_equal(look(s, BUDGET_STEP + 30), BUDGET_FINE);
    assert_null(jobs.job);
    assert_int_equal(look(s, BUDGET_STEP + 31), BUDGET_SPENT);
}

static void test_stream_that_waits_learns_that_there_is_no_more(void **state)
{
    struct trickle *s = *state;

    begin(s);
    assert_int_equal(look(s, BUDGET_STEP + 1), BUDGET_WAITING);
    answer(s, STORE_OK, BUDGET_STEP);
    assert_int_equal(look(s, BUDGET_STEP + 1), BUDGET_SPENT);
    assert_int_equal(jobs.submitted, 2);
}

static void test_hold_that_ended_pays_for_nothing_more(void **state)
{
    struct trickle *s = *state;

    begin(s);
    look(s, BUDGET_STEP / 2);
    answer(s, STORE_NOT_FOUND, 0);
    assert_int_equal(look(s, BUDGET_STEP + 1), BUDGET_SPENT);
    assert_null(jobs.job);
}

static void test_store_that_is_shut_is_asked_again(void **state)
{
    struct trickle *s = *state;

    begin(s);
    look(s, BUDGET_STEP / 2);
    answer(s, STORE_CLOSED, 0);
    assert_non_null(armed);
    assert_int_equal(look(s, BUDGET_STEP), BUDGET_FINE);
    assert_int_equal(look(s, BUDGET_STEP + 1), BUDGET_WAITING);
    armed->fired(armed->cookie);
    assert_ptr_equal(answered, &s->call);
    assert_int_equal(look(s, BUDGET_STEP + 1), BUDGET_WAITING);
    grant(s);
    assert_int_equal(look(s, BUDGET_STEP + 1), BUDGET_FINE);
}

static void test_end_takes_back_a_wish_for_a_shut_store(void **state)
{
    struct trickle *s = *state;

    begin(s);
    look(s, BUDGET_STEP / 2);
    answer(s, STORE_CLOSED, 0);
    budget_end(&s->call);
    assert_null(armed);
}

static void test_stream_that_cannot_ask_again_has_spent_what_it_has(
    void **state)
{
    struct trickle *s = *state;

    begin(s);
    look(s, BUDGET_STEP / 2);
    no_timers = true;
    answer(s, STORE_CLOSED, 0);
    no_timers = false;
    assert_null(armed);
    assert_ptr_equal(answered, &s->call);
    assert_int_equal(look(s, BUDGET_STEP), BUDGET_FINE);
    assert_int_equal(look(s, BUDGET_STEP + 1), BUDGET_SPENT);
}

static void test_relay_is_not_told_when_it_is_over(void **state)
{
    struct trickle *s = *state;

    budget_begin(&s->call);
    s->call.step = STEP_SETTLE;
    answer(s, STORE_OK, BUDGET_STEP);
    assert_int_equal(told, 0);
}

/* ---- marks ---- */

static void test_progress_is_noted_every_so_many_tokens(void **state)
{
    struct trickle *s = *state;

    begin(s);
    look(s, BUDGET_STEP / 2);
    answer(s, STORE_OK, 100 * BUDGET_STEP);
    look(s, BUDGET_STEP / 2 + BUDGET_MARK_TOKENS - 1);
    assert_null(jobs.job);
    look(s, BUDGET_STEP / 2 + BUDGET_MARK_TOKENS);
    assert_int_equal(
        asked(s)->out_so_far, BUDGET_STEP / 2 + BUDGET_MARK_TOKENS);
    assert_int_equal(asked(s)->want_out, 0);
}

static void test_progress_is_noted_after_a_while(void **state)
{
    struct trickle *s = *state;

    begin(s);
    now_ms += BUDGET_MARK_MS - 1;
    look(s, 3);
    assert_null(jobs.job);
    now_ms++;
    look(s, 4);
    assert_int_equal(asked(s)->out_so_far, 4);
    assert_int_equal(asked(s)->want_out, 0);
}

static void test_wish_for_more_is_a_mark(void **state)
{
    struct trickle *s = *state;

    begin(s);
    now_ms += BUDGET_MARK_MS - 1;
    look(s, BUDGET_STEP / 2);
    grant(s);
    now_ms++;
    look(s, BUDGET_STEP / 2 + 1);
    assert_null(jobs.job);
}

static void test_mark_that_finds_no_hold_ends_the_stream(void **state)
{
    struct trickle *s = *state;

    begin(s);
    now_ms += BUDGET_MARK_MS;
    look(s, 1);
    answer(s, STORE_NOT_FOUND, 0);
    assert_int_equal(look(s, BUDGET_STEP + 1), BUDGET_SPENT);
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
    assert_int_equal(look(s, 1000000), BUDGET_FINE);
    answer(s, STORE_OK, UINT64_MAX);
    assert_int_equal(look(s, BUDGET_MARK_TOKENS - 1), BUDGET_FINE);
    assert_null(jobs.job);
}

static void test_anonymous_call_is_marked_and_never_asks_for_more(void **state)
{
    struct trickle *s = *state;

    begin_anonymous(s);
    answer(s, STORE_OK, UINT64_MAX);
    assert_int_equal(look(s, BUDGET_MARK_TOKENS), BUDGET_FINE);
    assert_int_equal(asked(s)->want_out, 0);
    assert_int_equal(asked(s)->out_so_far, BUDGET_MARK_TOKENS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
        TEST(test_store_that_gives_less_has_no_more),
        TEST(test_stream_that_waits_learns_that_there_is_no_more),
        TEST(test_hold_that_ended_pays_for_nothing_more),
        TEST(test_store_that_is_shut_is_asked_again),
        TEST(test_end_takes_back_a_wish_for_a_shut_store),
        TEST(test_stream_that_cannot_ask_again_has_spent_what_it_has),
        TEST(test_relay_is_not_told_when_it_is_over),
        TEST(test_progress_is_noted_every_so_many_tokens),
        TEST(test_progress_is_noted_after_a_while),
        TEST(test_wish_for_more_is_a_mark),
        TEST(test_mark_that_finds_no_hold_ends_the_stream),
        TEST(test_anonymous_call_has_no_limit),
        TEST(test_anonymous_call_is_marked_and_never_asks_for_more),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
