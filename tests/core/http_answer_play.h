#ifndef HTTP_ANSWER_PLAY_H
#define HTTP_ANSWER_PLAY_H

/* What the tests of the reader of answers share. What it makes of a stream is
 * written down as "HEAD|BODY|VERDICT", the head as the status and what differs
 * from the common case. The verdict is one of
 *
 *     kept     whole, and the connection may serve again
 *     done     whole, and it may not
 *     open     whole if the connection ends here
 *     short    broken off if the connection ends here
 *     broken
 *
 * and behind a whole answer comes what is left of the stream, if anything is.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http_answer.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"

static inline struct span text_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static inline void note_head(struct buf *list, const struct http_answer *a)
{
    static const char *const codings[] = {"", " packed", " unknown"};

    buf_printf(list, "%d%s", a->head.status, codings[a->coding]);
    if (a->head.content_type[0] != '\0')
        buf_printf(list, " %s", a->head.content_type);
    if (a->head.retry_after > 0)
        buf_printf(list, " after %u", a->head.retry_after);
    buf_puts(list, "|");
}

/* Read a piece from memory of exactly its size, so that a sanitizer sees a
 * look beyond it or back at it afterwards. Returns how it ended; ${used} is
 * what was read of it. */
static inline enum http_part read_piece(
    struct http_answer *a, struct span bytes, struct buf *list, size_t *used)
{
    char *piece = malloc(bytes.n > 0 ? bytes.n : 1);
    struct span in = {piece, bytes.n}, body;
    enum http_part part;

    assert_non_null(piece);
    memcpy(piece, bytes.p, bytes.n);
    while ((part = http_answer_next(a, &in, &body)) == HTTP_HEAD ||
           part == HTTP_BODY) {
        if (part == HTTP_HEAD)
            note_head(list, a);
        else
            assert_true(body.n > 0);
        if (part == HTTP_BODY)
            buf_put(list, body.p, body.n);
    }
    *used = bytes.n - in.n;
    free(piece);
    return part;
}

static inline void note_verdict(struct buf *list, const struct http_answer *a,
    enum http_part part, struct span left)
{
    if (part == HTTP_BROKEN) {
        buf_puts(list, "|broken");
    } else if (part == HTTP_MORE) {
        buf_puts(list, http_answer_close(a) == HTTP_END ? "|open" : "|short");
    } else {
        assert_int_equal(part, HTTP_END);
        buf_puts(list, a->keep ? "|kept" : "|done");
        if (left.n > 0)
            buf_puts(list, "|");
        buf_put(list, left.p, left.n);
    }
}

/* Read ${stream} in a first piece and then pieces of a size. */
static inline void read_cut(
    struct span stream, size_t first, size_t size, struct buf *list)
{
    enum http_part part = HTTP_MORE;
    struct http_answer a = {0};
    size_t at = 0, n = first, used;

    while (part == HTTP_MORE && at < stream.n) {
        n = stream.n - at < n ? stream.n - at : n;
        part = read_piece(&a, (struct span){stream.p + at, n}, list, &used);
        at += used;
        n = size;
    }
    note_verdict(list, &a, part, (struct span){stream.p + at, stream.n - at});
    http_answer_free(&a);
}

static inline void check_cut(
    struct span stream, size_t first, size_t size, const char *expect)
{
    struct buf list = {0};

    read_cut(stream, first, size, &list);
    assert_string_equal(buf_terminate(&list), expect);
    buf_free(&list);
}

/* However it is cut. */
static inline void check_bytes(struct span stream, const char *expect)
{
    for (size_t first = 1; first <= stream.n; first++)
        check_cut(stream, first, stream.n, expect);
    check_cut(stream, 1, 1, expect);
    check_cut(stream, 2, 2, expect);
    check_cut(stream, 3, 3, expect);
}

static inline void check(const char *stream, const char *expect)
{
    check_bytes(text_of(stream), expect);
}

/* An answer with ${fields} and the body "hi", as if it had that length. */
static inline void check_fields(const char *fields, const char *expect)
{
    struct buf stream = {0};

    buf_printf(&stream, OK_HEAD "%s\r\nhi", fields);
    check_bytes((struct span){stream.data, stream.len}, expect);
    buf_free(&stream);
}

#endif
