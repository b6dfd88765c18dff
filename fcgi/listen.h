#ifndef LISTEN_H
#define LISTEN_H

#include "conn.h"
#include "loop.h"

/* The listening socket: inherited as descriptor 0 (lighttpd bin-path,
 * spawn-fcgi, the launcher) or bound by ourselves. Outlives us in the first
 * case, so it is never closed or unlinked by us then. */

struct listen;

/**
 * listen_adopt(loop, fd, set):
 * Accept from ${fd}, a listening socket that other workers may share, into
 * ${set}. When descriptors run out accepting pauses for a moment and goes on.
 * NULL with errno when ${fd} is no listening socket. listen_free() stops
 * accepting; it takes NULL.
 */
struct listen *listen_adopt(struct loop *loop, int fd, struct conn_set *set);
void listen_free(struct listen *l);

/**
 * listen_bind(path):
 * A new unix socket at ${path}, mode 0600, listening; a stale one there is
 * replaced, a live one is not. Returns the descriptor, or -1 with errno.
 */
int listen_bind(const char *path);

#endif
