#include <inttypes.h>
#include <string.h>

#include "audit.h"
#include "event_check.h"
#include "row_hold.h"
#include "row_quota.h"

/* ---- quotas ---- */

enum { ROWS_MAX = 2000 };

/* A row of the slice, by its key. */
struct quota_seen {
    uint8_t place[ROW_QUOTA_PLACE];
    size_t n;
    uint64_t reserved, promised;
};

struct quota_slice {
    struct audit *a;
    struct buf seen; /* struct quota_seen[], in key order */
    uint8_t from[ROW_QUOTA_PLACE];
    size_t from_n;
    bool paused; /* before this key; else at the end of the table */
    uint8_t to[ROW_QUOTA_PLACE];
    size_t to_n;
};

static int compare(const uint8_t *a, size_t a_n, const uint8_t *b, size_t b_n)
{
    int order = memcmp(a, b, a_n < b_n ? a_n : b_n);

    return order != 0 ? order : (a_n > b_n) - (a_n < b_n);
}

static struct quota_seen *quota_rows(const struct quota_slice *s, size_t *count)
{
    *count = s->seen.len / sizeof(struct quota_seen);
    return (struct quota_seen *)(void *)s->seen.data;
}

static struct quota_seen *find_quota(
    const struct quota_slice *s, const uint8_t *place, size_t n)
{
    size_t low = 0, high;
    struct quota_seen *rows = quota_rows(s, &high);

    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = compare(rows[middle].place, rows[middle].n, place, n);

        if (order == 0)
            return &rows[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool quota_row(void *cookie, struct span key, struct span value)
{
    struct quota_slice *s = cookie;
    struct quota_seen seen = {.n = key.n};
    struct row_quota q;
    struct quota_use use;

    if (key.n > sizeof(seen.place) || row_quota_read(key, &q) < 0) {
        audit_breach(s->a, "ROW", "key", key.p, key.n, "no key of a quota");
        return true;
    }
    if (s->a->budget <= 0 || s->seen.len >= ROWS_MAX * sizeof(seen)) {
        s->paused = true;
        s->to_n = key.n;
        memcpy(s->to, key.p, key.n);
        return false;
    }
    s->a->budget--;
    if (!audit_decode(s->a, &row_quota_kind, key, value, &use))
        return true;
    memcpy(seen.place, key.p, key.n);
    seen.reserved = use.reserved;
    buf_put(&s->seen, &seen, sizeof(seen));
    return true;
}

static void add_promise(struct quota_slice *s, const uint8_t id[STORE_ID],
    const struct row_quota *q, uint64_t reserved)
{
    uint8_t place[ROW_QUOTA_PLACE];
    const size_t n = row_quota_place(q, place);
    struct quota_seen *row;

    if (compare(place, n, s->from, s->from_n) < 0 ||
        (s->paused && compare(place, n, s->to, s->to_n) >= 0))
        return;
    row = find_quota(s, place, n);
    if (row == NULL)
        audit_breach(s->a, "Q1", "request", id, STORE_ID,
            "its hold is in a quota that is not there");
    else if (__builtin_add_overflow(row->promised, reserved, &row->promised))
        row->promised = UINT64_MAX;
}

static bool quota_hold(void *cookie, struct span key, struct span value)
{
    struct quota_slice *s = cookie;
    struct row_hold hold;
    const struct row_claim *c = &hold.claim;
    struct row_quota q = {0};
    uint8_t id[STORE_ID];

    if (key.n != STORE_ID || row_decode(&row_hold, value, &hold) < 0 ||
        c->project[0] == 0)
        return true; /* an unreadable hold is reported in its own phase */
    row_hold_request((const uint8_t *)key.p, id);
    memcpy(q.project, c->project, sizeof(q.project));
    q.window = c->budget_window;
    q.day = c->budget_day;
    add_promise(s, id, &q, c->reserved);
    if (!c->of_user)
        return true;
    q.window = c->user_window;
    q.day = c->user_day;
    q.of_user = true;
    memcpy(q.user, c->user, STORE_ID);
    add_promise(s, id, &q, c->reserved);
    return true;
}

void audit_quotas(struct audit *a)
{
    struct audit_state *state = &a->state;
    struct quota_slice s = {.a = a, .from_n = state->quota_n};
    struct quota_seen *rows;
    size_t count;

    memcpy(s.from, state->quota, sizeof(s.from));
    trail_walk(a->t, TABLE_QUOTA, row_span(s.from, s.from_n), quota_row, &s);
    trail_walk(a->t, TABLE_HOLD, row_span("", 0), quota_hold, &s);
    rows = quota_rows(&s, &count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].reserved != rows[i].promised)
            audit_breach(a, "Q1", "quota", rows[i].place, rows[i].n,
                "reserved is %" PRIu64 ", its open holds are %" PRIu64,
                rows[i].reserved, rows[i].promised);
    }
    a->budget--;
    if (s.seen.failed)
        trail_fail(a->t, "out of memory for the audit");
    buf_free(&s.seen);
    memcpy(state->quota, s.to, sizeof(s.to));
    state->quota_n = s.to_n;
    if (!s.paused)
        state->phase = AUDIT_EVENTS;
}

/* ---- events ---- */

void audit_events(struct audit *a)
{
    struct event_check c = {.t = a->t,
        .state = a->state.events,
        .budget = a->budget,
        .report = &a->report};

    event_check_run(&c);
    a->budget = c.budget;
    a->breaches += c.breaches;
    a->state.events = c.state;
    if (c.state.phase == CHECK_DONE)
        a->state.phase = AUDIT_DONE;
}
