#ifndef LOOKALIKE_H
#define LOOKALIKE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * lookalike(cp, capital, latin):
 * The ASCII letter that the case-folded character ${cp} passes for, or 0.
 * ${capital}: it was written as a capital; ${latin}: it follows a Latin
 * letter. The two together decide for the Greek capitals whose small letters
 * look like others.
 */
char lookalike(uint32_t cp, bool capital, bool latin);

/**
 * lookalike_weak(cp):
 * Whether only the capital of the case-folded character ${cp} passes for
 * what lookalike() says.
 */
bool lookalike_weak(uint32_t cp);

#endif
