#ifndef RELAY_H
#define RELAY_H

#include "call.h"

/* Between one client and one upstream. relay.c picks targets and minds the
 * attempts; relay_stream.c and relay_answer.c know what the bytes are. */

/**
 * relay_end(call, outcome):
 * The relaying is over, whatever is under way is let go of: settle. To be
 * called last in an event, because the walk goes on from here.
 */
void relay_end(struct call *call, enum walk_outcome outcome);

/**
 * relay_fail(call, outcome, fault...):
 * The same with call->fault set to ${code} and the table's message, unless a
 * fault is there already.
 */
void relay_fail(
    struct call *call, enum walk_outcome outcome, enum refusal code);

/**
 * relay_delivered(call):
 * Whether output of the model has left towards the client.
 */
bool relay_delivered(const struct call *call);

/**
 * relay_usage(call, usage):
 * What the call has used, stated or estimated.
 */
void relay_usage(const struct call *call, struct usage *usage);

/**
 * relay_conclude(call, credits):
 * Write the end of the answer: the held frame with the bill, the body with the
 * bill, an error status or an error frame. The client is there.
 */
void relay_conclude(struct call *call, const struct chat_credits *credits);

/* The two kinds of answers. */
int relay_stream_begin(struct call *call);
void relay_stream_bytes(struct call *call, struct span bytes);
void relay_stream_over(struct call *call, enum upstream_end how);
void relay_answer_bytes(struct call *call, struct span bytes);
void relay_answer_over(struct call *call, enum upstream_end how);

#endif
