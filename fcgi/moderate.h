#ifndef MODERATE_H
#define MODERATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "walk.h"

/* What the users of a call say, by category: the built-in classifier's word,
 * and that of the operator's moderation.endpoint where there is one. It is
 * asked about all texts together and then about each image, until something is
 * blocked. It is asked before the policy rules, which may mind what it says;
 * nobody else is asked meanwhile and nothing has left towards the client, so
 * that a client that leaves and a worker that stops end the call at once, free
 * of charge. API.md 7.5. */

struct call;
struct upstream_call;

/* The asking of one call. {0}: nothing was asked. */
struct moderate {
    struct upstream_call *upstream; /* NULL: nothing is asked now */
    uint32_t picture;               /* asked about; JSON_NONE: the texts */
    int status;                     /* of the answer; 0: no head yet */
    struct buf answer;
    bool overflowed; /* it is longer than any verdict */
    bool asks_texts; /* they are to be asked about */
    uint16_t own;    /* the built-in classifier's categories */
};

/**
 * moderate_meanwhile(call):
 * Weigh what a short call says while the store thread decides on it, if the
 * loop has little else to do. What comes of it counts in the step MODERATE.
 */
void moderate_meanwhile(struct call *call);

/**
 * moderate_gone(call), moderate_drain(call), moderate_late(call):
 * While the step MODERATE waits, or a judgement for its turn: the client left;
 * the worker stops; the call has taken too long.
 */
void moderate_gone(struct call *call);
void moderate_drain(struct call *call);
void moderate_late(struct call *call);

/**
 * moderate_free(m):
 * Let go of everything, also of a question that is under way.
 */
void moderate_free(struct moderate *m);

/* The step MODERATE. */
enum walk_next moderate_run(struct call *call);

#endif
