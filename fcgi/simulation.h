#ifndef SIMULATION_H
#define SIMULATION_H

#include "core/simulate.h"
#include "db/store.h"
#include "walk.h"

/* POST /policy/simulate: what a policy would say of a conversation. No model
 * is asked, nothing is held or charged, no quota is used; it leaves an event of
 * its own kind. API.md 1.7. */

struct call;

/* Of one call. */
struct simulation {
    struct simulate_ask ask;
    struct simulate result;
    struct store_event note;
    struct buf text; /* of the event */
};

/**
 * simulation_read(call):
 * Read the request call->doc into call->simulation, and what governs it into
 * call->judge. Returns 0, or -1 with call->fault set.
 */
int simulation_read(struct call *call);

/**
 * simulation_free(call):
 * Let go of call->simulation, which may be NULL.
 */
void simulation_free(struct call *call);

/* The steps SIMULATE and SIMULATED. */
enum walk_next simulation_run(struct call *call);
enum walk_next simulation_told(struct call *call);

#endif
