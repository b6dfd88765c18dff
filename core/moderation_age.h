#ifndef MODERATION_AGE_H
#define MODERATION_AGE_H

#include <string.h>

#include "moderation_word.h"

/* Ages, in figures or in words: "14 year old", "14yo", "aged fourteen", "im 14
 * and", "f14". */

/* What the words before may make of the next one. {0} is a beginning. */
struct moderation_age {
    uint8_t number;  /* that the word before is, plus 1; 0: it is none */
    bool introduced; /* by a word that ages may follow */
    uint8_t n;       /* the word before, as far as it matters */
    uint8_t before[8];
};

enum moderation_age_is {
    MODERATION_AGE_NONE,
    MODERATION_AGE_MINOR,
    MODERATION_AGE_ADULT
};

/**
 * moderation_age_word(a, word):
 * Take a word that is not joined. Returns whether an age is over with it, and
 * whose: a minor's is from 1 to 17.
 */
enum moderation_age_is moderation_age_word(
    struct moderation_age *a, const struct moderation_word *word);

/* By the bytes of a number's name, and its first letter: its second one. */
extern const uint32_t moderation_age_second[16][32];

/**
 * moderation_age_may_be(word):
 * Whether ${word} may be a number or an age; now and then it is not.
 */
static inline bool moderation_age_may_be(const struct moderation_word *word)
{
    uint8_t one = word->text[0], other = word->text[1];
    uint32_t second = moderation_age_second[word->n & 15][one & 31];

    return (one <= '9') | (other <= '9') | (second >> (other & 31) & 1);
}

/**
 * moderation_age_pass(a, word):
 * Take a word that may not be, where a->number is 0: shorter.
 */
static inline void moderation_age_pass(
    struct moderation_age *a, const struct moderation_word *word)
{
    a->n = word->n <= sizeof(a->before) ? (uint8_t)word->n : 0;
    memcpy(a->before, word->text, sizeof(a->before));
}

/**
 * moderation_age_tidy(a):
 * Leave nothing in ${a} of words but the one before.
 */
void moderation_age_tidy(struct moderation_age *a);

#endif
