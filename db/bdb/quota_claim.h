#ifndef QUOTA_CLAIM_H
#define QUOTA_CLAIM_H

#include "core/refusal.h"
#include "row_hold.h"

/* What a hold has of its project's quotas: a request, and tokens that are
 * reserved until it ends. In the project's budget and in its user's quota, or,
 * without the latter, in the budget alone. */

struct store_project;

/**
 * quota_claim_fit(t, project, subject, now, ask, claim, retry_after):
 * Whether a call of ${subject} in ${project} may begin ${now}. Fills ${claim},
 * but for the tokens, and cuts ask->max_out to what is left. Otherwise returns
 * REFUSE_USER_QUOTA_EXCEEDED or REFUSE_PROJECT_QUOTA_EXCEEDED with the seconds
 * until that changes. Writes nothing.
 */
enum refusal quota_claim_fit(struct trail *t,
    const struct store_project *project, const uint8_t subject[STORE_ID],
    int64_t now, struct hold_ask *ask, struct row_claim *claim,
    uint32_t *retry_after);

/**
 * quota_claim_open(t, claim):
 * Count the request and reserve claim->reserved tokens.
 */
void quota_claim_open(struct trail *t, const struct row_claim *claim);

/**
 * quota_claim_restore(t, claim):
 * Reserve claim->reserved tokens for a request that was counted before.
 */
void quota_claim_restore(struct trail *t, const struct row_claim *claim);

/**
 * quota_claim_grow(t, project, claim, want):
 * Reserve ${want} tokens in all, or as many as the quotas of ${project} have
 * left.
 */
void quota_claim_grow(struct trail *t, const struct store_project *project,
    struct row_claim *claim, uint64_t want);

/**
 * quota_claim_close(t, claim, free_of_charge, tokens):
 * Give back what is reserved and count ${tokens} as used; or, when the call
 * cost nothing, neither them nor the request.
 */
void quota_claim_close(struct trail *t, const struct row_claim *claim,
    bool free_of_charge, uint64_t tokens);

#endif
