#include "pii_private.h"

/* Telephone numbers:
 * - international: '+' or 00 and a country code in use, 8 to 15 digits;
 * - North American: 3-3-4 digits with parentheses, '-', '.' or blanks, with or
 *   without a 1 before them;
 * - of other countries, when they are written in groups and begin with the 0 of
 *   the trunk, with an area code of two digits in parentheses, or as in Russia,
 *   in Spain, or for Chinese mobiles;
 * - anything of 7 to 12 digits behind a word such as "phone" or "call".
 * Dates, decimals and amounts with thousands are left alone. */

static const char words[] =
    " tel telephone telefon telefono phone phones cell cellphone mobile mobil "
    "movil call fax whatsapp sms dial handy ";

static size_t length(const struct pii_group *g)
{
    return (size_t)(g->end - g->begin);
}

static uint8_t digit(const struct pii_view *v, const struct pii_group *g)
{
    return v->c[g->begin];
}

/* Whether a ',' and digits beside it can be no part of the number: it is not
 * written as an amount is, in one piece, with a decimal point or in threes. */
static bool is_no_amount(const struct pii_number *number)
{
    const struct pii_group *g = number->group;
    bool in_threes = length(g) <= 3, dots = false;

    if (g->paren || (g->begin > 0 && number->digits >= 10))
        return true;
    for (size_t i = 1; i < number->groups; i++) {
        if (g[i].sep == '-' || g[i].paren)
            return true;
        in_threes = in_threes && length(&g[i]) == 3;
        dots = dots || g[i].sep == '.';
    }
    return number->groups > (dots ? 2 : 1) && !in_threes;
}

/* Whether the number is one for itself: not behind a sign of money or order,
 * nor in a longer thing. */
static bool begins(const struct pii_view *v, const struct pii_number *number)
{
    uint8_t c = pii_back(v, 1);

    if (c == '#' || c == '$' || c == '_' || c == '+' || c == '@')
        return false;
    if (c == '-' || c == '.' || c == '/')
        return !pii_is(pii_back(v, 2), PII_WORD);
    return !(c == ',' || c == ':') || !pii_is(pii_back(v, 2), PII_DIGIT) ||
           (c == ',' && is_no_amount(number));
}

/* Whether it may end behind so many groups. */
static bool ends(const struct pii_number *number, size_t groups)
{
    const struct pii_group *last = &number->group[groups - 1];

    if (last->joined || last->listed)
        return last->listed == ',' && is_no_amount(number);
    return number->groups == groups || last[1].sep == ' ' || last[1].paren;
}

/* Whether all groups behind the first one have the same sign before them. */
static bool all_sep(const struct pii_number *number, size_t groups, uint8_t sep)
{
    for (size_t i = 1; i < groups; i++)
        if (number->group[i].sep != sep)
            return false;
    return true;
}

/* Day, month, year, in any order. */
static bool is_date(const struct pii_number *number)
{
    const struct pii_group *g = number->group;

    if (number->groups < 3)
        return false;
    return length(&g[1]) <= 2 &&
           ((length(&g[0]) <= 2 && length(&g[2]) == 4) ||
               (length(&g[0]) == 4 && length(&g[2]) <= 2));
}

/* The most groups that have low to high digits together and may end there; 0
 * when there are none. */
static size_t fitting(const struct pii_number *number, size_t low, size_t high)
{
    size_t digits = 0, groups = 0;

    for (size_t i = 0; i < number->groups; i++) {
        digits += length(&number->group[i]);
        if (digits > high)
            break;
        if (digits >= low && ends(number, i + 1))
            groups = i + 1;
    }
    return groups;
}

/* ---- international ---- */

/* Whether it stands in a row of numbers. */
static bool follows_digits(const struct pii_view *v)
{
    return pii_back(v, 1) == ' ' && pii_is(pii_back(v, 2), PII_DIGIT);
}

/* By the first two digits of a country code in use (ITU-T E.164): how many
 * digits a number has at most, the code included. */
static const uint8_t most_digits[100] = {[10 ... 19] = 11,
    [20 ... 26] = 12,
    [27] = 11,
    [29] = 11,
    [30] = 12,
    [31 ... 34] = 11,
    [35] = 12,
    [36] = 11,
    [37 ... 38] = 12,
    [39] = 13,
    [40 ... 41] = 11,
    [42] = 12,
    [43] = 13,
    [44] = 12,
    [45] = 10,
    [46] = 12,
    [47] = 10,
    [48] = 11,
    [49] = 13,
    [50] = 12,
    [51] = 11,
    [52] = 13,
    [53] = 10,
    [54 ... 55] = 13,
    [56] = 11,
    [57 ... 60] = 12,
    [61] = 11,
    [62] = 13,
    [63 ... 64] = 12,
    [65] = 10,
    [66] = 11,
    [67 ... 69] = 12,
    [70 ... 79] = 11,
    [80] = 13,
    [81 ... 82] = 12,
    [84] = 12,
    [85 ... 88] = 13,
    [90 ... 92] = 12,
    [93 ... 94] = 11,
    [95 ... 99] = 12};

/* "+25 000 000": a growth. */
static bool is_amount(const struct pii_number *number, size_t groups)
{
    for (size_t i = 1; i < groups; i++)
        if (length(&number->group[i]) != 3)
            return false;
    return groups > 1 && number->digits < 10;
}

/* The first digits of a number, however they are grouped. */
static size_t first_digits(const struct pii_view *v,
    const struct pii_number *number, uint8_t *digits, size_t most)
{
    size_t n = 0;

    for (size_t g = 0; g < number->groups; g++)
        for (size_t i = number->group[g].begin;
             i < number->group[g].end && n < most; i++)
            digits[n++] = v->c[i] - '0';
    return n;
}

static size_t international(
    const struct pii_view *v, const struct pii_number *number)
{
    uint8_t d[6];
    size_t zeros = v->c[0] == '+' ? 0 : 2, most, groups;

    if (zeros == 2 && digit(v, number->group) != '0')
        return 0;
    if (first_digits(v, number, d, 6) < 6)
        return 0;
    if (zeros == 2 && (d[0] != 0 || d[1] != 0 || length(number->group) < 2 ||
                          number->groups < 2 || follows_digits(v)))
        return 0;
    most = most_digits[10 * d[zeros] + d[zeros + 1]];
    if (most == 0 || d[zeros] == 0)
        return 0;
    if (d[zeros] == 1)
        groups = d[zeros + 1] < 2 ? 0 : fitting(number, zeros + 11, zeros + 11);
    else
        groups = fitting(
            number, zeros + (number->groups > 1 ? 8 : 9), zeros + most + 1);
    if (groups == 0 || is_amount(number, groups))
        return 0;
    return groups;
}

/* ---- national ---- */

static bool has(const struct pii_group *g, size_t a, size_t b, size_t c)
{
    return length(&g[0]) == a && length(&g[1]) == b && length(&g[2]) == c;
}

/* 3-3-4, or (3) 7; with a 1 before it or not. */
static size_t american(
    const struct pii_view *v, const struct pii_number *number)
{
    const struct pii_group *g = number->group;
    size_t one = length(g) == 1 && digit(v, g) == '1' && number->groups > 1;
    size_t left = number->groups - one;
    bool blanks;

    g += one;
    if (left < 2 || digit(v, g) == '0')
        return 0;
    if (left >= 2 && g->paren && length(g) == 3 && length(&g[1]) == 7)
        return ends(number, one + 2) ? one + 2 : 0;
    if (left < 3 || !has(g, 3, 3, 4) || g[1].paren || g[2].paren)
        return 0;
    blanks = !g->paren && g[1].sep == ' ' && g[2].sep == ' ';
    if (!g->paren && g[1].sep != g[2].sep && g[1].sep != '/')
        return 0;
    if (blanks &&
        (follows_digits(v) || digit(v, g) == '1' || digit(v, &g[1]) < '2' ||
            (number->groups > one + 3 && g[3].sep == ' ')))
        return 0;
    return ends(number, one + 3) ? one + 3 : 0;
}

/* A social security number that was not given out, or is not asked for. */
static bool is_ssn(const struct pii_number *number)
{
    return number->groups == 3 && has(number->group, 3, 2, 4);
}

/* Groups that begin with the 0 of the trunk. */
static size_t with_trunk(
    const struct pii_view *v, const struct pii_number *number)
{
    const struct pii_group *g = number->group;
    size_t groups;

    if (digit(v, g) != '0' || length(g) < 2 || v->c[g->begin + 1] == '0' ||
        is_date(number) || is_ssn(number) || (!g->paren && follows_digits(v)))
        return 0;
    groups = fitting(number, 9, 11);
    if (groups < 2 && fitting(number, 12, 12) == 2)
        groups = 2;
    if (groups < 2)
        return 0;
    for (size_t i = 0; i < groups; i++)
        if (length(&g[i]) > 8)
            return 0;
    if (all_sep(number, groups, '.') && groups < 4)
        return 0;
    return groups;
}

static bool has_four(const struct pii_group *g, size_t a, size_t b)
{
    return length(&g[0]) == a && length(&g[1]) == b && length(&g[2]) == 2 &&
           length(&g[3]) == 2;
}

/* 8 (912) 345-67-89 of Russia, 612 34 56 78 of Spain. */
static size_t in_pairs(
    const struct pii_view *v, const struct pii_number *number)
{
    const struct pii_group *g = number->group;

    if (number->groups >= 5 && length(g) == 1 && digit(v, g) == '8' &&
        has_four(&g[1], 3, 3) && ends(number, 5))
        return 5;
    if (number->groups >= 4 && digit(v, g) >= '6' && has_four(g, 3, 2) &&
        all_sep(number, 4, ' ') && !follows_digits(v) && ends(number, 4))
        return 4;
    return 0;
}

/* (11) 91234-5678 */
static size_t in_parentheses(const struct pii_number *number)
{
    const struct pii_group *g = number->group;

    if (number->groups < 3 || !g->paren || length(g) != 2 || g[2].sep != '-' ||
        length(&g[2]) != 4)
        return 0;
    if (length(&g[1]) != 4 && length(&g[1]) != 5)
        return 0;
    return ends(number, 3) ? 3 : 0;
}

/* 138 0013 8000, or in one piece with Chinese before it. */
static size_t chinese(const struct pii_view *v, const struct pii_number *number)
{
    const struct pii_group *g = number->group;
    uint8_t before = pii_back(v, 1);

    if (digit(v, g) != '1' || length(g) < 3 || v->c[g->begin + 1] < '3')
        return 0;
    if (length(g) == 11 && ends(number, 1)) {
        if (before == ':' || before == ' ')
            before = pii_back(v, 2);
        return before == PII_IDEOGRAPH;
    }
    if (number->groups < 3 || !has(g, 3, 4, 4) || g[1].sep != g[2].sep)
        return 0;
    return (g[1].sep == ' ' || g[1].sep == '-') && ends(number, 3) ? 3 : 0;
}

static size_t announced(
    const struct pii_view *v, const struct pii_number *number)
{
    if (!pii_says(v, words) || is_date(number))
        return 0;
    return fitting(number, 7, 12);
}

static size_t national(
    const struct pii_view *v, const struct pii_number *number)
{
    size_t groups = american(v, number);

    if (groups == 0)
        groups = with_trunk(v, number);
    if (groups == 0)
        groups = in_pairs(v, number);
    if (groups == 0)
        groups = in_parentheses(number);
    if (groups == 0)
        groups = chinese(v, number);
    if (groups == 0)
        groups = announced(v, number);
    return groups;
}

size_t pii_phone(const struct pii_view *v, const struct pii_number *number)
{
    const struct pii_group *last;
    size_t groups = 0;

    if (number->groups == 0 || !begins(v, number))
        return 0;
    if (v->c[0] == '+' && pii_is(pii_back(v, 1), PII_WORD))
        return 0;
    groups = international(v, number);
    if (groups == 0 && v->c[0] != '+')
        groups = national(v, number);
    if (groups == 0)
        return 0;
    last = &number->group[groups - 1];
    return last->end + (last->paren ? 1u : 0u);
}
