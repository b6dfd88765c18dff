#ifndef RECALL_H
#define RECALL_H

#include "core/moderation.h"
#include "core/policy.h"
#include "loop.h"

/* Where the classifier stood behind what was said. A client sends the whole of
 * a conversation again with every turn; what has been read of it need not be
 * read again. Kept are the classifier's numbers and the last word, under a name
 * that is a keyed hash of who said what until then, for ten minutes at most
 * after the last use. From any thread, but for its beginning and its end. */

struct recall;

/* Of shorter texts nothing is remembered: bytes. */
enum { RECALL_LEAST = 4096 };

/**
 * recall_create(loop), recall_free(r):
 * Nothing is remembered yet; NULL when memory is out. Forget everything; takes
 * NULL. From the thread of ${loop}, and when nobody else uses ${r}.
 */
struct recall *recall_create(struct loop *loop);
void recall_free(struct recall *r);

/**
 * recall_read(r, owner, model, texts, count, known):
 * The classifier of ${model}, which is the same each time, behind the ${count}
 * ${texts} that ${owner} has said, as said_feed() leaves it; the caller frees
 * it. The first *${known} of them are remembered and not read. What is long
 * enough will be remembered: all of it, and what lies before the last turn,
 * which clients may change before they go on. What has not been asked for the
 * longest gives way. A NULL ${r} remembers nothing. NULL when memory is out.
 */
struct moderation *recall_read(struct recall *r, struct span owner,
    const struct moderation_model *model, const struct policy_input *texts,
    size_t count, size_t *known);

/**
 * recall_forget(r, ms):
 * Forget what nobody has asked for in the last ${ms} milliseconds.
 */
void recall_forget(struct recall *r, uint64_t ms);

#endif
