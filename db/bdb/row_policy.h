#ifndef ROW_POLICY_H
#define ROW_POLICY_H

#include "db/store.h"
#include "row.h"

/* TABLE_POLICY, each behind a byte of its own:
 * 'p', account id, policy id -> struct store_policy,
 * 'r', account id, policy id, NUL, version -> struct store_revision and its
 * document, and
 * 's', account id, policy id -> struct spike. */

enum {
    ROW_POLICY_HEAD = 1 + STORE_ID, /* bytes before the id */
    ROW_POLICY_PLACE = ROW_POLICY_HEAD + STORE_NAME_MAX + 1 + 8
};

extern const struct row_kind row_policy;

/**
 * row_policy_get(t, account, id, policy), row_policy_put(t, policy):
 * Read or write the policy ${id} of ${account}.
 */
enum trail_result row_policy_get(struct trail *t,
    const uint8_t account[STORE_ID], const char *id,
    struct store_policy *policy);
void row_policy_put(struct trail *t, const struct store_policy *policy);

/**
 * row_policy_place(account, id, place):
 * Where the policy ${id} of ${account} stands. Returns the length; an empty
 * ${id} comes before all policies of the account.
 */
size_t row_policy_place(const uint8_t account[STORE_ID], const char *id,
    uint8_t place[ROW_POLICY_PLACE]);

/**
 * row_revision_get(t, policy, version, revision, document),
 * row_revision_put(t, policy, revision, document):
 * Read or write a version of ${policy}; ${document} may be NULL.
 */
enum trail_result row_revision_get(struct trail *t,
    const struct store_policy *policy, uint64_t version,
    struct store_revision *revision, struct buf *document);
void row_revision_put(struct trail *t, const struct store_policy *policy,
    const struct store_revision *revision, struct span document);

/**
 * row_spike_get(t, policy, spike), row_spike_put(t, policy, spike):
 * Read what was counted of the decisions by ${policy}, zero if nothing was, or
 * write it.
 */
void row_spike_get(
    struct trail *t, const struct store_policy *policy, struct spike *spike);
void row_spike_put(struct trail *t, const struct store_policy *policy,
    const struct spike *spike);

#endif
