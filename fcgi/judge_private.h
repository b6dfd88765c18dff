#ifndef JUDGE_PRIVATE_H
#define JUDGE_PRIVATE_H

#include "core/said.h"
#include "judge.h"

/* What the files of judge share. */

/**
 * judge_end(call, outcome, code):
 * The call is over before an upstream was asked: settle, and tell ${code}
 * unless a fault is there already.
 */
enum walk_next judge_end(
    struct call *call, enum walk_outcome outcome, enum refusal code);

/**
 * judge_inline(call, node, prefix):
 * The request brings along the policy that is its ${node}: find it, or read it
 * to be compiled when the key has been accepted. ${prefix} begins paths in it.
 * Returns 0, or -1 with call->fault set.
 */
int judge_inline(struct call *call, uint32_t node, const char *prefix);

/**
 * judge_set_arm(call):
 * Find where the call stands in the rollout of its policy.
 */
void judge_set_arm(struct call *call);

/**
 * judge_event_of(call, id, user_id):
 * What all events of the call have in common.
 */
struct policy_event judge_event_of(
    const struct call *call, const char *id, const char *user_id);

/**
 * judge_moderate(call, inputs, count):
 * Score what the users said. Returns 0, or -1 with call->fault set: it is of a
 * category that is blocked, or memory is out.
 */
int judge_moderate(
    struct call *call, const struct policy_input *inputs, size_t count);

/**
 * judge_amend(call, said, inputs):
 * Make of call->doc what the model gets: without what the policy takes out of
 * the users' texts, and with its note. Returns 0, or -1.
 */
int judge_amend(struct call *call, const struct said *said,
    const struct policy_input *inputs);

#endif
