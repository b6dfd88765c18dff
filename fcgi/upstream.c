#include "upstream.h"

#include <stdlib.h>

#include "upstream_plain.h"

static struct upstream_call *call_create(struct upstream_pool *pool,
    const struct upstream_ask *ask, const struct upstream_events *events,
    void *cookie)
{
    const struct conf_upstream *target = ask->target;
    struct upstream_call *call = calloc(1, sizeof(*call));

    if (call == NULL)
        return NULL;
    call->pool = pool;
    call->meter = ask->meter;
    call->events = events;
    call->cookie = cookie;
    call->deadline.fired = upstream_call_late;
    call->deadline.cookie = call;
    call->first_byte_ms = target->first_byte_ms;
    call->idle_ms = target->idle_ms;
    call->total_ms = target->total_ms;
    call->started = call->active = loop_now(pool->loop);
    call->body = ask->body;
    call->body->holders++;
    return call;
}

struct upstream_call *upstream_start(struct upstream_pool *pool,
    const struct upstream_ask *ask, const struct upstream_events *events,
    void *cookie)
{
    struct upstream_call *call = call_create(pool, ask, events, cookie);
    int rc;

    if (call == NULL)
        goto err0;
    if (upstream_is_plain(ask->target->origin))
        rc = upstream_plain_start(call, ask);
    else
        rc = upstream_easy_start(call, ask);
    if (rc != 0)
        goto err1;
    upstream_call_arm(call);
    call->link = &pool->calls;
    call->next = pool->calls;
    if (call->next != NULL)
        call->next->link = &call->next;
    pool->calls = call;
    return call;

err1:
    upstream_body_release(call->body);
    free(call);
err0:
    return NULL;
}
