#ifndef OPINION_H
#define OPINION_H

#include "flag.h"
#include "json.h"

/* The opinion of another moderator, in the words of OpenAI's /v1/moderations:
 * texts are asked about together, each image for itself. */

/**
 * opinion_ask_text(model, text, out):
 * Append the question about ${text}, which is decoded.
 */
void opinion_ask_text(const char *model, struct span text, struct buf *out);

/**
 * opinion_ask_image(model, doc, picture, out):
 * Append the question about an image of the request ${doc}, one that has a URL
 * (picture.h).
 */
void opinion_ask_image(const char *model, const struct json_doc *doc,
    uint32_t picture, struct buf *out);

/**
 * opinion_read(answer, flags):
 * Leave in ${flags} the categories of which the ${answer} says that what was
 * asked about is of them. Returns 0, or -1 when it is no such answer, or speaks
 * of no category that is known here, or memory is out.
 */
int opinion_read(struct span answer, uint16_t *flags);

#endif
