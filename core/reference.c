#include "reference.h"

#include <string.h>

#include "reference_name.h"
#include "utf8.h"

typedef int8_t block __attribute__((vector_size(16)));

enum { BEYOND = 0x110000 /* the first number of no character */ };

/* ---- the signs ---- */

static bool has_sign(const char *p)
{
    uint64_t halves[2];
    block c;

    memcpy(&c, p, sizeof(c));
    c = (c == '&') | (c == '%');
    memcpy(halves, &c, sizeof(c));
    return (halves[0] | halves[1]) != 0;
}

size_t reference_find(struct span text)
{
    size_t at = 0;

    while (text.n - at >= sizeof(block) && !has_sign(text.p + at))
        at += sizeof(block);
    while (at < text.n && text.p[at] != '&' && text.p[at] != '%')
        at++;
    return at;
}

/* ---- numbers ---- */

/* What c counts in a base; the base, when it is no digit there. */
static uint32_t digit(char c, uint32_t base)
{
    uint32_t value = base;

    if (c >= '0' && c <= '9')
        value = (uint32_t)(c - '0');
    else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        value = (uint32_t)((c | 0x20) - 'a') + 10;
    return value < base ? value : base;
}

/* The character of a number. */
static uint32_t character(uint32_t number)
{
    static const uint16_t windows[32] = {0x20ac, 0x81, 0x201a, 0x0192, 0x201e,
        0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,
        0x017d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013,
        0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d, 0x017e, 0x0178};

    if (number >= 0x80 && number < 0xa0)
        return windows[number - 0x80];
    if (number == 0 || number >= BEYOND ||
        (number >= 0xd800 && number <= 0xdfff))
        return 0xfffd;
    return number;
}

static void say(struct reference *r, uint32_t cp)
{
    r->count = utf8_encode(cp, r->bytes);
}

/* ---- the kinds ---- */

static size_t read_number(struct span text, bool ends, struct reference *r)
{
    bool hex = text.n > 2 && (text.p[2] | 0x20) == 'x';
    uint32_t base = hex ? 16 : 10, number = 0, value;
    size_t begin = hex ? 3 : 2, at = begin;

    for (; at < text.n && at < REFERENCE_MAX; at++) {
        value = digit(text.p[at], base);
        if (value == base)
            break;
        number = number < BEYOND ? number * base + value : BEYOND;
    }
    if (at == REFERENCE_MAX)
        return 0;
    if (at == text.n && !ends)
        return REFERENCE_OPEN;
    if (at == begin)
        return 0;
    say(r, character(number));
    return at < text.n && text.p[at] == ';' ? at + 1 : at;
}

static bool is_of_name(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9');
}

static size_t read_name(struct span text, bool ends, struct reference *r)
{
    size_t n = 1;
    uint32_t cp;

    while (n < text.n && n < REFERENCE_MAX && is_of_name(text.p[n]))
        n++;
    if (n == text.n && !ends)
        return reference_name_begins((struct span){text.p + 1, n - 1})
                   ? REFERENCE_OPEN
                   : 0;
    if (n == text.n || text.p[n] != ';')
        return 0;
    cp = reference_name((struct span){text.p + 1, n - 1});
    if (cp == 0)
        return 0;
    say(r, cp);
    return n + 1;
}

static size_t read_byte(struct span text, bool ends, struct reference *r)
{
    uint32_t value = 0;

    for (size_t i = 1; i < 3; i++) {
        if (i == text.n)
            return ends ? 0 : REFERENCE_OPEN;
        if (digit(text.p[i], 16) == 16)
            return 0;
        value = value * 16 + digit(text.p[i], 16);
    }
    r->bytes[0] = (char)value;
    r->count = 1;
    return 3;
}

size_t reference_read(struct span text, bool ends, struct reference *r)
{
    if (text.p[0] == '%')
        return read_byte(text, ends, r);
    if (text.n > 1 && text.p[1] == '#')
        return read_number(text, ends, r);
    return read_name(text, ends, r);
}
