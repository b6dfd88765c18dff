#ifndef SCRATCH_H
#define SCRATCH_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "db/store.h"

/* Directories and processes for tests of the engine. A store belongs to one
 * process and no process may fork after opening one: so the test itself opens
 * none, and everything happens in children. */

/* The assertion of children: returns 1 from a body. */
#define SCRATCH_CHECK(x)                                                       \
    do {                                                                       \
        if (!(x)) {                                                            \
            fprintf(stderr, "# %s:%d: %s\n", __FILE__, __LINE__, #x);          \
            return 1;                                                          \
        }                                                                      \
    } while (0)

struct scratch {
    char dir[64];  /* to be given to store_open(); not there yet */
    char root[48]; /* made by us, removed with all that is in it */
};

/**
 * scratch_open(s):
 * Make a directory of our own. Aborts on failure, as do all of these.
 */
void scratch_open(struct scratch *s);

/**
 * scratch_drop(s):
 * Remove the directory and the regions of the store in it.
 */
void scratch_drop(struct scratch *s);

/**
 * scratch_sweep(dir):
 * Remove the regions of the store in ${dir}, as a tidy system might do.
 */
void scratch_sweep(const char *dir);

/**
 * scratch_shared(n):
 * ${n} zero bytes that children share with us.
 */
void *scratch_shared(size_t n);

/**
 * scratch_barrier(barrier, n):
 * Make ${barrier}, which is in shared bytes, one where ${n} children wait for
 * each other.
 */
void scratch_barrier(pthread_barrier_t *barrier, unsigned n);

/**
 * scratch_child(body, arg):
 * Run ${body} in a child that ends with its return value. An alarm ends one
 * that hangs.
 */
pid_t scratch_child(int (*body)(void *arg), void *arg);

/**
 * scratch_wait(pid):
 * The exit status of a child, or 1000 + the signal that ended it.
 */
int scratch_wait(pid_t pid);

/**
 * scratch_wait_stopped(pid):
 * Return when a child has stopped itself.
 */
void scratch_wait_stopped(pid_t pid);

/**
 * scratch_run(body, arg):
 * scratch_child() and scratch_wait() in one.
 */
int scratch_run(int (*body)(void *arg), void *arg);

/**
 * scratch_options(dir):
 * Options of a small store in ${dir}, quick to give up on stuck processes.
 */
struct store_options scratch_options(const char *dir);

/**
 * scratch_store(dir):
 * Open the store in ${dir}; exits with status 99 when that fails.
 */
struct store *scratch_store(const char *dir);

/**
 * scratch_store_with(options):
 * The same, with ${options}.
 */
struct store *scratch_store_with(const struct store_options *options);

/**
 * scratch_do(store, verb):
 * Run ${verb}, and those that are linked behind it. Returns its status.
 */
enum store_status scratch_do(struct store *store, void *verb);

/**
 * scratch_audit(store, boot, breaches):
 * Audit all books at ${boot}, seconds of CLOCK_BOOTTIME, add what was found to
 * ${breaches} and report it on standard error. Returns whether the audit came
 * to its end.
 */
bool scratch_audit(struct store *store, int64_t boot, uint64_t *breaches);

/**
 * scratch_now(), scratch_boot():
 * Microseconds since 1970; seconds of CLOCK_BOOTTIME.
 */
int64_t scratch_now(void);
int64_t scratch_boot(void);

#endif
