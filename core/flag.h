#ifndef FLAG_H
#define FLAG_H

#include "moderation.h"

/* Which categories a text is of, as bits 1 << enum moderation_category, and
 * what stands for which of them. API.md 7.5. */

/* Blocked for everybody, whatever a policy says. */
#define FLAG_ALWAYS                                                            \
    ((uint16_t)(1u << MODERATION_SELF_HARM |                                   \
                1u << MODERATION_SELF_HARM_INTENT |                            \
                1u << MODERATION_SELF_HARM_INSTRUCTIONS |                      \
                1u << MODERATION_SEXUAL_MINORS))

struct flag_rules {
    const struct moderation_model *model;
    const uint64_t *thresholds; /* of each category, in millionths */
};

/**
 * flag_meant(name):
 * The categories that ${name} stands for: itself and what is below it; none
 * when nobody knows it.
 */
uint16_t flag_meant(struct span name);

/**
 * flag_reached(rules, m):
 * The categories of which the text of ${m} reaches the threshold.
 */
uint16_t flag_reached(
    const struct flag_rules *rules, const struct moderation *m);

/**
 * flag_between(m, low, high):
 * The categories of which the text of ${m} scores ${low} to ${high}, both
 * included, in millionths.
 */
uint16_t flag_between(const struct moderation *m, uint64_t low, uint64_t high);

/**
 * flag_list(flags, names):
 * Leave the names of ${flags} in ${names}. Returns how many there are.
 */
size_t flag_list(uint16_t flags, struct span names[MODERATION_CATEGORIES]);

/**
 * flag_word(flags):
 * The name of one of the ${flags}, of which there is one: of those that are
 * always blocked first.
 */
const char *flag_word(uint16_t flags);

#endif
