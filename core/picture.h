#ifndef PICTURE_H
#define PICTURE_H

#include "json.h"
#include "refusal.h"

/* The images of a request, wherever in the conversation they stand: parts of
 * type "image_url", "input_image" and "image". */

enum { PICTURE_PATH = 128 };

/**
 * picture_next(doc, dialect, before):
 * The first image behind the node ${before}, JSON_NONE to begin with, in the
 * request ${doc}, which the codec of ${dialect} has checked. JSON_NONE when
 * there are no more.
 */
uint32_t picture_next(
    const struct json_doc *doc, enum dialect dialect, uint32_t before);

/**
 * picture_has_url(doc, picture):
 * Whether it is known here where the image is; false for one that is named by
 * the id of a file of the upstream's.
 */
bool picture_has_url(const struct json_doc *doc, uint32_t picture);

/**
 * picture_url(doc, picture, out):
 * Append the URL of such an image, a data URL where its bytes are in the
 * request, as it stands between the quotes of a JSON string.
 */
void picture_url(const struct json_doc *doc, uint32_t picture, struct buf *out);

/**
 * picture_path(doc, node, path):
 * Where in the request ${node} is, "messages[0].content[1]"; cut if it is too
 * long.
 */
void picture_path(
    const struct json_doc *doc, uint32_t node, char path[PICTURE_PATH]);

#endif
