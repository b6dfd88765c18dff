#ifndef WEIGHTS_H
#define WEIGHTS_H

#include "core/moderation.h"

/* The weights that moderation judges by. A file of them lies beside the
 * program, as in a build and in a bundle, or where an installation puts it; it
 * is mapped, so that processes share its pages. Where there is none, those that
 * were built in are used. */

struct weights {
    struct moderation_model model;
    void *at;
    size_t n;
};

/**
 * weights_open(w, error):
 * Map the file, or take what was built in. Returns 0, or -1 with a sentence in
 * ${error}: there is a file, but it is not one of weights or cannot be read. It
 * stays mapped when it is replaced on disk by rename(2). Reads the disk.
 */
int weights_open(struct weights *w, char error[256]);

/**
 * weights_inside():
 * The bytes that were built in. weights_inside.c.
 */
struct span weights_inside(void);

/**
 * weights_close(w):
 * Unmap what weights_open() mapped; {0} is nothing.
 */
void weights_close(struct weights *w);

#endif
