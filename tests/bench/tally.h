#ifndef TALLY_H
#define TALLY_H

#include <stdint.h>

/* Counts of durations, exact to three in a hundred. {0} is empty. */

enum { TALLY_FINE = 32, TALLY_SLOTS = TALLY_FINE * 60 };

struct tally {
    uint64_t slot[TALLY_SLOTS];
    uint64_t count;
    uint64_t most;
};

/**
 * tally_add(t, value):
 * Count one duration of ${value} microseconds.
 */
void tally_add(struct tally *t, uint64_t value);

/**
 * tally_at(t, share):
 * The duration that ${share} (0..1) of all were at most as long as, in
 * microseconds; 0 when there are none.
 */
uint64_t tally_at(const struct tally *t, double share);

/**
 * tally_clock():
 * Microseconds of CLOCK_MONOTONIC, which all programs of a machine share.
 */
uint64_t tally_clock(void);

#endif
