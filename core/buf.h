#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A run of bytes that somebody else owns. Not NUL-terminated. */
struct span {
    const char *p;
    size_t n;
};

/* A growable run of bytes. The first failed allocation is latched in failed;
 * later calls are then no-ops, so that a caller may write straight-line code
 * and look once at the end. {0} is an empty buffer. */
struct buf {
    char *data;
    size_t len;
    size_t cap;
    bool failed;
};

/**
 * buf_put_slowly(b, data, n):
 * buf_put() where there is no room, or nothing to do.
 */
void buf_put_slowly(struct buf *b, const void *data, size_t n);

/**
 * buf_put(b, data, n):
 * Append ${n} bytes from ${data} to ${b}. This and buf_puts() are here because
 * most of what is written are literals, whose length compilers know.
 */
static inline void buf_put(struct buf *b, const void *data, size_t n)
{
    if (n == 0 || b->failed || n > b->cap - b->len) {
        buf_put_slowly(b, data, n);
        return;
    }
    memcpy(b->data + b->len, data, n);
    b->len += n;
}

/**
 * buf_puts(b, s):
 * Append the NUL-terminated string ${s} to ${b}, without its NUL.
 */
static inline void buf_puts(struct buf *b, const char *s)
{
    buf_put(b, s, strlen(s));
}

/**
 * buf_printf(b, fmt, ...):
 * Append text formatted as by printf(3) to ${b}.
 */
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * buf_int(b, value):
 * Append ${value} in decimal, as %lld does, but without printf's cost.
 */
void buf_int(struct buf *b, long long value);

/**
 * buf_reserve(b, n):
 * Make room for ${n} more bytes at the end of ${b} and return where they go,
 * or NULL when memory is out (latched). Follow with buf_commit().
 */
char *buf_reserve(struct buf *b, size_t n);

/**
 * buf_commit(b, n):
 * Count ${n} bytes that were written at buf_reserve()'s place as part of ${b}.
 */
void buf_commit(struct buf *b, size_t n);

/**
 * buf_consume(b, n):
 * Drop the first ${n} bytes of ${b}; the rest moves to the front.
 */
void buf_consume(struct buf *b, size_t n);

/**
 * buf_terminate(b):
 * Write a NUL after the last byte of ${b} (not counted in len) and return the
 * text, or NULL when memory is or was out.
 */
const char *buf_terminate(struct buf *b);

/**
 * buf_reset(b):
 * Empty ${b} but keep its memory; clears the latch.
 */
void buf_reset(struct buf *b);

/**
 * buf_free(b):
 * Give the memory of ${b} back and leave it empty.
 */
void buf_free(struct buf *b);

/**
 * span_is(s, text):
 * Whether ${s} holds exactly the bytes of the string ${text}. Here for the same
 * reason as buf_put().
 */
static inline bool span_is(struct span s, const char *text)
{
    return s.n == strlen(text) && (s.n == 0 || memcmp(s.p, text, s.n) == 0);
}

/**
 * span_ends(s, tail):
 * Whether ${s} ends with the string ${tail}.
 */
bool span_ends(struct span s, const char *tail);

#endif
