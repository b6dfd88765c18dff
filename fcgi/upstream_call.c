#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "upstream_plain.h"

/* A call under way: its deadlines, and its ends. */

enum { RELEASE_MS = 2000 /* grace of a released call */ };

/* ---- the end ---- */

void upstream_call_free(struct upstream_call *call)
{
    struct upstream_pool *pool = call->pool;

    assert(pool->inside == 0);
    loop_timer_cancel(pool->loop, &call->deadline);
    if (call->easy == NULL)
        upstream_plain_leave(call);
    else
        upstream_easy_leave(call);
    upstream_body_release(call->body);
    *call->link = call->next;
    if (call->next != NULL)
        call->next->link = call->link;
    free(call);
}

/* Neither libcurl while it runs nor who tells of an answer may lose a call:
 * then the reaper does it at the end of the turn. */
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

/* ---- the answer ---- */

/* A server that has taken all of the request and agrees is not asked again:
 * the body was read for the last time. */
void upstream_call_head(
    struct upstream_call *call, const struct http_head *head, bool sent)
{
    call->phase = PHASE_BODY;
    call->active = loop_now(call->pool->loop);
    if (sent && head->status == 200) {
        upstream_body_release(call->body);
        call->body = NULL;
    }
    upstream_call_arm(call);
    if (call->events != NULL)
        call->events->head(call->cookie, head);
}

void upstream_call_body(struct upstream_call *call, struct span bytes)
{
    if (call->events == NULL)
        return;
    call->active = loop_now(call->pool->loop);
    call->events->body(call->cookie, bytes);
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
    struct loop *loop = call->pool->loop;
    uint64_t now = loop_now(loop), due = call_due(call);

    if (due == UINT64_MAX)
        loop_timer_cancel(loop, &call->deadline);
    else
        loop_timer_set(loop, &call->deadline, due > now ? due - now : 1);
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
    if (call->easy != NULL)
        curl_easy_pause(call->easy->curl, CURLPAUSE_RECV);
    else if (call->wire != NULL)
        upstream_wire_pause(call->wire);
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
    if (call->easy == NULL) {
        if (call->wire != NULL)
            upstream_wire_resume(call->wire);
        return;
    }
    pool->inside++;
    curl_easy_pause(call->easy->curl, CURLPAUSE_CONT);
    pool->inside--;
}

void upstream_cancel(struct upstream_call *call)
{
    call_end(call);
}

void upstream_hurry(struct upstream_call *call, uint32_t ms)
{
    uint32_t total =
        (uint32_t)(loop_now(call->pool->loop) - call->started) + ms;

    if (call->total_ms == 0 || total < call->total_ms)
        call->total_ms = total;
    upstream_call_arm(call);
}

void upstream_once(struct upstream_call *call)
{
    call->once = true;
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
