#include <string.h>

#include "fold_private.h"

/* Folding of ASCII, many characters at a time. */

typedef int8_t block __attribute__((vector_size(16)));

const char fold_folded[128] = "\0\0\0\0\0\0\0\0\0     \0\0"
                              "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                              " !\"#$%&'()*+,-./"
                              "0123456789:;<=>?"
                              "@abcdefghijklmno"
                              "pqrstuvwxyz[\\]^_"
                              "`abcdefghijklmno"
                              "pqrstuvwxyz{|}~\0";
const char fold_skeleton[128] = "\0\0\0\0\0\0\0\0\0     \0\0"
                                "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                " !\"#$%&'()*+,-./"
                                "ol23456789:;<=>?"
                                "@abcdefghljklmno"
                                "pqrstuvwxyz[\\]^_"
                                "`abcdefghljklmno"
                                "pqrstuvwxyz{l}~\0";

/* How much of text is ASCII: eight bytes are looked at together. */
static size_t ascii_length(struct span text)
{
    const uint64_t beyond = UINT64_C(0x8080808080808080);
    uint64_t word;
    size_t n = 0;

    for (; text.n - n >= sizeof(word); n += sizeof(word)) {
        memcpy(&word, text.p + n, sizeof(word));
        if ((word & beyond) != 0)
            break;
    }
    while (n < text.n && (uint8_t)text.p[n] < 0x80)
        n++;
    return n;
}

/* How much of text is ASCII that need not wait: in a skeleton nothing has to;
 * a plain letter may get a mark unless something to be seen follows. */
static size_t run_length(const struct fold *f, struct span text)
{
    const uint8_t *p = (const uint8_t *)text.p;
    size_t n = ascii_length(text);

    if (f->form == FOLD_SKELETON)
        return n;
    for (size_t i = 0; i < n; i++)
        if (i + 1 == n || fold_folded[p[i + 1]] == 0)
            return i;
    return n;
}

size_t fold_run(struct fold *f, struct span text, struct fold_unit *units,
    size_t room, size_t *count)
{
    const char *table = f->form == FOLD_SKELETON ? fold_skeleton : fold_folded;
    struct fold_unit *u = units;
    bool blank = f->blank;
    uint8_t c, folded = 0;
    size_t at;

    text.n =
        run_length(f, (struct span){text.p, text.n < room ? text.n : room});
    for (at = 0; at < text.n; at++) {
        c = (uint8_t)text.p[at];
        folded = (uint8_t)fold_folded[c];
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
        f->latin = fold_is_latin(u[-1].letter.cp);
    }
    f->blank = blank;
    f->at += at;
    *count = (size_t)(u - units);
    return at;
}

/* Fold a block of ASCII to out, unless some of it would go: what is not seen,
 * or one more blank. Returns whether it was. */
static bool fold_block(const char *p, bool blank, char *out)
{
    block c, white, capital, gone, blanks;
    uint64_t g[2], b[2];

    memcpy(&c, p, sizeof(c));
    white = (c > 8) & (c < 14);
    gone = (~white & (c < ' ')) | (c == 0x7f); /* beyond ASCII is negative */
    capital = (c >= 'A') & (c <= 'Z');
    c = (~white & (c | (capital & 0x20))) | (white & ' ');
    blanks = c == ' ';
    memcpy(out, &c, sizeof(c));
    memcpy(g, &gone, sizeof(g));
    memcpy(b, &blanks, sizeof(b));
    g[0] |= b[0] & (b[0] << 8 | blank);
    g[1] |= b[1] & (b[1] << 8 | b[0] >> 56);
    return (g[0] | g[1]) == 0;
}

/* Fold ASCII letter by letter. Returns the bytes. */
static size_t fold_letters(struct span text, bool blank, char **out)
{
    char *to = *out, c;
    size_t at;

    for (at = 0; at < text.n && (uint8_t)text.p[at] < 0x80; at++) {
        c = fold_folded[(uint8_t)text.p[at]];
        *to = c;
        to += c > ' ' || (c == ' ' && !blank);
        blank = c != 0 ? c == ' ' : blank;
    }
    *out = to;
    return at;
}

size_t fold_ascii(struct fold *f, struct span text, char *out, size_t *count)
{
    size_t at = 0, used, n;
    char *to = out;

    *count = 0;
    if (f->form != FOLD_SKELETON || f->have > 0 || f->waiting > 0)
        return 0;
    do {
        bool blank = to > out ? to[-1] == ' ' : f->blank;

        n = text.n - at < sizeof(block) ? text.n - at : sizeof(block);
        used = n;
        if (n == sizeof(block) && fold_block(text.p + at, blank, to))
            to += n;
        else
            used = fold_letters((struct span){text.p + at, n}, blank, &to);
        at += used;
    } while (used == sizeof(block));
    if (to > out) {
        f->western = true;
        f->latin = fold_is_latin((uint8_t)to[-1]);
        f->blank = to[-1] == ' ';
    }
    f->at += at;
    *count = (size_t)(to - out);
    return at;
}
