#ifndef WORKER_H
#define WORKER_H

#include <stdbool.h>

#include "aside.h"
#include "conn.h"
#include "core/denied.h"
#include "entropy.h"
#include "guess.h"
#include "jobs.h"
#include "log.h"
#include "loop.h"
#include "policies.h"
#include "reaper.h"
#include "recall.h"
#include "route.h"
#include "settings.h"
#include "spill.h"
#include "state.h"
#include "targets.h"
#include "throttle.h"
#include "upstream.h"
#include "weights.h"

/* What every worker program is made of: options, state, configuration, loop,
 * store thread, upstream pool, connections, signals, drain. A main adds its
 * surfaces. */

struct call;

/* What makes one program differ from the next. */
struct program {
    const char *name;
    const struct route *const *surfaces; /* see route_find() */
    bool alone; /* nobody prepares its start: see struct state */
};

struct worker {
    const struct program *program;
    bool fcgid; /* server.mode when it started */
    struct state state;
    struct settings *settings; /* for the calls to come */
    struct settings *first;    /* what it began with */
    struct loop *loop;
    struct jobs *jobs;
    struct spill *spill;
    struct throttle *throttle; /* NULL: not needed yet */
    struct logins *logins;     /* NULL: nobody has signed in yet */
    struct guess_known known;
    struct denied denied; /* by the rate limit */
    struct upstream_pool *upstreams;
    struct targets *targets;
    struct policies *policies;
    struct aside *beside;   /* judges what is large; NULL: nothing was yet */
    size_t beside_bytes;    /* of what it has */
    struct weights weights; /* of moderation; none until it is on */
    struct recall *recall;  /* of what it has read */
    struct conn_set *conns;
    struct listen *listen;
    struct call *calls; /* under way */
    unsigned under_way; /* how many they are */
    uint32_t spin_us;   /* see spin.h: while there are few of them */
    struct log log;
    struct buf scratch;     /* for one event: what leaves to a client */
    struct buf frames;      /* for one frame: what becomes of it */
    struct entropy entropy; /* for ids */
    unsigned drains;        /* calls that read on for a client that left */
    uint64_t failopen_told; /* when the log last said so; 0: never */
    struct loop_timer drain_timer;
    struct reaper reaper;
    enum { WORKER_SERVING, WORKER_DRAINING, WORKER_LEAVING } phase;
};

/**
 * worker_main(program, argc, argv):
 * The whole of a worker's main: returns its exit status. 0 after a drain, 1
 * when it cannot start (a sentence on stderr), 2 for wrong options.
 */
int worker_main(const struct program *program, int argc, char **argv);

/**
 * worker_throttle(w):
 * What counts who tries too often; NULL when its file cannot be used.
 */
struct throttle *worker_throttle(struct worker *w);

/**
 * worker_has_time(w):
 * Whether so few calls are under way that the loop mostly waits.
 */
bool worker_has_time(const struct worker *w);

/**
 * worker_call_began(w), worker_call_ended(w):
 * A call has come to w->calls; one has left: go on with the drain, if any.
 */
void worker_call_began(struct worker *w);
void worker_call_ended(struct worker *w);

#endif
