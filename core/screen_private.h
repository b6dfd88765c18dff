#ifndef SCREEN_PRIVATE_H
#define SCREEN_PRIVATE_H

#include "policy_stream.h"
#include "scores.h"
#include "screen.h"

/* What the files of screen share and nobody else includes. */

/* Which detector of the streams is which. */
enum { DETECT_DENY, DETECT_PII, DETECTORS };

/* One text that is judged for itself and goes on. */
struct text {
    enum turn_event_kind kind;
    uint32_t choice, block;
    size_t channel; /* of its stream */
};

/* Texts of one sort: what people read, or what tools get. */
struct strand {
    struct policy_stream *stream; /* NULL: nothing is looked for in them */
    struct text *texts;
    size_t count, cap;
    size_t told; /* findings that the verdict knows */
};

struct screen {
    struct screen_rules rules;
    struct policy_detector detectors[DETECTORS];
    struct strand words;
    struct strand args;
    struct scores *scores; /* NULL: no text is scored */
    uint16_t flags;        /* reached so far, of those that matter */
    uint16_t told;         /* flags that the verdict knows */
    bool watch;
    bool fired;
    bool failed;
    struct buf plain;   /* decoded text of an event */
    struct buf passed;  /* what of it may leave */
    struct buf escaped; /* as it is in JSON */
    const struct turn_sink *to;
};

#endif
