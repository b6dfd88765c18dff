#ifndef DESK_H
#define DESK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "trail.h"

/* The rows that transactions work on. Verbs of a batch read and write the same
 * few rows again and again, an account's above all: each is read from the
 * library once, and written to it once, when the desk is cleared. What is known
 * after a commit is known in the next transaction, too, as long as nobody else
 * was inside. Holds a bounded number of rows; what does not fit goes to the
 * library at once. */

struct desk;

enum desk_state {
    DESK_UNKNOWN, /* not here: ask the library */
    DESK_ABSENT,  /* there is no such row */
    DESK_PRESENT
};

/**
 * desk_create():
 * An empty desk; NULL when memory is out. desk_free() takes NULL.
 */
struct desk *desk_create(void);
void desk_free(struct desk *d);

/**
 * desk_reset(d):
 * Forget all rows, written or not.
 */
void desk_reset(struct desk *d);

/**
 * desk_begin(d, epoch):
 * Begin a transaction behind one that was committed, or after a reset. All rows
 * are forgotten if the ${epoch} is not that of before; and now and then anyway,
 * so that there is room.
 */
void desk_begin(struct desk *d, uint64_t epoch);

/**
 * desk_get(d, table, key, value):
 * What is known of a row; its value is appended to ${value}, unless that is
 * NULL, when it is there.
 */
enum desk_state desk_get(
    const struct desk *d, enum table table, struct span key, struct buf *value);

/**
 * desk_note(d, table, key, value):
 * The library says that the row is so; ${value} NULL: absent. May do nothing.
 */
void desk_note(struct desk *d, enum table table, struct span key,
    const struct span *value);

/**
 * desk_change(d, table, key, value, new):
 * The row shall be so; ${value} NULL: absent. ${new}: the library does not have
 * it. Returns false when there is no room, and changes nothing: clear the desk
 * then. A row that an empty desk has no room for is the library's alone.
 */
bool desk_change(struct desk *d, enum table table, struct span key,
    const struct span *value, bool new);

/**
 * desk_each(d, row, cookie):
 * Call ${row} for each row with a change that the library has not been told, in
 * order of the first such change, until it fails with another value than 0;
 * count those as told. Returns that value. ${value} is NULL for a row that
 * shall be absent, ${new} is true for one that the library is not to have.
 */
typedef int desk_row_fn(void *cookie, enum table table, struct span key,
    const struct span *value, bool new);
int desk_each(struct desk *d, desk_row_fn *row, void *cookie);

#endif
