#include "spike.h"

#define MINUTE (INT64_C(60) * 1000000)

static uint32_t width_of(const struct spike_rule *rule)
{
    uint32_t width = (rule->window_minutes - 1) / SPIKE_BUCKETS + 1;

    return width > 0 ? width : 1;
}

/* Empty what lies between the newest bucket and ${now}. A clock that went back
 * counts in the newest one. */
static void go_on(struct spike *s, int64_t now)
{
    int64_t steps = now - s->newest;

    if (steps > SPIKE_BUCKETS)
        steps = SPIKE_BUCKETS;
    for (int64_t i = 0; i < steps; i++)
        s->bucket[(now - i) % SPIKE_BUCKETS] = (struct spike_bucket){0};
    if (steps > 0)
        s->newest = now;
}

/* Buckets older than the window do not count, but are still there. */
static bool is_spike(const struct spike *s, const struct spike_rule *rule)
{
    const uint32_t count = (rule->window_minutes - 1) / s->width + 1;
    uint64_t evaluated = 0, flagged = 0;

    for (uint32_t i = 0; i < count && s->newest >= i; i++) {
        const struct spike_bucket *b =
            &s->bucket[(s->newest - i) % SPIKE_BUCKETS];

        evaluated += b->evaluated;
        flagged += b->flagged;
    }
    return flagged > 0 && evaluated >= rule->min_requests &&
           flagged * 1000000 >= evaluated * rule->threshold_ppm;
}

bool spike_count(struct spike *spike, const struct spike_rule *rule,
    int64_t now, bool flagged)
{
    struct spike_bucket *bucket;
    int64_t at;

    if (rule->window_minutes == 0)
        return false;
    if (spike->width != width_of(rule))
        *spike = (struct spike){.width = width_of(rule)};
    at = now > 0 ? now / (MINUTE * spike->width) : 0;
    go_on(spike, at);
    bucket = &spike->bucket[spike->newest % SPIKE_BUCKETS];
    if (bucket->evaluated < UINT32_MAX) {
        bucket->evaluated++;
        bucket->flagged += flagged;
    }
    if (!is_spike(spike, rule))
        return false;
    *spike = (struct spike){0};
    return true;
}
