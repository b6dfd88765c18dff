#ifndef ASIDE_H
#define ASIDE_H

#include <stdbool.h>

#include "loop.h"

/* A thread beside the loop, for what takes longer than a loop may wait: it runs
 * jobs one after the other, and the loop is told of each. */

/* Lies in the caller's memory until done. */
struct aside_job {
    void (*run)(void *cookie);  /* from the thread */
    void (*done)(void *cookie); /* from the loop, later */
    void *cookie;
    struct aside_job *next; /* private */
};

struct aside;

/**
 * aside_start(loop):
 * Start the thread. NULL when that cannot be done.
 */
struct aside *aside_start(struct loop *loop);

/**
 * aside_submit(a, job):
 * Queue ${job}; job->done is never called from here.
 */
void aside_submit(struct aside *a, struct aside_job *job);

/**
 * aside_cancel(a, job):
 * Take ${job}, which nobody has been told about, out of the queue: it is not
 * run. Returns false, and leaves it, when the thread works on it or has done
 * so.
 */
bool aside_cancel(struct aside *a, struct aside_job *job);

/**
 * aside_stop(a):
 * End the thread, behind the job that it works on. Jobs that nobody has been
 * told about are forgotten. Blocks that long. Takes NULL.
 */
void aside_stop(struct aside *a);

#endif
