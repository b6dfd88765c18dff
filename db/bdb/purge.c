#include <string.h>

#include "purge.h"
#include "row_call.h"
#include "row_hold.h"

/* Rows looked at for each hold that the reaper may look at, and at most: the
 * gate is closed meanwhile. */
enum { ROWS_FOR_EACH = 32, ROWS_MAX = 2048 };

#define DONE_KEPT (7 * 86400 * INT64_C(1000000))

struct purge_walk {
    struct trail *t;
    int64_t now;
    uint32_t left;   /* rows to look at */
    uint8_t *next;   /* the cursor: the first row not looked at */
    size_t key_size; /* of the rows that are meant, and of next */
    bool (*is_old)(struct purge_walk *w, struct span value);
    struct buf old; /* their keys */
    int64_t newest; /* time of all old rows */
};

bool purge_is_due(const struct row_done *done, int64_t now)
{
    return now - done->time >= DONE_KEPT;
}

/* A row that cannot be read is the audit's to report. */
static bool done_is_old(struct purge_walk *w, struct span value)
{
    struct row_done done;

    if (row_decode(&row_done, value, &done) < 0 || !purge_is_due(&done, w->now))
        return false;
    if (done.time > w->newest)
        w->newest = done.time;
    return true;
}

static bool call_is_old(struct purge_walk *w, struct span value)
{
    struct row_call call;

    return row_decode(&row_call, value, &call) == 0 &&
           row_call_stale(&call, w->now);
}

static bool purge_look(void *cookie, struct span key, struct span value)
{
    struct purge_walk *w = cookie;

    if (w->left == 0) {
        memcpy(w->next, key.p, key.n < w->key_size ? key.n : w->key_size);
        return false;
    }
    w->left--;
    if (key.n == w->key_size && w->is_old(w, value))
        buf_put(&w->old, key.p, key.n);
    return true;
}

/* Returns how many rows are gone. */
static uint32_t purge_table(struct purge_walk *w, enum table table)
{
    uint8_t from[ROW_CALL_KEY];
    uint32_t count = 0;

    memcpy(from, w->next, w->key_size);
    memset(w->next, 0, w->key_size);
    trail_walk(w->t, table, row_span(from, w->key_size), purge_look, w);
    if (w->old.failed)
        trail_fail(w->t, "out of memory for forgetting");
    for (size_t at = 0; at < w->old.len; at += w->key_size) {
        trail_delete(w->t, table, row_span(w->old.data + at, w->key_size));
        count++;
    }
    buf_free(&w->old);
    return count;
}

void purge_note(struct trail *t, int64_t newest)
{
    int64_t known;

    if (row_get(t, &row_purged, row_purged_key(), &known) != TRAIL_FOUND ||
        known < newest)
        row_put(t, &row_purged, row_purged_key(), &newest);
}

static uint32_t purge_rows(uint32_t most)
{
    if (most == 0)
        return ROWS_FOR_EACH;
    return most < ROWS_MAX / ROWS_FOR_EACH ? most * ROWS_FOR_EACH : ROWS_MAX;
}

void purge_run(struct trail *t, struct store_reap *reap)
{
    const uint32_t rows = purge_rows(reap->most);
    struct purge_walk done = {.t = t,
        .now = reap->now,
        .left = rows,
        .next = reap->next_done,
        .key_size = sizeof(reap->next_done),
        .is_old = done_is_old,
        .newest = INT64_MIN};
    struct purge_walk call = {.t = t,
        .now = reap->now,
        .left = rows,
        .next = reap->next_call,
        .key_size = sizeof(reap->next_call),
        .is_old = call_is_old};
    uint32_t ends = purge_table(&done, TABLE_DONE);

    if (ends > 0)
        purge_note(t, done.newest);
    reap->purged = ends + purge_table(&call, TABLE_IDEM);
}
