#ifndef TERMS_PRIVATE_H
#define TERMS_PRIVATE_H

#include "terms.h"

/* The automaton. Its states are the beginnings of terms, numbered as a walk in
 * the order of the sorted terms meets them, from the root, 0. The first child
 * of a state is the next number, and most have no other, so that what is read
 * of a term lies in one line of memory. Behind a state that no term goes on
 * from is a cell of nobody.
 *
 * Where a symbol leads that is not the first child's is told by a row, which
 * has a state for each symbol; states share it that fail to its owner. There is
 * not always room for all of them. */

/* How a state is come to: by which symbol, TERMS_NOBODY in a cell of nobody;
 * how deep it lies; whether terms end there, and whether it owns a row. */
#define TERMS_LABEL UINT32_C(0xffff)
#define TERMS_NOBODY UINT32_C(0xffff)
#define TERMS_DEPTH_SHIFT 16
#define TERMS_DEPTH UINT32_C(0x7ff)
#define TERMS_HITS UINT32_C(0x40000000) /* also beside a state */
#define TERMS_OWNS UINT32_C(0x80000000)

/* What a state goes on with: where its row begins; without one its fork, or
 * the state that it fails to. */
#define TERMS_ROW UINT32_C(0x80000000)
#define TERMS_FORK UINT32_C(0x20000000)
#define TERMS_NUMBER (TERMS_FORK - 1)

#define TERMS_NONE UINT32_MAX

enum { TERMS_PAGE = 256, TERMS_PAGES = 0x110000 / 256 };

/* A state. What it goes on with lies beside how its first child is come to. */
struct terms_cell {
    uint32_t how;
    uint32_t link;
};

/* A state that several symbols lead on from. */
struct terms_fork {
    uint32_t fail;
    uint32_t edges; /* the first of its edges: of all children but one */
    uint32_t count;
};

struct terms_edge {
    uint32_t symbol;
    uint32_t state;
};

/* A term; the next one's letters follow on its own. */
struct terms_term {
    uint32_t at;      /* its first letter */
    uint32_t n;       /* letters */
    uint32_t same;    /* another that is folded alike */
    uint32_t shorter; /* the next longest that ends where it does */
};

struct terms {
    enum fold_form form;
    uint32_t count;
    uint32_t symbols; /* 0 is what no term has */
    uint32_t longest; /* units of a term */

    uint32_t states;          /* with the cells of nobody */
    struct terms_cell *cells; /* by state */
    uint32_t *hits;           /* by state: the longest term that ends there */
    struct terms_fork *forks;
    struct terms_edge *edges;
    uint32_t fork_count;
    uint32_t edge_count;
    uint32_t *rows;   /* of symbols + 1 states each */
    uint32_t *owners; /* by row */
    uint32_t row_count;

    struct terms_term *terms; /* one more than there are */
    struct fold_letter *letters;
    uint16_t *pages[TERMS_PAGES]; /* symbols by code point */
    uint16_t ascii[128];
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
 * terms_is_leaf(t, state):
 * Whether no term goes on from the state.
 */
static inline bool terms_is_leaf(const struct terms *t, uint32_t state)
{
    return (t->cells[state + 1].how & TERMS_LABEL) == TERMS_NOBODY;
}

/**
 * terms_edge(t, fork, symbol):
 * The state that ${symbol} leads to by an edge of ${fork}; 0: none.
 */
static inline uint32_t terms_edge(
    const struct terms *t, const struct terms_fork *fork, uint32_t symbol)
{
    uint32_t low = fork->edges, high = fork->edges + fork->count, middle;

    while (low < high) {
        middle = low + (high - low) / 2;
        if (t->edges[middle].symbol == symbol)
            return t->edges[middle].state;
        if (t->edges[middle].symbol < symbol)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

/**
 * terms_step(t, state, symbol):
 * Where ${symbol} leads from ${state}, with TERMS_HITS if terms end there.
 */
static inline uint32_t terms_step(
    const struct terms *t, uint32_t state, uint32_t symbol)
{
    const struct terms_fork *fork;
    uint32_t cell, link, next, child, same;

    for (;;) {
        cell = t->cells[state + 1].how;
        link = t->cells[state].link;
        child = (state + 1) | (cell & TERMS_HITS);
        same = -(uint32_t)((cell & TERMS_LABEL) == symbol);
        if (__builtin_expect((link & TERMS_ROW) != 0, 1)) {
            next = t->rows[(link & TERMS_NUMBER) + symbol];
            return next ^ ((next ^ child) & same);
        }
        if (same != 0)
            return child;
        state = link;
        if ((link & TERMS_FORK) == 0)
            continue;
        fork = &t->forks[link & TERMS_NUMBER];
        next = terms_edge(t, fork, symbol);
        if (next != 0)
            return next | (t->cells[next].how & TERMS_HITS);
        state = fork->fail;
    }
}

/**
 * terms_shrink(memory, size):
 * Give back what ${memory} has beyond ${size} bytes. Returns where it is now.
 */
void *terms_shrink(void *memory, size_t size);

/**
 * terms_trie(t, patterns):
 * Make the states of ${patterns}: for each term its symbols, as many as it has
 * letters, one after the other. Of links only forks are there.
 * Returns 0, or -1 when memory is out.
 */
int terms_trie(struct terms *t, const uint16_t *patterns);

/**
 * terms_build(t, patterns):
 * Build the automaton over ${patterns}. Returns 0, or -1 when memory is out.
 */
int terms_build(struct terms *t, const uint16_t *patterns);

/**
 * terms_passes(term, text, n):
 * Whether the ${n} letters of ${text} pass for those of ${term}, knowing that
 * their skeletons are the same.
 */
bool terms_passes(
    const struct fold_letter *term, const struct fold_letter *text, size_t n);

/* A text as it is read in one way, of which a scan has one or two. */
struct terms_reading;

/**
 * terms_reading_make(t), terms_reading_free(r), terms_reading_fork(r),
 * terms_reading_feed(r, text, sink), terms_reading_end(r, sink),
 * terms_reading_live(r):
 * As the functions of scans.
 */
struct terms_reading *terms_reading_make(const struct terms *t);
void terms_reading_free(struct terms_reading *r);
struct terms_reading *terms_reading_fork(const struct terms_reading *r);
bool terms_reading_feed(
    struct terms_reading *r, struct span text, const struct terms_sink *sink);
bool terms_reading_end(struct terms_reading *r, const struct terms_sink *sink);
uint64_t terms_reading_live(const struct terms_reading *r);

/**
 * terms_reading_decode(r):
 * Take references in what follows for what they stand for.
 */
void terms_reading_decode(struct terms_reading *r);

/**
 * terms_reading_pending(r):
 * Behind which place all hits end that are not told yet.
 */
uint64_t terms_reading_pending(const struct terms_reading *r);

/**
 * terms_reading_agree(r, other):
 * Whether two that have taken the same bytes are known to have the same hits in
 * whatever follows, but for references.
 */
bool terms_reading_agree(
    const struct terms_reading *r, const struct terms_reading *other);

#endif
