#include "pii.h"

static const struct {
    const char *word;
    const char *placeholder;
} names[PII_KINDS] = {
    [PII_EMAIL] = {"email", "[REDACTED_EMAIL]"},
    [PII_PHONE] = {"phone", "[REDACTED_PHONE]"},
    [PII_SSN] = {"ssn", "[REDACTED_SSN]"},
    [PII_CARD] = {"card", "[REDACTED_CARD]"},
    [PII_IBAN] = {"iban", "[REDACTED_IBAN]"},
    [PII_IP] = {"ip", "[REDACTED_IP]"},
    [PII_KEY] = {"key", "[REDACTED_KEY]"},
};

const char *pii_word(enum pii_kind kind)
{
    return names[kind].word;
}

const char *pii_placeholder(const struct pii_span *span)
{
    return span->goes_on ? "" : names[span->kind].placeholder;
}

struct redacting {
    struct span text;
    uint64_t left; /* bytes of it that are in out or gone */
    uint32_t found;
    struct buf *out;
    struct buf *spans;
};

static void note_span(struct buf *spans, const struct pii_span *span)
{
    struct pii_span *last;

    if (!span->goes_on) {
        buf_put(spans, span, sizeof(*span));
    } else if (!spans->failed) {
        last = (struct pii_span *)(void *)(spans->data + spans->len);
        last[-1].end = span->end;
    }
}

static void redact(void *cookie, const struct pii_span *span)
{
    struct redacting *r = cookie;

    buf_put(r->out, r->text.p + r->left, (size_t)(span->begin - r->left));
    buf_puts(r->out, pii_placeholder(span));
    r->left = span->end;
    r->found |= PII_BIT(span->kind);
    if (r->spans != NULL)
        note_span(r->spans, span);
}

uint32_t pii_redact(
    struct span text, uint32_t kinds, struct buf *out, struct buf *spans)
{
    struct redacting r = {.text = text, .out = out, .spans = spans};
    struct pii_sink sink = {redact, &r};
    struct pii_scan *s = pii_scan_make(kinds);

    if (s == NULL) {
        out->failed = true;
        return 0;
    }
    pii_scan_feed(s, text, &sink);
    pii_scan_end(s, &sink);
    pii_scan_free(s);
    buf_put(out, text.p + r.left, text.n - (size_t)r.left);
    return r.found;
}
