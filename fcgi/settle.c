#include <errno.h>
#include <string.h>

#include "call.h"
#include "clock.h"
#include "count.h"
#include "log.h"
#include "relay.h"
#include "reply.h"

enum { RETRY_MS = 500, RETRIES = 20 };

/* The one exit of every call that holds credits. */

static void settle_done(void *cookie)
{
    struct call *call = cookie;

    call->step = STEP_SETTLED;
    walk_on(call);
}

/* Whether nothing was used that anybody should pay for. RELIABILITY.md 2.5. */
static bool costs_nothing(const struct call *call)
{
    switch (call->outcome) {
    case OUTCOME_COMPLETE:
    case OUTCOME_OUT_OF_CREDIT:
    case OUTCOME_RULED:
        return false;
    case OUTCOME_OUT_OF_TIME:
    case OUTCOME_UPSTREAM_CUT:
    case OUTCOME_DRAINED:
        return !relay_delivered(call);
    case OUTCOME_CLIENT_GONE:
        return !call->relay.accepted ||
               call->relay.target->on_disconnect == LEAVER_FREE;
    default:
        return true;
    }
}

static enum walk_next settle_bill(struct call *call)
{
    struct store_settle *settle = &call->settle;

    relay_usage(call);
    settle->free_of_charge = costs_nothing(call);
    settle->flags = (uint8_t)walk_outcome_flags(call->outcome);
    settle->now = clock_real();
    settle->boot = clock_boot();
    memcpy(settle->request, call->id, sizeof(call->id));
    settle->event = judge_event(call);
    settle->verb.kind = STORE_SETTLE;
    call->job.verb = &settle->verb;
    call->job.done = settle_done;
    jobs_submit(call->worker->jobs, &call->job);
    return WALK_WAIT;
}

/* The event of a call that had no quota left to hold for. */
static enum walk_next settle_event(struct call *call)
{
    struct store_event_add *event = judge_event(call);
    struct store_event *note;

    if (event == NULL) {
        call->step = STEP_SETTLED;
        return WALK_ON;
    }
    note = &call_ruling(call)->note;
    note->verb.kind = STORE_EVENT;
    note->now = call->admit.now;
    note->event = *event;
    memcpy(note->account, call->admit.account, STORE_ID);
    call->job.verb = &note->verb;
    call->job.done = settle_done;
    jobs_submit(call->worker->jobs, &call->job);
    return WALK_WAIT;
}

/* Without a hold there is nothing to bill. */
enum walk_next settle_run(struct call *call)
{
    if (call->held)
        return settle_bill(call);
    if (call->judge != NULL)
        return settle_event(call);
    call->step = STEP_SETTLED;
    return WALK_ON;
}

static void get_credits(const struct call *call, struct credits *credits)
{
    const struct store_settle *settle = &call->settle;

    *credits = (struct credits){.remaining = -1, .price = call->offer.price};
    if (settle->verb.status != STORE_OK || settle->anonymous)
        return;
    credits->remaining = settle->posted;
    credits->used = settle->charge.credits;
    if (!settle->free_of_charge)
        credits->tokens = settle->usage.tokens_in + settle->usage.tokens_out;
}

static void retry_fired(void *cookie)
{
    struct call *call = cookie;

    call->step = STEP_SETTLE;
    walk_on(call);
}

static void ask_again(struct call *call)
{
    call->settle_tries++;
    call->retry_timer =
        (struct loop_timer){.fired = retry_fired, .cookie = call};
    loop_timer_set(call->worker->loop, &call->retry_timer, RETRY_MS);
}

/* All that it takes to book it by hand. The reaper will have billed the hold by
 * its progress. */
static void tell_lost(const struct call *call, int error)
{
    const struct usage *used = &call->settle.usage;
    uint64_t tokens = used->tokens_in + used->tokens_out;

    log_event("settle_lost",
        "request %s: %llu tokens in, %llu out, %lld credits: %s",
        call->request_id, (unsigned long long)used->tokens_in,
        (unsigned long long)used->tokens_out,
        call->settle.free_of_charge
            ? 0ll
            : (long long)price_credits(&call->offer.price, tokens),
        strerror(error));
}

/* The store recovers in milliseconds, or not at all: ask again for a while,
 * then keep the bill in a file. Where even that cannot be written nobody is
 * told a price before the bill is safe, or the time to drain is over. Returns
 * whether to wait. */
static bool wait_for_store(struct call *call)
{
    bool serving = call->worker->phase == WORKER_SERVING;

    if (call->settle.verb.status != STORE_CLOSED)
        return false;
    if (serving && call->settle_tries < RETRIES) {
        ask_again(call);
        return true;
    }
    if (spill_put(call->worker->spill, &call->settle) == 0) {
        log_event("settle_spilled", "request %s: the store is closed",
            call->request_id);
        return false;
    }
    if (call->worker->phase == WORKER_LEAVING) {
        tell_lost(call, errno);
        return false;
    }
    ask_again(call);
    return true;
}

static enum walk_next settle_unheld(struct call *call)
{
    bool refused = call->fault.code != REFUSE_NONE && !count_missing(call);

    if (call->conn != NULL && refused)
        reply_fault(call);
    else if (call->conn != NULL)
        count_conclude(call);
    call->step = STEP_FINISH;
    return WALK_ON;
}

static void tell_rollback(const struct call *call)
{
    const struct store_event_add *event = call->settle.event;

    if (event != NULL && event->rolled_back)
        log_event("policy_rolled_back", "policy %s, by request %s",
            event->policy, call->request_id);
}

enum walk_next settle_check(struct call *call)
{
    struct credits credits;

    if (!call->held)
        return settle_unheld(call);
    if (wait_for_store(call))
        return WALK_WAIT;
    if (call->settle.verb.status == STORE_NOT_FOUND)
        log_event("settle_failed", "request %s: the store answered %d",
            call->request_id, (int)call->settle.verb.status);
    else if (call->settle.verb.status == STORE_OK)
        log_uncollected(call->request_id, &call->settle.charge);
    tell_rollback(call);
    get_credits(call, &credits);
    if (call->conn != NULL)
        relay_conclude(call, &credits);
    call->step = STEP_FINISH;
    return WALK_ON;
}
