#include <string.h>

#include "forget.h"
#include "outbox.h"
#include "row_quota.h"

enum { QUOTA_LOOKS = 256, EVENT_LOOKS = 64, USER_DAYS = 2, BUDGET_DAYS = 400 };

#define DAY (86400 * INT64_C(1000000))

/* ---- quotas ---- */

struct quota_walk {
    struct store_reap *reap;
    uint32_t left;
    struct buf old; /* struct row_quota[] */
    bool more;
    struct store_forget next;
};

static bool quota_is_old(
    const struct row_quota *q, const struct quota_use *use, int64_t now)
{
    const int64_t kept = q->of_user ? USER_DAYS : BUDGET_DAYS;
    const uint32_t end = quota_days(q->window, (int64_t)q->day * DAY).end;

    return use->reserved == 0 && now / DAY >= (int64_t)end + kept;
}

static bool quota_look(void *cookie, struct span key, struct span value)
{
    struct quota_walk *w = cookie;
    struct row_quota q;
    struct quota_use use;

    if (w->left == 0) {
        w->more = true;
        w->next.quota_n =
            key.n < sizeof(w->next.quota) ? key.n : sizeof(w->next.quota);
        memcpy(w->next.quota, key.p, w->next.quota_n);
        return false;
    }
    w->left--;
    /* A row that cannot be read is the audit's to report. */
    if (row_quota_read(key, &q) == 0 &&
        row_decode(&row_quota_kind, value, &use) == 0 &&
        quota_is_old(&q, &use, w->reap->now))
        buf_put(&w->old, &q, sizeof(q));
    return true;
}

static void forget_quotas(struct trail *t, struct store_reap *reap)
{
    struct quota_walk w = {.reap = reap, .left = QUOTA_LOOKS};
    const struct row_quota *old;
    uint8_t place[ROW_QUOTA_PLACE];

    trail_walk(t, TABLE_QUOTA,
        row_span(reap->forget.quota, reap->forget.quota_n), quota_look, &w);
    if (w.old.failed)
        trail_fail(t, "out of memory for forgetting");
    old = (const struct row_quota *)(const void *)w.old.data;
    for (size_t i = 0; i < w.old.len / sizeof(*old); i++) {
        trail_delete(
            t, TABLE_QUOTA, row_span(place, row_quota_place(&old[i], place)));
        reap->purged++;
    }
    buf_free(&w.old);
    reap->forget.quota_n = w.next.quota_n;
    memcpy(reap->forget.quota, w.next.quota, sizeof(w.next.quota));
}

/* ---- events ---- */

/* The oldest events of the first owner at or behind the cursor. */
struct event_walk {
    struct trail *t;
    int64_t before;
    struct store_owner owner;
    bool found;
    uint64_t least; /* what consumers need begins behind it */
    struct store_event_row old[EVENT_LOOKS];
    size_t count;
    bool full;
};

static bool find_owner(void *cookie, struct span key, struct span value)
{
    struct event_walk *w = cookie;
    uint64_t seq;

    (void)value;
    w->found = row_event_read(key, &w->owner, &seq) == 0;
    return false;
}

/* Accounts' events, then, behind rows of other kinds, those of projects. */
static void find_from(struct event_walk *w, struct span from)
{
    trail_walk(w->t, TABLE_EVENT, from, find_owner, w);
    if (!w->found && (from.n == 0 || from.p[0] < 'p'))
        trail_walk(w->t, TABLE_EVENT, row_span("p", 1), find_owner, w);
}

static bool event_look(void *cookie, struct span key, struct span value)
{
    struct event_walk *w = cookie;
    struct store_event_row *row = &w->old[w->count];
    struct store_owner owner;
    uint64_t seq;

    if (row_event_read(key, &owner, &seq) < 0 ||
        strcmp(owner.project, w->owner.project) != 0 ||
        memcmp(owner.account, w->owner.account, STORE_ID) != 0 ||
        seq > w->least)
        return false;
    w->full = w->count == EVENT_LOOKS;
    if (w->full || row_event_decode(value, row, NULL) < 0 ||
        row->time >= w->before)
        return false;
    w->count++;
    return true;
}

static void prune(struct trail *t, struct event_walk *w)
{
    const struct store_event_row *newest = &w->old[w->count - 1];
    uint8_t name[ROW_EVENT_PLACE];
    struct outbox box;

    if (outbox_find(t, &w->owner, &box) != TRAIL_FOUND) {
        trail_fail(t, "an event is of an owner that does not exist");
        return;
    }
    for (size_t i = 0; i < w->count; i++)
        row_event_delete(t, &w->owner, &w->old[i]);
    chain_prune(trail_ledger_key(t), outbox_chain(&box),
        outbox_name(&w->owner, name), newest->seq, newest->mac);
    outbox_save(t, &box);
}

static void forget_events(struct trail *t, struct store_reap *reap)
{
    struct store_forget *f = &reap->forget;
    struct event_walk w = {.t = t, .before = reap->events_before};
    uint8_t place[ROW_EVENT_PLACE];
    size_t n;

    find_from(&w, row_span(f->events, f->events_n));
    if (!w.found) {
        f->events_n = 0;
        return;
    }
    n = row_event_place(&w.owner, 0, place);
    w.least = row_cursor_least(t, &w.owner);
    trail_walk(t, TABLE_EVENT, row_span(place, n), event_look, &w);
    if (w.count > 0 && !trail_failed(t))
        prune(t, &w);
    reap->purged += (uint32_t)w.count;
    if (w.full)
        return;
    /* On to the next owner: nothing of this one comes behind its last event. */
    n = row_event_place(&w.owner, UINT64_MAX, place);
    memcpy(f->events, place, n);
    f->events_n = n;
}

void forget_run(struct trail *t, struct store_reap *reap)
{
    forget_quotas(t, reap);
    if (reap->events_before != 0)
        forget_events(t, reap);
}
