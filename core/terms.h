#ifndef TERMS_H
#define TERMS_H

#include <stddef.h>
#include <stdint.h>

#include "fold.h"

/* Many literal terms looked for at once in folded text. They are compiled once
 * into an automaton (Aho and Corasick, 1975) that any number of scans read. A
 * scan is linear, may be fed in pieces cut anywhere, and reports where in the
 * original text a term lies.
 *
 * In a skeleton letters that look alike are one letter, so that a hit is only
 * a candidate: it counts when what was written passes for the term to the eye
 * (a Cyrillic capital for a Latin one, not every small letter), when digits
 * are not taken for words, and when nothing but lookalikes are four or more.
 *
 * A text is also looked at with its references decoded (reference.h), all of
 * them once, when the terms are skeletons. What is found so has the place of
 * what was written. The terms stand for themselves: a reference in one is
 * none. */

enum {
    TERMS_MAX = 10000, /* of one list */
    TERMS_BYTES = 1024 /* of one term, folded or not */
};

struct terms;
struct terms_scan;

struct terms_hit {
    uint32_t term; /* index in the list */
    uint64_t begin;
    uint64_t end;
};

/* Takes a hit; returns whether that was enough. Hits come by ascending end,
 * of those that end together the longest first, and each once. */
struct terms_sink {
    bool (*hit)(void *cookie, const struct terms_hit *hit);
    void *cookie;
};

/**
 * terms_make(form, list, count, bad):
 * Compile ${count} <= TERMS_MAX terms, which are not needed afterwards.
 * Returns NULL with the index of a term of which folding leaves nothing or too
 * much in ${bad}, or with ${count} there when memory is out. The terms are
 * never changed again: threads may share them.
 */
struct terms *terms_make(
    enum fold_form form, const struct span *list, size_t count, size_t *bad);

/**
 * terms_free(t):
 * Let go of ${t}, which may be NULL and must have no scans left.
 */
void terms_free(struct terms *t);

/**
 * terms_size(t):
 * Bytes of memory that ${t} takes.
 */
size_t terms_size(const struct terms *t);

/**
 * terms_scan_make(t), terms_scan_free(s):
 * Begin to look for ${t}, which must outlive the scan, in a text; let go of
 * the scan, which may be NULL. The first returns NULL when memory is out.
 */
struct terms_scan *terms_scan_make(const struct terms *t);
void terms_scan_free(struct terms_scan *s);

/**
 * terms_scan_fork(s):
 * One more scan, which goes on from where ${s} is. NULL when memory is out.
 */
struct terms_scan *terms_scan_fork(const struct terms_scan *s);

/**
 * terms_scan_feed(s, text, sink), terms_scan_end(s, sink):
 * Go on with ${text}; finish. Return whether the sink had enough, after which
 * the scan is of no more use.
 */
bool terms_scan_feed(
    struct terms_scan *s, struct span text, const struct terms_sink *sink);
bool terms_scan_end(struct terms_scan *s, const struct terms_sink *sink);

/**
 * terms_scan_live(s):
 * Where in the text begins the longest piece at its end that may yet become a
 * hit; all bytes fed when there is none. Later hits do not begin before it.
 */
uint64_t terms_scan_live(const struct terms_scan *s);

/**
 * terms_scan_failed(s):
 * Whether memory was out while the scan was fed: what it should have found is
 * not known.
 */
bool terms_scan_failed(const struct terms_scan *s);

#endif
