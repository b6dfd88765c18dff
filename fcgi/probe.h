#ifndef PROBE_H
#define PROBE_H

#include "loop.h"
#include "walk.h"

struct call;

/* The self-test of a host: a report and a few ticks with pauses in between, as
 * an event stream. Whoever reads it with "curl -N" sees whether the web server
 * passes on what it gets. */

struct probe {
    struct loop_timer timer;
    unsigned ticks;
};

/**
 * probe_begin(call, status):
 * Send the report, in which ${status} is how ready we are, and go on with the
 * step PROBE.
 */
void probe_begin(struct call *call, const char *status);

/**
 * probe_run(call):
 * The step: a tick and a pause, or the end.
 */
enum walk_next probe_run(struct call *call);

#endif
