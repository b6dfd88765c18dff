#include <stdlib.h>
#include <string.h>

#include "desk.h"

enum {
    ROWS = 512,        /* at once */
    SLOTS = 2048,      /* of the hash; a power of two, a few times ROWS */
    BYTES = 256 << 10, /* of keys and values */
    GROWTH = 16        /* room for a value that gets longer */
};

struct desk_row {
    enum table table;
    bool present;
    bool changed;
    uint32_t key, key_len; /* in bytes[] */
    uint32_t value, value_len, room;
};

struct desk {
    struct desk_row rows[ROWS];
    uint32_t count;
    uint16_t slots[SLOTS]; /* index of a row, plus one */
    uint32_t used;         /* of bytes[] */
    char bytes[BYTES];
};

struct desk *desk_create(void)
{
    return calloc(1, sizeof(struct desk));
}

void desk_free(struct desk *d)
{
    free(d);
}

void desk_reset(struct desk *d)
{
    if (d->count > 0)
        memset(d->slots, 0, sizeof(d->slots));
    d->count = 0;
    d->used = 0;
}

/* FNV-1a; ids are random or nearly so. */
static uint32_t hash(enum table table, struct span key)
{
    uint32_t h = 2166136261u ^ (uint32_t)table;

    for (size_t i = 0; i < key.n; i++)
        h = (h ^ (unsigned char)key.p[i]) * 16777619u;
    return h;
}

/* The slot of the row, or the free one where it would go. */
static uint16_t *find_slot(struct desk *d, enum table table, struct span key)
{
    uint32_t i = hash(table, key) & (SLOTS - 1);
    const struct desk_row *row;

    for (; d->slots[i] != 0; i = (i + 1) & (SLOTS - 1)) {
        row = &d->rows[d->slots[i] - 1];
        if (row->table == table && row->key_len == key.n &&
            memcmp(d->bytes + row->key, key.p, key.n) == 0)
            break;
    }
    return &d->slots[i];
}

static struct desk_row *find(
    const struct desk *d, enum table table, struct span key)
{
    /* Nothing is written through it. */
    struct desk *mine = (struct desk *)(uintptr_t)d;
    uint16_t slot = *find_slot(mine, table, key);

    return slot != 0 ? &mine->rows[slot - 1] : NULL;
}

static bool fits(const struct desk *d, size_t n)
{
    return n <= BYTES - d->used;
}

static uint32_t place(struct desk *d, struct span s, size_t room)
{
    uint32_t at = d->used;

    memcpy(d->bytes + at, s.p, s.n);
    d->used += (uint32_t)room;
    return at;
}

static struct desk_row *add(struct desk *d, enum table table, struct span key)
{
    struct desk_row *row = &d->rows[d->count];

    *find_slot(d, table, key) = (uint16_t)++d->count;
    *row = (struct desk_row){.table = table, .key_len = (uint32_t)key.n};
    row->key = place(d, key, key.n);
    return row;
}

/* Whether the value can be set: in its old place, or in a new one. */
static bool has_place(
    const struct desk *d, const struct desk_row *row, const struct span *value)
{
    return value == NULL || value->n <= row->room || fits(d, value->n + GROWTH);
}

static void set(struct desk *d, struct desk_row *row, const struct span *value)
{
    row->present = value != NULL;
    if (value == NULL)
        return;
    row->value_len = (uint32_t)value->n;
    if (value->n <= row->room) {
        memcpy(d->bytes + row->value, value->p, value->n);
        return;
    }
    row->room = (uint32_t)value->n + GROWTH;
    row->value = place(d, *value, row->room);
}

enum desk_state desk_get(
    const struct desk *d, enum table table, struct span key, struct buf *value)
{
    const struct desk_row *row = find(d, table, key);

    if (row == NULL)
        return DESK_UNKNOWN;
    if (!row->present)
        return DESK_ABSENT;
    buf_put(value, d->bytes + row->value, row->value_len);
    return DESK_PRESENT;
}

static bool has_room(
    const struct desk *d, struct span key, const struct span *value)
{
    return d->count < ROWS &&
           fits(d, key.n + GROWTH + (value != NULL ? value->n : 0));
}

void desk_note(
    struct desk *d, enum table table, struct span key, const struct span *value)
{
    if (has_room(d, key, value) && find(d, table, key) == NULL)
        set(d, add(d, table, key), value);
}

bool desk_change(
    struct desk *d, enum table table, struct span key, const struct span *value)
{
    struct desk_row *row = find(d, table, key);

    if (row == NULL && !has_room(d, key, value))
        return false;
    if (row == NULL)
        row = add(d, table, key);
    else if (!has_place(d, row, value))
        return false;
    set(d, row, value);
    row->changed = true;
    return true;
}

int desk_each(struct desk *d, desk_row_fn *row, void *cookie)
{
    int rc = 0;

    for (uint32_t i = 0; i < d->count && rc == 0; i++) {
        struct desk_row *r = &d->rows[i];
        const struct span key = {d->bytes + r->key, r->key_len};
        const struct span value = {d->bytes + r->value, r->value_len};

        if (!r->changed)
            continue;
        rc = row(cookie, r->table, key, r->present ? &value : NULL);
        r->changed = rc != 0;
    }
    return rc;
}
