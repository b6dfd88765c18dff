#ifndef DEADLINE_H
#define DEADLINE_H

#include "loop.h"

struct call;

/* How long a call may last, where web servers cut what takes longer:
 * stream.seconds and answer.seconds, from its first byte on. A stream ends as
 * if its length had run out, an answer that is not there yet is a 504. */

struct deadline {
    struct loop_timer timer;
};

/**
 * deadline_begin(call), deadline_end(call):
 * The asking of others about ${call} begins, or the relaying, perhaps once
 * more; it is over. A deadline that has passed already fires at once, though
 * not from here.
 */
void deadline_begin(struct call *call);
void deadline_end(struct call *call);

#endif
