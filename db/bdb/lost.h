#ifndef LOST_H
#define LOST_H

#include "core/buf.h"
#include "row_hold.h"

/* What is told of a governed call whose worker died: that it was, whose, under
 * which policy, and that nobody knows how it was judged. */

/**
 * lost_tell(t, request, hold, now, text, event):
 * Make ${event} of the call ${request}, which had ${hold}: its id is the
 * request's, so it is the same whoever ends the hold. ${text} has its words,
 * and is freed by the caller after it was written.
 */
void lost_tell(struct trail *t, const uint8_t request[STORE_ID],
    const struct row_hold *hold, int64_t now, struct buf *text,
    struct store_event_add *event);

#endif
