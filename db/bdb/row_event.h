#ifndef ROW_EVENT_H
#define ROW_EVENT_H

#include "db/store.h"
#include "row.h"

/* TABLE_EVENT, by the first byte of the key:
 * 'a', account id, seq -> struct store_event_row and its text,
 * 'p', project id, NUL, seq -> the same of a project,
 * 'i', event id -> seq, of what has no other way to be written once, and
 * 'c', 'a' or 'p' and the owner as above, consumer -> seq. */

enum {
    ROW_EVENT_PLACE = 1 + STORE_NAME_MAX + 1 + 8,
    ROW_CURSOR_PLACE = 1 + ROW_EVENT_PLACE + STORE_LABEL_MAX
};

/**
 * row_event_owner(owner, place):
 * What the keys of all events of ${owner} begin with. Returns the length.
 */
size_t row_event_owner(
    const struct store_owner *owner, uint8_t place[ROW_EVENT_PLACE]);

/**
 * row_event_place(owner, seq, place), row_event_read(key, owner, seq):
 * Where the event ${seq} of ${owner} stands, with its length; and the reverse,
 * which returns 0, or -1 when ${key} is not that of an event.
 */
size_t row_event_place(const struct store_owner *owner, uint64_t seq,
    uint8_t place[ROW_EVENT_PLACE]);
int row_event_read(struct span key, struct store_owner *owner, uint64_t *seq);

/**
 * row_event_put(t, owner, row, text), row_event_delete(t, owner, row):
 * Write an event of ${owner}; or remove it, and what its id was noted for.
 */
void row_event_put(struct trail *t, const struct store_owner *owner,
    const struct store_event_row *row, struct span text);
void row_event_delete(struct trail *t, const struct store_owner *owner,
    const struct store_event_row *row);

/**
 * row_event_get(t, owner, seq, row):
 * Read the event ${seq} of ${owner}, without its text.
 */
enum trail_result row_event_get(struct trail *t,
    const struct store_owner *owner, uint64_t seq, struct store_event_row *row);

/**
 * row_event_decode(value, row, text):
 * Fill ${row} from ${value} and append its text, if ${text} is not NULL, to it.
 * Returns 0, or -1 when it is not the row of an event; look at text->failed,
 * too.
 */
int row_event_decode(
    struct span value, struct store_event_row *row, struct buf *text);

/**
 * row_event_noted(t, id, seq), row_event_note(t, id, seq):
 * Read or write that the event ${id} has the number ${seq}.
 */
enum trail_result row_event_noted(
    struct trail *t, const uint8_t id[STORE_ID], uint64_t *seq);
void row_event_note(struct trail *t, const uint8_t id[STORE_ID], uint64_t seq);

/**
 * row_cursor_get(t, owner, consumer, seq), row_cursor_put(...),
 * row_cursor_delete(...):
 * Read, write or remove how far ${consumer} has the events of ${owner}.
 */
enum trail_result row_cursor_get(struct trail *t,
    const struct store_owner *owner, const char *consumer, uint64_t *seq);
void row_cursor_put(struct trail *t, const struct store_owner *owner,
    const char *consumer, uint64_t seq);
void row_cursor_delete(
    struct trail *t, const struct store_owner *owner, const char *consumer);

/**
 * row_cursor_next(t, owner, consumer, next, seq):
 * Read the cursor of the first consumer of ${owner} behind ${consumer}, which
 * is ${next}.
 */
enum trail_result row_cursor_next(struct trail *t,
    const struct store_owner *owner, const char *consumer,
    char next[STORE_LABEL_MAX + 1], uint64_t *seq);

/**
 * row_cursor_least(t, owner):
 * The number up to which all consumers have the events of ${owner}; UINT64_MAX
 * when there is none.
 */
uint64_t row_cursor_least(struct trail *t, const struct store_owner *owner);

/**
 * row_cursor_read(key, value, owner, consumer, seq):
 * Read a row of a cursor. Returns 0, or -1 when it is none.
 */
int row_cursor_read(struct span key, struct span value,
    struct store_owner *owner, char consumer[STORE_LABEL_MAX + 1],
    uint64_t *seq);

#endif
