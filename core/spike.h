#ifndef SPIKE_H
#define SPIKE_H

#include <stdbool.h>
#include <stdint.h>

/* Whether a policy suddenly refuses too much: of the decisions of the last
 * minutes so many were evaluated and so many of these are of the kinds that
 * count against it. A window of up to an hour is counted by the minute, a
 * longer one more coarsely. API.md 8.6. */

enum { SPIKE_BUCKETS = 60 };

struct spike_rule {
    uint32_t window_minutes;   /* 0: no automatic rollback */
    uint32_t min_requests;     /* evaluated, at least */
    uint32_t threshold_ppm;    /* share of them, in millionths */
    uint32_t cooldown_minutes; /* how long the policy stays rolled back */
};

struct spike_bucket {
    uint32_t evaluated, flagged;
};

struct spike {
    uint32_t width; /* of a bucket, in minutes; 0: nothing was counted */
    int64_t newest; /* bucket, counted from 1970 */
    struct spike_bucket bucket[SPIKE_BUCKETS]; /* bucket n at n modulo these */
};

/**
 * spike_count(spike, rule, now, flagged):
 * Count a decision made at ${now}, microseconds since 1970, into ${spike}.
 * Returns whether the policy must be rolled back by ${rule}; then counting has
 * begun anew. Another window forgets what was counted.
 */
bool spike_count(struct spike *spike, const struct spike_rule *rule,
    int64_t now, bool flagged);

#endif
