#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "codec.h"

/* One call between a caller's dialect and an upstream's, the same or not. {0}
 * is empty. */
struct exchange {
    const struct codec *caller;
    const struct codec *upstream;
    struct turn turn; /* of a request on its way to another dialect */
    struct buf memo;  /* what the caller's codec left for the answer */
};

/**
 * exchange_begin(x, caller, upstream, doc, fault):
 * Begin with the request ${doc}, which the codec of ${caller} has read and
 * which must live until exchange_request(). Returns 0, or -1 with ${fault} set
 * when it cannot be told in the dialect ${upstream}.
 */
int exchange_begin(struct exchange *x, enum dialect caller,
    enum dialect upstream, const struct json_doc *doc, struct fault *fault);

/**
 * exchange_request(x, doc, completion, rewrite, out):
 * Append the request as the upstream gets it. Once.
 */
void exchange_request(struct exchange *x, const struct json_doc *doc,
    const struct completion *completion,
    const struct completion_rewrite *rewrite, struct buf *out);

/**
 * exchange_free(x):
 * Give back the memory of ${x} and leave it empty.
 */
void exchange_free(struct exchange *x);

/**
 * exchange_stream(x, completion, tag):
 * The streamed answer; ${tag} and ${x} must outlive it. NULL when memory
 * is out.
 */
struct stream *exchange_stream(const struct exchange *x,
    const struct completion *completion, const struct codec_tag *tag);

/**
 * exchange_answer(x, doc, completion, tag, credits, out):
 * Append the answer ${doc}, which the upstream's codec has read, as the caller
 * gets it.
 */
void exchange_answer(const struct exchange *x, const struct json_doc *doc,
    const struct completion *completion, const struct codec_tag *tag,
    const struct credits *credits, struct buf *out);

#endif
