#ifndef UPGRADE_H
#define UPGRADE_H

#include <stddef.h>
#include <stdint.h>

#include "trail.h"

/* From one format of all records to the next. A format is new when a program
 * that knows only the old one would misread or damage the store; rows that
 * merely got more fields have a version of their own. RELIABILITY.md 1.8. */

enum { UPGRADE_FORMAT = 2 }; /* what this program writes */

struct upgrade_step {
    uint32_t from, to;
    /* Rewrite what there is. Returns 0, or -1 after trail_fail(). */
    int (*run)(struct trail *t);
};

/* What a program can do with a store. */
struct upgrade_plan {
    uint32_t format; /* to be reached */
    const struct upgrade_step *steps;
    size_t count;
};

/* This program's. */
extern const struct upgrade_plan upgrade_plan;

/**
 * upgrade_prepare(t, plan):
 * Note the format of a new store, or bring an old one to that of ${plan}, all
 * of it in the transaction of ${t}. Returns 0, or -1 when that cannot be; a
 * sentence goes to trail_fail().
 */
int upgrade_prepare(struct trail *t, const struct upgrade_plan *plan);

#endif
