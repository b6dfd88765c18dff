#include "spin.h"

#include <sched.h>
#include <time.h>

enum { COST = 4, MOST = COST - 1, ENOUGH = 2, DOUBLINGS = 8 };

void spin_limit(struct spin *s, uint32_t us)
{
    atomic_store_explicit(&s->limit, us, memory_order_relaxed);
}

uint64_t spin_begin(struct spin *s, uint64_t now, uint64_t due)
{
    s->most = atomic_load_explicit(&s->limit, memory_order_relaxed);
    s->from = s->until = now;
    if (s->points < 0 || due <= now)
        return now;
    s->until = due - now < s->most ? due : now + s->most;
    return s->until;
}

static bool looked(const struct spin *s)
{
    return s->until > s->from;
}

static void pay(struct spin *s)
{
    if (s->found >= ENOUGH)
        s->vain = 0;
    s->points -= COST << s->vain;
    s->found = 0;
    if (s->vain < DOUBLINGS)
        s->vain++;
}

void spin_end(struct spin *s, uint64_t now, bool came)
{
    if (s->most == 0)
        return;
    if (came && now - s->from <= s->most) {
        if (s->points < MOST)
            s->points++;
        if (looked(s) && s->found < ENOUGH)
            s->found++;
    } else if (looked(s)) {
        pay(s);
    }
}

static uint64_t clock_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

int spin_look(
    struct spin *s, uint64_t due, int (*look)(void *cookie), void *cookie)
{
    int found;

    spin_begin(s, clock_us(), due);
    if (!looked(s))
        return 0;
    if ((found = look(cookie)) != 0)
        s->most = 0; /* it does not wait, and learns nothing */
    while (found == 0 && clock_us() < s->until) {
        sched_yield();
        found = look(cookie);
    }
    return found;
}

void spin_over(struct spin *s, bool came)
{
    spin_end(s, clock_us(), came);
}
