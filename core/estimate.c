#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "estimate.h"

enum { BLOCK = 64 /* bytes; what they come to beyond 1 each fits a byte */ };

/* Quarters of a token for each byte. Continuation bytes count nothing, so that
 * a character beyond ASCII counts by its first byte. Tokenizers know few pieces
 * of what is not words: capitals and digits, of which base64 and hexadecimal
 * are made, weigh more than small letters. */
static const uint8_t quarters_of[256] = {
    [0x00 ... '0' - 1] = 2,
    ['0' ... '9'] = 3,
    ['9' + 1 ... 'A' - 1] = 2,
    ['A' ... 'Z'] = 4,
    ['Z' + 1 ... 'a' - 1] = 2,
    ['a' ... 'z'] = 1,
    ['z' + 1 ... 0x7f] = 2,
    [0xc0 ... 0xc3] = 4,
    [0xc4 ... 0xc6] = 6,  /* Latin of Poland, Turkey, Vietnam */
    [0xc7 ... 0xcf] = 4,  /* Greek */
    [0xd0 ... 0xd1] = 3,  /* Cyrillic */
    [0xd2 ... 0xdf] = 4,  /* Hebrew, Arabic */
    [0xe0] = 5,           /* India, Thailand */
    [0xe1] = 8,           /* Georgia, Ethiopia, Vietnam's accents */
    [0xe2] = 4,           /* punctuation and symbols */
    [0xe3 ... 0xef] = 5,  /* China, Japan, Korea */
    [0xf0 ... 0xff] = 12, /* emoji */
};

/* Of a block of ASCII what the table says, in a form that compilers turn into
 * a few instructions for all of its bytes at once; -1 of any other. */
static int block_quarters(const char *p)
{
    uint8_t more = 0, all = 0;

    for (int i = 0; i < BLOCK; i++) {
        const uint8_t c = (uint8_t)p[i];
        const bool digit = (uint8_t)(c - '0') < 10;
        const bool capital = (uint8_t)(c - 'A') < 26;
        const bool small = (uint8_t)(c - 'a') < 26;

        all |= c;
        more = (uint8_t)(more + 1 + digit + 2 * capital - small);
    }
    return all < 0x80 ? BLOCK + more : -1;
}

static uint64_t byte_quarters(const char *p, size_t n)
{
    uint64_t quarters = 0;

    for (size_t i = 0; i < n; i++)
        quarters += quarters_of[(unsigned char)p[i]];
    return quarters;
}

uint64_t estimate_text(struct span text)
{
    uint64_t quarters = 0;
    int block;

    for (; text.n >= BLOCK; text.p += BLOCK, text.n -= BLOCK) {
        block = block_quarters(text.p);
        quarters += block >= 0 ? (uint64_t)block : byte_quarters(text.p, BLOCK);
    }
    return quarters + byte_quarters(text.p, text.n);
}

/* The quarters of the \u escape at p, which stands for one UTF-16 unit, by the
 * first byte that its character would have: the second of a pair counts
 * nothing, as its first one has counted. */
static uint64_t unit_quarters(const char *p)
{
    char digits[5] = {p[0], p[1], p[2], p[3], '\0'};
    unsigned long unit = strtoul(digits, NULL, 16);

    if (unit < 0x80)
        return quarters_of[unit];
    if (unit < 0x800)
        return quarters_of[0xc0 | unit >> 6];
    if (unit >= 0xdc00 && unit <= 0xdfff)
        return 0;
    if (unit >= 0xd800 && unit < 0xdc00)
        return quarters_of[0xf0];
    return quarters_of[0xe0 | unit >> 12];
}

uint64_t estimate_escaped(struct span text)
{
    uint64_t quarters = 0;
    size_t i = 0;

    while (i < text.n) {
        if (text.p[i] != '\\' || i + 1 == text.n) {
            quarters += quarters_of[(unsigned char)text.p[i++]];
        } else if (text.p[i + 1] == 'u' && text.n - i >= 6) {
            quarters += unit_quarters(text.p + i + 2);
            i += 6;
        } else {
            quarters += quarters_of['"']; /* all short ones are marks */
            i += 2;
        }
    }
    return quarters;
}

/* ---- what is not text ---- */

static bool begins(struct span s, const char *prefix)
{
    size_t n = strlen(prefix);

    return s.n >= n && strncasecmp(s.p, prefix, n) == 0;
}

/* Bytes of what is in base64 behind the head of a data URL, if it has one. */
static struct span payload(struct span data)
{
    const char *comma =
        begins(data, "data:") ? memchr(data.p, ',', data.n) : NULL;

    if (comma == NULL)
        return data;
    return (struct span){comma + 1, (size_t)(data.p + data.n - comma) - 1};
}

static uint64_t decoded(struct span base64)
{
    return ((uint64_t)base64.n + 3) / 4 * 3;
}

/* No base64 has the colon of a URL. */
static bool is_unseen(struct span data)
{
    const size_t scheme = data.n < 16 ? data.n : 16;

    if (data.n == 0)
        return true;
    return !begins(data, "data:") && memchr(data.p, ':', scheme) != NULL;
}

/* "%PDF-", or "PK" and the mark of a first member, in base64. */
static bool is_paged(struct span base64)
{
    return (base64.n >= 6 && memcmp(base64.p, "JVBERi", 6) == 0) ||
           (base64.n >= 5 && memcmp(base64.p, "UEsDB", 5) == 0);
}

uint64_t estimate_file(struct span data)
{
    const uint64_t page = 4 * ESTIMATE_PER_PAGE;
    const struct span base64 = payload(data);
    const uint64_t quarters = 2 * decoded(base64);

    if (is_unseen(data))
        return ESTIMATE_PAGES_UNSEEN * page;
    if (!is_paged(base64))
        return quarters;
    if (quarters < page)
        return page;
    return quarters < ESTIMATE_PAGES_MAX * page ? quarters
                                                : ESTIMATE_PAGES_MAX * page;
}

uint64_t estimate_audio(struct span data)
{
    const uint64_t bytes = decoded(payload(data));

    return (4 * bytes + ESTIMATE_AUDIO_BYTES - 1) / ESTIMATE_AUDIO_BYTES;
}

/* ---- sums ---- */

uint64_t estimate_add(uint64_t quarters, int64_t more)
{
    uint64_t less = 0 - (uint64_t)more;

    if (more >= 0)
        return quarters + (uint64_t)more;
    return less < quarters ? quarters - less : 0;
}

uint64_t estimate_tokens(uint64_t quarters)
{
    return quarters / 4 + (quarters % 4 != 0);
}

uint64_t estimate_input(uint64_t quarters)
{
    /* 115 / 400 = 23 / 80; taken apart so that nothing can overflow. */
    return quarters / 80 * 23 + (quarters % 80 * 23 + 79) / 80;
}
