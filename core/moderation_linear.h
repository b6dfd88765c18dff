#ifndef MODERATION_LINEAR_H
#define MODERATION_LINEAR_H

#include "moderation_word.h"

/* A linear model over hashed features: words but single letters, pairs of
 * words, and all pieces of four letters of a word between blanks. Weights are
 * small integers, so that sums do not depend on how a text was cut. */

enum {
    MODERATION_BLOCK = 16,                     /* words */
    MODERATION_BLOCKS = 4,                     /* that make a window */
    MODERATION_FEATURES = MODERATION_WORD + 4, /* of one word, and room */
    MODERATION_BATCH = 256, /* features of which sums fit in 16 bits */
    MODERATION_LONG = 1500  /* features of a long text, some 170 words */
};

/* Words, and pairs of them, that have come; now and then one too many. */
struct moderation_seen {
    uint64_t bits[128];
};

struct moderation_linear {
    struct moderation_seen seen;
    uint32_t before; /* the hash of the word before; 0: there is none */
    uint32_t at;     /* the block that fills */
    int32_t block[MODERATION_BLOCKS][MODERATION_PAD]; /* by linear category */
    uint32_t features[MODERATION_BLOCKS];
    int64_t total[MODERATION_LINEAR]; /* of the blocks that are over */
    uint64_t total_features;
};

/**
 * moderation_linear_hash(seen, word, before, out):
 * Write the features of ${word} after the one that hashes to ${before} to
 * ${out}, but not those that are noted in ${seen}, and note them there: a text
 * that repeats itself says nothing new. Returns how many.
 */
size_t moderation_linear_hash(struct moderation_seen *seen,
    const struct moderation_word *word, uint32_t before,
    uint32_t out[MODERATION_FEATURES]);

/**
 * moderation_linear_bucket(feature, buckets):
 * Where its weights lie.
 */
static inline uint32_t moderation_linear_bucket(
    uint32_t feature, uint32_t buckets)
{
    return (uint32_t)((uint64_t)feature * buckets >> 32);
}

/**
 * moderation_linear_norm(features):
 * What the sum over so many features is multiplied by: as if the sum of a long
 * text were that of a part of it, so that repeating a text does not raise it.
 */
double moderation_linear_norm(double features);

/**
 * moderation_linear_words(l, model, words, n):
 * Take ${n} words; those that are joined say nothing. {0} is a text's
 * beginning.
 */
void moderation_linear_words(struct moderation_linear *l,
    const struct moderation_model *model, const struct moderation_word *words,
    size_t n);

/**
 * moderation_linear_block(l):
 * A block is over: begin the next, in place of the
 * oldest.
 */
void moderation_linear_block(struct moderation_linear *l);

/**
 * moderation_linear_whole(l, model, category),
 * moderation_linear_window(l, model, category):
 * The standardised verdict on all that was taken, and on the last blocks, about
 * ${category}, which is not sexual/minors.
 */
double moderation_linear_whole(const struct moderation_linear *l,
    const struct moderation_model *model, size_t category);
double moderation_linear_window(const struct moderation_linear *l,
    const struct moderation_model *model, size_t category);

#endif
