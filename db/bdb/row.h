#ifndef ROW_H
#define ROW_H

#include "rec.h"
#include "trail.h"

/* What all kinds of rows share. Each kind has a list of fields and a version;
 * row_get() and row_put() do the rest. A row that cannot be read fails the
 * trail: nobody guesses at money. */

/* Run ${row} through ${r}, field by field. A writing cursor only looks. */
typedef void row_fields_fn(struct rec *r, void *row);

struct row_kind {
    enum table table;
    uint8_t version;
    size_t size; /* of the struct */
    row_fields_fn *fields;
    const char *unreadable; /* for the operator's log */
};

/**
 * row_decode(kind, value, row):
 * Fill ${row} from ${value}. Returns 0, or -1 when it is not a row of ${kind}.
 */
int row_decode(const struct row_kind *kind, struct span value, void *row);

/**
 * row_decode_or_fail(t, kind, value, row):
 * As row_decode(), for rows met on a walk: a bad one fails ${t}. Returns
 * whether ${row} is filled.
 */
bool row_decode_or_fail(
    struct trail *t, const struct row_kind *kind, struct span value, void *row);

/**
 * row_get(t, kind, key, row):
 * Read the row of ${key} into ${row}, which is worthless unless TRAIL_FOUND is
 * returned.
 */
enum trail_result row_get(
    struct trail *t, const struct row_kind *kind, struct span key, void *row);

/**
 * row_put(t, kind, key, row), row_put_new(t, kind, key, row):
 * Write ${row} under ${key}; as trail_put() and trail_put_new().
 */
void row_put(struct trail *t, const struct row_kind *kind, struct span key,
    const void *row);
void row_put_new(struct trail *t, const struct row_kind *kind, struct span key,
    const void *row);

/**
 * row_span(p, n):
 * ${n} bytes at ${p} as a key.
 */
struct span row_span(const void *p, size_t n);

#endif
