#include "utf8.h"

#include <string.h>

/* What may follow a lead byte: so many bytes, the first of them in a range of
 * its own (RFC 3629, section 4), the others in 80..BF. */
struct lead {
    uint8_t more;
    uint8_t low;
    uint8_t high;
};

static const struct lead leads[256] = {
    [0xc2 ... 0xdf] = {1, 0x80, 0xbf},
    [0xe0] = {2, 0xa0, 0xbf},
    [0xe1 ... 0xec] = {2, 0x80, 0xbf},
    [0xed] = {2, 0x80, 0x9f},
    [0xee ... 0xef] = {2, 0x80, 0xbf},
    [0xf0] = {3, 0x90, 0xbf},
    [0xf1 ... 0xf3] = {3, 0x80, 0xbf},
    [0xf4] = {3, 0x80, 0x8f},
};

/* The length of the ill-formed sequence at p: what could have begun a
 * character up to the byte that spoils it, at least one byte. */
static size_t bad_length(const char *p, size_t n)
{
    const uint8_t *u = (const uint8_t *)p;
    struct lead lead = leads[u[0]];
    size_t i;

    for (i = 1; i <= lead.more && i < n; i++) {
        if (u[i] < lead.low || u[i] > lead.high)
            break;
        lead.low = 0x80;
        lead.high = 0xbf;
    }
    return i;
}

size_t utf8_step(const char *p, size_t n)
{
    const uint8_t *u = (const uint8_t *)p;
    const struct lead *lead = &leads[u[0]];

    if (u[0] < 0x80)
        return 1;
    if (lead->more == 0 || n <= lead->more)
        return 0;
    if (u[1] < lead->low || u[1] > lead->high)
        return 0;
    if (lead->more >= 2 && (u[2] & 0xc0) != 0x80)
        return 0;
    if (lead->more == 3 && (u[3] & 0xc0) != 0x80)
        return 0;
    return (size_t)lead->more + 1;
}

size_t utf8_wanted(uint8_t lead)
{
    return (size_t)leads[lead].more + 1;
}

uint32_t utf8_decode(const char *p, size_t n)
{
    static const uint8_t lead_mask[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t cp;

    if (utf8_step(p, n) != n)
        return 0xfffd;
    cp = (uint8_t)p[0] & lead_mask[n];
    for (size_t i = 1; i < n; i++)
        cp = cp << 6 | ((uint8_t)p[i] & 0x3f);
    return cp;
}

size_t utf8_encode(uint32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xc0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 63));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xe0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 63));
        out[2] = (char)(0x80 | (cp & 63));
        return 3;
    }
    out[0] = (char)(0xf0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 63));
    out[2] = (char)(0x80 | (cp >> 6 & 63));
    out[3] = (char)(0x80 | (cp & 63));
    return 4;
}

/* Whether none of the eight bytes at p is beyond ASCII. */
static bool eight_ascii(const char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof(word));
    return (word & UINT64_C(0x8080808080808080)) == 0;
}

/* How much of text is well-formed. */
static size_t good_prefix(struct span text)
{
    size_t at = 0, step;

    while (at < text.n) {
        if (text.n - at >= 8 && eight_ascii(text.p + at)) {
            at += 8;
            continue;
        }
        step = utf8_step(text.p + at, text.n - at);
        if (step == 0)
            break;
        at += step;
    }
    return at;
}

bool utf8_valid(struct span text)
{
    return good_prefix(text) == text.n;
}

size_t utf8_repair(struct span text, struct buf *out)
{
    size_t replaced = 0;
    size_t good, bad;

    for (;;) {
        good = good_prefix(text);
        buf_put(out, text.p, good);
        if (good == text.n)
            return replaced;
        bad = bad_length(text.p + good, text.n - good);
        buf_puts(out, "\xef\xbf\xbd");
        replaced++;
        text.p += good + bad;
        text.n -= good + bad;
    }
}
