#ifndef UTF8_H
#define UTF8_H

#include "buf.h"

/**
 * utf8_step(p, n):
 * Length (1 to 4) of the well-formed UTF-8 sequence that begins at ${p} with
 * ${n} >= 1 bytes left, or 0 when it is not one (RFC 3629: no overlong form,
 * no surrogate, nothing above U+10FFFF).
 */
size_t utf8_step(const char *p, size_t n);

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
