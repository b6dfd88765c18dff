#ifndef ENTROPY_H
#define ENTROPY_H

#include <stddef.h>
#include <stdint.h>

/* Random bytes of the system's, asked for many at a time. {0} has none yet. */
struct entropy {
    uint8_t bytes[1024];
    size_t left; /* those in front are not used yet */
};

/**
 * entropy_take(e, out, n):
 * Write ${n} random bytes, at most 64, to ${out}. Each byte of the system's is
 * used once, and not kept.
 */
void entropy_take(struct entropy *e, uint8_t *out, size_t n);

#endif
