#ifndef FRAME_H
#define FRAME_H

#include "buf.h"
#include "json.h"
#include "refusal.h"

/* The data of one SSE event of an upstream, whatever its dialect. */

/**
 * frame_trim(data):
 * ${data} without the white space around it.
 */
struct span frame_trim(struct span data);

/**
 * frame_parse(doc, data, repaired):
 * Read the JSON of a frame. What is ill-formed in its text is replaced by
 * U+FFFD in a copy, which is then left in ${repaired}. Returns JSON_OK or what
 * json_parse() says.
 */
enum json_error frame_parse(
    struct json_doc *doc, struct span data, struct buf *repaired);

/**
 * frame_fault(doc, error, scratch, fault):
 * Set ${fault} from the value of "error". The upstream's words are repeated
 * when they are short and give away neither an address nor a page.
 */
void frame_fault(const struct json_doc *doc, uint32_t error,
    struct buf *scratch, struct fault *fault);

/**
 * frame_join(out, from):
 * Make the JSON in ${out} from offset ${from} on one line: white space between
 * tokens may hold line ends, which would break a frame in two; within strings
 * JSON has none.
 */
void frame_join(struct buf *out, size_t from);

#endif
