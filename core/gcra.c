#include "gcra.h"

/* The number: when the last try will be paid off, and above it how many there
 * were without a rest. */
enum { TIME_BITS = 48, TRIES_MAX = UINT16_MAX };

#define TIME_MASK ((UINT64_C(1) << TIME_BITS) - 1)

static uint64_t interval_of(const struct gcra_rules *rules, uint64_t tries)
{
    uint64_t interval = rules->interval;

    for (; tries >= rules->burst && interval < rules->longest; tries--)
        interval *= 2;
    return interval < rules->longest ? interval : rules->longest;
}

uint64_t gcra_take(const struct gcra_rules *rules, uint64_t state, uint64_t now,
    uint64_t *wait)
{
    const uint64_t slack = (uint64_t)(rules->burst - 1) * rules->interval;
    uint64_t paid = state & TIME_MASK, tries = state >> TIME_BITS;

    *wait = 0;
    /* Nobody owes more than this; nobody is remembered longer. */
    if (paid > now + slack + rules->longest || paid + rules->longest <= now)
        tries = paid = 0;
    if (paid > now + slack) {
        *wait = paid - slack - now;
        return state;
    }
    if (paid < now)
        paid = now;
    paid += interval_of(rules, tries);
    if (tries < TRIES_MAX)
        tries++;
    return tries << TIME_BITS | (paid & TIME_MASK);
}
