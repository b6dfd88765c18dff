#include "fold.h"

#include <string.h>
#include <utf8proc.h>

#include "fold_private.h"
#include "lookalike.h"
#include "utf8.h"

/* ---- what comes out ---- */

/* What a form has for the folded and composed character cp. */
static uint32_t form_of(const struct fold *f, uint32_t cp)
{
    char sign = f->form == FOLD_SKELETON ? lookalike_sign(cp) : 0;

    return sign != 0 ? (uint8_t)sign : cp;
}

/* Finish the unit u, whose cp is folded and composed, and put it at *out
 * unless it is one more blank. Returns how many came out. */
static size_t emit(
    struct fold *f, const struct fold_unit *u, struct fold_unit *out)
{
    uint32_t cp = form_of(f, u->cp);
    char looks;

    if (cp == ' ' && f->blank)
        return 0;
    f->blank = cp == ' ';
    *out = *u;
    out->cp = cp;
    out->letter.cp = cp & 0x1fffff;
    out->letter.looks = 0;
    if (f->form == FOLD_SKELETON) {
        looks = lookalike(cp, u->letter.capital, f->latin);
        out->letter.looks = (uint8_t)looks;
        out->cp = looks != 0 ? (uint32_t)looks : cp;
        if (out->cp < 0x80)
            out->cp = (uint8_t)fold_skeleton[out->cp];
    }
    f->latin = fold_is_latin(cp);
    return 1;
}

/* ---- characters that wait ---- */

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

    if ((order == 0 && !fold_joins_back(u->cp)) || f->waiting == FOLD_SEGMENT)
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
        f->western = fold_is_western(cp);
        return false;
    }
    return f->western || p->category == UTF8PROC_CATEGORY_ME ||
           p->combining_class == 1 ||
           (p->combining_class >= 10 && p->combining_class <= 35) ||
           (p->combining_class >= 200 && p->combining_class <= 240);
}

/* In a skeleton nothing waits that cannot change any more. */
static size_t settle(struct fold *f, struct fold_unit *out)
{
    if (f->form == FOLD_PLAIN || f->waiting == 0)
        return 0;
    if (f->waiting > 1)
        compose(f);
    if (f->waiting > 1 || fold_joins_on(f->segment[0].cp) ||
        mark_class(f->segment[0].cp) != 0)
        return 0;
    return flush(f, out);
}

static size_t take(struct fold *f, uint32_t cp, uint64_t begin, uint64_t end,
    struct fold_unit *out)
{
    utf8proc_int32_t parts[FOLD_PARTS];
    struct fold_unit u = {.cp = cp, .begin = begin, .end = end};
    size_t n, count = 0;

    if (f->form == FOLD_SKELETON && fold_is_simple(cp)) {
        f->western = fold_is_western(cp);
        count = flush(f, out);
        return count + emit(f, &u, out + count);
    }
    n = fold_decompose(cp, parts);

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
    size_t n = f->have;

    f->have = 0;
    return take(f, utf8_decode(f->part, n), f->begun, f->at, out);
}

/* Take one byte beyond ASCII, or one that ends what was gathered: for so many
 * of the text. */
static size_t take_byte(struct fold *f, const char *p, size_t width,
    size_t *used, struct fold_unit *out)
{
    bool more = ((uint8_t)*p & 0xc0) == 0x80;

    *used = 0;
    if (f->have > 0 && !more)
        return take_part(f, out);
    if (f->have == 0)
        f->begun = f->at;
    f->part[f->have++] = *p;
    f->at += width;
    *used = 1;
    if (f->have == utf8_wanted((uint8_t)f->part[0]))
        return take_part(f, out);
    return 0;
}

/* Take one ASCII character where something waits or it has to, for so many
 * bytes of the text. */
static size_t take_ascii(
    struct fold *f, uint8_t c, size_t width, struct fold_unit *out)
{
    struct fold_unit u = {.cp = (uint8_t)fold_folded[c],
        .letter.capital = c >= 'A' && c <= 'Z',
        .begin = f->at,
        .end = f->at + width};
    size_t count;

    f->at += width;
    if (u.cp == 0)
        return 0;
    f->western = true;
    if (f->form == FOLD_PLAIN)
        return push(f, &u, out);
    count = flush(f, out);
    return count + emit(f, &u, out + count);
}

/* Take the letters of fold_common(), and the blanks between them, for a
 * skeleton while nothing waits. Returns the bytes. */
static size_t take_common(struct fold *f, struct span text,
    struct fold_unit *units, size_t room, size_t *count)
{
    size_t at, n = 0, step = 0;
    uint32_t cp = 0;
    uint8_t looks;
    bool capital;

    for (at = 0; n < room && at < text.n; at += step) {
        if (text.p[at] == ' ' && n > 0) {
            step = 1;
            if (units[n - 1].cp != ' ')
                units[n++] = (struct fold_unit){
                    ' ', {.cp = ' '}, f->at + at, f->at + at + 1};
            continue;
        }
        if ((uint8_t)text.p[at] < 0x80)
            break;
        step = utf8_read(text.p + at, text.n - at, &cp);
        if (step == 0 || (cp = fold_common(cp, &capital)) == 0)
            break;
        looks = lookalike_near(cp);
        units[n++] = (struct fold_unit){
            .cp = looks != 0 ? (uint8_t)fold_skeleton[looks] : cp,
            .letter = {.cp = cp & 0x1fffff, .capital = capital, .looks = looks},
            .begin = f->at + at,
            .end = f->at + at + step};
    }
    if (n > 0) {
        f->blank = units[n - 1].cp == ' ';
        f->western = fold_is_western(units[n - 1].letter.cp);
        f->latin = false;
    }
    f->at += at;
    *count = n;
    return at;
}

/* Take one byte for so many of the text. */
static size_t take_one(struct fold *f, const char *p, size_t width,
    size_t *used, struct fold_unit *out)
{
    if ((uint8_t)*p >= 0x80 || f->have > 0)
        return take_byte(f, p, width, used, out);
    *used = 1;
    return take_ascii(f, (uint8_t)*p, width, out);
}

/* Take one character, or one byte of what is not whole or none. */
static size_t take_next(
    struct fold *f, struct span text, size_t *used, struct fold_unit *out)
{
    uint32_t cp;

    if (f->have == 0 && (uint8_t)text.p[0] >= 0x80 &&
        (*used = utf8_read(text.p, text.n, &cp)) > 0) {
        f->at += *used;
        return take(f, cp, f->at - *used, f->at, out);
    }
    return take_one(f, text.p, 1, used, out);
}

size_t fold_plainly(struct fold *f, struct span text, struct fold_unit *units,
    size_t room, size_t *count)
{
    size_t at = 0, used, n;

    *count = 0;
    while (at < text.n && room - *count >= FOLD_ROOM) {
        if (f->have == 0 && f->waiting == 0) {
            at += fold_run(f, (struct span){text.p + at, text.n - at},
                units + *count, room - *count, &n);
            *count += n;
            if (f->form == FOLD_SKELETON) {
                at += take_common(f, (struct span){text.p + at, text.n - at},
                    units + *count, room - *count, &n);
                *count += n;
            }
            if (at == text.n || room - *count < FOLD_ROOM)
                break;
        }
        *count += take_next(
            f, (struct span){text.p + at, text.n - at}, &used, units + *count);
        at += used;
    }
    return at;
}

size_t fold_stand_in(
    struct fold *f, struct span said, size_t width, struct fold_unit *out)
{
    size_t at = 0, count = 0, used;

    for (; at < said.n; at += used)
        count += take_one(
            f, said.p + at, at + 1 == said.n ? width : 0, &used, out + count);
    return count;
}

size_t fold_last(struct fold *f, struct fold_unit *out)
{
    size_t count = 0;

    if (f->have > 0)
        count = take_part(f, out);
    return count + flush(f, out + count);
}

void fold_begin(struct fold *f, enum fold_form form)
{
    f->form = form;
    f->at = 0;
    f->blank = f->latin = f->decodes = false;
    f->western = true;
    f->have = f->gathered = 0;
    f->waiting = 0;
}

void fold_tidy(struct fold *f)
{
    memset(f->part + f->have, 0, sizeof(f->part) - f->have);
    memset(f->reference + f->gathered, 0, sizeof(f->reference) - f->gathered);
    memset(f->segment + f->waiting, 0,
        (FOLD_SEGMENT - f->waiting) * sizeof(f->segment[0]));
}

uint64_t fold_pending(const struct fold *f)
{
    uint64_t begin = f->have > 0 ? f->begun : f->at;

    for (size_t i = 0; i < f->waiting; i++)
        if (f->segment[i].begin < begin)
            begin = f->segment[i].begin;
    return begin;
}
