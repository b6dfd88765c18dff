#ifndef DIALECT_CHAT_H
#define DIALECT_CHAT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "hold.h"
#include "json.h"
#include "refusal.h"

/* OpenAI Chat Completions: its requests, answers and streams. API.md 1.1,
 * 9.1; CLIENTS.md 2.5; DESIGN.md fixed point 6. */

enum { MODEL_NAME_MAX = 128 };

/* ---- requests ---- */

/* What we must know of a request. */
struct chat_request {
    char model[MODEL_NAME_MAX + 1];
    bool stream;
    bool include_usage; /* the caller asked for the usage chunk */
    uint32_t n;         /* choices; 1 when absent */
    int64_t max_tokens; /* max_completion_tokens or max_tokens; 0: absent */
    uint64_t est_in;    /* estimated input tokens, 15 percent added */
};

/* What the upstream shall read instead. */
struct chat_rewrite {
    const char *model;   /* the upstream's name of the model */
    uint64_t max_tokens; /* replaces the caller's limit, or is added */
};

/**
 * chat_request_read(doc, request, fault):
 * Check every field of API.md 1.1 in ${doc} and fill ${request}. Unknown
 * fields are none of our business. Returns 0, or -1 with ${fault} set: code,
 * the path of the field and what is wrong with it (RELIABILITY.md 7.2 rows 25
 * and 30-44).
 */
int chat_request_read(const struct json_doc *doc,
    struct chat_request *request, struct fault *fault);

/**
 * chat_request_write(doc, request, rewrite, out):
 * Append the request as the upstream gets it: byte for byte, but for model,
 * max_tokens or max_completion_tokens (whichever the caller used; max_tokens
 * when neither), stream_options.include_usage on a stream, and without the
 * fields that are ours or dangerous: policy*, policyId, flagged_categories,
 * api_base, base_url, custom_host.
 */
void chat_request_write(const struct json_doc *doc,
    const struct chat_request *request, const struct chat_rewrite *rewrite,
    struct buf *out);

/* ---- what every answer ends with ---- */

/* The metering fields. remaining < 0 stands for null: anonymous callers. */
struct chat_credits {
    int64_t remaining;
    int64_t used;
    uint64_t tokens; /* total, for the cost */
    struct price price;
};

/* ---- answers that are not streamed ---- */

/**
 * chat_answer_read(doc, usage, est_out):
 * Whether ${doc} is a chat completion: an object with a choices array and no
 * error. Returns 0 with the ${usage} it states (known = false when there is
 * none or it is absurd) and an estimate of the output's tokens; -1 otherwise.
 */
int chat_answer_read(const struct json_doc *doc, struct usage *usage,
    uint64_t *est_out);

/**
 * chat_answer_write(doc, model, upstream_model, credits, out):
 * Append the answer with the metering fields spliced in before the last brace,
 * the upstream's own keys of our names (remaining_credits,
 * estimated_credits_used, estimated_cost_usd, policy) cut out, and ${model} in
 * place of ${upstream_model} when the two differ. All else byte for byte.
 */
void chat_answer_write(const struct json_doc *doc, const char *model,
    const char *upstream_model, const struct chat_credits *credits,
    struct buf *out);

/* ---- streams ---- */

/* The reader of one upstream stream; opaque. */
struct chat_stream;

/* What became of a frame. */
enum chat_frame {
    CHAT_FRAME_TAKEN,  /* whatever may leave now was appended to out */
    CHAT_FRAME_DONE,   /* [DONE] */
    CHAT_FRAME_ERROR,  /* the upstream says it failed; see the fault */
    CHAT_FRAME_BROKEN, /* not a JSON object: the upstream is broken */
    CHAT_FRAME_NO_MEMORY
};

/**
 * chat_stream_create(request, model, upstream_model):
 * A reader for the answer to ${request}; NULL when memory is out. The strings
 * are copied. Free with chat_stream_free(), which takes NULL.
 */
struct chat_stream *chat_stream_create(const struct chat_request *request,
    const char *model, const char *upstream_model);
void chat_stream_free(struct chat_stream *s);

/**
 * chat_stream_frame(s, data, out, fault):
 * Take the data of one upstream event. Frames that may leave are appended to
 * ${out} as "data: " JSON LF LF, the JSON byte for byte but for the closed
 * list of DESIGN.md fixed point 6: alias to model name, role:"" cut out,
 * chunks without choices dropped, an unasked usage chunk dropped, a frame with
 * a finish_reason held back until the next frame with choices comes or the
 * stream ends, our own keys cut out, ill-formed UTF-8 repaired. On
 * CHAT_FRAME_ERROR ${fault} tells it without naming the upstream.
 */
enum chat_frame chat_stream_frame(struct chat_stream *s, struct span data,
    struct buf *out, struct fault *fault);

/**
 * chat_stream_complete(s):
 * Whether every choice that was seen has had its finish_reason: the answer is
 * whole even without [DONE].
 */
bool chat_stream_complete(const struct chat_stream *s);

/**
 * chat_stream_usage(s, usage):
 * What the stream has stated as its usage; usage->known = false when nothing
 * yet, tokens_out then is an estimate of the output that passed and tokens_in
 * the request's estimate.
 */
void chat_stream_usage(const struct chat_stream *s, struct usage *usage);

/**
 * chat_stream_output(s):
 * Output tokens so far, stated or estimated, whichever is more.
 */
uint64_t chat_stream_output(const struct chat_stream *s);

/**
 * chat_stream_delivered(s):
 * Whether any output of the model has been appended to an out buffer.
 */
bool chat_stream_delivered(const struct chat_stream *s);

/**
 * chat_stream_finish(s, credits, out):
 * Append what was held back with the metering fields spliced in (also on the
 * usage chunk if it was asked for; one is made from the known usage when the
 * upstream sent none), then "data: [DONE]" LF LF.
 */
void chat_stream_finish(struct chat_stream *s,
    const struct chat_credits *credits, struct buf *out);

/**
 * chat_stream_cut(s, credits, out):
 * End the stream before the upstream does, legally: what was held back, for
 * each choice that is not finished a chunk with finish_reason "length", the
 * metering fields on the last of them and on the usage chunk if it was asked
 * for (made from what was counted), [DONE].
 */
void chat_stream_cut(struct chat_stream *s, const struct chat_credits *credits,
    struct buf *out);

#endif
