#ifndef REAPER_H
#define REAPER_H

#include <stdbool.h>

#include "db/store.h"
#include "jobs.h"
#include "loop.h"

struct worker;

/* Ends the holds of workers that died, a few at a time. A worker that stays
 * does so by the clock; where nobody stays it rides on calls. */

struct reaper {
    struct loop_timer timer;
    struct job job;
    struct store_reap reap;
    bool under_way;
};

/**
 * reaper_start(w):
 * Begin.
 */
void reaper_start(struct worker *w);

/**
 * reaper_ride(w):
 * A call has ended; its answer is on its way. In the fcgid mode: reap, unless
 * another process has in this second.
 */
void reaper_ride(struct worker *w);

#endif
