#include <stdlib.h>

#include "policy.h"

/* Users' texts without the terms that they may not have. A term may begin in
 * one text and end in another, so all are looked at as one, in the two ways in
 * which policy_judge() puts them together. */

#define REMOVED "[removed]"

/* A piece of the texts, counted as if nothing stood between them. */
struct piece {
    uint64_t begin, end;
};

struct cutting {
    const struct policy_input *inputs;
    size_t count;
    uint64_t between; /* bytes that stand there in this scan */
    struct buf pieces;
};

/* A place of the scan among the texts alone. */
static uint64_t place_of(const struct cutting *c, uint64_t at)
{
    uint64_t begin = 0, plain = 0, n;

    for (size_t i = 0; i < c->count; i++) {
        n = c->inputs[i].text.n;
        if (at <= begin + n)
            return plain + (at > begin ? at - begin : 0);
        begin += n + c->between;
        plain += n;
    }
    return plain;
}

static bool cut(void *cookie, const struct terms_hit *hit)
{
    struct cutting *c = cookie;
    const struct piece piece = {place_of(c, hit->begin), place_of(c, hit->end)};

    buf_put(&c->pieces, &piece, sizeof(piece));
    return false;
}

static int scan(const struct policy *p, struct cutting *c, struct span between)
{
    struct terms_scan *s = terms_scan_make(p->deny);
    struct terms_sink sink = {cut, c};
    bool failed;

    if (s == NULL)
        return -1;
    c->between = between.n;
    for (size_t i = 0; i < c->count; i++) {
        if (i > 0)
            terms_scan_feed(s, between, &sink);
        terms_scan_feed(s, c->inputs[i].text, &sink);
    }
    terms_scan_end(s, &sink);
    failed = terms_scan_failed(s) || c->pieces.failed;
    terms_scan_free(s);
    return failed ? -1 : 0;
}

static int by_begin(const void *left, const void *right)
{
    const struct piece *l = left, *r = right;

    return l->begin < r->begin ? -1 : l->begin > r->begin;
}

/* Sort the pieces and make those one that overlap. Returns where they end. */
static const struct piece *merge(struct piece *pieces, size_t count)
{
    struct piece *last = pieces;

    if (count == 0)
        return pieces;
    qsort(pieces, count, sizeof(*pieces), by_begin);
    for (size_t i = 1; i < count; i++) {
        if (pieces[i].begin >= last->end)
            *++last = pieces[i];
        else if (pieces[i].end > last->end)
            last->end = pieces[i].end;
    }
    return last + 1;
}

/* One text, which begins at the place from. What replaces a piece stands where
 * it begins. Returns the first piece that goes on behind the text. */
static const struct piece *write(struct span text, uint64_t from,
    const struct piece *piece, const struct piece *end, struct buf *out)
{
    uint64_t at = from, to = from + text.n;

    for (; piece < end && piece->begin < to; piece++) {
        if (piece->begin >= from) {
            buf_put(out, text.p + (at - from), piece->begin - at);
            buf_puts(out, REMOVED);
        }
        at = piece->end < to ? piece->end : to;
        if (piece->end > to)
            break;
    }
    buf_put(out, text.p + (at - from), to - at);
    return piece;
}

void policy_rewrite(const struct policy *p, const struct policy_input *inputs,
    size_t count, struct buf *out, size_t *ends)
{
    struct cutting c = {.inputs = inputs, .count = count};
    const struct piece *piece, *end;
    uint64_t from = 0;

    if (scan(p, &c, (struct span){"\n", 1}) != 0 ||
        (count > 1 && scan(p, &c, (struct span){"", 0}) != 0)) {
        out->failed = true;
        goto err0;
    }
    piece = (const struct piece *)(const void *)c.pieces.data;
    end = merge(
        (struct piece *)(void *)c.pieces.data, c.pieces.len / sizeof(*piece));
    for (size_t i = 0; i < count; i++) {
        piece = write(inputs[i].text, from, piece, end, out);
        from += inputs[i].text.n;
        ends[i] = out->len;
    }
err0:
    buf_free(&c.pieces);
}
