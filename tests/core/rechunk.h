#ifndef RECHUNK_H
#define RECHUNK_H

#include "core/policy_stream.h"

/* Texts in pieces cut at random; the same ones every time. */

/**
 * rechunk_below(limit):
 * A number below ${limit}.
 */
size_t rechunk_below(size_t limit);

/**
 * rechunk_size(n):
 * The size of the largest piece of a text of ${n} bytes: small or all of it.
 */
size_t rechunk_size(size_t n);

/**
 * rechunk_run(detectors, count, text, most, out):
 * Leave in ${out} what leaves a stream of a ${text} in pieces of up to ${most}
 * bytes, some of which go through JSON escapes. Returns whether it fired.
 */
bool rechunk_run(const struct policy_detector *detectors, size_t count,
    struct span text, size_t most, struct buf *out);

/* Which text with which pattern at which place comes next: every pattern is at
 * every place between characters once in a while. */
struct rechunk_sample {
    const char *const *texts;
    size_t text_count;
    const char *const *patterns;
    size_t pattern_count;
    size_t text;
    size_t pattern;
    size_t at;
};

/**
 * rechunk_put(s, text), rechunk_next(s):
 * Leave the sample in ${text}; go on to the next one.
 */
void rechunk_put(const struct rechunk_sample *s, struct buf *text);
void rechunk_next(struct rechunk_sample *s);

/**
 * rechunk_same(x, y):
 * Whether ${x} holds the bytes of ${y}.
 */
bool rechunk_same(const struct buf *x, struct span y);

#endif
