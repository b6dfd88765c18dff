#include "window.h"

#include <string.h>

static uint32_t *bucket(struct window *w, int64_t second)
{
    return &w->count[second % WINDOW_BUCKETS];
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The oldest second that counts at now. It is never negative, so that a
 * damaged mapping cannot lead outside of the array. */
static int64_t oldest(const struct window *w, int64_t now)
{
    return later(later(now, w->newest) - WINDOW_SPAN, 0);
}

/* The bucket of the second after that of bucket ${i}. */
static int next(int i)
{
    return i + 1 < WINDOW_BUCKETS ? i + 1 : 0;
}

static uint64_t total(const struct window *w)
{
    uint64_t sum = w->count[0];

    for (int i = 1; i < WINDOW_BUCKETS; i++)
        sum += w->count[i];
    return sum;
}

static uint64_t counted(const struct window *w, int64_t now)
{
    uint64_t sum = 0;
    int64_t s = oldest(w, now);

    if (s + WINDOW_SPAN == w->newest)
        return total(w); /* as nearly always */
    for (int i = (int)(s % WINDOW_BUCKETS); s <= w->newest; s++, i = next(i))
        sum += w->count[i];
    return sum;
}

static void advance(struct window *w, int64_t now)
{
    int64_t s;

    if (now - w->newest >= WINDOW_BUCKETS) {
        memset(w->count, 0, sizeof(w->count));
    } else {
        for (s = w->newest + 1; s <= now; s++)
            *bucket(w, s) = 0;
    }
    w->newest = now;
}

void window_add(struct window *w, int64_t now, uint32_t amount)
{
    uint32_t *count;

    if (now > w->newest)
        advance(w, now);
    count = bucket(w, w->newest);
    if (__builtin_add_overflow(*count, amount, count))
        *count = UINT32_MAX;
}

void window_take_back(struct window *w, int64_t at, uint32_t amount)
{
    uint32_t *count;

    if (at > w->newest || at < oldest(w, w->newest))
        return;
    count = bucket(w, at);
    *count -= amount < *count ? amount : *count;
}

void window_look(const struct window *w, int64_t now, uint64_t limit,
    struct window_state *state)
{
    uint64_t sum = counted(w, now);
    int64_t s = oldest(w, now);

    state->limit = limit;
    state->remaining = sum < limit ? limit - sum : 0;
    state->reset = 0;
    for (int i = (int)(s % WINDOW_BUCKETS); s <= w->newest; s++, i = next(i)) {
        if (w->count[i] > 0) {
            state->reset = (uint32_t)(s + WINDOW_BUCKETS - now);
            break;
        }
    }
}

uint32_t window_wait(
    const struct window *w, int64_t now, uint64_t limit, uint32_t amount)
{
    uint64_t need = counted(w, now) + amount;
    int64_t s;

    if (need <= limit)
        return 0;
    for (s = oldest(w, now); s <= w->newest; s++) {
        need -= w->count[s % WINDOW_BUCKETS];
        if (need <= limit)
            return (uint32_t)(s + WINDOW_BUCKETS - now);
    }
    return WINDOW_BUCKETS;
}
