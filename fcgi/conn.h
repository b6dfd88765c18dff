#ifndef CONN_H
#define CONN_H

#include <stdbool.h>
#include <stddef.h>

#include "loop.h"
#include "request.h"

/* A connection from the web server: spools one request at a time, hands it to
 * its owner, frames the answer, and tells when the client has left. */

struct conn;
struct conn_set; /* all connections of one loop */

/* What the owner of a request is told. call is what conn_claim() was given. */
struct conn_owner {
    /* A whole request; ours to free. Call conn_claim() before returning. */
    void (*request)(void *cookie, struct conn *c, struct request *r);
    /* The client or the web server is gone: nothing can be written any more.
     * conn is dead when this returns. */
    void (*gone)(void *call);
    /* The queue fell below its low mark after conn_full() was true. */
    void (*room)(void *call);
    /* After conn_set_drain(): the last connection is gone. */
    void (*emptied)(void *cookie);
};

struct conn_limits {
    size_t body_max;   /* bytes of a body that are kept */
    unsigned body_ms;  /* a request must be whole this long after it began */
    unsigned stall_ms; /* a full queue must move within this */
    unsigned most;     /* connections at once */
    unsigned idle_ms;  /* a kept connection without a request is closed */
};

/**
 * conn_set_create(loop, owner, cookie, limits):
 * NULL when memory is out. ${owner} is not copied. conn_set_free() drops all
 * connections without a word; it takes NULL.
 */
struct conn_set *conn_set_create(struct loop *loop,
    const struct conn_owner *owner, void *cookie,
    const struct conn_limits *limits);
void conn_set_free(struct conn_set *set);

/**
 * conn_set_limits(set, limits):
 * Others from now on, also for requests to come on connections that are kept.
 */
void conn_set_limits(struct conn_set *set, const struct conn_limits *limits);

/**
 * conn_set_drain(set):
 * No further requests: idle connections are closed now, the others when their
 * request has ended. One on which no request has come yet, or on which one lies
 * unread, has a second for it.
 */
void conn_set_drain(struct conn_set *set);

/**
 * conn_set_count(set):
 * Open connections.
 */
size_t conn_set_count(const struct conn_set *set);

/**
 * conn_adopt(set, fd):
 * Take over an accepted, non-blocking socket; closes it when it cannot. What
 * has come on it already is looked at before this returns. Returns 0 or -1.
 */
int conn_adopt(struct conn_set *set, int fd);

/**
 * conn_claim(c, call):
 * From owner->request: ${call} is whom to tell about ${c} from now on.
 */
void conn_claim(struct conn *c, void *call);

/**
 * conn_write(c, data, n):
 * Queue ${n} bytes of the CGI answer (header block first) as STDOUT records.
 * They are sent at the end of the loop's turn.
 */
void conn_write(struct conn *c, const void *data, size_t n);

/**
 * conn_full(c):
 * Whether the queue is above its high mark: stop until owner->room.
 */
bool conn_full(const struct conn *c);

/**
 * conn_finish(c):
 * The answer is complete: END_REQUEST follows what is queued. ${c} is not the
 * caller's any more.
 */
void conn_finish(struct conn *c);

/**
 * conn_abort(c):
 * Close at once without END_REQUEST, so that the web server tells a broken
 * answer from a whole one. What is queued is sent before as far as the socket
 * takes it without blocking. ${c} is not the caller's any more.
 */
void conn_abort(struct conn *c);

#endif
