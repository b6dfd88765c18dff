#ifndef SIMULATOR_H
#define SIMULATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"
#include "oracle.h"

/* What the parts of tests/db/simulator.c share: workers with calls under way,
 * and the verbs of theirs that wait for a batch. */

enum {
    SIMULATOR_WORKERS = 16, /* at most */
    SIMULATOR_LANES = 6,    /* calls that a worker has under way */
    SIMULATOR_JOBS = 128
};

#define SIMULATOR_SECOND INT64_C(1000000)

union simulator_verb {
    struct store_verb head;
    struct store_admit admit;
    struct store_extend extend;
    struct store_settle settle;
    struct store_reap reap;
    struct store_grant grant;
    struct store_account_set account;
    struct store_key_set key;
};

enum simulator_state {
    SIMULATOR_IDLE,
    SIMULATOR_ADMIT,
    SIMULATOR_OPEN,
    SIMULATOR_WAIT,
    SIMULATOR_END
};

struct simulator_lane {
    enum simulator_state state;
    unsigned request;
    uint64_t out;
};

/* A verb that waits for its batch. */
struct simulator_job {
    union simulator_verb verb;
    unsigned worker;
    struct simulator_lane *lane; /* whose answer it is; NULL: nobody's */
};

struct simulator_worker {
    uint64_t incarnation;
    struct simulator_lane lane[SIMULATOR_LANES];
};

struct simulator {
    unsigned seed, step, workers;
    uint64_t random;
    struct trail *t;
    struct oracle *o;
    struct simulator_worker worker[SIMULATOR_WORKERS];
    uint64_t incarnations;
    struct simulator_job job[SIMULATOR_JOBS];
    size_t jobs;
    unsigned requests, deaths;
    int64_t now, boot;
    size_t seen[ORACLE_ACCOUNTS]; /* journal entries that were compared */
    struct store_reap reap;       /* goes on from pass to pass */
    uint64_t *reruns, *folded;
};

/* ---- simulator.c ---- */

/**
 * simulator_wrong(s, fmt, ...):
 * Tell what is wrong, with the seed and the step, and exit with status 1.
 */
void simulator_wrong(const struct simulator *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/**
 * simulator_draw(s, below):
 * The next number of the seed, from 0 on and below ${below}.
 */
unsigned simulator_draw(struct simulator *s, unsigned below);

/* ---- simulator_audit.c ---- */

/**
 * simulator_compare(s), simulator_audit(s):
 * Compare every balance, entry and book with the oracle's; reap what the dead
 * left behind, compare, fold what is old and audit all of it. Whatever differs
 * is wrong.
 */
void simulator_compare(struct simulator *s);
void simulator_audit(struct simulator *s);

/**
 * simulator_reap_all(s):
 * All that the dead left behind.
 */
void simulator_reap_all(struct simulator *s);

/* ---- simulator_verbs.c ---- */

/**
 * simulator_job(s, worker, lane):
 * A new verb that waits, to be made; its answer is for ${lane}, or for nobody
 * when that is NULL. NULL when too many wait.
 */
struct simulator_job *simulator_job(
    struct simulator *s, unsigned worker, struct simulator_lane *lane);

/**
 * simulator_make_admit(s, a, request), simulator_make_extend(s, e, l),
 * simulator_make_settle(s, v, request), simulator_make_grant(s, g),
 * simulator_make_operator(s, v):
 * Make a verb as the seed will have it; the last, something that an operator
 * does.
 */
void simulator_make_admit(
    struct simulator *s, struct store_admit *a, unsigned request);
void simulator_make_extend(
    struct simulator *s, struct store_extend *e, struct simulator_lane *l);
void simulator_make_settle(
    struct simulator *s, struct store_settle *v, unsigned request);
void simulator_make_grant(struct simulator *s, struct store_grant *g);
void simulator_make_operator(struct simulator *s, union simulator_verb *v);

/**
 * simulator_add_reap(s):
 * Let the next slice of a reaper's pass wait.
 */
void simulator_add_reap(struct simulator *s);

/* ---- simulator_batch.c ---- */

/**
 * simulator_go_on(s, worker, l):
 * Let the next verb of the call in ${l} wait, if it waits for none.
 */
void simulator_go_on(
    struct simulator *s, unsigned worker, struct simulator_lane *l);

/**
 * simulator_meddle(s):
 * Somebody else delivers, settles or repeats what is under way or over.
 */
void simulator_meddle(struct simulator *s);

/**
 * simulator_run_batch(s):
 * Run some of what waits as one transaction, which may fail, or be run again
 * though it is done. The oracle checks what is committed.
 */
void simulator_run_batch(struct simulator *s);

/* ---- simulator_fate.c ---- */

/**
 * simulator_be_born(s, worker), simulator_restart_machine(s):
 * A worker begins; all of them die and begin again.
 */
void simulator_be_born(struct simulator *s, unsigned worker);
void simulator_restart_machine(struct simulator *s);

/**
 * simulator_befall(s):
 * One of the things that happen beside the calls: deaths, restarts, leaps of
 * the clock, a disk short of room, operators, grants, reapers, and meddling.
 */
void simulator_befall(struct simulator *s);

#endif
