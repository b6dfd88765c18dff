#include "pii_private.h"

/* IP addresses. Four numbers with dots may be a version: they are one behind a
 * word such as "version", "release" or "section", behind a name and "/", "-",
 * "_", "@" or "==" ("Chrome/1.2.3.4"), and before "-" or "+" and a name; else
 * they are an address. Loopback, 0.x and masks (255.x) are nobody's. An IPv6
 * address is in full or with "::", and begins with four digits in what is given
 * out: 2000::/3, fc00::/7, fe80::/10. */

static const char words[] =
    " v version versions ver fileversion productversion assemblyversion "
    "release build firmware kernel driver update "
    "upgrade upgraded rev revision section chapter clause figure table rule "
    "paragraph oid ";

/* Whether four numbers with dots, and nothing else, end i characters before the
 * place. */
static bool address_back(const struct pii_view *v, size_t i)
{
    int dots = 0;
    uint8_t c;

    for (; pii_is(c = pii_back(v, i), PII_DIGIT) || c == '.'; i++)
        dots += c == '.';
    return dots == 3 && !pii_is(c, PII_WORD);
}

static bool after_a_name(const struct pii_view *v)
{
    uint8_t c = pii_back(v, 1), before = pii_back(v, 2);

    if (c == '.' || c == '_')
        return true;
    if (c == '/' || c == '-' || c == '@')
        return pii_is(before, PII_WORD) && !address_back(v, 2);
    if (c == '=')
        return before == '=' || before == '~' || before == '>' ||
               before == '<' || before == '!';
    return c == '^' || c == '~';
}

/* Read a number up to 255 without needless zeros. Returns its length. */
static size_t octet(struct pii_view *v, size_t i, unsigned *value)
{
    size_t n = pii_digits(v, i, 3);

    *value = 0;
    for (size_t at = i; at < i + n; at++)
        *value = *value * 10 + v->c[at] - '0';
    return n > 3 || *value > 255 || (n > 1 && v->c[i] == '0') ? 0 : n;
}

/* Four numbers with dots at i. Returns the place behind them, or 0. */
static size_t four(struct pii_view *v, size_t i, unsigned *first)
{
    unsigned value;
    size_t n;

    for (int part = 0; part < 4; part++) {
        n = octet(v, i, &value);
        if (n == 0 || (part < 3 && pii_peek(v, i + n) != '.'))
            return 0;
        *first = part == 0 ? value : *first;
        i += n + (part < 3);
    }
    return i;
}

/* Whether what stands at i goes on with the four numbers before it. */
static bool goes_on(struct pii_view *v, size_t i)
{
    uint8_t c = pii_peek(v, i);
    unsigned first;

    if (pii_is(c, PII_WORD) || c == '_')
        return true;
    if (c == '.' || c == '+')
        return pii_is(pii_peek(v, i + 1), c == '.' ? PII_DIGIT : PII_WORD);
    return c == '-' && pii_is(pii_peek(v, i + 1), PII_WORD) &&
           four(v, i + 1, &first) == 0;
}

size_t pii_ip4(struct pii_view *v)
{
    unsigned first = 0;
    size_t end = four(v, 0, &first);

    if (end == 0 || goes_on(v, end))
        return 0;
    if (first == 0 || first == 127 || first == 255 || after_a_name(v) ||
        pii_says(v, words))
        return 0;
    return end;
}

static size_t hex_digits(struct pii_view *v, size_t i)
{
    size_t n = 0;

    while (n <= 4 && pii_is(pii_peek(v, i + n), PII_HEX))
        n++;
    return n <= 4 ? n : 0;
}

static bool given_out(struct pii_view *v)
{
    uint8_t first = pii_peek(v, 0) | 0x20, second;

    if (hex_digits(v, 0) != 4 || pii_peek(v, 4) != ':')
        return false;
    second = v->c[1] | 0x20;
    if (v->c[0] == '2' || v->c[0] == '3')
        return true;
    return first == 'f' &&
           (second == 'c' || second == 'd' ||
               (second == 'e' &&
                   (v->c[2] == '8' || v->c[2] == '9' ||
                       (v->c[2] | 0x20) == 'a' || (v->c[2] | 0x20) == 'b')));
}

size_t pii_ip6(struct pii_view *v)
{
    size_t i = 0, groups = 0, n, end;
    unsigned first;
    bool shortened = false;

    if (!given_out(v) || pii_back(v, 1) == ':')
        return 0;
    while (groups < 8 && (n = hex_digits(v, i)) > 0) {
        if (groups > 1 && pii_peek(v, i + n) == '.' &&
            (end = four(v, i, &first)) > 0) {
            groups += 2;
            i = end;
            break;
        }
        groups++;
        i += n;
        if (pii_peek(v, i) != ':')
            break;
        if (!shortened && pii_peek(v, i + 1) == ':') {
            shortened = true;
            i += 2;
        } else if (groups < 8 && pii_is(pii_peek(v, i + 1), PII_HEX)) {
            i++;
        } else {
            break;
        }
    }
    if (pii_is(pii_peek(v, i), PII_WORD))
        return 0;
    return (shortened ? groups >= 2 && groups < 8 : groups == 8) ? i : 0;
}
