#include "upstream.h"

#include <stdlib.h>

#include "upstream_private.h"

static struct upstream_call *call_create(struct upstream_pool *pool,
    const struct upstream_ask *ask, const struct upstream_events *events,
    void *cookie)
{
    const struct conf_upstream *target = ask->target;
    struct upstream_call *call = calloc(1, sizeof(*call));

    if (call == NULL || (call->easy = upstream_easy_get(pool, ask)) == NULL) {
        free(call);
        return NULL;
    }
    call->pool = pool;
    call->meter = ask->meter;
    call->events = events;
    call->cookie = cookie;
    call->deadline.fired = upstream_call_late;
    call->deadline.cookie = call;
    call->born = pool->runs;
    call->first_byte_ms = target->first_byte_ms;
    call->idle_ms = target->idle_ms;
    call->total_ms = target->total_ms;
    call->started = call->active = loop_now(pool->loop);
    return call;
}

struct upstream_call *upstream_start(struct upstream_pool *pool,
    const struct upstream_ask *ask, const struct upstream_events *events,
    void *cookie)
{
    struct upstream_call *call = call_create(pool, ask, events, cookie);

    if (call == NULL)
        goto err0;
    upstream_answer_set(call);
    if (upstream_ask_set(call, ask) != 0)
        goto err1;
    if (curl_multi_add_handle(pool->multi, call->easy->curl) != CURLM_OK)
        goto err1;
    call->link = &pool->calls;
    call->next = pool->calls;
    if (call->next != NULL)
        call->next->link = &call->next;
    pool->calls = call;
    upstream_call_arm(call);
    return call;

err1:
    upstream_easy_put(pool, call->easy);
    upstream_body_release(call->body);
    free(call);
err0:
    return NULL;
}
