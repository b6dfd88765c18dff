#ifndef ESTIMATE_H
#define ESTIMATE_H

#include <stdint.h>

#include "buf.h"

enum {
    ESTIMATE_PER_MESSAGE = 4, /* role and separators of a chat template */
    ESTIMATE_PER_IMAGE = 1100 /* an image in high detail */
};

/**
 * estimate_text(text):
 * About how many tokens the bytes of ${text} make: a quarter of the ASCII
 * letters and digits, half of the other ASCII bytes, one for each other
 * character. In quarters of a token, so that pieces add up without rounding.
 */
uint64_t estimate_text(struct span text);

/**
 * estimate_tokens(quarters):
 * Whole tokens, rounded up.
 */
uint64_t estimate_tokens(uint64_t quarters);

/**
 * estimate_input(quarters):
 * Whole tokens with 15 percent on top, rounded up: what admission holds for
 * an input. RELIABILITY.md 2.3.
 */
uint64_t estimate_input(uint64_t quarters);

#endif
