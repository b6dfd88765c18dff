#ifndef FRAME_H
#define FRAME_H

#include "buf.h"
#include "json.h"
#include "refusal.h"
#include "stream.h"

/* The data of one SSE event of an upstream, whatever its dialect. */

/* What the frames of one stream are read into, one after the other. {0} is
 * empty. */
struct frame {
    struct json_doc doc;
    struct buf repaired; /* the text of doc, where it was ill-formed */
    struct buf scratch;  /* for a text of doc that is decoded */
};

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
 * frame_read(f, data):
 * Read ${data}, an object, into ${f}. Returns STREAM_TAKEN, STREAM_BROKEN or
 * STREAM_NO_MEMORY.
 */
enum stream_frame frame_read(struct frame *f, struct span data);

/**
 * frame_read_typed(f, data):
 * frame_read() of an object that has its type as a string.
 */
enum stream_frame frame_read_typed(struct frame *f, struct span data);

/**
 * frame_free(f):
 * Give the memory of ${f} back and leave it empty.
 */
void frame_free(struct frame *f);

/**
 * frame_fault(f, error, fault):
 * Set ${fault} from ${error}, the value of "error". The upstream's words are
 * repeated when they are short and give away neither an address nor a page.
 */
void frame_fault(struct frame *f, uint32_t error, struct fault *fault);

/**
 * frame_join(out, from):
 * Make the JSON in ${out} from offset ${from} on one line: white space between
 * tokens may hold line ends, which would break a frame in two; within strings
 * JSON has none.
 */
void frame_join(struct buf *out, size_t from);

#endif
