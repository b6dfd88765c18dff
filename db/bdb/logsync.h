#ifndef LOGSYNC_H
#define LOGSYNC_H

#include "members.h"

/* Putting the log on disk, by descriptors of our own and outside the gate, so
 * that nobody waits at the gate for a disk. What is on disk is published to
 * all: one process's sync serves the others too. RELIABILITY.md 1.3. */

struct logsync;

/**
 * logsync_open(dir, m):
 * Prepare to sync the log files in ${dir}, which like ${m} outlives it. NULL
 * when memory is out.
 */
struct logsync *logsync_open(const char *dir, struct members *m);

/**
 * logsync_to(s, generation, position):
 * Return when the log is on disk up to ${position}, which was read inside the
 * gate in ${generation}. Returns 0, or -1 with errno when the disk failed: then
 * nobody knows what is on it, and every later call for ${generation} fails too.
 * Any thread.
 */
int logsync_to(struct logsync *s, uint64_t generation, uint64_t position);

/**
 * logsync_publish(m, generation, position):
 * Tell everybody that the log is on disk up to ${position}.
 */
void logsync_publish(struct members *m, uint64_t generation, uint64_t position);

/**
 * logsync_synced(m):
 * Up to where the log is surely on disk.
 */
uint64_t logsync_synced(const struct members *m);

/**
 * logsync_count(s):
 * How many times a file was synced. From any thread.
 */
uint64_t logsync_count(const struct logsync *s);

/**
 * logsync_close(s):
 * Close the descriptors. Takes NULL.
 */
void logsync_close(struct logsync *s);

#endif
