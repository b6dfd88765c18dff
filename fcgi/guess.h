#ifndef GUESS_H
#define GUESS_H

#include <stdbool.h>
#include <stdint.h>

/* Who offers wrong API keys, and how often. A right one is served whoever else
 * is at its address, but for an address that floods: there only those are
 * looked at that the worker has seen to be right. RELIABILITY.md 5.1. */

struct call;

enum { GUESS_KNOWN = 4096 };

/* The right keys that a worker saw last, by their digests. */
struct guess_known {
    uint64_t of[GUESS_KNOWN];
};

/**
 * guess_right(call), guess_wrong(call):
 * The store has found the key of ${call}; or has not. The second returns
 * whether there were too many: call->retry_after is set.
 */
void guess_right(struct call *call);
bool guess_wrong(struct call *call);

/**
 * guess_floods(call):
 * Whether the store need not be asked about the key of ${call}, of which the
 * digest is there: call->retry_after is set.
 */
bool guess_floods(struct call *call);

#endif
