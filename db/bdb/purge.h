#ifndef PURGE_H
#define PURGE_H

#include "row_hold.h"

/* Rows that serve only repetitions are forgotten when none can come any more:
 * how a hold ended after seven days, the name of a call when it is stale.
 * Grants keep their idempotency keys for ever: they are few, and a script that
 * is run again after a year must not pay twice. */

/* Milliseconds to the next pass: as usual, and when there is much to forget.
 * Then a worker forgets up to 20,000 rows of a kind a second, or 5,000 when its
 * slices are long without that. */
enum { PURGE_SOON_MS = 25, PURGE_LATER_MS = 5000 };

/**
 * purge_wait(looked, removed):
 * When to look again after a look at so many rows, of which so many were old:
 * soon while every eighth is, so that a table has no more than a seventh beyond
 * what it must have, however fast it grows.
 */
uint32_t purge_wait(uint32_t looked, uint32_t removed);

/**
 * purge_run(t, reap):
 * Look at the next rows of both kinds, a few for each of reap->most, and remove
 * what is old; only some of them when the slice is long. Moves the cursors of
 * ${reap} on, counts in reap->purged and sets reap->wait_ms.
 */
void purge_run(struct trail *t, struct store_reap *reap);

/**
 * purge_is_due(done, now):
 * Whether ${done} is so old that it may be forgotten.
 */
bool purge_is_due(const struct row_done *done, int64_t now);

/**
 * purge_note(t, newest):
 * Note that ends of holds up to the time ${newest} were forgotten, as the audit
 * must know which of them may be missing.
 */
void purge_note(struct trail *t, int64_t newest);

#endif
