#include <stdlib.h>
#include <string.h>

#include "pii_window.h"

enum {
    BLOCK = 192,    /* bytes of a key that goes on, told at once */
    NAME_MAX = 64,  /* characters before an '@' */
    PEM_MAX = 32768 /* characters of a private key */
};

/* A text on its way. The window holds the characters that are not decided, and
 * PII_BEFORE before them. */
struct pii_scan {
    uint32_t kinds;
    bool ended;
    size_t next;        /* the first character that is not decided */
    size_t cut;         /* the first that cannot be seen from there */
    size_t named;       /* up to here all may be the name of an address */
    size_t numbered;    /* where the number begins */
    enum pii_tail tail; /* something goes on */
    uint64_t tail_begin;
    uint64_t tail_end;
    uint32_t pem;             /* of "-----END" and "-----", what is there */
    uint32_t pem_left;        /* characters that a key may still have */
    struct pii_number number; /* the last that was read */
    struct pii_window w;
};

static const char pem_end[] = "-----END";

enum { PEM_END = sizeof(pem_end) - 1, PEM_DONE = PEM_END + 5 };

struct pii_scan *pii_scan_make(uint32_t kinds)
{
    struct pii_scan *s = malloc(sizeof(*s));

    if (s == NULL)
        return NULL;
    memset(
        s, 0, offsetof(struct pii_scan, w) + offsetof(struct pii_window, at));
    s->kinds = kinds;
    return s;
}

void pii_scan_free(struct pii_scan *s)
{
    free(s);
}

/* Drop what is decided and cannot be looked back at. */
static void shift(struct pii_scan *s)
{
    size_t by = s->next > PII_BEFORE ? s->next - PII_BEFORE : 0;

    if (s->numbered < by)
        s->number.groups = 0;
    s->numbered -= s->numbered < by ? s->numbered : by;
    s->next -= by;
    s->cut = s->cut > by ? s->cut - by : 0;
    s->named = s->named > by ? s->named - by : 0;
    pii_window_drop(&s->w, by);
}

/* ---- what begins here ---- */

static bool wants(const struct pii_scan *s, enum pii_kind kind)
{
    return (s->kinds & PII_BIT(kind)) != 0;
}

/* The address that begins at the place. Names are read once, however many
 * places there are in them. */
static size_t mail(struct pii_scan *s, struct pii_view *v)
{
    size_t at = s->named > s->next ? s->named - s->next : 0;
    uint8_t c = PII_NOTHING;

    for (; at <= NAME_MAX; at++) {
        c = pii_peek(v, at);
        if (!pii_is(c, PII_MAIL))
            break;
        if (c == '%' && pii_peek(v, at + 1) == '4' &&
            pii_peek(v, at + 2) == '0')
            break;
    }
    if (v->more)
        return 0;
    s->named = s->next + at;
    if (at > NAME_MAX || (c != '@' && c != '%'))
        return 0;
    return pii_mail(v, at);
}

struct found {
    size_t n;
    enum pii_kind kind;
    enum pii_tail tail;
};

/* Note what a recogniser says. Returns whether that settles the place: it is
 * something, or more of the text must be seen. */
static bool settles(
    const struct pii_view *v, struct found *f, enum pii_kind kind, size_t n)
{
    f->kind = kind;
    f->n = n;
    return n > 0 || v->more;
}

/* Read the number at the place: once, however many groups it has. Returns
 * whether enough of it is there. */
static bool read_number(struct pii_scan *s, struct pii_view *v)
{
    struct pii_number *number = &s->number;

    if (!pii_is(v->c[0], PII_DIGIT) ||
        !pii_number_shift(v, number, s->next - s->numbered))
        pii_number_read(v, number);
    s->numbered = s->next;
    if (v->more)
        number->groups = 0;
    return !v->more;
}

static void of_number(struct pii_scan *s, struct pii_view *v, struct found *f)
{
    const struct pii_number *number = &s->number;

    if (wants(s, PII_IP) && settles(v, f, PII_IP, pii_ip4(v)))
        return;
    if (!read_number(s, v))
        return;
    if (wants(s, PII_CARD) && settles(v, f, PII_CARD, pii_card(v, number)))
        return;
    if (wants(s, PII_SSN) && settles(v, f, PII_SSN, pii_ssn(v, number)))
        return;
    if (wants(s, PII_PHONE))
        settles(v, f, PII_PHONE, pii_phone(v, number));
}

static void of_word(
    const struct pii_scan *s, struct pii_view *v, struct found *f)
{
    if (wants(s, PII_KEY) && settles(v, f, PII_KEY, pii_key(v, &f->tail)))
        return;
    if (wants(s, PII_IBAN) && settles(v, f, PII_IBAN, pii_iban(v)))
        return;
    if (wants(s, PII_IP))
        settles(v, f, PII_IP, pii_ip6(v));
}

/* Say what begins at the place, if anything. */
static void recognise(struct pii_scan *s, struct pii_view *v, struct found *f)
{
    uint8_t c = v->c[0];

    if (wants(s, PII_EMAIL) && pii_is(c, PII_WORD) &&
        settles(v, f, PII_EMAIL, mail(s, v)))
        return;
    if (c == '-') {
        if (wants(s, PII_KEY) && pii_back(v, 1) != '-')
            settles(v, f, PII_KEY, pii_pem(v, &f->tail));
        return;
    }
    if (pii_is(c, PII_DIGIT) || c == '+' || c == '(')
        of_number(s, v, f);
    if (f->n == 0 && !v->more && pii_is(c, PII_DIGIT | PII_ALPHA))
        of_word(s, v, f);
}

/* ---- what goes on ---- */

enum going { GOES, ENDS, WAITS };

static enum going token_goes(const struct pii_scan *s, int classes, bool dots)
{
    uint8_t c = s->w.c[s->next];

    if (pii_is(c, classes))
        return GOES;
    if (!dots || (c != '.' && c != '~'))
        return ENDS;
    if (s->next + 1 == s->w.n)
        return s->ended ? ENDS : WAITS;
    return pii_is(s->w.c[s->next + 1], classes) ? GOES : ENDS;
}

static enum going pem_goes(struct pii_scan *s)
{
    uint8_t c = s->w.c[s->next];

    if (s->pem == PEM_DONE || s->pem_left == 0 || c == PII_STOP ||
        (s->pem >= PEM_END && c == '\n'))
        return ENDS;
    s->pem_left--;
    if (s->pem >= PEM_END)
        s->pem = c == '-' ? s->pem + 1 : PEM_END;
    else if (c == (uint8_t)pem_end[s->pem])
        s->pem++;
    else if (c != '-')
        s->pem = 0;
    else if (s->pem != 5)
        s->pem = 1;
    return GOES;
}

static enum going goes(struct pii_scan *s)
{
    switch (s->tail) {
    case PII_TAIL_TOKEN:
        return token_goes(s, PII_TOKEN, false);
    case PII_TAIL_DOTTED:
        return token_goes(s, PII_TOKEN, true);
    case PII_TAIL_BASE64:
        return token_goes(s, PII_TOKEN | PII_BASE64, true);
    case PII_TAIL_PEM:
        return pem_goes(s);
    default:
        return ENDS;
    }
}

static void tell_tail(struct pii_scan *s, const struct pii_sink *sink)
{
    struct pii_span span = {s->tail_begin, s->tail_end, PII_KEY, true};

    if (span.end > span.begin)
        sink->found(sink->cookie, &span);
    s->tail_begin = s->tail_end;
}

/* Go on with what goes on. Returns whether there is more to be decided. */
static bool follow(struct pii_scan *s, const struct pii_sink *sink)
{
    enum going going = GOES;

    while (s->next < s->w.n && (going = goes(s)) == GOES) {
        s->tail_end = s->w.at[s->next] + s->w.size[s->next];
        s->next++;
        if (s->tail_end - s->tail_begin >= BLOCK)
            tell_tail(s, sink);
    }
    if (going == ENDS) {
        tell_tail(s, sink);
        s->tail = PII_TAIL_NONE;
    }
    return going == ENDS;
}

/* ---- the scan ---- */

static struct pii_view view(struct pii_scan *s)
{
    uint64_t limit = s->w.at[s->next] + PII_LIMIT;
    struct pii_view v = {.c = s->w.c + s->next};

    s->cut = s->cut > s->next ? s->cut : s->next;
    while (s->cut < s->w.n && s->w.at[s->cut] + s->w.size[s->cut] <= limit)
        s->cut++;
    v.n = s->cut - s->next;
    v.before = s->next < PII_BEFORE ? s->next : PII_BEFORE;
    v.whole = s->ended || s->cut < s->w.n || s->w.seen >= limit;
    return v;
}

/* Pass over the character at the place, and the rest of its word. */
static void pass(struct pii_scan *s)
{
    if (pii_is(s->w.c[s->next++], PII_WORD))
        while (s->next < s->w.n && pii_is(s->w.c[s->next], PII_WORD))
            s->next++;
}

/* Pass over words that are nothing but letters before something that no
 * recogniser would go on with. */
static bool pass_plain(struct pii_scan *s)
{
    size_t i = s->next;

    while (i < s->w.n && pii_is(s->w.c[i], PII_ALPHA | PII_ALIEN))
        i++;
    if (i == s->next || i == s->w.n || s->w.c[i] == '@' || s->w.c[i] == ':' ||
        pii_is(s->w.c[i], PII_DIGIT | PII_MAIL | PII_TOKEN | PII_BASE64))
        return false;
    s->next = i;
    return true;
}

/* Decide what is at the place. Returns whether that was possible. */
static bool decide(struct pii_scan *s, const struct pii_sink *sink)
{
    struct found f = {0};
    struct pii_view v = view(s);
    struct pii_span span = {.begin = s->w.at[s->next]};

    recognise(s, &v, &f);
    if (v.more)
        return false;
    if (f.n == 0) {
        pass(s);
        return true;
    }
    s->next += f.n;
    span.end = s->w.at[s->next - 1] + s->w.size[s->next - 1];
    span.kind = f.kind;
    sink->found(sink->cookie, &span);
    if (f.kind != PII_KEY)
        return true;
    s->tail = f.tail;
    s->tail_begin = s->tail_end = span.end;
    s->pem = 0;
    s->pem_left = PEM_MAX;
    return true;
}

static bool in_word(const struct pii_scan *s)
{
    return s->next > 0 && pii_is(s->w.c[s->next - 1], PII_WORD) &&
           pii_is(s->w.c[s->next], PII_WORD);
}

static void scan(struct pii_scan *s, const struct pii_sink *sink)
{
    while (s->next < s->w.n) {
        if (s->tail != PII_TAIL_NONE) {
            if (!follow(s, sink))
                return;
        } else if (!pii_is(s->w.c[s->next], PII_BEGINS)) {
            s->next++;
        } else if (in_word(s)) {
            pass(s);
        } else if (!pass_plain(s) && !decide(s, sink)) {
            return;
        }
    }
}

void pii_scan_feed(
    struct pii_scan *s, struct span text, const struct pii_sink *sink)
{
    size_t used;

    while (text.n > 0) {
        if (pii_window_full(&s->w))
            shift(s);
        used = pii_window_fill(&s->w, text);
        text.p += used;
        text.n -= used;
        scan(s, sink);
    }
}

void pii_scan_end(struct pii_scan *s, const struct pii_sink *sink)
{
    if (pii_window_full(&s->w))
        shift(s);
    s->ended = true;
    pii_window_end(&s->w);
    scan(s, sink);
    if (s->tail != PII_TAIL_NONE)
        tell_tail(s, sink);
}

uint64_t pii_scan_live(const struct pii_scan *s)
{
    if (s->tail != PII_TAIL_NONE)
        return s->tail_begin;
    return s->next < s->w.n ? s->w.at[s->next] : s->w.seen;
}
