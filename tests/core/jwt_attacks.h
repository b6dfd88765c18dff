#ifndef JWT_ATTACKS_H
#define JWT_ATTACKS_H

#include <stddef.h>

#include "jwt_forge.h"

/* Tokens that nobody may believe, made by whoever knows all secrets but has to
 * obey one rule less than jwt_sign(). */

enum { JWT_GENUINE = 0 }; /* its place in the list: the one that is good */

/**
 * jwt_attacks_count():
 * How many there are, the genuine one included.
 */
size_t jwt_attacks_count(void);

/**
 * jwt_attacks_make(forge, i, out):
 * Append number ${i} to ${out}. Returns its name.
 */
const char *jwt_attacks_make(
    const struct jwt_forge *forge, size_t i, struct buf *out);

#endif
