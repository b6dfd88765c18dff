#ifndef DIALECT_CHAT_PRIVATE_H
#define DIALECT_CHAT_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dialect_chat.h"

/* What the files of dialect_chat share and nobody else includes. */

/* ---- reading (dialect_chat_read.c) ---- */

/**
 * chat_text(doc, node, scratch):
 * The decoded text of the string ${node}: a piece of the document when it has
 * no escapes, else the content of ${scratch}, which is overwritten. Its latch
 * stays for the caller to look at.
 */
struct span chat_text(
    const struct json_doc *doc, uint32_t node, struct buf *scratch);

/**
 * chat_key(doc, key, names, count):
 * The index in ${names} of what the string ${key} decodes to, or ${count}.
 */
size_t chat_key(const struct json_doc *doc, uint32_t key,
    const char *const *names, size_t count);

/**
 * chat_present(doc, object, key):
 * json_member(), but a member that is null is absent.
 */
uint32_t chat_present(
    const struct json_doc *doc, uint32_t object, const char *key);

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

/**
 * chat_error_is(doc, node):
 * Whether ${node}, the value of "error", says that there is one: clients take
 * null, false, 0 and "" for no error.
 */
bool chat_error_is(const struct json_doc *doc, uint32_t node);

/* ---- splicing (dialect_chat_splice.c) ---- */

/* Copies the root of a document to out while pieces of it are replaced.
 * Places must come in ascending order. */
struct chat_splice {
    const struct json_doc *doc;
    struct buf *out;
    uint32_t done; /* offset up to which the text is dealt with */
};

/* A walk over the members of one object, in their order. */
struct chat_members {
    uint32_t object;
    uint32_t key;
    uint32_t value;
    uint32_t behind; /* offset behind the member before this one */
    bool kept;       /* some member before this one stays */
    bool dropped;    /* this one does not */
};

/**
 * chat_splice_begin(s, doc, out):
 * Begin to copy the root of ${doc} to ${out}.
 */
void chat_splice_begin(
    struct chat_splice *s, const struct json_doc *doc, struct buf *out);

/**
 * chat_splice_at(s, begin, end):
 * Copy up to offset ${begin} and leave out what is between it and ${end}; the
 * caller may append to s->out what belongs there instead.
 */
void chat_splice_at(struct chat_splice *s, uint32_t begin, uint32_t end);

/**
 * chat_splice_value(s, node, text):
 * Put ${text} in place of ${node}.
 */
void chat_splice_value(struct chat_splice *s, uint32_t node, const char *text);

/**
 * chat_splice_end(s):
 * Copy the rest.
 */
void chat_splice_end(struct chat_splice *s);

/**
 * chat_members_next(m, doc):
 * Go on to the next member of m->object; the first call on
 * {.object = ...} goes to the first. Returns whether there is one.
 */
bool chat_members_next(struct chat_members *m, const struct json_doc *doc);

/**
 * chat_members_drop(m, s):
 * Leave the member out, together with the comma it needs no more.
 */
void chat_members_drop(struct chat_members *m, struct chat_splice *s);

/* The name of the model that goes out and the one that the upstream uses. */
struct chat_names {
    const char *model;
    const char *upstream_model;
};

/**
 * chat_names_apply(names, doc, node):
 * Whether ${node} holds the upstream's name of the model and the other must go
 * out in its place.
 */
bool chat_names_apply(
    const struct chat_names *names, const struct json_doc *doc, uint32_t node);

/**
 * chat_splice_top(s, names, roles):
 * Copy the members of the root but cut out those that are ours and rename the
 * model; with ${roles} cut each role:"" out of the choices' deltas as well.
 * Returns whether any member stayed; what is behind the last is still to be
 * copied.
 */
bool chat_splice_top(
    struct chat_splice *s, const struct chat_names *names, bool roles);

/**
 * chat_credits_write(c, out):
 * Append the metering fields without a comma before or behind them.
 */
void chat_credits_write(const struct chat_credits *c, struct buf *out);

/* ---- frames of a stream (dialect_chat_frame.c) ---- */

/**
 * chat_frame_parse(doc, data, repaired):
 * Read the JSON of a frame. What is ill-formed in its text is replaced by
 * U+FFFD in a copy, which is then left in ${repaired}. Returns JSON_OK or what
 * json_parse() says.
 */
enum json_error chat_frame_parse(
    struct json_doc *doc, struct span data, struct buf *repaired);

/**
 * chat_frame_fault(doc, error, scratch, fault):
 * Set ${fault} from the value of "error". The upstream's words are repeated
 * when they are short and give away neither an address nor a page.
 */
void chat_frame_fault(const struct json_doc *doc, uint32_t error,
    struct buf *scratch, struct fault *fault);

/**
 * chat_frame_write(doc, names, roles, out):
 * Append the JSON of a frame, edited as by chat_splice_top(), in one line.
 */
void chat_frame_write(const struct json_doc *doc,
    const struct chat_names *names, bool roles, struct buf *out);

/* ---- checking requests ---- */

/* A request that is being checked. Where the check is within the messages is
 * kept as indexes, -1 for none, so that a path is put together only for a
 * fault. */
struct chat_reader {
    const struct json_doc *doc;
    struct chat_request *request;
    struct fault *fault;
    struct buf scratch;
    uint64_t quarters; /* of a token, see estimate.h */
    int64_t message;
    int64_t part;
    int64_t call;
};

/**
 * chat_reader_bad(r, path, expect):
 * Set the fault "PATH must be EXPECT". Returns -1.
 */
int chat_reader_bad(
    struct chat_reader *r, const char *path, const char *expect);

/* A field of the request: what it must be, as code and in words. */
struct chat_field {
    const char *name;
    int (*check)(
        struct chat_reader *r, const struct chat_field *f, uint32_t node);
    const char *expect;
    double low;
    double high;
};

/**
 * chat_field_bad(r, f):
 * Set the fault for ${f}. Returns -1.
 */
int chat_field_bad(struct chat_reader *r, const struct chat_field *f);

/**
 * chat_field_string(r, f, node), and so on:
 * Check that the value ${node} of ${f} is of a kind, a number also that it is
 * within the bounds of ${f}. Return 0, or -1 with the fault set.
 * dialect_chat_field.c.
 */
int chat_field_string(
    struct chat_reader *r, const struct chat_field *f, uint32_t node);
int chat_field_strings(
    struct chat_reader *r, const struct chat_field *f, uint32_t node);
int chat_field_boolean(
    struct chat_reader *r, const struct chat_field *f, uint32_t node);
int chat_field_object(
    struct chat_reader *r, const struct chat_field *f, uint32_t node);
int chat_field_number(
    struct chat_reader *r, const struct chat_field *f, uint32_t node);
int chat_field_integer(
    struct chat_reader *r, const struct chat_field *f, uint32_t node);

/**
 * chat_field_count(r, f, node, value):
 * chat_field_integer() that leaves the number in ${value}.
 */
int chat_field_count(struct chat_reader *r, const struct chat_field *f,
    uint32_t node, int64_t *value);

/**
 * chat_messages_check(r, node):
 * Check the value of "messages" and count its texts. Returns 0, or -1 with the
 * fault set. dialect_chat_message.c.
 */
int chat_messages_check(struct chat_reader *r, uint32_t node);

/**
 * chat_image_check(url):
 * What the URL of an image must be but ${url} is not ("an https URL ..."), or
 * NULL when it will do. dialect_chat_image.c; RELIABILITY.md 7.2 rows 34, 35.
 */
const char *chat_image_check(struct span url);

#endif
