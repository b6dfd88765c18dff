#ifndef LAUNCH_CHILD_H
#define LAUNCH_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A program that the launcher keeps running. It gets a process group of its
 * own, so that a terminal's ^C reaches it only through the launcher, and
 * SIGTERM when the launcher dies. */

struct launch_child {
    const char *name;  /* of its log, NAME.log, and in messages */
    const char **argv; /* argv[0] is the path of the program */
    int in;            /* its descriptor 0; -1: /dev/null */
    const int *lent;   /* further ones, under the same numbers; -1 ends them.
                        * NULL: none */
    pid_t pid;         /* 0: not running */
    uint64_t started;  /* milliseconds of CLOCK_MONOTONIC */
    uint64_t due;      /* when to start it again, while pid is 0 */
    uint32_t quick;    /* deaths within a second of its start, in a row */
};

/**
 * launch_child_now():
 * Milliseconds of CLOCK_MONOTONIC.
 */
uint64_t launch_child_now(void);

/**
 * launch_child_start(c, log_dir, out):
 * Start ${c}. What it prints goes to its log in ${log_dir}, its standard output
 * to ${out} when that is not -1. Returns 0, or -1 with errno set.
 */
int launch_child_start(struct launch_child *c, const char *log_dir, int out);

/**
 * launch_child_died(c):
 * Note the death of ${c}, end what is left of its process group, and note when
 * it is due again: at once, but later and later, up to 0.4 s, when it dies
 * within a second of its start again and again.
 */
void launch_child_died(struct launch_child *c);

/**
 * launch_child_output(c, text, size):
 * Run ${c} to its end, its standard error being ours, and leave the beginning
 * of what it printed in ${text}, terminated. Returns its exit status, or -1.
 */
int launch_child_output(struct launch_child *c, char *text, size_t size);

/**
 * launch_child_empty_log(c, log_dir):
 * Empty the log of ${c} in ${log_dir}, or create it.
 */
void launch_child_empty_log(const struct launch_child *c, const char *log_dir);

/**
 * launch_child_tell_log(c, log_dir):
 * Copy the end of the log of ${c} to standard error.
 */
void launch_child_tell_log(const struct launch_child *c, const char *log_dir);

#endif
