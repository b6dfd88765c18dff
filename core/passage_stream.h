#ifndef PASSAGE_STREAM_H
#define PASSAGE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "completion.h"
#include "stream.h"

/* What the streams between two of one dialect have in common, whichever it is:
 * each has this first in a struct of its own. */
struct passage_stream {
    struct stream base;
    struct completion_names names; /* a copy */
    uint64_t est_in;               /* input tokens, when none are stated */
    uint64_t quarters;             /* output so far, see estimate.h */
    bool delivered;                /* some of it was appended to an out */
};

/**
 * passage_stream_new(size, kind, completion, names):
 * A stream of ${kind} in ${size} bytes, zero behind the passage. Returns it, to
 * be given to passage_stream_free(), or NULL when memory is out.
 */
struct passage_stream *passage_stream_new(size_t size,
    const struct stream_kind *kind, const struct completion *completion,
    const struct completion_names *names);

/**
 * passage_stream_free(p):
 * Give back what passage_stream_new() took. What the dialect's own members
 * hold is freed before.
 */
void passage_stream_free(struct passage_stream *p);

/**
 * passage_stream_most(p, stated):
 * Output tokens so far, ${stated} or estimated, whichever is more.
 */
uint64_t passage_stream_most(const struct passage_stream *p, uint64_t stated);

/**
 * passage_stream_delivered(base), passage_stream_missed(base, quarters):
 * These members of a stream_kind.
 */
bool passage_stream_delivered(const struct stream *base);
void passage_stream_missed(struct stream *base, int64_t quarters);

#endif
