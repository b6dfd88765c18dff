#ifndef HOLD_PLAY_H
#define HOLD_PLAY_H

/* What the tests of holds share: a credit for 500 tokens, holds of some calls,
 * and chance. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hold.h"

static const struct price usual = {5000000, 500};

/* What a stream's hold begins with; 0: with all of it. */
enum { FIRST_ALL = 0, FIRST_STREAM = 500 };

static inline enum refusal open_first(uint64_t first, int64_t posted,
    int64_t held, uint64_t est_in, uint64_t max_out, uint32_t n,
    struct hold_grant *grant)
{
    const struct balance b = {posted, held};
    const struct hold_ask ask = {est_in, max_out, n, first, usual};

    return hold_open(&b, &ask, grant);
}

static inline enum refusal open_stream(int64_t posted, int64_t held,
    uint64_t est_in, uint64_t max_out, uint32_t n, struct hold_grant *grant)
{
    return open_first(FIRST_STREAM, posted, held, est_in, max_out, n, grant);
}

/* The seed is not 0; the same seeds give the same numbers. */
static inline uint64_t random_below(uint64_t *seed, uint64_t limit)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed % limit;
}

#endif
