#ifndef JOBS_H
#define JOBS_H

#include "db/store.h"
#include "loop.h"

/* The store thread. The loop hands it verbs; it takes all that wait into one
 * batch and tells the loop when each is done. The only thread that enters the
 * store. A process that serves one call at a time has nothing to do meanwhile
 * and no use for a thread: there the loop itself runs what waits at the end of
 * its turn. Callers cannot tell the difference. */

struct jobs;

/* A verb under way. Lies in the caller's memory, with the verb, until done. */
struct job {
    struct store_verb *verb;
    void (*done)(void *cookie); /* from the loop; verb has its answer */
    void *cookie;
    struct job *next; /* private */
};

/**
 * jobs_start(loop, options, error):
 * Start the thread and open the store in it. Blocks until the store is open.
 * NULL with a sentence in ${error} when it cannot be opened.
 */
struct jobs *jobs_start(
    struct loop *loop, const struct store_options *options, char error[256]);

/**
 * jobs_start_inline(loop, options, error):
 * The same without a thread: the loop blocks while the store works.
 */
struct jobs *jobs_start_inline(
    struct loop *loop, const struct store_options *options, char error[256]);

/**
 * jobs_submit(jobs, job):
 * Queue job->verb; the store thread gets it at the end of the loop's turn, with
 * all others of that turn. job->done is called later, never from here.
 */
void jobs_submit(struct jobs *jobs, struct job *job);

/**
 * jobs_hurry(jobs):
 * Let the store thread have what is queued now, before the end of the turn, as
 * the caller has something to do that takes longer than to wake it. Returns
 * false where there is no thread, and nothing is gained.
 */
bool jobs_hurry(struct jobs *jobs);

/**
 * jobs_reap_due(jobs, boot):
 * See store_reap_due().
 */
bool jobs_reap_due(struct jobs *jobs, int64_t boot);

/**
 * jobs_closed(jobs):
 * Whether the newest verb that is done found the store closed.
 */
bool jobs_closed(const struct jobs *jobs);

/**
 * jobs_spin(jobs, us):
 * Let the store thread look for ${us} microseconds at most whether a job comes
 * before it sleeps, where that pays: see spin.h. 0, as at first: never.
 */
void jobs_spin(struct jobs *jobs, uint32_t us);

/**
 * jobs_stop(jobs):
 * Run what is queued, close the store, end the thread. Jobs that nobody has
 * been told about are forgotten. Blocks. Takes NULL.
 */
void jobs_stop(struct jobs *jobs);

#endif
