#ifndef ROW_LONG_H
#define ROW_LONG_H

#include "row.h"

/* Rows with a text of any length behind their fields: the length of the row of
 * fields in two bytes, that row, the text. The row's kind is as any other; what
 * ensures the text is in it too, behind the kind's own fields. */

struct row_long {
    const struct row_kind *kind;
    size_t text_max;
};

/**
 * row_long_decode(kind, value, row, text):
 * Fill ${row} from ${value}, in which ${text} will lie. Returns 0, or -1 when
 * it is not a row of ${kind}.
 */
int row_long_decode(const struct row_long *kind, struct span value, void *row,
    struct span *text);

/**
 * row_long_get(t, kind, key, row, text):
 * Read the row of ${key} into ${row} and its text, if ${text} is not NULL, into
 * it (emptied first).
 */
enum trail_result row_long_get(struct trail *t, const struct row_long *kind,
    struct span key, void *row, struct buf *text);

/**
 * row_long_put(t, kind, key, row, text):
 * Write ${row} and ${text} under ${key}.
 */
void row_long_put(struct trail *t, const struct row_long *kind, struct span key,
    const void *row, struct span text);

#endif
