#include "pii_private.h"

/* Social security numbers: 3-2-4 digits with '-' or with blanks, without those
 * that were never given out (area 000, 666 and 900 on, group 00, serial 0000)
 * and the two that were printed by the thousand. With dots or in one piece only
 * behind "SSN" or "social security". */

static const char words[] = " ssn ssns social security soc sec ";

static unsigned value(const struct pii_view *v, size_t i, size_t n)
{
    unsigned number = 0;

    for (; n > 0; n--)
        number = number * 10 + v->c[i++] - '0';
    return number;
}

static bool was_given(unsigned area, unsigned group, unsigned serial)
{
    if (area == 0 || area == 666 || area >= 900 || group == 0 || serial == 0)
        return false;
    return !(area == 78 && group == 5 && serial == 1120) &&
           !(area == 219 && group == 9 && serial == 9999);
}

/* Whether it stands for itself and not in a longer number or name. */
static bool begins(const struct pii_view *v, uint8_t sep)
{
    uint8_t c = pii_back(v, 1);

    if (c == ' ')
        return sep != ' ' || !pii_is(pii_back(v, 2), PII_DIGIT);
    if (c == '_' || c == '$' || c == '+')
        return false;
    if (c == '#')
        return pii_says(v, words);
    if (c == ',' || c == ':')
        return sep == '-' || (c == ',' && sep == ' ') ||
               !pii_is(pii_back(v, 2), PII_DIGIT) || pii_says(v, words);
    return !(c == '-' || c == '.' || c == '/') ||
           !pii_is(pii_back(v, 2), PII_WORD) || pii_says(v, words);
}

static bool ends(const struct pii_number *number, size_t groups)
{
    const struct pii_group *next = &number->group[groups];

    if (number->group[groups - 1].joined)
        return false;
    if (number->group[groups - 1].listed)
        return groups == 1 || number->group[1].sep == '-' ||
               number->group[2].listed == ',';
    return number->groups == groups ||
           (next->sep == ' ' && number->group[1].sep != ' ');
}

size_t pii_ssn(const struct pii_view *v, const struct pii_number *number)
{
    const struct pii_group *g = number->group;
    size_t i = g[0].begin;

    if (v->c[0] == '+' || v->c[0] == '(')
        return 0;
    if (g[0].end - i == 9 && ends(number, 1) && pii_says(v, words) &&
        was_given(value(v, i, 3), value(v, i + 3, 2), value(v, i + 5, 4)))
        return g[0].end;
    if (number->groups < 3 || g[0].end - i != 3 || g[1].end - g[1].begin != 2 ||
        g[2].end - g[2].begin != 4 || g[1].sep != g[2].sep || g[1].paren ||
        g[2].paren)
        return 0;
    if (g[1].sep == '/' || (g[1].sep == '.' && !pii_says(v, words)))
        return 0;
    if (!begins(v, g[1].sep) || !ends(number, 3))
        return 0;
    if (!was_given(
            value(v, i, 3), value(v, g[1].begin, 2), value(v, g[2].begin, 4)))
        return 0;
    return g[2].end;
}
