#include <stdlib.h>
#include <string.h>

#include "terms_private.h"

/* What the states fail to, and the rows: by depth, as all that a state has to
 * know is of shorter ones. */

enum { ROWS_BYTES = 1 << 20 /* that rows may take */ };

struct build {
    struct terms *t;
    uint32_t width;  /* of a row */
    uint32_t most;   /* rows */
    uint32_t *queue; /* states by depth */
    uint32_t queued;
};

static uint32_t label_of(const struct terms *t, uint32_t state)
{
    return t->cells[state].how & TERMS_LABEL;
}

static struct terms_fork *fork_of(const struct terms *t, uint32_t state)
{
    if ((t->cells[state].link & TERMS_FORK) == 0)
        return NULL;
    return &t->forks[t->cells[state].link & TERMS_NUMBER];
}

/* ---- rows ---- */

static void put_child(const struct terms *t, uint32_t *row, uint32_t child)
{
    row[label_of(t, child)] = child | (t->cells[child].how & TERMS_HITS);
}

/* Give a state a row of its own: the one that it would go on with, but for its
 * children. Returns whether there was room. */
static bool add_row(struct build *b, uint32_t state, uint32_t link)
{
    struct terms *t = b->t;
    const struct terms_fork *fork = fork_of(t, state);
    uint32_t at = t->row_count * b->width, *row = t->rows + at;

    if ((link & TERMS_ROW) == 0 || t->row_count == b->most)
        return false;
    memcpy(row, t->rows + (link & TERMS_NUMBER), b->width * sizeof(t->rows[0]));
    put_child(t, row, state + 1);
    for (uint32_t i = 0; fork != NULL && i < fork->count; i++)
        put_child(t, row, t->edges[fork->edges + i].state);
    t->owners[t->row_count++] = state;
    t->cells[state].how |= TERMS_OWNS;
    t->cells[state].link = TERMS_ROW | at;
    return true;
}

/* What a state goes on with that fails to fail. This is left out where it is
 * of no use: when it is a leaf, or has the same only child. */
static uint32_t link_of(struct build *b, uint32_t state, uint32_t fail)
{
    struct terms *t = b->t;
    bool of_use = !terms_is_leaf(t, fail) &&
                  (fork_of(t, state) != NULL || fork_of(t, fail) != NULL ||
                      label_of(t, state + 1) != label_of(t, fail + 1));

    if ((t->cells[fail].how & TERMS_OWNS) != 0 || !of_use)
        return t->cells[fail].link;
    return add_row(b, fail, t->cells[fail].link) ? t->cells[fail].link : fail;
}

/* ---- states ---- */

/* Let a state wait for its turn, with what it fails to, and note what ends
 * there: also what ends there. */
static void enqueue(struct build *b, uint32_t state, uint32_t fail)
{
    struct terms *t = b->t;
    struct terms_fork *fork = fork_of(t, state);
    uint32_t ends = t->hits[fail];

    *(fork != NULL ? &fork->fail : &t->cells[state].link) = fail;
    if (t->hits[state] != TERMS_NONE)
        t->terms[t->hits[state]].shorter = ends;
    else
        t->hits[state] = ends;
    if (t->hits[state] != TERMS_NONE)
        t->cells[state].how |= TERMS_HITS;
    b->queue[b->queued++] = state;
}

static void add_child(
    struct build *b, uint32_t parent, uint32_t fail, uint32_t child)
{
    const struct terms *t = b->t;

    if (parent != 0)
        fail = terms_step(t, fail, label_of(t, child)) & ~TERMS_HITS;
    enqueue(b, child, fail);
}

/* Go on from a state to its children. */
static void visit(struct build *b, uint32_t state)
{
    struct terms *t = b->t;
    const struct terms_fork *fork = fork_of(t, state);
    uint32_t fail = fork != NULL ? fork->fail : t->cells[state].link, link;

    if (!terms_is_leaf(t, state))
        add_child(b, state, fail, state + 1);
    for (uint32_t i = 0; fork != NULL && i < fork->count; i++)
        add_child(b, state, fail, t->edges[fork->edges + i].state);
    if (state == 0)
        return;
    link = link_of(b, state, fail);
    if (fork == NULL)
        t->cells[state].link = link;
    else
        add_row(b, state, link);
}

/* The root's row is one that always leads to the root, but for its children. */
static void visit_root(struct build *b)
{
    struct terms *t = b->t;

    memset(t->rows, 0, b->width * sizeof(t->rows[0]));
    t->owners[t->row_count++] = 0;
    b->queue[b->queued++] = 0;
    visit(b, 0);
    if (terms_is_leaf(t, 0))
        t->cells[0].link = TERMS_ROW;
    else
        add_row(b, 0, TERMS_ROW);
}

int terms_build(struct terms *t, const uint16_t *patterns)
{
    struct build b = {.t = t, .width = t->symbols + 1};
    size_t size = b.width * sizeof(t->rows[0]);

    if (terms_trie(t, patterns) != 0)
        return -1;
    b.most = (uint32_t)(ROWS_BYTES / size) + 2;
    if (b.most > t->states)
        b.most = t->states;
    t->rows = malloc(b.most * size);
    t->owners = malloc(b.most * sizeof(t->owners[0]));
    b.queue = malloc(t->states * sizeof(b.queue[0]));
    if (t->rows == NULL || t->owners == NULL || b.queue == NULL) {
        free(b.queue);
        return -1;
    }
    visit_root(&b);
    for (uint32_t i = 1; i < b.queued; i++)
        visit(&b, b.queue[i]);
    free(b.queue);
    t->rows = terms_shrink(t->rows, t->row_count * size);
    t->owners = terms_shrink(t->owners, t->row_count * sizeof(t->owners[0]));
    return 0;
}
