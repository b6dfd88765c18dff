#include <string.h>

#include "core/id.h"
#include "purge.h"
#include "row_call.h"
#include "row_hold.h"

/* Rows looked at for each hold that the reaper may look at, and at most; and
 * removed at most: the gate is closed meanwhile. In a slice that is long
 * already, because of the calls before us, so few that it hardly matters, but
 * enough for them not to keep us from forgetting. */
enum { ROWS_FOR_EACH = 32, ROWS_MAX = 2048, OLD_MAX = 512, LONG_ROWS = 128 };

#define DAY (86400 * INT64_C(1000000))
#define DONE_KEPT (7 * DAY)
#define DONE_SOUGHT (30 * DAY)

struct purge_walk {
    struct trail *t;
    int64_t now;
    uint32_t left; /* rows to look at */
    uint32_t looked;
    uint32_t removed;
    bool cut;           /* it ended because there was too much to do */
    const uint8_t *end; /* no row from this key on, or NULL */
    uint8_t *next;      /* the cursor: the first row not looked at */
    size_t key_size;    /* of the rows that are meant, and of next */
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

/* Asked after so many rows. */
static bool purge_is_long(const struct purge_walk *w, size_t rows)
{
    return rows > 0 && rows % LONG_ROWS == 0 && trail_is_long(w->t);
}

static bool purge_is_over(struct purge_walk *w)
{
    w->cut = w->old.len >= OLD_MAX * w->key_size || purge_is_long(w, w->looked);
    return w->left == 0 || w->cut;
}

static bool purge_look(void *cookie, struct span key, struct span value)
{
    struct purge_walk *w = cookie;

    if (w->end != NULL && key.n == w->key_size &&
        memcmp(key.p, w->end, key.n) >= 0)
        return false;
    if (purge_is_over(w)) {
        memcpy(w->next, key.p, key.n < w->key_size ? key.n : w->key_size);
        return false;
    }
    w->left--;
    w->looked++;
    if (key.n == w->key_size && w->is_old(w, value))
        buf_put(&w->old, key.p, key.n);
    return true;
}

/* What it does not come to is looked at again. */
static void purge_remove(struct purge_walk *w, enum table table)
{
    const size_t count = w->old.len / w->key_size;

    for (size_t i = 0; i < count; i++) {
        const char *key = w->old.data + i * w->key_size;

        if (purge_is_long(w, i)) {
            w->cut = true;
            memcpy(w->next, key, w->key_size);
            return;
        }
        trail_delete(w->t, table, row_span(key, w->key_size));
        w->removed++;
    }
}

static void purge_table(struct purge_walk *w, enum table table)
{
    uint8_t from[ROW_CALL_KEY];

    memcpy(from, w->next, w->key_size);
    memset(w->next, 0, w->key_size);
    trail_walk(w->t, table, row_span(from, w->key_size), purge_look, w);
    if (w->old.failed)
        trail_fail(w->t, "out of memory for forgetting");
    purge_remove(w, table);
    buf_free(&w->old);
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

uint32_t purge_wait(uint32_t looked, uint32_t removed)
{
    return removed > 0 && removed >= looked / 8 ? PURGE_SOON_MS
                                                : PURGE_LATER_MS;
}

static uint32_t purge_pace(const struct purge_walk *w)
{
    return w->cut ? PURGE_SOON_MS : purge_wait(w->looked, w->removed);
}

/* Ids lead with the time, so what is old lies together; and when the walk over
 * the whole table comes to it the next time may be too late. Ids that the web
 * server made lie anywhere, and are left to that walk. */
static void purge_oldest(struct purge_walk *w)
{
    uint8_t from[STORE_ID] = {0}, end[STORE_ID] = {0};

    if (w->now < DONE_SOUGHT)
        return;
    id_lead(from, w->now - DONE_SOUGHT);
    id_lead(end, w->now - DONE_KEPT);
    w->next = from;
    w->end = end;
    purge_table(w, TABLE_DONE);
}

void purge_run(struct trail *t, struct store_reap *reap)
{
    const uint32_t rows = purge_rows(reap->most);
    const struct purge_walk ends = {.t = t,
        .now = reap->now,
        .left = rows,
        .next = reap->next_done,
        .key_size = sizeof(reap->next_done),
        .is_old = done_is_old,
        .newest = INT64_MIN};
    struct purge_walk oldest = ends;
    struct purge_walk done = ends;
    struct purge_walk call = {.t = t,
        .now = reap->now,
        .left = rows,
        .next = reap->next_call,
        .key_size = sizeof(reap->next_call),
        .is_old = call_is_old};

    purge_oldest(&oldest);
    purge_table(&call, TABLE_IDEM);
    purge_table(&done, TABLE_DONE);
    if (oldest.removed + done.removed > 0)
        purge_note(
            t, oldest.newest > done.newest ? oldest.newest : done.newest);
    reap->purged = oldest.removed + done.removed + call.removed;
    reap->wait_ms = purge_pace(&oldest);
    if (purge_pace(&done) < reap->wait_ms || purge_pace(&call) < reap->wait_ms)
        reap->wait_ms = PURGE_SOON_MS;
}
