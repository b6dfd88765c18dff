#include "answer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void answer_reset(struct answer *a)
{
    buf_reset(&a->head);
    a->in_body = a->last = a->in_size = false;
    a->left = a->size = 0;
}

/* Takes the head from the front of ${bytes}, or all of it. Returns whether the
 * head has ended, or -1. */
static int take_head(struct answer *a, struct span *bytes)
{
    size_t before = a->head.len, used;
    const char *text, *end, *length;

    buf_put(&a->head, bytes->p, bytes->n);
    if ((text = buf_terminate(&a->head)) == NULL)
        return -1;
    if ((end = strstr(text, "\r\n\r\n")) == NULL) {
        bytes->n = 0;
        return 0;
    }
    a->head.data[end - text + 2] = '\0';
    if (sscanf(text, "HTTP/1.1 %d", &a->status) != 1)
        return -1;
    a->chunked = strcasestr(text, "\r\nTransfer-Encoding: chunked") != NULL;
    a->closes = strcasestr(text, "\r\nConnection: close") != NULL;
    length = strcasestr(text, "\r\nContent-Length:");
    if (!a->chunked && length == NULL)
        return -1;
    a->left = a->chunked ? 0 : strtoul(length + 17, NULL, 10);
    a->in_size = a->chunked;
    a->in_body = true;
    used = (size_t)(end - text) + 4 - before;
    bytes->p += used;
    bytes->n -= used;
    return 1;
}

/* The line with the size of a chunk, digit by digit. Its data is followed by a
 * line end, which is counted with it; so is that of the last, empty one. */
static int take_size(struct answer *a, struct span *bytes)
{
    while (bytes->n > 0) {
        char c = *bytes->p++;

        bytes->n--;
        if (isxdigit((unsigned char)c)) {
            a->size = a->size * 16 +
                      (size_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
        } else if (c == '\n') {
            a->last = a->size == 0;
            a->left = a->size + 2;
            a->size = 0;
            a->in_size = false;
            return 0;
        } else if (c != '\r') {
            return -1;
        }
    }
    return 0;
}

static void take_body(struct answer *a, struct span *bytes)
{
    size_t n = bytes->n < a->left ? bytes->n : a->left;
    size_t tail = a->chunked ? 2 : 0;
    size_t data = a->left > tail ? a->left - tail : 0;

    if (data > 0)
        a->body(a->cookie, (struct span){bytes->p, n < data ? n : data});
    a->left -= n;
    bytes->p += n;
    bytes->n -= n;
    if (a->left == 0 && a->chunked && !a->last)
        a->in_size = true;
}

int answer_feed(struct answer *a, struct span bytes)
{
    if (!a->in_body && take_head(a, &bytes) != 1)
        return a->head.failed || bytes.n > 0 ? -1 : 0;
    while (bytes.n > 0) {
        if (!a->in_size && a->left == 0)
            return -1; /* bytes behind the end */
        if (!a->in_size)
            take_body(a, &bytes);
        else if (take_size(a, &bytes))
            return -1;
    }
    if (a->in_size || a->left > 0)
        return 0;
    answer_reset(a);
    return 1;
}
