/* A text folds the same however it is cut; folded text folds to itself, and a
 * text with references to what its bytes fold to without them; every unit has a
 * place in the text. The first two bytes of the input choose the cuts. */

#include <string.h>

#include <utf8proc.h>

#include "core/fold.h"
#include "fuzz.h"

/* How a text is folded. */
struct way {
    enum fold_form form;
    bool decodes;
};

/* The units of a text in a first piece and then pieces of a size, each from
 * memory of its own. */
static void fold_pieces(struct way way, struct span text, size_t first,
    size_t size, struct buf *out)
{
    struct fold_unit units[2 * FOLD_ROOM];
    struct span piece;
    size_t at, n, used;
    struct fold f;
    char *copy;

    buf_reset(out);
    fold_begin(&f, way.form);
    if (way.decodes)
        fold_decode(&f);
    for (at = 0; at < text.n; at += n) {
        n = at == 0 ? first : size;
        n = text.n - at < n ? text.n - at : n;
        copy = malloc(n);
        FUZZ_CHECK(copy != NULL);
        memcpy(copy, text.p + at, n);
        for (piece = (struct span){copy, n}; piece.n > 0;) {
            size_t count;

            used = fold_feed(&f, piece, units, 2 * FOLD_ROOM, &count);
            FUZZ_CHECK(used <= piece.n && count <= 2 * FOLD_ROOM);
            FUZZ_CHECK(fold_pending(&f) <= f.at);
            buf_put(out, units, count * sizeof(units[0]));
            piece.p += used;
            piece.n -= used;
        }
        free(copy);
    }
    n = fold_end(&f, units);
    FUZZ_CHECK(n <= FOLD_ROOM && fold_pending(&f) == text.n);
    buf_put(out, units, n * sizeof(units[0]));
    FUZZ_CHECK(!out->failed);
}

static const struct fold_unit *unit(const struct buf *b, size_t i)
{
    return (const struct fold_unit *)(const void *)b->data + i;
}

static void compare(const struct buf *x, const struct buf *y)
{
    FUZZ_CHECK(x->len == y->len);
    for (size_t i = 0; i < x->len / sizeof(struct fold_unit); i++) {
        FUZZ_CHECK(unit(x, i)->cp == unit(y, i)->cp);
        FUZZ_CHECK(unit(x, i)->letter.cp == unit(y, i)->letter.cp);
        FUZZ_CHECK(unit(x, i)->begin == unit(y, i)->begin);
        FUZZ_CHECK(unit(x, i)->end == unit(y, i)->end);
    }
}

static void check_places(const struct buf *units, size_t n)
{
    for (size_t i = 0; i < units->len / sizeof(struct fold_unit); i++)
        FUZZ_CHECK(unit(units, i)->begin < unit(units, i)->end &&
                   unit(units, i)->end <= n && unit(units, i)->cp < 0x110000);
}

/* Whether so many marks follow each other that they are put in order in parts:
 * where those end depends on what has been composed. */
static bool is_crowded(const struct buf *units)
{
    utf8proc_int32_t cp;
    size_t run = 0;

    for (size_t i = 0; i < units->len / sizeof(struct fold_unit); i++) {
        cp = (utf8proc_int32_t)unit(units, i)->cp;
        run = utf8proc_get_property(cp)->combining_class != 0 ? run + 1 : 0;
        if (run > FOLD_SEGMENT / 2)
            return true;
    }
    return false;
}

static void check_stable(enum fold_form form, struct span text)
{
    struct buf once = {0}, twice = {0};

    fold_text(form, text, &once);
    fold_text(form, (struct span){once.data, once.len}, &twice);
    FUZZ_CHECK(!once.failed && !twice.failed && once.len == twice.len);
    FUZZ_CHECK(once.len == 0 || memcmp(once.data, twice.data, once.len) == 0);
    buf_free(&once);
    buf_free(&twice);
}

/* A text's references taken for what they stand for, one after the other. */
static void decode(struct span text, struct buf *out)
{
    struct reference r;
    size_t n;

    while (text.n > 0) {
        n = reference_find(text);
        buf_put(out, text.p, n);
        text.p += n;
        text.n -= n;
        if (text.n == 0)
            break;
        n = reference_read(text, true, &r);
        FUZZ_CHECK(n <= REFERENCE_MAX && n <= text.n);
        buf_put(out, n > 0 ? r.bytes : text.p, n > 0 ? r.count : 1);
        n = n > 0 ? n : 1;
        text.p += n;
        text.n -= n;
    }
}

static void check_decoded(struct span text, const struct buf *units)
{
    static const struct way plainly = {FOLD_SKELETON, false};
    struct buf bytes = {0}, expect = {0};

    decode(text, &bytes);
    fold_pieces(plainly, (struct span){bytes.data, bytes.len}, bytes.len,
        bytes.len, &expect);
    FUZZ_CHECK(expect.len == units->len);
    for (size_t i = 0; i < expect.len / sizeof(struct fold_unit); i++)
        FUZZ_CHECK(unit(units, i)->cp == unit(&expect, i)->cp &&
                   unit(units, i)->letter.cp == unit(&expect, i)->letter.cp);
    buf_free(&bytes);
    buf_free(&expect);
}

static void check(
    struct way way, struct span text, const uint8_t *cut, struct buf *whole)
{
    struct buf pieces = {0};

    fold_pieces(way, text, text.n, text.n, whole);
    check_places(whole, text.n);
    fold_pieces(way, text, 1 + cut[0] % text.n, text.n, &pieces);
    compare(&pieces, whole);
    fold_pieces(way, text, 1 + cut[0], 1 + cut[1] % 16u, &pieces);
    compare(&pieces, whole);
    fold_pieces(way, text, 1, 1, &pieces);
    compare(&pieces, whole);
    buf_free(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole = {0};
    struct span text;

    if (size < 3)
        return 0;
    text = (struct span){(const char *)data + 2, size - 2};
    for (int form = FOLD_PLAIN; form <= FOLD_SKELETON; form++) {
        check((struct way){form, false}, text, data, &whole);
        if (!is_crowded(&whole))
            check_stable(form, text);
    }
    check((struct way){FOLD_SKELETON, true}, text, data, &whole);
    check_decoded(text, &whole);
    buf_free(&whole);
    return 0;
}
