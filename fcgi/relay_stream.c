#include <string.h>

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
    call->relay.stream =
        exchange_stream(&call->exchange, &call->completion, relay_tag(call));
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

static int on_event(void *cookie, struct span name, struct span data)
{
    struct verdict *verdict = cookie;
    struct call *call = verdict->call;

    (void)name;
    verdict->last = stream_frame(
        call->relay.stream, data, &call->worker->scratch, &call->fault);
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

static void stream_stopped(struct call *call, enum stream_frame why)
{
    switch (why) {
    case STREAM_DONE:
        relay_end(call, OUTCOME_COMPLETE);
        break;
    case STREAM_NO_MEMORY:
        relay_fail(call, OUTCOME_UPSTREAM_CUT, REFUSE_OVERLOADED);
        break;
    default:
        relay_fail(call, OUTCOME_UPSTREAM_CUT, REFUSE_UPSTREAM_ERROR);
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
        relay_end(call, OUTCOME_COMPLETE);
    else if (how == UPSTREAM_STALLED || how == UPSTREAM_OVERDUE)
        relay_fail(call, OUTCOME_UPSTREAM_CUT, REFUSE_UPSTREAM_TIMEOUT);
    else
        relay_fail(call, OUTCOME_UPSTREAM_CUT, REFUSE_UPSTREAM_INCOMPLETE);
}
