#ifndef CORPUS_H
#define CORPUS_H

#include <stddef.h>
#include <stdint.h>

#include "moderation.h"

/* Labelled texts: a directory of NAME.tsv.gz, a file for each source, lines of
 * twelve labels, a tab and the text. Files whose name begins with "validation"
 * are another kind: label, type, text. */

enum corpus_label { CORPUS_UNKNOWN, CORPUS_NO, CORPUS_YES };

struct corpus_row {
    struct span text;
    uint32_t source;
    uint8_t label[MODERATION_CATEGORIES];
    float weight[MODERATION_CATEGORIES];
};

struct corpus_source {
    char name[64];
    size_t first, count; /* rows */
};

struct corpus {
    struct corpus_row *rows;
    size_t count;
    struct corpus_source *sources;
    size_t n_sources;
};

/**
 * corpus_read(c, dir, prefix):
 * Read the files of ${dir}, in the order of their names: those whose name
 * begins with ${prefix}, or, when that is NULL, the training files. Returns 0,
 * or -1 after telling on standard error why not. Gunzips with gzip(1).
 */
int corpus_read(struct corpus *c, const char *dir, const char *prefix);

/**
 * corpus_free(c):
 * Give the memory of ${c} back.
 */
void corpus_free(struct corpus *c);

#endif
