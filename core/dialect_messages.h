#ifndef DIALECT_MESSAGES_H
#define DIALECT_MESSAGES_H

#include "buf.h"
#include "codec.h"
#include "completion.h"
#include "json.h"
#include "refusal.h"
#include "stream.h"

/* Anthropic Messages: its requests, answers and streams. API.md 1.3, 9.2;
 * CLIENTS.md 2.5. The functions are those of codec.h. */

/**
 * messages_request_read(doc, completion, fault):
 * Check every field of API.md 1.3 in ${doc} and fill ${completion}. Unknown
 * fields are none of our business. Returns 0, or -1 with ${fault} set: code,
 * the path of the field and what is wrong with it.
 */
int messages_request_read(const struct json_doc *doc,
    struct completion *completion, struct fault *fault);

/**
 * messages_count_read(doc, completion, fault):
 * The same for a request that only wants its tokens counted. API.md 1.4.
 */
int messages_count_read(const struct json_doc *doc,
    struct completion *completion, struct fault *fault);

/**
 * messages_count_write(doc, completion, rewrite, out):
 * Append such a request for an upstream of this dialect.
 */
void messages_count_write(const struct json_doc *doc,
    const struct completion *completion,
    const struct completion_rewrite *rewrite, struct buf *out);

/**
 * messages_request_write(doc, completion, rewrite, out):
 * Append the request for an upstream of this dialect.
 */
void messages_request_write(const struct json_doc *doc,
    const struct completion *completion,
    const struct completion_rewrite *rewrite, struct buf *out);

/**
 * messages_answer_read(doc, usage, est_out), messages_answer_write(doc, names,
 * credits, out): An answer that is not streamed, from an upstream of this
 * dialect: whether it is one, and with the metering fields spliced in.
 */
int messages_answer_read(
    const struct json_doc *doc, struct usage *usage, uint64_t *est_out);
void messages_answer_write(const struct json_doc *doc,
    const struct completion_names *names, const struct credits *credits,
    struct buf *out);

/**
 * messages_stream(completion, names):
 * The streamed answer of an upstream of this dialect. Frames leave as "event:
 * " TYPE LF "data: " JSON LF LF, the JSON byte for byte, but for the model's
 * name and our own keys; message_delta is held back until the end, where the
 * metering fields are spliced in. NULL when memory is out.
 */
struct stream *messages_stream(
    const struct completion *completion, const struct completion_names *names);

#endif
