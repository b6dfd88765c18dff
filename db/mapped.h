#ifndef MAPPED_H
#define MAPPED_H

#include <stdbool.h>
#include <stddef.h>

/* A table in a file that processes have in memory together. Nobody makes such
 * a file shorter while others may have it mapped. None of these block but on
 * the disk. */

/**
 * mapped_table(fd, n):
 * Map the first ${n} bytes of ${fd}; what the file is short of is zero. It has
 * all its blocks from now on, so that a full disk shows here and not as SIGBUS
 * later. Returns the table, to be given to munmap(), or NULL with errno.
 */
void *mapped_table(int fd, size_t n);

/**
 * mapped_sound(fd, n):
 * Whether ${fd} still has a name, under which others find it, and ${n} bytes,
 * which may be touched without SIGBUS.
 */
bool mapped_sound(int fd, size_t n);

#endif
