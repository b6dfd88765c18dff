#include <stdlib.h>
#include <string.h>

#include "terms_private.h"

enum { UNITS = 4 * FOLD_ROOM, SYMBOLS_MAX = TERMS_NOBODY - 1 };

/* The folded terms as they are gathered. */
struct gather {
    struct terms *t;
    struct buf patterns; /* uint16_t */
    struct buf letters;  /* struct fold_letter */
};

/* A new symbol for cp; 0 when there is none to be had. */
static uint16_t add_symbol(struct terms *t, uint32_t cp)
{
    uint16_t **page = &t->pages[cp / TERMS_PAGE];
    uint16_t *symbol;

    if (*page == NULL)
        *page = calloc(TERMS_PAGE, sizeof(**page));
    if (*page == NULL || t->symbols == SYMBOLS_MAX)
        return 0;
    symbol = *page + cp % TERMS_PAGE;
    *symbol = (uint16_t)++t->symbols;
    if (cp < 128)
        t->ascii[cp] = *symbol;
    return *symbol;
}

static void gather_units(
    struct gather *g, const struct fold_unit *units, size_t n)
{
    uint16_t *symbols =
        (uint16_t *)(void *)buf_reserve(&g->patterns, n * sizeof(*symbols));
    struct fold_letter *letters = (struct fold_letter *)(void *)buf_reserve(
        &g->letters, n * sizeof(*letters));

    if (symbols == NULL || letters == NULL)
        return;
    for (size_t i = 0; i < n; i++) {
        symbols[i] = (uint16_t)terms_symbol(g->t, units[i].cp);
        if (symbols[i] == 0)
            symbols[i] = add_symbol(g->t, units[i].cp);
        g->patterns.failed = g->patterns.failed || symbols[i] == 0;
        letters[i] = units[i].letter;
    }
    buf_commit(&g->patterns, n * sizeof(*symbols));
    buf_commit(&g->letters, n * sizeof(*letters));
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
        t->terms[i].n = (uint32_t)n;
        t->terms[i + 1].at = t->terms[i].at + (uint32_t)n;
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
    t->terms = calloc(count + 1, sizeof(*t->terms));
    if (t->terms != NULL && gather_all(&g, list, bad) == 0)
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
    free(t->cells);
    free(t->hits);
    free(t->forks);
    free(t->edges);
    free(t->rows);
    free(t->owners);
    free(t->terms);
    free(t->letters);
    free(t);
}

size_t terms_size(const struct terms *t)
{
    size_t size = sizeof(*t);

    for (size_t i = 0; i < TERMS_PAGES; i++)
        size += t->pages[i] != NULL ? TERMS_PAGE * sizeof(*t->pages[i]) : 0;
    size += t->states * (sizeof(*t->cells) + sizeof(*t->hits));
    size += t->fork_count * sizeof(*t->forks);
    size += t->edge_count * sizeof(*t->edges);
    size += t->row_count *
            ((t->symbols + 1) * sizeof(*t->rows) + sizeof(*t->owners));
    size += t->terms[t->count].at * sizeof(*t->letters);
    return size + t->count * sizeof(*t->terms);
}
