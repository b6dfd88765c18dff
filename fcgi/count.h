#ifndef COUNT_H
#define COUNT_H

#include <stdbool.h>

#include "walk.h"

/* Requests that only want their tokens counted: free, with a rolling minute of
 * their own. The count is the upstream's where it speaks Messages and has one,
 * else the estimate that a hold would be based on. API.md 1.4. */

/**
 * count_step(call):
 * The step to go on with: relay to an upstream that may know, or tell.
 */
enum walk_step_id count_step(struct call *call);

/**
 * count_missing(call):
 * Whether the upstream that ${call} has asked says that it does not count.
 */
bool count_missing(const struct call *call);

/**
 * count_conclude(call):
 * Tell the caller.
 */
void count_conclude(struct call *call);

#endif
