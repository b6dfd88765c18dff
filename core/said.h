#ifndef SAID_H
#define SAID_H

#include "json.h"
#include "moderation.h"
#include "policy.h"
#include "refusal.h"

/* What the users of a conversation said: the texts of a request that input
 * policy looks at, in their order. The words of the system, of the model and
 * of tools are none of them. API.md 13.2 S5. */

struct said_text {
    uint32_t node;  /* a string of the request */
    bool same_turn; /* as the text before it */
};

/* {0} is empty. */
struct said {
    struct said_text *of;
    size_t count, cap;
    bool out_of_memory; /* latched */
};

/**
 * said_read(said, doc, dialect):
 * Find the users' texts in the request ${doc}, which the codec of ${dialect}
 * has checked. What is not understood and holds a text is taken for one: a
 * policy that sees too much is safer than one that is evaded. Returns 0, or -1
 * when memory is out.
 */
int said_read(
    struct said *said, const struct json_doc *doc, enum dialect dialect);

/**
 * said_inputs(said, doc, inputs, room):
 * Fill as many ${inputs} as ${said} has texts with these, decoded: they lie in
 * ${doc}, which they were found in, or in ${room}. Returns 0, or -1 when memory
 * is out.
 */
int said_inputs(const struct said *said, const struct json_doc *doc,
    struct policy_input *inputs, struct buf *room);

/**
 * said_feed(inputs, count, m):
 * Let the classifier ${m} go on with these texts, each a line of its own.
 */
void said_feed(
    const struct policy_input *inputs, size_t count, struct moderation *m);

/**
 * said_free(said):
 * Give back the memory of ${said} and leave it empty.
 */
void said_free(struct said *said);

/* A string of the request that is to be another one. */
struct said_edit {
    uint32_t node;
    struct span text; /* decoded */
};

/**
 * said_amend(doc, dialect, edits, count, note, out):
 * Append the request ${doc} with the ${edits} made, which are in ascending
 * order, and ${note}, if it is not empty, put before the other words of the
 * system. API.md 8.7.
 */
void said_amend(const struct json_doc *doc, enum dialect dialect,
    const struct said_edit *edits, size_t count, struct span note,
    struct buf *out);

#endif
