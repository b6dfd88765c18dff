#ifndef WATCH_H
#define WATCH_H

#include <stdint.h>
#include <sys/types.h>

/* What other processes of this machine use, read from /proc. */

enum { WATCH_MAX = 16, WATCH_PIDS = 512 };

/* Processes that are counted as one. */
struct watch {
    const char *name;
    pid_t pid[WATCH_PIDS];
    int count;
    uint64_t cpu_before, cpu; /* nanoseconds */
    uint64_t private_kib;     /* anonymous memory */
};

/**
 * watch_parse(w, text):
 * Read NAME=PID[,PID]... into ${w}, which keeps pointing into ${text}.
 * Returns 0, or -1 when it is not that.
 */
int watch_parse(struct watch *w, char *text);

/**
 * watch_begin(w), watch_end(w):
 * The time between the two calls is what ${w} tells of: its CPU time, and its
 * memory at the end. A process that is gone counts as nothing.
 */
void watch_begin(struct watch *w);
void watch_end(struct watch *w);

#endif
