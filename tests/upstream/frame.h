#ifndef FRAME_H
#define FRAME_H

#include "dialect.h"

/**
 * frame_event(s, e, count, out):
 * Append ${e} to ${out} as a server-sent event, in the manner of ${s};
 * ${count} events went before it. Empties the data of ${e}.
 */
void frame_event(
    const struct script *s, struct event *e, uint64_t count, struct buf *out);

/**
 * frame_data(s, data, out):
 * Append an event that is ${data} alone.
 */
void frame_data(const struct script *s, const char *data, struct buf *out);

#endif
