/* An answer means the same however it is cut: its head, its body, its verdict
 * and the bytes that are left. The first two bytes of the input choose the
 * cuts; the rest is what comes on the connection. */

#include <string.h>

#include "core/http_answer.h"
#include "fuzz.h"

/* What has been read of an answer. */
struct reading {
    struct buf head, body;
    enum http_part verdict; /* HTTP_MORE: it was broken off */
    enum http_part closed;
    size_t used;
    bool keep;
};

static void note_head(struct reading *r, const struct http_answer *a)
{
    FUZZ_CHECK(r->head.len == 0 && r->body.len == 0);
    FUZZ_CHECK(a->head.status >= 200 && a->head.status <= 999);
    buf_printf(&r->head, "%d %s %u %d", a->head.status, a->head.content_type,
        a->head.retry_after, (int)a->coding);
}

static void note_body(struct reading *r, struct span body, struct span piece)
{
    FUZZ_CHECK(r->head.len > 0 && body.n > 0);
    FUZZ_CHECK(body.p >= piece.p && body.p + body.n <= piece.p + piece.n);
    buf_put(&r->body, body.p, body.n);
}

/* Read a piece to its end, or to that of the answer. */
static enum http_part read_piece(
    struct http_answer *a, struct span piece, struct reading *r)
{
    struct span in = piece, body = {NULL, 0};
    enum http_part part;

    while ((part = http_answer_next(a, &in, &body)) == HTTP_HEAD ||
           part == HTTP_BODY) {
        if (part == HTTP_HEAD)
            note_head(r, a);
        else
            note_body(r, body, piece);
        FUZZ_CHECK(in.p + in.n == piece.p + piece.n);
    }
    FUZZ_CHECK(part != HTTP_MORE || in.n == 0);
    if (part == HTTP_END) {
        r->keep = a->keep;
        FUZZ_CHECK(http_answer_next(a, &in, &body) == HTTP_END);
    }
    r->used += piece.n - in.n;
    return part;
}

/* Read in a first piece and then pieces of a size, each from memory of its
 * own. */
static void read_cut(
    struct span stream, size_t first, size_t size, struct reading *r)
{
    struct http_answer a = {0};
    size_t at, step;
    char *piece;

    r->verdict = HTTP_MORE;
    for (at = 0; at < stream.n && r->verdict == HTTP_MORE; at += step) {
        step = at == 0 ? first : size;
        step = stream.n - at < step ? stream.n - at : step;
        piece = malloc(step);
        FUZZ_CHECK(piece != NULL);
        memcpy(piece, stream.p + at, step);
        r->verdict = read_piece(&a, (struct span){piece, step}, r);
        free(piece);
    }
    r->closed = http_answer_close(&a);
    http_answer_free(&a);
    FUZZ_CHECK(!r->head.failed && !r->body.failed);
}

static bool same(const struct buf *a, const struct buf *b)
{
    return a->len == b->len &&
           (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static void free_reading(struct reading *r)
{
    buf_free(&r->head);
    buf_free(&r->body);
}

static void compare(
    struct span stream, size_t first, size_t size, const struct reading *whole)
{
    struct reading r = {0};

    read_cut(stream, first, size, &r);
    FUZZ_CHECK(r.verdict == whole->verdict);
    FUZZ_CHECK(same(&r.head, &whole->head) && same(&r.body, &whole->body));
    FUZZ_CHECK(r.keep == whole->keep);
    if (r.verdict == HTTP_END)
        FUZZ_CHECK(r.used == whole->used);
    if (r.verdict == HTTP_MORE)
        FUZZ_CHECK(r.closed == whole->closed);
    free_reading(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reading whole = {0};
    struct span stream;

    if (size < 3)
        return 0;
    stream = (struct span){(const char *)data + 2, size - 2};
    read_cut(stream, stream.n, stream.n, &whole);
    compare(stream, 1 + data[0] % stream.n, stream.n, &whole);
    compare(stream, 1 + data[0], 1 + data[1] % 16u, &whole);
    compare(stream, 1, 1, &whole);
    free_reading(&whole);
    return 0;
}
