#ifndef TRAIL_TXN_H
#define TRAIL_TXN_H

#include "desk.h"
#include "env.h"
#include "trail.h"

/* The engine's side of a trail: one transaction from begin to end. */

enum trail_cause {
    TRAIL_SOUND,
    TRAIL_LIBRARY, /* the library failed: its environment is suspect */
    TRAIL_BODY     /* a body gave up: a row cannot be read, memory is out */
};

struct trail {
    struct env *env;
    struct members *members;
    const uint8_t *ledger_key;
    struct rate *rate;
    struct desk *desk;
    bool storage_low;
    DB_TXN *txn;
    int64_t begun; /* CLOCK_MONOTONIC, microseconds */
    enum trail_cause cause;
    int error;     /* the library's code, with TRAIL_LIBRARY */
    char why[160]; /* of the first failure */
};

/**
 * trail_begin(t):
 * Begin a transaction for ${t}, of which the fields above txn are set. Inside
 * the environment. A failure is latched.
 */
void trail_begin(struct trail *t);

/**
 * trail_end(t):
 * Commit what ${t} did, without a sync; if it has failed undo it instead.
 * Returns 0 when it is committed.
 */
int trail_end(struct trail *t);

#endif
