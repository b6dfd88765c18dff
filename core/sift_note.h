#ifndef SIFT_NOTE_H
#define SIFT_NOTE_H

#include "sift_walk.h"

/* Notes: what says where in a text it belongs. */

/**
 * sift_note_move(w, array, of):
 * Move the notes in ${array} to where their places in ${of} are now, and leave
 * out those that have none any more.
 */
void sift_note_move(struct sift_walk *w, uint32_t array, struct sift_text *of);

/**
 * sift_note_beside(w, object, array):
 * The same for notes beside their text, which is judged if it was not yet:
 * both are members of ${object}.
 */
void sift_note_beside(struct sift_walk *w, uint32_t object, uint32_t array);

#endif
