#include "probe.h"

#include "call.h"
#include "host.h"
#include "reply.h"

enum { TICKS = 4, PAUSE_MS = 500 };

static void fired(void *cookie)
{
    walk_on(cookie);
}

void probe_begin(struct call *call, const char *status)
{
    struct buf event = {0};

    reply_stream(call);
    buf_puts(&event, "data: ");
    host_report(call, status, &event);
    buf_puts(&event, "\n\n");
    reply_buf(call, &event);
    buf_free(&event);
    call->probe.timer = (struct loop_timer){.fired = fired, .cookie = call};
    call->step = STEP_PROBE;
}

static void tick(struct call *call)
{
    struct buf event = {0};

    buf_printf(&event,
        "data: {\"tick\":%u,\"of\":%d,\"sent_after_ms\":%llu}\n\n",
        call->probe.ticks, TICKS,
        (unsigned long long)(loop_now(call->worker->loop) - call->started));
    reply_buf(call, &event);
    buf_free(&event);
}

static bool is_over(const struct call *call)
{
    return call->probe.ticks > TICKS || call->conn == NULL ||
           call->worker->phase != WORKER_SERVING;
}

enum walk_next probe_run(struct call *call)
{
    if (call->probe.ticks > 0)
        tick(call);
    call->probe.ticks++;
    if (is_over(call)) {
        call->step = STEP_FINISH;
        return WALK_ON;
    }
    loop_timer_set(call->worker->loop, &call->probe.timer, PAUSE_MS);
    return WALK_WAIT;
}
