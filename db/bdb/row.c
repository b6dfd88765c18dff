#include <string.h>

#include "row.h"

int row_decode(const struct row_kind *kind, struct span value, void *row)
{
    struct rec r;

    memset(row, 0, kind->size);
    rec_read(&r, kind->version, value);
    kind->fields(&r, row);
    return rec_done(&r) ? 0 : -1;
}

bool row_decode_or_fail(
    struct trail *t, const struct row_kind *kind, struct span value, void *row)
{
    if (row_decode(kind, value, row) == 0)
        return true;
    trail_fail(t, kind->unreadable);
    return false;
}

enum trail_result row_get(
    struct trail *t, const struct row_kind *kind, struct span key, void *row)
{
    struct buf value = {0};
    enum trail_result result = trail_get(t, kind->table, key, &value);
    struct span span = {value.data, value.len};

    if (result == TRAIL_FOUND && !row_decode_or_fail(t, kind, span, row))
        result = TRAIL_FAILED;
    buf_free(&value);
    return result;
}

typedef void put_fn(
    struct trail *t, enum table table, struct span key, struct span value);

static void write_row(struct trail *t, const struct row_kind *kind,
    struct span key, const void *row, put_fn *put)
{
    uint8_t space[REC_MAX];
    struct rec r;
    struct span value = {(const char *)space, 0};

    rec_write(&r, kind->version, space);
    kind->fields(&r, (void *)(uintptr_t)row);
    value.n = rec_seal(&r);
    if (value.n == 0)
        trail_fail(t, "a row is too long to be written");
    else
        put(t, kind->table, key, value);
}

void row_put(struct trail *t, const struct row_kind *kind, struct span key,
    const void *row)
{
    write_row(t, kind, key, row, trail_put);
}

void row_put_new(struct trail *t, const struct row_kind *kind, struct span key,
    const void *row)
{
    write_row(t, kind, key, row, trail_put_new);
}

struct span row_span(const void *p, size_t n)
{
    return (struct span){p, n};
}
