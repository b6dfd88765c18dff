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
 * ${then}, from the loop, which is told what it returned, or -1 when so much
 * waits for the thread that a new request had better come again. ${work} looks
 * at nothing but the call's own memory, at what never changes and at what may be
 * used from any thread, and not at call->conn. Returns what ${then} does, or
 * WALK_WAIT.
 */
enum walk_next beside_run(struct call *call, int (*work)(struct call *call),
    enum walk_next (*then)(struct call *call, int rc));

/**
 * beside_gone(call), beside_drain(call):
 * While call->beside is there: the client left; the worker stops. That ends a
 * call whose turn has not come; with others it is for ${then} and the steps
 * behind it to notice.
 */
void beside_gone(struct call *call);
void beside_drain(struct call *call);

#endif
