#include "pii.h"
#include "redaction.h"

#include <stdlib.h>

/* Texts of one turn, one behind the other. Spans are counted from where the
 * first begins. */
struct turn {
    const struct policy_input *texts;
    size_t count;
    struct buf spans; /* struct pii_span */
    uint64_t at;      /* of the text that is looked at */
};

static struct pii_span *spans_of(const struct buf *spans, size_t *count)
{
    *count = spans->len / sizeof(struct pii_span);
    return (struct pii_span *)(void *)spans->data;
}

static void add(void *cookie, const struct pii_span *found)
{
    struct turn *t = cookie;
    struct pii_span span = *found, *spans;
    size_t count;

    span.begin += t->at;
    span.end += t->at;
    spans = spans_of(&t->spans, &count);
    if (span.goes_on && count > 0)
        spans[count - 1].end = span.end;
    else
        buf_put(&t->spans, &span, sizeof(span));
}

/* Look at some of the texts as one. */
static void look(struct turn *t, size_t first, size_t count)
{
    const struct pii_sink sink = {add, t};
    struct pii_scan *s = pii_scan_make(PII_ALL);

    if (s == NULL) {
        t->spans.failed = true;
        return;
    }
    for (size_t i = first; i < first + count; i++)
        pii_scan_feed(s, t->texts[i].text, &sink);
    pii_scan_end(s, &sink);
    pii_scan_free(s);
}

static int by_begin(const void *left, const void *right)
{
    const struct pii_span *l = left, *r = right;

    return l->begin < r->begin ? -1 : l->begin > r->begin;
}

/* Of the spans of the whole, which ascend as those that are there already do,
 * put those that reach from one text to the next and overlap none of these. */
static void put_crossing(
    const struct turn *t, const struct buf *whole, struct buf *out)
{
    size_t count, alone_count, next = 0, alone_next = 0;
    const struct pii_span *spans = spans_of(whole, &count);
    const struct pii_span *alone = spans_of(&t->spans, &alone_count);
    uint64_t edge = 0;

    for (size_t i = 0; i < count; i++) {
        while (next < t->count && edge <= spans[i].begin)
            edge += t->texts[next++].text.n;
        while (
            alone_next < alone_count && alone[alone_next].end <= spans[i].begin)
            alone_next++;
        if (edge < spans[i].end && (alone_next == alone_count ||
                                       alone[alone_next].begin >= spans[i].end))
            buf_put(out, &spans[i], sizeof(spans[i]));
    }
}

/* Add what is in no text for itself: a word that ends one text does not
 * become part of what begins the next. */
static void look_across(struct turn *t)
{
    struct turn whole = {.texts = t->texts, .count = t->count};
    struct buf crossing = {0};

    look(&whole, 0, whole.count);
    put_crossing(t, &whole.spans, &crossing);
    buf_put(&t->spans, crossing.data, crossing.len);
    t->spans.failed = t->spans.failed || whole.spans.failed || crossing.failed;
    if (crossing.len > 0 && !t->spans.failed)
        qsort(t->spans.data, t->spans.len / sizeof(struct pii_span),
            sizeof(struct pii_span), by_begin);
    buf_free(&whole.spans);
    buf_free(&crossing);
}

/* Append the text, which begins at the place, without what is in a span. */
static void put_text(const struct turn *t, struct span text, uint64_t at,
    size_t *next, struct buf *out)
{
    uint64_t end = at + text.n, from = at;
    size_t count;
    const struct pii_span *spans = spans_of(&t->spans, &count);

    for (; *next < count && spans[*next].begin < end; ++*next) {
        if (spans[*next].begin >= at) {
            buf_put(out, text.p + (from - at), spans[*next].begin - from);
            buf_puts(out, pii_placeholder(&spans[*next]));
        }
        from = spans[*next].end < end ? spans[*next].end : end;
        if (spans[*next].end > end)
            break;
    }
    buf_put(out, text.p + (from - at), end - from);
}

static uint32_t redact_turn(
    const struct policy_input *texts, size_t n, struct buf *out, size_t *ends)
{
    struct turn t = {.texts = texts, .count = n};
    uint32_t found = 0;
    uint64_t at = 0;
    size_t next = 0, count;
    const struct pii_span *spans;

    for (size_t i = 0; i < n; t.at += texts[i++].text.n)
        look(&t, i, 1);
    if (n > 1)
        look_across(&t);
    for (size_t i = 0; i < n; at += texts[i++].text.n) {
        put_text(&t, texts[i].text, at, &next, out);
        ends[i] = out->len;
    }
    spans = spans_of(&t.spans, &count);
    for (size_t i = 0; i < count; i++)
        found |= PII_BIT(spans[i].kind);
    out->failed = out->failed || t.spans.failed;
    buf_free(&t.spans);
    return found;
}

uint32_t redaction_texts(const struct policy_input *texts, size_t count,
    struct buf *out, size_t *ends)
{
    uint32_t found = 0;
    size_t n;

    for (size_t i = 0; i < count; i += n) {
        for (n = 1; i + n < count && texts[i + n].same_turn; n++)
            continue;
        found |= redact_turn(texts + i, n, out, ends + i);
    }
    return found;
}
