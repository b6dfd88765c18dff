#include "buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST = 64 };

static int grow(struct buf *b, size_t n)
{
    size_t need, cap;
    char *data;

    if (__builtin_add_overflow(b->len, n, &need) || need > SIZE_MAX / 2)
        goto err0;
    cap = b->cap > 0 ? 2 * b->cap : BUF_FIRST;
    if (cap < need)
        cap = need;
    data = realloc(b->data, cap);
    if (data == NULL)
        goto err0;
    b->data = data;
    b->cap = cap;
    return 0;

err0:
    b->failed = true;
    return -1;
}

void buf_put_slowly(struct buf *b, const void *data, size_t n)
{
    if (n == 0 || buf_reserve(b, n) == NULL)
        return;
    memcpy(b->data + b->len, data, n);
    b->len += n;
}

void buf_int(struct buf *b, long long value)
{
    char digits[3 * sizeof(value)];
    char *at = digits + sizeof(digits);
    unsigned long long left = (unsigned long long)value;

    if (value < 0)
        left = -left;
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        *--at = '-';
    buf_put(b, at, (size_t)(digits + sizeof(digits) - at));
}

/* The first try is with the room that is there; a text is formatted twice only
 * when it does not fit. */
void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list args, again;
    size_t room;
    int n;

    va_start(args, fmt);
    va_copy(again, args);
    room = b->failed ? 0 : b->cap - b->len;
    n = vsnprintf(room > 0 ? b->data + b->len : NULL, room, fmt, args);
    if (n < 0)
        b->failed = true;
    else if ((size_t)n < room)
        b->len += (size_t)n;
    else if (buf_reserve(b, (size_t)n + 1) != NULL)
        b->len +=
            (size_t)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(args);
}

char *buf_reserve(struct buf *b, size_t n)
{
    if (b->failed)
        return NULL;
    if ((b->data == NULL || n > b->cap - b->len) && grow(b, n) != 0)
        return NULL;
    return b->data + b->len;
}

void buf_commit(struct buf *b, size_t n)
{
    assert(n <= b->cap - b->len);
    b->len += n;
}

void buf_consume(struct buf *b, size_t n)
{
    assert(n <= b->len);
    b->len -= n;
    if (b->len > 0)
        memmove(b->data, b->data + n, b->len);
}

const char *buf_terminate(struct buf *b)
{
    if (buf_reserve(b, 1) == NULL)
        return NULL;
    b->data[b->len] = '\0';
    return b->data;
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->failed = false;
}

void buf_free(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}

bool span_ends(struct span s, const char *tail)
{
    size_t n = strlen(tail);

    return n == 0 || (s.n >= n && memcmp(s.p + s.n - n, tail, n) == 0);
}
