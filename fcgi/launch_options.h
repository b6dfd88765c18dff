#ifndef LAUNCH_OPTIONS_H
#define LAUNCH_OPTIONS_H

#include <limits.h>
#include <stddef.h>

#include "launch_httpd.h"

/* The command line of turnpike-launch. */

enum { LAUNCH_WORKERS_MAX = 64 };

struct launch_options {
    int port;    /* 0: any that is free */
    int workers; /* of each program */
    const struct launch_httpd *server;
    char dir[PATH_MAX];        /* absolute */
    char conf[PATH_MAX];       /* absolute, or empty */
    char httpd_conf[PATH_MAX]; /* where NAME/ of servers and htdocs/ lie */
    char programs[PATH_MAX];   /* where our other programs lie */
    char **sets;               /* "KEY=VALUE", for the workers' --set */
    size_t n_sets;
    unsigned n_upstreams; /* of --upstream */
};

/**
 * launch_options_read(o, argc, argv, error):
 * Fill ${o} from the command line. Returns 0; 1 when help was asked for; -1
 * with a sentence in ${error}. launch_options_free() frees what it holds.
 */
int launch_options_read(
    struct launch_options *o, int argc, char **argv, char error[256]);
void launch_options_free(struct launch_options *o);

/**
 * launch_options_upstream(o, spec):
 * Add the upstream ${spec}, "[chat+messages+responses@]URL", to o->sets.
 * Returns 0, or -1 when it is none or memory is out.
 */
int launch_options_upstream(struct launch_options *o, const char *spec);

/**
 * launch_options_path(out, dir, name):
 * Write "${dir}/${name}" to ${out}. Returns -1 when it is too long.
 */
int launch_options_path(char out[PATH_MAX], const char *dir, const char *name);

#endif
