#ifndef ROTA_H
#define ROTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which of a model's targets is asked next. A target that fails again and
 * again is ejected for a while that grows, and returns by one trial; one that
 * says it is busy rests. Everything is what one process has seen itself: there
 * are no probes and no word from others. DESIGN.md Settled, RELIABILITY.md 7.2
 * rows 79-84. Times are milliseconds of a clock that only goes on. */

enum { ROTA_MOST = 64 /* targets of a model */ };

/* What the operator says about a target. */
struct rota_rules {
    uint32_t weight;      /* its share of the calls, at least 1 */
    uint32_t most;        /* calls under way; 0: no limit */
    uint32_t eject_after; /* failures in a row; 0: never */
    uint32_t eject_ms;    /* the first time; twice as long the next */
};

/* A target as this process knows it; all zero but for the rules at first. */
struct rota_target {
    struct rota_rules rules;
    uint32_t active;        /* calls under way */
    uint32_t failures;      /* in a row */
    uint32_t ejections;     /* in a row; makes them longer */
    uint64_t ejected_ms;    /* how long the newest was */
    uint64_t ejected_until; /* a trial may follow; 0: it is in use */
    uint64_t returned;      /* when it was last taken back */
    uint64_t resting_until;
    bool trial; /* one is under way */
};

/* A call to a target, from rota_begin() to rota_end(). */
struct rota_try {
    struct rota_target *target; /* NULL: none is under way */
    bool trial;
    bool resting; /* the target did, when it was asked */
};

enum { ROTA_NONE = -1, ROTA_FULL = -2 };

/**
 * rota_pick(set, n, tried, now, random):
 * The index of the target of ${set} to ask next, of those whose bit in
 * ${tried} is not set; ${n} is at most ROTA_MOST. The first try of a call
 * is the trial of an ejected target whose time is over. Otherwise two targets
 * are drawn by weight, and the second is taken if it has less to do for its
 * weight, both without this call and with it; so calls that come one by one
 * follow the weights, and a slow target is left alone whatever its weight.
 * Targets that rest are drawn only when no other is left to try, and ejected
 * ones after those. ROTA_FULL when all that would be drawn have as many
 * calls as they may have, ROTA_NONE when all were tried. Every bit of
 * ${random} is random.
 */
int rota_pick(struct rota_target *const *set, size_t n, uint64_t tried,
    uint64_t now, uint64_t random);

/**
 * rota_begin(try, target, now):
 * A call to ${target} begins, as its trial if it is due for one.
 */
void rota_begin(struct rota_try *try, struct rota_target *target, uint64_t now);

/**
 * rota_good(try, now), rota_busy(try, now, ms):
 * The target of ${try} answers: failures are forgotten, an ejection is over,
 * and a rest that it had begun before it was asked. Or it answers that it shall
 * rest for ${ms}. Both return whether it was ejected until now. An ejection is
 * counted as the first again when it comes later after the return than the one
 * before was long.
 */
bool rota_good(struct rota_try *try, uint64_t now);
bool rota_busy(struct rota_try *try, uint64_t now, uint64_t ms);

/**
 * rota_bad(try, set, n, now, random):
 * The target of ${try}, which is one of ${set}, has failed. Eject it when that
 * was the trial, or one failure too many, unless no other target of ${set} is
 * in use. What it does while it is ejected changes nothing. Up to a quarter of
 * the time is added by ${random}, so that processes do not return as one.
 * Returns whether it was ejected by this.
 */
bool rota_bad(struct rota_try *try, struct rota_target *const *set, size_t n,
    uint64_t now, uint64_t random);

/**
 * rota_end(try):
 * The call is over. A trial that nothing was learned from leaves its place to
 * the next call. Does nothing when none is under way.
 */
void rota_end(struct rota_try *try);

#endif
