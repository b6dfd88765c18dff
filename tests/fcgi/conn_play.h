#ifndef CONN_PLAY_H
#define CONN_PLAY_H

#include "conn.h"

/* What the tests of connections share: a connection, the owner of its requests
 * and the web server at its other end. A failed assertion ends the test. */

/* One connection and the owner of its requests. */
struct bench {
    struct loop *loop;
    struct conn_set *set;
    int peer; /* the web server's end; -1: closed */

    struct conn *conn; /* of the last request */
    int requests, gone, room;
    char body[64];
    bool timed_out, body_over;

    /* What to do in the callbacks. */
    const char *answer;
    bool finish, abort, write_when_gone, until_gone, until_request;
};

/* What the web server reads: STDOUT put together, and how it ended. */
struct answer {
    char out[256];
    size_t n, total;
    int ends, values;
    bool closed;
    uint16_t id;
    struct buf left; /* begin of a record */
};

/* Of every bench: nothing in them is reached in a test. */
extern const struct conn_limits play_limits;

/**
 * play_setup(state), play_teardown(state):
 * A fixture: a bench in ${state}, whose owner answers "hello" and does not
 * finish.
 */
int play_setup(void **state);
int play_teardown(void **state);

#define WITH_BENCH(test)                                                       \
    cmocka_unit_test_setup_teardown(test, play_setup, play_teardown)

/**
 * play_turns(b):
 * As many turns of the loop as it takes until nothing is left to happen.
 */
void play_turns(struct bench *b);

/**
 * play_connect(b):
 * One more connection to the set. Returns its other end, which the caller
 * closes.
 */
int play_connect(struct bench *b);

/**
 * play_set_limits(b, l):
 * Begin anew with a connection under ${l}.
 */
void play_set_limits(struct bench *b, const struct conn_limits *l);

/**
 * play_send(b, data, n), play_send_request(b, id, flags, body),
 * play_ask(b, id, flags, body):
 * Write to the connection: ${n} bytes, or a whole request; or that, and let it
 * be taken.
 */
void play_send(struct bench *b, const void *data, size_t n);
void play_send_request(
    struct bench *b, uint16_t id, uint8_t flags, const char *body);
void play_ask(struct bench *b, uint16_t id, uint8_t flags, const char *body);

/**
 * play_read_some(b, a):
 * Add to ${a} what there is to read. The caller frees a->left.
 */
void play_read_some(struct bench *b, struct answer *a);

/**
 * play_read_answer(b):
 * What there is to read: whole records.
 */
struct answer play_read_answer(struct bench *b);

#endif
