#ifndef SPARSE_H
#define SPARSE_H

#include <stddef.h>
#include <stdint.h>

/* Memory that is mostly zero, while nobody looks at it: only the words of it
 * that are not, and which they are. */

/* {0} is all zero. */
struct sparse {
    uint64_t *words; /* a mask of 64 words, those of them that it names, ... */
    uint32_t n, cap;
};

enum { SPARSE_MOST = 1024 /* words of a block */ };

/**
 * sparse_keep(s, block, n):
 * Keep the ${n} words of ${block}, at most SPARSE_MOST, in place of what ${s}
 * has kept. Returns 0, or -1 when memory is out: then ${s} is as it was.
 */
int sparse_keep(struct sparse *s, const uint64_t *block, size_t n);

/**
 * sparse_show(s, block, n):
 * Write to ${block} the ${n} words that ${s} keeps.
 */
void sparse_show(const struct sparse *s, uint64_t *block, size_t n);

/**
 * sparse_free(s):
 * Let go of what ${s} keeps.
 */
void sparse_free(struct sparse *s);

#endif
