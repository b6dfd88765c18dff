#include <string.h>

#include "pii_private.h"

/* Addresses of e-mail: a name of at most 64 characters, an '@' (in an URL
 * "%40"), a domain whose last label is letters. Letters may be of any alphabet
 * that puts blanks between words; scripts without blanks end an address. Left
 * alone: "git@" of repositories, package@1.2.3-beta.rc, icon@2x.png, and what
 * is called as a function. */

enum { LABEL_MAX = 63, TOP_MAX = 24 };

/* Whether the label of n characters at i is one of files. */
static bool is_suffix(const struct pii_view *v, size_t i, size_t n)
{
    static const char suffixes[] = " png jpg jpeg gif svg webp bmp ico js jsx "
                                   "tsx css html json xml yaml yml toml txt "
                                   "csv exe dll pdf ";
    char word[8] = " ";

    if (n > 5)
        return false;
    for (size_t at = 0; at < n; at++)
        word[at + 1] = (char)(v->c[i + at] | 0x20);
    word[n + 1] = ' ';
    return memmem(suffixes, strlen(suffixes), word, n + 2) != NULL;
}

/* How much of the label of n characters at i can be the last one of a domain;
 * 0: none of it. */
static size_t top(const struct pii_view *v, size_t i, size_t n)
{
    size_t letters = 0;

    if (n > 4 && (v->c[i] | 0x20) == 'x' && (v->c[i + 1] | 0x20) == 'n' &&
        v->c[i + 2] == '-' && v->c[i + 3] == '-')
        return n;
    while (letters < n && pii_is(v->c[i + letters], PII_ALPHA | PII_ALIEN))
        letters++;
    if (letters < 2 || letters > TOP_MAX || is_suffix(v, i, letters))
        return 0;
    return letters == n || v->c[i + letters] == '-' ? letters : 0;
}

static size_t label(struct pii_view *v, size_t i, bool *number)
{
    size_t n = 0;

    *number = true;
    for (; n < LABEL_MAX; n++) {
        if (!pii_is(pii_peek(v, i + n), PII_WORD) && pii_peek(v, i + n) != '-')
            break;
        *number = *number && pii_is(v->c[i + n], PII_DIGIT);
    }
    return n;
}

/* The place behind the domain at i; 0 when there is none. */
static size_t domain(struct pii_view *v, size_t i)
{
    size_t end = 0, numbers = 0, labels = 0, n, last;
    bool number;

    for (;; i += n + 1) {
        n = label(v, i, &number);
        if (n == 0 || !pii_is(v->c[i], PII_WORD))
            break;
        numbers += number && labels < 2;
        if (labels++ > 0 && (last = top(v, i, n)) > 0)
            end = i + last;
        if (pii_peek(v, i + n) != '.' ||
            !pii_is(pii_peek(v, i + n + 1), PII_WORD))
            break;
    }
    return numbers < 2 ? end : 0;
}

static bool is_git(const struct pii_view *v, size_t at)
{
    return at == 3 && memcmp(v->c, "git", 3) == 0;
}

size_t pii_mail(struct pii_view *v, size_t at)
{
    size_t end;

    for (size_t i = 0; i + 1 < at; i++)
        if (v->c[i] == '.' && v->c[i + 1] == '.')
            return 0;
    end = domain(v, at + (v->c[at] == '@' ? 1 : 3));
    if (end == 0 || pii_peek(v, end) == '(' ||
        (is_git(v, at) && (pii_peek(v, end) == ':' || pii_peek(v, end) == '/')))
        return 0;
    return end;
}
