#ifndef BUDGET_H
#define BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "db/store.h"
#include "jobs.h"

struct call;

/* A stream's credits while it runs: the hold grows by a step at a time, asked
 * for when half of the last step is used, so that reading the upstream waits
 * for the store only when the store is slow. The same verb marks the progress
 * that a reaper would bill, and renews the lease. DESIGN.md fixed point 4,
 * RELIABILITY.md 2.4. */

enum {
    BUDGET_STEP = 500,        /* output tokens */
    BUDGET_MARK_TOKENS = 512, /* progress is noted this often, */
    BUDGET_MARK_MS = 5000,    /* or this often */
    BUDGET_RETRY_MS = 500     /* when the store is closed */
};

struct budget {
    struct job job;
    struct store_extend extend;
    uint64_t covers;         /* output tokens that the hold pays for */
    uint64_t marked;         /* output tokens that the store knows of */
    uint64_t marked_at;      /* loop_now() then */
    bool asking;             /* the verb is under way */
    bool spent;              /* the store said that there is no more */
    struct loop_timer retry; /* of a wish that a closed store did not hear */
};

/* May the stream go on? */
enum budget_state {
    BUDGET_FINE,
    BUDGET_WAITING, /* stop reading until budget_answered() */
    BUDGET_SPENT    /* end the stream */
};

/**
 * budget_begin(call):
 * An upstream has accepted ${call}, which holds what its admission granted:
 * note so in the store.
 */
void budget_begin(struct call *call);

/**
 * budget_end(call):
 * No more wishes; harmless when there were none.
 */
void budget_end(struct call *call);

/**
 * budget_look(call, out):
 * ${out} output tokens have come so far: ask for more in time, and say whether
 * the stream may go on. When it was told to wait, relay_budget_answered() is
 * called with the answer.
 */
enum budget_state budget_look(struct call *call, uint64_t out);

#endif
