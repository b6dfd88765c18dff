#ifndef POLICIES_H
#define POLICIES_H

#include "core/policy.h"
#include "db/store.h"

/* Policies that were compiled, for the next request under them. A version of a
 * policy never changes, so that nothing here is ever out of date. */

struct policies;

/* One of them, kept while somebody uses it. */
struct policies_entry {
    struct policies *policies; /* where it is */
    struct policy *policy;
    uint8_t name[32];
    uint64_t used; /* when last, by the order of uses */
    unsigned users;
};

/**
 * policies_create():
 * An empty cache; NULL when memory is out.
 */
struct policies *policies_create(void);

/**
 * policies_destroy(ps):
 * Let go of ${ps}, which may be NULL, and all in it; nobody uses any.
 */
void policies_destroy(struct policies *ps);

/**
 * policies_name(account, id, version, name), policies_name_inline(text, name):
 * The ${name} of a version of an account's policy; of one that came with a
 * request as ${text}.
 */
void policies_name(const uint8_t account[STORE_ID], const char *id,
    uint64_t version, uint8_t name[32]);
void policies_name_inline(struct span text, uint8_t name[32]);

/**
 * policies_find(ps, name):
 * The policy of that ${name}, to be released; or NULL.
 */
struct policies_entry *policies_find(
    struct policies *ps, const uint8_t name[32]);

/**
 * policies_add(ps, name, policy):
 * Keep ${policy}, which is taken over, under ${name}, in place of the one that
 * was unused for longest when there are many, or large ones. Returns it, to be
 * released; NULL when memory is out.
 */
struct policies_entry *policies_add(
    struct policies *ps, const uint8_t name[32], struct policy *policy);

/**
 * policies_release(entry):
 * Its user needs ${entry}, which may be NULL, no more.
 */
void policies_release(struct policies_entry *entry);

#endif
