#ifndef UTF8_H
#define UTF8_H

#include <stdint.h>

#include "buf.h"

/**
 * utf8_step(p, n):
 * Length (1 to 4) of the well-formed UTF-8 sequence that begins at ${p} with
 * ${n} >= 1 bytes left, or 0 when it is not one (RFC 3629: no overlong form,
 * no surrogate, nothing above U+10FFFF).
 */
size_t utf8_step(const char *p, size_t n);

/**
 * utf8_wanted(lead):
 * How many bytes a sequence has that begins with ${lead}; 1 when none does.
 */
size_t utf8_wanted(uint8_t lead);

/**
 * utf8_decode(p, n):
 * The character of the ${n} >= 1 bytes at ${p}, U+FFFD when they are not
 * exactly one.
 */
uint32_t utf8_decode(const char *p, size_t n);

/**
 * utf8_read(p, n, cp):
 * utf8_step() that leaves the character in ${cp}: short for what whole texts
 * are made of.
 */
static inline size_t utf8_read(const char *p, size_t n, uint32_t *cp)
{
    const uint8_t *u = (const uint8_t *)p;
    size_t step;

    if (u[0] >= 0xc2 && u[0] < 0xe0 && n >= 2 && (u[1] & 0xc0) == 0x80) {
        *cp = (u[0] & 0x1fu) << 6 | (u[1] & 0x3fu);
        return 2;
    }
    if (u[0] > 0xe0 && u[0] < 0xed && n >= 3 && (u[1] & 0xc0) == 0x80 &&
        (u[2] & 0xc0) == 0x80) {
        *cp = (u[0] & 0x0fu) << 12 | (u[1] & 0x3fu) << 6 | (u[2] & 0x3fu);
        return 3;
    }
    step = utf8_step(p, n);
    if (step > 0)
        *cp = utf8_decode(p, step);
    return step;
}

/**
 * utf8_encode(cp, out):
 * Write the character ${cp} to ${out}. Returns its length.
 */
size_t utf8_encode(uint32_t cp, char out[4]);

/**
 * utf8_valid(text):
 * Whether all of ${text} is well-formed UTF-8.
 */
bool utf8_valid(struct span text);

/**
 * utf8_repair(text, out):
 * Append ${text} to ${out} with each ill-formed subsequence replaced by
 * U+FFFD. Returns the number of replacements.
 */
size_t utf8_repair(struct span text, struct buf *out);

#endif
