#ifndef PII_H
#define PII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* What is of persons or secret and is known by its shape: addresses, numbers
 * that carry a check, keys. Hand-written recognisers that look at a bounded
 * piece of text each, so that a scan is linear, may be fed in pieces cut
 * anywhere, and finds the same however the text was cut. RELIABILITY.md 5.9.
 *
 * Digits of all scripts, full-width forms, dashes and blanks of any width and
 * invisible characters are taken for what they stand for. Superscripts, circled
 * digits, numbers in words, "joe at example dot com", and letters of other
 * alphabets in a key's prefix are not. Each recogniser's file says what it
 * takes and what it leaves. */

enum pii_kind {
    PII_EMAIL,
    PII_PHONE,
    PII_SSN,
    PII_CARD,
    PII_IBAN,
    PII_IP,
    PII_KEY, /* API keys, tokens, private keys */
    PII_KINDS
};

#define PII_BIT(kind) (UINT32_C(1) << (kind))
#define PII_ALL (PII_BIT(PII_KINDS) - 1)

enum {
    PII_LIMIT = 316, /* bytes that a recogniser looks at */
    PII_HELD = 320   /* bytes at the end of a text that may be undecided:
                        e-mail 316 (a name of 64, a domain of the rest), key 316
                        before it is certain and 256 after, phone, card and
                        IBAN 64 characters, IP 48, SSN 16, with the bytes that
                        a disguise has more */
};

/* A piece of text that is something. What is longer than PII_LIMIT comes in
 * several, one behind the other, as soon as they are certain. */
struct pii_span {
    uint64_t begin; /* bytes from the beginning of the text */
    uint64_t end;
    enum pii_kind kind;
    bool goes_on; /* it belongs to the span that ends where it begins */
};

struct pii_sink {
    void (*found)(void *cookie, const struct pii_span *span);
    void *cookie;
};

/**
 * pii_word(kind):
 * What callers get to see as a kind: email, phone, ssn, card, iban, ip, key.
 */
const char *pii_word(enum pii_kind kind);

/**
 * pii_placeholder(span):
 * What takes the place of a ${span}: [REDACTED_EMAIL] and so on; nothing for
 * one that goes on. A constant.
 */
const char *pii_placeholder(const struct pii_span *span);

/**
 * pii_redact(text, kinds, out, spans):
 * Append ${text} to ${out} with all that is of the ${kinds} (PII_BIT of each)
 * replaced, and append the struct pii_span of what was to ${spans}, which may
 * be NULL, those that go on joined with what they belong to. Returns the kinds
 * found. When memory is out the bufs have failed.
 */
uint32_t pii_redact(
    struct span text, uint32_t kinds, struct buf *out, struct buf *spans);

struct pii_scan;

/**
 * pii_scan_make(kinds), pii_scan_free(s):
 * Begin to look for ${kinds} in a text; let go of the scan, which may be NULL.
 * The first returns NULL when memory is out.
 */
struct pii_scan *pii_scan_make(uint32_t kinds);
void pii_scan_free(struct pii_scan *s);

/**
 * pii_scan_feed(s, text, sink), pii_scan_end(s, sink):
 * Go on with ${text}; finish. The ${sink} gets what was found, by ascending
 * end; none overlaps another.
 */
void pii_scan_feed(
    struct pii_scan *s, struct span text, const struct pii_sink *sink);
void pii_scan_end(struct pii_scan *s, const struct pii_sink *sink);

/**
 * pii_scan_live(s):
 * Where in the text begins what is not decided yet; all bytes fed when there
 * is no such thing. At most PII_HELD bytes from the end.
 */
uint64_t pii_scan_live(const struct pii_scan *s);

#endif
