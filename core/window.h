#ifndef WINDOW_H
#define WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum { WINDOW_SPAN = 60, WINDOW_BUCKETS = 61 };

/* A rolling minute in 61 one-second buckets. The partial oldest second counts
 * whole, so that no real 60 s ever admit more than the limit. Fixed layout:
 * it lies in a shared mapping. {0} is an empty window. */
struct window {
    int64_t newest;                 /* second of the newest bucket in use */
    uint32_t count[WINDOW_BUCKETS]; /* bucket of second s: count[s % 61] */
    uint32_t spare;
};

/* How a window stands, for headers. */
struct window_state {
    uint64_t limit;
    uint64_t remaining;
    uint32_t reset; /* whole seconds until the oldest counted bucket leaves */
};

/**
 * window_add(w, now, amount):
 * Count ${amount} in the second ${now} (CLOCK_BOOTTIME). A second before the
 * newest counts in the newest.
 */
void window_add(struct window *w, int64_t now, uint32_t amount);

/**
 * window_take_back(w, at, amount):
 * Undo a window_add() that happened in second ${at}, if it is still counted.
 */
void window_take_back(struct window *w, int64_t at, uint32_t amount);

/**
 * window_look(w, now, limit, state):
 * How ${w} stands at ${now}.
 */
void window_look(const struct window *w, int64_t now, uint64_t limit,
    struct window_state *state);

/**
 * window_wait(w, now, limit, amount):
 * Whole seconds, at least 1, until ${amount} more would fit under ${limit};
 * 0 when it fits now.
 */
uint32_t window_wait(const struct window *w, int64_t now, uint64_t limit,
    uint32_t amount);

#endif
