#ifndef PURGE_H
#define PURGE_H

#include "db/store.h"
#include "trail.h"

/* Rows that serve only repetitions are forgotten when none can come any more:
 * how a hold ended after seven days, the name of a call when it is stale.
 * Grants keep their idempotency keys for ever: they are few, and a script that
 * is run again after a year must not pay twice. */

/**
 * purge_run(t, reap):
 * Look at the next rows of both kinds, a few for each of reap->most, and remove
 * what is old. Moves the cursors of ${reap} on and counts in reap->purged.
 */
void purge_run(struct trail *t, struct store_reap *reap);

#endif
