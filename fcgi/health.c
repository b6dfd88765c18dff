#include "health.h"

#include <string.h>

#include "call.h"
#include "reply.h"

static void say(struct call *call, int status, const char *text)
{
    reply_json(call, status, (struct span){text, strlen(text)});
}

void health_live(struct call *call)
{
    say(call, 200, "{\"status\":\"ok\"}");
}

void health_ready(struct call *call)
{
    if (call->worker->phase != WORKER_SERVING)
        say(call, 503, "{\"status\":\"stopping\"}");
    else if (call->settings->conf->n_upstreams == 0)
        say(call, 503, "{\"status\":\"no upstream is configured\"}");
    else
        say(call, 200, "{\"status\":\"ready\"}");
}
