#ifndef FAKE_TRAIL_H
#define FAKE_TRAIL_H

#include "db/bdb/trail.h"
#include "db/rate.h"
#include "db/store.h"

/* A trail in memory, so that verbs are tested without Berkeley DB. */

/**
 * fake_trail_new():
 * A prepared store and a rate that counts in this process alone, so that a
 * quarter of any limit applies. fake_trail_free() ends it.
 */
struct trail *fake_trail_new(void);
void fake_trail_free(struct trail *t);

/**
 * fake_trail_begin(t), fake_trail_commit(t), fake_trail_abort(t):
 * What the batch does around bodies. An abort undoes all rows written since
 * fake_trail_begin() and clears the latched failure.
 */
void fake_trail_begin(struct trail *t);
void fake_trail_commit(struct trail *t);
void fake_trail_abort(struct trail *t);

/**
 * fake_trail_run(t, verb):
 * Run ${verb} in a transaction of its own, which is undone if it failed.
 * Returns its status.
 */
enum store_status fake_trail_run(struct trail *t, void *verb);

/**
 * fake_trail_fail_after(t, calls):
 * Let the call after the next ${calls} calls on ${t} fail.
 */
void fake_trail_fail_after(struct trail *t, unsigned calls);

/**
 * fake_trail_why(t):
 * What was given to trail_fail() last, or NULL.
 */
const char *fake_trail_why(const struct trail *t);

/**
 * fake_trail_set_storage(t, low):
 * Let the disk be short of room, or not.
 */
void fake_trail_set_storage(struct trail *t, bool low);

/**
 * fake_trail_set_long(t, writes):
 * Let every slice be long after ${writes} more writes; until then none is.
 */
void fake_trail_set_long(struct trail *t, unsigned writes);

/**
 * fake_trail_become(t, slot, incarnation), fake_trail_kill(t, incarnation):
 * Be another member from now on; let a member be dead.
 */
void fake_trail_become(struct trail *t, uint32_t slot, uint64_t incarnation);
void fake_trail_kill(struct trail *t, uint64_t incarnation);

/**
 * fake_trail_rows(t, table):
 * How many rows ${table} has.
 */
size_t fake_trail_rows(const struct trail *t, enum table table);

/**
 * fake_trail_writes(t):
 * How often a row was written or removed so far.
 */
unsigned fake_trail_writes(const struct trail *t);

/**
 * fake_trail_row(t, table, n, value):
 * The ${n}th row of ${table}: its key, and its bytes in ${value} to be changed
 * in place.
 */
struct span fake_trail_row(
    struct trail *t, enum table table, size_t n, struct span *value);

#endif
