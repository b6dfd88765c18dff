#include <stdlib.h>
#include <string.h>

#include "desk.h"

enum {
    ROWS = 1024,    /* at once */
    SLOT_BITS = 12, /* of the hash: a few times ROWS */
    SLOTS = 1 << SLOT_BITS,
    BYTES = 512 << 10, /* of keys and values */
    GROWTH = 16        /* room for a value that gets longer */
};

struct desk_row {
    enum table table;
    bool present;
    bool changed;
    bool new;              /* to the library */
    uint32_t key, key_len; /* in bytes[] */
    uint32_t value, value_len, room;
};

struct desk {
    struct desk_row rows[ROWS];
    uint32_t count;
    uint16_t slots[SLOTS];  /* index of a row, plus one */
    uint16_t changed[ROWS]; /* indexes of rows, in order */
    uint32_t changes;
    uint32_t used; /* of bytes[] */
    uint64_t epoch;
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
    d->changes = 0;
    d->used = 0;
}

void desk_begin(struct desk *d, uint64_t epoch)
{
    if (d->epoch != epoch || d->count > ROWS / 2 || d->used > BYTES / 2)
        desk_reset(d);
    d->epoch = epoch;
}

/* The high bits of a product depend on all of the word. */
static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 32;
}

/* A slot to begin with. */
static uint32_t hash(enum table table, struct span key)
{
    uint64_t h = mix(key.n, (uint64_t)table), word;

    for (; key.n >= sizeof(word);
         key.p += sizeof(word), key.n -= sizeof(word)) {
        memcpy(&word, key.p, sizeof(word));
        h = mix(h, word);
    }
    for (; key.n > 0; key.p++, key.n--)
        h = mix(h, (unsigned char)*key.p);
    return mix(h, 0) >> (64 - SLOT_BITS);
}

/* The slot of the row, or the free one where it would go. */
static uint16_t *find_slot(struct desk *d, enum table table, struct span key)
{
    uint32_t i = hash(table, key);
    const struct desk_row *row;

    for (; d->slots[i] != 0; i = (i + 1) & (SLOTS - 1)) {
        row = &d->rows[d->slots[i] - 1];
        if (row->table == table && row->key_len == key.n &&
            memcmp(d->bytes + row->key, key.p, key.n) == 0)
            break;
    }
    return &d->slots[i];
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

static struct desk_row *add(
    struct desk *d, uint16_t *slot, enum table table, struct span key)
{
    struct desk_row *row = &d->rows[d->count];

    *slot = (uint16_t)++d->count;
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
    /* Nothing is written through it. */
    struct desk *mine = (struct desk *)(uintptr_t)d;
    const uint16_t slot = *find_slot(mine, table, key);
    const struct desk_row *row;

    if (slot == 0)
        return DESK_UNKNOWN;
    row = &d->rows[slot - 1];
    if (!row->present)
        return DESK_ABSENT;
    if (value != NULL)
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
    uint16_t *slot;

    if (!has_room(d, key, value))
        return;
    slot = find_slot(d, table, key);
    if (*slot == 0)
        set(d, add(d, slot, table, key), value);
}

static void mark(struct desk *d, struct desk_row *row)
{
    if (!row->changed)
        d->changed[d->changes++] = (uint16_t)(row - d->rows);
    row->changed = true;
}

bool desk_change(struct desk *d, enum table table, struct span key,
    const struct span *value, bool new)
{
    uint16_t *slot = find_slot(d, table, key);
    struct desk_row *row;

    if (*slot == 0 ? !has_room(d, key, value)
                   : !has_place(d, &d->rows[*slot - 1], value))
        return false;
    row = *slot == 0 ? add(d, slot, table, key) : &d->rows[*slot - 1];
    /* What was removed the library may have until it is told. */
    if (new && !row->changed)
        row->new = true;
    set(d, row, value);
    mark(d, row);
    return true;
}

int desk_each(struct desk *d, desk_row_fn *row, void *cookie)
{
    uint32_t told;
    int rc = 0;

    for (told = 0; told < d->changes; told++) {
        struct desk_row *r = &d->rows[d->changed[told]];
        const struct span key = {d->bytes + r->key, r->key_len};
        const struct span value = {d->bytes + r->value, r->value_len};

        if (r->present || !r->new)
            rc = row(cookie, r->table, key, r->present ? &value : NULL, r->new);
        if (rc != 0)
            break;
        r->changed = r->new = false;
    }
    d->changes -= told;
    memmove(d->changed, d->changed + told, d->changes * sizeof(*d->changed));
    return rc;
}
