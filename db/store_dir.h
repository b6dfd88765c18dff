#ifndef STORE_DIR_H
#define STORE_DIR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"

/* Directories of stores that no process has open, this one included. All of
 * these return 0, or -1 with a sentence in ${error}. */

/* What a copy came to. */
struct store_copy {
    uint64_t bytes;
    uint32_t files;
    uint32_t slices;     /* visits to the gate */
    uint32_t longest_us; /* of these */
};

/**
 * store_present(dir):
 * Whether ${dir} has files of a store.
 */
bool store_present(const char *dir);

/**
 * store_copy(from, to, copy, error):
 * Copy the store in ${from} to the new directory ${to}.
 */
int store_copy(
    const char *from, const char *to, struct store_copy *copy, char error[256]);

/**
 * store_mend(dir, error):
 * Recover the copy in ${dir} from all of its log.
 */
int store_mend(const char *dir, char error[256]);

/**
 * store_strip(dir):
 * Remove all but the data: what belongs to processes that had it open.
 */
void store_strip(const char *dir);

/**
 * store_discard(dir):
 * Remove a copy and all that is in it.
 */
void store_discard(const char *dir);

/**
 * store_verify(dir, report, error):
 * Look at every page of every table in ${dir}, which nobody changes meanwhile,
 * in a process of its own, and append a line for each damage to ${report}.
 */
int store_verify(const char *dir, struct buf *report, char error[256]);

/**
 * store_skip_last_log(dir, name, error):
 * Set the newest log file in ${dir} aside, of which the new name goes to
 * ${name}, and let the next who opens the store recover without it.
 */
int store_skip_last_log(const char *dir, char name[64], char error[256]);

#endif
