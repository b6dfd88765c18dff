#include <string.h>

#include "phrase.h"
#include "row_event.h"
#include "row_long.h"

static void event_fields(struct rec *r, void *row)
{
    struct store_event_row *e = row;

    rec_u64(r, &e->seq);
    rec_bytes(r, e->id, sizeof(e->id));
    rec_i64(r, &e->time);
    rec_text(r, e->target, sizeof(e->target));
    rec_bytes(r, e->mac, sizeof(e->mac));
}

static void seq_fields(struct rec *r, void *row)
{
    rec_u64(r, row);
}

/* Since version 2 the text is packed. */
static const struct row_kind event_kind = {TABLE_EVENT, 2,
    sizeof(struct store_event_row), event_fields, "an event is unreadable"};

static const struct row_long row_event = {&event_kind, STORE_EVENT_MAX};

static const struct row_kind row_note = {TABLE_EVENT, 1, sizeof(uint64_t),
    seq_fields, "the row of an event's id is unreadable"};

static const struct row_kind row_cursor = {TABLE_EVENT, 1, sizeof(uint64_t),
    seq_fields, "the row of a cursor is unreadable"};

/* ---- places ---- */

size_t row_event_owner(
    const struct store_owner *owner, uint8_t place[ROW_EVENT_PLACE])
{
    const size_t n = strlen(owner->project) + 1;

    if (n > 1) {
        place[0] = 'p';
        memcpy(place + 1, owner->project, n);
        return 1 + n;
    }
    place[0] = 'a';
    memcpy(place + 1, owner->account, STORE_ID);
    return 1 + STORE_ID;
}

/* The owner that ${key} begins with; returns how many bytes that are, or 0. */
static size_t read_owner(struct span key, struct store_owner *owner)
{
    size_t n;

    *owner = (struct store_owner){0};
    if (key.n > STORE_ID && key.p[0] == 'a') {
        memcpy(owner->account, key.p + 1, STORE_ID);
        return 1 + STORE_ID;
    }
    if (key.n < 2 || key.p[0] != 'p')
        return 0;
    n = strnlen(key.p + 1, key.n - 1);
    if (n == 0 || n > STORE_NAME_MAX || 1 + n == key.n)
        return 0;
    memcpy(owner->project, key.p + 1, n);
    return 1 + n + 1;
}

size_t row_event_place(const struct store_owner *owner, uint64_t seq,
    uint8_t place[ROW_EVENT_PLACE])
{
    size_t n = row_event_owner(owner, place);

    for (int i = 0; i < 8; i++)
        place[n++] = (uint8_t)(seq >> (56 - 8 * i));
    return n;
}

int row_event_read(struct span key, struct store_owner *owner, uint64_t *seq)
{
    const size_t n = read_owner(key, owner);

    if (n == 0 || key.n != n + 8)
        return -1;
    *seq = 0;
    for (size_t i = 0; i < 8; i++)
        *seq = *seq << 8 | (uint8_t)key.p[n + i];
    return 0;
}

/* ---- events ---- */

static struct span note_place(
    const uint8_t id[STORE_ID], uint8_t place[1 + STORE_ID])
{
    place[0] = 'i';
    memcpy(place + 1, id, STORE_ID);
    return row_span(place, 1 + STORE_ID);
}

void row_event_put(struct trail *t, const struct store_owner *owner,
    const struct store_event_row *row, struct span text)
{
    uint8_t place[ROW_EVENT_PLACE];
    const size_t n = row_event_place(owner, row->seq, place);
    struct buf packed = {0};

    phrase_pack(text, &packed);
    if (text.n > STORE_EVENT_MAX)
        trail_fail(t, "an event is too long to be written");
    else if (packed.failed)
        trail_fail(t, "out of memory for an event");
    else
        row_long_put(t, &row_event, row_span(place, n), row,
            (struct span){packed.data, packed.len});
    buf_free(&packed);
}

enum trail_result row_event_get(struct trail *t,
    const struct store_owner *owner, uint64_t seq, struct store_event_row *row)
{
    uint8_t place[ROW_EVENT_PLACE];
    const size_t n = row_event_place(owner, seq, place);

    return row_long_get(t, &row_event, row_span(place, n), row, NULL);
}

int row_event_decode(
    struct span value, struct store_event_row *row, struct buf *text)
{
    struct span packed;

    if (row_long_decode(&row_event, value, row, &packed) != 0)
        return -1;
    return text != NULL ? phrase_unpack(packed, text) : 0;
}

void row_event_delete(struct trail *t, const struct store_owner *owner,
    const struct store_event_row *row)
{
    uint8_t place[ROW_EVENT_PLACE], note[1 + STORE_ID];
    const size_t n = row_event_place(owner, row->seq, place);

    trail_delete(t, TABLE_EVENT, row_span(place, n));
    trail_delete(t, TABLE_EVENT, note_place(row->id, note));
}

enum trail_result row_event_noted(
    struct trail *t, const uint8_t id[STORE_ID], uint64_t *seq)
{
    uint8_t place[1 + STORE_ID];

    return row_get(t, &row_note, note_place(id, place), seq);
}

void row_event_note(struct trail *t, const uint8_t id[STORE_ID], uint64_t seq)
{
    uint8_t place[1 + STORE_ID];

    row_put(t, &row_note, note_place(id, place), &seq);
}

/* ---- cursors ---- */

static struct span cursor_place(const struct store_owner *owner,
    const char *consumer, uint8_t place[ROW_CURSOR_PLACE])
{
    const size_t length = strnlen(consumer, STORE_LABEL_MAX);
    size_t n = 1;

    place[0] = 'c';
    n += row_event_owner(owner, place + 1);
    memcpy(place + n, consumer, length);
    return row_span(place, n + length);
}

enum trail_result row_cursor_get(struct trail *t,
    const struct store_owner *owner, const char *consumer, uint64_t *seq)
{
    uint8_t place[ROW_CURSOR_PLACE];

    return row_get(t, &row_cursor, cursor_place(owner, consumer, place), seq);
}

void row_cursor_put(struct trail *t, const struct store_owner *owner,
    const char *consumer, uint64_t seq)
{
    uint8_t place[ROW_CURSOR_PLACE];

    row_put(t, &row_cursor, cursor_place(owner, consumer, place), &seq);
}

void row_cursor_delete(
    struct trail *t, const struct store_owner *owner, const char *consumer)
{
    uint8_t place[ROW_CURSOR_PLACE];

    trail_delete(t, TABLE_EVENT, cursor_place(owner, consumer, place));
}

int row_cursor_read(struct span key, struct span value,
    struct store_owner *owner, char consumer[STORE_LABEL_MAX + 1],
    uint64_t *seq)
{
    size_t n;

    if (key.n == 0 || key.p[0] != 'c')
        return -1;
    key = (struct span){key.p + 1, key.n - 1};
    n = read_owner(key, owner);
    if (n == 0 || n == key.n || key.n - n > STORE_LABEL_MAX)
        return -1;
    memset(consumer, 0, STORE_LABEL_MAX + 1);
    memcpy(consumer, key.p + n, key.n - n);
    return row_decode(&row_cursor, value, seq);
}

struct next {
    struct trail *t;
    struct span prefix; /* of all cursors of the owner */
    struct span after;
    char *consumer;
    uint64_t *seq;
    enum trail_result result;
};

static bool next_row(void *cookie, struct span key, struct span value)
{
    struct next *n = cookie;
    struct store_owner owner;

    if (key.n == n->after.n && memcmp(key.p, n->after.p, key.n) == 0)
        return true;
    if (key.n < n->prefix.n || memcmp(key.p, n->prefix.p, n->prefix.n) != 0)
        return false;
    if (row_cursor_read(key, value, &owner, n->consumer, n->seq) == 0)
        n->result = TRAIL_FOUND;
    else
        trail_fail(n->t, row_cursor.unreadable);
    return false;
}

enum trail_result row_cursor_next(struct trail *t,
    const struct store_owner *owner, const char *consumer,
    char next[STORE_LABEL_MAX + 1], uint64_t *seq)
{
    uint8_t all[ROW_CURSOR_PLACE], place[ROW_CURSOR_PLACE];
    struct next n = {t, cursor_place(owner, "", all),
        cursor_place(owner, consumer, place), next, seq, TRAIL_NONE};

    trail_walk(t, TABLE_EVENT, n.after, next_row, &n);
    return trail_failed(t) ? TRAIL_FAILED : n.result;
}

struct least {
    struct trail *t;
    struct span prefix;
    uint64_t seq;
};

static bool least_row(void *cookie, struct span key, struct span value)
{
    struct least *l = cookie;
    uint64_t seq;

    if (key.n < l->prefix.n || memcmp(key.p, l->prefix.p, l->prefix.n) != 0)
        return false;
    if (!row_decode_or_fail(l->t, &row_cursor, value, &seq))
        return false;
    if (seq < l->seq)
        l->seq = seq;
    return true;
}

uint64_t row_cursor_least(struct trail *t, const struct store_owner *owner)
{
    uint8_t place[ROW_CURSOR_PLACE];
    struct least l = {t, cursor_place(owner, "", place), UINT64_MAX};

    trail_walk(t, TABLE_EVENT, l.prefix, least_row, &l);
    return l.seq;
}
