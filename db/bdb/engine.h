#ifndef ENGINE_H
#define ENGINE_H

#include <limits.h>

#include "db/rate.h"
#include "db/store.h"
#include "disk.h"
#include "env.h"
#include "logsync.h"
#include "trail_txn.h"

/* What store.c (opening and closing) and batch.c (running verbs) share. Only
 * the fields marked so are for other threads than the store's own. */

struct store {
    char dir[PATH_MAX];
    struct report report;
    struct members *members; /* the table: any thread */
    struct disk *disk;
    struct gate *gate;
    struct env *env;
    struct logsync *logsync; /* the count: any thread */
    struct rate *rate;
    struct desk *desk;
    uint8_t ledger_key[MAC_KEY];
    enum store_durability durability;
    uint32_t checkpoint_bytes;

    bool closed;          /* the last try failed for good */
    int64_t closed_until; /* milliseconds; no further try before */
    int64_t mended;       /* milliseconds of the last recovery for a body */
    uint64_t unsynced;    /* position that relaxed durability owes the disk */
    uint64_t unsynced_generation;
    uint32_t log_file;

    _Atomic uint64_t batches; /* any thread */
    _Atomic uint64_t verbs;
    _Atomic bool rate_broken;
};

/**
 * engine_now():
 * CLOCK_MONOTONIC in milliseconds.
 */
int64_t engine_now(void);

/**
 * engine_trail(s, t):
 * Prepare ${t} for trail_begin().
 */
void engine_trail(struct store *s, struct trail *t);

/**
 * engine_sync(s, generation, position):
 * Put the log on disk up to ${position}. Returns 0, or -1 when the disk failed:
 * then the environment is distrusted and the operator told.
 */
int engine_sync(struct store *s, uint64_t generation, uint64_t position);

#endif
