/* What a policy has added to a request is held for before a model gets it: the
 * output is cut to what the account pays for beside it, and where that is
 * nothing the call ends. The store thread is a fake. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "call.h"

enum { IN = 100, ADDED = 60 };

struct jobs {
    struct job *job; /* that waits */
};

static struct jobs jobs;
static size_t went_on;

void jobs_submit(struct jobs *to, struct job *job)
{
    assert_ptr_equal(to, &jobs);
    jobs.job = job;
}

void walk_on(struct call *call)
{
    (void)call;
    went_on++;
}

void call_fail(struct call *call, enum refusal code)
{
    fault_set(&call->fault, code, NULL, "%s", "");
}

struct amended {
    struct worker worker;
    struct call call;
};

/* Admitted for two choices of 50 tokens, a token a credit, and longer since. */
static int setup(void **state)
{
    struct amended *s = calloc(1, sizeof(*s));
    struct call *call = &s->call;

    assert_non_null(s);
    jobs = (struct jobs){0};
    went_on = 0;
    s->worker.jobs = &jobs;
    call->worker = &s->worker;
    call->held = true;
    call->step = STEP_RESERVE;
    call->completion.est_in = IN + ADDED;
    memset(call->id, 7, sizeof(call->id));
    call->admit.caller = CALLER_KEY;
    call->admit.lease = 660;
    call->admit.ask = (struct hold_ask){
        .est_in = IN, .max_out = 50, .n = 2, .price = {.tokens_per_credit = 1}};
    call->admit.grant = (struct hold_grant){.credits = 200, .max_out = 50};
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static struct store_extend *ask(struct amended *s)
{
    assert_int_equal(reserve_run(&s->call), WALK_WAIT);
    assert_non_null(jobs.job);
    assert_int_equal(jobs.job->verb->kind, STORE_EXTEND);
    return &s->call.budget.extend;
}

/* The account has so many credits for it. */
static void answer(struct amended *s, enum store_status status, int64_t credits)
{
    struct store_extend *extend = &s->call.budget.extend;

    extend->verb.status = status;
    extend->held = credits;
    extend->covers = 0;
    if (credits > (int64_t)extend->est_in)
        extend->covers = (uint64_t)credits - extend->est_in;
    jobs.job->done(&s->call);
    assert_int_equal(went_on, 1);
}

static void test_request_that_has_not_grown_goes_to_a_model(void **state)
{
    struct amended *s = *state;

    assert_int_equal(reserve_step(&s->call), STEP_RESERVE);
    s->call.completion.est_in = IN;
    assert_int_equal(reserve_step(&s->call), STEP_RELAY);
}

static void test_whole_input_and_output_are_asked_for(void **state)
{
    struct amended *s = *state;
    struct store_extend *extend = ask(s);

    assert_memory_equal(extend->request, s->call.id, STORE_ID);
    assert_int_equal(extend->est_in, IN + ADDED);
    assert_int_equal(extend->want_out, 100);
    assert_int_equal(extend->lease, 660);
    assert_false(extend->accepted);
    answer(s, STORE_OK, 260);
    assert_int_equal(s->call.step, STEP_RELAY);
    assert_int_equal(s->call.admit.ask.est_in, IN + ADDED);
    assert_int_equal(s->call.admit.grant.credits, 260);
    assert_int_equal(s->call.admit.grant.max_out, 50);
}

static void test_stream_asks_for_its_first_tokens(void **state)
{
    struct amended *s = *state;

    s->call.admit.ask.first = 70;
    assert_int_equal(ask(s)->want_out, 70);
    answer(s, STORE_OK, 230);
    assert_int_equal(s->call.admit.grant.max_out, 50);
}

static void test_output_is_cut_to_what_the_account_pays_for(void **state)
{
    struct amended *s = *state;

    ask(s);
    answer(s, STORE_OK, 201);
    assert_int_equal(s->call.step, STEP_RELAY);
    assert_int_equal(s->call.admit.grant.max_out, 20);
}

static void test_stream_loses_the_output_that_the_input_took(void **state)
{
    struct amended *s = *state;

    s->call.admit.ask.first = 70;
    s->call.admit.grant.max_out = 40;
    ask(s);
    answer(s, STORE_OK, 230);
    assert_int_equal(s->call.admit.grant.max_out, 10);
}

static void test_output_keeps_within_the_context(void **state)
{
    struct amended *s = *state;

    s->call.offer.context = IN + ADDED + 30;
    ask(s);
    answer(s, STORE_OK, 260);
    assert_int_equal(s->call.admit.grant.max_out, 30);
}

static void test_call_without_credits_for_an_answer_ends(void **state)
{
    struct amended *s = *state;

    ask(s);
    answer(s, STORE_OK, IN + ADDED + 1);
    assert_int_equal(s->call.step, STEP_SETTLE);
    assert_int_equal(s->call.outcome, OUTCOME_REFUSED);
    assert_int_equal(s->call.fault.code, REFUSE_INSUFFICIENT_CREDITS);
}

static void test_free_call_needs_no_credits(void **state)
{
    struct amended *s = *state;

    s->call.admit.caller = CALLER_DEVICE;
    ask(s);
    s->call.budget.extend.covers = UINT64_MAX;
    jobs.job->done(&s->call);
    assert_int_equal(s->call.step, STEP_RELAY);
    assert_int_equal(s->call.admit.grant.max_out, 50);
}

static void test_closed_store_and_lost_hold_end_the_call(void **state)
{
    struct amended *s = *state;

    ask(s);
    answer(s, STORE_CLOSED, 0);
    assert_int_equal(s->call.fault.code, REFUSE_STORE_CLOSED);
    went_on = 0;
    answer(s, STORE_NOT_FOUND, 0);
    assert_int_equal(s->call.fault.code, REFUSE_INTERNAL);
    assert_int_equal(s->call.step, STEP_SETTLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_request_that_has_not_grown_goes_to_a_model),
        TEST(test_whole_input_and_output_are_asked_for),
        TEST(test_stream_asks_for_its_first_tokens),
        TEST(test_output_is_cut_to_what_the_account_pays_for),
        TEST(test_stream_loses_the_output_that_the_input_took),
        TEST(test_output_keeps_within_the_context),
        TEST(test_call_without_credits_for_an_answer_ends),
        TEST(test_free_call_needs_no_credits),
        TEST(test_closed_store_and_lost_hold_end_the_call),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
