#ifndef DIALECT_RESPONSES_PRIVATE_H
#define DIALECT_RESPONSES_PRIVATE_H

#include "dialect_responses.h"
#include "field.h"
#include "sift.h"
#include "splice.h"

/* What the files of dialect_responses share and nobody else includes. */

/**
 * responses_input_check(r, f, node):
 * Check the value of "input" and count its texts. Returns 0, or -1 with the
 * fault set. dialect_responses_input.c.
 */
int responses_input_check(
    struct field_reader *r, const struct field *f, uint32_t node);

/* The items of an answer that mean something to us, as one table: name, type
 * on the wire, prefix of an id. */
#define RESPONSES_ITEMS(X)                                                     \
    X(MESSAGE, "message", "msg")                                               \
    X(CALL, "function_call", "fc")                                             \
    X(CUSTOM, "custom_tool_call", "ctc")                                       \
    X(REASONING, "reasoning", "rs")

#define RESPONSES_ENUM(name, type, prefix) RESPONSES_##name,
enum responses_item_kind { RESPONSES_ITEMS(RESPONSES_ENUM) RESPONSES_OTHER };
#undef RESPONSES_ENUM

/**
 * responses_item_kind(doc, item):
 * What kind of item ${item} is.
 */
enum responses_item_kind responses_item_kind(
    const struct json_doc *doc, uint32_t item);

/* An item that is being said. All texts as in turn.h. */
struct responses_item {
    enum responses_item_kind kind;
    unsigned index; /* its place in the output */
    struct buf id;
    struct buf call_id;
    struct buf name;
    struct buf space;    /* the name's namespace; may be empty */
    struct buf text;     /* said so far: text, arguments, input or summary */
    struct buf logprobs; /* of the text: elements of the array */
    struct buf seal;     /* of reasoning: encrypted content; may be empty */
    struct buf notes;    /* of the text: annotations, with commas */
    struct buf parts;    /* those that are done, with commas */
    unsigned done;       /* so many */
    bool part;           /* the next one has begun */
};

/* Where frames go; numbers them. */
struct responses_pen {
    struct buf *out;
    uint64_t sequence; /* of the next frame */
};

/**
 * responses_pen_begin(pen, type), responses_pen_end(pen):
 * Begin a frame as far as its sequence_number; end it.
 */
void responses_pen_begin(struct responses_pen *pen, const char *type);
void responses_pen_end(struct responses_pen *pen);

/**
 * responses_item_free(item):
 * Give back its memory and leave it empty.
 */
void responses_item_free(struct responses_item *item);

/**
 * responses_item_failed(item):
 * Whether memory ran out in it.
 */
bool responses_item_failed(const struct responses_item *item);

/**
 * responses_item_write(item, status, out):
 * Append ${item} as an object: with ${status} "in_progress" as it begins, else
 * as it is at its end.
 */
void responses_item_write(
    const struct responses_item *item, const char *status, struct buf *out);

/**
 * responses_item_begin(item, pen), responses_item_say(item, text, logprobs,
 * pen), responses_item_end(item, status, pen): Write the frames of its
 * beginning, of a piece of its text, of its end.
 */
void responses_item_begin(
    struct responses_item *item, struct responses_pen *pen);
void responses_item_say(struct responses_item *item, struct span text,
    struct span logprobs, struct responses_pen *pen);
void responses_item_end(
    struct responses_item *item, const char *status, struct responses_pen *pen);

/* Of a stream that passes: what is needed to end it before its time. {0} is
 * empty. */
struct responses_kept {
    struct buf created;         /* the response as it began; or empty */
    struct buf done;            /* its items, with commas */
    struct responses_item open; /* the one that is being said; id empty: none */
    struct buf other; /* an item of another kind as it began; or empty */
    unsigned other_index;
};

/**
 * responses_kept_take(k, type, doc, frame):
 * Take the frame ${doc} of that ${type}, which leaves as the JSON ${frame}.
 */
void responses_kept_take(struct responses_kept *k, struct span type,
    const struct json_doc *doc, struct span frame);

/**
 * responses_kept_failed(k):
 * Whether memory ran out in it.
 */
bool responses_kept_failed(const struct responses_kept *k);

/**
 * responses_kept_free(k):
 * Give back its memory.
 */
void responses_kept_free(struct responses_kept *k);

/**
 * responses_kept_end(k, pen), responses_kept_output(k, out):
 * Write the frames that end the items that are open; then append the member
 * "output" with all of them.
 */
void responses_kept_end(struct responses_kept *k, struct responses_pen *pen);
void responses_kept_output(const struct responses_kept *k, struct buf *out);

/**
 * responses_usage_read(doc, node, usage):
 * Read the usage object ${node}. Returns 0, or -1 with ${usage} untouched when
 * it is none or absurd. dialect_responses_answer.c.
 */
int responses_usage_read(
    const struct json_doc *doc, uint32_t node, struct turn_usage *usage);

/**
 * responses_usage_write(usage, out):
 * Append ${usage} as an object.
 */
void responses_usage_write(const struct turn_usage *usage, struct buf *out);

/**
 * responses_stop(doc, response):
 * Why the response has ended.
 */
enum turn_stop responses_stop(const struct json_doc *doc, uint32_t response);

/**
 * responses_turn_read(doc, turn, fault), responses_turn_check(turn,
 * fault), responses_turn_write(turn, completion, rewrite, out),
 * responses_reader(completion),
 * responses_answer_events(doc, completion, sink), responses_writer(completion,
 * tag): The functions of codec.h of these names. dialect_responses_turn.c,
 * _ask.c, _reader.c, _writer.c.
 */
int responses_turn_read(
    const struct json_doc *doc, struct turn *turn, struct fault *fault);
int responses_turn_check(const struct turn *turn, struct fault *fault);
void responses_turn_write(const struct turn *turn,
    const struct completion *completion,
    const struct completion_rewrite *rewrite, struct buf *out);
struct codec_reader *responses_reader(const struct completion *completion);
int responses_answer_events(const struct json_doc *doc,
    const struct completion *completion, const struct turn_sink *sink);
struct codec_writer *responses_writer(
    const struct completion *completion, const struct codec_tag *tag);

/**
 * responses_memo(doc, memo):
 * Append what the writer must know of the request: which fields the response
 * repeats, what the namespaces of its tools are, which of them take plain
 * text. dialect_responses_memo.c.
 */
void responses_memo(const struct json_doc *doc, struct buf *memo);

/**
 * responses_fail(pen, response, fault, request_id):
 * Write the two frames that end a stream; ${response} is the object's members
 * but for status, error and output, or empty.
 */
void responses_fail(struct responses_pen *pen, struct span response,
    const struct fault *fault, const char *request_id);

/**
 * responses_beat(pen):
 * Write a sign of life, which does not count as a frame: a comment before the
 * first frame, an event behind it.
 */
void responses_beat(struct responses_pen *pen);

extern const struct sift_table responses_sift; /* dialect_responses_sift.c */

#endif
