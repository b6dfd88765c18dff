#include "relay.h"

#include <string.h>

#include "core/dialect_messages.h"
#include "core/upstream_fault.h"
#include "log.h"

/* Minds the attempts. Before the first byte to the client another target may be
 * tried; after it the answer can only end. */

enum {
    ERROR_BODY_MAX = 64 << 10,
    REFUSAL_MS = 2000,   /* for its body; another target may be waiting */
    RETRY_AFTER_MAX = 60 /* seconds; clients give up at more */
};

static const struct upstream_events relay_events;

/* ---- attempts ---- */

static int build_body(struct call *call)
{
    struct completion_rewrite rewrite = {
        .model = call->offer.names.upstream_model,
        .max_tokens = call->admit.grant.max_out,
    };
    struct buf bytes = {0};

    if (call->route->work == ROUTE_COUNT)
        messages_count_write(&call->doc, &call->completion, &rewrite, &bytes);
    else
        exchange_request(
            &call->exchange, &call->doc, &call->completion, &rewrite, &bytes);
    call->relay.body = upstream_body_create(&bytes);
    json_free(&call->doc);
    request_free(call->request);
    call->request = NULL;
    return call->relay.body != NULL ? 0 : -1;
}

static int start_attempt(struct call *call, const struct conf_upstream *target)
{
    struct relay *relay = &call->relay;
    struct upstream_ask ask = {
        .target = target,
        .path = call->route->work == ROUTE_COUNT
                    ? "/v1/messages/count_tokens"
                    : call->exchange.upstream->path,
        .messages = call->exchange.upstream->dialect == DIALECT_MESSAGES,
        .request_id = call->request_id,
        .accept =
            call->completion.stream ? "text/event-stream" : "application/json",
        .body = relay->body,
        .meter = &relay->try.target->figures->meter,
    };

    relay->target = target;
    relay->status = 0;
    relay->retry_after = 0;
    relay->overflowed = false;
    relay->judged = false;
    relay->attempts++;
    buf_free(&relay->answer);
    relay->upstream =
        upstream_start(call->worker->upstreams, &ask, &relay_events, call);
    return relay->upstream != NULL ? 0 : -1;
}

/* Enter SETTLE without walking: for steps. */
static enum walk_next give_up(
    struct call *call, enum walk_outcome outcome, enum refusal code)
{
    if (call->fault.code == REFUSE_NONE)
        call_fail(call, code);
    heartbeat_end(call);
    deadline_end(call);
    call->outcome = outcome;
    call->step = STEP_SETTLE;
    return WALK_ON;
}

/* No target is left. One that was merely busy is the better news. */
static enum walk_next targets_spent(struct call *call)
{
    if (call->relay.limited) {
        call_fail(call, REFUSE_UPSTREAM_LIMITED);
        call->retry_after = call->relay.limited_until;
    } else if (call->relay.full && call->relay.attempts == 0) {
        fault_set(&call->fault, REFUSE_OVERLOADED, NULL,
            "All servers of this model are busy. Try again.");
    }
    return give_up(call, OUTCOME_UPSTREAM_FAILED, REFUSE_UPSTREAM_ERROR);
}

enum walk_next relay_run(struct call *call)
{
    const struct conf_upstream *target;

    if (call->conn == NULL)
        return give_up(call, OUTCOME_CLIENT_GONE, REFUSE_UPSTREAM_ERROR);
    if (call->worker->phase == WORKER_LEAVING)
        return give_up(call, OUTCOME_DRAINED, REFUSE_OVERLOADED);
    if (call->relay.opened || (target = relay_target(call)) == NULL)
        return targets_spent(call);
    if (call->relay.attempts == 0) {
        deadline_begin(call);
        if (call->completion.stream)
            heartbeat_begin(call);
    }
    call->fault.code = REFUSE_NONE;
    call->retry_after = 0;
    if (call->relay.body == NULL && build_body(call) != 0)
        return give_up(call, OUTCOME_UPSTREAM_FAILED, REFUSE_OVERLOADED);
    if (start_attempt(call, target) != 0)
        return give_up(call, OUTCOME_UPSTREAM_FAILED, REFUSE_OVERLOADED);
    return WALK_WAIT;
}

/* ---- the end ---- */

void relay_end(struct call *call, enum walk_outcome outcome)
{
    if (call->relay.draining)
        outcome = OUTCOME_CLIENT_GONE;
    relay_let_go(call, outcome);
    call->outcome = outcome;
    call->step = STEP_SETTLE;
    walk_on(call);
}

void relay_fail(struct call *call, enum walk_outcome outcome, enum refusal code)
{
    if (call->fault.code == REFUSE_NONE)
        call_fail(call, code);
    relay_end(call, outcome);
}

void relay_broken(
    struct call *call, enum walk_outcome outcome, enum refusal code)
{
    relay_target_judge(call, 0, 0);
    relay_fail(call, outcome, code);
}

/* ---- the upstream's events ---- */

static bool content_type_is(const char *type, const char *wanted)
{
    size_t n = strlen(wanted);

    return type[0] == '\0' || strncasecmp(type, wanted, n) == 0;
}

/* How long the caller of a busy target shall wait, in seconds. */
static uint32_t wait_of(const struct relay *relay)
{
    if (relay->retry_after > RETRY_AFTER_MAX)
        return RETRY_AFTER_MAX;
    return relay->retry_after > 0 ? relay->retry_after : 1;
}

static void on_head(void *cookie, const struct http_head *head)
{
    struct call *call = cookie;
    struct relay *relay = &call->relay;

    relay->status = head->status;
    relay->retry_after = head->retry_after;
    if (head->status != 200) {
        relay_target_judge(call, head->status, wait_of(relay));
        upstream_hurry(relay->upstream, REFUSAL_MS);
        return;
    }
    relay->accepted = true;
    upstream_body_release(relay->body);
    relay->body = NULL;
    if (!call->completion.stream)
        return;
    if (!content_type_is(head->content_type, "text/event-stream"))
        relay_broken(call, OUTCOME_UPSTREAM_FAILED, REFUSE_UPSTREAM_ERROR);
    else if (relay_stream_begin(call) != 0)
        relay_fail(call, OUTCOME_UPSTREAM_FAILED, REFUSE_OVERLOADED);
    else
        budget_begin(call);
}

/* All of it or nothing: half a text means something else. */
static void keep_refusal(struct relay *relay, struct span bytes)
{
    if (relay->overflowed)
        return;
    buf_put(&relay->answer, bytes.p, bytes.n);
    if (relay->answer.len <= ERROR_BODY_MAX)
        return;
    relay->overflowed = true;
    buf_free(&relay->answer);
    upstream_hurry(relay->upstream, 1);
}

static void on_body(void *cookie, struct span bytes)
{
    struct call *call = cookie;
    struct relay *relay = &call->relay;

    if (relay->status == 200 && call->completion.stream)
        relay_stream_bytes(call, bytes);
    else if (relay->status == 200)
        relay_answer_bytes(call, bytes);
    else
        keep_refusal(relay, bytes);
}

/* Another target, if there is one and nothing was sent; else tell. */
static void try_again(struct call *call)
{
    relay_target_end(call);
    call->step = STEP_RELAY;
    walk_on(call);
}

static void attempt_failed(struct call *call, enum upstream_end how)
{
    relay_target_judge(call, 0, 0);
    if (how == UPSTREAM_SILENT || how == UPSTREAM_OVERDUE) {
        relay_fail(call, OUTCOME_UPSTREAM_FAILED, REFUSE_UPSTREAM_TIMEOUT);
        return;
    }
    call_fail(call, REFUSE_UPSTREAM_ERROR);
    try_again(call);
}

static void upstream_refused(struct call *call)
{
    struct relay *relay = &call->relay;
    struct span body = {relay->answer.data, relay->answer.len};
    enum upstream_blame blame =
        upstream_fault(relay->status, body, &call->fault);

    if (blame == BLAME_OURS)
        log_event("upstream_credential",
            "request %s: the upstream answered %d to our key", call->request_id,
            relay->status);
    if (relay->status == 429) {
        relay->limited = true;
        relay->limited_until = wait_of(relay);
    }
    if (blame == BLAME_CALLER)
        relay_end(call, OUTCOME_UPSTREAM_FAILED);
    else
        try_again(call);
}

static void on_ended(void *cookie, enum upstream_end how)
{
    struct call *call = cookie;

    call->relay.upstream = NULL;
    if (call->relay.status == 0)
        attempt_failed(call, how);
    else if (call->relay.status != 200)
        upstream_refused(call);
    else if (call->completion.stream)
        relay_stream_over(call, how);
    else
        relay_answer_over(call, how);
}

static const struct upstream_events relay_events = {
    .head = on_head, .body = on_body, .ended = on_ended};
