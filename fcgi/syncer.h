#ifndef SYNCER_H
#define SYNCER_H

#include "db/store.h"

/* The sync thread. While it waits for the disk to have what one batch wrote,
 * the store thread runs the next; what several of them owe meanwhile is one
 * sync. It never enters the store's library. */

struct syncer;

/**
 * syncer_start(store, done, cookie):
 * Start the thread. ${done} is called in it as store_harden() says. NULL when
 * there can be no thread.
 */
struct syncer *syncer_start(struct store *store,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie);

/**
 * syncer_take(s, owed, busy):
 * Have the verbs of ${owed} given back once they are on disk. False when the
 * caller had better wait for the disk itself: nothing is under way here and it
 * has nothing else to do (${busy} is false), or a recovery lies between this
 * and what is under way. From the store thread.
 */
bool syncer_take(struct syncer *s, const struct store_owed *owed, bool busy);

/**
 * syncer_stop(s):
 * Harden what is owed and end the thread. Blocks. Takes NULL.
 */
void syncer_stop(struct syncer *s);

#endif
