#ifndef FIELD_H
#define FIELD_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "completion.h"
#include "json.h"
#include "refusal.h"

/* The fields of a request as a table of checks, for all dialects. A check
 * leaves what matters in the completion, and a fault that names the field. */

enum { FIELD_DEPTH = 4 };

/* A request that is being checked. Where the check is, is kept as names and
 * indexes, so that a path is put together only for a fault. */
struct field_reader {
    const struct json_doc *doc;
    struct completion *completion;
    struct fault *fault;
    struct buf scratch;
    uint64_t quarters; /* of a token, see estimate.h */
    size_t depth;
    struct {
        const char *list;
        size_t index;
    } place[FIELD_DEPTH]; /* "messages[3].content[0]" */
};

struct field {
    const char *name;
    int (*check)(struct field_reader *r, const struct field *f, uint32_t node);
    const char *expect; /* what it must be, in words */
    double low;
    double high;
};

/**
 * field_table(r, fields, count, required):
 * Check the members of the root that ${fields} names, in the table's order;
 * null is absent; the first ${required} of them must be there. Returns 0, or
 * -1 with the fault set.
 */
int field_table(struct field_reader *r, const struct field *fields,
    size_t count, size_t required);

/**
 * field_each(r, list, array, check):
 * Check the elements of ${array}, which paths call ${list}, up to the first
 * that is refused. Lists stand at most FIELD_DEPTH deep in each other. Returns
 * 0, or -1 with the fault set.
 */
int field_each(struct field_reader *r, const char *list, uint32_t array,
    int (*check)(struct field_reader *r, uint32_t element));

/**
 * field_list(r, f, node, check):
 * Check that the value ${node} of ${f} is an array, that its size is within
 * the bounds of ${f}, and its elements as field_each() does. Returns 0, or -1
 * with the fault set.
 */
int field_list(struct field_reader *r, const struct field *f, uint32_t node,
    int (*check)(struct field_reader *r, uint32_t element));

/**
 * field_fault(r, suffix, expect):
 * Set the fault "PATH must be EXPECT", where PATH is the place of the check
 * followed by ${suffix} (".role", or the name of a field of the root). Returns
 * -1.
 */
int field_fault(struct field_reader *r, const char *suffix, const char *expect);

/**
 * field_bad(r, f):
 * The same for the field ${f} of the root. Returns -1.
 */
int field_bad(struct field_reader *r, const struct field *f);

/**
 * field_need(r, object, key, kind, suffix, expect):
 * Check that ${object} has a member ${key} of that ${kind}. Returns it, or
 * JSON_NONE with the fault set.
 */
uint32_t field_need(struct field_reader *r, uint32_t object, const char *key,
    enum json_kind kind, const char *suffix, const char *expect);

/**
 * field_need_text(r, object, key, suffix):
 * Check that ${object} has a string ${key} and count it as input. Returns 0,
 * or -1 with the fault set.
 */
int field_need_text(struct field_reader *r, uint32_t object, const char *key,
    const char *suffix);

/**
 * field_tool_size(r, tool):
 * Check that the JSON of ${tool} is no longer than 64 KiB. Returns 0, or -1
 * with the fault set.
 */
int field_tool_size(struct field_reader *r, uint32_t tool);

/**
 * field_schema(r, object, suffix):
 * Check that the "parameters" of the function ${object}, if there are any, are
 * an object. Returns 0, or -1 with the fault set.
 */
int field_schema(struct field_reader *r, uint32_t object, const char *suffix);

/**
 * field_text(r, node):
 * Count the string ${node} as input.
 */
void field_text(struct field_reader *r, uint32_t node);

/**
 * field_told_but(r, whole, but):
 * Count the JSON of ${whole} as input, but for the value ${but} within it,
 * JSON_NONE: for nothing.
 */
void field_told_but(struct field_reader *r, uint32_t whole, uint32_t but);

/**
 * field_file(r, part, holder, key):
 * Count the file of the ${part} of a content, whose bytes are in base64 in the
 * string ${key} of ${holder}, which is the part or within it or JSON_NONE, by
 * its size; one without such a string as one that is not here; and what else
 * the part says. estimate.h has the figures, for all dialects.
 */
void field_file(struct field_reader *r, uint32_t part, uint32_t holder,
    const char *key);

/**
 * field_audio(r, part):
 * The same for the sound of a part of type "input_audio".
 */
void field_audio(struct field_reader *r, uint32_t part);

/**
 * field_image(r, part, holder, key):
 * The same for an image, whose size says nothing.
 */
void field_image(struct field_reader *r, uint32_t part, uint32_t holder,
    const char *key);

/**
 * field_string(r, f, node), and so on:
 * Check that the value ${node} of ${f} is of a kind, a number also that it is
 * within the bounds of ${f}. field_model, field_stream and field_limit leave
 * it in the completion (of several limits the smallest), field_tool_choice
 * allows an object or one of three words, field_told everything; this and
 * field_told_object count its JSON as input. Return 0, or -1 with the fault
 * set.
 */
int field_told(struct field_reader *r, const struct field *f, uint32_t node);
int field_told_object(
    struct field_reader *r, const struct field *f, uint32_t node);
int field_string(struct field_reader *r, const struct field *f, uint32_t node);
int field_strings(struct field_reader *r, const struct field *f, uint32_t node);
int field_boolean(struct field_reader *r, const struct field *f, uint32_t node);
int field_object(struct field_reader *r, const struct field *f, uint32_t node);
int field_number(struct field_reader *r, const struct field *f, uint32_t node);
int field_integer(struct field_reader *r, const struct field *f, uint32_t node);
int field_model(struct field_reader *r, const struct field *f, uint32_t node);
int field_stream(struct field_reader *r, const struct field *f, uint32_t node);
int field_limit(struct field_reader *r, const struct field *f, uint32_t node);
int field_tool_choice(
    struct field_reader *r, const struct field *f, uint32_t node);

/**
 * field_count(r, f, node, value):
 * field_integer() that leaves the number in ${value}.
 */
int field_count(struct field_reader *r, const struct field *f, uint32_t node,
    int64_t *value);

/**
 * field_finish(r, rc):
 * End the check whose result is ${rc}: leave the estimate of the input in the
 * completion and free the reader's memory. Returns ${rc}, or -1 with the fault
 * set when memory ran out.
 */
int field_finish(struct field_reader *r, int rc);

#endif
