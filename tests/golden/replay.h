#ifndef REPLAY_H
#define REPLAY_H

#include "exchange.h"
#include "golden.h"

/* Golden cases on their way through an exchange. */

enum { REPLAY_EST_IN = 25 };

extern const struct credits replay_credits;

/* One case under way. */
struct replay {
    const struct golden *g;
    struct json_doc request;
    struct completion completion;
    struct exchange exchange;
    struct codec_tag tag;
    struct fault fault; /* of the request */
    bool refused;       /* the request is not told; see the fault */
};

/**
 * replay_begin(p):
 * Read the request of p->g. Returns 0, or -1 when it is no JSON.
 */
int replay_begin(struct replay *p);

/**
 * replay_end(p):
 * Give back what ${p} has.
 */
void replay_end(struct replay *p);

/**
 * replay_stream(p, screen, first, step, out, usage):
 * Append to ${out} what becomes of the upstream's stream when it comes in a
 * ${first} piece of so many bytes and others of ${step}, through ${screen},
 * which may be NULL, as a relay ends it; and what is billed to ${usage}.
 * Returns 0, or -1 when memory is out.
 */
int replay_stream(const struct replay *p, struct screen *screen, size_t first,
    size_t step, struct buf *out, struct usage *usage);

/**
 * replay_all(check, least):
 * Make ${check} look at all cases, which must be ${least} at the least, and
 * report as TAP: it returns NULL, or what is wrong. Returns the exit status.
 */
int replay_all(const char *(*check)(const struct golden *g), unsigned least);

#endif
