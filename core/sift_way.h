#ifndef SIFT_WAY_H
#define SIFT_WAY_H

#include "sift.h"

/* The way to a text in what a choice says: the members and elements that it is
 * in. Whoever makes a frame chooses the names in it; so ways are told apart by
 * a hash of which nobody finds two with the same value. */

/**
 * sift_way_member(where, name), sift_way_element(where, place):
 * Go on from ${where} into the member of that ${name}, at most JSON_MAX_KEY
 * bytes, or into the element at that ${place}.
 */
void sift_way_member(struct sift_where *where, struct span name);
void sift_way_element(struct sift_where *where, int64_t place);

/**
 * sift_way_place(doc, node, place):
 * Read the ${place} that the value ${node} is. Returns 0, or -1 when it is no
 * index, or one so large that clients may take it for the next: numbers that
 * are read as floating point are not apart beyond 2^53.
 */
int sift_way_place(const struct json_doc *doc, uint32_t node, int64_t *place);

/**
 * sift_way_index(doc, object, index):
 * Read the ${index} that an ${object} of a list states; it stays as it is where
 * there is none. Returns 0, or -1 when what is stated is no index.
 */
int sift_way_index(const struct json_doc *doc, uint32_t object, int64_t *index);

/**
 * sift_way_is_stated(doc, array):
 * Whether an element of ${array} states an index.
 */
bool sift_way_is_stated(const struct json_doc *doc, uint32_t array);

#endif
