#ifndef OUTQ_H
#define OUTQ_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes on their way to a socket. Holds no memory while it is empty. The
 * bound is the owner's: it looks at outq_size() and stops its source above the
 * high mark until the queue has fallen below the low mark. */

enum { OUTQ_HIGH = 64 << 10, OUTQ_LOW = 16 << 10 };

/* {0} is an empty queue. */
struct outq {
    char *data;
    size_t begin, end, cap;
    bool failed; /* memory ran out: the stream has a hole, drop it */
};

/**
 * outq_put(q, data, n):
 * Queue ${n} bytes. Out of memory is latched in q->failed.
 */
void outq_put(struct outq *q, const void *data, size_t n);

/**
 * outq_size(q):
 * Bytes that wait.
 */
size_t outq_size(const struct outq *q);

/* How a flush went. */
enum outq_state { OUTQ_EMPTY, OUTQ_BLOCKED, OUTQ_BROKEN };

/**
 * outq_flush(q, fd):
 * Send what the socket takes, without blocking and without SIGPIPE.
 * OUTQ_BROKEN: the peer is gone or q->failed is set.
 */
enum outq_state outq_flush(struct outq *q, int fd);

/**
 * outq_free(q):
 * Forget what waits and give the memory back.
 */
void outq_free(struct outq *q);

#endif
