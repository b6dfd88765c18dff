#ifndef ENV_H
#define ENV_H

#include <db.h>

#include "disk.h"
#include "gate.h"
#include "trail.h"

/* The library's environment as one process sees it. env_enter() is the only
 * way in: it takes the gate and makes sure that what lies behind it is sound,
 * by joining or recovering as needed, before any other call into the library.
 * RELIABILITY.md 1.3, 1.4. */

struct env;

struct env_options {
    const char *dir;         /* absolute */
    struct members *members; /* outlive the environment */
    struct gate *gate;
    const struct report *report;
    struct disk *disk;    /* of dir */
    uint32_t cache_bytes; /* the same in every process */
    uint32_t log_bytes;
};

/* Position of the log's end when the library would not tell it. */
#define ENV_UNKNOWN UINT64_MAX

/**
 * env_open(options):
 * Make an environment that is not yet joined. NULL when memory is out.
 */
struct env *env_open(const struct env_options *options);

/**
 * env_enter(e):
 * Wait for the gate, then join or recover. Returns 0 when the caller is inside;
 * else -1, outside, and env_why() says what was in the way.
 */
int env_enter(struct env *e);

/**
 * env_leave(e):
 * Leave the gate.
 */
void env_leave(struct env *e);

/**
 * env_why(e):
 * What the newest failure was, for the operator.
 */
const char *env_why(const struct env *e);

/**
 * env_distrust(e):
 * Let whoever enters next recover.
 */
void env_distrust(struct env *e);

/**
 * env_library(e), env_table(e, table, db):
 * The library's handles. That of a table is opened when it is first asked for:
 * the log tells of each table that a process opens, a recovery opens it for all
 * of these, and looks through those that it has for each. The second returns 0,
 * or the library's error. Inside only.
 */
DB_ENV *env_library(const struct env *e);
int env_table(struct env *e, enum table table, DB **db);

/**
 * env_generation(e):
 * Which recovery's environment the handles belong to.
 */
uint64_t env_generation(const struct env *e);

/**
 * env_epoch(e):
 * Changes when the rows may be other than we last saw them: somebody else was
 * inside since, or there was a recovery. Inside only.
 */
uint64_t env_epoch(const struct env *e);

/**
 * env_position(e):
 * Where the log ends, file number << 32 | offset, or ENV_UNKNOWN. That file is
 * there to be synced. Inside only.
 */
uint64_t env_position(struct env *e);

/**
 * env_flush(e):
 * Write all of the log that is in memory and sync it. Inside only. Returns 0 or
 * -1.
 */
int env_flush(struct env *e);

/**
 * env_log_grown(e, position):
 * Bytes of log between the last checkpoint and ${position}. Inside only.
 */
uint64_t env_log_grown(const struct env *e, uint64_t position);

/**
 * env_checkpoint(e):
 * Write all that is committed into the databases and remove the log files that
 * are not needed any more. Inside only. Returns 0 or -1; then the environment
 * is distrusted.
 */
int env_checkpoint(struct env *e);

/**
 * env_recoveries(e):
 * How many recoveries this process did.
 */
uint64_t env_recoveries(const struct env *e);

/**
 * env_close(e):
 * Close the handles cleanly if the environment is sound, give the slot back,
 * and free ${e}. Takes NULL.
 */
void env_close(struct env *e);

#endif
