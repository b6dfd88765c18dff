#include "health.h"

#include <string.h>
#include <time.h>

#include "call.h"
#include "host.h"
#include "probe.h"
#include "reply.h"
#include "token.h"

static void say(struct call *call, int status, const char *text)
{
    reply_json(call, status, (struct span){text, strlen(text)});
}

void health_live(struct call *call)
{
    say(call, 200, "{\"status\":\"ok\"}");
}

static const char *const ready = "ready", *const degraded = "degraded";

/* What keeps us from serving, or how well we can. */
static const char *status_of(const struct call *call)
{
    if (call->worker->phase != WORKER_SERVING)
        return "stopping";
    if (call->settings->conf->n_upstreams == 0)
        return "no upstream is configured";
    if (!token_clock_sound(time(NULL)))
        return "the clock cannot be right";
    if (host_exposes_state(call))
        return "the state directory lies in the document root";
    if (jobs_closed(call->worker->jobs))
        return "the store is closed";
    return settings_served(call->settings) ? ready : degraded;
}

/* Where no upstream answers no other gateway would help: the web server need
 * not look for one. */
static bool can_serve(const char *status)
{
    return status == ready || status == degraded;
}

/* Who stays has a web server of the operator's own; in the fcgid mode it is
 * likely to be somebody else's. */
void health_ready(struct call *call)
{
    const char *status = status_of(call);
    struct buf body = {0};

    if (host_wants_probe(call) && !call->head_only) {
        probe_begin(call, status);
        return;
    }
    if (call->worker->fcgid)
        host_report(call, status, &body);
    else
        buf_printf(&body, "{\"status\":\"%s\"}", status);
    reply_json(call, can_serve(status) ? 200 : 503,
        (struct span){body.data, body.len});
    buf_free(&body);
}
