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
 * lookalike_sign(cp):
 * The ASCII sign that the sign ${cp} passes for, such as the hyphen for one
 * that does not break lines, or 0.
 */
char lookalike_sign(uint32_t cp);

/**
 * lookalike_weak(cp):
 * Whether only the capital of the case-folded character ${cp} passes for
 * what lookalike() says.
 */
bool lookalike_weak(uint32_t cp);

/* Where Greek, Cyrillic and Armenian lie, and what passes for what there. */
enum { LOOKALIKE_BEGIN = 0x0370, LOOKALIKE_END = 0x0590 };

extern const char lookalike_table[LOOKALIKE_END - LOOKALIKE_BEGIN];

/**
 * lookalike_near(cp):
 * lookalike() of a small letter in that range; 0 of any other letter.
 */
static inline uint8_t lookalike_near(uint32_t cp)
{
    if (cp < LOOKALIKE_BEGIN || cp >= LOOKALIKE_END)
        return 0;
    return (uint8_t)lookalike_table[cp - LOOKALIKE_BEGIN];
}

#endif
