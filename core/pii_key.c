#include <string.h>

#include "pii_private.h"

/* Secrets: what begins with the prefix of a service and goes on at random, web
 * tokens (JWT), tokens behind "Bearer", private keys in PEM. At random is what
 * has a digit and so many letters and digits in a row; names and examples
 * ("sk-your-key-here", "sk-xxxx") have not. */

enum {
    CERTAIN = 64, /* characters behind a prefix in which it must be certain */
    HEADER_MAX = 250, /* of a web token */
    PEM_WORDS = 48,   /* between BEGIN and the dashes */
    PEM_BLANKS = 80   /* between these and the key: it may be indented */
};

static const struct prefix {
    const char *text;
    uint8_t least; /* characters behind it */
    uint8_t row;   /* of them letters and digits in a row */
    bool exact;    /* it has no more than the least */
    bool dotted;   /* it goes on behind dots */
} prefixes[] = {
    {"sk-ant-", 20, 10, false, false},
    {"sk-", 20, 12, false, false},
    {"ak_", 20, 20, false, false},
    {"AKIA", 16, 16, true, false},
    {"ASIA", 16, 16, true, false},
    {"ABIA", 16, 16, true, false},
    {"ACCA", 16, 16, true, false},
    {"ghp_", 30, 30, false, false},
    {"gho_", 30, 30, false, false},
    {"ghu_", 30, 30, false, false},
    {"ghs_", 30, 30, false, false},
    {"ghr_", 30, 30, false, false},
    {"github_pat_", 22, 16, false, false},
    {"xoxb-", 10, 8, false, false},
    {"xoxa-", 10, 8, false, false},
    {"xoxp-", 10, 8, false, false},
    {"xoxr-", 10, 8, false, false},
    {"xoxs-", 10, 8, false, false},
    {"xoxe-", 10, 8, false, false},
    {"AIza", 35, 6, true, false},
    {"glpat-", 20, 6, false, false},
    {"npm_", 30, 30, false, false},
    {"hf_", 30, 20, false, false},
    {"sk_live_", 16, 12, false, false},
    {"sk_test_", 16, 12, false, false},
    {"rk_live_", 16, 12, false, false},
    {"whsec_", 20, 12, false, false},
    {"shpat_", 30, 30, false, false},
    {"pypi-", 40, 12, false, false},
    {"dop_v1_", 40, 40, false, false},
    {"gsk_", 30, 20, false, false},
    {"pplx-", 30, 20, false, false},
    {"r8_", 30, 20, false, false},
    {"xai-", 40, 20, false, false},
    {"nvapi-", 40, 20, false, false},
    {"tvly-", 20, 12, false, false},
    {"fw_", 20, 20, false, false},
    {"xapp-", 20, 8, false, false},
    {"rk_test_", 16, 12, false, false},
    {"SG.", 16, 8, false, true},
    {"ya29.", 20, 10, false, true},
    {"GOCSPX-", 20, 6, false, false},
    {"hvs.", 24, 12, false, false},
    {"dapi", 32, 32, true, false},
    {"lin_api_", 30, 20, false, false},
    {"ntn_", 30, 20, false, false},
    {"dckr_pat_", 20, 12, false, false},
    {"glrt-", 20, 6, false, false},
    {"ATATT3", 40, 20, false, false},
    {"AGE-SECRET-KEY-1", 40, 40, false, false},
};

/* What they, and web tokens, begin with: by the first character the second, of
 * which the low bits tell enough. */
#define OF(c) (UINT32_C(1) << ((c)&31))
static const uint32_t seconds[256] = {
    ['A'] = OF('B') | OF('C') | OF('G') | OF('I') | OF('K') | OF('S') | OF('T'),
    ['G'] = OF('O'),
    ['S'] = OF('G'),
    ['a'] = OF('k'),
    ['d'] = OF('a') | OF('c') | OF('o'),
    ['e'] = OF('y'),
    ['f'] = OF('w'),
    ['g'] = OF('h') | OF('i') | OF('l') | OF('s'),
    ['h'] = OF('f') | OF('v'),
    ['l'] = OF('i'),
    ['n'] = OF('p') | OF('t') | OF('v'),
    ['p'] = OF('p') | OF('y'),
    ['r'] = OF('8') | OF('k'),
    ['s'] = OF('h') | OF('k'),
    ['t'] = OF('v'),
    ['w'] = OF('h'),
    ['x'] = OF('a') | OF('o'),
    ['y'] = OF('a'),
};
#undef OF

/* Whether one of them may stand here. Where the second is not there yet it may.
 */
static bool may_begin(const struct pii_view *v)
{
    return v->n < 2 || (seconds[v->c[0]] >> (v->c[1] & 31) & 1);
}

static bool says(struct pii_view *v, size_t i, const char *text)
{
    for (; *text != '\0'; text++, i++)
        if (pii_peek(v, i) != (uint8_t)*text)
            return false;
    return true;
}

/* How many characters of classes from i on make it certain that they are at
 * random: at least so many, with a digit, and so many letters and digits in a
 * row. 0: they do not. */
static size_t at_random(
    struct pii_view *v, size_t i, int classes, size_t least, size_t row)
{
    size_t in_row = 0;
    bool digit = false, long_enough = false;
    uint8_t c;

    for (size_t n = 0; n < CERTAIN; n++) {
        c = pii_peek(v, i + n);
        if (!pii_is(c, classes))
            return 0;
        digit = digit || pii_is(c, PII_DIGIT);
        in_row = pii_is(c, PII_DIGIT | PII_ALPHA) ? in_row + 1 : 0;
        long_enough = long_enough || in_row >= row;
        if (n + 1 >= least && digit && long_enough)
            return n + 1;
    }
    return 0;
}

static size_t by_prefix(
    struct pii_view *v, const struct prefix *p, enum pii_tail *tail)
{
    size_t n, body;

    if (!says(v, 0, p->text))
        return 0;
    n = strlen(p->text);
    body = at_random(v, n, PII_TOKEN, p->least, p->row);
    if (body == 0)
        return 0;
    if (!p->exact) {
        *tail = p->dotted ? PII_TAIL_DOTTED : PII_TAIL_TOKEN;
        return n + body;
    }
    return body == p->least && !pii_is(pii_peek(v, n + body), PII_WORD)
               ? n + body
               : 0;
}

/* Two parts in base 64 of which the first one begins as JSON does. */
static size_t web_token(struct pii_view *v, enum pii_tail *tail)
{
    size_t n = 3, more = 0;

    if (!says(v, 0, "eyJ"))
        return 0;
    while (n < HEADER_MAX && pii_is(pii_peek(v, n), PII_TOKEN))
        n++;
    if (n < 13 || pii_peek(v, n) != '.')
        return 0;
    while (more < 10 && pii_is(pii_peek(v, n + 1 + more), PII_TOKEN))
        more++;
    *tail = PII_TAIL_DOTTED;
    return more == 10 ? n + 11 : 0;
}

static bool follows_bearer(const struct pii_view *v)
{
    static const char word[] = "reraeb";

    if (pii_back(v, 1) != ' ')
        return false;
    for (size_t i = 0; i < 6; i++)
        if ((pii_back(v, i + 2) | 0x20) != word[i])
            return false;
    return !pii_is(pii_back(v, 8), PII_WORD);
}

/* What begins as keys of some kind do. */
static size_t by_first(struct pii_view *v, enum pii_tail *tail)
{
    size_t n;

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (v->c[0] != (uint8_t)prefixes[i].text[0])
            continue;
        n = by_prefix(v, &prefixes[i], tail);
        if (n > 0 || v->more)
            return n;
    }
    return v->c[0] == 'e' ? web_token(v, tail) : 0;
}

size_t pii_key(struct pii_view *v, enum pii_tail *tail)
{
    size_t n = may_begin(v) ? by_first(v, tail) : 0;

    if (n > 0 || v->more || !follows_bearer(v))
        return n;
    *tail = PII_TAIL_BASE64;
    return at_random(v, 0, PII_TOKEN | PII_BASE64, 20, 8);
}

/* ---- private keys ---- */

/* The length of the line at i that announces a private key: the words up to
 * "PRIVATE KEY", perhaps " BLOCK", and five dashes; 0 when it is none. */
static size_t announces(struct pii_view *v, size_t i)
{
    size_t n = 0;
    uint8_t c;

    while (!says(v, i + n, "PRIVATE KEY")) {
        c = pii_peek(v, i + n);
        if ((c != ' ' && !pii_is(c, PII_WORD)) || ++n > PEM_WORDS)
            return 0;
    }
    n += strlen("PRIVATE KEY");
    if (says(v, i + n, " BLOCK"))
        n += strlen(" BLOCK");
    return says(v, i + n, "-----") ? n + 5 : 0;
}

/* Whether what stands at i is of a key: behind line ends, quotes and blanks, a
 * header ("Proc-Type:") or base 64. */
static bool has_body(struct pii_view *v, size_t i)
{
    size_t skipped = 0, n = 0;
    uint8_t c;

    for (; skipped < PEM_BLANKS; skipped++, i++) {
        c = pii_peek(v, i);
        if (c == PII_NOTHING || pii_is(c, PII_WORD))
            break;
    }
    while (n < 24 && pii_is(pii_peek(v, i + n), PII_BASE64 | PII_TOKEN))
        n++;
    return n == 24 || (n >= 4 && pii_peek(v, i + n) == ':');
}

size_t pii_pem(struct pii_view *v, enum pii_tail *tail)
{
    size_t dashes = 0, n;

    while (dashes < 10 && pii_peek(v, dashes) == '-')
        dashes++;
    if (dashes < 5 || !says(v, dashes, "BEGIN "))
        return 0;
    n = announces(v, dashes + strlen("BEGIN "));
    if (n == 0)
        return 0;
    n += dashes + strlen("BEGIN ");
    *tail = PII_TAIL_PEM;
    return has_body(v, n) ? n : 0;
}
