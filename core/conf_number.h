#ifndef CONF_NUMBER_H
#define CONF_NUMBER_H

#include <stdint.h>

#include "buf.h"

/* Values that are kept as a number. Each returns 0, or -1 when the text is not
 * of its kind or does not fit. */

/**
 * conf_number_int(s, number), conf_number_size(s, number):
 * Decimal digits; a size may end in k, m or g for a power of 1024.
 */
int conf_number_int(struct span s, uint64_t *number);
int conf_number_size(struct span s, uint64_t *number);

/**
 * conf_number_money(s, number):
 * USD with up to six places, in units of 1e-6 USD.
 */
int conf_number_money(struct span s, uint64_t *number);

/**
 * conf_number_bool(s, number), conf_number_durability(s, number),
 * conf_number_mode(s, number), conf_number_profile(s, number):
 * 1 for "on", "full", "fcgid" or "small", 0 for "off", "relaxed", "resident"
 * or "normal".
 */
int conf_number_bool(struct span s, uint64_t *number);
int conf_number_durability(struct span s, uint64_t *number);
int conf_number_mode(struct span s, uint64_t *number);
int conf_number_profile(struct span s, uint64_t *number);

/**
 * conf_number_leaver(s, number):
 * One of "estimate", "drain" and "free", as enum conf_leaver.
 */
int conf_number_leaver(struct span s, uint64_t *number);

/**
 * conf_number_moderator(s, number), conf_number_failure(s, number),
 * conf_number_images(s, number), conf_number_action(s, number):
 * "both" or "endpoint", as enum conf_moderator; "open" or "closed", as enum
 * conf_failure; "pass", "refuse" or "endpoint", as enum conf_images; "asked" or
 * "block", as 0 or 1.
 */
int conf_number_moderator(struct span s, uint64_t *number);
int conf_number_failure(struct span s, uint64_t *number);
int conf_number_images(struct span s, uint64_t *number);
int conf_number_action(struct span s, uint64_t *number);

/**
 * conf_number_wires(s, number):
 * Protocols joined by '+', as bits of enum conf_wire.
 */
int conf_number_wires(struct span s, uint64_t *number);

#endif
