#include "http_stub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct http_stub {
    struct loop *loop;
    const struct http_stub_events *events;
    void *cookie;
    struct loop_fd watch;
    struct http_stub_conn *open;
    unsigned port;
    size_t connections, requests;
};

struct http_stub_conn {
    struct http_stub *stub;
    struct http_stub_conn *next, **link;
    struct loop_fd watch;
    struct buf in, out;
    size_t whole; /* bytes of the request that comes; 0: not known yet */
};

static void rewatch(struct http_stub_conn *c)
{
    uint32_t events = EPOLLIN | (c->out.len > 0 ? EPOLLOUT : 0);

    assert_int_equal(loop_watch(c->stub->loop, &c->watch, events), 0);
}

void http_stub_close(struct http_stub_conn *c)
{
    loop_watch(c->stub->loop, &c->watch, 0);
    close(c->watch.fd);
    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
    buf_free(&c->in);
    buf_free(&c->out);
    free(c);
}

static void flush(struct http_stub_conn *c)
{
    ssize_t n;

    while (c->out.len > 0) {
        n = send(c->watch.fd, c->out.data, c->out.len, MSG_NOSIGNAL);
        if (n < 0)
            break; /* full, or closed: then reading says so */
        buf_consume(&c->out, (size_t)n);
    }
    rewatch(c);
}

/* The length of the request that ${in} begins with; 0: not known yet. */
static size_t request_length(struct buf *in)
{
    const char *text = buf_terminate(in), *end, *length;
    size_t n;

    assert_non_null(text);
    if ((end = strstr(text, "\r\n\r\n")) == NULL)
        return 0;
    n = (size_t)(end - text) + 4;
    length = strcasestr(text, "\r\ncontent-length:");
    if (length != NULL && length < end)
        n += strtoul(length + 17, NULL, 10);
    return n;
}

static void lost(struct http_stub_conn *c)
{
    if (c->stub->events->closed != NULL)
        c->stub->events->closed(c->stub->cookie, c);
    http_stub_close(c);
}

/* Tell of the request, which is there. The answerer may close the connection,
 * so nothing follows it. */
static void tell(struct http_stub_conn *c)
{
    const struct span request = {c->in.data, c->whole};

    assert_int_equal(c->in.len, c->whole); /* nobody pipelines */
    c->in = (struct buf){0};
    c->whole = 0;
    c->stub->requests++;
    c->stub->events->request(c->stub->cookie, c, request);
    free((char *)request.p);
}

static void callback_conn(void *cookie, uint32_t events)
{
    struct http_stub_conn *c = cookie;
    char chunk[4096];
    ssize_t n;

    if (events & EPOLLOUT)
        flush(c);
    n = recv(c->watch.fd, chunk, sizeof(chunk), 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        lost(c);
        return;
    }
    buf_put(&c->in, chunk, (size_t)n);
    if (c->whole == 0)
        c->whole = request_length(&c->in);
    if (c->whole > 0 && c->in.len >= c->whole)
        tell(c);
}

static void callback_accept(void *cookie, uint32_t events)
{
    struct http_stub *stub = cookie;
    struct http_stub_conn *c = calloc(1, sizeof(*c));
    int one = 1;

    (void)events;
    assert_non_null(c);
    c->stub = stub;
    c->watch.fd =
        accept4(stub->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert_true(c->watch.fd >= 0);
    setsockopt(c->watch.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    c->watch.ready = callback_conn;
    c->watch.cookie = c;
    c->link = &stub->open;
    c->next = stub->open;
    if (c->next != NULL)
        c->next->link = &c->next;
    stub->open = c;
    stub->connections++;
    rewatch(c);
}

static void listen_anywhere(struct http_stub *stub)
{
    struct sockaddr_in where = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(where);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&where, n), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&where, &n), 0);
    stub->port = ntohs(where.sin_port);
    stub->watch =
        (struct loop_fd){.fd = fd, .ready = callback_accept, .cookie = stub};
    assert_int_equal(loop_watch(stub->loop, &stub->watch, EPOLLIN), 0);
}

struct http_stub *http_stub_create(
    struct loop *loop, const struct http_stub_events *events, void *cookie)
{
    struct http_stub *stub = calloc(1, sizeof(*stub));

    assert_non_null(stub);
    stub->loop = loop;
    stub->events = events;
    stub->cookie = cookie;
    listen_anywhere(stub);
    return stub;
}

void http_stub_free(struct http_stub *stub)
{
    while (stub->open != NULL)
        http_stub_close(stub->open);
    loop_watch(stub->loop, &stub->watch, 0);
    close(stub->watch.fd);
    free(stub);
}

unsigned http_stub_port(const struct http_stub *stub)
{
    return stub->port;
}

size_t http_stub_connections(const struct http_stub *stub)
{
    return stub->connections;
}

size_t http_stub_requests(const struct http_stub *stub)
{
    return stub->requests;
}

void http_stub_put(struct http_stub_conn *c, struct span bytes)
{
    buf_put(&c->out, bytes.p, bytes.n);
    assert_false(c->out.failed);
    flush(c);
}

void http_stub_puts(struct http_stub_conn *c, const char *text)
{
    http_stub_put(c, (struct span){text, strlen(text)});
}

size_t http_stub_unsent(const struct http_stub_conn *c)
{
    return c->out.len;
}
