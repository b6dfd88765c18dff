#ifndef LOAD_H
#define LOAD_H

#include "core/json.h"
#include "portable.h"
#include "trail.h"

/* Some lines of a load: verb_load.c, and load_governed.c, which has what
 * belongs to projects. */
struct loading {
    struct trail *t;
    struct store_load *verb;
    struct store_load_mark *mark;
    struct json_doc doc;
    bool refused;
};

/**
 * load_refuse(l, fmt, ...):
 * The line at hand is not what it must be.
 */
void load_refuse(struct loading *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * load_is_new(l, result, what):
 * Whether nothing was read with ${result}; refuses the line otherwise.
 */
bool load_is_new(struct loading *l, enum trail_result result, const char *what);

/**
 * load_is_known(l, id, seq):
 * Whether the account ${id} exists and its journal reaches ${seq}; refuses the
 * line otherwise.
 */
bool load_is_known(struct loading *l, const uint8_t id[STORE_ID], uint64_t seq);

/**
 * load_claim(l, hold):
 * Reserve what ${hold} has reserved.
 */
void load_claim(struct loading *l, const struct row_hold *hold);

/**
 * load_governed(l, kind, row):
 * Check ${row}, of a ${kind} that belongs to projects, and write it.
 */
void load_governed(
    struct loading *l, enum portable kind, union portable_row *row);

#endif
