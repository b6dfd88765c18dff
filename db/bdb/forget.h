#ifndef FORGET_H
#define FORGET_H

#include "db/store.h"
#include "trail.h"

/**
 * forget_run(t, reap):
 * Look at some rows of quotas and remove those of windows long past: a user's
 * two days after the window, a budget's, which says what a project used, after
 * 400. And remove some events that are older than reap->events_before, if all
 * consumers have them; the chain's anchor then stands for them. Moves the
 * cursors of ${reap} on and counts in reap->purged.
 */
void forget_run(struct trail *t, struct store_reap *reap);

#endif
