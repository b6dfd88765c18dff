#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "event_check.h"
#include "row_project.h"

static void breach(struct event_check *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void breach(struct event_check *c, const char *fmt, ...)
{
    const struct store_owner *owner = &c->state.owner;
    char hex[2 * STORE_ID + 1], text[200];
    va_list args;

    mac_hex(owner->account, STORE_ID, hex);
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    buf_printf(c->report, "EV %s %s: %s\n",
        owner->project[0] != 0 ? "project" : "account",
        owner->project[0] != 0 ? owner->project : hex, text);
    c->breaches++;
}

/* ---- whose chain is next ---- */

struct next_walk {
    struct event_check *c;
    struct span after;
    bool found, pause;
};

static bool next_owner(void *cookie, struct span key, struct span value)
{
    struct next_walk *w = cookie;
    struct store_owner *owner = &w->c->state.owner;

    (void)value;
    if (w->c->budget <= 0) {
        w->pause = true;
        return false;
    }
    if (key.n == w->after.n && memcmp(key.p, w->after.p, key.n) == 0)
        return true;
    w->c->budget--;
    if (w->c->state.phase == CHECK_PROJECTS) {
        if (!row_project_is(key) || key.n > STORE_NAME_MAX)
            return true;
        memset(owner->project, 0, sizeof(owner->project));
        memcpy(owner->project, key.p, key.n);
    } else if (key.n == STORE_ID) {
        memcpy(owner->account, key.p, STORE_ID);
    } else {
        return true;
    }
    w->found = true;
    return false;
}

static void find_next(struct event_check *c)
{
    struct event_check_state *s = &c->state;
    const bool projects = s->phase == CHECK_PROJECTS;
    struct store_owner last = s->owner;
    struct next_walk w = {.c = c,
        .after = projects ? row_span(last.project, strlen(last.project))
                          : row_span(last.account, STORE_ID)};

    trail_walk(c->t, projects ? TABLE_PROJECT : TABLE_ACCOUNT, w.after,
        next_owner, &w);
    if (w.pause)
        return;
    if (!w.found) {
        s->phase++;
        s->owner = (struct store_owner){0};
        return;
    }
    s->begun = true;
    s->seq = 0;
    c->chains++;
}

/* ---- one chain ---- */

struct replay {
    struct event_check *c;
    struct chain *chain; /* as its owner has it now */
    struct span prefix;
    struct buf text; /* of one event */
    bool pause;
};

static bool replay_row(void *cookie, struct span key, struct span value)
{
    struct replay *r = cookie;
    struct event_check *c = r->c;
    struct chain_link link = {.owner = r->prefix};
    struct store_event_row row;
    struct store_owner owner;
    uint64_t seq;

    if (key.n < r->prefix.n || memcmp(key.p, r->prefix.p, r->prefix.n) != 0 ||
        row_event_read(key, &owner, &seq) < 0)
        return false;
    if (seq > r->chain->seq) {
        breach(c, "event %" PRIu64 " comes after %" PRIu64 ", its last", seq,
            r->chain->seq);
        return false;
    }
    if (c->budget <= 0) {
        r->pause = true;
        return false;
    }
    c->budget--;
    c->events++;
    if (seq != c->state.seq + 1)
        breach(c, "event %" PRIu64 " follows %" PRIu64, seq, c->state.seq);
    c->state.seq = seq;
    buf_reset(&r->text);
    if (row_event_decode(value, &row, &r->text) < 0) {
        breach(c, "event %" PRIu64 " is unreadable", seq);
        return true; /* and so is the MAC that the next one needs */
    }
    if (r->text.failed) {
        trail_fail(c->t, "out of memory for an event");
        return false;
    }
    link.text = (struct span){r->text.data, r->text.len};
    memcpy(link.id, row.id, sizeof(link.id));
    link.time = row.time;
    link.target = row_span(row.target, strlen(row.target));
    if (row.seq != seq || !chain_verify(trail_ledger_key(c->t), c->state.mac,
                              seq, &link, row.mac))
        breach(c, "the MAC of event %" PRIu64 " is wrong", seq);
    memcpy(c->state.mac, row.mac, MAC_SIZE);
    return true;
}

/* Behind the anchor, or where the last slice paused; what was forgotten
 * meanwhile is not needed any more. */
static void replay_from(struct event_check *c, const struct chain *chain)
{
    if (c->state.seq != 0 && c->state.seq >= chain->pruned)
        return;
    c->state.seq = chain->pruned;
    memcpy(c->state.mac, chain->anchor, MAC_SIZE);
}

static void check_end(struct event_check *c, const struct chain *chain)
{
    if (c->state.seq != chain->seq)
        breach(c, "the chain ends with event %" PRIu64 " instead of %" PRIu64,
            c->state.seq, chain->seq);
    else if (memcmp(c->state.mac, chain->mac, MAC_SIZE) != 0)
        breach(c, "the last MAC, of event %" PRIu64 ", is not the head's",
            chain->seq);
}

static void replay(struct event_check *c)
{
    uint8_t place[ROW_EVENT_PLACE], name[ROW_EVENT_PLACE];
    struct replay r = {.c = c};
    struct outbox box;
    size_t n;

    if (outbox_find(c->t, &c->state.owner, &box) != TRAIL_FOUND)
        return;
    r.chain = outbox_chain(&box);
    r.prefix = outbox_name(&box.owner, name);
    if (!chain_sound(trail_ledger_key(c->t), r.chain, r.prefix))
        breach(c, "the seal of the chain is wrong");
    replay_from(c, r.chain);
    n = row_event_place(&box.owner, c->state.seq + 1, place);
    trail_walk(c->t, TABLE_EVENT, row_span(place, n), replay_row, &r);
    buf_free(&r.text);
    if (r.pause)
        return;
    check_end(c, r.chain);
    c->budget--; /* a chain without events is work, too */
    c->state.begun = false;
}

void event_check_run(struct event_check *c)
{
    while (
        c->budget > 0 && c->state.phase != CHECK_DONE && !trail_failed(c->t)) {
        if (c->state.begun)
            replay(c);
        else
            find_next(c);
    }
}
