#include "outq.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* A frame, and few enough bytes for the allocator to have them at hand. */
enum { OUTQ_FIRST = 1024 };

/* Room for ${n} more bytes at the end: slide down what waits, or grow. */
static int make_room(struct outq *q, size_t n)
{
    size_t waits = q->end - q->begin, cap = q->cap;
    char *data;

    if (q->cap - q->end >= n)
        return 0;
    if (q->cap - waits >= n && q->begin >= waits) {
        memcpy(q->data, q->data + q->begin, waits);
        q->begin = 0;
        q->end = waits;
        return 0;
    }
    do {
        if (cap > SIZE_MAX / 4)
            return -1;
        cap = cap == 0 ? OUTQ_FIRST : 2 * cap;
    } while (cap - waits < n);
    if ((data = malloc(cap)) == NULL)
        return -1;
    if (waits > 0)
        memcpy(data, q->data + q->begin, waits);
    free(q->data);
    *q = (struct outq){.data = data, .end = waits, .cap = cap};
    return 0;
}

void outq_put(struct outq *q, const void *data, size_t n)
{
    if (q->failed || n == 0)
        return;
    if (make_room(q, n) == -1) {
        q->failed = true;
        return;
    }
    memcpy(q->data + q->end, data, n);
    q->end += n;
}

size_t outq_size(const struct outq *q)
{
    return q->end - q->begin;
}

enum outq_state outq_flush(struct outq *q, int fd)
{
    while (!q->failed && q->begin < q->end) {
        ssize_t n = send(fd, q->data + q->begin, q->end - q->begin,
            MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n >= 0)
            q->begin += (size_t)n;
        else if (errno == EAGAIN)
            return OUTQ_BLOCKED;
        else if (errno != EINTR)
            return OUTQ_BROKEN;
    }
    if (q->failed)
        return OUTQ_BROKEN;
    outq_free(q);
    return OUTQ_EMPTY;
}

void outq_free(struct outq *q)
{
    free(q->data);
    *q = (struct outq){0};
}
