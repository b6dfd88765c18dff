#ifndef DIALECT_RESPONSES_H
#define DIALECT_RESPONSES_H

#include "buf.h"
#include "codec.h"
#include "completion.h"
#include "json.h"
#include "refusal.h"
#include "stream.h"

/* OpenAI Responses: its requests, answers and streams. API.md 1.2, 9.3;
 * CLIENTS.md 2.5. The functions are those of codec.h. */

/**
 * responses_request_read(doc, completion, fault):
 * Check every field of API.md 1.2 in ${doc} and fill ${completion}. Unknown
 * fields are none of our business. Returns 0, or -1 with ${fault} set: code,
 * the path of the field and what is wrong with it.
 */
int responses_request_read(const struct json_doc *doc,
    struct completion *completion, struct fault *fault);

/**
 * responses_request_write(doc, completion, rewrite, out):
 * Append the request for an upstream of this dialect.
 */
void responses_request_write(const struct json_doc *doc,
    const struct completion *completion,
    const struct completion_rewrite *rewrite, struct buf *out);

/**
 * responses_answer_read(doc, usage, est_out), responses_answer_write(doc,
 * names, credits, out): An answer that is not streamed, from an upstream of
 * this dialect: whether it is one, and with the metering fields spliced in.
 */
int responses_answer_read(
    const struct json_doc *doc, struct usage *usage, uint64_t *est_out);
void responses_answer_write(const struct json_doc *doc,
    const struct completion_names *names, const struct credits *credits,
    struct buf *out);

/**
 * responses_stream(completion, names):
 * The streamed answer of an upstream of this dialect. Frames leave as "event:
 * " TYPE LF "data: " JSON LF LF, the JSON byte for byte, but for the model's
 * name and our own keys; the event that ends the response is held back, and
 * has the metering fields spliced into its response. NULL when memory is out.
 */
struct stream *responses_stream(
    const struct completion *completion, const struct completion_names *names);

#endif
