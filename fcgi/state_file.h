#ifndef STATE_FILE_H
#define STATE_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/buf.h"

/* Small files of the state directory. */

/**
 * state_file_exists(path):
 * Whether anything is at ${path}.
 */
bool state_file_exists(const char *path);

/**
 * state_file_create(path, data, n, mode, error):
 * Make the file ${path} with all of its ${n} bytes, on disk, or leave alone
 * what is there: a reader sees no file or the whole file. Returns 0 in both
 * cases, or -1 with a sentence in ${error}.
 */
int state_file_create(
    const char *path, const void *data, size_t n, mode_t mode, char error[256]);

/**
 * state_file_read(path, max, secret, out, error):
 * Append the regular file ${path} of at most ${max} bytes to ${out}. A
 * ${secret} must belong to us or root and be closed to group and others, and
 * must not be a symbolic link. Returns 0, or -1 with a sentence in ${error}.
 */
int state_file_read(const char *path, size_t max, bool secret, struct buf *out,
    char error[256]);

#endif
