#ifndef TIMERS_H
#define TIMERS_H

#include "loop.h"

/* The armed timers of a loop: a pairing heap, of which the timers themselves
 * are the nodes, so that none is left out for want of memory. To add one is
 * O(1), to remove one O(log n) amortised; but one that is cancelled soon after
 * it was set, as most are, has nothing below it and is only taken out of a
 * list. */

/* {0} has none. */
struct timers {
    struct loop_timer *first; /* no other is due earlier; NULL: there is none */
    size_t count;
};

/**
 * timers_add(all, t, due):
 * Add ${t}, which is not armed. Of some that are due at the same time any may
 * be the first.
 */
void timers_add(struct timers *all, struct loop_timer *t, uint64_t due);

/**
 * timers_remove(all, t):
 * Remove ${t}, which is one of them.
 */
void timers_remove(struct timers *all, struct loop_timer *t);

#endif
