#ifndef CALLER_H
#define CALLER_H

#include "answer.h"
#include "fcgi/loop.h"
#include "tally.h"

enum { NUMBER_DIGITS = 12 };

/* What all callers of a run share. */
struct crew {
    struct loop *loop;
    uint16_t port;
    struct buf ask;
    size_t number;  /* where in it a number stands, each time another; 0: nowhere */
    uint64_t asked;
    bool streams;   /* each caller asks once, for frames */
    bool measuring; /* what ends or arrives now is counted */
    bool stopping;  /* nobody asks again */
    int open;       /* callers with a request under way */
    int begun;      /* of which this many have had a frame */
    int deaf;       /* so many of them read no further than that */
    uint64_t done, errors, frames, all_frames;
    int first_error; /* the status of the first one, or 0 */
    struct tally took, late;
    void (*changed)(struct crew *crew);
    void *cookie;
};

struct caller {
    struct crew *crew;
    struct loop_fd watch;
    struct answer answer;
    struct buf line; /* a frame that has not come to its end */
    size_t sent;
    uint64_t asked_at; /* microseconds */
    uint64_t frames;
    bool done;     /* [DONE] has come */
    bool deaf;     /* reads no more, and does not leave */
    uint64_t seen; /* when these bytes arrived, microseconds */
};

/**
 * caller_start(caller, crew):
 * Connect and ask; when crew->streams is not set, ask again on each answer
 * until crew->stopping. crew->changed is called after each answer and each
 * first frame. Returns 0, or -1 with errno set.
 */
int caller_start(struct caller *caller, struct crew *crew);

/**
 * caller_free(caller):
 * Close what is open.
 */
void caller_free(struct caller *caller);

#endif
