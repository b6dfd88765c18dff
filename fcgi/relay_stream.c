#include <string.h>

#include "core/stamp.h"
#include "relay.h"
#include "reply.h"

/* A streamed answer: SSE bytes in, whole frames out as soon as they are
 * complete, and no faster than the client reads. */

void relay_open(struct call *call)
{
    reply_stream(call);
    call->relay.opened = call->conn != NULL;
    heartbeat_opened(call);
}

int relay_stream_begin(struct call *call)
{
    call->relay.stream = exchange_stream(&call->exchange, &call->completion,
        relay_tag(call), call->judge != NULL ? call->judge->screen : NULL);
    if (call->relay.stream == NULL)
        return -1;
    if (!call->relay.opened)
        relay_open(call);
    return call->relay.opened ? 0 : -1;
}

/* What one piece of input came to; ends the feed when it is not going on. */
struct verdict {
    struct call *call;
    enum stream_frame last;
};

/* What leaves bears the verdict as it is after this frame. */
static void stamp(struct call *call, const struct buf *frames)
{
    struct span plain = {frames->data, frames->len};
    struct buf *scratch = &call->worker->scratch;
    struct span metadata;

    judge_noted(call);
    metadata = judge_metadata(call);
    if (metadata.n > 0)
        stamp_frames(plain, metadata, scratch);
    else
        buf_put(scratch, plain.p, plain.n);
    scratch->failed = scratch->failed || frames->failed;
}

static enum stream_frame governed_frame(struct call *call, struct span data)
{
    struct buf *frames = &call->worker->frames;
    enum stream_frame rc;

    buf_reset(frames);
    rc = stream_frame(call->relay.stream, data, frames, &call->fault);
    stamp(call, frames);
    return rc;
}

static int on_event(void *cookie, struct span name, struct span data)
{
    struct verdict *verdict = cookie;
    struct call *call = verdict->call;

    (void)name;
    verdict->last = call->judge != NULL
                        ? governed_frame(call, data)
                        : stream_frame(call->relay.stream, data,
                              &call->worker->scratch, &call->fault);
    if (!call->relay.judged && verdict->last != STREAM_BROKEN)
        relay_target_judge(call, 200, 0);
    return verdict->last != STREAM_TAKEN;
}

static void send_scratch(struct call *call)
{
    struct buf *scratch = &call->worker->scratch;

    if (scratch->len > 0)
        heartbeat_written(call);
    reply_buf(call, scratch);
    buf_reset(scratch);
}

/* The upstream has said all; what was held back is judged before the bill. */
static void stream_complete_now(struct call *call)
{
    struct buf *frames = call->judge != NULL ? &call->worker->frames : NULL;

    if (frames == NULL) {
        relay_end(call, OUTCOME_COMPLETE);
        return;
    }
    buf_reset(frames);
    switch (stream_end(call->relay.stream, frames)) {
    case STREAM_NO_MEMORY:
        relay_fail(call, OUTCOME_UPSTREAM_CUT, REFUSE_OVERLOADED);
        return;
    case STREAM_RULED:
        stamp(call, frames);
        send_scratch(call);
        relay_end(call, OUTCOME_RULED);
        return;
    default:
        stamp(call, frames);
        send_scratch(call);
        relay_end(call, OUTCOME_COMPLETE);
        return;
    }
}

static void stream_stopped(struct call *call, enum stream_frame why)
{
    switch (why) {
    case STREAM_DONE:
        stream_complete_now(call);
        break;
    case STREAM_RULED:
        relay_end(call, OUTCOME_RULED);
        break;
    case STREAM_NO_MEMORY:
        relay_fail(call, OUTCOME_UPSTREAM_CUT, REFUSE_OVERLOADED);
        break;
    default:
        relay_broken(call, OUTCOME_UPSTREAM_CUT, REFUSE_UPSTREAM_ERROR);
        break;
    }
}

/* No faster than the client reads, and no further than the credits go. */
static void mind_pace(struct call *call)
{
    if (call->conn != NULL && conn_full(call->conn))
        relay_pause(call, PAUSE_CLIENT);
    relay_budget_check(call);
}

void relay_stream_bytes(struct call *call, struct span bytes)
{
    struct verdict verdict = {call, STREAM_TAKEN};
    enum sse_error error;

    error = sse_feed(&call->relay.sse, bytes, on_event, &verdict);
    send_scratch(call);
    if (error == SSE_STOPPED)
        stream_stopped(call, verdict.last);
    else if (error != SSE_OK)
        stream_stopped(call, STREAM_BROKEN);
    else
        mind_pace(call);
}

void relay_stream_over(struct call *call, enum upstream_end how)
{
    if (stream_complete(call->relay.stream))
        stream_complete_now(call);
    else if (how == UPSTREAM_STALLED || how == UPSTREAM_OVERDUE)
        relay_broken(call, OUTCOME_UPSTREAM_CUT, REFUSE_UPSTREAM_TIMEOUT);
    else
        relay_broken(call, OUTCOME_UPSTREAM_CUT, REFUSE_UPSTREAM_INCOMPLETE);
}
