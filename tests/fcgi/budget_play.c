#include "budget_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "relay.h"

struct jobs play_jobs;
uint64_t play_now_ms;
struct loop_timer *play_armed;
size_t play_told;
struct call *play_answered;

/* ---- the store thread, the clock, the relay ---- */

void jobs_submit(struct jobs *to, struct job *job)
{
    assert_ptr_equal(to, &play_jobs);
    assert_null(play_jobs.job); /* one at a time: the verb lies in the call */
    assert_int_equal(job->verb->kind, STORE_EXTEND);
    play_jobs.job = job;
    play_jobs.submitted++;
}

uint64_t loop_now(const struct loop *loop)
{
    (void)loop;
    return play_now_ms;
}

void loop_timer_set(struct loop *loop, struct loop_timer *t, uint64_t ms)
{
    (void)loop;
    (void)ms;
    play_armed = t;
}

void loop_timer_cancel(struct loop *loop, struct loop_timer *t)
{
    (void)loop;
    if (play_armed == t)
        play_armed = NULL;
}

void relay_budget_answered(struct call *call)
{
    play_answered = call;
    play_told++;
}

/* ---- a stream ---- */

int play_setup(void **state)
{
    struct trickle *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    play_jobs = (struct jobs){0};
    play_now_ms = 100000;
    play_told = 0;
    play_answered = NULL;
    play_armed = NULL;
    s->worker.jobs = &play_jobs;
    s->call.worker = &s->worker;
    s->call.step = STEP_RELAY;
    memset(s->call.id, 7, sizeof(s->call.id));
    s->call.admit.caller = CALLER_KEY;
    s->call.admit.lease = PLAY_LEASE;
    s->call.admit.ask = (struct hold_ask){.est_in = PLAY_IN,
        .max_out = 10000,
        .n = 1,
        .first = BUDGET_STEP,
        .price = {.tokens_per_credit = 1}};
    s->call.admit.grant =
        (struct hold_grant){.credits = PLAY_IN + BUDGET_STEP, .max_out = 10000};
    *state = s;
    return 0;
}

int play_teardown(void **state)
{
    free(*state);
    return 0;
}

struct store_extend *play_asked(struct trickle *s)
{
    assert_non_null(play_jobs.job);
    assert_ptr_equal(play_jobs.job->verb, &s->call.budget.extend.verb);
    return &s->call.budget.extend;
}

void play_answer(struct trickle *s, enum store_status status, uint64_t covers)
{
    struct store_extend *extend = play_asked(s);
    struct job *job = play_jobs.job;

    play_jobs.job = NULL;
    extend->verb.status = status;
    if (status == STORE_OK)
        extend->covers = covers;
    job->done(job->cookie);
}

void play_grant(struct trickle *s)
{
    play_answer(s, STORE_OK, play_asked(s)->want_out);
}

void play_begin(struct trickle *s)
{
    budget_begin(&s->call);
    play_answer(s, STORE_OK, BUDGET_STEP);
}

enum budget_state play_look(struct trickle *s, uint64_t out)
{
    return budget_look(&s->call, out);
}
