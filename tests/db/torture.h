#ifndef TORTURE_H
#define TORTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "scratch.h"

/* What the processes of tests/db/torture.c share: the notes of the workers, and
 * what the check makes of them. */

enum {
    TORTURE_WORKERS = 16, /* at most */
    TORTURE_ACCOUNTS = 4,
    TORTURE_PAIRS = 16,       /* admissions, then settlements, in a batch */
    TORTURE_ROUNDS = 1 << 18, /* of one worker, at most */
    TORTURE_TIMES = 1 << 16,
    TORTURE_SILENCE_MS = 2000 /* without an acknowledgement: a wedge */
};

/* Notes of one worker, over all its lives. */
struct torture_lane {
    _Atomic uint32_t next; /* round */
    _Atomic uint8_t settled[TORTURE_ROUNDS][TORTURE_PAIRS];
    _Atomic uint8_t granted[TORTURE_ROUNDS];
};

/* What comes out of it, summed over all stores. */
struct torture_tally {
    _Atomic uint64_t verbs;
    _Atomic int64_t silence; /* the longest, nanoseconds */
    _Atomic uint32_t wedges;
    _Atomic uint32_t shot; /* as stuck */
    _Atomic uint32_t recoveries;
    _Atomic uint32_t recovery_us[TORTURE_TIMES];

    /* Of the check. */
    uint64_t settles, settles_lost, settles_twice, grants, grants_lost;
    uint64_t reaped, left, breaches, unknown;
};

struct torture_shared {
    struct torture_tally tally;

    /* Of the store at hand. */
    _Atomic bool stop;
    _Atomic int64_t last; /* acknowledgement, nanoseconds; 0: none */
    struct torture_lane lane[TORTURE_WORKERS];
};

struct torture_options {
    char dir[256]; /* of the store at hand */
    bool bench;
    const char *point; /* to die at, or NULL */
    unsigned kills;    /* or seconds, or times */
    unsigned workers;
    unsigned seed;
};

extern struct torture_shared *torture_shared;
extern struct torture_options torture_options;

/**
 * torture_now(clock):
 * Nanoseconds.
 */
int64_t torture_now(clockid_t clock);

/**
 * torture_store():
 * Open the store at hand; exits with status 99 when that fails.
 */
struct store *torture_store(void);

/**
 * torture_note_life():
 * That something was acknowledged just now, or should have been by now.
 */
void torture_note_life(void);

/**
 * torture_account(n, id), torture_digest(n, digest):
 * The id of account ${n}, the digest of its key.
 */
void torture_account(unsigned n, uint8_t id[STORE_ID]);
void torture_digest(unsigned n, uint8_t digest[MAC_SIZE]);

/**
 * torture_grant(worker, round):
 * The grant that ${worker} makes in ${round}.
 */
struct store_grant torture_grant(unsigned worker, uint32_t round);

/**
 * torture_work(number), torture_set_up(NULL), torture_check(NULL):
 * Bodies of children: worker ${number}, an unsigned *; who makes the accounts;
 * who reaps what is left behind and compares the notes with the journals.
 */
int torture_work(void *number);
int torture_set_up(void *none);
int torture_check(void *none);

#endif
