#include <stdlib.h>
#include <string.h>

#include "terms_private.h"

enum { UNITS = 4 * FOLD_ROOM, SYMBOLS_MAX = UINT16_MAX };

/* ---- making ---- */

/* The folded terms as they are gathered. */
struct gather {
    struct terms *t;
    struct buf patterns; /* uint16_t */
    struct buf letters;  /* struct fold_letter */
};

/* The symbol of cp, a new one if need be; 0 when there is none to be had. */
static uint16_t symbol_of(struct terms *t, uint32_t cp)
{
    uint16_t **page = &t->pages[cp / TERMS_PAGE];
    uint16_t *symbol;

    if (*page == NULL)
        *page = calloc(TERMS_PAGE, sizeof(**page));
    if (*page == NULL || t->symbols == SYMBOLS_MAX)
        return 0;
    symbol = *page + cp % TERMS_PAGE;
    if (*symbol == 0)
        *symbol = (uint16_t)++t->symbols;
    if (cp < 128)
        t->ascii[cp] = *symbol;
    return *symbol;
}

static void gather_units(
    struct gather *g, const struct fold_unit *units, size_t n)
{
    uint16_t symbol;

    for (size_t i = 0; i < n; i++) {
        symbol = symbol_of(g->t, units[i].cp);
        g->patterns.failed = g->patterns.failed || symbol == 0;
        buf_put(&g->patterns, &symbol, sizeof(symbol));
        buf_put(&g->letters, &units[i].letter, sizeof(units[i].letter));
    }
}

/* Fold a term. Returns how many units it has; a blank alone is nothing. */
static size_t gather_term(struct gather *g, struct span text)
{
    size_t before = g->patterns.len, used, n;
    struct fold_unit units[UNITS];
    struct fold f;

    fold_begin(&f, g->t->form);
    while (text.n > 0) {
        used = fold_feed(&f, text, units, UNITS, &n);
        gather_units(g, units, n);
        text.p += used;
        text.n -= used;
    }
    n = fold_end(&f, units);
    gather_units(g, units, n);
    n = (g->patterns.len - before) / sizeof(uint16_t);
    if (n == 1 && f.blank)
        return 0;
    return n;
}

static int gather_all(struct gather *g, const struct span *list, size_t *bad)
{
    struct terms *t = g->t;
    size_t n;

    for (uint32_t i = 0; i < t->count; i++) {
        *bad = i;
        if (list[i].n > TERMS_BYTES)
            return -1;
        n = gather_term(g, list[i]);
        if (g->patterns.failed || g->letters.failed)
            break;
        if (n == 0 || n > TERMS_BYTES)
            return -1;
        t->longest = n > t->longest ? (uint32_t)n : t->longest;
        t->at[i + 1] = t->at[i] + (uint32_t)n;
    }
    *bad = t->count;
    return g->patterns.failed || g->letters.failed ? -1 : 0;
}

struct terms *terms_make(
    enum fold_form form, const struct span *list, size_t count, size_t *bad)
{
    struct terms *t = calloc(1, sizeof(*t));
    struct gather g = {.t = t};
    int rc = -1;

    *bad = count;
    if (t == NULL)
        return NULL;
    t->form = form;
    t->count = (uint32_t)count;
    t->at = calloc(count + 1, sizeof(*t->at));
    t->same = malloc((count + 1) * sizeof(*t->same));
    if (t->at != NULL && t->same != NULL && gather_all(&g, list, bad) == 0)
        rc = terms_build(t, (const uint16_t *)(const void *)g.patterns.data);
    buf_free(&g.patterns);
    t->letters = (struct fold_letter *)(void *)g.letters.data;
    if (rc == 0)
        return t;
    terms_free(t);
    return NULL;
}

void terms_free(struct terms *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < TERMS_PAGES; i++)
        free(t->pages[i]);
    free(t->nodes);
    free(t->rows);
    free(t->out);
    free(t->shorter);
    free(t->same);
    free(t->at);
    free(t->letters);
    free(t);
}

size_t terms_size(const struct terms *t)
{
    size_t size = sizeof(*t);

    for (size_t i = 0; i < TERMS_PAGES; i++)
        size += t->pages[i] != NULL ? TERMS_PAGE * sizeof(*t->pages[i]) : 0;
    size += t->cap * (sizeof(*t->nodes) + 2 * sizeof(*t->out));
    size += t->row_count * (t->symbols + 1) * sizeof(*t->rows);
    size += t->at[t->count] * sizeof(*t->letters);
    return size + t->count * (sizeof(*t->same) + sizeof(*t->at));
}

/* ---- scanning ---- */

/* A unit that a hit may still reach back to. */
struct trace {
    uint64_t begin;
    struct fold_letter letter;
};

struct terms_scan {
    const struct terms *t;
    uint32_t state;
    uint64_t count; /* units */
    uint32_t mask;
    struct fold fold;
    struct trace traces[]; /* of the last units */
};

struct terms_scan *terms_scan_make(const struct terms *t)
{
    struct terms_scan *s;
    uint32_t room = 1;

    while (room < t->longest)
        room *= 2;
    s = malloc(sizeof(*s) + room * sizeof(s->traces[0]));
    if (s == NULL)
        return NULL;
    s->t = t;
    s->state = TERMS_ROOT;
    s->count = 0;
    s->mask = room - 1;
    fold_begin(&s->fold, t->form);
    return s;
}

void terms_scan_free(struct terms_scan *s)
{
    free(s);
}

/* Whether the last units pass for a term. */
static bool counts(const struct terms_scan *s, uint32_t term)
{
    const struct terms *t = s->t;
    uint32_t n = t->at[term + 1] - t->at[term];
    struct fold_letter text[TERMS_BYTES];

    if (t->form == FOLD_PLAIN)
        return true;
    for (uint32_t i = 0; i < n; i++)
        text[i] = s->traces[(s->count - n + i) & s->mask].letter;
    return terms_passes(t->letters + t->at[term], text, n);
}

static bool report(
    const struct terms_scan *s, uint64_t end, const struct terms_sink *sink)
{
    const struct terms *t = s->t;
    struct terms_hit hit = {.end = end};
    uint32_t state = s->state, term;

    if (t->out[state] == TERMS_NONE)
        state = t->shorter[state];
    for (; state != 0; state = t->shorter[state]) {
        hit.begin =
            s->traces[(s->count - t->nodes[state].depth) & s->mask].begin;
        for (term = t->out[state]; term != TERMS_NONE; term = t->same[term]) {
            hit.term = term;
            if (counts(s, term) && sink->hit(sink->cookie, &hit))
                return true;
        }
    }
    return false;
}

static inline uint32_t step(
    const struct terms *t, uint32_t state, uint32_t symbol)
{
    const struct terms_node *nodes = t->nodes;
    uint32_t next;

    if (symbol == 0)
        return TERMS_ROOT;
    for (; (nodes[state].fail & TERMS_ROW) == 0; state = nodes[state].fail) {
        next = (nodes[state].base & ~TERMS_HITS) + symbol;
        if (nodes[next].check == state)
            return next;
    }
    return t
        ->rows[(nodes[state].fail & ~TERMS_ROW) * (t->symbols + 1) + symbol];
}

static bool walk(struct terms_scan *s, const struct fold_unit *units, size_t n,
    const struct terms_sink *sink)
{
    const struct terms *t = s->t;
    uint32_t state = s->state;
    struct trace *trace;

    for (size_t i = 0; i < n; i++) {
        trace = &s->traces[s->count++ & s->mask];
        trace->begin = units[i].begin;
        trace->letter = units[i].letter;
        state = step(t, state, terms_symbol(t, units[i].cp));
        if ((t->nodes[state].base & TERMS_HITS) == 0)
            continue;
        s->state = state;
        if (report(s, units[i].end, sink))
            return true;
    }
    s->state = state;
    return false;
}

bool terms_scan_feed(
    struct terms_scan *s, struct span text, const struct terms_sink *sink)
{
    struct fold_unit units[UNITS];
    size_t used, n;

    while (text.n > 0) {
        used = fold_feed(&s->fold, text, units, UNITS, &n);
        text.p += used;
        text.n -= used;
        if (walk(s, units, n, sink))
            return true;
    }
    return false;
}

bool terms_scan_end(struct terms_scan *s, const struct terms_sink *sink)
{
    struct fold_unit units[FOLD_ROOM];
    size_t n = fold_end(&s->fold, units);

    return walk(s, units, n, sink);
}

uint64_t terms_scan_live(const struct terms_scan *s)
{
    uint64_t pending = fold_pending(&s->fold);
    uint32_t live = s->t->nodes[s->state].live;
    uint64_t begin;

    if (live == 0)
        return pending;
    begin = s->traces[(s->count - live) & s->mask].begin;
    return begin < pending ? begin : pending;
}
