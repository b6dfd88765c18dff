#include <stdlib.h>

#include "terms_private.h"

/* A scan reads a text as it is written and, for a skeleton, with its references
 * decoded. The second reading is there only while it may differ: from a
 * reference on, until nothing depends on that any more. */

enum { PIECE = 512 /* bytes after which readings are compared */ };

struct terms_scan {
    const struct terms *t;
    struct terms_reading *written;
    struct terms_reading *decoded; /* NULL: the same */
    struct buf hits; /* struct terms_hit: others may come before them */
    bool failed;
};

struct terms_scan *terms_scan_make(const struct terms *t)
{
    struct terms_scan *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->t = t;
    s->written = terms_reading_make(t);
    if (s->written != NULL)
        return s;
    free(s);
    return NULL;
}

void terms_scan_free(struct terms_scan *s)
{
    if (s == NULL)
        return;
    terms_reading_free(s->written);
    terms_reading_free(s->decoded);
    buf_free(&s->hits);
    free(s);
}

struct terms_scan *terms_scan_fork(const struct terms_scan *s)
{
    struct terms_scan *fork = calloc(1, sizeof(*fork));

    if (fork == NULL)
        return NULL;
    fork->t = s->t;
    fork->failed = s->failed;
    fork->written = terms_reading_fork(s->written);
    if (s->decoded != NULL)
        fork->decoded = terms_reading_fork(s->decoded);
    buf_put(&fork->hits, s->hits.data, s->hits.len);
    if (fork->written != NULL &&
        (fork->decoded != NULL || s->decoded == NULL) && !fork->hits.failed)
        return fork;
    terms_scan_free(fork);
    return NULL;
}

/* ---- hits of two readings ---- */

static bool keep(void *cookie, const struct terms_hit *hit)
{
    struct terms_scan *s = cookie;

    buf_put(&s->hits, hit, sizeof(*hit));
    return false;
}

/* By end, then the longest first, then as a reading tells those that are folded
 * alike. */
static int in_order(const void *left, const void *right, void *cookie)
{
    const struct terms_hit *l = left, *r = right;
    const struct terms_term *terms = ((const struct terms *)cookie)->terms;

    if (l->end != r->end)
        return l->end < r->end ? -1 : 1;
    if (terms[l->term].n != terms[r->term].n)
        return terms[l->term].n > terms[r->term].n ? -1 : 1;
    if (l->term != r->term)
        return l->term > r->term ? -1 : 1;
    return l->begin < r->begin ? -1 : l->begin > r->begin;
}

static bool same_hit(const struct terms_hit *x, const struct terms_hit *y)
{
    return x->term == y->term && x->begin == y->begin && x->end == y->end;
}

/* Tell the hits that end up to a place, behind which all end that are still to
 * come, and each only once. */
static bool tell(
    struct terms_scan *s, uint64_t to, const struct terms_sink *sink)
{
    struct terms_hit *hits = (struct terms_hit *)(void *)s->hits.data;
    size_t count = s->hits.len / sizeof(*hits), at;

    if (count > 1)
        qsort_r(hits, count, sizeof(*hits), in_order, (void *)s->t);
    for (at = 0; at < count && hits[at].end <= to; at++)
        if ((at == 0 || !same_hit(&hits[at - 1], &hits[at])) &&
            sink->hit(sink->cookie, &hits[at]))
            return true;
    buf_consume(&s->hits, at * sizeof(*hits));
    return false;
}

/* ---- two readings ---- */

/* How much of text both readings take alike: what comes before a reference. */
static size_t common(const struct terms_scan *s, struct span text)
{
    struct reference r;
    size_t at = 0;

    if (s->t->form == FOLD_PLAIN)
        return text.n;
    for (;; at++) {
        at += reference_find((struct span){text.p + at, text.n - at});
        if (at == text.n ||
            reference_read(
                (struct span){text.p + at, text.n - at}, false, &r) != 0)
            return at;
    }
}

static void diverge(struct terms_scan *s)
{
    s->decoded = terms_reading_fork(s->written);
    if (s->decoded != NULL)
        terms_reading_decode(s->decoded);
    else
        s->failed = true;
}

static bool feed_both(
    struct terms_scan *s, struct span text, const struct terms_sink *sink)
{
    const struct terms_sink keeper = {keep, s};
    uint64_t written, decoded;

    terms_reading_feed(s->written, text, &keeper);
    terms_reading_feed(s->decoded, text, &keeper);
    s->failed = s->failed || s->hits.failed;
    written = terms_reading_pending(s->written);
    decoded = terms_reading_pending(s->decoded);
    if (tell(s, written < decoded ? written : decoded, sink))
        return true;
    if (terms_reading_agree(s->written, s->decoded)) {
        terms_reading_free(s->decoded);
        s->decoded = NULL;
    }
    return false;
}

/* ---- the text ---- */

bool terms_scan_feed(
    struct terms_scan *s, struct span text, const struct terms_sink *sink)
{
    bool enough;

    for (struct span rest = text; rest.n > 0 && !s->failed;
         rest.p += text.n, rest.n -= text.n) {
        text = rest;
        if (s->decoded != NULL) {
            text.n = text.n < PIECE ? text.n : PIECE;
            enough = feed_both(s, text, sink);
        } else {
            text.n = common(s, text);
            enough = terms_reading_feed(s->written, text, sink);
            if (text.n < rest.n)
                diverge(s);
        }
        if (enough)
            return true;
    }
    return false;
}

bool terms_scan_end(struct terms_scan *s, const struct terms_sink *sink)
{
    const struct terms_sink keeper = {keep, s};

    if (s->decoded == NULL)
        return terms_reading_end(s->written, sink);
    terms_reading_end(s->written, &keeper);
    terms_reading_end(s->decoded, &keeper);
    s->failed = s->failed || s->hits.failed;
    return tell(s, UINT64_MAX, sink);
}

uint64_t terms_scan_live(const struct terms_scan *s)
{
    const struct terms_hit *hits =
        (const struct terms_hit *)(void *)s->hits.data;
    uint64_t live = terms_reading_live(s->written), one;

    if (s->decoded != NULL) {
        one = terms_reading_live(s->decoded);
        live = one < live ? one : live;
    }
    for (size_t i = 0; i < s->hits.len / sizeof(*hits); i++)
        live = hits[i].begin < live ? hits[i].begin : live;
    return live;
}

bool terms_scan_failed(const struct terms_scan *s)
{
    return s->failed;
}
