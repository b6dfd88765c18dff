#ifndef LAUNCH_PROGRAM_H
#define LAUNCH_PROGRAM_H

#include "launch_crew.h"

/* The programs that serve. Each has workers of its own behind a socket of its
 * own, DIR/sockets/NAME.sock; which paths lead there is the web server's
 * business and stands in its configuration. */

struct launch_program {
    const char *name; /* the file is turnpike-NAME */
    /* A path that leads there, and what a stranger is told who asks for it. */
    const char *path;
    int status;
};

extern const struct launch_program launch_programs[LAUNCH_PROGRAMS];

/* One of them, for this state directory. */
struct launch_served {
    char file[PATH_MAX];
    char socket[PATH_MAX];
    int listener; /* -1: there is no socket */
    const char **argv;
};

/**
 * launch_program_name(s, p, files, sockets):
 * Begin with ${s}: ${p}, whose file lies in ${files} and its socket in
 * ${sockets}. Returns -1 when a path is too long.
 */
int launch_program_name(struct launch_served *s, const struct launch_program *p,
    const char *files, const char *sockets);

/**
 * launch_program_start(s, crew, argv, workers):
 * Make the socket, and add ${workers} processes that run ${argv} to ${crew}.
 * Takes ${argv}. Returns 0, or -1 with errno set; launch_program_close(), for
 * which s->listener has to be -1 when nothing was started, undoes both results
 * but for the processes.
 */
int launch_program_start(struct launch_served *s, struct launch_crew *crew,
    const char **argv, int workers);
void launch_program_close(struct launch_served *s);

#endif
