#ifndef INSIST_H
#define INSIST_H

#include <stdbool.h>

/* Who asks on although the rate limit refuses. Refusals do not count against
 * the limit, or nobody would ever be let in again, but each of them costs the
 * reading of a body and a turn of the store. Ten times the limit of them a
 * minute are looked at; what comes beside these is told at the door what the
 * store would say. RELIABILITY.md 3.3.
 *
 * Two things decide. How often a caller was refused, by key or user and by
 * class, is one number in DIR/throttle, which all workers map: what each
 * counted alone would multiply with the workers, and begin anew with each of
 * them. It does not lie with the windows, which belong to who is in the store.
 * Until when it is refused is kept by the worker that was told so by the store
 * (core/denied.h). So nobody is turned away whom the store would let in, not
 * even who shares a number, and as soon as a window has room the store is asked
 * again; a caller that was not refused costs one look into memory. */

struct call;

/**
 * insist_refused(call):
 * The store has refused ${call} for the rate limit: call->admit says for how
 * long.
 */
void insist_refused(struct call *call);

/**
 * insist_blocks(call):
 * Whether ${call}, of whom call->admit has the credential, the class and the
 * limit, is refused at the door: call->retry_after and what the rate headers
 * say are set then. Never when the counts cannot be used.
 */
bool insist_blocks(struct call *call);

#endif
