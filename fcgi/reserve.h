#ifndef RESERVE_H
#define RESERVE_H

#include "walk.h"

struct call;

/* A policy that amends a request may make it longer than what was held for. */

/**
 * reserve_step(call):
 * The step behind the judgement: RESERVE where the estimate of the input has
 * grown since the admission, else RELAY.
 */
enum walk_step_id reserve_step(const struct call *call);

/**
 * reserve_run(call):
 * The step RESERVE: hold for the whole input as it is now. What the account
 * cannot afford beside it is cut from the output, and where nothing is left the
 * call ends as one without credits.
 */
enum walk_next reserve_run(struct call *call);

#endif
