#include "policy_detector.h"

#include <stdlib.h>

struct looking {
    struct terms_scan *scan;
    const char *by;
    const struct policy_findings *to; /* while it is fed */
};

static void *begin(const void *rules, const char *by)
{
    struct looking *l = calloc(1, sizeof(*l));

    if (l == NULL)
        return NULL;
    l->by = by;
    l->scan = terms_scan_make(rules);
    if (l->scan != NULL)
        return l;
    free(l);
    return NULL;
}

static bool hit(void *cookie, const struct terms_hit *h)
{
    const struct looking *l = cookie;
    struct policy_finding finding = {
        .begin = h->begin, .end = h->end, .what = h->term, .by = l->by};

    l->to->add(l->to->cookie, &finding);
    return false;
}

static void feed(void *d, struct span text, const struct policy_findings *to)
{
    struct looking *l = d;
    struct terms_sink sink = {hit, l};

    l->to = to;
    terms_scan_feed(l->scan, text, &sink);
}

static void end(void *d, const struct policy_findings *to)
{
    struct looking *l = d;
    struct terms_sink sink = {hit, l};

    l->to = to;
    terms_scan_end(l->scan, &sink);
}

static uint64_t live(const void *d)
{
    return terms_scan_live(((const struct looking *)d)->scan);
}

static void let_go(void *d)
{
    terms_scan_free(((struct looking *)d)->scan);
    free(d);
}

static bool failed(const void *d)
{
    return terms_scan_failed(((const struct looking *)d)->scan);
}

static const struct policy_detector_kind terms_kind = {
    begin, feed, end, live, let_go, failed};

struct policy_detector policy_terms_fire(const struct terms *terms)
{
    return (struct policy_detector){&terms_kind, terms, NULL};
}

struct policy_detector policy_terms_replace(const struct terms *terms)
{
    return (struct policy_detector){&terms_kind, terms, "[removed]"};
}
