#ifndef LAUNCH_CREW_H
#define LAUNCH_CREW_H

#include <stdbool.h>

#include "launch_child.h"
#include "launch_options.h"

/* All children of the launcher, and the signals that tell of them. */

/* Workers are so many of each program. */
enum { LAUNCH_PROGRAMS = 3 };
enum { LAUNCH_CREW_MAX = LAUNCH_PROGRAMS * LAUNCH_WORKERS_MAX + 2 };

/* The order in which they are stopped. */
enum launch_role { LAUNCH_WORKER, LAUNCH_HTTPD, LAUNCH_UPSTREAM };

struct launch_crew {
    struct launch_child child[LAUNCH_CREW_MAX];
    enum launch_role role[LAUNCH_CREW_MAX];
    int count;
    int signals;         /* a signalfd */
    int finish;          /* what tells the web server to take nothing new */
    int asked;           /* how often we were told to stop */
    const char *log_dir; /* borrowed */
};

/**
 * launch_crew_init(crew, log_dir, finish):
 * An empty crew whose web server will be asked by the signal ${finish} to take
 * no new requests. From now on signals wait until launch_crew_pause() takes
 * them. Returns 0, or -1 with errno set.
 */
int launch_crew_init(struct launch_crew *crew, const char *log_dir, int finish);

/**
 * launch_crew_start(crew, role, child, out):
 * Add a copy of ${child}, of which name, argv, in and lent count and are
 * borrowed, and start it; ${out} is as in launch_child_start(). Its old log is
 * emptied when it is the first of that name. Returns 0, or -1 with errno set.
 */
int launch_crew_start(struct launch_crew *crew, enum launch_role role,
    const struct launch_child *child, int out);

/**
 * launch_crew_pause(crew, fd, ms):
 * Wait until ${fd} (-1: none) is readable, a signal came, or ${ms} milliseconds
 * (-1: no limit) are over. Buries the dead, starts those who are due unless we
 * were told to stop, passes SIGHUP on to the workers. Returns whether ${fd} is
 * readable.
 */
bool launch_crew_pause(struct launch_crew *crew, int fd, int ms);

/**
 * launch_crew_failing(crew):
 * A child that dies as often as it is started, or NULL.
 */
const struct launch_child *launch_crew_failing(const struct launch_crew *crew);

/**
 * launch_crew_stop(crew, drain_ms):
 * Ask the workers to finish and wait ${drain_ms} for them while the web server
 * still delivers; then end the rest. When it returns nobody is left.
 */
void launch_crew_stop(struct launch_crew *crew, uint64_t drain_ms);

#endif
