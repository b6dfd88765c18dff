#include "pii_private.h"

/* Payment cards: 13 to 19 digits in one piece or in the groups that are
 * printed on cards, with the prefix of a network and the check digit of Luhn.
 * An EAN-13, which has a check digit of its own, is left alone. */

enum { CARD_MIN = 13, CARD_MAX = 19 };

struct network {
    uint32_t low; /* of the first six digits */
    uint32_t high;
    uint8_t shortest;
    uint8_t longest;
};

static const struct network networks[] = {
    {220000, 220499, 16, 19},                           /* Mir */
    {222100, 272099, 16, 16},                           /* Mastercard */
    {300000, 305999, 14, 19},                           /* Diners */
    {309500, 309599, 14, 19}, {340000, 349999, 15, 15}, /* American Express */
    {352800, 358999, 16, 19},                           /* JCB */
    {360000, 369999, 14, 19}, {370000, 379999, 15, 15},
    {380000, 399999, 14, 19}, {400000, 499999, 13, 13}, /* Visa */
    {400000, 499999, 16, 16}, {400000, 499999, 19, 19},
    {501800, 501899, 13, 19}, /* Maestro */
    {502000, 502099, 13, 19}, {503800, 503899, 13, 19},
    {506099, 506198, 16, 19}, /* Verve */
    {508000, 508999, 16, 16}, /* RuPay */
    {510000, 559999, 16, 16}, {589300, 589399, 13, 19},
    {601100, 601199, 16, 19},                           /* Discover */
    {606282, 606282, 16, 16},                           /* Hipercard */
    {608000, 609999, 16, 16}, {620000, 629999, 16, 19}, /* UnionPay */
    {630400, 630499, 13, 19}, {637000, 639999, 16, 16}, /* InstaPayment */
    {644000, 659999, 16, 19}, {675900, 676399, 13, 19},
    {810000, 829999, 16, 19}, {979200, 979299, 16, 16}, /* Troy */
};

static bool known(const uint8_t *digits, size_t n)
{
    uint32_t prefix = 0;

    for (size_t i = 0; i < 6; i++)
        prefix = prefix * 10 + digits[i];
    for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
        if (prefix >= networks[i].low && prefix <= networks[i].high &&
            n >= networks[i].shortest && n <= networks[i].longest)
            return true;
    return false;
}

static bool luhn(const uint8_t *digits, size_t n)
{
    unsigned sum = 0, d;

    for (size_t i = 0; i < n; i++) {
        d = digits[n - 1 - i];
        if (i % 2 == 1)
            d = d > 4 ? 2 * d - 9 : 2 * d;
        sum += d;
    }
    return sum % 10 == 0;
}

/* Whether the last digit is that of a trade item. */
static bool is_ean(const uint8_t *digits, size_t n)
{
    unsigned sum = 0;

    if (n != 13)
        return false;
    for (size_t i = 0; i < n; i++)
        sum += digits[n - 1 - i] * (i % 2 == 1 ? 3u : 1u);
    return sum % 10 == 0;
}

static size_t length(const struct pii_group *g)
{
    return (size_t)(g->end - g->begin);
}

/* Whether the first groups lie as on a card: fours, or 4-6-4 and 4-6-5. */
static bool is_laid_out(const struct pii_group *g, size_t groups)
{
    if (groups == 1)
        return true;
    for (size_t i = 1; i < groups; i++)
        if (g[i].sep != g[1].sep || g[i].paren || g[i].sep == '/')
            return false;
    if (groups == 3)
        return length(&g[0]) == 4 && length(&g[1]) == 6 &&
               (length(&g[2]) == 4 || length(&g[2]) == 5);
    for (size_t i = 0; i + 1 < groups; i++)
        if (length(&g[i]) != 4)
            return false;
    return (groups == 4 || groups == 5) && length(&g[groups - 1]) <= 4;
}

/* What follows the groups is no part of the same number. */
static bool ends(const struct pii_number *number, size_t groups)
{
    const struct pii_group *next = &number->group[groups];

    if (number->group[groups - 1].joined)
        return false;
    return groups > 1 || number->groups == 1 || next->sep == ' ' ||
           next->sep == '/';
}

static size_t digits_of(const struct pii_view *v,
    const struct pii_number *number, size_t groups, uint8_t digits[CARD_MAX])
{
    size_t n = 0;

    for (size_t g = 0; g < groups; g++)
        for (size_t i = number->group[g].begin; i < number->group[g].end; i++) {
            if (n == CARD_MAX)
                return 0;
            digits[n++] = v->c[i] - '0';
        }
    return n;
}

/* Whether it is for itself, and not the end of a decimal or of a longer
 * number. */
static bool begins(const struct pii_view *v)
{
    uint8_t c = pii_back(v, 1);

    if (v->c[0] == '+' || v->c[0] == '(')
        return false;
    if (c == ',')
        return pii_back(v, 2) != '0' || pii_is(pii_back(v, 3), PII_DIGIT);
    return !(c == '.' || c == '-' || c == '_' || c == '/' || c == '+') ||
           !pii_is(pii_back(v, 2), PII_DIGIT);
}

size_t pii_card(struct pii_view *v, const struct pii_number *number)
{
    uint8_t digits[CARD_MAX];
    size_t n;

    if (number->digits < CARD_MIN || !begins(v))
        return 0;
    for (size_t groups = number->groups; groups > 0; groups--) {
        if (!ends(number, groups) || !is_laid_out(number->group, groups))
            continue;
        n = digits_of(v, number, groups, digits);
        if (n >= CARD_MIN && known(digits, n) && luhn(digits, n) &&
            !(groups == 1 && is_ean(digits, n)))
            return number->group[groups - 1].end;
    }
    return 0;
}
