#include <endian.h>
#include <string.h>

#include "hex.h"
#include "json_private.h"
#include "utf8.h"

/* ---- strings ---- */

/* Bytes that a string may contain as they are. */
static const bool plain[256] = {
    [' ' ... '!'] = true,
    ['"' + 1 ... '\\' - 1] = true,
    ['\\' + 1 ... 0x7f] = true,
};

enum {
    WORD = sizeof(uint64_t),
    BLOCK = 32,
    SHORT = 32 /* bytes of a string that blocks are not worth while for */
};

/* Whether all bytes of the block at p are plain, in a form that compilers turn
 * into a few instructions for all of them at once. Those beyond ASCII are
 * negative. */
static bool block_plain(const char *p)
{
    uint8_t other = 0;

    for (int i = 0; i < BLOCK; i++) {
        const int8_t c = (int8_t)p[i];

        other |= (uint8_t)((c < ' ') | (c == '"') | (c == '\\'));
    }
    return other == 0;
}

/* How many of the bytes of the word at p are plain before the first that is
 * not. Borrows between the bytes can only turn yes into no, and only behind a
 * byte that is not plain. */
static unsigned count_plain(const char *p)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word, quote, slash, other;

    memcpy(&word, p, sizeof(word));
    word = le64toh(word);
    quote = word ^ ones * '"';
    slash = word ^ ones * '\\';
    other = (word | (word - ones * ' ') | (quote - ones) | (slash - ones)) &
            ones * 0x80;
    return other != 0 ? (unsigned)__builtin_ctzll(other) / 8 : WORD;
}

/* Move p to the first byte that is not plain, and return whether there is one,
 * as far as whole words go. */
static bool skip_words(const char **p, const char *end)
{
    unsigned n = WORD;

    for (; end - *p >= WORD && n == WORD; *p += n)
        n = count_plain(*p);
    return n < WORD;
}

static const char *skip_plain(const char *p, const char *end)
{
    if (skip_words(&p, end - p > SHORT ? p + SHORT : end))
        return p;
    while (end - p >= BLOCK && block_plain(p))
        p += BLOCK;
    if (skip_words(&p, end))
        return p;
    while (p < end && plain[(unsigned char)*p])
        p++;
    return p;
}

/* The code unit of the \uXXXX at p, or -1 when there is none. */
static int32_t code_unit(const char *p, const char *end)
{
    int32_t unit = 0;
    int i, digit;

    if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
        return -1;
    for (i = 2; i < 6; i++) {
        digit = hex_digit(p[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static enum json_error skip_unicode(const char **p, const char *end)
{
    int32_t unit = code_unit(*p, end);
    int32_t low;

    if (unit < 0)
        return JSON_SYNTAX;
    if (unit == 0)
        return JSON_NUL;
    if (unit >= 0xd800 && unit <= 0xdfff) {
        low = code_unit(*p + 6, end);
        if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff)
            return JSON_BAD_UTF8;
        *p += 6;
    }
    *p += 6;
    return JSON_OK;
}

static enum json_error skip_escape(const char **p, const char *end)
{
    if (end - *p < 2)
        return JSON_SYNTAX;
    switch ((*p)[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        *p += 2;
        return JSON_OK;
    case 'u':
        return skip_unicode(p, end);
    default:
        return JSON_SYNTAX;
    }
}

static enum json_error skip_multibyte(const char **p, const char *end)
{
    size_t step;

    while (*p < end && (unsigned char)**p >= 0x80) {
        step = utf8_step(*p, (size_t)(end - *p));
        if (step == 0)
            return JSON_BAD_UTF8;
        *p += step;
    }
    return JSON_OK;
}

enum json_error json_scan_string(const char **p, const char *end, bool *escaped)
{
    enum json_error error;

    *escaped = false;
    for (++*p;;) {
        *p = skip_plain(*p, end);
        if (*p == end)
            return JSON_SYNTAX;
        if (**p == '"')
            break;
        if (**p == '\\') {
            *escaped = true;
            error = skip_escape(p, end);
        } else if ((unsigned char)**p >= 0x80) {
            error = skip_multibyte(p, end);
        } else {
            error = **p == '\0' ? JSON_NUL : JSON_SYNTAX;
        }
        if (error != JSON_OK)
            return error;
    }
    ++*p;
    return JSON_OK;
}

/* ---- numbers ---- */

static bool skip_digits(const char **p, const char *end)
{
    const char *begin = *p;

    while (*p < end && **p >= '0' && **p <= '9')
        ++*p;
    return *p > begin;
}

static bool skip_byte(const char **p, const char *end, char a, char b)
{
    if (*p == end || (**p != a && **p != b))
        return false;
    ++*p;
    return true;
}

enum json_error json_scan_number(const char **p, const char *end, bool *power)
{
    skip_byte(p, end, '-', '-');
    if (!skip_byte(p, end, '0', '0') && !skip_digits(p, end))
        return JSON_SYNTAX;
    if (skip_byte(p, end, '.', '.') && !skip_digits(p, end))
        return JSON_SYNTAX;
    *power = skip_byte(p, end, 'e', 'E');
    if (*power) {
        skip_byte(p, end, '+', '-');
        if (!skip_digits(p, end))
            return JSON_SYNTAX;
    }
    return JSON_OK;
}
