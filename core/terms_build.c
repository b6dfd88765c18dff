#include <stdlib.h>
#include <string.h>

#include "terms_private.h"

enum {
    TRIES = 64,          /* occupied places looked at before giving up */
    ROWS_BYTES = 1 << 18 /* that rows may take */
};

#define TAKEN UINT32_MAX /* check of what is nobody's child */

/* The terms order[low..high) begin with the letters that lead to state. */
struct range {
    uint32_t state;
    uint32_t low;
    uint32_t high;
};

struct build {
    struct terms *t;
    const uint16_t *patterns;
    uint32_t *order; /* terms by their patterns */
    struct range *queue;
    uint32_t queued;
    uint32_t queue_cap;
    uint32_t first; /* no free place before this one */
};

/* Make all places below cap exist. */
static int grow(struct terms *t, uint32_t need)
{
    uint32_t cap = t->cap > 0 ? t->cap : 1024;
    uint32_t *out, *shorter;
    struct terms_node *nodes;

    if (need <= t->cap)
        return 0;
    while (cap < need)
        cap += cap / 2;
    if ((nodes = realloc(t->nodes, cap * sizeof(*nodes))) != NULL)
        t->nodes = nodes;
    if ((out = realloc(t->out, cap * sizeof(*out))) != NULL)
        t->out = out;
    if ((shorter = realloc(t->shorter, cap * sizeof(*shorter))) != NULL)
        t->shorter = shorter;
    if (nodes == NULL || out == NULL || shorter == NULL)
        return -1;
    memset(nodes + t->cap, 0, (cap - t->cap) * sizeof(*nodes));
    memset(out + t->cap, 0xff, (cap - t->cap) * sizeof(*out));
    memset(shorter + t->cap, 0, (cap - t->cap) * sizeof(*shorter));
    t->cap = cap;
    return 0;
}

static uint32_t length(const struct terms *t, uint32_t term)
{
    return t->at[term + 1] - t->at[term];
}

static int compare(const void *left, const void *right, void *cookie)
{
    const struct build *b = cookie;
    uint32_t l = *(const uint32_t *)left, r = *(const uint32_t *)right;
    uint32_t m = length(b->t, l), n = length(b->t, r);
    const uint16_t *x = b->patterns + b->t->at[l];
    const uint16_t *y = b->patterns + b->t->at[r];

    for (uint32_t i = 0; i < m && i < n; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    if (m != n)
        return m < n ? -1 : 1;
    return l < r ? -1 : l > r;
}

static int enqueue(struct build *b, struct range range)
{
    uint32_t cap;
    struct range *queue;

    if (b->queued == b->queue_cap) {
        cap = b->queue_cap > 0 ? 2 * b->queue_cap : 1024;
        queue = realloc(b->queue, cap * sizeof(*queue));
        if (queue == NULL)
            return -1;
        b->queue = queue;
        b->queue_cap = cap;
    }
    b->queue[b->queued++] = range;
    return 0;
}

static uint16_t symbol_at(const struct build *b, uint32_t place, uint32_t depth)
{
    return b->patterns[b->t->at[b->order[place]] + depth];
}

/* Where the terms end that have the same symbol at depth as the one at low. */
static uint32_t alike_until(const struct build *b, const struct range *range,
    uint32_t low, uint32_t depth)
{
    uint32_t at = low + 1;

    while (
        at < range->high && symbol_at(b, at, depth) == symbol_at(b, low, depth))
        at++;
    return at;
}

/* Whether the children of a range fit when the first one lies at slot. */
static bool fits(
    const struct build *b, const struct range *range, uint32_t slot)
{
    uint32_t depth = b->t->nodes[range->state].depth;
    uint32_t base = slot - symbol_at(b, range->low, depth);
    uint32_t at;

    for (at = range->low; at < range->high;
         at = alike_until(b, range, at, depth))
        if (b->t->nodes[base + symbol_at(b, at, depth)].check != 0)
            return false;
    return true;
}

/* Find a base for the children of a range. Returns 0, or -1. */
static int settle(struct build *b, const struct range *range, uint32_t *base)
{
    struct terms *t = b->t;
    uint32_t symbol = symbol_at(b, range->low, t->nodes[range->state].depth);
    uint32_t slot, tries = 0;

    while (t->nodes[b->first].check != 0)
        if (grow(t, ++b->first + t->symbols + 1) != 0)
            return -1;
    slot = b->first > symbol ? b->first : symbol;
    for (;; slot++) {
        if (grow(t, slot + t->symbols + 1) != 0)
            return -1;
        if (t->nodes[slot].check == 0 && fits(b, range, slot))
            break;
        if (++tries == TRIES)
            b->first = slot > b->first ? slot : b->first;
    }
    *base = slot - symbol;
    return grow(t, *base + t->symbols + 1);
}

/* The state behind the fails of parent that symbol leads to. */
static uint32_t fail_of(const struct terms *t, uint32_t parent, uint32_t symbol)
{
    uint32_t state = parent, next;

    while (state != TERMS_ROOT) {
        state = t->nodes[state].fail;
        next = (t->nodes[state].base & ~TERMS_HITS) + symbol;
        if (t->nodes[next].check == state)
            return next;
    }
    return TERMS_ROOT;
}

static int add_children(struct build *b, const struct range *range)
{
    struct terms *t = b->t;
    uint32_t depth = t->nodes[range->state].depth;
    uint32_t base, at, until, child;

    if (settle(b, range, &base) != 0)
        return -1;
    t->nodes[range->state].base |= base;
    for (at = range->low; at < range->high; at = until) {
        until = alike_until(b, range, at, depth);
        child = base + symbol_at(b, at, depth);
        t->nodes[child].check = range->state;
        t->nodes[child].depth = (uint16_t)(depth + 1);
        t->nodes[child].fail =
            fail_of(t, range->state, symbol_at(b, at, depth));
        t->size = child + 1 > t->size ? child + 1 : t->size;
        if (enqueue(b, (struct range){child, at, until}) != 0)
            return -1;
    }
    return 0;
}

/* Note the terms that end in the range's state and leave the others in it. */
static void end_terms(struct build *b, struct range *range)
{
    struct terms *t = b->t;
    uint32_t term;

    while (range->low < range->high &&
           length(t, b->order[range->low]) == t->nodes[range->state].depth) {
        term = b->order[range->low++];
        t->same[term] = t->out[range->state];
        t->out[range->state] = term;
    }
}

/* What ends here or on the way of fails, and what may go on. Those that the
 * fails lead to are shorter, and done. */
static void finish(struct terms *t, uint32_t state, bool leaf)
{
    struct terms_node *n = &t->nodes[state];

    if (state != TERMS_ROOT) {
        t->shorter[state] =
            t->out[n->fail] != TERMS_NONE ? n->fail : t->shorter[n->fail];
        n->live = leaf ? t->nodes[n->fail].live : n->depth;
    }
    if (t->out[state] != TERMS_NONE || t->shorter[state] != 0)
        n->base |= TERMS_HITS;
}

static int run(struct build *b)
{
    struct range range;
    bool leaf;

    for (uint32_t i = 0; i < b->queued; i++) {
        range = b->queue[i];
        end_terms(b, &range);
        leaf = range.low == range.high;
        finish(b->t, range.state, leaf);
        if (!leaf && add_children(b, &range) != 0)
            return -1;
    }
    return 0;
}

/* Where symbol leads from state, which may fail to one that has a row. */
static uint32_t next_state(
    const struct terms *t, uint32_t state, uint32_t symbol)
{
    uint32_t next = (t->nodes[state].base & ~TERMS_HITS) + symbol;
    uint32_t fail = t->nodes[state].fail;

    if (t->nodes[next].check == state)
        return next;
    if (state == TERMS_ROOT)
        return TERMS_ROOT;
    return t
        ->rows[(t->nodes[fail].fail & ~TERMS_ROW) * (t->symbols + 1) + symbol];
}

/* Give rows to the states that were first in the queue: what they fail to is
 * before them. */
static int add_rows(struct build *b)
{
    struct terms *t = b->t;
    uint32_t width = t->symbols + 1;
    uint32_t count = ROWS_BYTES / (width * (uint32_t)sizeof(*t->rows)) + 1;
    uint32_t *row;

    count = count < b->queued ? count : b->queued;
    t->rows = malloc(count * width * sizeof(*t->rows));
    if (t->rows == NULL)
        return -1;
    t->row_count = count;
    for (uint32_t i = 0; i < count; i++) {
        row = t->rows + i * width;
        row[0] = TERMS_ROOT;
        for (uint32_t symbol = 1; symbol < width; symbol++)
            row[symbol] = next_state(t, b->queue[i].state, symbol);
        t->nodes[b->queue[i].state].fail = TERMS_ROW | i;
    }
    return 0;
}

int terms_build(struct terms *t, const uint16_t *patterns)
{
    struct build b = {.t = t, .patterns = patterns, .first = TERMS_ROOT + 1};
    int rc = -1;

    b.order = malloc((t->count + 1) * sizeof(*b.order));
    if (b.order == NULL || grow(t, TERMS_ROOT + t->symbols + 2) != 0)
        goto err0;
    for (uint32_t i = 0; i < t->count; i++)
        b.order[i] = i;
    qsort_r(b.order, t->count, sizeof(*b.order), compare, &b);
    t->nodes[0].check = t->nodes[TERMS_ROOT].check = TAKEN;
    t->nodes[TERMS_ROOT].fail = TERMS_ROOT;
    t->size = TERMS_ROOT + 1;
    if (enqueue(&b, (struct range){TERMS_ROOT, 0, t->count}) == 0 &&
        run(&b) == 0)
        rc = add_rows(&b);
err0:
    free(b.queue);
    free(b.order);
    return rc;
}
