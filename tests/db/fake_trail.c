#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/bdb/verbs.h"
#include "fake_trail.h"

enum { DEAD_MAX = 256 };

struct row {
    struct buf key, value;
};

struct table_rows {
    struct row **rows; /* in key order */
    size_t count, room;
};

/* What a row was before it was written. */
struct undo {
    enum table table;
    struct row before; /* value.data == NULL: there was none */
};

struct trail {
    struct table_rows tables[TABLE_COUNT];
    struct undo *undo;
    size_t undo_count, undo_room;
    bool failed, storage_low;
    const char *why; /* NULL, or said */
    char said[160];
    bool fail_armed;
    unsigned fail_after, writes, long_from;
    struct rate *rate;
    uint8_t ledger_key[MAC_KEY];
    uint32_t slot;
    uint64_t incarnation, dead[DEAD_MAX];
    size_t dead_count;
};

static void *must(void *p)
{
    assert(p != NULL);
    return p;
}

static void buf_copy(struct buf *b, struct span s)
{
    buf_put(b, "", 0);
    must(buf_reserve(b, s.n + 1));
    buf_put(b, s.p, s.n);
}

static struct span buf_span(const struct buf *b)
{
    return (struct span){b->data, b->len};
}

static int compare(struct span a, struct span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

/* The place of the first row of which the key is >= ${key}. */
static size_t find(const struct table_rows *t, struct span key)
{
    size_t low = 0, high = t->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (compare(buf_span(&t->rows[middle]->key), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct row *get(const struct table_rows *t, struct span key)
{
    size_t at = find(t, key);

    if (at == t->count || compare(buf_span(&t->rows[at]->key), key) != 0)
        return NULL;
    return t->rows[at];
}

static void insert(struct table_rows *t, struct span key, struct span value)
{
    size_t at = find(t, key);
    struct row *row = must(calloc(1, sizeof(*row)));

    if (t->count == t->room) {
        t->room = t->room * 2 + 16;
        t->rows = must(realloc(t->rows, t->room * sizeof(struct row *)));
    }
    memmove(
        t->rows + at + 1, t->rows + at, (t->count - at) * sizeof(struct row *));
    buf_copy(&row->key, key);
    buf_copy(&row->value, value);
    t->rows[at] = row;
    t->count++;
}

static void erase(struct table_rows *t, struct span key)
{
    size_t at = find(t, key);
    struct row *row = t->rows[at];

    t->count--;
    memmove(
        t->rows + at, t->rows + at + 1, (t->count - at) * sizeof(struct row *));
    buf_free(&row->key);
    buf_free(&row->value);
    free(row);
}

static void set(struct table_rows *t, struct span key, struct span value)
{
    struct row *row = get(t, key);

    if (row == NULL) {
        insert(t, key, value);
    } else {
        buf_reset(&row->value);
        buf_copy(&row->value, value);
    }
}

static void remember(struct trail *t, enum table table, struct span key)
{
    const struct row *row = get(&t->tables[table], key);
    struct undo *u;

    if (t->undo_count == t->undo_room) {
        t->undo_room = t->undo_room * 2 + 16;
        t->undo = must(realloc(t->undo, t->undo_room * sizeof(*t->undo)));
    }
    u = &t->undo[t->undo_count++];
    *u = (struct undo){.table = table};
    buf_copy(&u->before.key, key);
    if (row != NULL)
        buf_copy(&u->before.value, buf_span(&row->value));
}

static void forget(struct undo *u)
{
    buf_free(&u->before.key);
    buf_free(&u->before.value);
}

/* Whether this call works; counts towards the armed failure. */
static bool call(struct trail *t)
{
    if (t->fail_armed && t->fail_after-- == 0) {
        t->fail_armed = false;
        t->failed = true;
    }
    return !t->failed;
}

/* ---- trail.h ---- */

enum trail_result trail_get(
    struct trail *t, enum table table, struct span key, struct buf *value)
{
    const struct row *row;

    buf_reset(value);
    if (!call(t))
        return TRAIL_FAILED;
    row = get(&t->tables[table], key);
    if (row == NULL)
        return TRAIL_NONE;
    buf_put(value, row->value.data, row->value.len);
    return TRAIL_FOUND;
}

void trail_put(
    struct trail *t, enum table table, struct span key, struct span value)
{
    if (!call(t))
        return;
    t->writes++;
    remember(t, table, key);
    set(&t->tables[table], key, value);
}

void trail_put_new(
    struct trail *t, enum table table, struct span key, struct span value)
{
    if (get(&t->tables[table], key) != NULL)
        trail_fail(t, "a new row is there already");
    trail_put(t, table, key, value);
}

void trail_delete(struct trail *t, enum table table, struct span key)
{
    if (!call(t) || get(&t->tables[table], key) == NULL)
        return;
    t->writes++;
    remember(t, table, key);
    erase(&t->tables[table], key);
}

void trail_walk(struct trail *t, enum table table, struct span from,
    trail_row_fn *row, void *cookie)
{
    const struct table_rows *rows = &t->tables[table];
    unsigned writes = t->writes;

    for (size_t at = find(rows, from); at < rows->count && call(t); at++) {
        if (!row(cookie, buf_span(&rows->rows[at]->key),
                buf_span(&rows->rows[at]->value)))
            break;
    }
    assert(writes == t->writes);
}

bool trail_failed(const struct trail *t)
{
    return t->failed;
}

void trail_fail(struct trail *t, const char *what)
{
    t->failed = true;
    snprintf(t->said, sizeof(t->said), "%s", what);
    t->why = t->said;
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
    return t->writes >= t->long_from;
}

bool trail_alone(const struct trail *t)
{
    (void)t;
    return true;
}

void trail_member(const struct trail *t, uint32_t *slot, uint64_t *incarnation)
{
    *slot = t->slot;
    *incarnation = t->incarnation;
}

bool trail_member_alive(
    const struct trail *t, uint32_t slot, uint64_t incarnation)
{
    (void)slot;
    for (size_t i = 0; i < t->dead_count; i++) {
        if (t->dead[i] == incarnation)
            return false;
    }
    return true;
}

/* ---- fake_trail.h ---- */

struct trail *fake_trail_new(void)
{
    struct trail *t = must(calloc(1, sizeof(*t)));

    memset(t->ledger_key, 7, sizeof(t->ledger_key));
    t->long_from = UINT_MAX;
    t->slot = 1;
    t->incarnation = 1;
    t->rate = must(rate_open("/nonexistent", "boot"));
    if (verbs_prepare(t) != 0)
        abort();
    fake_trail_commit(t);
    return t;
}

void fake_trail_free(struct trail *t)
{
    fake_trail_commit(t);
    for (int i = 0; i < TABLE_COUNT; i++) {
        struct table_rows *rows = &t->tables[i];

        while (rows->count > 0)
            erase(rows, buf_span(&rows->rows[rows->count - 1]->key));
        free(rows->rows);
    }
    rate_close(t->rate);
    free(t->undo);
    free(t);
}

void fake_trail_begin(struct trail *t)
{
    assert(t->undo_count == 0);
    t->failed = false;
    t->why = NULL;
}

void fake_trail_commit(struct trail *t)
{
    while (t->undo_count > 0)
        forget(&t->undo[--t->undo_count]);
}

void fake_trail_abort(struct trail *t)
{
    while (t->undo_count > 0) {
        struct undo *u = &t->undo[--t->undo_count];
        struct table_rows *rows = &t->tables[u->table];
        struct span key = buf_span(&u->before.key);

        if (u->before.value.data != NULL)
            set(rows, key, buf_span(&u->before.value));
        else if (get(rows, key) != NULL)
            erase(rows, key);
        forget(u);
    }
    t->failed = false;
}

enum store_status fake_trail_run(struct trail *t, void *verb)
{
    struct store_verb *v = verb;

    fake_trail_begin(t);
    verbs_run(t, v);
    if (trail_failed(t))
        fake_trail_abort(t);
    else
        fake_trail_commit(t);
    return v->status;
}

void fake_trail_fail_after(struct trail *t, unsigned calls)
{
    t->fail_armed = true;
    t->fail_after = calls;
}

const char *fake_trail_why(const struct trail *t)
{
    return t->why;
}

void fake_trail_set_storage(struct trail *t, bool low)
{
    t->storage_low = low;
}

void fake_trail_set_long(struct trail *t, unsigned writes)
{
    t->long_from = t->writes + writes;
}

void fake_trail_become(struct trail *t, uint32_t slot, uint64_t incarnation)
{
    t->slot = slot;
    t->incarnation = incarnation;
}

void fake_trail_kill(struct trail *t, uint64_t incarnation)
{
    assert(t->dead_count < DEAD_MAX);
    t->dead[t->dead_count++] = incarnation;
}

size_t fake_trail_rows(const struct trail *t, enum table table)
{
    return t->tables[table].count;
}

unsigned fake_trail_writes(const struct trail *t)
{
    return t->writes;
}

struct span fake_trail_row(
    struct trail *t, enum table table, size_t n, struct span *value)
{
    const struct row *row;

    assert(n < t->tables[table].count);
    row = t->tables[table].rows[n];
    *value = buf_span(&row->value);
    return buf_span(&row->key);
}
