#ifndef FAKE_STORE_H
#define FAKE_STORE_H

#include <pthread.h>

#include "db/store.h"

/* A store for tests of who runs it, in the place of db/store.h's: it opens
 * "somewhere", does nothing, answers STORE_EXISTS or that it is closed, notes
 * what it is asked for, and can be made to wait. */

enum { FAKE_MOST = 16 };

struct store {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    int open_result;
    bool opened, closed;
    bool held;     /* store_run() waits at its beginning */
    bool held_mid; /* and before it acknowledges the second verb */
    bool backwards;
    bool refuses; /* it answers STORE_CLOSED */
    bool owes;      /* verbs wait for the disk */
    bool held_sync; /* which store_harden() waits for */
    size_t syncs;   /* that came as far as the wait */
    size_t hardened;
    size_t batches;
    size_t entered; /* batches that came as far as the wait */
    size_t sizes[FAKE_MOST];
    int order[FAKE_MOST]; /* kinds of the verbs, as they came */
    size_t verbs;
    size_t ticks;
    pthread_t thread;
    bool one_thread; /* every call came from that thread */
};

/* The only one. While another thread runs it, what that thread changes is read
 * with its lock. */
extern struct store fake;

/**
 * fake_reset():
 * As at the beginning: not open, and nothing asked for.
 */
void fake_reset(void);

/**
 * fake_let_go(flag):
 * Nobody waits any more for ${flag}: fake.held, held_mid or held_sync.
 */
void fake_let_go(bool *flag);

/**
 * fake_wait(counter, n):
 * Wait until ${counter}, fake.entered, syncs or ticks, is at ${n} or above.
 */
void fake_wait(const size_t *counter, size_t n);

#endif
