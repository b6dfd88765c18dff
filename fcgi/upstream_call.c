#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "upstream_private.h"

/* A call under way: its deadlines, and its ends. */

enum { RELEASE_MS = 2000 /* grace of a released call */ };

/* ---- the end ---- */

/* A handle has the figures of its last call until libcurl begins the next. */
static bool has_begun(const struct upstream_call *call)
{
    return call->pool->runs > call->born;
}

void upstream_call_count(struct upstream_call *call)
{
    struct upstream_meter *meter = call->meter;
    long made = 0;

    call->meter = NULL;
    if (meter == NULL || !has_begun(call))
        return;
    if (curl_easy_getinfo(call->easy->curl, CURLINFO_NUM_CONNECTS, &made) !=
        CURLE_OK)
        return;
    if (made > 0)
        __atomic_fetch_add(&meter->connects, (uint64_t)made, __ATOMIC_RELAXED);
    else if (call->status != 0)
        __atomic_fetch_add(&meter->reused, 1, __ATOMIC_RELAXED);
}

void upstream_call_free(struct upstream_call *call)
{
    struct upstream_pool *pool = call->pool;

    assert(pool->inside == 0);
    upstream_call_count(call);
    loop_timer_cancel(pool->loop, &call->deadline);
    curl_multi_remove_handle(pool->multi, call->easy->curl);
    upstream_easy_put(pool, call->easy);
    upstream_body_release(call->body);
    *call->link = call->next;
    if (call->next != NULL)
        call->next->link = call->link;
    free(call);
}

/* libcurl must not lose a handle while it runs: then the reaper does it at
 * the end of the turn. */
static void call_end(struct upstream_call *call)
{
    struct upstream_pool *pool = call->pool;

    call->events = NULL;
    if (pool->inside == 0) {
        upstream_call_free(call);
        return;
    }
    call->doomed = true;
    loop_later(pool->loop, &pool->reaper);
}

void upstream_call_ended(struct upstream_call *call, enum upstream_end how)
{
    const struct upstream_events *events = call->events;
    void *cookie = call->cookie;

    call_end(call);
    if (events != NULL)
        events->ended(cookie, how);
}

/* ---- deadlines ---- */

static uint64_t min_due(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When the call is late, by what is running out; UINT64_MAX: never. */
static uint64_t call_due(const struct upstream_call *call)
{
    uint64_t due = UINT64_MAX;

    if (call->events == NULL)
        return call->active + RELEASE_MS;
    if (call->phase == PHASE_WAITING)
        due = call->started + call->first_byte_ms;
    else if (call->paused_at == 0)
        due = call->active + call->idle_ms;
    if (call->total_ms != 0 && call->paused_at == 0)
        due = min_due(due, call->started + call->total_ms);
    return due;
}

void upstream_call_arm(struct upstream_call *call)
{
    uint64_t now = loop_now(call->pool->loop), due = call_due(call);

    if (due != UINT64_MAX)
        loop_timer_set(
            call->pool->loop, &call->deadline, due > now ? due - now : 1);
}

/* The timer is not moved with every byte: it looks again when it fires. */
void upstream_call_late(void *cookie)
{
    struct upstream_call *call = cookie;
    uint64_t now = loop_now(call->pool->loop);

    if (now < call_due(call))
        upstream_call_arm(call);
    else if (call->phase == PHASE_WAITING &&
             now >= call->started + call->first_byte_ms)
        upstream_call_ended(call, UPSTREAM_SILENT);
    else if (call->phase == PHASE_BODY && now >= call->active + call->idle_ms)
        upstream_call_ended(call, UPSTREAM_STALLED);
    else
        upstream_call_ended(call, UPSTREAM_OVERDUE);
}

/* ---- for the owner ---- */

void upstream_pause(struct upstream_call *call)
{
    if (call->paused_at != 0)
        return;
    call->paused_at = loop_now(call->pool->loop) + 1;
    curl_easy_pause(call->easy->curl, CURLPAUSE_RECV);
}

/* What was asked for before the pause is not late because of it. */
void upstream_resume(struct upstream_call *call)
{
    struct upstream_pool *pool = call->pool;
    uint64_t now = loop_now(pool->loop), slept;

    if (call->paused_at == 0)
        return;
    slept = now + 1 - call->paused_at;
    call->started += slept;
    call->active = now;
    call->paused_at = 0;
    upstream_call_arm(call);
    pool->inside++;
    curl_easy_pause(call->easy->curl, CURLPAUSE_CONT);
    pool->inside--;
}

void upstream_cancel(struct upstream_call *call)
{
    call_end(call);
}

void upstream_release(struct upstream_call *call)
{
    call->events = NULL;
    call->active = loop_now(call->pool->loop);
    if (call->paused_at != 0) {
        upstream_cancel(call);
        return;
    }
    upstream_call_arm(call);
}
