#ifndef UPSTREAM_PLAIN_H
#define UPSTREAM_PLAIN_H

#include "core/http_answer.h"
#include "upstream_private.h"

/* Calls in the clear: HTTP/1.1 on connections of our own, one call at a time
 * on each (RFC 9112). libcurl makes the connections, because resolving names
 * and trying addresses in turn is its trade. */

struct upstream_unpack;

/* A connection. */
struct upstream_wire {
    struct loop_fd watch;
    struct upstream_pool *pool;
    struct upstream_call *call; /* that it serves; NULL: it is kept */
    char *origin;
    size_t sent; /* bytes of the request, head and body */
    struct http_answer answer;
    struct buf rest;                     /* of what was read, while paused */
    struct upstream_unpack *unpack;      /* NULL: the body is not packed */
    struct upstream_wire *newer, *older; /* among those that are kept */
    uint64_t kept_at;
    bool used;    /* for an earlier call */
    bool feeding; /* the answer is being told */
    bool deaf;    /* takes no more of the request */
};

/* ---- calls: upstream_plain.c ---- */

/**
 * upstream_is_plain(origin):
 * Whether calls to ${origin} are in the clear.
 */
bool upstream_is_plain(const char *origin);

/**
 * upstream_plain_start(call, ask):
 * Send ${ask} on a connection that is kept, or have one made. Returns 0, or -1
 * when memory is out.
 */
int upstream_plain_start(
    struct upstream_call *call, const struct upstream_ask *ask);

/**
 * upstream_plain_connected(call, fd):
 * The connection of ${call} is there, and is given away; -1: there is none.
 */
void upstream_plain_connected(struct upstream_call *call, int fd);

/**
 * upstream_plain_broken(call):
 * Its connection has ended, or broke HTTP, before the answer was whole. Sends
 * the request once more if it can be thought unseen: a connection that was
 * kept may end while the request is on its way.
 */
void upstream_plain_broken(struct upstream_call *call);

/**
 * upstream_plain_over(call, keep):
 * The answer is whole; the connection may be kept.
 */
void upstream_plain_over(struct upstream_call *call, bool keep);

/**
 * upstream_plain_leave(call):
 * Close or give up what ${call} has of a connection.
 */
void upstream_plain_leave(struct upstream_call *call);

/* ---- the making of connections: upstream_connect.c ---- */

/**
 * upstream_connect(call), upstream_connect_stop(call):
 * Have libcurl connect to call->origin, which ends in
 * upstream_plain_connected(). Returns 0, or -1 when memory is out. Or stop it.
 */
int upstream_connect(struct upstream_call *call);
void upstream_connect_stop(struct upstream_call *call);

/**
 * upstream_connect_ended(call, code):
 * libcurl has, or has not, connected.
 */
void upstream_connect_ended(struct upstream_call *call, CURLcode code);

/* ---- a connection: upstream_wire.c ---- */

/**
 * upstream_wire_open(call, fd):
 * Make ${fd}, which is owned from here, the connection of ${call}. Returns 0,
 * or -1 when memory is out, and ${fd} is closed.
 */
int upstream_wire_open(struct upstream_call *call, int fd);

/**
 * upstream_wire_close(wire):
 * The end of one that serves no call and is not kept.
 */
void upstream_wire_close(struct upstream_wire *wire);

/**
 * upstream_wire_use(wire, call):
 * Begin ${call} on it: send what the socket takes, watch for the rest and for
 * the answer. Nothing is told before the loop turns.
 */
void upstream_wire_use(struct upstream_wire *wire, struct upstream_call *call);

/**
 * upstream_wire_part(wire):
 * Take it from its call; only one whose answer was read to the end is fit for
 * another.
 */
void upstream_wire_part(struct upstream_wire *wire);

/**
 * upstream_wire_resume(wire), upstream_wire_pause(wire):
 * Tell on, with what has been read already; or stop reading.
 */
void upstream_wire_resume(struct upstream_wire *wire);
void upstream_wire_pause(struct upstream_wire *wire);

/* ---- connections without a call: upstream_kept.c ---- */

/**
 * upstream_kept_put(wire):
 * Keep ${wire} for the next call to its origin; the oldest makes room.
 */
void upstream_kept_put(struct upstream_wire *wire);

/**
 * upstream_kept_take(pool, origin):
 * The one that was used last for ${origin}, or NULL.
 */
struct upstream_wire *upstream_kept_take(
    struct upstream_pool *pool, const char *origin);

/**
 * upstream_kept_drop(wire), upstream_kept_clear(pool):
 * Close one that is kept, or all.
 */
void upstream_kept_drop(struct upstream_wire *wire);
void upstream_kept_clear(struct upstream_pool *pool);

/* ---- packed bodies: upstream_unpack.c ---- */

/**
 * upstream_unpack_create():
 * For gzip and zlib; NULL when memory is out. upstream_unpack_free() takes
 * NULL.
 */
struct upstream_unpack *upstream_unpack_create(void);
void upstream_unpack_free(struct upstream_unpack *u);

/**
 * upstream_unpack_feed(u, bytes, call):
 * Tell ${call} what ${bytes} unpack to, and keep what a pause leaves over, or
 * what is more than the loop may be held up with. Returns 0, or -1 when they
 * are broken.
 */
int upstream_unpack_feed(
    struct upstream_unpack *u, struct span bytes, struct upstream_call *call);

/**
 * upstream_unpack_resume(u, call):
 * Go on with what was left over, if there is any. Returns 0 or -1 as above.
 */
int upstream_unpack_resume(
    struct upstream_unpack *u, struct upstream_call *call);

/**
 * upstream_unpack_tired(u):
 * Whether it has done enough for one turn, and wants to be resumed in the
 * next.
 */
bool upstream_unpack_tired(const struct upstream_unpack *u);

/**
 * upstream_unpack_whole(u):
 * Whether what came was all of it.
 */
bool upstream_unpack_whole(const struct upstream_unpack *u);

#endif
