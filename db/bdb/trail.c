#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "trail_txn.h"

enum { ROOM = 512 }; /* most rows fit */

/* A walk fetches its first rows one by one, as most walks are short, then a
 * buffer full of them at a time. Every row fits the buffer many times. */
enum { WALK_SINGLE = 16, WALK_ROOM = 32 << 10 };

enum { LONG_US = 6000 };

static const char not_new[] = "a new row is there already";

static int64_t trail_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void trail_latch(
    struct trail *t, enum trail_cause cause, const char *what, const char *why)
{
    if (t->cause != TRAIL_SOUND)
        return;
    t->cause = cause;
    snprintf(t->why, sizeof(t->why), "%.70s: %.80s", what, why);
}

static void trail_library(struct trail *t, const char *what, int error)
{
    if (t->cause == TRAIL_SOUND)
        t->error = error;
    trail_latch(t, TRAIL_LIBRARY, what, db_strerror(error));
}

/* ---- telling the library ---- */

static DBT trail_dbt(struct span s)
{
    /* The library only reads it. */
    return (DBT){.data = (void *)(uintptr_t)s.p, .size = (uint32_t)s.n};
}

/* NULL when it failed. */
static DB *trail_table(struct trail *t, enum table table)
{
    DB *db;
    int error = env_table(t->env, table, &db);

    if (error != 0)
        trail_library(t, "opening a table", error);
    return db;
}

/* Returns 0, or -1 when it failed. */
static int trail_tell(void *cookie, enum table table, struct span key,
    const struct span *value, bool new)
{
    struct trail *t = cookie;
    DB *db = trail_table(t, table);
    DBT k = trail_dbt(key);
    DBT v;
    int error;

    if (db == NULL)
        return -1;
    members_beat(t->members);
    if (value != NULL) {
        v = trail_dbt(*value);
        error = db->put(db, t->txn, &k, &v, new ? DB_NOOVERWRITE : 0);
    } else {
        error = db->del(db, t->txn, &k, 0);
    }
    if (error == 0 || (value == NULL && error == DB_NOTFOUND))
        return 0;
    if (error == DB_KEYEXIST)
        trail_fail(t, not_new);
    else
        trail_library(
            t, value != NULL ? "writing a row" : "removing a row", error);
    return -1;
}

static void trail_flush(struct trail *t)
{
    if (t->cause == TRAIL_SOUND)
        desk_each(t->desk, trail_tell, t);
}

static void trail_clear(struct trail *t)
{
    trail_flush(t);
    desk_reset(t->desk);
}

/* ---- the transaction ---- */

void trail_begin(struct trail *t)
{
    DB_ENV *library = env_library(t->env);
    int error;

    t->cause = TRAIL_SOUND;
    t->error = 0;
    t->why[0] = 0;
    t->txn = NULL;
    t->begun = trail_clock();
    desk_begin(t->desk, env_epoch(t->env));
    error = library->txn_begin(library, NULL, &t->txn, 0);
    if (error != 0)
        trail_library(t, "beginning a transaction", error);
}

/* Returns 0 when it is committed. */
static int trail_close(struct trail *t)
{
    DB_TXN *txn = t->txn;
    int error;

    if (txn == NULL)
        return -1;
    trail_flush(t);
    t->txn = NULL;
    members_beat(t->members);
    if (t->cause == TRAIL_SOUND) {
        error = txn->commit(txn, 0);
        if (error == 0)
            return 0;
        trail_library(t, "committing", error);
        return -1;
    }
    error = txn->abort(txn);
    if (error != 0) {
        t->cause = TRAIL_SOUND;
        trail_library(t, "undoing a transaction", error);
    }
    return -1;
}

/* What the desk has is what the library has, or it is not to be kept. */
int trail_end(struct trail *t)
{
    int rc = trail_close(t);

    if (rc != 0)
        desk_reset(t->desk);
    return rc;
}

/* ---- rows ---- */

/* Into the buffer's own memory, which grows once for a row that is too big. */
static int trail_fetch(
    struct trail *t, DB *db, struct span key, struct buf *value)
{
    size_t room = value->cap > ROOM ? value->cap : ROOM;
    DBT k = trail_dbt(key);
    DBT v = {.flags = DB_DBT_USERMEM};
    int error = DB_BUFFER_SMALL;

    for (int i = 0; i < 2 && error == DB_BUFFER_SMALL; i++) {
        v.data = buf_reserve(value, room);
        if (v.data == NULL)
            return ENOMEM;
        v.ulen = (uint32_t)room;
        error = db->get(db, t->txn, &k, &v, 0);
        room = v.size;
    }
    if (error == 0)
        buf_commit(value, v.size);
    return error;
}

static enum trail_result trail_read(struct trail *t, const struct buf *value)
{
    if (!value->failed)
        return TRAIL_FOUND;
    trail_fail(t, "out of memory");
    return TRAIL_FAILED;
}

enum trail_result trail_get(
    struct trail *t, enum table table, struct span key, struct buf *value)
{
    DB *db;
    int error;

    assert(table < TABLE_COUNT);
    buf_reset(value);
    if (trail_failed(t))
        return TRAIL_FAILED;
    switch (desk_get(t->desk, table, key, value)) {
    case DESK_PRESENT:
        return trail_read(t, value);
    case DESK_ABSENT:
        return TRAIL_NONE;
    case DESK_UNKNOWN:
        break;
    }
    if ((db = trail_table(t, table)) == NULL)
        return TRAIL_FAILED;
    members_beat(t->members);
    error = trail_fetch(t, db, key, value);
    if (error == 0) {
        desk_note(t->desk, table, key, &(struct span){value->data, value->len});
        return TRAIL_FOUND;
    }
    if (error == DB_NOTFOUND) {
        desk_note(t->desk, table, key, NULL);
        return TRAIL_NONE;
    }
    if (error == ENOMEM)
        trail_fail(t, "out of memory");
    else
        trail_library(t, "reading a row", error);
    return TRAIL_FAILED;
}

static void trail_change(struct trail *t, enum table table, struct span key,
    const struct span *value, bool new)
{
    assert(table < TABLE_COUNT);
    if (trail_failed(t) || desk_change(t->desk, table, key, value, new))
        return;
    trail_clear(t);
    if (trail_failed(t) || desk_change(t->desk, table, key, value, new))
        return;
    trail_tell(t, table, key, value, new);
}

void trail_put(
    struct trail *t, enum table table, struct span key, struct span value)
{
    trail_change(t, table, key, &value, false);
}

void trail_put_new(
    struct trail *t, enum table table, struct span key, struct span value)
{
    if (desk_get(t->desk, table, key, NULL) == DESK_PRESENT)
        trail_fail(t, not_new);
    trail_change(t, table, key, &value, true);
}

void trail_delete(struct trail *t, enum table table, struct span key)
{
    trail_change(t, table, key, NULL, false);
}

/* Returns whether ${row} wants more. */
static bool trail_show(
    struct trail *t, DBT *k, const DBT *v, trail_row_fn *row, void *cookie)
{
    members_beat(t->members);
    return row(cookie, (struct span){k->data, k->size},
        (struct span){v->data, v->size});
}

static int trail_each_single(struct trail *t, DBC *cursor, struct span from,
    trail_row_fn *row, void *cookie, bool *more)
{
    DBT k = trail_dbt(from);
    DBT v = {.flags = 0};
    int error =
        cursor->get(cursor, &k, &v, from.n == 0 ? DB_FIRST : DB_SET_RANGE);

    for (int i = 1; error == 0; i++) {
        *more = trail_show(t, &k, &v, row, cookie);
        if (!*more || i == WALK_SINGLE)
            return 0;
        error = cursor->get(cursor, &k, &v, DB_NEXT);
    }
    return error;
}

static int trail_each_bulk(
    struct trail *t, DBC *cursor, trail_row_fn *row, void *cookie)
{
    uint32_t room[WALK_ROOM / sizeof(uint32_t)];
    DBT bulk = {.data = room, .ulen = sizeof(room), .flags = DB_DBT_USERMEM};
    DBT none = {.flags = 0};
    DBT k = {.flags = 0};
    DBT v = {.flags = 0};
    void *at;
    int error;

    for (;;) {
        error = cursor->get(cursor, &none, &bulk, DB_NEXT | DB_MULTIPLE_KEY);
        if (error != 0)
            return error;
        DB_MULTIPLE_INIT(at, &bulk);
        for (;;) {
            DB_MULTIPLE_KEY_NEXT(at, &bulk, k.data, k.size, v.data, v.size);
            if (at == NULL)
                break;
            if (!trail_show(t, &k, &v, row, cookie))
                return 0;
        }
    }
}

static int trail_each(struct trail *t, DBC *cursor, struct span from,
    trail_row_fn *row, void *cookie)
{
    bool more = false;
    int error = trail_each_single(t, cursor, from, row, cookie, &more);

    if (error == 0 && more)
        error = trail_each_bulk(t, cursor, row, cookie);
    return error == DB_NOTFOUND ? 0 : error;
}

void trail_walk(struct trail *t, enum table table, struct span from,
    trail_row_fn *row, void *cookie)
{
    DB *db;
    DBC *cursor;
    int error;
    int closed;

    assert(table < TABLE_COUNT);
    trail_flush(t);
    if (trail_failed(t) || (db = trail_table(t, table)) == NULL)
        return;
    error = db->cursor(db, t->txn, &cursor, 0);
    if (error == 0) {
        error = trail_each(t, cursor, from, row, cookie);
        closed = cursor->close(cursor);
        if (error == 0)
            error = closed;
    }
    if (error != 0)
        trail_library(t, "walking a table", error);
}

/* ---- the rest ---- */

bool trail_failed(const struct trail *t)
{
    return t->cause != TRAIL_SOUND;
}

void trail_fail(struct trail *t, const char *what)
{
    trail_latch(t, TRAIL_BODY, "verb", what);
}

const uint8_t *trail_ledger_key(const struct trail *t)
{
    return t->ledger_key;
}

struct rate *trail_rate(const struct trail *t)
{
    return t->rate;
}

bool trail_storage_low(const struct trail *t)
{
    return t->storage_low;
}

bool trail_is_long(const struct trail *t)
{
    return trail_clock() - t->begun > LONG_US;
}

bool trail_alone(const struct trail *t)
{
    return !members_others(t->members);
}

void trail_member(const struct trail *t, uint32_t *slot, uint64_t *incarnation)
{
    members_self(t->members, slot, incarnation);
}

bool trail_member_alive(
    const struct trail *t, uint32_t slot, uint64_t incarnation)
{
    return members_alive(t->members, slot, incarnation);
}
