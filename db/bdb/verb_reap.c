#include <stdlib.h>
#include <string.h>

#include "closing.h"
#include "forget.h"
#include "lost.h"
#include "purge.h"
#include "verb.h"

struct orphan {
    uint8_t request[STORE_ID];
    struct row_hold hold;
};

struct reap_walk {
    struct trail *t;
    uint32_t most;
    uint8_t after[STORE_ID]; /* place of the last hold looked at */
    uint32_t looked;
    bool more;
    struct orphan *orphans;
    size_t count;
};

static bool reap_look(void *cookie, struct span key, struct span value)
{
    struct reap_walk *w = cookie;
    struct orphan *o = &w->orphans[w->count];

    if (key.n != STORE_ID) {
        trail_fail(w->t, row_hold.unreadable);
        return false;
    }
    if (w->looked == 0 && memcmp(key.p, w->after, STORE_ID) == 0)
        return true;
    if (w->looked == w->most) {
        w->more = true;
        return false;
    }
    if (!row_decode_or_fail(w->t, &row_hold, value, &o->hold))
        return false;
    memcpy(w->after, key.p, STORE_ID);
    row_hold_request(w->after, o->request);
    w->looked++;
    if (!trail_member_alive(w->t, o->hold.slot, o->hold.incarnation))
        w->count++;
    return true;
}

static void reap_close(
    struct trail *t, struct store_reap *r, const struct orphan *o)
{
    struct store_event_add event = {0};
    struct buf text = {0};
    struct closing closing = {
        .ending = ENDING_EXPIRED,
        .free_of_charge = !o->hold.accepted,
        .usage = {false, o->hold.est_in, o->hold.out_so_far},
        .now = r->now,
    };
    struct row_done done;

    if (o->hold.accepted && o->hold.rule.governed && !o->hold.rule.quiet) {
        lost_tell(t, o->request, &o->hold, r->now, &text, &event);
        closing.event = &event;
    }
    closing_run(t, o->request, &o->hold, &closing, &done);
    r->reaped++;
    r->credits += done.charge.credits;
    buf_free(&text);
}

enum store_status verb_reap(struct trail *t, struct store_verb *verb)
{
    struct store_reap *r = (struct store_reap *)verb;
    struct reap_walk w = {.t = t, .most = r->most > 0 ? r->most : 1};

    r->reaped = 0;
    r->credits = 0;
    memcpy(w.after, r->after, STORE_ID);
    w.orphans = calloc(w.most, sizeof(*w.orphans));
    if (w.orphans == NULL) {
        trail_fail(t, "out of memory for reaping");
        return STORE_OK;
    }
    trail_walk(t, TABLE_HOLD, row_span(r->after, STORE_ID), reap_look, &w);
    for (size_t i = 0; i < w.count; i++)
        reap_close(t, r, &w.orphans[i]);
    free(w.orphans);
    purge_run(t, r);
    forget_run(t, r);
    if (trail_failed(t))
        return STORE_OK;
    r->more = w.more;
    memset(r->after, 0, STORE_ID);
    if (w.more)
        memcpy(r->after, w.after, STORE_ID);
    return STORE_OK;
}
