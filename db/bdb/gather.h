#ifndef GATHER_H
#define GATHER_H

#include <stddef.h>
#include <sys/types.h>

/* A checkpoint makes the library write thousands of pages, in the order of
 * their places, each with a seek and a write of its own, while everybody waits
 * at the gate. Here the pages that lie side by side are put together and
 * written at once, and the disk is set to work on them before the library asks
 * for its sync. Nothing is left out when a sync or a write of anything else is
 * asked for: the order that recovery lives on stays.
 *
 * The library's hooks bring no cookie, so what is gathered belongs to the
 * thread that is inside; a thread that gathers nothing writes as it is told. */

/**
 * gather_begin():
 * From now on put together what this thread's library writes. Without memory
 * for it nothing is put together, and nothing else is different.
 */
void gather_begin(void);

/**
 * gather_end():
 * Write what is left, and put together no more. As gather_flush() otherwise.
 */
int gather_end(void);

/**
 * gather_flush():
 * Write what has come together. Returns 0, or -1 with errno; then those pages
 * are lost, and what depends on them must not be said to be done.
 */
int gather_flush(void);

/**
 * gather_seek(fd, at, whence), gather_write(fd, bytes, n):
 * As lseek() (but 0 for success) and write(): for the library to call. A write
 * may fail for pages that were put together before it. Where pages are put
 * together nothing is written without a seek of the same file before it; that
 * fails with ESPIPE.
 */
int gather_seek(int fd, off_t at, int whence);
ssize_t gather_write(int fd, const void *bytes, size_t n);

#endif
