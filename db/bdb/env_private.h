#ifndef ENV_PRIVATE_H
#define ENV_PRIVATE_H

#include <limits.h>

#include "env.h"
#include "place.h"

/* What env.c (who may come in) and env_handles.c (opening, dropping and syncing
 * what the library keeps) share. */

struct env {
    struct env_options o;
    char dir[PATH_MAX];
    char regions[PATH_MAX];
    DB_ENV *library; /* NULL: not joined */
    DB *table[TABLE_COUNT];
    uint64_t generation;
    uint64_t left;     /* the beat when we were last inside */
    uint64_t epoch;    /* of what we know of the rows */
    uint32_t log_file; /* the newest that is known to be there; 0: none */
    uint64_t recoveries;
    char why[200];
};

/**
 * env_fail(e, what, error):
 * Keep for env_why() that ${what} failed with the code ${error}. Returns -1.
 */
int env_fail(struct env *e, const char *what, int error);

/**
 * env_open_handles(e, flags):
 * Open the environment in e->regions. ${flags} is 0 to join, or DB_CREATE |
 * DB_RECOVER to recover; then all tables are opened, and made if they are not
 * there. Returns 0, or -1 with nothing open.
 */
int env_open_handles(struct env *e, uint32_t flags);

/**
 * env_drop_handles(e):
 * Let go of an environment that may be corrupt, without waiting for anything
 * in it and without writing a byte.
 */
void env_drop_handles(struct env *e);

/**
 * env_close_handles(e):
 * Close an environment that is sound.
 */
void env_close_handles(struct env *e);

/**
 * env_remove_regions(e):
 * Remove the region files in e->regions. Returns 0 or -1.
 */
int env_remove_regions(struct env *e);

/**
 * env_sync_files(e):
 * Put all log and database files and the directory on disk. Returns 0 or -1.
 */
int env_sync_files(struct env *e);

/**
 * env_sync_directory(e):
 * Put the names of all files on disk. Returns 0 or -1.
 */
int env_sync_directory(struct env *e);

#endif
