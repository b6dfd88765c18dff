#include <string.h>

#include "row_long.h"

enum { PREFIX = 2 };

/* The kind's fields, then what ensures the text. */
static void long_fields(const struct row_long *kind, struct rec *r, void *row,
    uint64_t *length, uint32_t *crc)
{
    kind->kind->fields(r, row);
    rec_u64(r, length);
    rec_u32(r, crc);
}

int row_long_decode(const struct row_long *kind, struct span value, void *row,
    struct span *text)
{
    const uint8_t *p = (const uint8_t *)value.p;
    uint64_t length;
    uint32_t crc;
    size_t head;
    struct rec r;

    memset(row, 0, kind->kind->size);
    if (value.n < PREFIX)
        return -1;
    head = (size_t)p[0] << 8 | p[1];
    if (value.n - PREFIX < head)
        return -1;
    rec_read(&r, kind->kind->version, (struct span){value.p + PREFIX, head});
    long_fields(kind, &r, row, &length, &crc);
    *text = (struct span){value.p + PREFIX + head, value.n - PREFIX - head};
    if (!rec_done(&r) || length != text->n ||
        crc != rec_crc32c(p + PREFIX + head, text->n))
        return -1;
    return 0;
}

enum trail_result row_long_get(struct trail *t, const struct row_long *kind,
    struct span key, void *row, struct buf *text)
{
    struct buf value = {0};
    struct span found;
    enum trail_result result = trail_get(t, kind->kind->table, key, &value);
    struct span span = {value.data, value.len};

    if (result == TRAIL_FOUND && row_long_decode(kind, span, row, &found) < 0) {
        trail_fail(t, kind->kind->unreadable);
        result = TRAIL_FAILED;
    }
    if (result == TRAIL_FOUND && text != NULL) {
        buf_reset(text);
        buf_put(text, found.p, found.n);
        if (text->failed) {
            trail_fail(t, "out of memory for a row");
            result = TRAIL_FAILED;
        }
    }
    buf_free(&value);
    return result;
}

void row_long_put(struct trail *t, const struct row_long *kind, struct span key,
    const void *row, struct span text)
{
    uint8_t space[PREFIX + REC_MAX];
    uint64_t length = text.n;
    uint32_t crc = rec_crc32c((const uint8_t *)text.p, text.n);
    struct buf value = {0};
    struct rec r;
    size_t n;

    rec_write(&r, kind->kind->version, space + PREFIX);
    long_fields(kind, &r, (void *)(uintptr_t)row, &length, &crc);
    n = rec_seal(&r);
    if (n == 0 || text.n > kind->text_max) {
        trail_fail(t, "a row is too long to be written");
        return;
    }
    space[0] = (uint8_t)(n >> 8);
    space[1] = (uint8_t)n;
    buf_put(&value, space, PREFIX + n);
    if (text.n > 0)
        buf_put(&value, text.p, text.n);
    if (value.failed)
        trail_fail(t, "out of memory for a row");
    else
        trail_put(
            t, kind->kind->table, key, (struct span){value.data, value.len});
    buf_free(&value);
}
