#ifndef TARGETS_H
#define TARGETS_H

#include "core/conf.h"
#include "core/rota.h"
#include "figures.h"
#include "loop.h"

/* The upstreams as a worker knows them. What it has learned about one stays
 * through a reload, as long as name and address are the same. Every worker
 * learns for itself: a limit of calls is each worker's, and a target that one
 * has ejected may be in use by another. */

struct target {
    struct target *next;
    char *name, *origin;
    unsigned moves; /* how often it came to another address */
    struct rota_target rota;
    struct figures_row *figures; /* for others to see, or own */
    struct figures_row own;      /* when there are too many of them */
};

struct targets;

/**
 * targets_create(loop, dir):
 * None yet; their figures go to ${dir}. NULL when memory is out.
 * targets_free() takes NULL; it comes after upstream_pool_free().
 */
struct targets *targets_create(struct loop *loop, const char *dir);
void targets_free(struct targets *t);

/**
 * targets_of(t, conf):
 * The target of each upstream of ${conf}, in its order, under its rules; to be
 * given to free(). NULL when memory is out. The targets live as long as ${t}.
 */
struct target **targets_of(struct targets *t, const struct conf *conf);

/**
 * targets_pick(t, set, n, tried):
 * rota_pick() of these, now.
 */
int targets_pick(struct targets *t, struct rota_target *const *set, size_t n,
    uint64_t tried);

/* A call to a target. */
struct target_try {
    struct target *target; /* NULL: none is under way */
    unsigned moves;        /* of the target when it was asked */
    struct rota_try rota;
};

/**
 * targets_begin(t, try, target), targets_end(try):
 * A call to ${target} is made; it is over. targets_end() does nothing when none
 * is under way.
 */
void targets_begin(
    struct targets *t, struct target_try *try, struct target *target);
void targets_end(struct target_try *try);

/**
 * targets_good(t, try), targets_busy(t, try, seconds),
 * targets_bad(t, try, set, n):
 * What the call has shown, as in rota.h; an ejection and a return are
 * logged. A call to an address that the target has left shows nothing.
 */
void targets_good(struct targets *t, struct target_try *try);
void targets_busy(struct targets *t, struct target_try *try, uint32_t seconds);
void targets_bad(struct targets *t, struct target_try *try,
    struct rota_target *const *set, size_t n);

#endif
