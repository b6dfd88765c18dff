#ifndef SIEVE_PLAY_H
#define SIEVE_PLAY_H

#include "dialect_play.h"
#include "screen_play.h"

/* What the tests of streams in the caller's own dialect share. */

/* A stream under a policy that denies "bad" and "competitor-x". */
struct trial {
    struct screening s;
    struct play p;
};

static inline void begin(
    struct trial *t, enum dialect dialect, const char *action, bool enforced)
{
    screening_begin(&t->s, "\"bad\",\"competitor-x\"", action, enforced,
        dialect == DIALECT_CHAT);
    t->p = play_begin(dialect, dialect);
    play_open_screened(&t->p, t->s.screen);
}

static inline void end(struct trial *t)
{
    play_end(&t->p);
    screening_end(&t->s);
}

/* The frame passes at once and as it is. */
static inline void passes(struct trial *t, const char *type, const char *frame)
{
    char wanted[1024];

    play_take(&t->p, frame);
    snprintf(wanted, sizeof(wanted), "event: %s\ndata: %s\n\n", type, frame);
    play_out_is(&t->p, wanted);
}

static inline void cut(struct trial *t)
{
    stream_cut(t->p.stream, TURN_STOP_FILTER, &play_credits, &t->p.out);
}

#endif
