#include <string.h>

#include "relay.h"

/* What else may happen to a relay than what its upstream does: the client
 * leaves or reads slowly, the credits run out, the worker stops. */

enum {
    DRAIN_MS = 30000, /* reading on for a client that left, */
    DRAINS_MAX = 8    /* and how many may at once in a worker */
};

/* ---- pauses ---- */

void relay_pause(struct call *call, enum relay_pause why)
{
    if (call->relay.paused == 0)
        upstream_pause(call->relay.upstream);
    call->relay.paused |= why;
}

/* Last in an event: what was held back comes at once, and may end it. */
static void resume(struct call *call, enum relay_pause why)
{
    unsigned before = call->relay.paused;

    call->relay.paused &= ~(unsigned)why;
    if (before != 0 && call->relay.paused == 0 && call->relay.upstream != NULL)
        upstream_resume(call->relay.upstream);
}

void relay_room(struct call *call)
{
    resume(call, PAUSE_CLIENT);
}

/* ---- credits ---- */

void relay_budget_check(struct call *call)
{
    uint64_t out = stream_output(call->relay.stream);

    switch (budget_look(call, out)) {
    case BUDGET_FINE:
        resume(call, PAUSE_BUDGET);
        break;
    case BUDGET_WAITING:
        relay_pause(call, PAUSE_BUDGET);
        break;
    case BUDGET_SPENT:
        relay_end(call, OUTCOME_OUT_OF_CREDIT);
        break;
    }
}

void relay_budget_answered(struct call *call)
{
    if (call->relay.upstream != NULL && call->relay.stream != NULL)
        relay_budget_check(call);
}

/* ---- the client leaves ---- */

static void drain_fired(void *cookie)
{
    relay_end(cookie, OUTCOME_CLIENT_GONE);
}

static bool may_drain(const struct call *call)
{
    return call->relay.stream != NULL &&
           call->relay.target->on_disconnect == LEAVER_DRAIN &&
           call->worker->drains < DRAINS_MAX &&
           call->worker->phase == WORKER_SERVING;
}

static void begin_drain(struct call *call)
{
    struct relay *relay = &call->relay;

    relay->draining = true;
    call->worker->drains++;
    relay->drain_timer =
        (struct loop_timer){.fired = drain_fired, .cookie = call};
    loop_timer_set(call->worker->loop, &relay->drain_timer, DRAIN_MS);
    resume(call, PAUSE_CLIENT);
}

/* A stream without a reader is cancelled, unless its upstream would bill all
 * of it; an answer that is not streamed is nearly paid for, and is finished to
 * know its exact price, but not asked for twice. RELIABILITY.md 2.5. */
void relay_client_gone(struct call *call)
{
    if (!call->completion.stream) {
        if (call->relay.upstream != NULL)
            upstream_once(call->relay.upstream);
        return;
    }
    if (may_drain(call))
        begin_drain(call);
    else
        relay_end(call, OUTCOME_CLIENT_GONE);
}

/* ---- the worker stops ---- */

void relay_drain(struct call *call)
{
    fault_set(&call->fault, REFUSE_OVERLOADED, NULL,
        "The server is stopping. Send the request again.");
    relay_end(call, OUTCOME_DRAINED);
}

/* ---- the end ---- */

void relay_let_go(struct call *call, enum walk_outcome outcome)
{
    struct relay *relay = &call->relay;

    heartbeat_end(call);
    deadline_end(call);
    budget_end(call);
    loop_timer_cancel(call->worker->loop, &relay->drain_timer);
    if (relay->draining)
        call->worker->drains--;
    relay->draining = false;
    if (relay->upstream != NULL && outcome == OUTCOME_COMPLETE)
        upstream_release(relay->upstream);
    else if (relay->upstream != NULL)
        upstream_cancel(relay->upstream);
    relay->upstream = NULL;
    relay_target_end(call);
    upstream_body_release(relay->body);
    relay->body = NULL;
}

bool relay_delivered(const struct call *call)
{
    return call->relay.stream != NULL && stream_delivered(call->relay.stream);
}

void relay_free(struct call *call)
{
    struct relay *relay = &call->relay;

    relay_let_go(call, OUTCOME_REFUSED);
    sse_free(&relay->sse);
    stream_free(relay->stream);
    buf_free(&relay->answer);
    json_free(&relay->doc);
    exchange_free(&call->exchange);
}
