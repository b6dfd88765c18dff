#ifndef THREAD_H
#define THREAD_H

#include <pthread.h>

/**
 * thread_start(thread, run, cookie):
 * Start a thread that no signal reaches: those belong to the loop's. It computes
 * or waits for the disk, and takes the CPU from nobody when it wakes, least of
 * all from the loop that woke it (SCHED_BATCH, sched(7)). Returns 0 or an error
 * number.
 */
int thread_start(pthread_t *thread, void *(*run)(void *cookie), void *cookie);

#endif
