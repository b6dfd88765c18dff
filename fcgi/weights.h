#ifndef WEIGHTS_H
#define WEIGHTS_H

#include "core/moderation.h"

/* The file of weights that moderation judges by, mapped: processes share its
 * pages. It lies beside the program, as in a build and in a bundle, or where
 * an installation puts it. */

struct weights {
    struct moderation_model model;
    void *at;
    size_t n;
};

/**
 * weights_open(w, error):
 * Map the file. Returns 0, or -1 with a sentence in ${error}. It stays mapped
 * when it is replaced on disk by rename(2). Reads the disk.
 */
int weights_open(struct weights *w, char error[256]);

/**
 * weights_close(w):
 * Unmap what weights_open() mapped; {0} is nothing.
 */
void weights_close(struct weights *w);

#endif
