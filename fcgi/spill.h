#ifndef SPILL_H
#define SPILL_H

#include <stdbool.h>

#include "db/store.h"
#include "jobs.h"

/* Bills that the store could not take. A worker that finds the store closed
 * for too long appends them to a file of its own, on disk before the answer
 * ends, and brings them in as soon as the store is open again: before the next
 * admission, with the next tick of the reaper, or at the next start of any
 * worker. A bill that was brought in twice is written once, with its event,
 * because settling is. RELIABILITY.md 2.5. */

struct spill;

/**
 * spill_open(dir, jobs):
 * Use the directory ${dir}/spill, made if missing, and bring in what workers
 * that are gone have left there. NULL when memory is out or the directory is
 * not to be had. Blocks. spill_close() takes NULL, and comes after jobs_stop().
 */
struct spill *spill_open(const char *dir, struct jobs *jobs);
void spill_close(struct spill *s);

/**
 * spill_put(s, settle):
 * Append ${settle} and sync. Returns 0, or -1 with errno set: the bill is
 * lost, and the operator must be told. Blocks for a sync: the store is gone,
 * nothing else goes on.
 */
int spill_put(struct spill *s, const struct store_settle *settle);

/**
 * spill_replay(s):
 * Submit what was put, if anything; cheap when there is nothing, and when it
 * failed within this second. What the store refuses to take stays.
 */
void spill_replay(struct spill *s);

/**
 * spill_sweep(s):
 * spill_replay(), and with it what workers left that died meanwhile: their own
 * bills come before those that a reaper makes for them.
 */
void spill_sweep(struct spill *s);

#endif
