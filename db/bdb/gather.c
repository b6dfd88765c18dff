#include "gather.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/file.h"

enum { PAGE = 4096, ROOM = 64 * PAGE };

struct gather {
    int fd;        /* what is together goes there, */
    off_t from;    /* to this place, */
    size_t length; /* and so many bytes; 0: nothing is */
    int sought;    /* the file of the last seek, -1: none */
    off_t at;      /* where the next write to it goes */
    char bytes[ROOM];
};

static _Thread_local struct gather *gather;

void gather_begin(void)
{
    gather = malloc(sizeof(*gather));
    if (gather == NULL)
        return;
    gather->length = 0;
    gather->sought = -1;
}

int gather_flush(void)
{
    struct gather *g = gather;
    size_t n;

    if (g == NULL || g->length == 0)
        return 0;
    n = g->length;
    g->length = 0;
    if (lseek(g->fd, g->from, SEEK_SET) < 0 ||
        file_write(g->fd, g->bytes, n) < 0)
        return -1;

    /* A hint: the sync that comes later is what tells of errors. */
    (void)sync_file_range(g->fd, g->from, (off_t)n, SYNC_FILE_RANGE_WRITE);
    return 0;
}

int gather_end(void)
{
    int rc = gather_flush();

    free(gather);
    gather = NULL;
    return rc;
}

int gather_seek(int fd, off_t at, int whence)
{
    off_t now = lseek(fd, at, whence);

    if (now < 0)
        return -1;
    if (gather != NULL) {
        gather->sought = fd;
        gather->at = now;
    }
    return 0;
}

static bool fits(const struct gather *g)
{
    return g->fd == g->sought && g->from + (off_t)g->length == g->at &&
           g->length + PAGE <= ROOM;
}

static ssize_t put_page(struct gather *g, const void *page)
{
    if (g->length > 0 && !fits(g) && gather_flush() < 0)
        return -1;
    if (g->length == 0) {
        g->fd = g->sought;
        g->from = g->at;
    }
    memcpy(g->bytes + g->length, page, PAGE);
    g->length += PAGE;
    g->at += PAGE;
    return PAGE;
}

ssize_t gather_write(int fd, const void *bytes, size_t n)
{
    struct gather *g = gather;
    ssize_t written;

    if (g == NULL)
        return write(fd, bytes, n);
    if (fd != g->sought) {
        errno = ESPIPE;
        return -1;
    }
    if (n == PAGE)
        return put_page(g, bytes);
    if (gather_flush() < 0)
        return -1;
    written = pwrite(fd, bytes, n, g->at);
    if (written > 0)
        g->at += written;
    return written;
}
