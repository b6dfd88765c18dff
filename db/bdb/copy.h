#ifndef COPY_H
#define COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Files of a store on their way to a copy. Which they are is told by their
 * names: tables, and log files by number. */

enum { COPY_NAME = 64 };

/**
 * copy_is_table(name), copy_is_log(name, number):
 * What a file of the data directory is.
 */
bool copy_is_table(const char *name);
bool copy_is_log(const char *name, uint32_t *number);

/**
 * copy_log_name(number, name):
 * The name of log file ${number}.
 */
void copy_log_name(uint32_t number, char name[COPY_NAME]);

/**
 * copy_make(dir):
 * Make the directory ${dir}, mode 0700. Returns a descriptor of it, or -1 with
 * errno, also when it is there.
 */
int copy_make(const char *dir);

/**
 * copy_create(dir, name):
 * Make the file ${name} in the directory of the descriptor ${dir}. Returns its
 * descriptor, or -1 with errno.
 */
int copy_create(int dir, const char *name);

/**
 * copy_finish(fd):
 * Put the file on disk and close it, in any case. Returns 0, or -1 with errno.
 */
int copy_finish(int fd);

/**
 * copy_file(from, dir, name, most, bytes):
 * Copy no more than ${most} bytes of the descriptor ${from}, from its
 * beginning, to the new file ${name} in ${dir}, and count them in ${bytes}.
 * Returns 0, or -1 with errno.
 */
int copy_file(
    int from, int dir, const char *name, uint64_t most, uint64_t *bytes);

/**
 * copy_each(dir, visit, cookie):
 * Call ${visit} for the name of everything in ${dir} until it returns other
 * than 0. Returns what it returned, 0 at the end, or -1 with errno.
 */
int copy_each(const char *dir, int (*visit)(void *cookie, const char *name),
    void *cookie);

#endif
