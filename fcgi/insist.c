#include "insist.h"

#include <string.h>
#include <time.h>

#include "call.h"

enum {
    OFTEN = 10,        /* times the limit */
    TRIES_MAX = 60000, /* a minute; throttle.h */
};

static uint64_t whom_of(const struct call *call)
{
    const struct store_admit *admit = &call->admit;
    uint64_t whom;

    memcpy(&whom,
        admit->caller == CALLER_ACCOUNT ? admit->account : admit->digest,
        sizeof(whom));
    return whom + admit->class;
}

static uint32_t tries_of(const struct call *call)
{
    uint64_t limit = call->admit.rate_limit;

    return limit < TRIES_MAX / OFTEN ? OFTEN * (uint32_t)limit : TRIES_MAX;
}

void insist_refused(struct call *call)
{
    const struct store_admit *admit = &call->admit;
    const struct denied_caller caller = {
        .whom = whom_of(call),
        .until = admit->boot + admit->retry_after,
        .limit = admit->rate_limit,
        .tokens = admit->tokens,
    };

    if (!admit->rate_broken)
        denied_note(&call->worker->denied, &caller);
}

/* What the store would have said. */
static void tell(
    struct call *call, const struct denied_caller *caller, uint32_t wait)
{
    struct store_admit *admit = &call->admit;

    call->retry_after = wait;
    call->admitted = true;
    admit->now = (int64_t)time(NULL) * 1000000;
    admit->requests =
        (struct window_state){.limit = caller->limit, .reset = wait};
    admit->tokens = caller->tokens;
}

bool insist_blocks(struct call *call)
{
    const struct denied_caller *caller =
        denied_find(&call->worker->denied, whom_of(call));
    struct throttle *throttle;
    uint64_t now;
    uint32_t wait;

    if (caller == NULL)
        return false;
    now = throttle_now();
    wait = denied_wait(caller, call->admit.rate_limit, (int64_t)(now / 1000));
    if (wait == 0 || (throttle = worker_throttle(call->worker)) == NULL ||
        throttle_take(
            throttle, THROTTLE_REFUSED, tries_of(call), caller->whom, now) == 0)
        return false;
    tell(call, caller, wait);
    return true;
}
