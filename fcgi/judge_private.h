#ifndef JUDGE_PRIVATE_H
#define JUDGE_PRIVATE_H

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
 * judge_read(call), judge_unread(j):
 * Find what the users said; let go of it. Return 0, or -1 when memory is out.
 */
int judge_read(struct call *call);
void judge_unread(struct judge *j);

/**
 * judge_is_short(call):
 * Whether the request is too short for anything of it to be remembered: who
 * calls need not be known to score it. See recall.h.
 */
bool judge_is_short(const struct call *call);

/**
 * judge_list(j):
 * Note which categories the policy lists, if one governs.
 */
void judge_list(struct judge *j);

/**
 * judge_score(call):
 * Score what the users said, and see whether others are to be asked, too.
 * Returns 0, or -1 when memory is out.
 */
int judge_score(struct call *call);

/**
 * judge_pictures(call):
 * Whether the images of the request, if it has any, may be there. Returns 0, or
 * -1 with call->fault set.
 */
int judge_pictures(struct call *call);

/**
 * judge_replace(call, request):
 * Read ${request}, which must live as long as the call, in place of the one
 * that call->doc is. Returns 0, or -1.
 */
int judge_replace(struct call *call, const struct buf *request);

/**
 * judge_amend(call, said, inputs):
 * Make of call->doc what the model gets: without what the policy takes out of
 * the users' texts, and with its note. Returns 0, or -1.
 */
int judge_amend(struct call *call, const struct said *said,
    const struct policy_input *inputs);

#endif
