#ifndef BESIDE_H
#define BESIDE_H

#include "walk.h"

/* Judging a request of many megabytes takes longer than streams can wait: it
 * runs on a thread beside the loop, one request after the other. */

struct call;
struct beside;

/**
 * beside_run(call, work, then):
 * Have ${work} done, on the thread if the request is large, and go on with
 * ${then}, from the loop, which is told what it returned. ${work} looks at
 * nothing but the call's own memory and at what never changes, and not at
 * call->conn. A client that leaves meanwhile, and the end of a drain, are left
 * for ${then} and the steps behind it to notice. Returns what ${then} does, or
 * WALK_WAIT.
 */
enum walk_next beside_run(struct call *call, int (*work)(struct call *call),
    enum walk_next (*then)(struct call *call, int rc));

#endif
