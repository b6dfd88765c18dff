#include <utf8proc.h>

#include "pii_private.h"

enum {
    DIGIT =
        PII_DIGIT | PII_HEX | PII_MAIL | PII_TOKEN | PII_BASE64 | PII_BEGINS,
    ALPHA = PII_ALPHA | PII_MAIL | PII_TOKEN | PII_BASE64 | PII_BEGINS
};

const uint8_t pii_classes[256] = {
    ['0' ... '9'] = DIGIT,
    ['A' ... 'F'] = ALPHA | PII_HEX,
    ['G' ... 'Z'] = ALPHA,
    ['a' ... 'f'] = ALPHA | PII_HEX,
    ['g' ... 'z'] = ALPHA,
    ['.'] = PII_MAIL,
    ['%'] = PII_MAIL,
    ['\''] = PII_MAIL,
    ['_'] = PII_MAIL | PII_TOKEN,
    ['-'] = PII_MAIL | PII_TOKEN | PII_BEGINS,
    ['+'] = PII_MAIL | PII_BASE64 | PII_BEGINS,
    ['/'] = PII_BASE64,
    ['='] = PII_BASE64,
    ['('] = PII_BEGINS,
    [PII_LETTER] = PII_ALIEN | PII_MAIL | PII_BEGINS,
};

static bool within(uint32_t cp, uint32_t low, uint32_t high)
{
    return cp >= low && cp <= high;
}

/* Scripts that are written without blanks, or, as Korean, with endings that
 * cling to any word. */
static bool is_ideograph(uint32_t cp)
{
    return within(cp, 0x3005, 0xa4cf) || within(cp, 0xac00, 0xd7a3) ||
           within(cp, 0x20000, 0x3ffff) || within(cp, 0x0e00, 0x0eff) ||
           within(cp, 0x1100, 0x11ff) || within(cp, 0x1000, 0x109f) ||
           within(cp, 0x1780, 0x17ff) || within(cp, 0xff66, 0xffdc) ||
           within(cp, 0xf900, 0xfaff);
}

static bool is_dash(uint32_t cp)
{
    return within(cp, 0x2010, 0x2015) || cp == 0x2212 || cp == 0xfe58 ||
           cp == 0xfe63;
}

static const utf8proc_property_t *property(uint32_t cp)
{
    return utf8proc_get_property((utf8proc_int32_t)cp);
}

/* The digits of a script follow each other, and the first of them lies at a
 * place that ends in 0 or 6 (UnicodeData.txt). */
static uint8_t digit(uint32_t cp)
{
    uint32_t value = cp & 15;

    if (within(cp, 0x1d7ce, 0x1d7ff))
        return (uint8_t)('0' + (cp - 0x1d7ce) % 10);
    if (property(cp & ~UINT32_C(15))->category != UTF8PROC_CATEGORY_ND)
        value -= 6;
    return value < 10 ? (uint8_t)('0' + value) : PII_OTHER;
}

static uint8_t by_category(uint32_t cp)
{
    const utf8proc_property_t *p = property(cp);

    if (p->ignorable)
        return PII_INVISIBLE;
    switch (p->category) {
    case UTF8PROC_CATEGORY_ND:
        return digit(cp);
    case UTF8PROC_CATEGORY_ZS:
        return ' ';
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return is_ideograph(cp) ? PII_IDEOGRAPH : PII_LETTER;
    default:
        return PII_OTHER;
    }
}

/* Letters of mathematics: alphabets of 52, one behind the other. */
static uint8_t mathematical(uint32_t cp)
{
    uint32_t at = (cp - 0x1d400) % 52;

    return (uint8_t)(at < 26 ? 'A' + at : 'a' + at - 26);
}

/* Letters of which there are whole texts: Cyrillic, Latin, Greek, Arabic and
 * Hebrew. */
static bool is_common_letter(uint32_t cp)
{
    if (cp >= 0x0400)
        return cp <= 0x0481 || within(cp, 0x0620, 0x064a) ||
               within(cp, 0x05d0, 0x05ea);
    return within(cp, 0x03a3, 0x03f5) || within(cp, 0x0391, 0x03a1) ||
           (within(cp, 0x00c0, 0x024f) && cp != 0xd7 && cp != 0xf7);
}

static uint8_t fold_ascii(uint8_t c)
{
    if (c >= 0x20)
        return c != 0x7f ? c : (uint8_t)PII_INVISIBLE;
    return c >= 9 && c <= 13 ? c : (uint8_t)PII_INVISIBLE;
}

uint8_t pii_fold(uint32_t cp)
{
    if (cp < 0x80)
        return fold_ascii((uint8_t)cp);
    if (is_common_letter(cp))
        return PII_LETTER;
    if (within(cp, 0x4e00, 0x9fff) || within(cp, 0xac00, 0xd7a3))
        return PII_IDEOGRAPH;
    if (within(cp, 0xff01, 0xff5e))
        return (uint8_t)(cp - 0xff01 + '!');
    if (is_dash(cp))
        return '-';
    if (cp == 0xfe6b)
        return '@';
    if (cp == 0x2024)
        return '.';
    if (cp == 0xffff)
        return PII_STOP;
    if (within(cp, 0x1d400, 0x1d6a3))
        return mathematical(cp);
    return by_category(cp);
}
