#ifndef COMPLETION_H
#define COMPLETION_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "hold.h"
#include "json.h"

/* What calls of all dialects have in common. */

enum {
    MODEL_NAME_MAX = 128,
    CHOICES_MAX = 128 /* of an answer that are told apart */
};

/* What we must know of a request. */
struct completion {
    char model[MODEL_NAME_MAX + 1];
    bool stream;
    bool include_usage; /* chat: the caller asked for the usage chunk */
    bool web_tools;     /* it has some, as webtools.h counts them */
    uint32_t n;         /* choices; 1 when absent */
    int64_t max_tokens; /* the caller's limit of output tokens; 0: absent */
    uint64_t est_in;    /* estimated input tokens, 15 percent added */
};

/* What the upstream shall read instead. */
struct completion_rewrite {
    const char *model;   /* the upstream's name of the model */
    uint64_t max_tokens; /* replaces the caller's limit, or is added */
};

/* The name of the model that goes out and the one that the upstream uses. */
struct completion_names {
    const char *model;
    const char *upstream_model;
};

/* The metering fields. remaining < 0 stands for null: anonymous callers. */
struct credits {
    int64_t remaining;
    int64_t used;
    uint64_t tokens; /* total, for the cost */
    struct price price;
};

/**
 * completion_choices(c):
 * How many choices an answer may have where each is kept apart: as many as
 * were asked for, at most CHOICES_MAX.
 */
uint32_t completion_choices(const struct completion *c);

/**
 * completion_names_copy(names, copy):
 * Make ${copy} a copy of its own, which completion_names_free() gives back.
 * Returns 0, or -1 with ${copy} empty when memory is out.
 */
int completion_names_copy(
    const struct completion_names *names, struct completion_names *copy);

/**
 * completion_names_free(copy):
 * Give a copy back and leave it empty; an empty one is {0}.
 */
void completion_names_free(struct completion_names *copy);

/**
 * completion_names_apply(names, doc, node):
 * Whether ${node} holds the upstream's name of the model and the other must go
 * out in its place.
 */
bool completion_names_apply(const struct completion_names *names,
    const struct json_doc *doc, uint32_t node);

/**
 * completion_names_quote(names, out):
 * Append the name that goes out as a JSON string.
 */
void completion_names_quote(
    const struct completion_names *names, struct buf *out);

/**
 * completion_tokens(doc, object, key, tokens):
 * Read a count of a usage object into ${tokens}. Returns 0, or -1 with it
 * untouched when it is absent or absurd (RELIABILITY.md 2.5).
 */
int completion_tokens(const struct json_doc *doc, uint32_t object,
    const char *key, uint64_t *tokens);

/**
 * completion_detail(doc, usage, group, key):
 * The count ${key} of the object ${group} in the object ${usage}; 0 when there
 * is none that completion_tokens() would read.
 */
uint64_t completion_detail(const struct json_doc *doc, uint32_t usage,
    const char *group, const char *key);

/**
 * completion_quarters(doc, node, scratch):
 * What the string ${node} makes, as estimate_text() counts, decoded in
 * ${scratch} where it has escapes; 0 when it is no string, or JSON_NONE.
 */
uint64_t completion_quarters(
    const struct json_doc *doc, uint32_t node, struct buf *scratch);

/**
 * credits_write(c, out):
 * Append the metering fields without a comma before or behind them.
 */
void credits_write(const struct credits *c, struct buf *out);

#endif
