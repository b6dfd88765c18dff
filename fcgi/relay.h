#ifndef RELAY_H
#define RELAY_H

#include "call.h"

/* Between one client and one upstream. relay.c minds the attempts, and
 * relay_target.c whom they go to; relay_stream.c and relay_answer.c know what
 * the bytes are; relay_leave.c is about everything that is not the upstream's
 * doing. */

/**
 * relay_target(call), relay_target_end(call):
 * Begin a try with the target to ask next, of those that speak the dialect and
 * were not tried; NULL when there is none, when the tries are used up, or,
 * with relay.full set, when all have as many calls as they may have. The try
 * is over; nothing happens when none is under way.
 *
 * Completions are not idempotent: another target is tried only when the one
 * before gave no answer because the connection failed, or gave one that says
 * that it did not serve the call. One that is silent may be at work on it, so
 * that its silence is told the caller. Nothing is tried once the client's
 * stream is open. A try that failed costs nothing. RELIABILITY.md 2.5, 7.2
 * rows 79-84.
 */
const struct conf_upstream *relay_target(struct call *call);
void relay_target_end(struct call *call);

/**
 * relay_target_judge(call, status, rest):
 * What the try says about its target's health, by the status of the answer or
 * by 0: there was none. 200 is said of one that has begun to be what was asked
 * for, as any page may have that status. One that answers 429 rests for so many
 * seconds. Only the first word about a try counts.
 */
void relay_target_judge(struct call *call, int status, uint32_t rest);

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
 * relay_pause(call, why):
 * Stop reading the upstream for a reason, until none is left.
 */
void relay_pause(struct call *call, enum relay_pause why);

/**
 * relay_budget_check(call), relay_budget_answered(call):
 * See whether the credits last for what has come, and do what follows; the
 * store has answered a wish for more. Either may end the relaying: to be called
 * last in an event.
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
 * relay_broken(call, outcome, code):
 * The same where the upstream has agreed and then given no answer, or not all
 * of it.
 */
void relay_broken(
    struct call *call, enum walk_outcome outcome, enum refusal code);

/**
 * relay_delivered(call):
 * Whether output of the model has left towards the client.
 */
bool relay_delivered(const struct call *call);

/**
 * relay_usage(call):
 * Note in call->settle what the call has used, stated or estimated; what a
 * whole answer has is there since it was read.
 */
void relay_usage(struct call *call);

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
