#ifndef BATCH_PLAY_H
#define BATCH_PLAY_H

#include "scratch.h"

/* Batches on a store of the test's own, and what was answered. */

enum { BATCH_PLAY_MOST = 8 };

/* What batch_play_on_done() was told, in order. */
struct batch_play_answers {
    struct store *store;
    size_t count;
    const struct store_verb *verb[BATCH_PLAY_MOST];
    bool on_disk[BATCH_PLAY_MOST];
    bool more[BATCH_PLAY_MOST]; /* another follows at once, it said */
};

/* Where the test that runs has its store. */
extern struct scratch batch_play;

/**
 * batch_play_set_up(state), batch_play_tear_down(state):
 * What runs before and after each test. Return 0.
 */
int batch_play_set_up(void **state);
int batch_play_tear_down(void **state);

#define BATCH_PLAY_TEST(f)                                                     \
    cmocka_unit_test_setup_teardown(f, batch_play_set_up, batch_play_tear_down)

/**
 * batch_play_on_done(cookie, verb):
 * Note the answer of ${verb} in ${cookie}, the answers.
 */
void batch_play_on_done(void *cookie, struct store_verb *verb);

/**
 * batch_play_run(a, verbs):
 * Run ${verbs}, of which the last is NULL, as one batch on the store of ${a}.
 */
void batch_play_run(
    struct batch_play_answers *a, struct store_verb *const *verbs);

#define BATCH_PLAY_RUN(a, ...)                                                 \
    batch_play_run(a, (struct store_verb *const[]){__VA_ARGS__, NULL})

#endif
