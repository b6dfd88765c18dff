#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/loop.h"
#include "http.h"
#include "http_read.h"

enum {
    READ_SIZE = 65536,
    KEPT = 16384,        /* bytes of queue that an idle connection keeps */
    ACCEPT_PAUSE = 50,   /* ms, when descriptors are out */
    RESET_PATIENCE = 500 /* ms for the peer to acknowledge */
};

enum http_state {
    READING, /* a request comes in */
    BUSY,    /* somebody answers it */
    CLOSING, /* flush, then close */
    RESETTING
};

struct http_conn {
    struct http_server *server;
    struct http_conn *next, **link;
    struct loop_fd w;
    struct loop_task flush;
    struct loop_timer reset;
    enum http_state state;
    struct http_read read;
    struct buf in, out;
    size_t out_at; /* what of out the kernel has */
    uint64_t sent;
    unsigned patience;
    const struct http_owner *owner;
    void *cookie;
};

struct http_server {
    struct loop *loop;
    struct loop_fd w;
    struct loop_timer pause;
    struct http_conn *conns;
    size_t count;
    void (*asked)(void *, struct http_conn *, const struct http_request *);
    void *cookie;
};

static void take_input(struct http_conn *c);

static void conn_drop(struct http_conn *c)
{
    struct loop *loop = c->server->loop;

    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
    c->server->count--;
    loop_watch(loop, &c->w, 0);
    loop_later_cancel(loop, &c->flush);
    loop_timer_cancel(loop, &c->reset);
    close(c->w.fd);
    http_read_free(&c->read);
    buf_free(&c->in);
    buf_free(&c->out);
    free(c);
}

/* The client left, or cannot be served. */
static void conn_gone(struct http_conn *c)
{
    const struct http_owner *owner = c->owner;

    c->owner = NULL;
    if (owner != NULL)
        owner->gone(c->cookie);
    conn_drop(c);
}

static void conn_watch(struct http_conn *c)
{
    uint32_t events = c->state == READING ? EPOLLIN | EPOLLRDHUP : EPOLLRDHUP;

    if (http_backlog(c) > 0)
        events |= EPOLLOUT;
    if (events != c->w.events && loop_watch(c->server->loop, &c->w, events))
        conn_gone(c);
}

/* Returns -1 when the peer does not take bytes any more. */
static int push(struct http_conn *c)
{
    while (http_backlog(c) > 0) {
        ssize_t n = send(c->w.fd, c->out.data + c->out_at, http_backlog(c),
            MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : -1;
        c->out_at += (size_t)n;
        c->sent += (uint64_t)n;
    }
    c->out_at = 0;
    if (c->out.cap > KEPT)
        buf_free(&c->out);
    else
        buf_reset(&c->out);
    return 0;
}

static void callback_flush(void *cookie)
{
    struct http_conn *c = cookie;

    if (c->out.failed || push(c)) {
        conn_gone(c);
        return;
    }
    if (http_backlog(c) > 0) {
        conn_watch(c);
        return;
    }
    switch (c->state) {
    case CLOSING:
        conn_drop(c);
        return;
    case READING:
        take_input(c);
        return;
    case BUSY:
        conn_watch(c);
        if (c->owner != NULL)
            c->owner->drained(c->cookie);
        return;
    case RESETTING:
        return;
    }
}

static void hand_over(struct http_conn *c)
{
    struct http_request request;
    unsigned status = http_read_view(&c->read, &request);

    assert(status == 0);
    c->state = BUSY;
    c->sent = 0;
    loop_later(c->server->loop, &c->flush);
    c->server->asked(c->server->cookie, c, &request);
}

static void take_input(struct http_conn *c)
{
    unsigned status = http_read_feed(&c->read, &c->in);

    if (c->in.failed) {
        conn_gone(c);
        return;
    }
    if (status != 0) {
        c->read.keep = false;
        http_answer(c, status, "text/plain", (struct span){"refused\n", 8});
        return;
    }
    if (c->read.step == HTTP_READ_DONE) {
        hand_over(c);
        return;
    }
    if (c->read.expectant && c->read.step != HTTP_READ_HEAD) {
        c->read.expectant = false;
        http_send(c, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    }
    conn_watch(c);
}

static void callback_ready(void *cookie, uint32_t events)
{
    struct http_conn *c = cookie;
    ssize_t n;
    char *to;

    if ((events & (EPOLLERR | EPOLLHUP)) ||
        (c->state != READING && (events & EPOLLRDHUP))) {
        conn_gone(c);
        return;
    }
    if (events & EPOLLOUT) {
        callback_flush(c);
        return;
    }
    to = buf_reserve(&c->in, READ_SIZE);
    n = to != NULL ? recv(c->w.fd, to, READ_SIZE, MSG_DONTWAIT) : 0;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        conn_gone(c);
        return;
    }
    buf_commit(&c->in, (size_t)n);
    take_input(c);
}

static void callback_reset(void *cookie)
{
    struct http_conn *c = cookie;
    int unread = 0;

    if (ioctl(c->w.fd, SIOCOUTQ, &unread) == 0 && unread > 0 &&
        c->patience-- > 0) {
        loop_timer_set(c->server->loop, &c->reset, 1);
        return;
    }
    setsockopt(c->w.fd, SOL_SOCKET, SO_LINGER,
        &(struct linger){.l_onoff = 1, .l_linger = 0}, sizeof(struct linger));
    conn_drop(c);
}

static int conn_open(struct http_server *server, int fd)
{
    struct http_conn *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return -1;
    c->server = server;
    c->w = (struct loop_fd){.fd = fd, .ready = callback_ready, .cookie = c};
    c->flush = (struct loop_task){.run = callback_flush, .cookie = c};
    c->reset = (struct loop_timer){.fired = callback_reset, .cookie = c};
    if (loop_watch(server->loop, &c->w, EPOLLIN | EPOLLRDHUP))
        goto err0;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    c->next = server->conns;
    if (c->next != NULL)
        c->next->link = &c->next;
    c->link = &server->conns;
    server->conns = c;
    server->count++;
    return 0;

err0:
    free(c);
    return -1;
}

static void callback_accept(void *cookie, uint32_t events)
{
    struct http_server *server = cookie;
    int fd;

    (void)events;
    while ((fd = accept4(
                server->w.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
        if (conn_open(server, fd))
            close(fd);
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
        loop_watch(server->loop, &server->w, 0);
        loop_timer_set(server->loop, &server->pause, ACCEPT_PAUSE);
    }
}

static void callback_resume(void *cookie)
{
    struct http_server *server = cookie;

    loop_watch(server->loop, &server->w, EPOLLIN);
}

static int listening_socket(const char *host, unsigned port)
{
    struct sockaddr_in sin = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd, saved;

    if (port > 65535 || inet_pton(AF_INET, host, &sin.sin_addr) != 1) {
        errno = EINVAL;
        return -1;
    }
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) || listen(fd, 4096))
        goto err0;
    return fd;

err0:
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

struct http_server *http_listen(struct loop *loop, const char *host,
    unsigned port,
    void (*asked)(
        void *cookie, struct http_conn *c, const struct http_request *r),
    void *cookie)
{
    struct http_server *server = calloc(1, sizeof(*server));

    if (server == NULL)
        return NULL;
    server->loop = loop;
    server->asked = asked;
    server->cookie = cookie;
    server->pause =
        (struct loop_timer){.fired = callback_resume, .cookie = server};
    server->w = (struct loop_fd){.fd = listening_socket(host, port),
        .ready = callback_accept,
        .cookie = server};
    if (server->w.fd < 0)
        goto err0;
    if (loop_watch(loop, &server->w, EPOLLIN))
        goto err1;
    return server;

err1:
    close(server->w.fd);
err0:
    free(server);
    return NULL;
}

void http_close(struct http_server *server)
{
    if (server == NULL)
        return;
    while (server->conns != NULL)
        conn_gone(server->conns);
    loop_timer_cancel(server->loop, &server->pause);
    loop_watch(server->loop, &server->w, 0);
    close(server->w.fd);
    free(server);
}

unsigned http_port(const struct http_server *server)
{
    struct sockaddr_in sin = {0};
    socklen_t n = sizeof(sin);

    getsockname(server->w.fd, (struct sockaddr *)&sin, &n);
    return ntohs(sin.sin_port);
}

size_t http_count(const struct http_server *server)
{
    return server->count;
}

void http_own(struct http_conn *c, const struct http_owner *owner, void *cookie)
{
    assert(c->state == BUSY);
    c->owner = owner;
    c->cookie = cookie;
    buf_free(&c->read.head);
    buf_free(&c->read.body);
    if (c->in.len == 0)
        buf_free(&c->in);
}

void http_send(struct http_conn *c, const void *data, size_t n)
{
    /* Only what the kernel does not take piles up; keep it at the front. */
    if (c->out_at > HTTP_HIGH) {
        buf_consume(&c->out, c->out_at);
        c->out_at = 0;
    }
    buf_put(&c->out, data, n);
    loop_later(c->server->loop, &c->flush);
}

size_t http_backlog(const struct http_conn *c)
{
    return c->out.len - c->out_at;
}

uint64_t http_sent(const struct http_conn *c)
{
    return c->sent;
}

void http_finish(struct http_conn *c, bool keep)
{
    c->owner = NULL;
    c->state = keep && c->read.keep ? READING : CLOSING;
    http_read_free(&c->read);
    loop_later(c->server->loop, &c->flush);
}

void http_cut(struct http_conn *c)
{
    c->owner = NULL;
    conn_drop(c);
}

void http_reset(struct http_conn *c)
{
    c->owner = NULL;
    c->state = RESETTING;
    c->patience = RESET_PATIENCE;
    loop_later_cancel(c->server->loop, &c->flush);
    loop_timer_set(c->server->loop, &c->reset, 0);
}

const char *http_reason(unsigned status)
{
    static const struct {
        unsigned status;
        const char *reason;
    } reasons[] = {{200, "OK"}, {302, "Found"}, {400, "Bad Request"},
        {401, "Unauthorized"}, {402, "Payment Required"}, {403, "Forbidden"},
        {404, "Not Found"}, {405, "Method Not Allowed"},
        {413, "Content Too Large"}, {422, "Unprocessable Content"},
        {429, "Too Many Requests"}, {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"}, {501, "Not Implemented"},
        {502, "Bad Gateway"}, {503, "Service Unavailable"},
        {504, "Gateway Timeout"}};

    for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Status";
}

void http_answer(
    struct http_conn *c, unsigned status, const char *type, struct span body)
{
    buf_printf(&c->out,
        "HTTP/1.1 %u %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
        "%s\r\n",
        status, http_reason(status), type, body.n,
        c->read.keep ? "" : "Connection: close\r\n");
    http_send(c, body.p, body.n);
    http_finish(c, true);
}
