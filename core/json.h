#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* A strict one-pass RFC 8259 reader. It judges a text and leaves a tape of
 * nodes that point into it: nothing is copied, nothing is converted. What it
 * refuses, and why json-c alone is not enough: RELIABILITY.md 5.6. */

enum {
    JSON_MAX_DEPTH = 64,      /* open containers */
    JSON_MAX_VALUES = 200000, /* nodes that are not keys */
    JSON_MAX_KEY = 256,       /* bytes between the quotes */
    JSON_MAX_NUMBER = 64      /* characters */
};

enum json_kind {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

/* One value. The children of a container follow it on the tape; in an object
 * each member is a JSON_STRING node (the key) followed by its value. */
struct json_node {
    uint32_t begin;   /* offset of the first byte, a string's quote included */
    uint32_t end;     /* offset behind the last byte */
    uint32_t next;    /* index of the first node that is not in here */
    uint16_t kind;    /* enum json_kind */
    uint16_t escaped; /* a string that has a backslash in it */
};

enum json_error {
    JSON_OK,
    JSON_EMPTY,         /* nothing but white space */
    JSON_SYNTAX,        /* not the grammar of RFC 8259; also a BOM */
    JSON_TRAILING,      /* bytes behind the value */
    JSON_DUPLICATE_KEY, /* a key twice in one object, escapes decoded */
    JSON_BAD_UTF8,      /* ill-formed UTF-8 or a lone surrogate escape */
    JSON_NUL,           /* U+0000, raw or escaped */
    JSON_TOO_DEEP,
    JSON_TOO_MANY,
    JSON_LONG_KEY,
    JSON_LONG_NUMBER,
    JSON_NOT_FINITE, /* a number beyond the range of double */
    JSON_NO_MEMORY
};

/* A text that was read. {0} is empty; the memory is reused from one
 * json_parse() to the next. text belongs to the caller and must outlive it. */
struct json_doc {
    const char *text;
    struct json_node *nodes;
    uint32_t count;
    uint32_t cap;
    uint32_t fault_at; /* offset of what was refused */
};

/* No such node. The root, which is nobody's child, has index 0. */
#define JSON_NONE 0u

/**
 * json_parse(doc, text, n):
 * Judge the ${n} bytes at ${text} (n < 4 GiB) and leave its tape in ${doc}.
 * Returns JSON_OK or the first fault, whose place is then in doc->fault_at.
 */
enum json_error json_parse(struct json_doc *doc, const char *text, size_t n);

/**
 * json_strerror(error):
 * A constant lower-case phrase for ${error}, fit to follow "invalid JSON: ".
 */
const char *json_strerror(enum json_error error);

/**
 * json_free(doc):
 * Give back the memory of ${doc} and leave it empty.
 */
void json_free(struct json_doc *doc);

/**
 * json_kind(doc, node):
 * The kind of ${node}.
 */
enum json_kind json_kind(const struct json_doc *doc, uint32_t node);

/**
 * json_first(doc, container):
 * The first child (in an object: the first key) of ${container}, JSON_NONE
 * when it has none or is not a container.
 */
uint32_t json_first(const struct json_doc *doc, uint32_t container);

/**
 * json_after(doc, container, child):
 * The child of ${container} that follows ${child}, JSON_NONE behind the last.
 * In an object it walks from key to value to the next key.
 */
uint32_t json_after(
    const struct json_doc *doc, uint32_t container, uint32_t child);

/**
 * json_member(doc, object, key):
 * The value of ${key} in ${object}; JSON_NONE when it is absent or ${object}
 * is not an object. Escapes in the text's key are decoded to compare.
 */
uint32_t json_member(
    const struct json_doc *doc, uint32_t object, const char *key);

/**
 * json_size(doc, container):
 * The number of elements of an array or of members of an object.
 */
size_t json_size(const struct json_doc *doc, uint32_t container);

/**
 * json_raw(doc, node):
 * The text of ${node} as it stands, a string's quotes included.
 */
struct span json_raw(const struct json_doc *doc, uint32_t node);

/**
 * json_inside(doc, node):
 * The bytes between the quotes of the string ${node}, escapes as they stand.
 */
struct span json_inside(const struct json_doc *doc, uint32_t node);

/**
 * json_string_is(doc, node, text):
 * Whether ${node} is a string that decodes to ${text}.
 */
bool json_string_is(
    const struct json_doc *doc, uint32_t node, const char *text);

/**
 * json_string(doc, node, out):
 * Append the decoded text of the string ${node} to ${out}.
 */
void json_string(const struct json_doc *doc, uint32_t node, struct buf *out);

/**
 * json_int(doc, node, value):
 * Read a number without fraction and exponent. Returns 0, or -1 when ${node}
 * is not such a number or does not fit.
 */
int json_int(const struct json_doc *doc, uint32_t node, int64_t *value);

/**
 * json_double(doc, node, value):
 * Read any number. Returns 0, or -1 when ${node} is not a number. Does not
 * depend on the locale.
 */
int json_double(const struct json_doc *doc, uint32_t node, double *value);

/**
 * json_view(doc, node, scratch):
 * The decoded text of the string ${node}: a piece of the document when it has
 * no escapes, else the content of ${scratch}, which is overwritten. Its latch
 * stays for the caller to look at.
 */
struct span json_view(
    const struct json_doc *doc, uint32_t node, struct buf *scratch);

/**
 * json_which(doc, node, names, count):
 * The index in ${names} of what the string ${node} decodes to, or ${count}.
 */
size_t json_which(const struct json_doc *doc, uint32_t node,
    const char *const *names, size_t count);

/**
 * json_present(doc, object, key):
 * json_member(), but a member that is null is absent.
 */
uint32_t json_present(
    const struct json_doc *doc, uint32_t object, const char *key);

/**
 * json_is(doc, node, kind):
 * Whether ${node} is there, so not JSON_NONE, and of that ${kind}.
 */
bool json_is(const struct json_doc *doc, uint32_t node, enum json_kind kind);

/**
 * json_has(doc, object, key, kind):
 * Whether ${object} has a member ${key} of that ${kind}.
 */
bool json_has(const struct json_doc *doc, uint32_t object, const char *key,
    enum json_kind kind);

/**
 * json_text(doc, object, key), json_value(doc, object, key):
 * The inside of the string member ${key} of ${object}; the raw text of any
 * member that is not null. p == NULL when there is none.
 */
struct span json_text(
    const struct json_doc *doc, uint32_t object, const char *key);
struct span json_value(
    const struct json_doc *doc, uint32_t object, const char *key);

/**
 * json_truthy(doc, node):
 * Whether a client would take ${node} for true: JSON_NONE, null, false, 0 and
 * "" are not.
 */
bool json_truthy(const struct json_doc *doc, uint32_t node);

/**
 * json_unescape(inside, out):
 * Append what ${inside}, the bytes between the quotes of a string that
 * json_parse() has accepted, decodes to.
 */
void json_unescape(struct span inside, struct buf *out);

/**
 * json_escape(out, s):
 * Append ${s}, which must be well-formed UTF-8, as the inside of a string.
 */
void json_escape(struct buf *out, struct span s);

/**
 * json_hex4(p):
 * The number that the four hexadecimal digits at ${p} are.
 */
uint32_t json_hex4(const char *p);

/**
 * json_quote(out, s):
 * Append ${s}, which must be well-formed UTF-8, to ${out} as a JSON string
 * with its quotes.
 */
void json_quote(struct buf *out, struct span s);

#endif
