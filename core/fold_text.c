#include <utf8proc.h>

#include "fold.h"

static void append(const struct fold_unit *units, size_t n, struct buf *out)
{
    char *room;

    for (size_t i = 0; i < n; i++) {
        room = buf_reserve(out, 4);
        if (room == NULL)
            return;
        buf_commit(out, (size_t)utf8proc_encode_char(
                            (utf8proc_int32_t)units[i].cp, (uint8_t *)room));
    }
}

void fold_text(enum fold_form form, struct span text, struct buf *out)
{
    struct fold_unit units[4 * FOLD_ROOM];
    struct fold f;
    size_t n, used;

    fold_begin(&f, form);
    while (text.n > 0) {
        used = fold_feed(&f, text, units, 4 * FOLD_ROOM, &n);
        append(units, n, out);
        text.p += used;
        text.n -= used;
    }
    n = fold_end(&f, units);
    append(units, n, out);
}
