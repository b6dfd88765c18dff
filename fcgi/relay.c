#include "relay.h"

#include <string.h>

#include "core/upstream_fault.h"
#include "log.h"
#include "reply.h"

/* Picks targets and minds the attempts. Before the first byte to the client
 * another target may be tried; after it the answer can only end. */

enum {
    ERROR_BODY_MAX = 64 << 10,
    TARGETS_MAX = 64,
    RETRY_AFTER_MAX = 60 /* seconds; clients give up at more */
};

static const struct upstream_events relay_events;

/* ---- targets ---- */

static const struct conf_upstream *target_at(const struct call *call, size_t i)
{
    const struct conf *conf = call->settings->conf;
    const struct conf_model *model = call->offer.configured;

    if (model != NULL && model->n_upstreams > 0)
        i = model->upstreams[i];
    return &conf->upstreams[i];
}

static size_t target_count(const struct call *call)
{
    const struct conf_model *model = call->offer.configured;
    size_t n = model != NULL && model->n_upstreams > 0
                   ? model->n_upstreams
                   : call->settings->conf->n_upstreams;

    return n < TARGETS_MAX ? n : TARGETS_MAX;
}

/* The next target in turn that was not tried and speaks the dialect. */
static const struct conf_upstream *pick_target(struct call *call)
{
    size_t n = target_count(call), first, i;

    if (n == 0)
        return NULL;
    first = call->worker->turn++ % n;
    for (size_t k = 0; k < n; k++) {
        i = (first + k) % n;
        if (call->relay.tried & (1ull << i) ||
            !(target_at(call, i)->wires & WIRE_CHAT))
            continue;
        call->relay.tried |= 1ull << i;
        return target_at(call, i);
    }
    return NULL;
}

/* ---- attempts ---- */

static int build_body(struct call *call)
{
    struct chat_rewrite rewrite = {
        .model = call->offer.upstream_model,
        .max_tokens = call->admit.grant.max_out,
    };
    struct buf bytes = {0};

    chat_request_write(&call->doc, &call->chat, &rewrite, &bytes);
    call->relay.body = upstream_body_create(&bytes);
    json_free(&call->doc);
    request_body_drop(call->request);
    return call->relay.body != NULL ? 0 : -1;
}

static int start_attempt(struct call *call, const struct conf_upstream *target)
{
    struct relay *relay = &call->relay;
    struct upstream_ask ask = {
        .target = target,
        .path = call->route->upstream,
        .request_id = call->request_id,
        .accept = call->chat.stream ? "text/event-stream" : "application/json",
        .body = relay->body,
    };

    relay->status = 0;
    relay->retry_after = 0;
    relay->overflowed = false;
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
    if ((target = pick_target(call)) == NULL)
        return targets_spent(call);
    call->fault.code = REFUSE_NONE;
    call->retry_after = 0;
    if (call->relay.body == NULL && build_body(call) != 0)
        return give_up(call, OUTCOME_UPSTREAM_FAILED, REFUSE_OVERLOADED);
    if (start_attempt(call, target) != 0)
        return give_up(call, OUTCOME_UPSTREAM_FAILED, REFUSE_OVERLOADED);
    return WALK_WAIT;
}

/* ---- the end ---- */

static void let_go(struct call *call, enum walk_outcome outcome)
{
    struct relay *relay = &call->relay;

    if (relay->upstream != NULL && outcome == OUTCOME_COMPLETE)
        upstream_release(relay->upstream);
    else if (relay->upstream != NULL)
        upstream_cancel(relay->upstream);
    relay->upstream = NULL;
    upstream_body_release(relay->body);
    relay->body = NULL;
}

void relay_end(struct call *call, enum walk_outcome outcome)
{
    let_go(call, outcome);
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

/* ---- the upstream's events ---- */

static bool content_type_is(const char *type, const char *wanted)
{
    size_t n = strlen(wanted);

    return type[0] == '\0' || strncasecmp(type, wanted, n) == 0;
}

static void on_head(void *cookie, const struct upstream_head *head)
{
    struct call *call = cookie;
    struct relay *relay = &call->relay;

    relay->status = head->status;
    relay->retry_after = head->retry_after;
    if (head->status != 200)
        return;
    relay->accepted = true;
    upstream_body_release(relay->body);
    relay->body = NULL;
    if (!call->chat.stream)
        return;
    if (!content_type_is(head->content_type, "text/event-stream"))
        relay_fail(call, OUTCOME_UPSTREAM_FAILED, REFUSE_UPSTREAM_ERROR);
    else if (relay_stream_begin(call) != 0)
        relay_fail(call, OUTCOME_UPSTREAM_FAILED, REFUSE_OVERLOADED);
}

/* All of it or nothing: half a text means something else. */
static void keep_refusal(struct relay *relay, struct span bytes)
{
    if (relay->answer.len + bytes.n > ERROR_BODY_MAX)
        relay->overflowed = true;
    if (relay->overflowed)
        buf_free(&relay->answer);
    else
        buf_put(&relay->answer, bytes.p, bytes.n);
}

static void on_body(void *cookie, struct span bytes)
{
    struct call *call = cookie;
    struct relay *relay = &call->relay;

    if (relay->status == 200 && call->chat.stream)
        relay_stream_bytes(call, bytes);
    else if (relay->status == 200)
        relay_answer_bytes(call, bytes);
    else
        keep_refusal(relay, bytes);
}

/* Another target, if there is one and nothing was sent; else tell. */
static void try_again(struct call *call)
{
    call->step = STEP_RELAY;
    walk_on(call);
}

static void attempt_failed(struct call *call, enum upstream_end how)
{
    if (how == UPSTREAM_SILENT || how == UPSTREAM_OVERDUE) {
        relay_fail(call, OUTCOME_UPSTREAM_FAILED, REFUSE_UPSTREAM_TIMEOUT);
        return;
    }
    call_fail(call, REFUSE_UPSTREAM_ERROR);
    try_again(call);
}

/* How long the caller of a busy target shall wait, in seconds. */
static uint32_t wait_of(const struct relay *relay)
{
    if (relay->retry_after > RETRY_AFTER_MAX)
        return RETRY_AFTER_MAX;
    return relay->retry_after > 0 ? relay->retry_after : 1;
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
    else if (call->chat.stream)
        relay_stream_over(call, how);
    else
        relay_answer_over(call, how);
}

static const struct upstream_events relay_events = {
    .head = on_head, .body = on_body, .ended = on_ended};

/* ---- the walk's events ---- */

/* A stream without a reader is cancelled; an answer that is not streamed is
 * nearly paid for, and is finished to know its exact price. */
void relay_client_gone(struct call *call)
{
    if (call->chat.stream)
        relay_end(call, OUTCOME_CLIENT_GONE);
}

void relay_drain(struct call *call)
{
    fault_set(&call->fault, REFUSE_OVERLOADED, NULL,
        "The server is stopping. Send the request again.");
    relay_end(call, OUTCOME_DRAINED);
}

void relay_room(struct call *call)
{
    if (call->relay.upstream != NULL)
        upstream_resume(call->relay.upstream);
}

bool relay_delivered(const struct call *call)
{
    return call->relay.stream != NULL &&
           chat_stream_delivered(call->relay.stream);
}

void relay_free(struct call *call)
{
    struct relay *relay = &call->relay;

    let_go(call, OUTCOME_REFUSED);
    sse_free(&relay->sse);
    chat_stream_free(relay->stream);
    buf_free(&relay->answer);
    json_free(&relay->doc);
}
