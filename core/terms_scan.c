#include <stdlib.h>
#include <string.h>

#include "terms_private.h"

enum { UNITS = 8 * FOLD_ROOM, LANES = 8, LANE_UNITS = 16 };

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

static struct terms_scan *allocate(uint32_t room)
{
    return malloc(sizeof(struct terms_scan) + room * sizeof(struct trace));
}

struct terms_scan *terms_scan_make(const struct terms *t)
{
    struct terms_scan *s;
    uint32_t room = 1;

    while (room < t->longest)
        room *= 2;
    s = allocate(room);
    if (s == NULL)
        return NULL;
    s->t = t;
    s->state = 0;
    s->count = 0;
    s->mask = room - 1;
    fold_begin(&s->fold, t->form);
    return s;
}

/* Of the traces only those that were written. */
struct terms_scan *terms_scan_fork(const struct terms_scan *s)
{
    const uint32_t room = s->mask + 1;
    const size_t used = s->count < room ? (size_t)s->count : room;
    struct terms_scan *fork = allocate(room);

    if (fork != NULL)
        memcpy(fork, s, sizeof(*s) + used * sizeof(s->traces[0]));
    return fork;
}

void terms_scan_free(struct terms_scan *s)
{
    free(s);
}

/* Whether the last units pass for a term. */
static bool counts(const struct terms_scan *s, uint32_t term)
{
    const struct terms *t = s->t;
    uint32_t n = t->terms[term].n;
    struct fold_letter text[TERMS_BYTES];

    if (t->form == FOLD_PLAIN)
        return true;
    for (uint32_t i = 0; i < n; i++)
        text[i] = s->traces[(s->count - n + i) & s->mask].letter;
    return terms_passes(t->letters + t->terms[term].at, text, n);
}

static bool report(
    const struct terms_scan *s, uint64_t end, const struct terms_sink *sink)
{
    const struct terms *t = s->t;
    struct terms_hit hit = {.end = end};
    uint32_t longest = t->hits[s->state], n;

    for (; longest != TERMS_NONE; longest = t->terms[longest].shorter) {
        n = t->terms[longest].n;
        hit.begin = s->traces[(s->count - n) & s->mask].begin;
        for (hit.term = longest; hit.term != TERMS_NONE;
             hit.term = t->terms[hit.term].same)
            if (counts(s, hit.term) && sink->hit(sink->cookie, &hit))
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

static bool walk(struct terms_scan *s, const struct fold_unit *units, size_t n,
    const struct terms_sink *sink)
{
    uint32_t states[UNITS];
    struct trace *trace;

    follow(s->t, s->state, units, n, states);
    for (size_t i = 0; i < n; i++) {
        trace = &s->traces[s->count++ & s->mask];
        trace->begin = units[i].begin;
        trace->letter = units[i].letter;
        if ((states[i] & TERMS_HITS) == 0)
            continue;
        s->state = states[i] & ~TERMS_HITS;
        if (report(s, units[i].end, sink))
            return true;
    }
    if (n > 0)
        s->state = states[n - 1] & ~TERMS_HITS;
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

/* How many units at the end more may follow. A leaf goes on with what it fails
 * to. */
static uint32_t live_units(const struct terms_scan *s)
{
    const struct terms *t = s->t;
    uint32_t state = s->state, link = t->cells[state].link;

    if (terms_is_leaf(t, state))
        state = (link & TERMS_ROW) != 0
                    ? t->owners[(link & TERMS_NUMBER) / (t->symbols + 1)]
                    : link;
    return t->cells[state].how >> TERMS_DEPTH_SHIFT & TERMS_DEPTH;
}

uint64_t terms_scan_live(const struct terms_scan *s)
{
    uint64_t pending = fold_pending(&s->fold), begin;
    uint32_t live = live_units(s);

    if (live == 0)
        return pending;
    begin = s->traces[(s->count - live) & s->mask].begin;
    return begin < pending ? begin : pending;
}
