#ifndef CODEC_H
#define CODEC_H

#include <stdbool.h>
#include <stdint.h>

#include "completion.h"
#include "json.h"
#include "refusal.h"
#include "sift.h"
#include "stream.h"
#include "turn.h"

/* What a dialect can do, as one table of functions each. A caller's request
 * is read and checked by its own dialect. Where the upstream speaks it too,
 * write, answer_write and stream pass all on with few splices; where not, the
 * request becomes a turn and the answer's events are written again. */

/* What names an answer that is made here. */
struct codec_tag {
    struct completion_names names;
    char id[33]; /* hex, unique: becomes "chatcmpl-ID", "msg_ID", "resp_ID" */
    int64_t created;  /* seconds since 1970 */
    struct span memo; /* what memo left for the writer */
};

/* Reads an upstream's stream as events. */
struct codec_reader {
    const struct codec_reader_kind *kind;
};

struct codec_reader_kind {
    void (*free)(struct codec_reader *r);
    /* The data of one SSE event; STREAM_TAKEN, or as stream_frame(). */
    enum stream_frame (*frame)(struct codec_reader *r, struct span data,
        const struct turn_sink *sink, struct fault *fault);
    /* Whether the stop is known, so that the answer is whole. The stop event
     * itself is sent by end(). */
    bool (*complete)(const struct codec_reader *r);
    /* No more frames: send the stop if it was held back. */
    void (*end)(struct codec_reader *r, const struct turn_sink *sink);
};

/* Writes events as an answer, streamed or whole. */
struct codec_writer {
    const struct codec_writer_kind *kind;
};

struct codec_writer_kind {
    void (*free)(struct codec_writer *w);
    /* Append the frames that tell e; nothing for an answer that is not
     * streamed. What stands behind the last block is left to finish(). */
    void (*event)(
        struct codec_writer *w, const struct turn_event *e, struct buf *out);
    /* Append the end with the metering fields: the closing frames, or the
     * whole body. usage is what was said, or estimated. */
    void (*finish)(struct codec_writer *w, const struct turn_usage *usage,
        const struct credits *credits, struct buf *out);
    void (*fail)(struct codec_writer *w, const struct fault *fault,
        const char *request_id, struct buf *out);
    void (*beat)(struct codec_writer *w, struct buf *out);
    bool (*failed)(const struct codec_writer *w); /* memory ran out */
};

struct codec {
    enum dialect dialect;

    /* ---- of callers ---- */
    /* Check a request and fill the completion. 0, or -1 with the fault set. */
    int (*read)(const struct json_doc *doc, struct completion *completion,
        struct fault *fault);
    /* What the writer of the answer must know of the checked request; NULL:
     * nothing. */
    void (*memo)(const struct json_doc *doc, struct buf *memo);
    /* The checked request as a turn. 0, or -1 with the fault set: it cannot be
     * translated. */
    int (*turn_read)(
        const struct json_doc *doc, struct turn *turn, struct fault *fault);
    struct codec_writer *(*writer)(
        const struct completion *completion, const struct codec_tag *tag);
    /* A sign of life and an error before there is a stream. */
    void (*beat)(struct buf *out);
    void (*fail)(
        const struct fault *fault, const char *request_id, struct buf *out);

    /* ---- of upstreams ---- */
    const char *path; /* behind the origin */
    /* Whether a turn can be told in this dialect. 0, or -1 with the fault
     * set. */
    int (*turn_check)(const struct turn *turn, struct fault *fault);
    /* Write a turn that passed as a request. */
    void (*turn_write)(const struct turn *turn,
        const struct completion *completion,
        const struct completion_rewrite *rewrite, struct buf *out);
    struct codec_reader *(*reader)(const struct completion *completion);
    /* Whether the document is an answer that is not streamed; its usage, and
     * an estimate of its output. 0 or -1. */
    int (*answer_read)(
        const struct json_doc *doc, struct usage *usage, uint64_t *est_out);
    /* The same answer as events. 0, or -1 when memory is out. */
    int (*answer_events)(const struct json_doc *doc,
        const struct completion *completion, const struct turn_sink *sink);

    /* ---- where both speak it ---- */
    void (*write)(const struct json_doc *doc,
        const struct completion *completion,
        const struct completion_rewrite *rewrite, struct buf *out);
    void (*answer_write)(const struct json_doc *doc,
        const struct completion_names *names, const struct credits *credits,
        struct buf *out);
    struct stream *(*stream)(const struct completion *completion,
        const struct completion_names *names);
    /* What of an answer is text, so that it can pass under a policy, too. */
    const struct sift_table *sift;
};

/**
 * codec_of(dialect):
 * The codec of ${dialect}.
 */
const struct codec *codec_of(enum dialect dialect);

extern const struct codec codec_chat;      /* dialect_chat_codec.c */
extern const struct codec codec_messages;  /* dialect_messages_codec.c */
extern const struct codec codec_responses; /* dialect_responses_codec.c */

#endif
