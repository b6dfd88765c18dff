#ifndef POLICY_REPLAY_H
#define POLICY_REPLAY_H

#include "policy_doc.h"

/* What another policy would have decided, as far as that can be known from
 * events, which have no text: they tell which terms and categories of the
 * policy of their time were hit. So a term that this policy did not have may
 * have been in the text or not, and what hangs on it is unknown. Decisions are
 * those of the rules; how far either policy was rolled out is left out. */

enum policy_replay_kind {
    POLICY_REPLAYED,
    POLICY_REPLAY_OTHER,  /* not a decision by the policy that is asked about */
    POLICY_REPLAY_LOST,   /* a call of which no decision is known */
    POLICY_REPLAY_UNSEEN, /* outside of a sample: nobody looked at it */
    POLICY_REPLAY_ILLEGIBLE
};

/* What came of one event. */
struct policy_replayed {
    enum policy_replay_kind kind;
    enum policy_decision from;
    uint32_t to; /* bits 1 << enum policy_decision: one of these */
};

/* What a candidate has that the policy before it had not, in numbers. */
struct policy_unknown {
    size_t allow, deny, categories;
};

struct policy_replay;

/**
 * policy_replay_make(before, candidate):
 * Prepare to replay events from the time of the policy ${before} by
 * ${candidate}; both must outlive it. NULL when memory is out.
 */
struct policy_replay *policy_replay_make(
    const struct policy_doc *before, const struct policy_doc *candidate);

/**
 * policy_replay_free(r):
 * Let go of ${r}, which may be NULL.
 */
void policy_replay_free(struct policy_replay *r);

/**
 * policy_replay_event(r, event, result):
 * What would become of ${event}, a JSON document. Returns 0, or -1 when memory
 * is out.
 */
int policy_replay_event(struct policy_replay *r, const struct json_doc *event,
    struct policy_replayed *result);

/**
 * policy_replay_unknown(r):
 * What can not be known of any event of that time.
 */
struct policy_unknown policy_replay_unknown(const struct policy_replay *r);

#endif
