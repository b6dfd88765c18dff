#ifndef SPILL_BILL_H
#define SPILL_BILL_H

#include "db/store.h"

/* A bill as a line of a file. One without an event is seven numbers, as it ever
 * was; one with its event is a JSON object, as texts must fit. */

struct spill_bill {
    struct store_settle settle; /* its event is ours, or NULL */
    struct store_event_add event;
    struct buf text, rollback; /* the event's */
};

enum { SPILL_BILL_PLAIN = 160 }; /* bytes of the longest, NUL included */

/**
 * spill_bill_plain(settle, line), spill_bill_full(settle, out):
 * Write the ${line} of ${settle} without its event, which needs no memory, and
 * return its length; append the line of ${settle} with the event that it has.
 */
size_t spill_bill_plain(
    const struct store_settle *settle, char line[SPILL_BILL_PLAIN]);
void spill_bill_full(const struct store_settle *settle, struct buf *out);

/**
 * spill_bill_read(line, bill):
 * Read a ${line} with its line feed into ${bill}, all but the seconds of boot.
 * What was not written to its end is no bill. Returns 0, with what
 * spill_bill_free() lets go of, or -1: it is none; or 1: memory is out.
 */
int spill_bill_read(struct span line, struct spill_bill *bill);
void spill_bill_free(struct spill_bill *bill);

#endif
