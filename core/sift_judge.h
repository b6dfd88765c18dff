#ifndef SIFT_JUDGE_H
#define SIFT_JUDGE_H

#include "sift_walk.h"

/* Texts that are whole where a walk comes by: what of them may leave is put in
 * their place. What the screen says is left in w->state. */

/**
 * sift_judge_string(w, node, json):
 * Judge the string ${node}, which holds JSON or not. What leaves of it is in
 * w->shown, if w->touched.
 */
void sift_judge_string(struct sift_walk *w, uint32_t node, bool json);

/**
 * sift_judge_value(w, node, as):
 * Judge the string ${node}, unless that was done before or it is sealed, and
 * put it.
 */
void sift_judge_value(struct sift_walk *w, uint32_t node, enum sift_as as);

/**
 * sift_judge_json(w, node):
 * Judge the value ${node} as the JSON that it is, and put it.
 */
void sift_judge_json(struct sift_walk *w, uint32_t node);

/**
 * sift_judge_parts(w, array, as):
 * Judge the elements of ${array} that are parts of one text as one, and walk
 * over it.
 */
void sift_judge_parts(struct sift_walk *w, uint32_t array, enum sift_as as);

#endif
