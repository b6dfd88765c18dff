#ifndef SIEVE_QUEUE_H
#define SIEVE_QUEUE_H

#include "sieve_flow.h"

/* Frames of an answer that wait for what is decided of their texts. */

enum {
    SIEVE_WAITING_MAX = 16 << 20 /* bytes; with more the answer fails */
};

/* A piece of a text, in a frame. */
struct sieve_piece {
    size_t flow;
    size_t begin; /* of the string in the frame, with its quotes */
    size_t end;
    uint64_t from; /* bytes of the flow before it */
    uint64_t to;
};

struct sieve_waiting {
    struct buf text;   /* the frame */
    struct buf pieces; /* struct sieve_piece */
    size_t decided;    /* of these: the first so many are */
    uint64_t said;     /* quarters of tokens, where the table counts them */
    bool note;
    bool unread; /* pieces behind one on which a rule has fired */
};

/* {.flows = {.table, .screen}} is empty. */
struct sieve_queue {
    struct sieve_flows flows;
    uint64_t turn; /* frames that came */
    struct sieve_waiting *list;
    size_t first, count, cap;
    size_t bytes;        /* that wait */
    struct buf next;     /* the frame that has left last */
    struct buf piece;    /* decoded text */
    struct buf shown;    /* what leaves of it */
    struct json_doc doc; /* of a note's frame */
    int64_t dropped;     /* frames that do not leave at all */
    int64_t unsaid;      /* quarters of tokens, see estimate.h: came, less left,
                            since whoever counts them has set it to 0 */
    bool cut;            /* a piece of the frame in next is not as it came */
    bool over;           /* a rule has fired: nothing leaves any more */
    bool broken;         /* a frame was: a place is no index, or a text goes on
                            behind its end */
    bool failed;         /* memory ran out */
};

/**
 * sieve_queue_add(q, doc):
 * Judge the frame ${doc} and put it behind the others, unless a rule fires on a
 * text that is whole in it, or it is broken. Returns what the screen says.
 */
enum screen_state sieve_queue_add(
    struct sieve_queue *q, const struct json_doc *doc);

/**
 * sieve_queue_end(q):
 * No text goes on. Returns what the screen says.
 */
enum screen_state sieve_queue_end(struct sieve_queue *q);

/**
 * sieve_queue_next(q):
 * Take the first frame away, if all is decided of it. Returns its JSON as it
 * leaves, legal until the next call; or NULL, with q->failed when more waits
 * than may.
 */
const struct buf *sieve_queue_next(struct sieve_queue *q);

/**
 * sieve_queue_rest(q):
 * Give back memory that is of no use until the next frame comes.
 */
void sieve_queue_rest(struct sieve_queue *q);

/**
 * sieve_queue_drop(q):
 * Let go of what waits.
 */
void sieve_queue_drop(struct sieve_queue *q);

/**
 * sieve_queue_free(q):
 * Give back its memory.
 */
void sieve_queue_free(struct sieve_queue *q);

#endif
