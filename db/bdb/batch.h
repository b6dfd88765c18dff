#ifndef BATCH_H
#define BATCH_H

#include "engine.h"

/* The verbs that wait together go through the gate as one transaction. A batch
 * of which the fate is unknown is run again after a recovery; one in which a
 * body gives up is taken apart, so that a verb that cannot be done keeps none
 * of its neighbours from it. */

/**
 * batch_run(s, list, done, cookie):
 * The whole of store_run().
 */
void batch_run(struct store *s, struct store_verb *list,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie);

/**
 * batch_commit(s, list, done, cookie, owed):
 * The whole of store_commit().
 */
void batch_commit(struct store *s, struct store_verb *list,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie,
    struct store_owed *owed);

/**
 * batch_harden(s, owed, done, cookie):
 * The whole of store_harden().
 */
void batch_harden(struct store *s, const struct store_owed *owed,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie);

/**
 * batch_idle(s):
 * Make the checkpoint that no batch came to make.
 */
void batch_idle(struct store *s);

#endif
