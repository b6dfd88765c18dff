#ifndef EVENT_CHECK_H
#define EVENT_CHECK_H

#include "outbox.h"

/* Replaying chains of events from anchor to head: every MAC, no gap, nothing
 * missing at the end, nothing behind it, and that the owner's seal is right. */

enum event_check_phase { CHECK_PROJECTS, CHECK_ACCOUNTS, CHECK_DONE };

/* Where it stands; all bytes. Zero to begin. */
struct event_check_state {
    int phase;
    struct store_owner owner; /* the one at hand, or the last one */
    bool begun;               /* it is not through */
    uint64_t seq;             /* replayed up to this number */
    uint8_t mac[MAC_SIZE];
};

struct event_check {
    struct trail *t;
    struct event_check_state state;
    int64_t budget; /* rows left in this slice */
    uint64_t chains, events, breaches;
    struct buf *report; /* a line for each breach */
};

/**
 * event_check_run(c):
 * Go on until the budget is spent or c->state.phase is CHECK_DONE.
 */
void event_check_run(struct event_check *c);

#endif
