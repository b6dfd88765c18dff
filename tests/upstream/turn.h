#ifndef TURN_H
#define TURN_H

#include "ask.h"

/* What is going to be said, dialect aside, and how far it has been said. */

enum turn_kind { TURN_THOUGHT, TURN_TEXT, TURN_CALL };

struct turn {
    const struct ask *ask;
    uint64_t serial;    /* makes ids differ from answer to answer */
    unsigned reasoning; /* tokens of thought */
    unsigned words;     /* tokens of text */
    unsigned calls;     /* tool calls, instead of text */
    const char *finish; /* as chat completions says it; NULL: never */
    uint64_t produced;  /* tokens that have gone into frames */

    /* Where a dialect stands; zero at the beginning. */
    unsigned step, choice, item, at, seq;
};

/* One thing within an answer. */
struct turn_item {
    enum turn_kind kind;
    unsigned call;  /* TURN_CALL: which */
    unsigned count; /* tokens */
};

/**
 * turn_plan(t, ask, serial):
 * Decide what ${t} says to ${ask}, which must outlive it.
 */
void turn_plan(struct turn *t, const struct ask *ask, uint64_t serial);

/**
 * turn_items(t), turn_item(t, k):
 * How many things the answer holds, and the ${k}th: thought first, then text
 * or the calls.
 */
unsigned turn_items(const struct turn *t);
struct turn_item turn_item(const struct turn *t, unsigned k);

/**
 * turn_piece(t, item, i, out):
 * Append token ${i} of ${item} to ${out} as the inside of a JSON string. For
 * the answer's tokens of a call that is a fragment of its arguments.
 */
void turn_piece(const struct turn *t, const struct turn_item *item, unsigned i,
    struct buf *out);

/**
 * turn_quote(t, item, out):
 * Append the whole of ${item} to ${out} as a JSON string.
 */
void turn_quote(
    const struct turn *t, const struct turn_item *item, struct buf *out);

/**
 * turn_arguments(t, out):
 * Append the arguments of a call as JSON.
 */
void turn_arguments(const struct turn *t, struct buf *out);

/**
 * turn_tool(t, call):
 * The name of the function of ${call}.
 */
struct span turn_tool(const struct turn *t, unsigned call);

/**
 * turn_tokens(t):
 * The completion tokens of the whole answer.
 */
uint64_t turn_tokens(const struct turn *t);

/**
 * turn_usage(t, in, answered, total, out):
 * Append the usage object with the keys ${in}, ${answered} and, unless NULL,
 * ${total}, as the script wants it.
 */
void turn_usage(const struct turn *t, const char *in, const char *answered,
    const char *total, struct buf *out);

/**
 * turn_own_keys(t, out):
 * Append the members of our gateway's names, if the script wants them, with a
 * comma before each.
 */
void turn_own_keys(const struct turn *t, struct buf *out);

/**
 * turn_model(t, out):
 * Append the model name as a JSON string.
 */
void turn_model(const struct turn *t, struct buf *out);

#endif
