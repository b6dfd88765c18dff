#ifndef DIALECT_CHAT_H
#define DIALECT_CHAT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "completion.h"
#include "json.h"
#include "refusal.h"
#include "stream.h"

/* OpenAI Chat Completions: its requests, answers and streams. API.md 1.1,
 * 9.1; CLIENTS.md 2.5; DESIGN.md fixed point 6. */

/* ---- requests ---- */

/**
 * chat_request_read(doc, request, fault):
 * Check every field of API.md 1.1 in ${doc} and fill ${request}. Unknown
 * fields are none of our business. Returns 0, or -1 with ${fault} set: code,
 * the path of the field and what is wrong with it (RELIABILITY.md 7.2 rows 25
 * and 30-44).
 */
int chat_request_read(const struct json_doc *doc, struct completion *request,
    struct fault *fault);

/**
 * chat_request_write(doc, request, rewrite, out):
 * Append the request as the upstream gets it: byte for byte, but for model,
 * max_tokens or max_completion_tokens (whichever the caller used; max_tokens
 * when neither), stream_options.include_usage on a stream, and without the
 * fields that are ours or dangerous: policy*, policyId, flagged_categories,
 * api_base, base_url, custom_host.
 */
void chat_request_write(const struct json_doc *doc,
    const struct completion *request, const struct completion_rewrite *rewrite,
    struct buf *out);

/* ---- answers that are not streamed ---- */

/**
 * chat_answer_read(doc, usage, est_out):
 * Whether ${doc} is a chat completion: an object with a choices array and no
 * error. Returns 0 with the ${usage} it states (known = false when there is
 * none or it is absurd) and an estimate of the output's tokens; -1 otherwise.
 */
int chat_answer_read(
    const struct json_doc *doc, struct usage *usage, uint64_t *est_out);

/**
 * chat_answer_write(doc, names, credits, out):
 * Append the answer with the metering fields spliced in before the last brace,
 * the upstream's own keys of our names (remaining_credits,
 * estimated_credits_used, estimated_cost_usd, policy) cut out, and the model's
 * own name in place of the upstream's. All else byte for byte.
 */
void chat_answer_write(const struct json_doc *doc,
    const struct completion_names *names, const struct credits *credits,
    struct buf *out);

/* ---- streams ---- */

/**
 * chat_stream(request, names):
 * The answer to ${request} from an upstream that speaks chat completions, too.
 * Frames leave as "data: " JSON LF LF, the JSON byte for byte but for the
 * closed list of DESIGN.md fixed point 6: alias to model name, role:"" cut
 * out, chunks without choices dropped, an unasked usage chunk dropped, a frame
 * with a finish_reason held back until the next frame with choices comes or
 * the stream ends, our own keys cut out, ill-formed UTF-8 repaired. It is
 * complete when every choice that was seen has had its finish_reason. Its end
 * is what was held back with the metering fields spliced in (also on the usage
 * chunk if that was asked for; one is made from the known usage when the
 * upstream sent none) and [DONE]; cut, each choice that is not finished has a
 * chunk with finish_reason "length" before. NULL when memory is out.
 */
struct stream *chat_stream(
    const struct completion *request, const struct completion_names *names);

#endif
