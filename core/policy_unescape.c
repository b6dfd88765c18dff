#include "policy_unescape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "utf8.h"

enum {
    SCALAR_MAX = 64, /* bytes that are replaced as a whole */
    ESCAPE_MAX = 12, /* bytes of two escapes that are one character */
    QUOTED_MAX = 16, /* different texts that replace */
    BY_MAX = 48,     /* bytes of one, with quotes */
    PRUNE = 64       /* pieces that may be of no more use */
};

/* How a piece of the JSON text was shown to the inner detector. */
enum piece_kind {
    TEXT,   /* as it stands */
    BLANK,  /* as it stands, outside of strings */
    SCALAR, /* a number or word outside of strings: all of it or nothing */
    ESCAPE, /* as what it says: all of it or nothing */
    BREAK   /* as U+FFFF: a sign of JSON */
};

/* It ends where the next one begins. */
struct piece {
    uint64_t view; /* bytes of the inner detector's text before it */
    uint64_t raw;  /* bytes of the JSON text before it */
    enum piece_kind kind;
};

struct quoted {
    const char *by;
    char text[BY_MAX];
};

struct unescaping {
    struct policy_detector inner;
    void *d;
    bool failed;
    bool ended;
    bool in_string;
    uint8_t have; /* bytes of an escape that is not whole */
    char escape[ESCAPE_MAX];
    uint64_t raw;       /* bytes in pieces */
    uint64_t view;      /* bytes that the inner detector saw */
    struct buf pieces;  /* struct piece: from what is live on */
    struct buf pending; /* struct policy_finding: to the end of a scalar */
    struct quoted quoted[QUOTED_MAX];
    const struct policy_findings *to; /* while it is fed */
};

static void let_go(void *d)
{
    struct unescaping *u = d;

    if (u->d != NULL)
        u->inner.kind->free(u->d);
    buf_free(&u->pieces);
    buf_free(&u->pending);
    free(u);
}

static void *begin(const void *rules, const char *by)
{
    struct unescaping *u = calloc(1, sizeof(*u));

    if (u == NULL)
        return NULL;
    u->inner = *(const struct policy_detector *)rules;
    u->d = u->inner.kind->begin(u->inner.rules, by);
    if (u->d != NULL)
        return u;
    let_go(u);
    return NULL;
}

/* ---- pieces ---- */

static struct piece *pieces(const struct unescaping *u, size_t *count)
{
    *count = u->pieces.len / sizeof(struct piece);
    return (struct piece *)(void *)u->pieces.data;
}

static const struct piece *last_piece(const struct unescaping *u)
{
    size_t count;
    const struct piece *p = pieces(u, &count);

    return count > 0 ? &p[count - 1] : NULL;
}

/* The index of the piece that holds a byte of the inner detector's text. */
static size_t piece_of(const struct unescaping *u, uint64_t view)
{
    size_t low = 0, high, middle;
    const struct piece *p = pieces(u, &high);

    while (high - low > 1) {
        middle = low + (high - low) / 2;
        if (p[middle].view <= view)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static uint64_t piece_end(const struct unescaping *u, size_t index)
{
    size_t count;
    const struct piece *p = pieces(u, &count);

    return index + 1 < count ? p[index + 1].raw : u->raw;
}

static bool is_whole(const struct piece *p)
{
    return p->kind == ESCAPE || p->kind == BREAK || p->kind == SCALAR;
}

/* Whether a scalar may get longer. */
static bool is_open(const struct unescaping *u, size_t index)
{
    size_t count;
    const struct piece *p = pieces(u, &count);

    return !u->ended && index + 1 == count && p[index].kind == SCALAR;
}

/* ---- findings ---- */

static const char *quoted(struct unescaping *u, const char *by)
{
    struct quoted *q = u->quoted;
    int n;

    for (; q < u->quoted + QUOTED_MAX && q->by != NULL; q++)
        if (q->by == by)
            return q->text;
    if (q == u->quoted + QUOTED_MAX)
        q--;
    n = snprintf(q->text, sizeof(q->text), "\"%s\"", by);
    u->failed = u->failed || n >= BY_MAX;
    q->by = by;
    return q->text;
}

static bool has_break(const struct piece *p, size_t first, size_t last)
{
    for (; first <= last; first++)
        if (p[first].kind == BREAK)
            return true;
    return false;
}

/* Place a finding in the JSON text. */
static void add(void *cookie, const struct policy_finding *found)
{
    struct unescaping *u = cookie;
    struct policy_finding f = *found;
    size_t first = piece_of(u, f.begin), last = piece_of(u, f.end - 1), count;
    const struct piece *p = pieces(u, &count);
    bool partial = f.by == NULL || f.by[0] == '\0';

    if (!partial && has_break(p, first, last))
        return;
    if (p[first].kind == ESCAPE || (p[first].kind == SCALAR && !partial))
        f.begin = p[first].raw;
    else
        f.begin = p[first].raw + (f.begin - p[first].view);
    if (p[last].kind == ESCAPE || (p[last].kind == SCALAR && !partial))
        f.end = piece_end(u, last);
    else
        f.end = p[last].raw + (f.end - p[last].view);
    if (!partial && (p[first].kind == SCALAR || p[last].kind == SCALAR))
        f.by = quoted(u, f.by);
    if (!partial && is_open(u, last))
        buf_put(&u->pending, &f, sizeof(f));
    else
        u->to->add(u->to->cookie, &f);
}

/* A scalar is over: so are the findings in it. */
static void tell_pending(struct unescaping *u)
{
    struct policy_finding *f = (void *)u->pending.data;
    size_t count = u->pending.len / sizeof(*f);

    for (size_t i = 0; i < count; i++) {
        f[i].end = u->raw;
        u->to->add(u->to->cookie, &f[i]);
    }
    u->pending.len = 0;
}

/* ---- what the inner detector sees ---- */

static void inner_feed(struct unescaping *u, struct span text)
{
    struct policy_findings to = {add, u};

    u->inner.kind->feed(u->d, text, &to);
    u->failed = u->failed ||
                (u->inner.kind->failed != NULL && u->inner.kind->failed(u->d));
}

/* Show a text for so many bytes of JSON, as a piece of its own or as more of
 * the last one. */
static void show(
    struct unescaping *u, enum piece_kind kind, struct span text, uint64_t raw)
{
    struct piece piece = {u->view, u->raw, kind};
    const struct piece *last = last_piece(u);

    if (last != NULL && last->kind == SCALAR && kind != SCALAR)
        tell_pending(u);
    if (last == NULL || last->kind != kind || kind == ESCAPE)
        buf_put(&u->pieces, &piece, sizeof(piece));
    u->raw += raw;
    u->view += text.n;
    u->failed = u->failed || u->pieces.failed || u->pending.failed;
    if (!u->failed)
        inner_feed(u, text);
}

/* ---- escapes ---- */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* Show the first n bytes of the escape as a character. */
static void show_escape(struct unescaping *u, size_t n, uint32_t cp)
{
    char room[4];
    struct span text = {room, utf8_encode(cp, room)};

    show(u, ESCAPE, text, n);
    u->have = (uint8_t)(u->have - n);
    memmove(u->escape, u->escape + n, u->have);
}

static void show_letter(struct unescaping *u)
{
    static const char letters[] = "bfnrt", controls[] = "\b\f\n\r\t";
    const char *letter = memchr(letters, u->escape[1], 5);

    if (letter != NULL)
        u->escape[1] = controls[letter - letters];
    show(u, ESCAPE, (struct span){u->escape + 1, 1}, 2);
    u->have = 0;
}

/* Show what is whole of the escape, which has a byte more. */
static void settle_escape(struct unescaping *u)
{
    uint32_t high, low;

    if (u->have == 2 && u->escape[1] != 'u')
        show_letter(u);
    if (u->have < 6)
        return;
    high = json_hex4(u->escape + 2);
    if (high < 0xd800 || high > 0xdfff) {
        show_escape(u, 6, high);
        return;
    }
    if (high >= 0xdc00 || (u->have == 8 && u->escape[7] != 'u')) {
        show_escape(u, 6, 0xfffd);
        settle_escape(u);
        return;
    }
    if (u->have < ESCAPE_MAX)
        return;
    low = json_hex4(u->escape + 8);
    if (low >= 0xdc00 && low <= 0xdfff) {
        show_escape(u, 12, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
        return;
    }
    show_escape(u, 6, 0xfffd);
    settle_escape(u);
}

/* Whether c can be the next byte of the escape. */
static bool escape_takes(const struct unescaping *u, char c)
{
    if (u->have == 1 || u->have == 7)
        return true;
    return u->have == 6 ? c == '\\' : is_hex(c);
}

/* No more comes of the escape. */
static void break_escape(struct unescaping *u)
{
    if (u->have > 6)
        show_escape(u, 6, 0xfffd);
    show_escape(u, u->have, 0xfffd);
}

/* ---- JSON ---- */

static bool is_sign(char c)
{
    return memchr("\"{}[],:", c, 7) != NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void show_break(struct unescaping *u)
{
    show(u, BREAK, (struct span){"\xef\xbf\xbf", 3}, 1);
}

static size_t take_string(struct unescaping *u, struct span text)
{
    size_t n = 0;

    if (text.p[0] == '"') {
        show_break(u);
        u->in_string = false;
        return 1;
    }
    if (text.p[0] == '\\') {
        u->escape[0] = '\\';
        u->have = 1;
        return 1;
    }
    while (n < text.n && text.p[n] != '"' && text.p[n] != '\\')
        n++;
    show(u, TEXT, (struct span){text.p, n}, n);
    return n;
}

/* How much of a scalar there is to be shown, so that it is no longer than it
 * may be. */
static size_t scalar_room(const struct unescaping *u)
{
    const struct piece *last = last_piece(u);
    uint64_t shown;

    if (last == NULL || last->kind != SCALAR)
        return SCALAR_MAX;
    shown = u->raw - last->raw;
    return shown < SCALAR_MAX ? SCALAR_MAX - (size_t)shown : 0;
}

/* So much of a scalar, and what its last character has beyond that. */
static size_t whole_characters(struct span text, size_t room)
{
    size_t n = text.n < room ? text.n : room;

    while (n < text.n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n++;
    return n;
}

static size_t take_scalar(struct unescaping *u, struct span text)
{
    const struct piece *last = last_piece(u);
    size_t n = 0, whole;
    bool rest = last != NULL && last->kind == TEXT;

    while (n < text.n && !is_sign(text.p[n]) && !is_blank(text.p[n]))
        n++;
    whole = whole_characters((struct span){text.p, n}, scalar_room(u));
    if (rest || whole == 0) {
        show(u, TEXT, (struct span){text.p, n}, n);
        return n;
    }
    show(u, SCALAR, (struct span){text.p, whole}, whole);
    return whole;
}

static size_t take_outside(struct unescaping *u, struct span text)
{
    size_t n = 0;

    if (is_sign(text.p[0])) {
        u->in_string = text.p[0] == '"';
        show_break(u);
        return 1;
    }
    while (n < text.n && is_blank(text.p[n]))
        n++;
    if (n == 0)
        return take_scalar(u, text);
    show(u, BLANK, (struct span){text.p, n}, n);
    return n;
}

static size_t take(struct unescaping *u, struct span text)
{
    if (u->have > 0 && escape_takes(u, text.p[0])) {
        u->escape[u->have++] = text.p[0];
        settle_escape(u);
        return 1;
    }
    if (u->have > 0)
        break_escape(u);
    return u->in_string ? take_string(u, text) : take_outside(u, text);
}

/* Forget the pieces before what the inner detector has not decided. */
static void prune(struct unescaping *u)
{
    size_t count = u->pieces.len / sizeof(struct piece), of;

    if (count < PRUNE)
        return;
    of = piece_of(u, u->inner.kind->live(u->d));
    if (of >= count / 2)
        buf_consume(&u->pieces, of * sizeof(struct piece));
}

static void feed(void *d, struct span text, const struct policy_findings *to)
{
    struct unescaping *u = d;
    size_t used;

    u->to = to;
    while (text.n > 0 && !u->failed) {
        used = take(u, text);
        text.p += used;
        text.n -= used;
        prune(u);
    }
}

static void end(void *d, const struct policy_findings *to)
{
    struct unescaping *u = d;
    struct policy_findings inner = {add, u};

    u->to = to;
    if (u->have > 0)
        break_escape(u);
    u->ended = true;
    if (u->failed)
        return;
    u->inner.kind->end(u->d, &inner);
    tell_pending(u);
}

static uint64_t live(const void *d)
{
    const struct unescaping *u = d;
    uint64_t view = u->inner.kind->live(u->d), raw = u->raw;
    const struct policy_finding *pending = (void *)u->pending.data;
    size_t count, of;
    const struct piece *p = pieces(u, &count);

    if (view < u->view) {
        of = piece_of(u, view);
        raw = is_whole(&p[of]) ? p[of].raw : p[of].raw + (view - p[of].view);
    }
    if (count > 0 && is_open(u, count - 1) && p[count - 1].raw < raw)
        raw = p[count - 1].raw;
    if (u->pending.len > 0 && pending[0].begin < raw)
        raw = pending[0].begin;
    return raw;
}

static bool failed(const void *d)
{
    return ((const struct unescaping *)d)->failed;
}

static const struct policy_detector_kind unescape_kind = {
    begin, feed, end, live, let_go, failed};

struct policy_detector policy_unescape(const struct policy_detector *inner)
{
    return (struct policy_detector){&unescape_kind, inner, inner->by};
}
