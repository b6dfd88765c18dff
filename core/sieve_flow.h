#ifndef SIEVE_FLOW_H
#define SIEVE_FLOW_H

#include "completion.h"
#include "sift.h"
#include "sift_text.h"

/* Texts of an answer that come in pieces, in frames that pass. */

enum {
    SIEVE_TEXTS_MAX = 256, /* that are known; with more only those that go on */
    SIEVE_PART_MAX = 4096  /* bytes that are undecided where a text is parted */
};

/* A text, or a part of one: what was undecided at the end of a part is judged
 * again at the beginning of the next, and leaves with the first. */
struct sieve_flow {
    char *name;
    int64_t at[SIFT_PLACES];
    struct screen_text judged; /* open until all that came of it has left */
    bool closed;
    bool ended;
    bool past;             /* others are in its place */
    bool goes_on;          /* in a part that has not begun to leave */
    size_t before;         /* number + 1 of the part before it; 0: none */
    uint64_t heard;        /* bytes that leave with that */
    uint64_t came;         /* bytes, with these */
    uint64_t turn;         /* of the last piece */
    unsigned waiting;      /* pieces that have not left */
    struct sift_text text; /* as it leaves */
    int64_t notes_dropped;
};

/* {.table, .screen} is empty. */
struct sieve_flows {
    const struct sift_table *table;
    struct screen *screen;
    struct sieve_flow *list;
    uint32_t *sums; /* of their names and places, to find one of many */
    size_t count, cap;
    size_t oldest;              /* of those that have ended */
    bool lost[CHOICES_MAX + 1]; /* choices of which some are not known any more;
                                   the last is for all indexes above */
    struct buf name;
    struct buf choices; /* int64_t: have gone on in this turn */
    size_t spare;       /* bytes that may be judged again: as many as came */
};

/**
 * sieve_flow_is_there(f, where):
 * Whether ${f} is at all places that ${where} tells, of which there has to be
 * one.
 */
bool sieve_flow_is_there(
    const struct sieve_flow *f, const struct sift_where *where);

/**
 * sieve_flow_of(flows, piece):
 * The text that ${piece} goes on with or begins; one that has ended, if it
 * comes behind the end. Legal until the next call. NULL: memory is out.
 */
struct sieve_flow *sieve_flow_of(
    struct sieve_flows *flows, const struct sift_piece *piece);

/**
 * sieve_flow_follow(flows, f):
 * A piece of ${f} is about to leave: if it is a part of a text, it goes on
 * where the one before it was.
 */
void sieve_flow_follow(struct sieve_flows *flows, struct sieve_flow *f);

/**
 * sieve_flow_left(flows, f):
 * A piece of ${f} has left.
 */
void sieve_flow_left(struct sieve_flows *flows, struct sieve_flow *f);

/**
 * sieve_flow_end(flows, of, where):
 * The texts at ${where}, or all, are whole. Returns what the screen says.
 */
enum screen_state sieve_flow_end(struct sieve_flows *flows, enum sift_end_of of,
    const struct sift_where *where);

/**
 * sieve_flow_begin(flows, where):
 * What comes at ${where} from now on are other texts than those that have ended
 * there.
 */
void sieve_flow_begin(
    struct sieve_flows *flows, const struct sift_where *where);

/**
 * sieve_flow_part(flows, turn):
 * Decide the texts of which others of their choice have gone on in that
 * ${turn}, and they have not: nobody knows whether they will. One that does is
 * judged with what was undecided; all that can have left of a term is how it
 * begins. JSON waits: a cut in the midst of a string would leave none. So does
 * what flows->spare has no room for, or it would be judged over and over again.
 * Returns what the screen says.
 */
enum screen_state sieve_flow_part(struct sieve_flows *flows, uint64_t turn);

/**
 * sieve_flow_fired(flows, f):
 * Where ${f} ends for good; UINT64_MAX: nowhere yet.
 */
uint64_t sieve_flow_fired(
    const struct sieve_flows *flows, const struct sieve_flow *f);

/**
 * sieve_flow_free(flows):
 * Give back the memory of ${flows}.
 */
void sieve_flow_free(struct sieve_flows *flows);

#endif
