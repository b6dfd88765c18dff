#ifndef SIFT_TEXT_H
#define SIFT_TEXT_H

#include "policy_stream.h"
#include "splice.h"

/* A text of which pieces leave as they are, cut, or not at all; and what became
 * of places in it, which are counted in characters (code points). */

/* Of the text as it came: what stands there now is so long. */
struct sift_edit {
    uint64_t begin, end;
    uint64_t shown;
    int64_t moved; /* what is before it is so much longer now */
};

/* {0} is at its beginning. */
struct sift_text {
    uint64_t at;      /* bytes that are dealt with */
    uint64_t chars;   /* characters of these */
    size_t cut;       /* the first that is not behind us */
    size_t told;      /* those of which it is said what is in their place */
    struct buf edits; /* struct sift_edit, in their order */
};

/**
 * sift_text_take(t, piece, cuts, count, out):
 * Append to ${out} what leaves of the decoded ${piece}, which goes on with
 * ${t}, of whose ${count} ${cuts} all are known that begin in it. Of a cut
 * that is known too late the rest is taken out. Returns whether it is not as it
 * came.
 */
bool sift_text_take(struct sift_text *t, struct span piece,
    const struct policy_cut *cuts, size_t count, struct buf *out);

/**
 * sift_text_free(t):
 * Give back its memory and leave it empty.
 */
void sift_text_free(struct sift_text *t);

/**
 * sift_text_note(t, doc, note):
 * Whether what the object ${note} says of ${t} still has a place: none of its
 * characters was cut.
 */
bool sift_text_note(
    const struct sift_text *t, const struct json_doc *doc, uint32_t note);

/**
 * sift_text_place(t, s, key, value):
 * Put in place of ${value}, if ${key} says that it is a place in ${t}, where
 * that is now.
 */
void sift_text_place(
    const struct sift_text *t, struct splice *s, uint32_t key, uint32_t value);

#endif
