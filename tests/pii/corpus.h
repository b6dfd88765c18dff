#ifndef CORPUS_H
#define CORPUS_H

#include "core/pii.h"

/* Sentences in which something of persons stands, or something that looks like
 * it, made up by chance from a seed: the same ones every time. The forms are
 * those that people use, whether the recognisers know them or not. */

struct corpus {
    uint64_t state;
    char **sentences; /* with "{}" where something goes */
    size_t count;
    char *text; /* what they point into */
};

/**
 * corpus_open(c, path, seed):
 * Begin with the sentences of the file at ${path}. Returns 0, or -1.
 * corpus_close() gives their memory back.
 */
int corpus_open(struct corpus *c, const char *path, uint64_t seed);
void corpus_close(struct corpus *c);

/**
 * corpus_value(c, kind, out), corpus_lookalike(c, kind, out):
 * Leave in ${out} something of a ${kind}; something that is not, but looks
 * like it.
 */
void corpus_value(struct corpus *c, enum pii_kind kind, struct buf *out);
void corpus_lookalike(struct corpus *c, enum pii_kind kind, struct buf *out);

/**
 * corpus_put(c, before, after):
 * Choose a sentence and leave in ${before} and ${after} what is around the
 * place where something goes.
 */
void corpus_put(struct corpus *c, struct buf *before, struct buf *after);

#endif
