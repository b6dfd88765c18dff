#ifndef UPSTREAM_H
#define UPSTREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/conf.h"
#include "core/http_head.h"
#include "loop.h"

/* Calls to model servers on our loop. libcurl makes the connections, and
 * speaks TLS and HTTP/2; on a connection in the clear we speak HTTP/1.1
 * ourselves, because that is where most of a call's time went. Connections are
 * kept alive. Deadlines are our own, because libcurl's run on while a transfer
 * is paused. RELIABILITY.md 5.5. */

struct upstream_pool;
struct upstream_call;

/* How a call ended. */
enum upstream_end {
    UPSTREAM_DONE,        /* the answer is whole, as far as HTTP can tell */
    UPSTREAM_UNREACHABLE, /* no connection: DNS, refused, TLS */
    UPSTREAM_SILENT,      /* no first byte in time */
    UPSTREAM_STALLED,     /* silent in the middle for too long */
    UPSTREAM_OVERDUE,     /* the whole call took too long */
    UPSTREAM_CUT          /* broke off, or broke HTTP */
};

/* Told from the loop. None of them is called after upstream_cancel() or
 * upstream_release(), nor before upstream_start() has returned. */
struct upstream_events {
    void (*head)(void *cookie, const struct http_head *head);
    void (*body)(void *cookie, struct span bytes);
    /* The call is gone when this returns. */
    void (*ended)(void *cookie, enum upstream_end how);
};

/* A request body that calls share while they run, so that another target can
 * be tried with it. */
struct upstream_body;

/**
 * upstream_body_create(bytes):
 * A body with the contents of ${bytes}, which is left empty. NULL when memory
 * is out (${bytes} is freed then too). Every upstream_start() keeps it for as
 * long as it needs it; upstream_body_release() lets go of the creator's hold
 * and takes NULL.
 */
struct upstream_body *upstream_body_create(struct buf *bytes);
void upstream_body_release(struct upstream_body *body);

/* How often a connection was made for a call, and how often one that was kept
 * has brought an answer. Others may read it meanwhile. */
struct upstream_meter {
    uint64_t connects;
    uint64_t reused;
};

/* What to send. The strings are copied. */
struct upstream_ask {
    const struct conf_upstream *target;
    const char *path; /* "/v1/chat/completions" */
    bool messages;    /* the headers of that dialect belong to it */
    const char *request_id;
    const char *accept;
    struct upstream_body *body;
    struct upstream_meter *meter; /* or NULL; outlives the pool */
};

/**
 * upstream_pool_create(loop):
 * NULL when memory is out. upstream_pool_free() ends all calls without a word;
 * it takes NULL.
 */
struct upstream_pool *upstream_pool_create(struct loop *loop);
void upstream_pool_free(struct upstream_pool *pool);

/**
 * upstream_start(pool, ask, events, cookie):
 * POST ask->body. ${events} is not copied. NULL when memory is out. Not legal
 * from head and body of another call: libcurl may be running then.
 */
struct upstream_call *upstream_start(struct upstream_pool *pool,
    const struct upstream_ask *ask, const struct upstream_events *events,
    void *cookie);

/**
 * upstream_pause(call), upstream_resume(call):
 * Stop reading the answer, so that TCP holds the upstream back, and go on.
 * Deadlines stand still meanwhile. resume may call events->body at once.
 */
void upstream_pause(struct upstream_call *call);
void upstream_resume(struct upstream_call *call);

/**
 * upstream_cancel(call):
 * Close the connection (or reset the HTTP/2 stream) now. Legal from the call's
 * own events.
 */
void upstream_cancel(struct upstream_call *call);

/**
 * upstream_hurry(call, ms):
 * What is still to come is worth little: end the call as UPSTREAM_OVERDUE, on a
 * later turn of the loop, if it is not over in ${ms}, which is not 0. Never
 * gives it more time than it had. Legal from head and body.
 */
void upstream_hurry(struct upstream_call *call, uint32_t ms);

/**
 * upstream_once(call):
 * Nobody waits for the answer any more: where we speak HTTP ourselves, do not
 * send the request again, should a connection that was kept end on it.
 */
void upstream_once(struct upstream_call *call);

/**
 * upstream_release(call):
 * The answer is complete for us: let the rest run out unseen for a moment, so
 * that the connection can serve again, and cancel it if it does not end.
 */
void upstream_release(struct upstream_call *call);

#endif
