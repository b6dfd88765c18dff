#include "reserve.h"

#include <string.h>
#include <time.h>

#include "call.h"

enum walk_step_id reserve_step(const struct call *call)
{
    return call->held && call->completion.est_in > call->admit.ask.est_in
               ? STEP_RESERVE
               : STEP_RELAY;
}

/* Output tokens, over all choices, that are to be held for: as at admission. */
static uint64_t wanted(const struct store_admit *admit)
{
    uint64_t all = admit->grant.max_out * admit->ask.n;

    return admit->ask.first != 0 && admit->ask.first < all ? admit->ask.first
                                                           : all;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* How many output tokens a choice may have now. What was granted to a stream is
 * what the whole account affords, which is less by what the input took. */
static uint64_t output(const struct call *call, uint64_t more)
{
    const struct store_extend *extend = &call->budget.extend;
    const struct hold_ask *ask = &call->admit.ask;
    uint64_t out = call->admit.grant.max_out;

    if (extend->covers < extend->want_out)
        out = least(out, extend->covers / ask->n);
    else if (ask->first != 0 && out < ask->max_out)
        out -= least(out, (more + ask->n - 1) / ask->n);
    if (call->offer.context > ask->est_in)
        out = least(out, call->offer.context - ask->est_in);
    return out > 0 ? out : 1;
}

/* Whether the account pays for the input and something beside it. */
static bool take(struct call *call)
{
    const struct store_extend *extend = &call->budget.extend;
    struct store_admit *admit = &call->admit;
    uint64_t more = extend->est_in - admit->ask.est_in;

    admit->ask.est_in = extend->est_in;
    admit->grant.credits = extend->held;
    if (admit->caller != CALLER_DEVICE &&
        price_tokens(&admit->ask.price, extend->held) <
            extend->est_in + admit->ask.n)
        return false;
    admit->grant.max_out = output(call, more);
    return true;
}

static void refuse(struct call *call, enum refusal code)
{
    call_fail(call, code);
    call->outcome = OUTCOME_REFUSED;
    call->step = STEP_SETTLE;
}

static void answered(void *cookie)
{
    struct call *call = cookie;
    enum store_status status = call->budget.extend.verb.status;

    call->step = STEP_RELAY;
    if (status != STORE_OK)
        refuse(call,
            status == STORE_CLOSED ? REFUSE_STORE_CLOSED : REFUSE_INTERNAL);
    else if (!take(call))
        refuse(call, REFUSE_INSUFFICIENT_CREDITS);
    walk_on(call);
}

enum walk_next reserve_run(struct call *call)
{
    struct store_extend *extend = &call->budget.extend;
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    *extend = (struct store_extend){
        .verb.kind = STORE_EXTEND,
        .est_in = call->completion.est_in,
        .want_out = wanted(&call->admit),
        .boot = now.tv_sec,
        .lease = call->admit.lease,
    };
    memcpy(extend->request, call->id, sizeof(extend->request));
    call->job.verb = &extend->verb;
    call->job.done = answered;
    jobs_submit(call->worker->jobs, &call->job);
    return WALK_WAIT;
}
