#include "conn_private.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "record.h"

enum { AHEAD_MAX = 64 << 10 };

static void next_request(struct conn *c);

/* The only way from one state to another. */
static void change_state(struct conn *c, enum conn_state to)
{
    static const bool legal[][CONN_DEAD + 1] = {
        [CONN_SPOOLING] = {[CONN_CLAIMED] = true, [CONN_DEAD] = true},
        [CONN_CLAIMED] = {[CONN_FINISHING] = true, [CONN_DEAD] = true},
        [CONN_FINISHING] = {[CONN_SPOOLING] = true, [CONN_DEAD] = true},
        [CONN_DEAD] = {[CONN_SPOOLING] = false},
    };

    assert(legal[c->state][to]);
    c->state = to;
    c->timing = false;
    c->full = false;
    loop_timer_cancel(c->set->loop, &c->timer);
}

void conn_drop(struct conn *c)
{
    struct conn_set *set = c->set;

    change_state(c, CONN_DEAD);
    loop_later_cancel(set->loop, &c->flush);
    loop_close(set->loop, &c->watch);
    conn_unlink(c);
    set->count--;
    conn_link(&set->dead, c);
    loop_later(set->loop, &set->bury);
}

/* The other side is gone, or must go. */
static void lose(struct conn *c)
{
    bool tell = c->state == CONN_CLAIMED;

    conn_drop(c);
    if (tell)
        c->set->owner->gone(c->call);
}

static bool wants_input(const struct conn *c)
{
    if (c->state == CONN_FINISHING || conn_full(c))
        return false;
    if (c->state == CONN_SPOOLING || c->deaf)
        return true;
    return !c->waiting && c->spool.bytes.len < AHEAD_MAX;
}

/* Watch for what the state asks for. May lose ${c}. */
static void rewatch(struct conn *c)
{
    uint32_t events = c->blocked ? EPOLLOUT : 0;

    /* FINISHING that does not block is over at the end of this turn. */
    if (c->state == CONN_DEAD || (c->state == CONN_FINISHING && !c->blocked))
        return;
    if (wants_input(c))
        events |= EPOLLIN;
    if (c->state != CONN_FINISHING)
        events |= EPOLLRDHUP;
    if (loop_watch(c->set->loop, &c->watch, events) == -1)
        lose(c);
}

/* SPOOLING: have the timer that fits what came so far. */
static void arm_spooling(struct conn *c)
{
    bool timing = spool_under_way(&c->spool);

    if (loop_timer_armed(&c->timer) && c->timing == timing)
        return;
    c->timing = timing;
    loop_timer_set(c->set->loop, &c->timer,
        timing ? c->set->limits.body_ms : c->set->limits.idle_ms);
}

/* The spool holds a request: hand it to the owner. */
static void dispatch(struct conn *c)
{
    struct conn_set *set = c->set;
    struct request *r = request_parse(set->parser, &c->spool);

    c->used = true;
    c->id = c->spool.id;
    c->keep = c->spool.keep && !c->spool.cut;
    c->deaf = c->spool.cut;
    c->waiting = false;
    c->spool.answering = c->id;
    spool_reset(&c->spool);
    if (r == NULL) {
        conn_drop(c);
        return;
    }
    set->owner->request(set->cookie, c, r);
    assert(c->state != CONN_SPOOLING);
}

static void send_replies(struct conn *c)
{
    struct buf *reply = &c->spool.reply;

    if (reply->len == 0)
        return;
    outq_put(&c->out, reply->data, reply->len);
    buf_free(reply);
    loop_later(c->set->loop, &c->flush);
}

static void take_verdict(struct conn *c, enum spool_state verdict)
{
    switch (verdict) {
    case SPOOL_MORE:
        break;
    case SPOOL_COMPLETE:
        c->waiting = true;
        if (c->state == CONN_SPOOLING)
            dispatch(c);
        break;
    case SPOOL_ABORTED:
    case SPOOL_GARBAGE:
        lose(c);
        break;
    }
}

/* A request is held to the limits of when it begins. */
static void limit_spool(struct conn *c)
{
    if (spool_under_way(&c->spool))
        return;
    c->spool.body_max = c->set->limits.body_max;
    c->spool.most = c->set->limits.most;
}

/* Bytes from the web server, as far as requests can be taken; the rest waits
 * in c->ahead. */
static void take(struct conn *c, struct span in)
{
    while (in.n > 0 && !c->waiting && !c->deaf && c->state != CONN_DEAD) {
        size_t used;
        enum spool_state verdict;

        limit_spool(c);
        verdict = spool_feed(&c->spool, in, &used);
        in = (struct span){in.p + used, in.n - used};
        send_replies(c);
        take_verdict(c, verdict);
    }
    if (c->state == CONN_DEAD || c->deaf)
        return;
    buf_put(&c->ahead, in.p, in.n);
    if (c->ahead.failed)
        lose(c);
    else if (c->state == CONN_SPOOLING)
        arm_spooling(c);
}

static void receive(struct conn *c)
{
    ssize_t n = recv(c->watch.fd, c->set->chunk, CONN_CHUNK, MSG_DONTWAIT);

    if (n > 0)
        take(c, (struct span){c->set->chunk, (size_t)n});
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        lose(c);
}

/* Everything is sent. */
static void flushed(struct conn *c)
{
    c->blocked = false;
    if (c->state != CONN_FINISHING)
        return;
    if (!c->keep || c->set->draining)
        conn_drop(c);
    else
        next_request(c);
}

/* The socket took some and blocks. A queue that somebody waits for must move
 * in time. */
static void stuck(struct conn *c, bool moved)
{
    c->blocked = true;
    if (!c->full && c->state != CONN_FINISHING)
        return;
    if (moved || !loop_timer_armed(&c->timer))
        loop_timer_set(c->set->loop, &c->timer, c->set->limits.stall_ms);
}

static void give_room(struct conn *c)
{
    if (!c->full || outq_size(&c->out) >= OUTQ_LOW)
        return;
    c->full = false;
    loop_timer_cancel(c->set->loop, &c->timer);
    c->set->owner->room(c->call);
}

static void callback_flush(void *cookie)
{
    struct conn *c = cookie;
    size_t before = outq_size(&c->out);

    switch (outq_flush(&c->out, c->watch.fd)) {
    case OUTQ_EMPTY:
        flushed(c);
        break;
    case OUTQ_BLOCKED:
        stuck(c, outq_size(&c->out) < before);
        break;
    case OUTQ_BROKEN:
        lose(c);
        break;
    }
    rewatch(c);
    if (c->state == CONN_CLAIMED)
        give_room(c);
}

void conn_input(struct conn *c)
{
    receive(c);
    rewatch(c);
}

static void callback_ready(void *cookie, uint32_t events)
{
    struct conn *c = cookie;

    if ((events & (EPOLLERR | EPOLLHUP)) != 0 ||
        ((events & EPOLLRDHUP) != 0 && c->state != CONN_FINISHING)) {
        lose(c);
        return;
    }
    if ((events & EPOLLIN) != 0 && wants_input(c))
        conn_input(c);
    if ((events & EPOLLOUT) != 0 && c->state != CONN_DEAD)
        callback_flush(c);
}

/* The request did not come in time. What its PARAMS say is enough to be told
 * so; what is still to come of its body is thrown away. */
static void out_of_time(struct conn *c)
{
    if (!c->timing || spool_cut(&c->spool) == -1) {
        conn_drop(c);
        return;
    }
    dispatch(c);
    rewatch(c);
}

static void callback_timer(void *cookie)
{
    struct conn *c = cookie;

    if (c->state == CONN_SPOOLING)
        out_of_time(c);
    else
        lose(c);
}

/* An answer is out and the connection is kept: go on with what came since. */
static void next_request(struct conn *c)
{
    struct buf ahead = c->ahead;

    c->ahead = (struct buf){.len = 0};
    c->spool.answering = 0;
    change_state(c, CONN_SPOOLING);
    if (c->waiting)
        dispatch(c);
    if (c->state != CONN_DEAD)
        take(c, (struct span){ahead.data, ahead.len});
    buf_free(&ahead);
}

struct conn *conn_create(struct conn_set *set, int fd)
{
    struct conn *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return NULL;
    c->set = set;
    c->watch = (struct loop_fd){.fd = fd, .ready = callback_ready, .cookie = c};
    c->flush = (struct loop_task){.run = callback_flush, .cookie = c};
    c->timer = (struct loop_timer){.fired = callback_timer, .cookie = c};
    return c;
}

void conn_free(struct conn *c)
{
    spool_free(&c->spool);
    buf_free(&c->ahead);
    outq_free(&c->out);
    free(c);
}

void conn_claim(struct conn *c, void *call)
{
    change_state(c, CONN_CLAIMED);
    c->call = call;
}

static void put_header(struct conn *c, uint8_t type, size_t n)
{
    const struct record r = {
        .version = 1, .type = type, .id = c->id, .content = (uint16_t)n};
    uint8_t header[RECORD_HEADER];

    record_encode(&r, header);
    outq_put(&c->out, header, sizeof(header));
}

void conn_write(struct conn *c, const void *data, size_t n)
{
    const char *p = data;

    if (c->state == CONN_DEAD || n == 0)
        return;
    assert(c->state == CONN_CLAIMED);
    while (n > 0) {
        size_t part = n > RECORD_CONTENT_MAX ? RECORD_CONTENT_MAX : n;

        put_header(c, RECORD_STDOUT, part);
        outq_put(&c->out, p, part);
        p += part;
        n -= part;
    }
    if (conn_full(c))
        c->full = true;
    loop_later(c->set->loop, &c->flush);
}

bool conn_full(const struct conn *c)
{
    return outq_size(&c->out) > OUTQ_HIGH;
}

void conn_finish(struct conn *c)
{
    uint8_t end[16];

    if (c->state == CONN_DEAD)
        return;
    put_header(c, RECORD_STDOUT, 0);
    outq_put(&c->out, end, record_end(c->id, RECORD_REQUEST_COMPLETE, end));
    change_state(c, CONN_FINISHING);
    loop_later(c->set->loop, &c->flush);
}

void conn_abort(struct conn *c)
{
    if (c->state == CONN_DEAD)
        return;
    outq_flush(&c->out, c->watch.fd);
    conn_drop(c);
}
