#ifndef POLICY_H
#define POLICY_H

#include "policy_doc.h"
#include "terms.h"

/* A policy made ready, and what it says of a request. Pure: who knows the
 * clock, the classifier, the quotas and the counts passes them in. API.md 8.
 *
 * A policy is compiled once per version and never changed again; verdicts
 * point into it. */

struct policy {
    struct policy_doc doc;
    struct terms *allow; /* plain: a disguise does not open a list */
    struct terms *deny;  /* skeleton */
};

/**
 * policy_make(doc, fault):
 * Compile ${doc}, which is taken over and left empty, whatever comes of it.
 * Returns NULL with ${fault} set when a term is nothing once it is folded, or
 * memory is out.
 */
struct policy *policy_make(struct policy_doc *doc, struct fault *fault);

/**
 * policy_free(p):
 * Let go of ${p}, which may be NULL, and which no verdict or stream uses.
 */
void policy_free(struct policy *p);

/* ---- rollout ---- */

enum policy_mode {
    POLICY_ENFORCED,
    POLICY_SHADOW,
    POLICY_CANARY,
    POLICY_ROLLED_BACK
};

/* Where a request stands in the rollout of a policy. */
struct policy_arm {
    enum policy_mode mode;
    bool enforced;
    bool evaluated; /* no: nothing is looked at, everything allowed */
};

/**
 * policy_bucket(id, subject):
 * The bucket of ${subject} in the policy ${id}, below POLICY_ALL: SHA-256 of
 * id, a zero byte and subject as a big-endian number, modulo POLICY_ALL. A
 * sample takes the lowest buckets, so that who is in stays in while it grows.
 */
uint32_t policy_bucket(struct span id, struct span subject);

/**
 * policy_arm(doc, target, subject, rolled_back):
 * The arm of a request for ${target} by ${subject}, which is the caller's user
 * or, where there is none, the request's id. API.md 8.5, 13.1 item 14.
 */
struct policy_arm policy_arm(const struct policy_doc *doc, struct span target,
    struct span subject, bool rolled_back);

/* ---- verdict ---- */

enum policy_quota_state {
    POLICY_QUOTA_LEFT,
    POLICY_USER_QUOTA_SPENT,
    POLICY_PROJECT_QUOTA_SPENT
};

/* A text of a user, in the order of the conversation. */
struct policy_input {
    struct span text; /* decoded */
    bool same_turn;   /* as the text before */
};

/* What there is to judge. */
struct policy_ask {
    const struct policy_input *inputs;
    size_t input_count;
    const struct span *categories; /* that a classifier found */
    size_t category_count;
    enum policy_quota_state quota;
    struct span target; /* the caller's label, else the surface's name */
    struct policy_arm arm;
};

/* Indexes into one of the document's lists, ascending. */
struct policy_hits {
    uint32_t *of;
    size_t count;
};

struct policy_verdict {
    const struct policy *policy;
    enum policy_decision decision;
    enum policy_decision effective;
    const char *reason; /* ALLOW, REWRITE ..., USER_QUOTA_EXCEEDED */
    enum policy_mode mode;
    bool enforced;
    struct span target; /* the caller's memory */
    struct policy_hits allow;
    struct policy_hits deny;
    struct policy_hits categories; /* of the policy's, that fired */
    const char *moderated; /* the category for which moderation has ended the
                              answer, whatever the policy says; NULL: none */
    uint32_t redacted;     /* PII_BIT of what was taken out of texts */
};

/**
 * policy_judge(p, ask, verdict):
 * Judge a request. Deny looks at all inputs, one by one and put together;
 * allow at the last turn. Quota, then allow, then deny, then categories
 * decide (API.md 8.4, 13.2 S5); all that hit are reported. Returns 0, or -1
 * when memory is out.
 */
int policy_judge(const struct policy *p, const struct policy_ask *ask,
    struct policy_verdict *verdict);

/**
 * policy_verdict_free(v):
 * Give back the memory of ${v}.
 */
void policy_verdict_free(struct policy_verdict *v);

/**
 * policy_fire(v, deny, categories):
 * The output of the model broke rules, those of the hits given: change ${v} as
 * if its request had. A verdict that refuses stays as it is. Returns 0, or -1
 * when memory is out.
 */
int policy_fire(struct policy_verdict *v, const struct policy_hits *deny,
    const struct policy_hits *categories);

/**
 * policy_category_matches(listed, found):
 * Whether the category ${listed} stands for ${found}: itself or a parent of
 * it. API.md 7.5.
 */
bool policy_category_matches(struct span listed, struct span found);

/**
 * policy_rewrite(p, inputs, count, out, ends):
 * Append the texts of ${inputs} to ${out}, each behind the other, without the
 * terms they may not have, also one that begins in a text and ends in another.
 * Leave in ${ends}, which has room for ${count}, where each of them ends.
 * out->failed: memory is out. API.md 8.7.
 */
void policy_rewrite(const struct policy *p, const struct policy_input *inputs,
    size_t count, struct buf *out, size_t *ends);

/**
 * policy_note(v, out):
 * Append the note to the model that goes with a rewrite or summary; nothing
 * for other decisions.
 */
void policy_note(const struct policy_verdict *v, struct buf *out);

/**
 * policy_metadata(v, out):
 * Append the object that callers see as "policy". API.md 8.1.
 */
void policy_metadata(const struct policy_verdict *v, struct buf *out);

/* What an event tells beside the verdict. Empty: null. */
struct policy_event {
    struct span event_id;
    uint64_t created_at; /* seconds since 1970 */
    struct span user_id;
    struct span history_id;
    struct span policy_user;
    struct span project_id;
    struct span project_label;
    struct span model;
    uint64_t policy_version; /* 0: none, and left out */
};

/**
 * policy_event_write(e, v, out):
 * Append the audit event of a request, without any of its text. API.md 10.1.
 */
void policy_event_write(const struct policy_event *e,
    const struct policy_verdict *v, struct buf *out);

/**
 * policy_mode_word(mode):
 * enforced, shadow, canary or rollback.
 */
const char *policy_mode_word(enum policy_mode mode);

#endif
