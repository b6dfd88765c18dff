#include "budget.h"

#include <string.h>
#include <time.h>

#include "call.h"
#include "relay.h"

static void retry_fired(void *cookie)
{
    struct call *call = cookie;

    call->budget.asking = false;
    relay_budget_answered(call);
}

/* A closed store opens again in moments, or the operator sees to it: until
 * then the stream goes as far as it has paid. */
static void ask_later(struct call *call)
{
    call->budget.retry =
        (struct loop_timer){.fired = retry_fired, .cookie = call};
    loop_timer_set(call->worker->loop, &call->budget.retry, BUDGET_RETRY_MS);
}

void budget_end(struct call *call)
{
    loop_timer_cancel(call->worker->loop, &call->budget.retry);
}

static void answered(void *cookie)
{
    struct call *call = cookie;
    struct budget *budget = &call->budget;
    struct store_extend *extend = &budget->extend;

    if (extend->verb.status == STORE_CLOSED && call->step == STEP_RELAY) {
        ask_later(call);
        return;
    }
    budget->asking = false;
    if (extend->verb.status == STORE_OK)
        budget->covers = extend->covers;
    /* A hold that ended without us pays nothing. */
    if (extend->verb.status != STORE_OK || extend->covers < extend->want_out)
        budget->spent = true;
    if (call->step == STEP_RELAY)
        relay_budget_answered(call);
}

static void ask(struct call *call, uint64_t out, uint64_t want)
{
    struct budget *budget = &call->budget;
    struct store_extend *extend = &budget->extend;
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    memcpy(extend->request, call->id, sizeof(extend->request));
    extend->verb.kind = STORE_EXTEND;
    extend->accepted = true;
    extend->quiet = !judge_tells(call);
    extend->out_so_far = out;
    extend->want_out = want;
    extend->boot = now.tv_sec;
    extend->lease = call->admit.lease; /* it may be silent for long */
    budget->job =
        (struct job){.verb = &extend->verb, .done = answered, .cookie = call};
    budget->asking = true;
    budget->marked = out;
    budget->marked_at = loop_now(call->worker->loop);
    jobs_submit(call->worker->jobs, &budget->job);
}

static uint64_t covered_by(const struct store_admit *admit)
{
    uint64_t paid = price_tokens(&admit->ask.price, admit->grant.credits);

    if (admit->caller == CALLER_DEVICE)
        return UINT64_MAX;
    return paid > admit->ask.est_in ? paid - admit->ask.est_in : 0;
}

void budget_begin(struct call *call)
{
    call->budget.covers = covered_by(&call->admit);
    ask(call, 0, 0);
}

/* The most that may ever come: beyond it nothing need be held. */
static uint64_t most_of(const struct store_admit *admit)
{
    uint64_t most;

    if (__builtin_mul_overflow(
            admit->grant.max_out, (uint64_t)admit->ask.n, &most))
        return UINT64_MAX;
    return most;
}

static uint64_t wanted(const struct call *call, uint64_t out)
{
    const struct budget *budget = &call->budget;
    uint64_t most = most_of(&call->admit), want;

    if (budget->spent || out + BUDGET_STEP / 2 < budget->covers)
        return 0;
    if (budget->covers >= most && out <= budget->covers)
        return 0;
    want = (out > budget->covers ? out : budget->covers) + BUDGET_STEP;
    return want > most && out <= most ? most : want;
}

enum budget_state budget_look(struct call *call, uint64_t out)
{
    struct budget *budget = &call->budget;
    uint64_t now = loop_now(call->worker->loop);
    uint64_t want = budget->asking ? 0 : wanted(call, out);

    if (want != 0 ||
        (!budget->asking && (out >= budget->marked + BUDGET_MARK_TOKENS ||
                                now >= budget->marked_at + BUDGET_MARK_MS)))
        ask(call, out, want);
    if (out <= budget->covers)
        return BUDGET_FINE;
    return budget->asking ? BUDGET_WAITING : BUDGET_SPENT;
}
