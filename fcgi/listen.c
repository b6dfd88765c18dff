#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The backlog is what the kernel allows by default: a web server whose connect
 * finds it full answers 500. */
enum { ACCEPT_MOST = 64, PAUSE_MS = 50, BACKLOG = 4096 };

/* Descriptors: of a call, its connection and its upstream's; of all the rest
 * of a worker, with a margin. */
enum { CALL_NEEDS = 2, REST_NEEDS = 64 };

struct listen {
    struct loop *loop;
    struct conn_set *set;
    struct loop_fd watch;
    struct loop_timer pause;
};

static void callback_pause_over(void *cookie);

/* Out of descriptors or memory: leave the queue to the other workers, or to
 * a moment in which we have room again. */
static void pause_accepting(struct listen *l)
{
    loop_timer_set(l->loop, &l->pause, PAUSE_MS);
    loop_watch(l->loop, &l->watch, 0);
}

static void callback_pause_over(void *cookie)
{
    struct listen *l = cookie;

    if (loop_watch(l->loop, &l->watch, EPOLLIN | EPOLLEXCLUSIVE) == -1)
        loop_timer_set(l->loop, &l->pause, PAUSE_MS);
}

/* Whether another call would find its descriptors. One that is accepted
 * without could only be refused, when another worker might have served it. The
 * limit is read each time, because prlimit(1) can change it. */
static bool has_room(const struct listen *l, rlim_t limit)
{
    size_t calls = conn_set_count(l->set);

    return calls == 0 || REST_NEEDS + (calls + 1) * CALL_NEEDS <= limit;
}

static rlim_t descriptor_limit(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_NOFILE, &limit) == -1 ? RLIM_INFINITY
                                                  : limit.rlim_cur;
}

static void callback_incoming(void *cookie, uint32_t events)
{
    struct listen *l = cookie;
    rlim_t limit = descriptor_limit();

    (void)events;
    for (int i = 0; i < ACCEPT_MOST; i++) {
        int fd;

        if (!has_room(l, limit)) {
            pause_accepting(l);
            return;
        }
        fd = accept4(l->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd != -1) {
            conn_adopt(l->set, fd);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            pause_accepting(l);
            return;
        }
    }
}

static int check_listening(int fd)
{
    int on = 0, flags;
    socklen_t n = sizeof(on);

    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &n) == -1)
        return -1;
    if (!on) {
        errno = EINVAL;
        return -1;
    }
    if ((flags = fcntl(fd, F_GETFL)) == -1)
        return -1;
    return fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

struct listen *listen_adopt(struct loop *loop, int fd, struct conn_set *set)
{
    struct listen *l;

    if (check_listening(fd) == -1)
        goto err0;
    if ((l = calloc(1, sizeof(*l))) == NULL)
        goto err0;
    l->loop = loop;
    l->set = set;
    l->watch =
        (struct loop_fd){.fd = fd, .ready = callback_incoming, .cookie = l};
    l->pause = (struct loop_timer){.fired = callback_pause_over, .cookie = l};
    if (loop_watch(loop, &l->watch, EPOLLIN | EPOLLEXCLUSIVE) == -1)
        goto err1;
    return l;

err1:
    free(l);
err0:
    return NULL;
}

void listen_free(struct listen *l)
{
    if (l == NULL)
        return;
    loop_watch(l->loop, &l->watch, 0);
    loop_timer_cancel(l->loop, &l->pause);
    free(l);
}

/* Remove the socket of a process that is gone. Anything else that has the
 * name is left alone, with EADDRINUSE. */
static int remove_stale(const struct sockaddr_un *address)
{
    struct stat st;
    int fd, alive;

    if (lstat(address->sun_path, &st) == -1)
        return -1;
    if (!S_ISSOCK(st.st_mode)) {
        errno = EADDRINUSE;
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        return -1;
    alive =
        connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
        errno != ECONNREFUSED;
    close(fd);
    if (alive) {
        errno = EADDRINUSE;
        return -1;
    }
    return unlink(address->sun_path);
}

static int bind_path(int fd, const struct sockaddr_un *address)
{
    const struct sockaddr *to = (const struct sockaddr *)address;

    /* The node takes its mode from the socket, so it is never open to others,
     * not even for a moment. */
    if (fchmod(fd, 0600) == -1)
        return -1;
    if (bind(fd, to, sizeof(*address)) == 0)
        return 0;
    if (errno != EADDRINUSE || remove_stale(address) == -1)
        return -1;
    return bind(fd, to, sizeof(*address));
}

int listen_bind(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd, saved;

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        goto err0;
    }
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        goto err0;
    if (bind_path(fd, &address) == -1)
        goto err1;
    if (listen(fd, BACKLOG) == -1)
        goto err1;
    return fd;

err1:
    saved = errno;
    close(fd);
    errno = saved;
err0:
    return -1;
}
