#ifndef REFERENCE_NAME_H
#define REFERENCE_NAME_H

#include <stdint.h>

#include "buf.h"

/* Names that HTML has for characters. Of its two thousand those are known that
 * words are disguised with: ASCII signs, blanks, what is not to be seen, Greek
 * letters, Cyrillic ones that pass for Latin ones, ligatures, and the Latin
 * letters that carry a mark or are in another style (&oacute; &oopf;). The last
 * are told as the letter alone, which is all that a skeleton has of them. */

/**
 * reference_name(name):
 * The character of the ${name}, which has no & and no semicolon; 0: it is none.
 */
uint32_t reference_name(struct span name);

/**
 * reference_name_begins(text):
 * Whether a name begins with ${text}, or is it.
 */
bool reference_name_begins(struct span text);

#endif
