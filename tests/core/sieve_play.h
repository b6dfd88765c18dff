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

/* ---- Messages ---- */

#define M_START                                                                \
    "{'type':'message_start','message':{'id':'m','type':'message','role':"     \
    "'assistant','model':'m','content':[],'stop_reason':null,'usage':"         \
    "{'input_tokens':9,'output_tokens':1}}}"
#define M_BLOCK(i, block)                                                      \
    "{'type':'content_block_start','index':" i ",'content_block':" block "}"
#define M_DELTA(i, delta)                                                      \
    "{'type':'content_block_delta','index':" i ",'delta':" delta "}"
#define M_TEXT(i, text) M_DELTA(i, "{'type':'text_delta', 'text':'" text "'}")
#define M_STOP(i) "{'type':'content_block_stop','index':" i "}"
#define M_TEXT_BLOCK(i) M_BLOCK(i, "{'type':'text','text':'','citations':[]}")
#define M_END                                                                  \
    "{'type':'message_delta','delta':{'stop_reason':'end_turn'},'usage':"      \
    "{'output_tokens':5}}"

static inline void begin_messages(struct trial *t, const char *action)
{
    begin(t, DIALECT_MESSAGES, action, true);
    play_take(&t->p, M_START);
    buf_reset(&t->p.out);
}

static inline void begin_text(struct trial *t, const char *action)
{
    begin_messages(t, action);
    passes(t, "content_block_start", M_TEXT_BLOCK("0"));
}

static inline void cut(struct trial *t)
{
    stream_cut(t->p.stream, TURN_STOP_FILTER, &play_credits, &t->p.out);
}

#endif
