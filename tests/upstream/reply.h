#ifndef REPLY_H
#define REPLY_H

#include "dialect.h"

/* The head of an answer, and its body when it is not streamed. */
struct reply {
    unsigned status;
    const char *type;
    bool streamed;
    struct buf body;
};

/**
 * reply_compose(r, d, t):
 * Fill ${r}, which is zeroed, with the answer that the script of ${t} wants.
 */
void reply_compose(struct reply *r, const struct dialect *d, struct turn *t);

/**
 * reply_head(r, t, out):
 * Append the status line and fields of ${r} to ${out}.
 */
void reply_head(const struct reply *r, const struct turn *t, struct buf *out);

#endif
