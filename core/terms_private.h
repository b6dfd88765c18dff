#ifndef TERMS_PRIVATE_H
#define TERMS_PRIVATE_H

#include "terms.h"

/* A state of the automaton, in a double array: the state that c leads to from
 * s is t = next[s].base + c if next[t].check == s. State 0 is no state and
 * fails every check; state 1 is the root. */
struct terms_node {
    uint32_t base;
    uint32_t check;
    uint32_t fail;  /* TERMS_ROW: its row instead */
    uint16_t depth; /* units that lead here */
    uint16_t live;  /* of these, at the end, that more may follow */
};

enum { TERMS_ROOT = 1, TERMS_PAGE = 256, TERMS_PAGES = 0x110000 / 256 };

#define TERMS_HITS UINT32_C(0x80000000) /* in base: some term ends here */
#define TERMS_ROW UINT32_C(0x80000000)  /* in fail */
#define TERMS_NONE UINT32_MAX

struct terms {
    enum fold_form form;
    uint32_t count;
    struct terms_node *nodes;
    uint32_t *rows; /* of symbols + 1 states each */
    uint32_t row_count;
    uint32_t size;     /* nodes that exist */
    uint32_t cap;      /* and may be looked at, with any symbol */
    uint32_t symbols;  /* 0 is what no term has */
    uint32_t *out;     /* by state: the first term that ends there */
    uint32_t *shorter; /* by state: the next one on the way of fails */
    uint32_t *same;    /* by term: another that is folded alike */
    struct fold_letter *letters;
    uint32_t *at; /* by term: its first letter; one more than terms */
    uint16_t *pages[TERMS_PAGES]; /* symbols by code point */
    uint16_t ascii[128];
    uint32_t longest; /* units of a term */
};

/**
 * terms_symbol(t, cp):
 * The symbol of ${cp}; 0 when no term has it.
 */
static inline uint32_t terms_symbol(const struct terms *t, uint32_t cp)
{
    const uint16_t *page;

    if (cp < 128)
        return t->ascii[cp];
    page = t->pages[cp / TERMS_PAGE];
    return page != NULL ? page[cp % TERMS_PAGE] : 0;
}

/**
 * terms_build(t, patterns):
 * Build the automaton over ${patterns}: for each term its symbols, as many as
 * it has letters, one after the other as t->at says. Returns 0, or -1 when
 * memory is out.
 */
int terms_build(struct terms *t, const uint16_t *patterns);

/**
 * terms_passes(term, text, n):
 * Whether the ${n} letters of ${text} pass for those of ${term}, knowing that
 * their skeletons are the same.
 */
bool terms_passes(
    const struct fold_letter *term, const struct fold_letter *text, size_t n);

#endif
