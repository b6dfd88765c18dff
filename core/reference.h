#ifndef REFERENCE_H
#define REFERENCE_H

#include <stdint.h>

#include "buf.h"

/* What is written as a reference to it: a character by its number (&#111;
 * &#x6f;) or its name (&lt; &shy;), as in HTML, and a byte by a percent sign
 * and two hexadecimal digits, as in addresses (RFC 3986).
 *
 * There is one layer: what a reference says is not read again. No reference has
 * the sign of another one in it, so that each sign may be looked at for itself,
 * and neither kind comes before the other.
 *
 * The numbers are read as browsers do: the semicolon may be missing, from 128
 * to 159 they are those of Windows, and there is U+FFFD for those of no
 * character. A name needs its semicolon, and is one of reference_name.h. */

enum { REFERENCE_MAX = 20 /* bytes: what is longer is none */ };

#define REFERENCE_OPEN SIZE_MAX

/* What it stands for. */
struct reference {
    char bytes[4];
    size_t count;
};

/**
 * reference_find(text):
 * How many bytes of ${text} come before the first sign that a reference may
 * begin with: all, when there is none.
 */
size_t reference_find(struct span text);

/**
 * reference_read(text, ends, r):
 * Read the reference at the front of ${text}, which begins with such a sign;
 * nothing follows it when it ${ends}. Returns the bytes that it has, with what
 * it stands for in ${r}; 0: it is none; REFERENCE_OPEN: what follows decides.
 */
size_t reference_read(struct span text, bool ends, struct reference *r);

#endif
