#ifndef MODERATION_WORD_H
#define MODERATION_WORD_H

#include "fold.h"
#include "moderation_model.h"

/* Text as words to be judged. What the folder makes alike is alike: case,
 * width, marks, invisible characters, letters of other scripts that look
 * Latin. Beyond it digits and signs inside a word are read as the letters that
 * they stand for (k1ll, $ex), stars as what they hide (f*ck), letters drawn out
 * are shortened (diiie), letters that stand apart and words cut by a sign also
 * are one word (k.y.s) or come as one word beside (sui-cide). Apostrophes go.
 */

enum {
    MODERATION_WORD = 32,
    MODERATION_TOGETHER = 32 /* words that are told at once, at most */
};

#define MODERATION_HASH 2166136261u

struct moderation_word {
    uint8_t text[MODERATION_WORD + 8]; /* with room to be read eight at once */
    uint32_t n;                        /* bytes, 1 to MODERATION_WORD */
    uint32_t hash;
    /* The hashes of the first MODERATION_PREFIX_MIN letters, to that of the
     * first MODERATION_START; of what lies behind it where it has fewer. */
    uint32_t start[MODERATION_START - MODERATION_PREFIX_MIN + 1];
    bool joined; /* made of words that have been told before */
    bool quoted;
};

/* Hears of words, a few together; n is 1 to MODERATION_TOGETHER. */
struct moderation_word_sink {
    void (*words)(void *cookie, const struct moderation_word *words, size_t n);
    void *cookie;
};

/* A text on its way. Private but for its place in memory. */
struct moderation_words {
    struct fold fold;
    uint8_t raw[MODERATION_WORD]; /* of the word that is coming */
    uint8_t n;
    uint8_t letters; /* characters of these */
    bool plain;      /* nothing but small Latin letters, none drawn out */
    uint8_t last[MODERATION_WORD]; /* the word before */
    uint8_t last_n;
    uint8_t run[MODERATION_WORD]; /* single letters that wait */
    uint8_t run_n;
    uint32_t run_gap; /* what is between them */
    uint8_t gaps;     /* characters since the last word, at most 2 */
    uint32_t gap;     /* the last of them */
    bool open;        /* a quotation mark */
    uint8_t within;   /* words since */
};

/**
 * moderation_word_begin(w):
 * Begin a text.
 */
void moderation_word_begin(struct moderation_words *w);

/**
 * moderation_word_feed(w, text, sink), moderation_word_end(w, sink):
 * Tell the ${sink} of the words of ${text} that are over; of what is left.
 */
void moderation_word_feed(struct moderation_words *w, struct span text,
    const struct moderation_word_sink *sink);
void moderation_word_end(
    struct moderation_words *w, const struct moderation_word_sink *sink);

/**
 * moderation_word_tidy(w):
 * Leave nothing in ${w} of words that are over, but of the last one, and of
 * letters that stand apart until they are words.
 */
void moderation_word_tidy(struct moderation_words *w);

/**
 * moderation_word_hash_step(h, c), moderation_word_hash_end(h),
 * moderation_word_hash(text, n):
 * Go on with a hash that begins with MODERATION_HASH; end it; what the first
 * ${n} bytes of a word's ${text} hash to.
 */
static inline uint32_t moderation_word_hash_step(uint32_t h, uint8_t c)
{
    return (h ^ c) * 16777619u;
}
static inline uint32_t moderation_word_hash_end(uint32_t h)
{
    return h ^ h >> 15;
}
static inline uint32_t moderation_word_hash(const uint8_t *text, size_t n)
{
    uint32_t h = MODERATION_HASH;

    for (size_t i = 0; i < n; i++)
        h = moderation_word_hash_step(h, text[i]);
    return moderation_word_hash_end(h);
}

#endif
