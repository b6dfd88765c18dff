/* A stream means the same however it is cut: in one piece, in two, in pieces
 * of one size, byte by byte. The first two bytes of the input choose the cuts;
 * the rest is the stream. */

#include <stdbool.h>
#include <string.h>

#include "core/sse.h"
#include "fuzz.h"

static int note(void *cookie, struct span name, struct span data)
{
    struct buf *list = cookie;

    buf_printf(list, "%zu,%zu:", name.n, data.n);
    buf_put(list, name.p, name.n);
    buf_put(list, data.p, data.n);
    return name.n == 4 && memcmp(name.p, "stop", 4) == 0;
}

/* Feed in a first piece and then pieces of a size, each from memory of its
 * own. */
static enum sse_error feed(
    struct span stream, size_t first, size_t size, struct buf *list)
{
    struct sse s = {0};
    enum sse_error error = SSE_OK;
    size_t at, step = first;
    char *piece;

    for (at = 0; at < stream.n && error == SSE_OK; at += step) {
        step = at == 0 ? first : size;
        step = stream.n - at < step ? stream.n - at : step;
        piece = malloc(step > 0 ? step : 1);
        FUZZ_CHECK(piece != NULL);
        memcpy(piece, stream.p + at, step);
        error = sse_feed(&s, (struct span){piece, step}, note, list);
        free(piece);
    }
    sse_free(&s);
    FUZZ_CHECK(!list->failed);
    return error;
}

static void compare(struct span stream, size_t first, size_t size,
    enum sse_error error, const struct buf *whole)
{
    struct buf list = {0};

    FUZZ_CHECK(feed(stream, first, size, &list) == error);
    FUZZ_CHECK(list.len == whole->len);
    FUZZ_CHECK(list.len == 0 || memcmp(list.data, whole->data, list.len) == 0);
    buf_free(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole = {0};
    struct span stream;
    enum sse_error error;

    if (size < 3)
        return 0;
    stream = (struct span){(const char *)data + 2, size - 2};
    error = feed(stream, stream.n, stream.n, &whole);
    compare(stream, 1 + data[0] % stream.n, stream.n, error, &whole);
    compare(stream, 1 + data[0], 1 + data[1] % 16u, error, &whole);
    compare(stream, 1, 1, error, &whole);
    buf_free(&whole);
    return 0;
}
