#ifndef LEXICON_H
#define LEXICON_H

#include "moderation_model.h"

/* The lists of phrases, a file for each class: lines of a weight, a tab and the
 * phrase, whose words may end in '*' for anything that begins so. '#' begins a
 * comment. */

struct lexicon {
    struct moderation_edge *edges; /* as in the file, the last of them, too */
    uint32_t n_edges;
    struct moderation_node *nodes;
    uint32_t n_nodes;
    struct moderation_out *outs;
    uint32_t n_outs;
    uint32_t phrases;
    uint64_t filter[MODERATION_FILTER];
    uint64_t starts[MODERATION_STARTS];
    uint16_t ranges[MODERATION_RANGES];
};

/**
 * lexicon_read(l, dir):
 * Build the trie of all lists in ${dir}. Returns 0, or -1 after telling on
 * standard error what is wrong.
 */
int lexicon_read(struct lexicon *l, const char *dir);

/**
 * lexicon_free(l):
 * Give the memory of ${l} back.
 */
void lexicon_free(struct lexicon *l);

#endif
