#include <inttypes.h>
#include <string.h>

#include "audit.h"
#include "row_account.h"
#include "row_hold.h"

enum { LEASE_GRACE = 5 };

struct hold_walk {
    struct audit *a;
    bool pause; /* the slice is over, the holds are not */
};

static void hold_check(
    struct audit *a, const uint8_t id[STORE_ID], const struct row_hold *hold)
{
    struct store_account account;
    struct row_done done;

    if (audit_get(a, &row_done, row_span(id, STORE_ID), &done) == TRAIL_FOUND)
        audit_breach(
            a, "I5", "request", id, STORE_ID, "its hold is open and has ended");
    if (!trail_member_alive(a->t, hold->slot, hold->incarnation))
        audit_breach(a, "I6", "request", id, STORE_ID,
            "its hold is open, its worker is gone");
    else if (row_hold_overdue(hold, a->boot, LEASE_GRACE))
        audit_breach(a, "I6", "request", id, STORE_ID,
            "its hold is open %" PRId64 " s after its lease",
            a->boot - hold->lease_until);
    if (hold->caller != CALLER_DEVICE &&
        audit_get(a, &row_account, row_span(hold->account, STORE_ID),
            &account) == TRAIL_NONE)
        audit_breach(a, "I2", "request", id, STORE_ID,
            "its hold is of an account that does not exist");
}

/* Where the walk stands with ${key}: whether to look at it. */
static bool walk_take(struct hold_walk *w, struct span key)
{
    if (w->a->budget <= 0) {
        w->pause = true;
        return false;
    }
    w->a->budget--;
    return key.n == STORE_ID;
}

static bool hold_row(void *cookie, struct span key, struct span value)
{
    struct hold_walk *w = cookie;
    struct row_hold hold;
    uint8_t place[STORE_ID] = {0}, id[STORE_ID];

    memcpy(place, key.p, key.n < STORE_ID ? key.n : STORE_ID);
    memcpy(w->a->state.request, place, STORE_ID);
    if (!walk_take(w, key))
        return !w->pause;
    w->a->hold_count++;
    row_hold_request(place, id);
    if (audit_decode(w->a, &row_hold, row_span(id, STORE_ID), value, &hold))
        hold_check(w->a, id, &hold);
    return true;
}

static bool ended_row(void *cookie, struct span key, struct span value)
{
    struct hold_walk *w = cookie;
    struct row_done done;
    uint8_t id[STORE_ID] = {0};

    memcpy(id, key.p, key.n < STORE_ID ? key.n : STORE_ID);
    memcpy(w->a->state.request, id, STORE_ID);
    if (!walk_take(w, key))
        return !w->pause;
    if (w->a->state.phase == AUDIT_MISMATCH_ENDED) {
        if (row_decode(&row_done, value, &done) == 0)
            audit_mismatch_done(w->a, id, &done);
    } else if (audit_decode(w->a, &row_done, key, value, &done)) {
        audit_match_done(w->a, id, &done);
        if (done.tells && done.event == 0)
            audit_breach(
                w->a, "EV", "request", id, STORE_ID, "its bill has no event");
    }
    return true;
}

/* Walk ${table} from where the last slice paused. */
static void holds_walk(
    struct audit *a, enum table table, trail_row_fn *row, enum audit_phase next)
{
    struct hold_walk w = {.a = a};
    uint8_t from[STORE_ID];

    memcpy(from, a->state.request, STORE_ID);
    trail_walk(a->t, table, row_span(from, STORE_ID), row, &w);
    if (w.pause)
        return;
    memset(a->state.request, 0, STORE_ID);
    a->state.phase = next;
}

void audit_holds(struct audit *a)
{
    holds_walk(a, TABLE_HOLD, hold_row, AUDIT_ENDED);
}

void audit_ended(struct audit *a)
{
    const bool again = a->state.phase == AUDIT_MISMATCH_ENDED;

    holds_walk(a, TABLE_DONE, ended_row,
        again ? AUDIT_QUOTAS : AUDIT_MISMATCH_JOURNALS);
    if (a->state.phase != AUDIT_MISMATCH_JOURNALS)
        return;
    a->state.index = 0;
    a->state.replay = (struct audit_replay){0};
    if (audit_match_holds(a))
        a->state.phase = AUDIT_QUOTAS;
}
