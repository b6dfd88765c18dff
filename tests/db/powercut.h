#ifndef POWERCUT_H
#define POWERCUT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "db/store.h"
#include "syscalls.h"

/* What the parts of tests/db/powercut.c share: the journal of what the workers
 * of a store wrote, synced and acknowledged, and what comes out of a cut. */

enum {
    POWERCUT_BYTES = 1 << 28,
    POWERCUT_RECORDS = 1 << 20,
    POWERCUT_FILES = 512,
    POWERCUT_NAME = 48
};

enum powercut_kind {
    POWERCUT_WRITE,
    POWERCUT_SYNC,
    POWERCUT_TRUNCATE,
    POWERCUT_CREATE,
    POWERCUT_RENAME,
    POWERCUT_UNLINK,
    POWERCUT_SYNC_NAMES,
    POWERCUT_SETTLED,
    POWERCUT_GRANTED
};

/* What befell a file, or what was acknowledged. */
struct powercut_record {
    enum powercut_kind kind;
    uint32_t file; /* or the number of what was acknowledged */
    uint64_t offset;
    size_t n;
    char data[];
};

struct powercut_shared {
    /* Of the store at hand. */
    char dir[PATH_MAX];
    uint32_t count, kill_at; /* records; those before a worker is killed */
    uint32_t pages;          /* to be written yet before the kill */
    uint32_t files, round;   /* files ever made; the last of the workers */
    bool log[POWERCUT_FILES];
    ino_t inode[POWERCUT_FILES];
    size_t at[POWERCUT_RECORDS], used; /* where records begin; all bytes */

    /* Of the cut, and what the checks of all of them have found. */
    bool strict;
    uint32_t cut; /* what is looked at: records before this one */
    char image[PATH_MAX];
    uint32_t opened, settles, settles_lost, grants, grants_lost;
    uint64_t breaches;
    uint32_t lives, rash; /* wrote before they synced */

    char bytes[POWERCUT_BYTES];
};

extern struct powercut_shared *powercut;

/**
 * powercut_mix(x), powercut_between(low, high, chance):
 * A number that follows from ${x} and looks like none that does; one from
 * ${low} to ${high}, both included, by ${chance}.
 */
uint64_t powercut_mix(uint64_t x);
uint32_t powercut_between(uint32_t low, uint32_t high, uint64_t chance);

/* ---- powercut_journal.c ---- */

/**
 * powercut_note(kind, file, offset, data, n):
 * Append a record with ${n} bytes of ${data}; exits with status 95 when there
 * is no room.
 */
void powercut_note(enum powercut_kind kind, uint32_t file, uint64_t offset,
    const void *data, size_t n);

/**
 * powercut_record(i):
 * The record ${i}.
 */
const struct powercut_record *powercut_record(uint32_t i);

/* Tells the journal of system calls, of which no sync is done; kills the
 * process where it is to be killed. */
extern const struct syscalls powercut_recorder;

/* ---- powercut_work.c ---- */

/**
 * powercut_work(NULL):
 * The body of a worker: it makes the accounts, then admits, settles and grants
 * without end.
 */
int powercut_work(void *none);

/**
 * powercut_store(dir):
 * Open the store in ${dir}; exits with status 99 when that fails.
 */
struct store *powercut_store(const char *dir);

/**
 * powercut_grant(n, credits), powercut_settle(n):
 * The verbs of the number ${n}, the same each time.
 */
struct store_grant powercut_grant(uint32_t n, int64_t credits);
struct store_settle powercut_settle(uint32_t n);

/* ---- powercut_image.c ---- */

/**
 * powercut_image(salt):
 * The body of a child that makes the disk as it may be after the cut, by the
 * uint64_t ${salt}.
 */
int powercut_image(void *salt);

/**
 * powercut_synced_first(born):
 * Whether the worker born at record ${born} synced every file that there was
 * before it wrote to any: what is in the page cache only must not be taken for
 * durable.
 */
bool powercut_synced_first(uint32_t born);

/* ---- powercut_check.c ---- */

/**
 * powercut_check(NULL):
 * The body of a child that opens the store of the image, audits it, and looks
 * for all that was acknowledged before the cut.
 */
int powercut_check(void *none);

#endif
