#ifndef MODERATION_PHRASE_H
#define MODERATION_PHRASE_H

#include "moderation_age.h"
#include "moderation_linear.h"

/* Weighted phrases: sequences of words and of beginnings of words, found by
 * walking a trie from every word on. core/terms is of no use here: it finds
 * letters anywhere, and its automaton is built in each process, where this one
 * lies in the file.
 *
 * A phrase counts less when it repeats, behind a negation and in quotation
 * marks. What two classes mean together - a group of people and contempt, a
 * question for instructions and a weapon - counts where both are close. */

/* What is summed beside the classes themselves. */
enum moderation_pair {
    MODERATION_GROUP_DEROGATORY = MODERATION_CLASSES,
    MODERATION_GROUP_INSULT,
    MODERATION_GROUP_HARM,
    MODERATION_YOU_INSULT,
    MODERATION_YOU_HARM,
    MODERATION_ME_SELF,
    MODERATION_ASK_SELF,
    MODERATION_ASK_CRIME,
    MODERATION_ASK_WEAPON,
    MODERATION_TRACKS
};

enum { MODERATION_WALKS = 16, MODERATION_NEGATIONS = 4 };

/* How much of a class there is. */
struct moderation_track {
    float level; /* here; what lies 64 words back is forgotten */
    float best;  /* the highest level */
    float total;
    uint32_t count;
    uint32_t at; /* the word of the last */
    float last;  /* its weight */
};

struct moderation_phrases {
    uint32_t at; /* words taken */
    uint32_t walks;
    struct moderation_walk {
        uint16_t node;
        uint16_t words;
    } walk[MODERATION_WALKS]; /* phrases that have begun */
    struct moderation_track track[MODERATION_TRACKS];
    uint32_t negation[MODERATION_NEGATIONS]; /* words behind the last ones */
    struct moderation_age age;
    float minors; /* the highest of sexual phrases near minors */
    /* Of the blocks of a window: self-harm by kind, and context. */
    float window[MODERATION_BLOCKS][4];
    uint32_t block;
    uint8_t seen[MODERATION_PHRASES / 4]; /* how often, to 3 */
};

/**
 * moderation_phrase_words(p, model, words, n):
 * Take up to MODERATION_TOGETHER words. {0} is a text's beginning.
 */
void moderation_phrase_words(struct moderation_phrases *p,
    const struct moderation_model *model, const struct moderation_word *words,
    size_t n);

/**
 * moderation_phrase_block(p):
 * A block of words is over: begin the next, in place of the oldest.
 */
void moderation_phrase_block(struct moderation_phrases *p);

/**
 * moderation_phrase_whole(p, category), moderation_phrase_window(p, category):
 * What the phrases say of ${category}, 0 or more: of the whole text, and of
 * the last blocks; the latter is of self-harm and its kinds only.
 */
double moderation_phrase_whole(
    const struct moderation_phrases *p, size_t category);
double moderation_phrase_window(
    const struct moderation_phrases *p, size_t category);

#endif
