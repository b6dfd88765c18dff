#include "moderation_word.h"

#include <string.h>
#include <utf8proc.h>

#include "moderation_meant.h"

enum kind { SIGN, SPACE, LETTER, DIGIT, STANDIN, APOSTROPHE, QUOTE, PICTURE };

enum {
    QUOTATION = 60, /* words, at most */
    ROOM = 4 * FOLD_ROOM
};

/* ---- characters ---- */

static enum kind kind_beyond_ascii(uint32_t cp)
{
    switch (utf8proc_category((utf8proc_int32_t)cp)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
        return LETTER;
    case UTF8PROC_CATEGORY_ND:
        return DIGIT;
    case UTF8PROC_CATEGORY_SO:
        return PICTURE;
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
        return cp == 0x2018 || cp == 0x2019 ? APOSTROPHE : QUOTE;
    default:
        return SIGN;
    }
}

static inline enum kind kind_of_ascii(uint8_t c)
{
    static const uint8_t kinds[0x80] = {[' '] = SPACE,
        ['0' ... '9'] = DIGIT,
        ['a' ... 'z'] = LETTER,
        ['\''] = APOSTROPHE,
        ['`'] = APOSTROPHE,
        ['"'] = QUOTE,
        ['$'] = STANDIN,
        ['@'] = STANDIN,
        ['!'] = STANDIN,
        ['|'] = STANDIN,
        ['*'] = STANDIN};

    return (enum kind)kinds[c];
}

static enum kind kind_of(uint32_t cp)
{
    return cp < 0x80 ? kind_of_ascii((uint8_t)cp) : kind_beyond_ascii(cp);
}

/* ---- words ---- */

/* Words that are told together. */
struct out {
    const struct moderation_word_sink *sink;
    size_t n;
    struct moderation_word words[MODERATION_TOGETHER];
};

/* Hash the word's text. Eight letters at a time, for a loop that ends with the
 * word ends where nobody guesses it. */
static inline void hash(struct moderation_word *word)
{
    uint32_t h[MODERATION_WORD + 1];

    h[0] = MODERATION_HASH;
    for (size_t i = 0; i < word->n; i += 8)
#pragma GCC unroll 8
        for (size_t k = i; k < i + 8; k++)
            h[k + 1] = moderation_word_hash_step(h[k], word->text[k]);
    for (size_t i = MODERATION_PREFIX_MIN; i <= MODERATION_START; i++)
        word->start[i - MODERATION_PREFIX_MIN] = moderation_word_hash_end(h[i]);
    word->hash = moderation_word_hash_end(h[word->n]);
}

/* Hashes have no part in how words come about, and take less time together. */
static void flush(struct out *out)
{
    for (size_t i = 0; i < out->n; i++)
        hash(&out->words[i]);
    if (out->n > 0)
        out->sink->words(out->sink->cookie, out->words, out->n);
    out->n = 0;
}

/* ${text} has room for the longest word. */
static inline void tell(struct moderation_words *w, const uint8_t *text,
    size_t n, bool joined, struct out *out)
{
    struct moderation_word *word = &out->words[out->n];

    memcpy(word->text, text, MODERATION_WORD);
    word->n = (uint32_t)n;
    word->joined = joined;
    word->quoted = w->open;
    if (!joined && w->open && ++w->within == QUOTATION)
        w->open = false;
    if (++out->n == MODERATION_TOGETHER)
        flush(out);
}

/* Letters that stood apart are over: three are a word. */
static void flush_run(struct moderation_words *w, struct out *out)
{
    uint8_t text[MODERATION_MEANT];
    size_t n = w->run_n;

    w->run_n = 0;
    memcpy(text, w->run, sizeof(w->run));
    if (n >= 3) {
        n = moderation_meant(text, n, n);
        tell(w, text, n, false, out);
        return;
    }
    for (size_t i = 0; i < n; i++)
        tell(w, text + i, 1, false, out);
}

/* Single letters gather while the same character is between them. */
static void gather(struct moderation_words *w, uint8_t c, struct out *out)
{
    if (w->run_n > 0 && (w->gaps != 1 || w->run_n == MODERATION_WORD ||
                            (w->run_n > 1 && w->gap != w->run_gap)))
        flush_run(w, out);
    w->run_gap = w->gap;
    w->run[w->run_n++] = c;
}

/* A word and the one before. */
static void join(
    struct moderation_words *w, const uint8_t *text, size_t n, struct out *out)
{
    uint8_t both[2 * MODERATION_WORD] = {0};
    size_t all = w->last_n + n;

    if (w->last_n < 2 || all > MODERATION_WORD)
        return;
    memcpy(both, w->last, w->last_n);
    memcpy(both + w->last_n, text, n);
    tell(w, both, all, true, out);
}

/* A word, of which text has room for the longest, is over. */
static inline void take_word(
    struct moderation_words *w, const uint8_t *text, size_t n, struct out *out)
{
    if (n == 1) {
        gather(w, text[0], out);
    } else {
        if (w->run_n > 0)
            flush_run(w, out);
        tell(w, text, n, false, out);
        if (w->gaps == 1 && w->gap != ' ')
            join(w, text, n, out);
    }
    memcpy(w->last, text, MODERATION_WORD);
    w->last_n = (uint8_t)n;
    w->gaps = 0;
}

static void end_word(struct moderation_words *w, struct out *out)
{
    uint8_t text[MODERATION_MEANT];
    size_t n = w->n;

    memcpy(text, w->raw, MODERATION_WORD);
    if (!w->plain)
        n = moderation_meant(text, n, w->letters);
    w->n = w->letters = 0;
    if (n > 0)
        take_word(w, text, n, out);
}

static void add(struct moderation_words *w, uint32_t cp, bool letter)
{
    uint8_t bytes[4];
    size_t n = 1;

    bytes[0] = (uint8_t)cp;
    if (cp >= 0x80)
        n = (size_t)utf8proc_encode_char((utf8proc_int32_t)cp, bytes);
    if (w->n + n > MODERATION_WORD)
        return;
    memcpy(w->raw + w->n, bytes, n);
    w->plain = false;
    w->n = (uint8_t)(w->n + n);
    w->letters = (uint8_t)(w->letters + letter);
}

/* Most characters are these: small Latin letters, ${n} in a row. */
static void add_latin(struct moderation_words *w, const char *p, size_t n)
{
    uint8_t *end = w->raw + w->n;

    if (w->n == 0)
        w->plain = true;
    if (n > (size_t)(MODERATION_WORD - w->n))
        n = (size_t)(MODERATION_WORD - w->n);
    w->n = (uint8_t)(w->n + n);
    w->letters = (uint8_t)(w->letters + n);
    for (size_t i = 0; i < n; i++, end++) {
        *end = (uint8_t)p[i];
        if (end - w->raw > 1 && end[-1] == *end && end[-2] == *end)
            w->plain = false;
    }
}

static inline void separate(
    struct moderation_words *w, uint32_t cp, struct out *out)
{
    if (w->n > 0)
        end_word(w, out);
    if (w->gaps < 2)
        w->gaps++;
    w->gap = cp;
}

static void quote(struct moderation_words *w)
{
    w->open = !w->open;
    w->within = 0;
}

static void take(struct moderation_words *w, uint32_t cp, struct out *out)
{
    switch (kind_of(cp)) {
    case LETTER:
        if (cp < 0x80)
            add_latin(w, &(char){(char)cp}, 1);
        else
            add(w, cp, true);
        return;
    case DIGIT:
        add(w, cp, false);
        return;
    case STANDIN:
        if (w->n > 0 || cp == '$')
            add(w, cp, false);
        else
            separate(w, cp, out);
        return;
    case APOSTROPHE:
        return;
    case QUOTE:
        separate(w, ' ', out);
        quote(w);
        return;
    case PICTURE:
        separate(w, ' ', out);
        add(w, cp, true);
        separate(w, ' ', out);
        return;
    default:
        separate(w, cp, out);
        return;
    }
}

/* How many bytes at p, which are ASCII and end with one that is no letter, are
 * small letters. Eight are looked at at once, also behind the end. */
static inline size_t latin_run(const char *p)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t x, other;
    size_t run = 0;

    do {
        memcpy(&x, p + run, sizeof(x));
        other = ~(x + ones * (0x80 - 'a')) | (x + ones * (0x7f - 'z'));
        other &= ones * 0x80;
        run += other ? (unsigned)__builtin_ctzll(other) / 8 : sizeof(x);
    } while (other == 0);
    return run;
}

/* Whether a letter may come three times in a row in the word at p: surely, or
 * something behind it does. */
static inline bool drawn_out(const char *p, size_t n)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t x, same = 0;

    for (size_t i = 0; i + 2 < n; i += 6) {
        memcpy(&x, p + i, sizeof(x));
        x ^= x >> 8;
        x |= x >> 8; /* a byte is 0 where it and the next two are the same */
        x |= UINT64_C(0xffff) << 48;
        same |= (x - ones) & ~x;
    }
    return (same & ones * 0x80) != 0;
}

static inline bool separates(char c)
{
    enum kind kind = kind_of_ascii((uint8_t)c);

    return kind == SPACE || kind == SIGN;
}

/* Take folded ASCII, behind which there are a NUL and room for a word. Most of
 * it are words that nothing behind them can change, and what is between. */
static void take_letters(
    struct moderation_words *w, const char *p, size_t n, struct out *out)
{
    const char *end = p + n;

    while (p < end) {
        size_t run = latin_run(p);

        if (run == 0 && separates(*p)) {
            separate(w, (uint8_t)*p++, out);
        } else if (run == 0) {
            take(w, (uint8_t)*p++, out);
        } else if (w->n == 0 && p + run < end && run <= MODERATION_WORD &&
                   separates(p[run]) && !drawn_out(p, run)) {
            take_word(w, (const uint8_t *)p, run, out);
            p += run;
            w->gap = (uint8_t)*p++;
            w->gaps = 1;
        } else {
            add_latin(w, p, run);
            p += run;
        }
    }
}

static void take_units(struct moderation_words *w, const struct fold_unit *u,
    size_t n, struct out *out)
{
    for (; n > 0; n--, u++) {
        uint32_t cp = u->letter.cp;

        /* The skeleton's own characters do not tell l from i. */
        if (cp >= 0x80 && u->letter.looks != 0)
            cp = u->letter.looks;
        take(w, cp, out);
    }
}

void moderation_word_begin(struct moderation_words *w)
{
    memset(w, 0, sizeof(*w));
    fold_begin(&w->fold, FOLD_SKELETON);
}

/* How much of text to take as what is not ASCII: a little more than there is of
 * it, so that nothing of it waits. */
static size_t beyond_ascii(struct span text)
{
    const uint64_t beyond = UINT64_C(0x8080808080808080);
    uint64_t x = beyond;
    size_t n = 0;

    for (; text.n - n >= sizeof(x) && (x & beyond) != 0; n += sizeof(x))
        memcpy(&x, text.p + n, sizeof(x));
    return (x & beyond) == 0 ? n : text.n;
}

/* Take ASCII as far as it goes, or what is not. Returns the bytes. */
static size_t take_some(
    struct moderation_words *w, struct span text, struct out *out)
{
    struct fold_unit units[ROOM];
    char letters[ROOM + MODERATION_WORD];
    size_t used, n;

    if (text.n > ROOM)
        text.n = ROOM;
    used = fold_ascii(&w->fold, text, letters, &n);
    if (used > 0) {
        memset(letters + n, 0, MODERATION_WORD);
        take_letters(w, letters, n, out);
        return used;
    }
    text.n = beyond_ascii(text);
    used = fold_feed(&w->fold, text, units, ROOM, &n);
    take_units(w, units, n, out);
    return used;
}

void moderation_word_feed(struct moderation_words *w, struct span text,
    const struct moderation_word_sink *sink)
{
    struct out out;
    size_t used;

    out.sink = sink;
    out.n = 0;
    for (; text.n > 0; text.n -= used, text.p += used)
        used = take_some(w, text, &out);
    flush(&out);
}

void moderation_word_end(
    struct moderation_words *w, const struct moderation_word_sink *sink)
{
    struct fold_unit units[FOLD_ROOM];
    struct out out;

    out.sink = sink;
    out.n = 0;
    take_units(w, units, fold_end(&w->fold, units), &out);
    if (w->n > 0)
        end_word(w, &out);
    flush_run(w, &out);
    flush(&out);
}

void moderation_word_tidy(struct moderation_words *w)
{
    fold_tidy(&w->fold);
    memset(w->raw + w->n, 0, MODERATION_WORD - w->n);
    memset(w->last + w->last_n, 0, MODERATION_WORD - w->last_n);
    memset(w->run + w->run_n, 0, MODERATION_WORD - w->run_n);
}
