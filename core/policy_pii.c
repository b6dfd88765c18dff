#include "policy_pii.h"

static void *begin(const void *rules, const char *by)
{
    (void)by;
    return pii_scan_make(*(const uint32_t *)rules);
}

static void found(void *cookie, const struct pii_span *span)
{
    const struct policy_findings *to = cookie;
    struct policy_finding finding = {.begin = span->begin,
        .end = span->end,
        .what = span->kind,
        .by = pii_placeholder(span)};

    to->add(to->cookie, &finding);
}

static void feed(void *d, struct span text, const struct policy_findings *to)
{
    struct policy_findings findings = *to;
    struct pii_sink sink = {found, &findings};

    pii_scan_feed(d, text, &sink);
}

static void end(void *d, const struct policy_findings *to)
{
    struct policy_findings findings = *to;
    struct pii_sink sink = {found, &findings};

    pii_scan_end(d, &sink);
}

static uint64_t live(const void *d)
{
    return pii_scan_live(d);
}

static void let_go(void *d)
{
    pii_scan_free(d);
}

static const struct policy_detector_kind pii_kind = {
    begin, feed, end, live, let_go, NULL};

struct policy_detector policy_pii_replace(const uint32_t *kinds)
{
    return (struct policy_detector){&pii_kind, kinds, "[REDACTED]"};
}
