#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "upstream_plain.h"

/* A connection of our own: a request out, its answer in. */

/* ---- out ---- */

static size_t request_size(const struct upstream_call *call)
{
    return call->asked.len + (call->body != NULL ? call->body->bytes.len : 0);
}

static bool all_sent(const struct upstream_wire *wire)
{
    return wire->sent >= request_size(wire->call);
}

/* What of ${b} is behind its first ${skip} bytes. */
static struct iovec behind(const struct buf *b, size_t skip)
{
    skip = skip < b->len ? skip : b->len;
    return (struct iovec){b->data + skip, b->len - skip};
}

/* A server that takes no more may have answered already. The error of a socket
 * is told once: what follows looks like a clean end. */
static void send_some(struct upstream_wire *wire)
{
    const struct upstream_call *call = wire->call;
    size_t head = call->asked.len;
    struct iovec parts[2] = {behind(&call->asked, wire->sent),
        behind(&call->body->bytes, wire->sent > head ? wire->sent - head : 0)};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t n = sendmsg(wire->watch.fd, &message, MSG_NOSIGNAL);

    if (n >= 0)
        wire->sent += (size_t)n;
    else if (errno != EAGAIN && errno != EINTR)
        wire->deaf = true;
}

static bool has_more_to_send(const struct upstream_wire *wire)
{
    return !wire->deaf && wire->call->body != NULL && !all_sent(wire);
}

/* ---- in ---- */

/* Whether the end of the answer is one of its body, too. */
static bool is_unpacked(const struct upstream_wire *wire)
{
    return wire->unpack == NULL || upstream_unpack_whole(wire->unpack);
}

static bool is_tired(const struct upstream_wire *wire)
{
    return wire->unpack != NULL && upstream_unpack_tired(wire->unpack);
}

/* There is nearly always room to send: who is tired is called next turn. */
static void watch(struct upstream_wire *wire)
{
    bool paused = wire->call->paused_at != 0, tired = is_tired(wire);
    uint32_t events = paused || tired ? 0 : EPOLLIN;

    if (has_more_to_send(wire) || (tired && !paused))
        events |= EPOLLOUT;
    loop_watch(wire->pool->loop, &wire->watch, events);
}

static enum http_part tell_head(struct upstream_wire *wire)
{
    struct upstream_call *call = wire->call;
    const struct http_answer *a = &wire->answer;

    if (a->coding == HTTP_CODING_UNKNOWN)
        return HTTP_BROKEN;
    if (a->coding == HTTP_GZIP &&
        (wire->unpack = upstream_unpack_create()) == NULL)
        return HTTP_BROKEN;
    if (wire->used && call->meter != NULL)
        __atomic_fetch_add(&call->meter->reused, 1, __ATOMIC_RELAXED);
    upstream_call_head(call, &a->head, all_sent(wire));
    if (all_sent(wire))
        upstream_wipe(&call->asked);
    return HTTP_HEAD;
}

static enum http_part tell_body(struct upstream_wire *wire, struct span body)
{
    if (wire->unpack == NULL)
        upstream_call_body(wire->call, body);
    else if (upstream_unpack_feed(wire->unpack, body, wire->call) != 0)
        return HTTP_BROKEN;
    return HTTP_BODY;
}

/* One part of the answer, from ${in}. HTTP_MORE: that is all for now. */
static enum http_part tell_part(struct upstream_wire *wire, struct span *in)
{
    struct span body;
    enum http_part part;

    if (wire->call->doomed || wire->call->paused_at != 0 || is_tired(wire))
        return HTTP_MORE;
    part = http_answer_next(&wire->answer, in, &body);
    if (part == HTTP_HEAD)
        return tell_head(wire);
    if (part == HTTP_BODY)
        return tell_body(wire, body);
    return part == HTTP_END && !is_unpacked(wire) ? HTTP_BROKEN : part;
}

/* The owner may pause or cancel the call at each part, or resume it. */
static enum http_part tell(struct upstream_wire *wire, struct span *in)
{
    enum http_part part = HTTP_BODY;

    wire->pool->inside++;
    wire->feeding = true;
    if (wire->unpack != NULL &&
        upstream_unpack_resume(wire->unpack, wire->call) != 0)
        part = HTTP_BROKEN;
    while (part == HTTP_HEAD || part == HTTP_BODY)
        part = tell_part(wire, in);
    wire->feeding = false;
    wire->pool->inside--;
    return part;
}

static void feed(struct upstream_wire *wire, struct span in)
{
    struct upstream_call *call = wire->call;
    enum http_part part = tell(wire, &in);

    if (call->doomed)
        return;
    if (part == HTTP_MORE && in.n > 0) {
        buf_put(&wire->rest, in.p, in.n);
        part = wire->rest.failed ? HTTP_BROKEN : part;
    }
    if (part == HTTP_END)
        upstream_plain_over(call,
            wire->answer.keep && in.n == 0 && !wire->deaf && all_sent(wire));
    else if (part == HTTP_BROKEN)
        upstream_plain_broken(call);
    else
        watch(wire);
}

static void closed(struct upstream_wire *wire, bool cleanly)
{
    struct upstream_call *call = wire->call;

    if (cleanly && !wire->deaf &&
        http_answer_close(&wire->answer) == HTTP_END && is_unpacked(wire))
        upstream_plain_over(call, false);
    else
        upstream_plain_broken(call);
}

static void receive(struct upstream_wire *wire)
{
    struct upstream_pool *pool = wire->pool;
    ssize_t n = recv(wire->watch.fd, pool->read, sizeof(pool->read), 0);

    if (n > 0)
        feed(wire, (struct span){pool->read, (size_t)n});
    else if (n == 0)
        closed(wire, true);
    else if (errno != EAGAIN && errno != EINTR)
        closed(wire, false);
}

/* Whatever comes on a connection without a call is its end. */
static void wire_ready(void *cookie, uint32_t events)
{
    struct upstream_wire *wire = cookie;

    if (wire->call == NULL) {
        upstream_kept_drop(wire);
        return;
    }
    if (has_more_to_send(wire) && events != EPOLLIN) {
        send_some(wire);
        watch(wire);
    }
    if (wire->call->paused_at != 0)
        return;
    if (is_tired(wire))
        upstream_wire_resume(wire);
    else if (events != EPOLLOUT)
        receive(wire);
}

/* ---- for its call ---- */

int upstream_wire_open(struct upstream_call *call, int fd)
{
    struct upstream_wire *wire = calloc(1, sizeof(*wire));

    if (wire == NULL)
        goto err0;
    wire->origin = call->origin;
    call->origin = NULL;
    wire->pool = call->pool;
    wire->watch =
        (struct loop_fd){.fd = fd, .ready = wire_ready, .cookie = wire};
    upstream_wire_use(wire, call);
    return 0;

err0:
    close(fd);
    return -1;
}

void upstream_wire_close(struct upstream_wire *wire)
{
    loop_close(wire->pool->loop, &wire->watch);
    free(wire->origin);
    free(wire);
}

void upstream_wire_use(struct upstream_wire *wire, struct upstream_call *call)
{
    wire->call = call;
    call->wire = wire;
    send_some(wire);
    watch(wire);
}

void upstream_wire_part(struct upstream_wire *wire)
{
    wire->call->wire = NULL;
    wire->call = NULL;
    wire->sent = 0;
    wire->used = true;
    http_answer_free(&wire->answer);
    buf_free(&wire->rest);
    upstream_unpack_free(wire->unpack);
    wire->unpack = NULL;
}

void upstream_wire_pause(struct upstream_wire *wire)
{
    if (!wire->feeding)
        watch(wire);
}

void upstream_wire_resume(struct upstream_wire *wire)
{
    struct buf rest = wire->rest;

    if (wire->feeding)
        return;
    wire->rest = (struct buf){0};
    feed(wire, (struct span){rest.data, rest.len});
    buf_free(&rest);
}
