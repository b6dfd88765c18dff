#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "codec.h"
#include "screen.h"

/* One call between a caller's dialect and an upstream's, the same or not. {0}
 * is empty. */
struct exchange {
    const struct codec *caller;
    const struct codec *upstream;
    struct turn *turn; /* of a request on its way to another dialect */
    struct buf memo;   /* of the request, for the answer */
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
 * exchange_remember(x, doc):
 * Keep of the request ${doc} what the answer needs if it is written anew, or
 * made here, even in the caller's own dialect. x->memo.failed: memory is out.
 */
void exchange_remember(struct exchange *x, const struct json_doc *doc);

/**
 * exchange_passes(x):
 * Whether an answer reaches the caller as the upstream wrote it, but for
 * splices and what a screen takes out: in the caller's own dialect it does.
 */
bool exchange_passes(const struct exchange *x);

/**
 * exchange_stream(x, completion, tag, screen):
 * The streamed answer; ${tag}, ${x} and ${screen}, which may be NULL, must
 * outlive it. What does not pass is written anew from its events. NULL when
 * memory is out.
 */
struct stream *exchange_stream(const struct exchange *x,
    const struct completion *completion, const struct codec_tag *tag,
    struct screen *screen);

/**
 * exchange_judge(x, doc, completion, screen):
 * Show ${screen} the answer ${doc}, which the upstream's codec has read.
 */
enum screen_state exchange_judge(const struct exchange *x,
    const struct json_doc *doc, const struct completion *completion,
    struct screen *screen);

/**
 * exchange_answer(x, doc, completion, tag, screen, credits, out):
 * Append the answer ${doc}, which the upstream's codec has read, as the caller
 * gets it. ${screen} is a fresh one, or NULL, as for a stream.
 */
void exchange_answer(const struct exchange *x, const struct json_doc *doc,
    const struct completion *completion, const struct codec_tag *tag,
    struct screen *screen, const struct credits *credits, struct buf *out);

/**
 * exchange_notice(x, completion, tag, text, usage, credits, out):
 * Append a whole answer of our own that says the decoded ${text}, in each
 * choice that was asked for: a stream with its end, or a body. ${usage} is that
 * of an answer which does not go out; NULL: there was none.
 */
void exchange_notice(const struct exchange *x,
    const struct completion *completion, const struct codec_tag *tag,
    struct span text, const struct usage *usage, const struct credits *credits,
    struct buf *out);

#endif
