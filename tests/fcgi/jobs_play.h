#ifndef JOBS_PLAY_H
#define JOBS_PLAY_H

#include "fake_store.h"
#include "jobs.h"

/* What the tests of jobs share: a loop whose verbs go to the fake store. A
 * failed assertion ends the test. */

struct world {
    struct loop *loop;
    struct jobs *jobs;
    pthread_t thread;
    size_t told, wanted;
    int order[FAKE_MOST];
    bool elsewhere; /* somebody was told on another thread */
    size_t again;   /* how often done submits its own job again */
};

/* A verb with its owner. */
struct errand {
    struct world *w;
    struct store_verb verb;
    struct job job;
};

/**
 * play_setup(state), play_teardown(state):
 * A fixture: a world in ${state} with the fake store, not started. The teardown
 * stops it when it was.
 */
int play_setup(void **state);
int play_teardown(void **state);

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, play_setup, play_teardown)

/**
 * play_start(w), play_start_inline(w), play_stop(w):
 * Open the fake store, in a thread of its own or on that of the loop; stop.
 */
void play_start(struct world *w);
void play_start_inline(struct world *w);
void play_stop(struct world *w);

/**
 * play_submit(w, e, kind), play_submit_all(w, e, n):
 * Submit the verb of ${e}, of ${kind}; its owner is told and counted. Or those
 * of ${n} errands, of the kinds 0, 1, 2 ...
 */
void play_submit(struct world *w, struct errand *e, int kind);
void play_submit_all(struct world *w, struct errand *e, int n);

/**
 * play_hand_over(w, batches):
 * What was submitted goes over when the turn ends: let the store thread have
 * it, and wait until it has begun so many batches.
 */
void play_hand_over(struct world *w, size_t batches);

/**
 * play_start_held(w, e):
 * Start, with the store thread held in a batch of ${e}, of kind 0.
 */
void play_start_held(struct world *w, struct errand *e);

/**
 * play_run(w, wanted):
 * Run until ${wanted} owners have been told altogether.
 */
void play_run(struct world *w, size_t wanted);

#endif
