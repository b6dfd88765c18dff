#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* The clocks of the store: time of day, and what no setting of it changes. */

/**
 * clock_real(), clock_boot():
 * Microseconds since 1970; seconds since the machine started, suspended ones
 * included.
 */
int64_t clock_real(void);
int64_t clock_boot(void);

#endif
