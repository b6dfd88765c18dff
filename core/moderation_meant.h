#ifndef MODERATION_MEANT_H
#define MODERATION_MEANT_H

#include <stddef.h>
#include <stdint.h>

/* From a word as it was written to what is meant: k1ll, $ex, f*ck, diiie. */

enum { MODERATION_MEANT = 40 }; /* room for the longest word, made longer */

/**
 * moderation_meant(text, n, letters):
 * Make of the folded word in ${text}, of ${n} bytes and so many ${letters},
 * what is meant: without what is left of stars and signs behind it, digits and
 * signs read as letters where it has any, drawn out letters shortened. Returns
 * its bytes, perhaps 0.
 */
size_t moderation_meant(
    uint8_t text[MODERATION_MEANT], size_t n, size_t letters);

#endif
