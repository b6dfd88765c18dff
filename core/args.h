#ifndef ARGS_H
#define ARGS_H

#include <stdbool.h>

#include "buf.h"

/* The arguments of a call as they come in pieces: are they a whole JSON value
 * by now? {0} is before the first piece. */
struct args {
    unsigned depth;
    bool begun;
    bool in_string;
    bool escape;
};

/**
 * args_take(a, text):
 * Go on with ${text}, a piece of the arguments as the inside of a JSON string.
 */
void args_take(struct args *a, struct span text);

/**
 * args_whole(a):
 * Whether what came is a whole object or array.
 */
bool args_whole(const struct args *a);

#endif
