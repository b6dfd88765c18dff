#include "tally.h"

#include <time.h>

/* Below TALLY_FINE every value has a slot; above, every power of two has
 * TALLY_FINE of them. */
static unsigned int slot_of(uint64_t value)
{
    unsigned int power;

    if (value < TALLY_FINE)
        return (unsigned int)value;
    power = 63 - (unsigned int)__builtin_clzll(value) - 5;
    return (power + 1) * TALLY_FINE +
           (unsigned int)((value >> power) - TALLY_FINE);
}

static uint64_t value_of(unsigned int slot)
{
    unsigned int power;

    if (slot < TALLY_FINE)
        return slot;
    power = slot / TALLY_FINE - 1;
    return ((uint64_t)(slot % TALLY_FINE + TALLY_FINE + 1) << power) - 1;
}

void tally_add(struct tally *t, uint64_t value)
{
    t->slot[slot_of(value)]++;
    t->count++;
    if (value > t->most)
        t->most = value;
}

uint64_t tally_at(const struct tally *t, double share)
{
    uint64_t wanted = (uint64_t)((double)t->count * share), seen = 0;

    if (t->count == 0)
        return 0;
    for (unsigned int i = 0; i < TALLY_SLOTS; i++) {
        seen += t->slot[i];
        if (seen > wanted)
            return value_of(i) < t->most ? value_of(i) : t->most;
    }
    return t->most;
}

uint64_t tally_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
