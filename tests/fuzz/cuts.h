#ifndef CUTS_H
#define CUTS_H

#include "core/policy_stream.h"

/* What leaves a stream of a text that comes in pieces. */

struct cuts {
    const struct policy_detector *detectors;
    size_t count;
    size_t held; /* the most bytes that were held back */
    bool fired;
    uint32_t whats; /* of the first detector */
};

/**
 * cuts_run(c, text, first, size, out):
 * Leave in ${out} what leaves of ${text} in a first piece and others of a size,
 * each from memory of its own.
 */
void cuts_run(struct cuts *c, struct span text, size_t first, size_t size,
    struct buf *out);

/**
 * cuts_check(c, text, a, b, whole):
 * Cut ${text} as the bytes ${a} and ${b} say, and into single bytes: what
 * leaves must be what leaves of the whole, which is left in ${whole}.
 */
void cuts_check(
    struct cuts *c, struct span text, uint8_t a, uint8_t b, struct buf *whole);

#endif
