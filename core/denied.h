#ifndef DENIED_H
#define DENIED_H

#include <stdint.h>

#include "window.h"

/* Whom the rate limit has refused, and until when it would again: what one
 * process was told. It only saves asking, so whoever needs a place that is
 * taken drives out who was there. RELIABILITY.md 3.3. */

enum { DENIED_PLACES = 1024 };

struct denied_caller {
    uint64_t whom; /* 0: nobody */
    int64_t until; /* second of CLOCK_BOOTTIME */
    uint64_t limit;
    struct window_state tokens; /* for headers */
};

/* {0} is empty. */
struct denied {
    struct denied_caller of[DENIED_PLACES];
};

/**
 * denied_note(d, caller):
 * Remember ${caller}, instead of what was known of it. Its name, caller->whom,
 * has to be evenly distributed.
 */
void denied_note(struct denied *d, const struct denied_caller *caller);

/**
 * denied_find(d, whom):
 * What was noted of ${whom}, or NULL. It may be over.
 */
const struct denied_caller *denied_find(const struct denied *d, uint64_t whom);

/**
 * denied_wait(caller, limit, now):
 * Whole seconds, at least 1, for which ${caller} is still denied in second
 * ${now} of CLOCK_BOOTTIME; 0 when that is over, or when the limit is another
 * than ${limit} by now.
 */
uint32_t denied_wait(
    const struct denied_caller *caller, uint64_t limit, int64_t now);

#endif
