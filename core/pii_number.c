#include <string.h>

#include "pii_private.h"

/* Numbers as people write them: groups of digits with a blank, '-', '.', '/'
 * or parentheses between them. */

enum {
    DIGITS = 19, /* after which nothing is read */
    WORD_MAX = 17
};

size_t pii_digits(struct pii_view *v, size_t i, size_t most)
{
    size_t n = 0;

    while (n <= most && pii_is(pii_peek(v, i + n), PII_DIGIT))
        n++;
    return n;
}

/* Whether what stands at i makes the digits before it part of something else:
 * a word, an address. */
static bool clings(struct pii_view *v, size_t i)
{
    uint8_t c = pii_peek(v, i);

    if (pii_is(c, PII_WORD) || c == '_' || c == '@' || c == '%')
        return true;
    return c == '-' && pii_is(pii_peek(v, i + 1), PII_ALPHA);
}

static uint8_t lists(struct pii_view *v, size_t i)
{
    uint8_t c = pii_peek(v, i);

    return (c == ',' || c == ':') && pii_is(pii_peek(v, i + 1), PII_DIGIT) ? c
                                                                           : 0;
}

/* Read what may stand between two groups. Returns its length; leaves the sign
 * in *sep. */
static size_t between(struct pii_view *v, size_t i, uint8_t *sep)
{
    uint8_t c = pii_peek(v, i);

    *sep = 0;
    if (c != ' ' && c != '-' && c != '.' && c != '/')
        return 0;
    *sep = c;
    if (c != ' ')
        return 1;
    c = pii_peek(v, i + 1);
    if ((c != '-' && c != '/') || pii_peek(v, i + 2) != ' ')
        return 1;
    *sep = c;
    return 3;
}

/* Read a group at *i. Returns whether there is one. */
static bool read_group(
    struct pii_view *v, struct pii_number *number, uint8_t sep, size_t *i)
{
    struct pii_group *g = &number->group[number->groups];
    bool paren = pii_peek(v, *i) == '(';
    size_t at = *i + paren;
    size_t n = pii_digits(v, at, PII_GROUP_MAX);

    if (n == 0)
        return false;
    g->sep = sep;
    g->begin = (uint8_t)at;
    g->end = (uint8_t)(at + n);
    g->paren = paren && pii_peek(v, at + n) == ')';
    g->joined = n > PII_GROUP_MAX || (!g->paren && clings(v, at + n));
    g->listed = g->paren ? 0 : lists(v, at + n);
    number->digits += n;
    number->groups++;
    *i = at + n + g->paren;
    return !g->joined && !g->listed;
}

/* Read groups from where the number ends on, as many as can be told. */
static void read_groups(struct pii_view *v, struct pii_number *number)
{
    size_t i = number->end, skip;
    uint8_t sep = number->next;

    number->full = false;
    while (number->groups < PII_GROUPS && number->digits <= DIGITS) {
        if (!read_group(v, number, sep, &i))
            return;
        skip = between(v, i, &sep);
        if (skip == 0 && !number->group[number->groups - 1].paren &&
            pii_peek(v, i) != '(')
            return;
        i += skip;
        number->end = i;
        number->next = sep;
    }
    number->full = true;
}

void pii_number_read(struct pii_view *v, struct pii_number *number)
{
    memset(number, 0, sizeof(*number));
    number->end = v->c[0] == '+';
    read_groups(v, number);
}

bool pii_number_shift(struct pii_view *v, struct pii_number *number, size_t by)
{
    struct pii_group *g = number->group;

    if (number->groups < 2 || g[1].begin != by || g[1].sep == 0 || g[1].paren)
        return false;
    number->groups--;
    number->digits -= (size_t)(g[0].end - g[0].begin);
    number->end -= by;
    memmove(&g[0], &g[1], number->groups * sizeof(g[0]));
    for (size_t i = 0; i < number->groups; i++) {
        g[i].begin -= (uint8_t)by;
        g[i].end -= (uint8_t)by;
    }
    g[0].sep = 0;
    if (number->full)
        read_groups(v, number);
    return true;
}

/* Read the word that ends i characters before the place. Returns its length,
 * 0 when there is none or it is not one of a few ASCII letters; a placeholder
 * says nothing. */
static size_t word_back(
    const struct pii_view *v, size_t i, char word[WORD_MAX + 3])
{
    size_t n = 0;

    while (pii_is(pii_back(v, i + n), PII_WORD))
        n++;
    if (n == 0 || n > WORD_MAX || i + n > PII_BEFORE ||
        pii_back(v, i + n) == '_')
        return 0;
    word[0] = ' ';
    for (size_t at = 0; at < n; at++) {
        if (!pii_is(pii_back(v, i + at), PII_ALPHA))
            return 0;
        word[n - at] = (char)(pii_back(v, i + at) | 0x20);
    }
    word[n + 1] = ' ';
    return n;
}

static bool listed(const char *words, const char *word, size_t n)
{
    return memmem(words, strlen(words), word, n + 2) != NULL;
}

static const char small[] =
    " me at us is no nr num number on my the to him her "
    "them it of was are ";

bool pii_says(const struct pii_view *v, const char *words)
{
    char word[WORD_MAX + 3];
    size_t i = 1, n;
    uint8_t c;

    for (int tries = 0; tries < 5; tries++) {
        while ((c = pii_back(v, i)) != PII_NOTHING && c < 0x80 &&
               !pii_is(c, PII_WORD))
            i++;
        n = word_back(v, i, word);
        if (n == 0)
            return false;
        if (listed(words, word, n))
            return true;
        if (!listed(small, word, n))
            return false;
        i += n;
    }
    return false;
}
