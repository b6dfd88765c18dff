#include "deadline.h"

#include "call.h"
#include "relay.h"

static void fired(void *cookie)
{
    struct call *call = cookie;

    if (call->step == STEP_MODERATE)
        moderate_late(call);
    else if (call->relay.stream != NULL)
        relay_end(call, OUTCOME_OUT_OF_TIME);
    else
        relay_fail(call, OUTCOME_UPSTREAM_FAILED, REFUSE_UPSTREAM_TIMEOUT);
}

void deadline_begin(struct call *call)
{
    const struct conf *conf = call->settings->conf;
    uint64_t seconds =
        call->completion.stream ? conf->stream_seconds : conf->answer_seconds;
    uint64_t past = loop_now(call->worker->loop) - call->started;

    if (seconds == 0)
        return;
    call->deadline.timer = (struct loop_timer){.fired = fired, .cookie = call};
    loop_timer_set(call->worker->loop, &call->deadline.timer,
        past < seconds * 1000 ? seconds * 1000 - past : 0);
}

void deadline_end(struct call *call)
{
    loop_timer_cancel(call->worker->loop, &call->deadline.timer);
}
