#ifndef LAUNCH_SHED_H
#define LAUNCH_SHED_H

#include <stdbool.h>

/* A web server that is started by root and sheds its rights may enter neither
 * the state directory nor, perhaps, the one of the error pages. It gets a
 * descriptor of each directory that it needs, and names them by those: the way
 * through /proc/self/fd asks nobody's leave but that of the thing itself. */

struct launch_shed {
    int lent[3]; /* descriptors for the web server, then -1 */
    char sockets[32], htdocs[32];
    const char *user, *group;
};

/**
 * launch_shed_give(s, socket):
 * Give the unix socket ${socket} to the user of web servers. Returns 0, or -1
 * with errno set.
 */
int launch_shed_give(const struct launch_shed *s, const char *socket);

/**
 * launch_shed_open(s, sockets, htdocs):
 * Leave names for the directories ${sockets} and ${htdocs} in ${s}; the first
 * one must let everybody pass. Returns 0, or -1 with errno set;
 * launch_shed_close() undoes it.
 */
int launch_shed_open(
    struct launch_shed *s, const char *sockets, const char *htdocs);
void launch_shed_close(struct launch_shed *s);

/**
 * launch_shed_user(s):
 * Set s->user and s->group to whom a web server of root's serves as: www-data
 * or, where that does not exist, nobody.
 */
void launch_shed_user(struct launch_shed *s);

#endif
