#include <assert.h>
#include <string.h>

#include "fold_private.h"

/* Folding of text with references in it. */

void fold_decode(struct fold *f)
{
    f->decodes = true;
}

/* Take the bytes at the front of what was gathered, which are no reference. */
static size_t take_literally(struct fold *f, size_t n, struct fold_unit *out)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += fold_stand_in(
            f, (struct span){f->reference + i, 1}, 1, out + count);
    return count;
}

/* Go on with what may be a reference, or begin one. What has been gathered of
 * it has no sign but its first, so that all of it is literal if that is. */
static size_t take_reference(struct fold *f, struct span text, bool ends,
    size_t *used, struct fold_unit *out)
{
    size_t had = f->gathered, more = REFERENCE_MAX - had, n;
    struct reference r;

    more = text.n < more ? text.n : more;
    memcpy(f->reference + had, text.p, more);
    n = reference_read((struct span){f->reference, had + more}, ends, &r);
    if (n == REFERENCE_OPEN) {
        f->gathered = (uint8_t)(had + more);
        *used = more;
        return 0;
    }
    f->gathered = 0;
    if (n == 0) {
        n = had > 0 ? had : 1;
        *used = n - had;
        return take_literally(f, n, out);
    }
    assert(n >= had);
    *used = n - had;
    return fold_stand_in(f, (struct span){r.bytes, r.count}, n, out);
}

size_t fold_feed(struct fold *f, struct span text, struct fold_unit *units,
    size_t room, size_t *count)
{
    size_t at = 0, used, n;
    struct span rest;

    if (!f->decodes)
        return fold_plainly(f, text, units, room, count);
    *count = 0;
    while (at < text.n && room - *count >= FOLD_ROOM) {
        rest = (struct span){text.p + at, text.n - at};
        rest.n = rest.n < room ? rest.n : room;
        if (f->gathered == 0 && (used = reference_find(rest)) > 0) {
            rest.n = used;
            used = fold_plainly(f, rest, units + *count, room - *count, &n);
        } else {
            n = take_reference(f, rest, false, &used, units + *count);
        }
        *count += n;
        at += used;
    }
    return at;
}

size_t fold_end(struct fold *f, struct fold_unit *units)
{
    size_t count = 0, used;

    if (f->gathered > 0)
        count = take_reference(f, (struct span){"", 0}, true, &used, units);
    return count + fold_last(f, units + count);
}

bool fold_agree(const struct fold *f, const struct fold *g)
{
    return f->have + f->gathered + f->waiting == 0 &&
           g->have + g->gathered + g->waiting == 0 && f->blank == g->blank &&
           f->western == g->western && f->latin == g->latin;
}
