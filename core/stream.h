#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "completion.h"
#include "refusal.h"
#include "turn.h"

/* One streamed answer, from an upstream's frames to a client's, whatever the
 * two dialects are. Who makes one (dialect_chat.h and its like, exchange.h)
 * puts the base first in a struct of its own. */

/* What became of a frame. */
enum stream_frame {
    STREAM_TAKEN,  /* whatever may leave now was appended to out */
    STREAM_DONE,   /* the last frame of the protocol */
    STREAM_RULED,  /* a rule of the policy ends the answer here */
    STREAM_ERROR,  /* the upstream says it failed; see the fault */
    STREAM_BROKEN, /* not a JSON object: the upstream is broken */
    STREAM_NO_MEMORY
};

struct stream {
    const struct stream_kind *kind;
};

struct stream_kind {
    void (*free)(struct stream *s);
    enum stream_frame (*frame)(struct stream *s, struct span data,
        struct buf *out, struct fault *fault);
    bool (*complete)(const struct stream *s);
    void (*usage)(const struct stream *s, struct usage *usage);
    uint64_t (*output)(const struct stream *s);
    bool (*delivered)(const struct stream *s);
    /* NULL: its frames come as the model said them. */
    void (*missed)(struct stream *s, int64_t quarters);
    void (*finish)(
        struct stream *s, const struct credits *credits, struct buf *out);
    void (*cut)(struct stream *s, enum turn_stop why,
        const struct credits *credits, struct buf *out);
    /* NULL: nothing is held back by a screen. */
    enum stream_frame (*end)(struct stream *s, struct buf *out);
    void (*fail)(struct stream *s, const struct fault *fault,
        const char *request_id, struct buf *out);
    void (*beat)(struct stream *s, struct buf *out);
};

/**
 * stream_free(s):
 * Let go of ${s}, which may be NULL.
 */
void stream_free(struct stream *s);

/**
 * stream_frame(s, data, out, fault):
 * Take the data of one upstream event and append whole frames that may leave
 * to ${out}. On STREAM_ERROR ${fault} tells it without naming the upstream.
 */
enum stream_frame stream_frame(
    struct stream *s, struct span data, struct buf *out, struct fault *fault);

/**
 * stream_complete(s):
 * Whether the answer is whole even if the upstream's last frame never comes.
 */
bool stream_complete(const struct stream *s);

/**
 * stream_usage(s, usage):
 * What the stream has stated as its usage; usage->known = false when nothing
 * yet, tokens_out then is an estimate of the output that passed and tokens_in
 * the request's estimate.
 */
void stream_usage(const struct stream *s, struct usage *usage);

/**
 * stream_has_counted(tokens_in, complete):
 * Whether an upstream that has stated ${tokens_in} means it: those that count
 * at the end state 0 with every frame before the stream is ${complete}.
 */
static inline bool stream_has_counted(uint64_t tokens_in, bool complete)
{
    return tokens_in > 0 || complete;
}

/**
 * stream_output(s):
 * Output tokens so far, stated or estimated, whichever is more.
 */
uint64_t stream_output(const struct stream *s);

/**
 * stream_delivered(s):
 * Whether any output of the model has been appended to an out buffer.
 */
bool stream_delivered(const struct stream *s);

/**
 * stream_missed(s, quarters):
 * The model has said so much more, or less, as estimate.h counts, than the
 * frames have that ${s} was given: it counts as output, too; which is at least
 * none.
 */
void stream_missed(struct stream *s, int64_t quarters);

/**
 * stream_end(s, out):
 * The upstream has said all: judge what a screen holds back and append what of
 * it may leave. Before the bill is made. Returns STREAM_DONE, STREAM_RULED or
 * STREAM_NO_MEMORY.
 */
enum stream_frame stream_end(struct stream *s, struct buf *out);

/**
 * stream_finish(s, credits, out):
 * Append what was held back, with the metering fields, and the end of the
 * protocol.
 */
void stream_finish(
    struct stream *s, const struct credits *credits, struct buf *out);

/**
 * stream_cut(s, why, credits, out):
 * End the stream before the upstream does, legally: as one that has reached
 * its limit of tokens (TURN_STOP_LENGTH, DESIGN.md fixed point 4), or, after
 * STREAM_RULED, as one that a content filter has ended (TURN_STOP_FILTER,
 * API.md 9.4).
 */
void stream_cut(struct stream *s, enum turn_stop why,
    const struct credits *credits, struct buf *out);

/**
 * stream_fail(s, fault, request_id, out):
 * End the stream with the error frames of CLIENTS.md R25.
 */
void stream_fail(struct stream *s, const struct fault *fault,
    const char *request_id, struct buf *out);

/**
 * stream_beat(s, out):
 * Append a sign of life that is legal now. CLIENTS.md R23.
 */
void stream_beat(struct stream *s, struct buf *out);

#endif
