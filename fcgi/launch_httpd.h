#ifndef LAUNCH_HTTPD_H
#define LAUNCH_HTTPD_H

#include <stdbool.h>

/* The web server in front, as the launcher sees it. */

enum { LAUNCH_HTTPD_OPTIONS = 3 };

/* How one of them is started and told to finish. */
struct launch_httpd {
    const char *name;      /* of --server, its directory, log and file */
    const char *places[3]; /* where the program may lie */
    /* In front of the name of the configuration. */
    const char *options[LAUNCH_HTTPD_OPTIONS];
    const char *unfit; /* what its strings cannot hold */
    int finish;        /* no new requests, finish the others */
    bool sheds;        /* started by root it serves as another user */
};

/**
 * launch_httpd_find(name):
 * The web server of that name, or NULL.
 */
const struct launch_httpd *launch_httpd_find(const char *name);

/**
 * launch_httpd_program(h):
 * Path of its program, or NULL when it is not installed.
 */
const char *launch_httpd_program(const struct launch_httpd *h);

/**
 * launch_httpd_claim(port):
 * Whether 127.0.0.1:${port} can be listened at; with 0 a port that can is
 * chosen. Returns the port, or -1 with errno set.
 */
int launch_httpd_claim(int port);

/**
 * launch_httpd_ask(port, path):
 * Ask 127.0.0.1:${port} for ${path}, of 64 bytes at most. Returns the status of
 * the answer, or -1 when none came within a second.
 */
int launch_httpd_ask(int port, const char *path);

#endif
