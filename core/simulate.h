#ifndef SIMULATE_H
#define SIMULATE_H

#include "flag.h"
#include "policy.h"
#include "said.h"

/* A dry run of a policy: what it would say of a conversation. No model is
 * asked, nothing is charged or counted. API.md 1.7. */

enum { SIMULATE_WORD = 256 }; /* bytes of a label of the request */

/* Where the conversation is in the request. */
enum simulate_form { SIMULATE_MESSAGES, SIMULATE_INPUT, SIMULATE_PROMPT };

/* What is asked. Texts are decoded; they lie in the request or in room. */
struct simulate_ask {
    const struct json_doc *doc;
    enum simulate_form form;
    uint32_t policy;    /* the policy that it brings along; JSON_NONE: none */
    const char *prefix; /* of paths in it: "policy." or "config." */
    struct span policy_id; /* empty: it names none; the same below */
    struct span target;
    struct span user;
    struct span project;
    struct policy_texts categories; /* that a classifier is to have found */
    struct said said;
    struct flag_rules flags; /* by which one looks at the texts; of no model:
                                none does */
    uint16_t minded;         /* categories that a policy may mind */

    struct buf room;
    struct span *spans; /* memory of categories */
};

/* What came of it. */
struct simulate {
    const struct simulate_ask *ask;
    const struct policy *policy;
    struct policy_verdict verdict;
    uint16_t flags;      /* that the classifier found */
    struct buf messages; /* the conversation as a model would get it */
};

/**
 * simulate_read(ask, doc, fault):
 * Read the request ${doc}, which must outlive ${ask}: one of "messages",
 * "input" and "prompt", and what it may say of policy, target, user, project
 * and "scenario_categories". What is empty is absent. No classifier looks at
 * it unless the caller says so. Returns 0, or -1 with ${fault} set, which names
 * the field; free ${ask} anyhow.
 */
int simulate_read(
    struct simulate_ask *ask, const struct json_doc *doc, struct fault *fault);

/**
 * simulate_free(ask):
 * Give back the memory of ${ask}.
 */
void simulate_free(struct simulate_ask *ask);

/**
 * simulate_judge(s, ask, policy, arm):
 * Judge what ${ask} says by ${policy}, in the ${arm} where such a call would
 * be, and take out what is of persons where ${policy} wants that and the arm is
 * in force. All must outlive ${s}. Returns 0, or -1 when memory is out.
 */
int simulate_judge(struct simulate *s, const struct simulate_ask *ask,
    const struct policy *policy, struct policy_arm arm);

/**
 * simulate_write(s, out):
 * Append the answer: the members of policy_metadata(), then redacted_spans,
 * audit_tags and redacted_messages.
 */
void simulate_write(const struct simulate *s, struct buf *out);

/**
 * simulate_end(s):
 * Give back the memory of ${s}.
 */
void simulate_end(struct simulate *s);

#endif
