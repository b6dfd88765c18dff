#ifndef FIGURES_H
#define FIGURES_H

#include <stdint.h>

#include "upstream.h"

/* What a worker tells about its upstreams, for others to read: a file of its
 * own in DIR/figures, mapped, so that counting is a store into memory. The
 * file is locked for as long as the worker lives; whoever can lock it removes
 * it. The figures begin at zero with each worker. */

enum { FIGURES_ROWS = 64, FIGURES_NAME = 136 };

/* An upstream, as one worker has seen it. Times are microseconds since 1970;
 * 0: no. Each number is written whole; they do not fit together while the
 * worker runs. */
struct figures_row {
    char name[FIGURES_NAME];
    uint64_t requests; /* tries, of which */
    uint64_t failed;   /* so many got no answer, or a failure, */
    uint64_t busy;     /* and so many a 429 */
    uint64_t active;   /* are under way */
    uint64_t failures; /* in a row, now */
    uint64_t ejected_until;
    uint64_t resting_until;
    struct upstream_meter meter;
};

struct figures;

/**
 * figures_open(dir):
 * A file for this process in ${dir}/figures; files of processes that are gone
 * are removed. Where there can be none, the figures are kept in memory and
 * nobody sees them. NULL when memory is out. figures_close() takes NULL.
 */
struct figures *figures_open(const char *dir);
void figures_close(struct figures *f);

/**
 * figures_shared(f):
 * Whether others see them.
 */
bool figures_shared(const struct figures *f);

/**
 * figures_row(f, name):
 * A new row called ${name}, of which the rest is 0; NULL when all are taken.
 * It stays where it is until figures_close().
 */
struct figures_row *figures_row(struct figures *f, const char *name);

/**
 * figures_set(at, value):
 * Write a number of a row, as only its worker does.
 */
void figures_set(uint64_t *at, uint64_t value);

/**
 * figures_read(dir, each, cookie):
 * Call ${each} with a copy of every row of every worker that lives. Returns
 * how many workers there are, or -1 with errno set.
 */
int figures_read(const char *dir,
    void (*each)(void *cookie, const struct figures_row *row), void *cookie);

#endif
