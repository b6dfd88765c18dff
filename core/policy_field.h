#ifndef POLICY_FIELD_H
#define POLICY_FIELD_H

#include "policy_doc.h"

/* A policy document that is being read. */
struct policy_reader {
    const struct json_doc *doc;
    struct policy_doc *to;
    struct fault *fault;
    struct span id; /* what it must be called; empty: what it says itself */
    bool kept;      /* so it is called something, not "inline" */
    bool *known;    /* of each node whether it was looked up; NULL: not noted */
    size_t text_used;
    size_t spans_used;
    size_t terms;      /* in the lists so far */
    size_t term_bytes; /* of them */
    struct buf scratch;
};

/* A member of an object: where it is looked up, under which key, and its path
 * below the policy, for faults. */
struct policy_place {
    uint32_t object; /* JSON_NONE: it is not there, as nothing in it is */
    const char *key;
    const char *path; /* "rules.denylist" */
    bool root;        /* object is the policy itself; it may be node 0 */
    bool within;      /* path is below the newer form's "config" */
};

/* The place of a member of the policy itself, ${root}; of an object whose path
 * is known; of one below the newer form's "config". */
#define TOP(name)                                                              \
    &(const struct policy_place)                                               \
    {                                                                          \
        .object = root, .key = name, .path = name, .root = true                \
    }
#define IN(node, of, name)                                                     \
    &(const struct policy_place)                                               \
    {                                                                          \
        .object = node, .key = name, .path = of "." name                       \
    }
#define WITHIN(node, of, name)                                                 \
    &(const struct policy_place)                                               \
    {                                                                          \
        .object = node, .key = name, .path = of "." name, .within = true       \
    }

/* A word and what it means; the list ends with a NULL. */
struct policy_choice {
    const char *word;
    int value;
};

/* What a policy may decide, with the synonyms of API.md 13.1 item 12; and what
 * is done when a rule fires, which is the same without "allow". */
extern const struct policy_choice policy_decisions[], *const policy_actions;

/**
 * policy_fault(r, at, expect, ...):
 * Set the fault "PATH must be EXPECT". Returns -1.
 */
int policy_fault(struct policy_reader *r, const struct policy_place *at,
    const char *expect, ...) __attribute__((format(printf, 3, 4)));

/**
 * policy_look_up(r, at):
 * The member at ${at}, which is known from now on; JSON_NONE when it is absent
 * or null.
 */
uint32_t policy_look_up(
    struct policy_reader *r, const struct policy_place *at);

/**
 * policy_object(r, at, node), and so on:
 * Read the member at ${at}: check its kind and range and leave it in the last
 * argument. One that is absent or null leaves that as it is (an object: sets
 * it to JSON_NONE). Return 0, or -1 with the fault set.
 */
int policy_object(
    struct policy_reader *r, const struct policy_place *at, uint32_t *node);
int policy_boolean(
    struct policy_reader *r, const struct policy_place *at, bool *value);
int policy_text(struct policy_reader *r, const struct policy_place *at,
    size_t most, struct span *value);
int policy_count(struct policy_reader *r, const struct policy_place *at,
    int64_t low, int64_t high, int64_t *value);
int policy_word(struct policy_reader *r, const struct policy_place *at,
    const struct policy_choice *choices, int *value);
int policy_words(struct policy_reader *r, const struct policy_place *at,
    const struct policy_choice *choices, uint32_t *bits);
int policy_texts(struct policy_reader *r, const struct policy_place *at,
    size_t most, size_t bytes, struct policy_texts *texts);

/**
 * policy_share(r, at, high, share):
 * A number from 0 to ${high} (1 or 100), which is the whole, as parts of
 * POLICY_ALL.
 */
int policy_share(struct policy_reader *r, const struct policy_place *at,
    double high, uint32_t *share);

/**
 * policy_keep(r, text):
 * A copy of ${text} in the document's memory.
 */
struct span policy_keep(struct policy_reader *r, struct span text);

/**
 * policy_doc_rollout(r, root, body):
 * Read how the policy at ${root}, whose rules are in ${body}, is rolled out.
 * Returns 0, or -1 with the fault set.
 */
int policy_doc_rollout(struct policy_reader *r, uint32_t root, uint32_t body);

/**
 * policy_doc_at(r, node, prefix):
 * Read the policy that is the object ${node} into r->to, as
 * policy_doc_read() does. Returns 0, or -1 with the fault set.
 */
int policy_doc_at(struct policy_reader *r, uint32_t node, const char *prefix);

#endif
