#ifndef POLICY_DETECTOR_H
#define POLICY_DETECTOR_H

#include "terms.h"

/* Something that reads a text in pieces and finds spans in it: terms, numbers
 * of persons, what a classifier says. A detector fires or replaces. */

struct policy_finding {
    uint64_t begin; /* bytes from the beginning of the text */
    uint64_t end;
    uint32_t detector; /* which of the stream's */
    uint32_t what;     /* the detector's own: the index of a term */
    const char *by;    /* what replaces it; NULL: it fires. It lives as long
                          as the detector */
};

struct policy_findings {
    void (*add)(void *cookie, const struct policy_finding *finding);
    void *cookie;
};

/* Findings come by ascending end. live says where the longest piece at the end
 * of the text begins that may yet become a finding, or is not judged; later
 * findings do not begin before it. One that takes memory while it is fed says
 * in failed that there was none: what it should have found is not known. */
struct policy_detector_kind {
    void *(*begin)(const void *rules, const char *by); /* NULL: no memory */
    void (*feed)(void *d, struct span text, const struct policy_findings *to);
    void (*end)(void *d, const struct policy_findings *to);
    uint64_t (*live)(const void *d);
    void (*free)(void *d);
    bool (*failed)(const void *d); /* NULL: it never does */
};

struct policy_detector {
    const struct policy_detector_kind *kind;
    const void *rules;
    const char *by; /* NULL: fire; else it replaces */
};

/**
 * policy_terms_fire(terms), policy_terms_replace(terms):
 * A detector that fires on ${terms}; one that takes them out of the text.
 */
struct policy_detector policy_terms_fire(const struct terms *terms);
struct policy_detector policy_terms_replace(const struct terms *terms);

#endif
