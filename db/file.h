#ifndef FILE_H
#define FILE_H

#include <stddef.h>

/**
 * file_standard(flags):
 * Open those of the descriptors 0 to 2 that are closed on /dev/null, with
 * ${flags}: what is opened later must not be taken for one of them, and be
 * printed to. With O_RDONLY printing fails. Returns 0, or -1 with errno.
 */
int file_standard(int flags);

/**
 * file_open(dir, name):
 * Open the file ${name} in ${dir}, which processes of ours share, for reading
 * and writing; it is made, for us alone, if it is missing. A link in its place
 * is refused. Returns its descriptor, which the caller closes, or -1 with
 * errno.
 */
int file_open(const char *dir, const char *name);

/**
 * file_write(fd, data, n):
 * Write all ${n} bytes of ${data}. Returns 0, or -1 with errno.
 */
int file_write(int fd, const void *data, size_t n);

/**
 * file_parent(path):
 * Open the directory that ${path} is in, for reading, with CLOEXEC. Returns the
 * descriptor, or -1 with errno.
 */
int file_parent(const char *path);

/**
 * file_rename(from, to):
 * Rename ${from} to ${to}, in the same directory, and put that on disk. Returns
 * 0, or -1 with errno.
 */
int file_rename(const char *from, const char *to);

#endif
