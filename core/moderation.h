#ifndef MODERATION_H
#define MODERATION_H

#include <stddef.h>

#include "buf.h"
#include "moderation_model.h"

/* What a text speaks of, in the 13 categories of omni-moderation, as numbers
 * from 0 to 1. Two judges are asked. Weighted phrases, damped by negation,
 * quotation and context, know what was written down for them; a linear model
 * over hashed words and pieces of words knows what it was trained on. Both
 * verdicts are standardised and added. sexual/minors is never learned: it is a
 * rule about sexual phrases near words for minors and ages under 18.
 *
 * Self-harm and sexual/minors are also judged in windows, so that no amount of
 * other text dilutes them.
 *
 * A text may come in pieces cut anywhere, also inside a character; its scores
 * are the same to the last bit. Feeding costs what the new bytes cost, scoring
 * does not depend on the length of the text. */

enum moderation_category {
    MODERATION_HARASSMENT,
    MODERATION_HARASSMENT_THREATENING,
    MODERATION_HATE,
    MODERATION_HATE_THREATENING,
    MODERATION_ILLICIT,
    MODERATION_ILLICIT_VIOLENT,
    MODERATION_SELF_HARM,
    MODERATION_SELF_HARM_INTENT,
    MODERATION_SELF_HARM_INSTRUCTIONS,
    MODERATION_SEXUAL,
    MODERATION_SEXUAL_MINORS,
    MODERATION_VIOLENCE,
    MODERATION_VIOLENCE_GRAPHIC
};

/* A text on its way. */
struct moderation;

/**
 * moderation_name(category):
 * The published name of ${category}, such as "self-harm/intent".
 */
const char *moderation_name(enum moderation_category category);

/**
 * moderation_begin(model):
 * Begin a text that is judged by ${model}, which must outlive it. Returns NULL
 * when memory is out. It takes 5.6 KB whatever the text's length.
 */
struct moderation *moderation_begin(const struct moderation_model *model);

/**
 * moderation_rest(m):
 * From now on take as little memory as there can be while nothing comes, for
 * texts that wait most of their time: 1.5 KB for a few sentences, up to 3 KB
 * for long texts. Of the words that have come none is kept then but the last.
 * Scoring takes up to two microseconds more, and so does every hundredth byte
 * or so that is fed. Returns 0, or -1 when memory is out.
 */
int moderation_rest(struct moderation *m);

/**
 * moderation_wake(m):
 * No longer rest, for who feeds several pieces one after the other. Returns 0,
 * or -1 when memory is out.
 */
int moderation_wake(struct moderation *m);

/**
 * moderation_copy(m):
 * Another text, which does not rest and stands where ${m} does. NULL when
 * memory is out.
 */
struct moderation *moderation_copy(const struct moderation *m);

/**
 * moderation_feed(m, text):
 * Go on with ${text}. Returns 0, or -1 when memory is out and ${text} was not
 * taken; a text that does not rest allocates nothing and cannot fail.
 */
int moderation_feed(struct moderation *m, struct span text);

/**
 * moderation_score(m, scores):
 * Write what the text would score if it ended here. The text may go on.
 */
void moderation_score(
    const struct moderation *m, double scores[MODERATION_CATEGORIES]);

/**
 * moderation_free(m):
 * Let go of ${m}, which may be NULL.
 */
void moderation_free(struct moderation *m);

/**
 * moderation_text(model, text, scores), moderation_standing(model, text,
 * standing):
 * Judge the whole ${text} at once, without allocating; the second before the
 * sum of both verdicts becomes a score, for who sets the scale.
 */
void moderation_text(const struct moderation_model *model, struct span text,
    double scores[MODERATION_CATEGORIES]);
void moderation_standing(const struct moderation_model *model, struct span text,
    double standing[MODERATION_CATEGORIES]);

#endif
