#ifndef ALLOWANCE_H
#define ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "syscalls.h"

/* A disk of any size, in pages of 4 KiB, for the files of one directory, of
 * which none may have a name more. Each page of a file counts once, when it is
 * written or allocated first; where there is no room writes are short, then
 * fail. In memory that processes share. Not for what grows by a mapping, nor by
 * the C library's own calls. */

enum { QUOTA_FILES = 64, QUOTA_PAGES = 4096, QUOTA_PAGE = 4096 };

struct allowance {
    uint64_t dev;
    uint64_t limit; /* pages */
    uint64_t used;
    bool greedy; /* what is given back somebody else takes at once */
    struct allowance_file {
        uint64_t ino; /* 0: none */
        uint8_t page[QUOTA_PAGES / 8];
    } file[QUOTA_FILES];
};

/**
 * allowance_begin(q, dir):
 * Count what is in ${dir}, and let there be room for nothing more. Returns 0 or
 * -1.
 */
int allowance_begin(struct allowance *q, const char *dir);

/**
 * allowance_hook(q):
 * From now on ${q} comes between this process and the system; NULL: nothing
 * does. Syncs are left out.
 */
void allowance_hook(struct allowance *q);

#endif
