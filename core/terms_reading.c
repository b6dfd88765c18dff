#include <stdlib.h>
#include <string.h>

#include "terms_private.h"

enum { UNITS = 8 * FOLD_ROOM, LANES = 8, LANE_UNITS = 16 };

/* A unit that a hit may still reach back to. */
struct trace {
    uint64_t begin;
    struct fold_letter letter;
};

struct terms_reading {
    const struct terms *t;
    uint32_t state;
    uint64_t count; /* units */
    uint32_t mask;
    struct fold fold;
    struct trace traces[]; /* of the last units */
};

static struct terms_reading *allocate(uint32_t room)
{
    return malloc(sizeof(struct terms_reading) + room * sizeof(struct trace));
}

struct terms_reading *terms_reading_make(const struct terms *t)
{
    struct terms_reading *r;
    uint32_t room = 1;

    while (room < t->longest)
        room *= 2;
    r = allocate(room);
    if (r == NULL)
        return NULL;
    r->t = t;
    r->state = 0;
    r->count = 0;
    r->mask = room - 1;
    fold_begin(&r->fold, t->form);
    return r;
}

/* Of the traces only those that were written. */
struct terms_reading *terms_reading_fork(const struct terms_reading *r)
{
    const uint32_t room = r->mask + 1;
    const size_t used = r->count < room ? (size_t)r->count : room;
    struct terms_reading *fork = allocate(room);

    if (fork != NULL)
        memcpy(fork, r, sizeof(*r) + used * sizeof(r->traces[0]));
    return fork;
}

void terms_reading_free(struct terms_reading *r)
{
    free(r);
}

/* Whether the last units pass for a term. */
static bool counts(const struct terms_reading *r, uint32_t term)
{
    const struct terms *t = r->t;
    uint32_t n = t->terms[term].n;
    struct fold_letter text[TERMS_BYTES];

    if (t->form == FOLD_PLAIN)
        return true;
    for (uint32_t i = 0; i < n; i++)
        text[i] = r->traces[(r->count - n + i) & r->mask].letter;
    return terms_passes(t->letters + t->terms[term].at, text, n);
}

static bool report(
    const struct terms_reading *r, uint64_t end, const struct terms_sink *sink)
{
    const struct terms *t = r->t;
    struct terms_hit hit = {.end = end};
    uint32_t longest = t->hits[r->state], n;

    for (; longest != TERMS_NONE; longest = t->terms[longest].shorter) {
        n = t->terms[longest].n;
        hit.begin = r->traces[(r->count - n) & r->mask].begin;
        for (hit.term = longest; hit.term != TERMS_NONE;
             hit.term = t->terms[hit.term].same)
            if (counts(r, hit.term) && sink->hit(sink->cookie, &hit))
                return true;
    }
    return false;
}

static inline uint32_t go(const struct terms *t, uint32_t state, uint32_t cp)
{
    return terms_step(t, state & ~TERMS_HITS, terms_symbol(t, cp));
}

/* Walk the parts of a text side by side, each but the first from the root. */
static void follow_lanes(const struct terms *t, uint32_t state,
    const struct fold_unit *units, size_t part, uint32_t *states)
{
    uint32_t lanes[LANES] = {state};

    for (size_t i = 0; i < part; i++)
        for (size_t k = 0, at = i; k < LANES; k++, at += part)
            states[at] = lanes[k] = go(t, lanes[k], units[at].cp);
}

/* Go on from the end of a part into the next ones, as far as the way leads
 * elsewhere than it did from the root. */
static void join(const struct terms *t, const struct fold_unit *units,
    size_t at, size_t end, uint32_t *states)
{
    uint32_t state = states[at - 1];

    for (; at < end; at++) {
        state = go(t, state, units[at].cp);
        if (state == states[at])
            return;
        states[at] = state;
    }
}

/* The state behind each of the units, with TERMS_HITS, when the one before them
 * is state. A step waits for the memory that the one before it has read: parts
 * of a text that are walked side by side wait together. */
static void follow(const struct terms *t, uint32_t state,
    const struct fold_unit *units, size_t n, uint32_t *states)
{
    size_t part = n / LANES, at = 0;

    if (part >= LANE_UNITS) {
        at = LANES * part;
        follow_lanes(t, state, units, part, states);
        for (size_t next = part; next < at; next += part)
            join(t, units, next, at, states);
        state = states[at - 1];
    }
    for (; at < n; at++)
        states[at] = state = go(t, state, units[at].cp);
}

static bool walk(struct terms_reading *r, const struct fold_unit *units,
    size_t n, const struct terms_sink *sink)
{
    uint32_t states[UNITS];
    struct trace *trace;

    follow(r->t, r->state, units, n, states);
    for (size_t i = 0; i < n; i++) {
        trace = &r->traces[r->count++ & r->mask];
        trace->begin = units[i].begin;
        trace->letter = units[i].letter;
        if ((states[i] & TERMS_HITS) == 0)
            continue;
        r->state = states[i] & ~TERMS_HITS;
        if (report(r, units[i].end, sink))
            return true;
    }
    if (n > 0)
        r->state = states[n - 1] & ~TERMS_HITS;
    return false;
}

bool terms_reading_feed(
    struct terms_reading *r, struct span text, const struct terms_sink *sink)
{
    struct fold_unit units[UNITS];
    size_t used, n;

    while (text.n > 0) {
        used = fold_feed(&r->fold, text, units, UNITS, &n);
        text.p += used;
        text.n -= used;
        if (walk(r, units, n, sink))
            return true;
    }
    return false;
}

bool terms_reading_end(struct terms_reading *r, const struct terms_sink *sink)
{
    struct fold_unit units[FOLD_ROOM];
    size_t n = fold_end(&r->fold, units);

    return walk(r, units, n, sink);
}

/* How many units at the end more may follow. A leaf goes on with what it fails
 * to. */
static uint32_t live_units(const struct terms_reading *r)
{
    const struct terms *t = r->t;
    uint32_t state = r->state, link = t->cells[state].link;

    if (terms_is_leaf(t, state))
        state = (link & TERMS_ROW) != 0
                    ? t->owners[(link & TERMS_NUMBER) / (t->symbols + 1)]
                    : link;
    return t->cells[state].how >> TERMS_DEPTH_SHIFT & TERMS_DEPTH;
}

/* Where a unit begins, counted from the last one, which is 1. */
static uint64_t begin_of(const struct terms_reading *r, uint32_t back)
{
    return r->traces[(r->count - back) & r->mask].begin;
}

uint64_t terms_reading_live(const struct terms_reading *r)
{
    uint64_t pending = fold_pending(&r->fold), begin;
    uint32_t live = live_units(r);

    if (live == 0)
        return pending;
    begin = begin_of(r, live);
    return begin < pending ? begin : pending;
}

uint64_t terms_reading_pending(const struct terms_reading *r)
{
    return fold_pending(&r->fold);
}

void terms_reading_decode(struct terms_reading *r)
{
    fold_decode(&r->fold);
}

/* In the same state what begins at the same place is the same letter: where a
 * reference is one, there are several as it is written. */
bool terms_reading_agree(
    const struct terms_reading *r, const struct terms_reading *other)
{
    if (r->state != other->state || !fold_agree(&r->fold, &other->fold))
        return false;
    for (uint32_t back = live_units(r); back > 0; back--)
        if (begin_of(r, back) != begin_of(other, back))
            return false;
    return true;
}
