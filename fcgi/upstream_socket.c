#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "upstream_private.h"

/* libcurl's sockets on our loop. Between two calls libcurl wants nothing of a
 * connection; but as the next call will want the same as the last, the loop
 * goes on watching it. That is possible only with sockets whose end we see: a
 * descriptor that was closed behind our back may be anything by now. */

struct upstream_socket {
    struct loop_fd watch;
    struct upstream_pool *pool;
    bool ours; /* opened and closed by us */
    bool idle; /* libcurl wants nothing of it */
};

/* ---- what happens to them ---- */

/* Whatever comes on a connection that serves no call, libcurl will see for
 * itself before it uses it again. */
static void socket_ready(void *cookie, uint32_t events)
{
    struct upstream_socket *s = cookie;
    int what = 0;

    if (s->idle) {
        loop_watch(s->pool->loop, &s->watch, 0);
        return;
    }
    if (events & EPOLLIN)
        what |= CURL_CSELECT_IN;
    if (events & EPOLLOUT)
        what |= CURL_CSELECT_OUT;
    if (events & (EPOLLERR | EPOLLHUP))
        what |= CURL_CSELECT_IN | CURL_CSELECT_OUT;
    upstream_pool_run(s->pool, s->watch.fd, what);
}

static struct upstream_socket *socket_create(
    struct upstream_pool *pool, curl_socket_t fd)
{
    struct upstream_socket *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->pool = pool;
    s->watch.fd = fd;
    s->watch.ready = socket_ready;
    s->watch.cookie = s;
    return s;
}

/* ---- those that are ours ---- */

static struct upstream_socket **place_of(
    const struct upstream_pool *pool, curl_socket_t fd)
{
    return (size_t)fd < pool->sockets ? &pool->socket[fd] : NULL;
}

static int make_place(struct upstream_pool *pool, curl_socket_t fd)
{
    size_t n = pool->sockets > 0 ? pool->sockets : 64;
    struct upstream_socket **longer;

    while (n <= (size_t)fd)
        n *= 2;
    if (n == pool->sockets)
        return 0;
    if ((longer = reallocarray(pool->socket, n, sizeof(longer[0]))) == NULL)
        return -1;
    memset(longer + pool->sockets, 0, (n - pool->sockets) * sizeof(longer[0]));
    pool->socket = longer;
    pool->sockets = n;
    return 0;
}

/* One that there is no memory for is watched like one of libcurl's own. */
static curl_socket_t on_open(
    void *cookie, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct upstream_pool *pool = cookie;
    struct upstream_socket *s;
    int fd = socket(
        address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    (void)purpose;
    if (fd < 0)
        return CURL_SOCKET_BAD;
    if (make_place(pool, fd) == 0 && (s = socket_create(pool, fd)) != NULL) {
        s->ours = true;
        s->idle = true;
        pool->socket[fd] = s;
    }
    return fd;
}

static int on_close(void *cookie, curl_socket_t fd)
{
    struct upstream_pool *pool = cookie;
    struct upstream_socket **place = place_of(pool, fd);

    if (place == NULL || *place == NULL)
        return close(fd);
    loop_close(pool->loop, &(*place)->watch);
    free(*place);
    *place = NULL;
    return 0;
}

/* The kernel would go on watching what a duplicate keeps open. */
int upstream_socket_dup(struct upstream_pool *pool, curl_socket_t fd)
{
    struct upstream_socket **place = place_of(pool, fd);

    if (place != NULL && *place != NULL)
        loop_watch(pool->loop, &(*place)->watch, 0);
    return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

/* ---- what libcurl wants of them ---- */

static struct upstream_socket *find_socket(
    struct upstream_pool *pool, curl_socket_t fd, struct upstream_socket *known)
{
    struct upstream_socket **place = place_of(pool, fd);

    if (known != NULL)
        return known;
    return place != NULL ? *place : NULL;
}

static void socket_leave(struct upstream_socket *s)
{
    s->idle = true;
    if (s->ours)
        return;
    loop_watch(s->pool->loop, &s->watch, 0);
    free(s);
}

static int on_socket(
    CURL *easy, curl_socket_t fd, int what, void *cookie, void *known)
{
    struct upstream_pool *pool = cookie;
    struct upstream_socket *s = find_socket(pool, fd, known);
    uint32_t events = 0;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (s != NULL)
            socket_leave(s);
        return 0;
    }
    /* An error from here would end every transfer of the pool. A call whose
     * socket is not watched ends at its deadline. */
    if (s == NULL && (s = socket_create(pool, fd)) == NULL)
        return 0;
    curl_multi_assign(pool->multi, fd, s);
    s->idle = false;
    if (what & CURL_POLL_IN)
        events |= EPOLLIN;
    if (what & CURL_POLL_OUT)
        events |= EPOLLOUT;
    loop_watch(pool->loop, &s->watch, events);
    return 0;
}

/* ---- the whole ---- */

void upstream_socket_begin(struct upstream_pool *pool)
{
    curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool);
}

/* No proxy and no file of the environment decides where a call goes. A resolver
 * that is slow is not waited for when the call ends. */
int upstream_socket_set(struct upstream_pool *pool, CURL *curl,
    const char *protocol, uint32_t connect_ms)
{
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, pool);
    curl_easy_setopt(curl, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(curl, CURLOPT_CLOSESOCKETDATA, pool);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    if (curl_easy_setopt(curl, CURLOPT_PROXY, "") != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocol) != CURLE_OK)
        return -1;
    return 0;
}

void upstream_socket_end(struct upstream_pool *pool)
{
    for (size_t i = 0; i < pool->sockets; i++)
        free(pool->socket[i]);
    free(pool->socket);
}
