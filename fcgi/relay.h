#ifndef RELAY_H
#define RELAY_H

#include "call.h"

/* Between one client and one upstream. relay.c minds the
 * attempts; relay_stream.c and relay_answer.c know what the bytes are;
 * relay_leave.c is about everything that is not the upstream's doing. */

/**
 * relay_target(call):
 * The next target in turn that was not tried and speaks the dialect; NULL when
 * there is none left.
 */
const struct conf_upstream *relay_target(struct call *call);

/**
 * relay_dialect(call):
 * The dialect in which the model's upstreams are spoken to: the caller's own
 * where one of them speaks it.
 */
enum dialect relay_dialect(const struct call *call);

/**
 * relay_open(call):
 * Send the header block of the client's stream; from now on a failure can only
 * be an error frame.
 */
void relay_open(struct call *call);

/**
 * relay_pause(call, why), relay_resume(call, why):
 * Stop reading the upstream for a reason, and go on when no reason is left.
 * relay_resume() may end the relaying: to be called last in an event.
 */
void relay_pause(struct call *call, enum relay_pause why);
void relay_resume(struct call *call, enum relay_pause why);

/**
 * relay_budget_check(call), relay_budget_answered(call):
 * See whether the credits last for what has come, and do what follows; the
 * store has answered a wish for more.
 */
void relay_budget_check(struct call *call);
void relay_budget_answered(struct call *call);

/**
 * relay_let_go(call, outcome):
 * Release the upstream after a complete answer, cancel it after any other, and
 * stop all timers of the relay.
 */
void relay_let_go(struct call *call, enum walk_outcome outcome);

/**
 * relay_end(call, outcome):
 * The relaying is over, whatever is under way is let go of: settle. To be
 * called last in an event, because the walk goes on from here.
 */
void relay_end(struct call *call, enum walk_outcome outcome);

/**
 * relay_fail(call, outcome, code):
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
void relay_conclude(struct call *call, const struct credits *credits);

/**
 * relay_tag(call):
 * What names the answer if it is made here; lives as long as the call.
 */
const struct codec_tag *relay_tag(struct call *call);

/* The two kinds of answers. */
int relay_stream_begin(struct call *call);
void relay_stream_bytes(struct call *call, struct span bytes);
void relay_stream_over(struct call *call, enum upstream_end how);
void relay_answer_bytes(struct call *call, struct span bytes);
void relay_answer_over(struct call *call, enum upstream_end how);

#endif
