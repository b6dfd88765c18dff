#ifndef UPSTREAM_FAULT_H
#define UPSTREAM_FAULT_H

#include "buf.h"
#include "refusal.h"

/* Whose fault it is that an upstream refused, and so what to do about it. */
enum upstream_blame {
    BLAME_CALLER, /* another target would say the same */
    BLAME_TARGET, /* another target may do better */
    BLAME_OURS    /* the operator's key is wrong: alarm, another target */
};

/**
 * upstream_fault(status, body, fault):
 * Translate an upstream's answer that is not a 200 into what the caller is
 * told. 400 keeps its message and param, 422 its message; a context overflow
 * is worded as clients know it; 401 and 403 become 502; 5xx, redirects and the
 * rest 502; 429 stays 429. Words that hold an address or markup are not passed
 * on. DESIGN.md Settled, CLIENTS.md R19-R21, RELIABILITY.md 7.2 rows 80-87.
 */
enum upstream_blame upstream_fault(
    int status, struct span body, struct fault *fault);

#endif
