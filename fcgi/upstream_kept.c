#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "upstream_plain.h"

/* Connections that wait for a call: the newest first, for it is the least
 * likely to be closed by its server. */

enum { KEPT_MS = 118000 /* servers close after some minutes of silence */ };

static void unlink_wire(struct upstream_wire *wire)
{
    struct upstream_pool *pool = wire->pool;

    if (wire->newer != NULL)
        wire->newer->older = wire->older;
    else
        pool->kept = wire->older;
    if (wire->older != NULL)
        wire->older->newer = wire->newer;
    else
        pool->oldest = wire->newer;
    wire->newer = wire->older = NULL;
    pool->n_kept--;
}

void upstream_kept_drop(struct upstream_wire *wire)
{
    unlink_wire(wire);
    upstream_wire_close(wire);
}

void upstream_kept_clear(struct upstream_pool *pool)
{
    while (pool->kept != NULL)
        upstream_kept_drop(pool->kept);
}

static void drop_old(struct upstream_pool *pool)
{
    uint64_t now = loop_now(pool->loop);

    while (pool->oldest != NULL && now - pool->oldest->kept_at > KEPT_MS)
        upstream_kept_drop(pool->oldest);
}

void upstream_kept_put(struct upstream_wire *wire)
{
    struct upstream_pool *pool = wire->pool;

    loop_watch(pool->loop, &wire->watch, EPOLLIN); /* its end */
    drop_old(pool);
    if (pool->n_kept == UPSTREAM_KEPT)
        upstream_kept_drop(pool->oldest);
    wire->kept_at = loop_now(pool->loop);
    wire->newer = NULL;
    wire->older = pool->kept;
    if (pool->kept != NULL)
        pool->kept->newer = wire;
    else
        pool->oldest = wire;
    pool->kept = wire;
    pool->n_kept++;
}

/* What has come on it, its end or bytes that nobody asked for, the loop may not
 * have had a turn to see; its next call would take them for its answer. */
static bool is_quiet(const struct upstream_wire *wire)
{
    char byte;

    return recv(wire->watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1 &&
           errno == EAGAIN;
}

struct upstream_wire *upstream_kept_take(
    struct upstream_pool *pool, const char *origin)
{
    struct upstream_wire *wire, *older;

    drop_old(pool);
    for (wire = pool->kept; wire != NULL; wire = older) {
        older = wire->older;
        if (strcmp(wire->origin, origin) != 0)
            continue;
        if (is_quiet(wire)) {
            unlink_wire(wire);
            return wire;
        }
        upstream_kept_drop(wire);
    }
    return NULL;
}
