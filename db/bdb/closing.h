#ifndef CLOSING_H
#define CLOSING_H

#include "row_hold.h"

/* How a hold is to end. */
struct closing {
    enum row_ending ending; /* settled or expired; free of charge: released */
    bool free_of_charge;
    struct usage usage;
    uint8_t flags; /* enum ledger_flag, ESTIMATED and OVERRUN aside */
    int64_t now;   /* microseconds since 1970 */
    struct store_event_add *event; /* of the call; NULL: none is due */
};

/**
 * closing_run(t, request, hold, closing, done):
 * End the open ${hold} of ${request}: bill or release it, move it from
 * TABLE_HOLD to TABLE_DONE and tell in ${done} what became of it. The charge,
 * the journal entry, the book, the quotas, the event and the rows change
 * together, which is what keeps every invariant of RELIABILITY.md 2.7.
 */
void closing_run(struct trail *t, const uint8_t request[STORE_ID],
    const struct row_hold *hold, const struct closing *closing,
    struct row_done *done);

/**
 * closing_is_due(done):
 * Whether ${done} is the reaper's bill, made for want of a settlement, and the
 * settlement has not come yet.
 */
bool closing_is_due(const struct row_done *done);

/**
 * closing_correct(t, request, closing, done):
 * Let the late settlement ${closing} of ${request} correct ${done}, the
 * reaper's bill: what differs is posted, in favour of either side. Quotas stay
 * as the reaper left them, and so does the event, if it wrote one: a call has
 * no second.
 */
void closing_correct(struct trail *t, const uint8_t request[STORE_ID],
    const struct closing *closing, struct row_done *done);

#endif
