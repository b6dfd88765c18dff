#ifndef SCORES_H
#define SCORES_H

#include "flag.h"

/* What the choices of an answer score while they grow. Each choice is a text
 * of its own, all that it says in the order in which it says it, so that what
 * comes between from another does not hide it. Of the arguments of tools, which
 * are JSON, it is what their strings say, without escapes. A score is looked at
 * where a piece ends a sentence, and else after so many bytes. */

struct scores;

/**
 * scores_make(rules, every):
 * Begin an answer that is scored by ${rules}, whose model and thresholds must
 * outlive it, and looked at after ${every} bytes. NULL when memory is out.
 */
struct scores *scores_make(const struct flag_rules *rules, uint32_t every);

/**
 * scores_free(s):
 * Let go of ${s}, which may be NULL.
 */
void scores_free(struct scores *s);

/**
 * scores_feed(s, choice, text):
 * Go on with ${text}, which is decoded. Returns the categories that the choice
 * reaches if this is a place to look, else 0; -1 when memory is out.
 */
int scores_feed(struct scores *s, uint32_t choice, struct span text);

/**
 * scores_args(s, choice, block, json):
 * So, too, with a piece of the arguments of the call ${block}.
 */
int scores_args(
    struct scores *s, uint32_t choice, uint32_t block, struct span json);

/**
 * scores_end(s):
 * The answer, or one choice of it, is whole. Returns the categories that any
 * choice reaches.
 */
uint16_t scores_end(struct scores *s);

#endif
