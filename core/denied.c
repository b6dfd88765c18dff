#include "denied.h"

#include <stddef.h>

void denied_note(struct denied *d, const struct denied_caller *caller)
{
    d->of[caller->whom % DENIED_PLACES] = *caller;
}

const struct denied_caller *denied_find(const struct denied *d, uint64_t whom)
{
    const struct denied_caller *caller = &d->of[whom % DENIED_PLACES];

    return caller->whom == whom ? caller : NULL;
}

/* Nobody is denied for longer than a window lasts; a clock that says so has
 * begun anew. */
uint32_t denied_wait(
    const struct denied_caller *caller, uint64_t limit, int64_t now)
{
    int64_t wait = caller->until - now;

    if (limit != caller->limit || wait <= 0 || wait > WINDOW_BUCKETS)
        return 0;
    return (uint32_t)wait;
}
