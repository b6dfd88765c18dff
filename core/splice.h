#ifndef SPLICE_H
#define SPLICE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "json.h"

/* Copies the root of a document to out while pieces of it are replaced.
 * Places must come in ascending order. */
struct splice {
    const struct json_doc *doc;
    struct buf *out;
    uint32_t done; /* offset up to which the text is dealt with */
};

/* A walk over the members of one object, in their order. */
struct splice_member {
    uint32_t object;
    uint32_t key;
    uint32_t value;
    uint32_t behind; /* offset behind the member before this one */
    bool kept;       /* some member before this one stays */
    bool dropped;    /* this one does not */
};

/**
 * splice_begin(s, doc, out):
 * Begin to copy the root of ${doc} to ${out}.
 */
void splice_begin(
    struct splice *s, const struct json_doc *doc, struct buf *out);

/**
 * splice_at(s, begin, end):
 * Copy up to offset ${begin} and leave out what is between it and ${end}; the
 * caller may append to s->out what belongs there instead.
 */
void splice_at(struct splice *s, uint32_t begin, uint32_t end);

/**
 * splice_value(s, node, text):
 * Put ${text} in place of ${node}.
 */
void splice_value(struct splice *s, uint32_t node, const char *text);

/**
 * splice_end(s):
 * Copy the rest.
 */
void splice_end(struct splice *s);

/**
 * splice_next(m, doc):
 * Go on to the next member of m->object; the first call on
 * {.object = ...} goes to the first. Returns whether there is one.
 */
bool splice_next(struct splice_member *m, const struct json_doc *doc);

/**
 * splice_drop(m, s):
 * Leave the member out, together with the comma it needs no more.
 */
void splice_drop(struct splice_member *m, struct splice *s);

#endif
