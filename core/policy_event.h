#ifndef POLICY_EVENT_H
#define POLICY_EVENT_H

#include "policy.h"

/* The other events beside that of a judged call, which policy_event_write()
 * writes: all have the same members, null where there is nothing to say, and
 * those that are their own behind. API.md 10.1. */

enum { /* bytes of texts, NUL included */
    POLICY_EVENT_ID = 37,
    POLICY_EVENT_USER = 5 + 2 * 16 + 1
};

enum policy_change {
    POLICY_CREATED,
    POLICY_UPDATED,
    POLICY_RESTORED,             /* the new version says what an old one said */
    POLICY_ROLLED_BACK_BY_ITSELF /* no new version; API.md 8.6 */
};

/* What became of a policy. */
struct policy_revision {
    const struct policy_doc *doc;
    enum policy_change change;
    uint64_t version;  /* that is in force now */
    uint64_t restored; /* with POLICY_RESTORED: what it says again */
};

/* A call whose worker died before it was judged to its end. */
struct policy_lost {
    struct span policy_id; /* empty: it brought one along */
    struct span target;
};

/**
 * policy_event_id(id, out), policy_event_user(id, out):
 * The 16 random bytes of the ${id} of an event as events show them: a UUID, for
 * which a few bits of ${id} are changed (RFC 9562, version 4); the ${id} of an
 * account as events show it.
 */
void policy_event_id(uint8_t id[16], char out[POLICY_EVENT_ID]);
void policy_event_user(const uint8_t id[16], char out[POLICY_EVENT_USER]);

/**
 * policy_event_revision(e, r, out):
 * Append the event of a change ${r}.
 */
void policy_event_revision(const struct policy_event *e,
    const struct policy_revision *r, struct buf *out);

/**
 * policy_event_simulation(e, v, categories, out):
 * Append the event of the simulated verdict ${v}, with the ${categories} that
 * were to be assumed.
 */
void policy_event_simulation(const struct policy_event *e,
    const struct policy_verdict *v, const struct policy_texts *categories,
    struct buf *out);

/**
 * policy_event_lost(e, lost, out):
 * Append the event of a call of which nobody knows any more how it was judged:
 * an enforcement without a decision.
 */
void policy_event_lost(const struct policy_event *e,
    const struct policy_lost *lost, struct buf *out);

/**
 * policy_text_decisions(v, out), policy_text_hits(v, out):
 * Append these members of metadata and events, each behind a comma. Of hits
 * only as many as have room, and then the number of the others.
 */
void policy_text_decisions(const struct policy_verdict *v, struct buf *out);
void policy_text_hits(const struct policy_verdict *v, struct buf *out);

#endif
