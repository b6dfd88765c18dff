#ifndef DIALECT_H
#define DIALECT_H

#include "turn.h"

/* One event of a stream. */
struct event {
    const char *name; /* NULL: the dialect has none */
    struct buf data;  /* JSON; emptied by who takes the event */
};

struct error_told {
    unsigned status;
    const char *message;
    const char *param; /* NULL: none */
};

/* How a turn is written in one protocol. */
struct dialect {
    const char *last; /* data that ends a stream; NULL: none */

    /* Append the body of an answer that is not streamed. */
    void (*whole)(struct turn *t, struct buf *out);

    /* Write the next event; false when there is no more. */
    bool (*next)(struct turn *t, struct event *e);

    /* Write the event that says that the stream broke. */
    void (*broken)(struct turn *t, struct event *e);

    /* Append the body of an error answer. */
    void (*error)(const struct error_told *told, struct buf *out);
};

#endif
