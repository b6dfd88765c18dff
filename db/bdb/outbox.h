#ifndef OUTBOX_H
#define OUTBOX_H

#include "row_event.h"

/* Who has a chain of events: a project or an account, with the row that has
 * the head of the chain. */
struct outbox {
    struct store_owner owner;
    struct store_project project; /* the one or the other */
    struct store_account account;
};

/**
 * outbox_find(t, owner, box):
 * Read the row of ${owner}. Returns TRAIL_NONE when there is none.
 */
enum trail_result outbox_find(
    struct trail *t, const struct store_owner *owner, struct outbox *box);

/**
 * outbox_chain(box), outbox_save(t, box):
 * The chain of ${box}, to be changed; write the row that it is in.
 */
struct chain *outbox_chain(struct outbox *box);
void outbox_save(struct trail *t, const struct outbox *box);

/**
 * outbox_name(owner, name):
 * What MACs and keys call ${owner}; the bytes lie in ${name}.
 */
struct span outbox_name(
    const struct store_owner *owner, uint8_t name[ROW_EVENT_PLACE]);

/**
 * outbox_append(t, account, add, now):
 * Write the event ${add} of ${account} to the chain of its project; to that of
 * the account when it names none, or none of this account, as what was decided
 * must be told somewhere. Counts the decision, also where there is no text to
 * write, and rolls its policy back when it was one too many.
 */
void outbox_append(struct trail *t, const uint8_t account[STORE_ID],
    struct store_event_add *add, int64_t now);

#endif
