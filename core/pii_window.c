#include "pii_window.h"

#include <string.h>

#include "json.h"
#include "utf8.h"

enum { UNSEEN_MAX = 64 /* bytes of invisible characters in a row */ };

/* A character of so many bytes, which were not counted before. Many invisible
 * ones in a row are something to be seen. */
static void put(struct pii_window *w, uint8_t c, size_t size)
{
    w->seen += size;
    if (c != PII_INVISIBLE) {
        w->unseen = 0;
    } else {
        w->unseen += size;
        if (w->unseen <= UNSEEN_MAX)
            return;
        c = PII_OTHER;
    }
    w->at[w->n] = w->seen - size;
    w->size[w->n] = (uint8_t)size;
    w->c[w->n++] = c;
}

/* ---- UTF-8 ---- */

static void put_part(struct pii_window *w)
{
    size_t n = w->have;

    w->have = 0;
    put(w, pii_fold(utf8_decode(w->part, n)), n);
}

/* Take one byte beyond ASCII, or one that ends what was gathered. Returns
 * whether it was taken. */
static bool take_byte(struct pii_window *w, char c)
{
    if (w->have > 0 && ((uint8_t)c & 0xc0) != 0x80) {
        put_part(w);
        return false;
    }
    w->part[w->have++] = c;
    if (w->have == utf8_wanted((uint8_t)w->part[0]))
        put_part(w);
    return true;
}

/* ---- escapes ---- */

static bool is_escape(const struct pii_window *w)
{
    return w->have > 0 && w->part[0] == '\\';
}

static bool is_hex(char c)
{
    return pii_is((uint8_t)c, PII_HEX);
}

/* It was no escape: what was gathered is what it is. */
static void put_no_escape(struct pii_window *w)
{
    size_t n = w->have;

    w->have = 0;
    for (size_t i = 0; i < n; i++)
        put(w, (uint8_t)w->part[i], 1);
}

/* Take the byte behind a backslash. Returns whether it is of an escape. */
static bool take_letter(struct pii_window *w, char c)
{
    if (c == 'u') {
        w->part[w->have++] = c;
        return true;
    }
    if (c != 'n' && c != 'r' && c != 't' && c != '/')
        return false;
    w->have = 0;
    put(w, c == '/' ? '/' : c == 't' ? '\t' : '\n', 2);
    return true;
}

static bool take_hex(struct pii_window *w, char c)
{
    if (!is_hex(c))
        return false;
    w->part[w->have++] = c;
    if (w->have == PII_PART) {
        w->have = 0;
        put(w, pii_fold(json_hex4(w->part + 2)), PII_PART);
    }
    return true;
}

/* Take one more byte of an escape. Returns whether it was taken. */
static bool take_escape(struct pii_window *w, char c)
{
    if (w->have == 1 ? take_letter(w, c) : take_hex(w, c))
        return true;
    put_no_escape(w);
    return false;
}

/* ---- a text ---- */

/* Take visible ASCII. Returns how many bytes were taken. */
static size_t take_run(struct pii_window *w, struct span text)
{
    size_t room = PII_WINDOW - w->n < text.n ? PII_WINDOW - w->n : text.n;
    uint64_t *at = w->at + w->n, begin = w->seen;
    size_t n = 0;

    while (
        n < room && text.p[n] >= ' ' && text.p[n] < 0x7f && text.p[n] != '\\') {
        at[n] = begin + n;
        n++;
    }
    memcpy(w->c + w->n, text.p, n);
    memset(w->size + w->n, 1, n);
    w->n += n;
    w->seen += n;
    w->unseen = n > 0 ? 0 : w->unseen;
    return n;
}

/* Take visible characters of two bytes. Returns how many bytes were taken. */
static size_t take_pairs(struct pii_window *w, struct span text)
{
    const uint8_t *p = (const uint8_t *)text.p;
    size_t n = 0, i = w->n;
    uint8_t c;

    for (; i < PII_WINDOW && text.n - n >= 2; n += 2, i++) {
        if (p[n] < 0xc2 || p[n] > 0xdf || (p[n + 1] & 0xc0) != 0x80)
            break;
        c = pii_fold((p[n] & 0x1fu) << 6 | (p[n + 1] & 0x3fu));
        if (c == PII_INVISIBLE)
            break;
        w->at[i] = w->seen + n;
        w->size[i] = 2;
        w->c[i] = c;
    }
    w->n = i;
    w->seen += n;
    w->unseen = n > 0 ? 0 : w->unseen;
    return n;
}

/* Take one character, or one byte of what is not whole or none. */
static size_t take(struct pii_window *w, struct span text)
{
    uint32_t cp;
    size_t n;

    if (is_escape(w))
        return take_escape(w, text.p[0]);
    if (w->have == 0 && text.p[0] == '\\') {
        w->part[w->have++] = '\\';
        return 1;
    }
    n = w->have == 0 ? utf8_read(text.p, text.n, &cp) : 0;
    if (n == 0)
        return take_byte(w, text.p[0]);
    put(w, pii_fold(cp), n);
    return n;
}

size_t pii_window_fill(struct pii_window *w, struct span text)
{
    size_t at = 0;

    while (at < text.n && w->n < PII_WINDOW) {
        if (w->have == 0) {
            at += take_run(w, (struct span){text.p + at, text.n - at});
            if (at < text.n && (uint8_t)text.p[at] < 0xe0)
                at += take_pairs(w, (struct span){text.p + at, text.n - at});
        }
        if (at < text.n && w->n < PII_WINDOW)
            at += take(w, (struct span){text.p + at, text.n - at});
    }
    return at;
}

void pii_window_end(struct pii_window *w)
{
    if (is_escape(w))
        put_no_escape(w);
    else if (w->have > 0)
        put_part(w);
}

void pii_window_drop(struct pii_window *w, size_t n)
{
    if (n == 0)
        return;
    w->n -= n;
    memmove(w->at, w->at + n, w->n * sizeof(w->at[0]));
    memmove(w->size, w->size + n, w->n);
    memmove(w->c, w->c + n, w->n);
}
