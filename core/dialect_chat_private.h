#ifndef DIALECT_CHAT_PRIVATE_H
#define DIALECT_CHAT_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec.h"
#include "dialect_chat.h"
#include "field.h"
#include "frame.h"
#include "sift.h"
#include "splice.h"

/* What the files of dialect_chat share and nobody else includes. */

/* ---- reading (dialect_chat_read.c) ---- */

/* The members of an answer or of a frame that mean something to us. From
 * CHAT_TOP_OURS on they are ours: an upstream has no business sending them. */
enum chat_top {
    CHAT_TOP_ID,
    CHAT_TOP_CREATED,
    CHAT_TOP_MODEL,
    CHAT_TOP_CHOICES,
    CHAT_TOP_USAGE,
    CHAT_TOP_ERROR,
    CHAT_TOP_OURS,
    CHAT_TOP_REMAINING = CHAT_TOP_OURS,
    CHAT_TOP_USED,
    CHAT_TOP_COST,
    CHAT_TOP_POLICY,
    CHAT_TOP_COUNT
};

/**
 * chat_top_key(doc, key):
 * Which of the members of enum chat_top ${key} names, or CHAT_TOP_COUNT.
 */
enum chat_top chat_top_key(const struct json_doc *doc, uint32_t key);

/**
 * chat_top_read(doc, at):
 * Fill ${at}, of CHAT_TOP_COUNT entries, with the values of the root's members
 * or JSON_NONE.
 */
void chat_top_read(const struct json_doc *doc, uint32_t *at);

/* Who says a message. */
enum chat_role {
    CHAT_SYSTEM,
    CHAT_DEVELOPER,
    CHAT_USER,
    CHAT_ASSISTANT,
    CHAT_TOOL,
    CHAT_FUNCTION,
    CHAT_ROLES
};

/**
 * chat_role_of(doc, message):
 * The role of the object ${message}; CHAT_ROLES when it has none of these.
 */
enum chat_role chat_role_of(const struct json_doc *doc, uint32_t message);

/**
 * chat_usage_read(doc, node, usage):
 * Read the usage object ${node}. Returns 0, or -1 with ${usage} untouched
 * when it is none or absurd.
 */
int chat_usage_read(
    const struct json_doc *doc, uint32_t node, struct usage *usage);

/**
 * chat_output_quarters(doc, message, scratch):
 * What the texts of a message or delta make, as estimate_text() counts.
 */
uint64_t chat_output_quarters(
    const struct json_doc *doc, uint32_t message, struct buf *scratch);

/* ---- splicing (dialect_chat_splice.c) ---- */

/**
 * chat_splice_top(s, names, roles):
 * Copy the members of the root but cut out those that are ours and rename the
 * model; with ${roles} cut each role:"" out of the choices' deltas as well.
 * Returns whether any member stayed; what is behind the last is still to be
 * copied.
 */
bool chat_splice_top(
    struct splice *s, const struct completion_names *names, bool roles);

/* ---- frames of a stream (dialect_chat_frame.c) ---- */

/**
 * chat_frame_read(f, at, data, fault):
 * Read the chunk ${data} into ${f}, with ${at} as by chat_top_read(). Returns
 * STREAM_TAKEN; STREAM_DONE for the word that ends a stream; STREAM_ERROR with
 * ${fault} set for one that tells of an error; or what frame_read() says.
 */
enum stream_frame chat_frame_read(
    struct frame *f, uint32_t *at, struct span data, struct fault *fault);

/**
 * chat_frame_write(doc, at, names, roles, out):
 * Append the JSON of a frame, edited as by chat_splice_top(), in one line.
 * ${at} is what chat_top_read() has found in it.
 */
void chat_frame_write(const struct json_doc *doc, const uint32_t *at,
    const struct completion_names *names, bool roles, struct buf *out);

/* ---- other dialects ---- */

/**
 * chat_turn_read(doc, turn, fault), chat_turn_check(turn,
 * fault), chat_turn_write(turn, completion, rewrite, out),
 * chat_reader(completion), chat_answer_events(doc, completion,
 * sink), chat_writer(completion, tag): The functions of codec.h of these names.
 * dialect_chat_turn.c, _ask.c, _reader.c, _writer.c.
 */
int chat_turn_read(
    const struct json_doc *doc, struct turn *turn, struct fault *fault);
int chat_turn_check(const struct turn *turn, struct fault *fault);
void chat_turn_write(const struct turn *turn,
    const struct completion *completion,
    const struct completion_rewrite *rewrite, struct buf *out);
struct codec_reader *chat_reader(const struct completion *completion);
int chat_answer_events(const struct json_doc *doc,
    const struct completion *completion, const struct turn_sink *sink);
struct codec_writer *chat_writer(
    const struct completion *completion, const struct codec_tag *tag);

extern const struct sift_table chat_sift; /* dialect_chat_sift.c */

/**
 * chat_beat(out):
 * Append a sign of life.
 */
void chat_beat(struct buf *out);

/* ---- checking requests ---- */

/**
 * chat_messages_check(r, f, node):
 * Check the value of "messages" and count its texts. Returns 0, or -1 with the
 * fault set. dialect_chat_message.c.
 */
int chat_messages_check(
    struct field_reader *r, const struct field *f, uint32_t node);

#endif
