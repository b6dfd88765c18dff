/* What is replaced in a text is the same however it is cut, and what a whole
 * text says; no more than PII_HELD bytes are held back; where a term fires
 * nothing else changes before it. The first two bytes of the input choose the
 * cuts. */

#include <string.h>

#include "core/policy_pii.h"
#include "cuts.h"
#include "fuzz.h"

static const uint32_t kinds = PII_ALL;

static void check_spans(struct span text, const struct buf *whole)
{
    struct buf out = {0}, spans = {0};
    const struct pii_span *span;
    uint64_t before = 0;

    pii_redact(text, PII_ALL, &out, &spans);
    FUZZ_CHECK(!out.failed && !spans.failed && out.len == whole->len);
    FUZZ_CHECK(out.len == 0 || memcmp(out.data, whole->data, out.len) == 0);
    span = (const struct pii_span *)(const void *)spans.data;
    for (size_t i = 0; i < spans.len / sizeof(*span); i++) {
        FUZZ_CHECK(span[i].begin >= before && span[i].end > span[i].begin &&
                   span[i].end <= text.n && !span[i].goes_on);
        before = span[i].end;
    }
    buf_free(&out);
    buf_free(&spans);
}

static void check_firing(struct span text, uint8_t a, uint8_t b)
{
    static const struct span list[] = {{"com", 3}, {"123", 3}, {"a", 1}};
    struct policy_detector detectors[2] = {policy_pii_replace(&kinds)};
    struct cuts c = {detectors, 2, 0, false, 0};
    struct buf whole = {0};
    static struct terms *t; /* made once */
    size_t bad;

    if (t == NULL)
        t = terms_make(FOLD_SKELETON, list, 3, &bad);
    FUZZ_CHECK(t != NULL);
    detectors[1] = policy_terms_fire(t);
    cuts_check(&c, text, a, b, &whole);
    buf_free(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct policy_detector detector = policy_pii_replace(&kinds);
    struct cuts c = {&detector, 1, 0, false, 0};
    struct buf whole = {0};
    struct span text;

    if (size < 3)
        return 0;
    text = (struct span){(const char *)data + 2, size - 2};
    cuts_check(&c, text, data[0], data[1], &whole);
    FUZZ_CHECK(c.held <= PII_HELD);
    check_spans(text, &whole);
    check_firing(text, data[0], data[1]);
    buf_free(&whole);
    return 0;
}
