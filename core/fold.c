#include "fold.h"

#include <assert.h>
#include <string.h>
#include <utf8proc.h>

#include "lookalike.h"
#include "utf8.h"

enum { REPLACEMENT = 0xfffd, DECOMPOSED_MAX = 32 };

/* ---- what comes out ---- */

/* ASCII, folded, and with those letters and digits made one that are taken
 * for each other. NUL: not to be seen. */
static const char ascii_folded[] = "\0\0\0\0\0\0\0\0\0     \0\0"
                                   "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                   " !\"#$%&'()*+,-./"
                                   "0123456789:;<=>?"
                                   "@abcdefghijklmno"
                                   "pqrstuvwxyz[\\]^_"
                                   "`abcdefghijklmno"
                                   "pqrstuvwxyz{|}~\0";
static const char ascii_skeleton[] = "\0\0\0\0\0\0\0\0\0     \0\0"
                                     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                     " !\"#$%&'()*+,-./"
                                     "ol23456789:;<=>?"
                                     "@abcdefghljklmno"
                                     "pqrstuvwxyz[\\]^_"
                                     "`abcdefghljklmno"
                                     "pqrstuvwxyz{l}~\0";

static bool ascii_letter(uint32_t cp)
{
    return (cp | 0x20) >= 'a' && (cp | 0x20) <= 'z' && cp < 0x80;
}

/* Finish the unit u, whose cp is folded and composed, and put it at *out
 * unless it is one more blank. Returns how many came out. */
static size_t emit(
    struct fold *f, const struct fold_unit *u, struct fold_unit *out)
{
    char looks;

    if (u->cp == ' ' && f->blank)
        return 0;
    f->blank = u->cp == ' ';
    *out = *u;
    out->letter.cp = u->cp & 0x1fffff;
    out->letter.looks = 0;
    if (f->form == FOLD_SKELETON) {
        looks = lookalike(u->cp, u->letter.capital, f->latin);
        out->letter.looks = (uint8_t)looks;
        out->cp = looks != 0 ? (uint32_t)looks : u->cp;
        if (out->cp < 0x80)
            out->cp = (uint8_t)ascii_skeleton[out->cp];
    }
    f->latin = ascii_letter(u->cp);
    return 1;
}

/* ---- characters that wait ---- */

/* Starters that may become one with the character before them: the second
 * halves of canonical pairs in UnicodeData.txt that are no marks by their
 * class. */
static bool joins_back(uint32_t cp)
{
    static const uint32_t joiners[] = {0x09be, 0x09d7, 0x0b3e, 0x0b56, 0x0b57,
        0x0bbe, 0x0bd7, 0x0cc2, 0x0cd5, 0x0cd6, 0x0d3e, 0x0d57, 0x0dcf, 0x0ddf,
        0x102e, 0x1b35, 0x11127, 0x1133e, 0x11357, 0x114b0, 0x114ba, 0x114bd,
        0x115af, 0x11930};

    if (cp < 0x09be)
        return false;
    if (cp >= 0x1161 && cp <= 0x11c2)
        return cp <= 0x1175 || cp >= 0x11a8;
    for (size_t i = 0; i < sizeof(joiners) / sizeof(joiners[0]); i++)
        if (joiners[i] == cp)
            return true;
    return false;
}

/* Whether cp may become one with a character behind it that a skeleton
 * keeps: the first halves of such pairs. */
static bool joins_on(uint32_t cp)
{
    static const uint32_t firsts[] = {0x0928, 0x0930, 0x0933, 0x09c7, 0x0b47,
        0x0b92, 0x0bc6, 0x0bc7, 0x0c46, 0x0cbf, 0x0cc6, 0x0cca, 0x0d46, 0x0d47,
        0x0dd9, 0x0ddc, 0x1025, 0x1b05, 0x1b07, 0x1b09, 0x1b0b, 0x1b0d, 0x1b11,
        0x1b3a, 0x1b3c, 0x1b3e, 0x1b3f, 0x1b42, 0x3046, 0x309d, 0x30a6, 0x30fd,
        0x11099, 0x1109b, 0x110a5, 0x11131, 0x11132, 0x11347, 0x114b9, 0x115b8,
        0x115b9, 0x11935};

    if (cp < 0x0928)
        return false;
    if (cp >= 0xac00 && cp <= 0xd7a3)
        return (cp - 0xac00) % 28 == 0;
    if ((cp >= 0x1100 && cp <= 0x1112) || (cp >= 0x304b && cp <= 0x307b) ||
        (cp >= 0x30ab && cp <= 0x30f2))
        return true;
    for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++)
        if (firsts[i] == cp)
            return true;
    return false;
}

/* Make pairs in the segment one character. What came of more than one has the
 * place of them all. */
static void compose(struct fold *f)
{
    utf8proc_int32_t cps[FOLD_SEGMENT];
    struct fold_unit *s = f->segment;
    utf8proc_ssize_t n;

    for (size_t i = 0; i < f->waiting; i++)
        cps[i] = (utf8proc_int32_t)s[i].cp;
    n = utf8proc_normalize_utf32(
        cps, (utf8proc_ssize_t)f->waiting, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (n <= 0 || (size_t)n >= f->waiting)
        return;
    for (size_t i = 1; i < f->waiting; i++) {
        s[0].begin = s[i].begin < s[0].begin ? s[i].begin : s[0].begin;
        s[0].end = s[i].end > s[0].end ? s[i].end : s[0].end;
    }
    for (size_t i = 0; i < (size_t)n; i++) {
        s[i] = s[0];
        s[i].cp = (uint32_t)cps[i];
    }
    f->waiting = (size_t)n;
}

static size_t flush(struct fold *f, struct fold_unit *out)
{
    size_t count = 0;

    if (f->waiting > 1)
        compose(f);
    for (size_t i = 0; i < f->waiting; i++)
        count += emit(f, &f->segment[i], out + count);
    f->waiting = 0;
    return count;
}

static uint8_t mark_class(uint32_t cp)
{
    return (uint8_t)utf8proc_get_property((utf8proc_int32_t)cp)
        ->combining_class;
}

/* Let u wait in its canonical place, behind what it cannot change. Returns how
 * many units came out. */
static size_t push(
    struct fold *f, const struct fold_unit *u, struct fold_unit *out)
{
    uint8_t order = u->cp < 0x300 ? 0 : mark_class(u->cp);
    size_t count = 0, at;

    if ((order == 0 && !joins_back(u->cp)) || f->waiting == FOLD_SEGMENT)
        count = flush(f, out);
    at = f->waiting++;
    for (; order > 0 && at > 0; at--) {
        if (mark_class(f->segment[at - 1].cp) <= order)
            break;
        f->segment[at] = f->segment[at - 1];
    }
    f->segment[at] = *u;
    return count;
}

/* ---- what a character is made of ---- */

static bool is_blank(uint32_t cp)
{
    return cp == ' ' || (cp >= 9 && cp <= 13) || cp == 0x85 || cp == 0x2028 ||
           cp == 0x2029 || cp == 0x1680;
}

/* Bases whose marks are decoration: the alphabets of the West. Elsewhere a
 * mark may be a vowel. */
static bool is_western(uint32_t cp)
{
    return cp < 0x0590 || (cp >= 0x1d00 && cp < 0x3000) ||
           (cp >= 0xa720 && cp < 0xa800) || (cp >= 0x13a0 && cp < 0x1400);
}

/* Whether a skeleton loses cp: a mark of the West, a diacritic wherever it is,
 * or a point of Hebrew or Arabic. */
static bool is_stripped(struct fold *f, uint32_t cp)
{
    const utf8proc_property_t *p;

    if (cp < 0x300 || (cp >= 0x3100 && cp < 0xa000))
        p = NULL;
    else
        p = utf8proc_get_property((utf8proc_int32_t)cp);
    if (p == NULL || (p->category != UTF8PROC_CATEGORY_MN &&
                         p->category != UTF8PROC_CATEGORY_MC &&
                         p->category != UTF8PROC_CATEGORY_ME)) {
        f->western = is_western(cp);
        return false;
    }
    return f->western || p->category == UTF8PROC_CATEGORY_ME ||
           p->combining_class == 1 ||
           (p->combining_class >= 10 && p->combining_class <= 35) ||
           (p->combining_class >= 200 && p->combining_class <= 240);
}

/* The parts of cp, case-folded, in *parts. Returns their number; 0 when cp is
 * not to be seen. */
static size_t decompose(uint32_t cp, utf8proc_int32_t parts[DECOMPOSED_MAX])
{
    utf8proc_ssize_t n;
    int boundary = 0;

    parts[0] = (utf8proc_int32_t)cp;
    if (is_blank(cp)) {
        parts[0] = ' ';
        return 1;
    }
    if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
        return 0;
    if (cp == REPLACEMENT || (cp >= 0xac00 && cp <= 0xd7a3) ||
        (cp >= 0x4e00 && cp < 0xa000))
        return 1;
    n = utf8proc_decompose_char((utf8proc_int32_t)cp, parts, DECOMPOSED_MAX,
        UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
            UTF8PROC_CASEFOLD | UTF8PROC_IGNORE,
        &boundary);
    assert(n <= DECOMPOSED_MAX);
    return n > 0 ? (size_t)n : 0;
}

/* In a skeleton nothing waits that cannot change any more. */
static size_t settle(struct fold *f, struct fold_unit *out)
{
    if (f->form == FOLD_PLAIN || f->waiting == 0)
        return 0;
    if (f->waiting > 1)
        compose(f);
    if (f->waiting > 1 || joins_on(f->segment[0].cp) ||
        mark_class(f->segment[0].cp) != 0)
        return 0;
    return flush(f, out);
}

/* Whether cp is a letter that folds to itself and stands for itself. */
static bool is_simple(uint32_t cp)
{
    const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)cp);

    return (p->category == UTF8PROC_CATEGORY_LL ||
               p->category == UTF8PROC_CATEGORY_LO) &&
           p->decomp_seqindex == UINT16_MAX &&
           p->casefold_seqindex == UINT16_MAX && !p->ignorable &&
           p->combining_class == 0 && !joins_back(cp) && !joins_on(cp);
}

static size_t take(struct fold *f, uint32_t cp, uint64_t begin, uint64_t end,
    struct fold_unit *out)
{
    utf8proc_int32_t parts[DECOMPOSED_MAX];
    struct fold_unit u = {.cp = cp, .begin = begin, .end = end};
    size_t n, count = 0;

    if (f->form == FOLD_SKELETON && is_simple(cp)) {
        f->western = is_western(cp);
        count = flush(f, out);
        return count + emit(f, &u, out + count);
    }
    n = decompose(cp, parts);

    u.letter.capital =
        utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_LU;
    for (size_t i = 0; i < n; i++) {
        u.cp = (uint32_t)parts[i];
        if (f->form == FOLD_SKELETON && is_stripped(f, u.cp))
            continue;
        count += push(f, &u, out + count);
    }
    return count + settle(f, out + count);
}

/* ---- bytes ---- */

/* What has been gathered of a character is all there is of it. */
static size_t take_part(struct fold *f, struct fold_unit *out)
{
    uint64_t begin = f->at - f->have;
    size_t n = f->have;

    f->have = 0;
    return take(f, utf8_decode(f->part, n), begin, f->at, out);
}

/* Take one byte beyond ASCII, or one that ends what was gathered. */
static size_t take_byte(
    struct fold *f, const char *p, size_t *used, struct fold_unit *out)
{
    bool more = ((uint8_t)*p & 0xc0) == 0x80;

    *used = 0;
    if (f->have > 0 && !more)
        return take_part(f, out);
    f->part[f->have++] = *p;
    f->at++;
    *used = 1;
    if (f->have == utf8_wanted((uint8_t)f->part[0]))
        return take_part(f, out);
    return 0;
}

/* How much of text is ASCII that need not wait: in a skeleton nothing has to;
 * a plain letter may get a mark unless something to be seen follows. */
static size_t run_length(const struct fold *f, struct span text)
{
    const uint8_t *p = (const uint8_t *)text.p;
    size_t n = 0;

    while (n < text.n && p[n] < 0x80)
        n++;
    if (f->form == FOLD_SKELETON)
        return n;
    for (size_t i = 0; i < n; i++)
        if (i + 1 == n || ascii_folded[p[i + 1]] == 0)
            return i;
    return n;
}

/* Take ASCII while nothing waits and nothing has to. Returns the bytes. */
static size_t take_run(struct fold *f, struct span text,
    struct fold_unit *units, size_t room, size_t *count)
{
    const char *table =
        f->form == FOLD_SKELETON ? ascii_skeleton : ascii_folded;
    struct fold_unit *u = units;
    bool blank = f->blank;
    uint8_t c, folded = 0;
    size_t at;

    text.n =
        run_length(f, (struct span){text.p, text.n < room ? text.n : room});
    for (at = 0; at < text.n; at++) {
        c = (uint8_t)text.p[at];
        folded = (uint8_t)ascii_folded[c];
        u->cp = (uint8_t)table[c];
        u->letter =
            (struct fold_letter){.cp = folded, .capital = c >= 'A' && c <= 'Z'};
        u->begin = f->at + at;
        u->end = f->at + at + 1;
        u += folded > ' ' || (folded == ' ' && !blank);
        blank = folded > 0 ? folded == ' ' : blank;
    }
    if (u > units) {
        f->western = true;
        f->latin = ascii_letter(u[-1].letter.cp);
    }
    f->blank = blank;
    f->at += at;
    *count = (size_t)(u - units);
    return at;
}

/* Take one ASCII character where something waits or it has to. */
static size_t take_ascii(struct fold *f, uint8_t c, struct fold_unit *out)
{
    struct fold_unit u = {.cp = (uint8_t)ascii_folded[c],
        .letter.capital = c >= 'A' && c <= 'Z',
        .begin = f->at,
        .end = f->at + 1};
    size_t count;

    f->at++;
    if (u.cp == 0)
        return 0;
    f->western = true;
    if (f->form == FOLD_PLAIN)
        return push(f, &u, out);
    count = flush(f, out);
    return count + emit(f, &u, out + count);
}

size_t fold_feed(struct fold *f, struct span text, struct fold_unit *units,
    size_t room, size_t *count)
{
    size_t at = 0, used, n;

    *count = 0;
    while (at < text.n && room - *count >= FOLD_ROOM) {
        if (f->have == 0 && f->waiting == 0) {
            at += take_run(f, (struct span){text.p + at, text.n - at},
                units + *count, room - *count, &n);
            *count += n;
            if (at == text.n || room - *count < FOLD_ROOM)
                break;
        }
        if ((uint8_t)text.p[at] < 0x80 && f->have == 0) {
            *count += take_ascii(f, (uint8_t)text.p[at++], units + *count);
        } else {
            *count += take_byte(f, text.p + at, &used, units + *count);
            at += used;
        }
    }
    return at;
}

size_t fold_end(struct fold *f, struct fold_unit *units)
{
    size_t count = 0;

    if (f->have > 0)
        count = take_part(f, units);
    return count + flush(f, units + count);
}

void fold_begin(struct fold *f, enum fold_form form)
{
    f->form = form;
    f->at = 0;
    f->blank = f->latin = false;
    f->western = true;
    f->have = 0;
    f->waiting = 0;
}

uint64_t fold_pending(const struct fold *f)
{
    uint64_t begin = f->at - f->have;

    for (size_t i = 0; i < f->waiting; i++)
        if (f->segment[i].begin < begin)
            begin = f->segment[i].begin;
    return begin;
}

static void append(const struct fold_unit *units, size_t n, struct buf *out)
{
    char *room;

    for (size_t i = 0; i < n; i++) {
        room = buf_reserve(out, 4);
        if (room == NULL)
            return;
        buf_commit(out, (size_t)utf8proc_encode_char(
                            (utf8proc_int32_t)units[i].cp, (uint8_t *)room));
    }
}

void fold_text(enum fold_form form, struct span text, struct buf *out)
{
    struct fold_unit units[4 * FOLD_ROOM];
    struct fold f;
    size_t n, used;

    fold_begin(&f, form);
    while (text.n > 0) {
        used = fold_feed(&f, text, units, 4 * FOLD_ROOM, &n);
        append(units, n, out);
        text.p += used;
        text.n -= used;
    }
    n = fold_end(&f, units);
    append(units, n, out);
}
