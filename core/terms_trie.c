#include <stdlib.h>
#include <string.h>

#include "terms_private.h"

/* The states, from the terms in their order. */

/* A term to be sorted: by as many of its first symbols as a word holds, which
 * is seldom too few. */
struct card {
    uint64_t key;
    uint32_t term;
};

struct deck {
    const struct terms *t;
    const uint16_t *patterns;
    uint32_t held; /* symbols in a key */
};

/* A child that is not the first one. */
struct branch {
    struct terms_edge edge;
    uint32_t next; /* of the same fork */
};

struct trie {
    struct terms *t;
    const uint16_t *patterns;
    struct branch *branches;
    uint32_t *lasts;                 /* by fork: its newest branch */
    uint32_t path[TERMS_BYTES + 1];  /* the states of the newest term */
    uint32_t forks[TERMS_BYTES + 1]; /* and which forks they are */
};

static uint32_t length(const struct terms *t, uint32_t term)
{
    return t->terms[term].n;
}

/* ---- the order ---- */

static uint32_t bits_of(uint32_t symbols)
{
    uint32_t bits = 1;

    while (symbols >> bits != 0)
        bits++;
    return bits;
}

/* Shorter ones come first: they have zeros, which is no symbol. */
static uint64_t key_of(const struct deck *d, uint32_t term, uint32_t bits)
{
    const uint16_t *pattern = d->patterns + d->t->terms[term].at;
    uint32_t n = length(d->t, term);
    uint64_t key = 0;

    for (uint32_t i = 0; i < d->held; i++)
        key = key << bits | (i < n ? pattern[i] : 0);
    return key;
}

/* What terms have beyond their keys, which are the same. */
static int compare(const void *left, const void *right, void *cookie)
{
    const struct deck *d = cookie;
    const struct card *l = left, *r = right;
    const uint16_t *x = d->patterns + d->t->terms[l->term].at;
    const uint16_t *y = d->patterns + d->t->terms[r->term].at;
    uint32_t m, n;

    m = length(d->t, l->term);
    n = length(d->t, r->term);
    for (uint32_t i = d->held; i < m && i < n; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    if (m != n)
        return m < n ? -1 : 1;
    return l->term < r->term ? -1 : l->term > r->term;
}

/* Sort cards by their keys, those of the same key as they came, from the last
 * byte of the keys to the first: that is eight times to and fro between there
 * and spare. */
static void sort_keys(struct card *cards, struct card *spare, uint32_t n)
{
    uint32_t places[256], digit, at, count;
    struct card *sorted;

    for (unsigned shift = 0; shift < 64; shift += 8) {
        memset(places, 0, sizeof(places));
        for (uint32_t i = 0; i < n; i++)
            places[cards[i].key >> shift & 0xff]++;
        for (digit = at = 0; digit < 256; digit++, at += count) {
            count = places[digit];
            places[digit] = at;
        }
        for (uint32_t i = 0; i < n; i++)
            spare[places[cards[i].key >> shift & 0xff]++] = cards[i];
        sorted = spare;
        spare = cards;
        cards = sorted;
    }
}

/* Sort cards that have the same key. */
static void sort_rests(struct deck *d, struct card *cards, uint32_t n)
{
    for (uint32_t at = 0, end; at < n; at = end) {
        for (end = at + 1; end < n && cards[end].key == cards[at].key; end++)
            ;
        if (end - at > 1)
            qsort_r(cards + at, end - at, sizeof(*cards), compare, d);
    }
}

static struct card *sort(const struct terms *t, const uint16_t *patterns)
{
    uint32_t bits = bits_of(t->symbols);
    struct deck d = {.t = t, .patterns = patterns, .held = 64 / bits};
    struct card *cards = malloc((2 * (size_t)t->count + 1) * sizeof(*cards));

    if (cards == NULL)
        return NULL;
    for (uint32_t i = 0; i < t->count; i++)
        cards[i] = (struct card){key_of(&d, i, bits), i};
    sort_keys(cards, cards + t->count, t->count);
    sort_rests(&d, cards, t->count);
    return cards;
}

/* ---- the states ---- */

static uint32_t add_state(struct terms *t, uint32_t label, uint32_t depth)
{
    t->cells[t->states].how = label | depth << TERMS_DEPTH_SHIFT;
    t->cells[t->states].link = 0;
    t->hits[t->states] = TERMS_NONE;
    return t->states++;
}

/* Let the state at a depth of the path have one more child, which is the next
 * state. */
static void add_branch(struct trie *b, uint32_t depth, uint32_t symbol)
{
    struct terms *t = b->t;
    uint32_t fork = b->forks[depth], at = t->edge_count++;

    b->branches[at] = (struct branch){{symbol, t->states}, TERMS_NONE};
    if (fork == TERMS_NONE) {
        fork = b->forks[depth] = t->fork_count++;
        t->forks[fork] = (struct terms_fork){0, at, 0};
        t->cells[b->path[depth]].link = TERMS_FORK | fork;
    } else {
        b->branches[b->lasts[fork]].next = at;
    }
    t->forks[fork].count++;
    b->lasts[fork] = at;
}

/* Add what a term has behind the first symbols, which the one before it has,
 * too. */
static void add_term(
    struct trie *b, uint32_t term, uint32_t common, bool branches)
{
    const uint16_t *pattern = b->patterns + b->t->terms[term].at;
    uint32_t n = length(b->t, term);

    if (branches)
        add_branch(b, common, pattern[common]);
    for (uint32_t depth = common + 1; depth <= n; depth++) {
        b->path[depth] = add_state(b->t, pattern[depth - 1], depth);
        b->forks[depth] = TERMS_NONE;
    }
    b->t->terms[term].same = b->t->hits[b->path[n]];
    b->t->hits[b->path[n]] = term;
}

static uint32_t common(const struct trie *b, uint32_t before, uint32_t term)
{
    uint32_t m = length(b->t, before), n = length(b->t, term), i = 0;
    const uint16_t *x = b->patterns + b->t->terms[before].at;
    const uint16_t *y = b->patterns + b->t->terms[term].at;

    while (i < m && i < n && x[i] == y[i])
        i++;
    return i;
}

static void add_all(struct trie *b, const struct card *cards)
{
    struct terms *t = b->t;
    uint32_t shared, term, before = 0;

    b->path[0] = add_state(t, 0, 0);
    b->forks[0] = TERMS_NONE;
    for (uint32_t i = 0; i < t->count; i++) {
        term = cards[i].term;
        shared = i > 0 ? common(b, before, term) : 0;
        if (i > 0 && shared < length(t, before))
            add_state(t, TERMS_NOBODY, 0);
        add_term(b, term, shared, i > 0 && shared < length(t, before));
        before = term;
    }
    add_state(t, TERMS_NOBODY, 0);
}

/* Lay the edges of each fork side by side. */
static void lay_edges(struct trie *b)
{
    struct terms *t = b->t;
    uint32_t at, count = 0;

    for (uint32_t i = 0; i < t->fork_count; i++) {
        at = t->forks[i].edges;
        t->forks[i].edges = count;
        for (; at != TERMS_NONE; at = b->branches[at].next)
            t->edges[count++] = b->branches[at].edge;
    }
}

/* ---- memory ---- */

/* As much as it can be: no two terms begin alike. */
static int make_room(struct terms *t)
{
    size_t most = (size_t)t->terms[t->count].at + t->count + 2;

    t->cells = malloc(most * sizeof(*t->cells));
    t->hits = malloc(most * sizeof(*t->hits));
    t->forks = malloc((t->count + 1) * sizeof(*t->forks));
    t->edges = malloc((t->count + 1) * sizeof(*t->edges));
    if (t->cells == NULL || t->hits == NULL)
        return -1;
    return t->forks != NULL && t->edges != NULL ? 0 : -1;
}

void *terms_shrink(void *memory, size_t size)
{
    void *less = realloc(memory, size);

    return less != NULL ? less : memory;
}

static void give_back(struct terms *t)
{
    t->cells = terms_shrink(t->cells, t->states * sizeof(*t->cells));
    t->hits = terms_shrink(t->hits, t->states * sizeof(*t->hits));
    t->forks = terms_shrink(t->forks, (t->fork_count + 1) * sizeof(*t->forks));
    t->edges = terms_shrink(t->edges, (t->edge_count + 1) * sizeof(*t->edges));
}

int terms_trie(struct terms *t, const uint16_t *patterns)
{
    struct trie b = {.t = t, .patterns = patterns};
    struct card *cards = sort(t, patterns);
    int rc = -1;

    b.branches = malloc((t->count + 1) * sizeof(*b.branches));
    b.lasts = malloc((t->count + 1) * sizeof(*b.lasts));
    if (cards == NULL || b.branches == NULL || b.lasts == NULL ||
        make_room(t) != 0)
        goto err0;
    add_all(&b, cards);
    lay_edges(&b);
    give_back(t);
    rc = 0;
err0:
    free(b.lasts);
    free(b.branches);
    free(cards);
    return rc;
}
