#ifndef DIALECT_MESSAGES_PRIVATE_H
#define DIALECT_MESSAGES_PRIVATE_H

#include "args.h"
#include "dialect_messages.h"
#include "field.h"
#include "sift.h"
#include "splice.h"

/* What the files of dialect_messages share and nobody else includes. */

/**
 * messages_messages_check(r, f, node):
 * Check the value of "messages" and count its texts. Returns 0, or -1 with the
 * fault set. dialect_messages_message.c.
 */
int messages_messages_check(
    struct field_reader *r, const struct field *f, uint32_t node);

/**
 * messages_system_check(r, f, node):
 * Check the value of "system" and count its texts. Returns 0, or -1 with the
 * fault set.
 */
int messages_system_check(
    struct field_reader *r, const struct field *f, uint32_t node);

enum {
    MESSAGES_SAID_IN = 1,
    MESSAGES_SAID_OUT = 2,
    MESSAGES_SAID_BOTH = MESSAGES_SAID_IN | MESSAGES_SAID_OUT
};

/**
 * messages_usage_read(doc, node, usage):
 * Put into ${usage}, which is zero or what was put there before, what the usage
 * object ${node} states. Returns which sides it does.
 * dialect_messages_answer.c.
 */
unsigned messages_usage_read(
    const struct json_doc *doc, uint32_t node, struct turn_usage *usage);

/**
 * messages_block_quarters(doc, block, scratch):
 * What the texts of a content block make, as estimate_text() counts.
 */
uint64_t messages_block_quarters(
    const struct json_doc *doc, uint32_t block, struct buf *scratch);

/**
 * messages_memo(doc, memo):
 * Append what the writer must know of the request: whether reasoning is shown.
 */
void messages_memo(const struct json_doc *doc, struct buf *memo);

/**
 * messages_turn_read(doc, turn, fault), messages_turn_check(turn,
 * fault), messages_turn_write(turn, completion, rewrite, out),
 * messages_reader(completion),
 * messages_answer_events(doc, completion, sink), messages_writer(completion,
 * tag): The functions of codec.h of these names. dialect_messages_turn.c,
 * _ask.c, _reader.c, _writer.c.
 */
int messages_turn_read(
    const struct json_doc *doc, struct turn *turn, struct fault *fault);
int messages_turn_check(const struct turn *turn, struct fault *fault);
void messages_turn_write(const struct turn *turn,
    const struct completion *completion,
    const struct completion_rewrite *rewrite, struct buf *out);
struct codec_reader *messages_reader(const struct completion *completion);
int messages_answer_events(const struct json_doc *doc,
    const struct completion *completion, const struct turn_sink *sink);
struct codec_writer *messages_writer(
    const struct completion *completion, const struct codec_tag *tag);

/**
 * messages_event(out, type):
 * Append the beginning of a frame of that ${type}, up to its first member.
 * dialect_messages_blocks.c.
 */
void messages_event(struct buf *out, const char *type);

/* The blocks of an answer, of which one is open at a time: as frames, or as
 * the content of a body. */
struct messages_blocks {
    bool stream;
    bool thinking;             /* the caller wants to see it */
    uint32_t open;             /* the events' number of the open block */
    enum turn_event_kind kind; /* of the open block */
    unsigned count;            /* begun so far */
    struct args scan;          /* of the open call */
    struct buf content;        /* in a body */
    struct buf args;           /* of the open call, in a body */
    struct buf signature;      /* of the open reasoning, in a body */
};

/**
 * messages_blocks_begin(b, stream, thinking):
 * There are none yet. dialect_messages_blocks.c.
 */
void messages_blocks_begin(
    struct messages_blocks *b, bool stream, bool thinking);

/**
 * messages_blocks_write(b, e, out):
 * Write what ${e} says of a block, which is opened, and the one before it
 * closed, where it has to be. Arguments of a call that is not open are dropped.
 */
void messages_blocks_write(
    struct messages_blocks *b, const struct turn_event *e, struct buf *out);

/**
 * messages_blocks_calls(b, block), messages_blocks_busy(b):
 * Whether the call of that ${block} is open; whether one is whose arguments are
 * not whole, so that no other block may begin.
 */
bool messages_blocks_calls(const struct messages_blocks *b, uint32_t block);
bool messages_blocks_busy(const struct messages_blocks *b);

/**
 * messages_blocks_end(b, out):
 * Close the last block; an answer without any gets an empty one.
 */
void messages_blocks_end(struct messages_blocks *b, struct buf *out);

/**
 * messages_blocks_failed(b), messages_blocks_free(b):
 * Whether memory ran out; give it back.
 */
bool messages_blocks_failed(const struct messages_blocks *b);
void messages_blocks_free(struct messages_blocks *b);

/* A block that waits for its turn. All texts as in turn.h. */
struct messages_waiting {
    enum turn_event_kind kind; /* CALL, TEXT, REFUSAL, REASONING, REDACTED */
    uint32_t block;
    struct buf id;
    struct buf name;
    struct buf text; /* its words, or arguments */
    struct buf seal; /* signature of reasoning; may be empty */
};

/* Blocks in the order in which they began. {0} is empty. */
struct messages_queue {
    struct messages_waiting *list;
    size_t first, count, cap; /* those before the first are gone */
    bool failed;              /* memory ran out */
};

/**
 * messages_queue_add(q, e), messages_queue_drop(q), messages_queue_free(q):
 * Put what ${e} says behind the other words of its block; take the first
 * block, which must be there, away; give back all memory.
 * dialect_messages_queue.c.
 */
void messages_queue_add(struct messages_queue *q, const struct turn_event *e);
void messages_queue_drop(struct messages_queue *q);
void messages_queue_free(struct messages_queue *q);

/**
 * messages_stop(doc, node), messages_stop_word(stop):
 * What the stop_reason ${node} means, and the other way round.
 */
enum turn_stop messages_stop(const struct json_doc *doc, uint32_t node);
const char *messages_stop_word(enum turn_stop stop);

/**
 * messages_beat(out), messages_fail(fault, request_id, out):
 * Append a sign of life; the error that ends a stream.
 */
void messages_beat(struct buf *out);
void messages_fail(
    const struct fault *fault, const char *request_id, struct buf *out);

extern const struct sift_table messages_sift; /* dialect_messages_sift.c */

#endif
