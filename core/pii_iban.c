#include "pii_private.h"

/* International bank account numbers (ISO 13616): a country, two check digits
 * and as many letters and digits as that country has, with a blank or '-'
 * anywhere behind the first four; modulo 97 it is 1. */

enum { IBAN_MAX = 34 };

/* Country and length, by the registry of the standard. */
static const char countries[] =
    "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27"
    "DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28"
    "IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22"
    "MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24"
    "SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30";

static uint8_t upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? c - 0x20 : c;
}

static size_t length_in(uint8_t first, uint8_t second)
{
    const char *c = countries;

    for (; *c != '\0'; c += 4)
        if (c[0] == upper(first) && c[1] == upper(second))
            return (size_t)(c[2] - '0') * 10 + (size_t)(c[3] - '0');
    return 0;
}

/* Read n letters and digits to text. Returns the place behind them, or 0. */
static size_t gather(struct pii_view *v, uint8_t text[IBAN_MAX], size_t n)
{
    size_t i = 0;

    for (size_t at = 0; at < n; at++) {
        if (at >= 4 && (pii_peek(v, i) == ' ' || pii_peek(v, i) == '-'))
            i++;
        text[at] = upper(pii_peek(v, i));
        if (!pii_is(text[at], PII_DIGIT | PII_ALPHA))
            return 0;
        i++;
    }
    return i;
}

static bool checks(const uint8_t *text, size_t n)
{
    unsigned rest = 0;
    uint8_t c;

    for (size_t i = 0; i < n; i++) {
        c = text[(i + 4) % n];
        if (c >= 'A')
            rest = (rest * 100 + c - 'A' + 10) % 97;
        else
            rest = (rest * 10 + c - '0') % 97;
    }
    return rest == 1;
}

size_t pii_iban(struct pii_view *v)
{
    uint8_t text[IBAN_MAX];
    size_t n, end;

    if (!pii_is(pii_peek(v, 1), PII_ALPHA) ||
        !pii_is(pii_peek(v, 2), PII_DIGIT) ||
        !pii_is(pii_peek(v, 3), PII_DIGIT))
        return 0;
    n = length_in(v->c[0], v->c[1]);
    end = n > 0 ? gather(v, text, n) : 0;
    if (end == 0 || pii_is(pii_peek(v, end), PII_WORD) || !checks(text, n))
        return 0;
    return end;
}
