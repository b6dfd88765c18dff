#include "heartbeat.h"

#include "call.h"
#include "relay.h"
#include "reply.h"

static void arm(struct call *call, uint64_t ms)
{
    loop_timer_set(call->worker->loop, &call->heartbeat.timer, ms);
}

static uint64_t interval_of(const struct call *call)
{
    return call->settings->conf->heartbeat_seconds * 1000ull;
}

/* What every client of the dialect ignores. */
static void beat(struct call *call)
{
    struct buf text = {0};

    if (!call->relay.opened)
        relay_open(call);
    if (call->relay.stream != NULL)
        stream_beat(call->relay.stream, &text);
    else
        call->exchange.caller->beat(&text);
    if (call->conn != NULL && !conn_full(call->conn))
        reply_frames(call, &text);
    buf_free(&text);
    heartbeat_written(call);
}

/* The timer is not moved with every frame: it looks again when it fires. */
static void fired(void *cookie)
{
    struct call *call = cookie;
    uint64_t interval = interval_of(call);
    uint64_t silent = loop_now(call->worker->loop) - call->heartbeat.written;

    if (call->conn == NULL)
        return;
    if (call->relay.opened && silent < interval) {
        arm(call, interval - silent);
        return;
    }
    beat(call);
    if (interval > 0)
        arm(call, interval);
}

void heartbeat_begin(struct call *call)
{
    uint64_t grace = call->settings->conf->grace_seconds * 1000ull;

    call->heartbeat.timer = (struct loop_timer){.fired = fired, .cookie = call};
    heartbeat_written(call);
    if (grace > 0)
        arm(call, grace);
}

void heartbeat_opened(struct call *call)
{
    uint64_t interval = interval_of(call);

    heartbeat_written(call);
    if (interval > 0)
        arm(call, interval);
    else
        heartbeat_end(call);
}

void heartbeat_written(struct call *call)
{
    call->heartbeat.written = loop_now(call->worker->loop);
}

void heartbeat_end(struct call *call)
{
    loop_timer_cancel(call->worker->loop, &call->heartbeat.timer);
}
