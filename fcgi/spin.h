#ifndef SPIN_H
#define SPIN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* How long a thread looks for work before it sleeps for it. To wake a CPU that
 * has gone to sleep takes longer, on a virtual machine above all, than many a
 * step of a call; so a thread that was given work soon after it had none, again
 * and again, looks for some microseconds first. It yields between two looks,
 * because the work may come from who waits for the same CPU.
 *
 * Looking has to pay for itself: a wait that was short earns one point, slept
 * or not, up to three, and a look in vain costs four. Who is in debt sleeps, so
 * that no two looks in vain follow each other. Where not even two have found
 * something since the last one in vain, the next costs twice as much, up to
 * 1024: so who is given work now soon and now late sleeps, too. So does who has
 * to share his CPU with others that are busy. That CPU does not go to sleep,
 * and who yields it gets it back too late: a look in vain. */

/* Of one thread. All zero is how it begins. */
struct spin {
    _Atomic uint32_t limit; /* private; us */
    uint32_t most;          /* private; the limit of this wait */
    int points;             /* private */
    unsigned vain, found;   /* private; looks in vain, as far as they matter;
                               others since the last one */
    uint64_t from, until;   /* private; of this wait */
};

/**
 * spin_limit(s, us):
 * Look for ${us} microseconds at most, 0: sleep at once. From any thread; holds
 * from the next wait on.
 */
void spin_limit(struct spin *s, uint32_t us);

/**
 * spin_begin(s, now, due):
 * A wait begins, at ${now} in microseconds. Returns until when to look for work
 * before sleeping, ${now} when not at all; never later than ${due}, when the
 * thread has something to do anyway.
 */
uint64_t spin_begin(struct spin *s, uint64_t now, uint64_t due);

/**
 * spin_end(s, now, came):
 * The wait is over, asleep or not, with work or without.
 */
void spin_end(struct spin *s, uint64_t now, bool came);

/**
 * spin_look(s, due, look, cookie):
 * Begin a wait by CLOCK_MONOTONIC, and call ${look} for as long as it pays and
 * until it returns something else than 0, which is returned; else 0: now sleep.
 */
int spin_look(
    struct spin *s, uint64_t due, int (*look)(void *cookie), void *cookie);

/**
 * spin_over(s, came):
 * End the wait that spin_look() began.
 */
void spin_over(struct spin *s, bool came);

#endif
