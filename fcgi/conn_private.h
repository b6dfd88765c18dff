#ifndef CONN_PRIVATE_H
#define CONN_PRIVATE_H

#include "conn.h"
#include "outq.h"
#include "spool.h"

/* What the two files of the connections share. */

enum { CONN_CHUNK = 64 << 10 };

enum conn_state {
    CONN_SPOOLING,  /* collects a request; nobody knows of it */
    CONN_CLAIMED,   /* call is answering, and is told what happens */
    CONN_FINISHING, /* END_REQUEST is queued; nobody knows of it */
    CONN_DEAD       /* closed; on set->dead until the turn ends */
};

struct conn {
    struct conn_set *set;
    struct conn *next, **link; /* set->open or set->dead */
    enum conn_state state;
    void *call;

    struct loop_fd watch;
    struct loop_task flush;

    /* SPOOLING: until the request is whole or, before it began, idle.
     * CLAIMED and full, FINISHING: until the queue must have moved. */
    struct loop_timer timer;

    struct spool spool; /* CLAIMED, FINISHING: of the next request */
    struct buf ahead;   /* waiting: what came behind that one */
    struct outq out;
    uint16_t id;  /* of the request that is answered */
    bool keep;    /* the connection outlives that one */
    bool used;    /* a request has come on it */
    bool timing;  /* SPOOLING: the timer is that of a request, not idle */
    bool waiting; /* the next request is whole */
    bool deaf;    /* what comes is thrown away */
    bool full;    /* owner->room is owed */
    bool blocked; /* the socket takes no more */
};

struct conn_set {
    struct loop *loop;
    const struct conn_owner *owner;
    void *cookie;
    struct conn_limits limits;
    struct request_parser *parser;
    struct conn *open, *dead;
    struct loop_task bury;
    size_t count;
    bool draining;
    char chunk[CONN_CHUNK];
};

/**
 * conn_create(set, fd), conn_free(c):
 * The struct alone, in no list and watching nothing; NULL when memory is out.
 */
struct conn *conn_create(struct conn_set *set, int fd);
void conn_free(struct conn *c);

/**
 * conn_drop(c):
 * Close the connection without a word to anybody. The struct stays until the
 * turn ends, because callers may still look at it.
 */
void conn_drop(struct conn *c);

/**
 * conn_input(c):
 * Take what the web server has sent so far. May hand a request to the owner,
 * and may drop the connection.
 */
void conn_input(struct conn *c);

/**
 * conn_link(list, c), conn_unlink(c):
 * Put ${c} at the head of ${list}; take it out of the list it is in.
 */
void conn_link(struct conn **list, struct conn *c);
void conn_unlink(struct conn *c);

#endif
