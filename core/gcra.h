#ifndef GCRA_H
#define GCRA_H

#include <stdbool.h>
#include <stdint.h>

/* A generic cell rate algorithm: so many tries at once, then one an interval,
 * and for who goes on failing an interval that doubles. All it knows is one
 * number, so that processes may share it without a lock. It never locks anybody
 * out for good. RELIABILITY.md 3.1, 5.3. */

struct gcra_rules {
    uint32_t burst;    /* tries at once, at least 1 */
    uint32_t interval; /* milliseconds until there is another one */
    uint32_t longest;  /* what it doubles to beyond the burst; interval: it
                          does not */
};

/**
 * gcra_take(rules, state, now, wait):
 * Count a try in ${state} (0: there was none) at ${now}, milliseconds of a
 * clock that never goes back. Returns the new state, with ${wait} 0; or, when
 * there are none left, ${state} as it is, with the milliseconds to wait for the
 * next. A state of another life of the clock counts as none.
 */
uint64_t gcra_take(const struct gcra_rules *rules, uint64_t state, uint64_t now,
    uint64_t *wait);

#endif
