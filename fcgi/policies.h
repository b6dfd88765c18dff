#ifndef POLICIES_H
#define POLICIES_H

#include "aside.h"
#include "core/policy.h"
#include "db/store.h"

/* Policies that were compiled, for the next request under them. A version of a
 * policy never changes, so that nothing here is ever out of date. One that is
 * large is compiled beside the loop, once, however many wait for it. */

struct policies;
struct policies_making;

/* One of them, kept while somebody uses it. */
struct policies_entry {
    struct policies *policies;      /* where it is */
    struct policies_making *making; /* NULL: it is over */
    struct policy *policy;          /* NULL: not there yet, or never */
    struct fault fault;             /* why */
    uint8_t name[32];
    uint64_t used; /* when last, by the order of uses */
    unsigned users;
};

/* Who waits for one; lies in the caller's memory until done. */
struct policies_wait {
    void (*done)(void *cookie);
    void *cookie;
    struct policies_wait *next; /* private */
};

/**
 * policies_create(loop):
 * An empty cache; NULL when memory is out.
 */
struct policies *policies_create(struct loop *loop);

/**
 * policies_stop(ps):
 * Compile nothing more, behind what is under way; who waits is forgotten. For
 * the end of the loop. Blocks that long. Takes NULL.
 */
void policies_stop(struct policies *ps);

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
 * The policy of that ${name}, to be released; or NULL. It may still be made.
 */
struct policies_entry *policies_find(
    struct policies *ps, const uint8_t name[32]);

/**
 * policies_add(ps, name):
 * Begin to make the policy of that ${name}, which was not found: the caller has
 * to go on with one of the next three. Returns it, to be released; NULL when
 * memory is out.
 */
struct policies_entry *policies_add(
    struct policies *ps, const uint8_t name[32]);

/**
 * policies_make(entry, doc, size):
 * Compile ${doc}, which is taken over, of ${size} bytes as text.
 */
void policies_make(
    struct policies_entry *entry, struct policy_doc *doc, size_t size);

/**
 * policies_make_kept(entry, text):
 * Compile what the store has: ${text}, which is taken over. It was a policy
 * when it was put there: REFUSE_INTERNAL if it is none.
 */
void policies_make_kept(struct policies_entry *entry, struct buf *text);

/**
 * policies_fail(entry, code):
 * There is nothing to compile, because of ${code}.
 */
void policies_fail(struct policies_entry *entry, enum refusal code);

/**
 * policies_wait(entry, wait):
 * Tell ${wait} when entry->making has become NULL, which it is not yet. What
 * could not be made is found no more.
 */
void policies_wait(struct policies_entry *entry, struct policies_wait *wait);

/**
 * policies_release(entry):
 * Its user needs ${entry}, which may be NULL, no more.
 */
void policies_release(struct policies_entry *entry);

#endif
