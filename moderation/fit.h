#ifndef FIT_H
#define FIT_H

#include "corpus.h"
#include "lexicon.h"

/* Training: the linear part by dual coordinate descent on a squared hinge loss
 * (Hsieh et al., 2008), the scales of both parts from the rows, the same bits
 * from the same rows. */

/* The features of all rows. */
struct fit_rows;

struct fit_options {
    uint32_t buckets;
    double cost; /* of a mistake; less is a simpler model */
    int epochs;
};

/**
 * fit_prepare(c, o):
 * The features of the rows of ${c}, which must outlive them. NULL: no memory.
 * fit_free() gives them back.
 */
struct fit_rows *fit_prepare(
    const struct corpus *c, const struct fit_options *o);
void fit_free(struct fit_rows *rows);

/**
 * fit_model(rows, lexicon, o, use, image):
 * Train on the rows that ${use}, one byte a row, is not 0 of; on all when it is
 * NULL. A whole file of weights goes to ${image}, whose scores are not yet
 * calibrated: each has its middle at 0 and the slope 1. Returns 0 or -1.
 */
int fit_model(const struct fit_rows *rows, const struct lexicon *lexicon,
    const struct fit_options *o, const uint8_t *use, struct buf *image);

/**
 * fit_seal(image):
 * Write the sum of ${image} into its head, after changing a scale.
 */
void fit_seal(struct buf *image);

#endif
