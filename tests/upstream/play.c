#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialect.h"
#include "fcgi/loop.h"
#include "frame.h"
#include "journal.h"
#include "play.h"
#include "reply.h"

enum { KEPT = 4096 };

/* What the play waits for. */
enum wait { WAIT_TIMER, WAIT_ROOM, WAIT_BARRIER, WAIT_FOREVER };

/* What comes next. */
enum stage {
    STAGE_HEAD,
    STAGE_EVENTS,
    STAGE_TAIL,
    STAGE_STALL,
    STAGE_CUT,
    STAGE_RESET,
    STAGE_FINISH
};

struct plays {
    struct loop *loop;
    struct journal *journal;
    struct play *first;
    size_t on, waiting;
};

struct play {
    struct plays *all;
    struct play *next, **link;
    struct http_conn *conn;
    const struct dialect *dialect;
    struct ask ask;
    struct turn turn;
    struct event event;
    struct loop_timer timer;
    uint64_t number;
    enum stage stage;
    enum wait wait;
    const char *barrier; /* WAIT_BARRIER: its name */
    unsigned passed;     /* barriers, one bit each */
    bool chunked, streamed, greeted, garbled, fault;
    uint64_t frames;
    uint64_t due;     /* of the next frame, if paced */
    struct buf ready; /* bytes of the body that are due */
    size_t ready_at;
    size_t piece; /* bytes to write at a time */
};

struct plays *plays_create(struct loop *loop, struct journal *journal)
{
    struct plays *all = calloc(1, sizeof(*all));

    if (all != NULL)
        *all = (struct plays){.loop = loop, .journal = journal};
    return all;
}

void plays_free(struct plays *all)
{
    assert(all == NULL || all->first == NULL);
    free(all);
}

size_t plays_on(const struct plays *all)
{
    return all->on;
}

size_t plays_waiting(const struct plays *all)
{
    return all->waiting;
}

static void play_free(struct play *p)
{
    loop_timer_cancel(p->all->loop, &p->timer);
    if (p->link != NULL) {
        *p->link = p->next;
        if (p->next != NULL)
            p->next->link = p->link;
        p->all->on--;
        if (p->wait == WAIT_BARRIER)
            p->all->waiting--;
    }
    ask_free(&p->ask);
    buf_free(&p->event.data);
    buf_free(&p->ready);
    free(p);
}

static void note(struct play *p, enum journal_end end)
{
    struct journal_entry *e = journal_find(p->all->journal, p->number);

    if (e == NULL)
        return;
    e->streamed = p->streamed;
    e->frames = p->frames;
    e->bytes = http_sent(p->conn);
    e->completion = p->turn.produced;
    e->end = end;
}

static void set_wait(struct play *p, enum wait wait)
{
    p->all->waiting += (wait == WAIT_BARRIER) - (p->wait == WAIT_BARRIER);
    p->wait = wait;
    note(p, JOURNAL_OPEN);
}

/* Always true: there is something to wait for. */
static bool sleep_for(struct play *p, uint64_t ms)
{
    set_wait(p, WAIT_TIMER);
    loop_timer_set(p->all->loop, &p->timer, ms);
    return true;
}

/* Send the next due piece of the body. */
static void send_piece(struct play *p)
{
    size_t n = p->ready.len - p->ready_at;
    char size[24];

    if (n > p->piece)
        n = p->piece;
    if (p->chunked)
        http_send(
            p->conn, size, (size_t)snprintf(size, sizeof(size), "%zx\r\n", n));
    http_send(p->conn, p->ready.data + p->ready_at, n);
    if (p->chunked)
        http_send(p->conn, "\r\n", 2);
    p->ready_at += n;
    if (p->ready_at < p->ready.len)
        return;
    p->ready_at = 0;
    if (p->ready.cap > KEPT)
        buf_free(&p->ready);
    else
        buf_reset(&p->ready);
}

/* Whether one of the script's "after N" is now. */
static bool is_now(const struct play *p, int64_t after)
{
    return after >= 0 && (uint64_t)after <= p->frames;
}

static bool wait_at_barrier(struct play *p, uint64_t at)
{
    const struct script *s = &p->ask.script;

    for (size_t i = 0; i < s->n_barriers; i++) {
        if ((uint64_t)s->barriers[i].at > at || (p->passed & 1u << i) != 0)
            continue;
        p->passed |= 1u << i;
        p->barrier = s->barriers[i].name;
        set_wait(p, WAIT_BARRIER);
        return true;
    }
    return false;
}

/* A body in one go: what the faults leave of it. */
static void put_whole(struct play *p, struct reply *r)
{
    const struct script *s = &p->ask.script;
    const struct {
        int64_t after;
        enum stage stage;
    } faults[] = {{s->cut_after, STAGE_CUT}, {s->reset_after, STAGE_RESET},
        {s->stall_after, STAGE_STALL}};

    p->stage = STAGE_FINISH;
    p->ready = r->body;
    r->body = (struct buf){0};
    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
        if (faults[i].after >= 0) {
            p->stage = faults[i].stage;
            if ((uint64_t)faults[i].after < p->ready.len)
                p->ready.len = (size_t)faults[i].after;
            return;
        }
}

/* Returns whether there is something to wait for. */
static bool play_head(struct play *p)
{
    const struct script *s = &p->ask.script;
    struct reply reply = {0};
    struct buf head = {0};
    struct journal_entry *e = journal_find(p->all->journal, p->number);

    if (s->first > 0 && !p->greeted) {
        p->greeted = true;
        return sleep_for(p, (uint64_t)s->first);
    }
    if (s->cut_headers) {
        p->stage = STAGE_CUT;
        return false;
    }
    if (!p->ask.stream && wait_at_barrier(p, UINT64_MAX))
        return true;
    reply_compose(&reply, p->dialect, &p->turn);
    reply_head(&reply, &p->turn, &head);
    p->streamed = reply.streamed;
    p->chunked = reply.streamed && !s->until_close;
    if (e != NULL)
        e->status = reply.status;
    http_send(p->conn, head.data, head.len);
    if (reply.streamed)
        p->stage = STAGE_EVENTS;
    else
        put_whole(p, &reply);
    p->due = loop_now(p->all->loop);
    buf_free(&head);
    buf_free(&reply.body);
    return s->first_frame > 0 ? sleep_for(p, (uint64_t)s->first_frame) : false;
}

/* The faults of a stream, in the order of their harm. */
static bool is_faulty(struct play *p)
{
    const struct script *s = &p->ask.script;

    if (is_now(p, s->cut_after))
        p->stage = STAGE_CUT;
    else if (is_now(p, s->reset_after))
        p->stage = STAGE_RESET;
    else if (is_now(p, s->stall_after))
        p->stage = STAGE_STALL;
    else if (is_now(p, s->error_after)) {
        p->dialect->broken(&p->turn, &p->event);
        frame_event(s, &p->event, p->frames, &p->ready);
        p->stage = STAGE_CUT;
    } else
        return false;
    return true;
}

/* Sleep until the next frame is due, if frames are paced. */
static bool pace(struct play *p)
{
    const struct script *s = &p->ask.script;
    uint64_t now = loop_now(p->all->loop);

    if (s->gap <= 0 || s->unpaced)
        return false;
    p->due = (p->frames == 1 ? now : p->due) + (uint64_t)s->gap;
    return sleep_for(p, p->due > now ? p->due - now : 1);
}

static bool play_event(struct play *p)
{
    const struct script *s = &p->ask.script;

    if (wait_at_barrier(p, p->frames))
        return true;
    if (is_faulty(p))
        return false;
    if (is_now(p, s->garbage_after) && !p->garbled) {
        p->garbled = true;
        frame_data(s, "not json", &p->ready);
        return false;
    }
    if (!p->dialect->next(&p->turn, &p->event)) {
        p->stage = STAGE_TAIL;
        return false;
    }
    frame_event(s, &p->event, p->frames, &p->ready);
    p->frames++;
    return pace(p);
}

static void play_tail(struct play *p)
{
    const struct script *s = &p->ask.script;

    if (p->dialect->last != NULL && !s->no_done)
        frame_data(s, p->dialect->last, &p->ready);
    if (s->after_done)
        frame_data(s, "{\"late\":true}", &p->ready);
    p->stage = STAGE_FINISH;
}

/* Everything is with the kernel: how it ends. The play is over. */
static void play_end(struct play *p)
{
    struct http_conn *conn = p->conn;
    enum stage stage = p->stage;
    bool keep = !p->ask.script.until_close;

    note(p, stage == STAGE_FINISH ? JOURNAL_COMPLETE : JOURNAL_FAULT);
    play_free(p);
    if (stage == STAGE_CUT)
        http_cut(conn);
    else if (stage == STAGE_RESET)
        http_reset(conn);
    else
        http_finish(conn, keep);
}

/* Do what can be done now; false when the play waits or is over. */
static bool play_step(struct play *p)
{
    const struct script *s = &p->ask.script;

    if (p->ready.failed) {
        p->stage = STAGE_CUT;
        buf_free(&p->ready);
    }
    if (http_backlog(p->conn) >= HTTP_HIGH) {
        set_wait(p, WAIT_ROOM);
        return false;
    }
    if (p->ready.len > 0) {
        send_piece(p);
        if (s->slow < 0 && s->split <= 0)
            return true;
        sleep_for(p, s->slow > 0 ? (uint64_t)s->slow : 0);
        return false;
    }
    switch (p->stage) {
    case STAGE_HEAD:
        return !play_head(p);
    case STAGE_EVENTS:
        return !play_event(p);
    case STAGE_TAIL:
        play_tail(p);
        return true;
    case STAGE_STALL:
        set_wait(p, WAIT_FOREVER);
        return false;
    case STAGE_FINISH:
        if (p->chunked)
            http_send(p->conn, "0\r\n\r\n", 5);
        p->chunked = false;
        break;
    case STAGE_CUT:
    case STAGE_RESET:
        break;
    }
    if (http_backlog(p->conn) > 0) {
        set_wait(p, WAIT_ROOM);
        return false;
    }
    play_end(p);
    return false;
}

static void play_on(struct play *p)
{
    while (play_step(p))
        ;
}

static void callback_timer(void *cookie)
{
    play_on(cookie);
}

/* Go on in the next turn, so that a fast reader does not keep others waiting
 * in this one; but end at once, before the client can leave. */
static void callback_drained(void *cookie)
{
    struct play *p = cookie;

    if (p->wait != WAIT_ROOM)
        note(p, JOURNAL_OPEN);
    else if (p->stage > STAGE_STALL && p->ready.len == 0)
        play_on(p);
    else
        sleep_for(p, 0);
}

static void callback_gone(void *cookie)
{
    struct play *p = cookie;

    note(p, JOURNAL_CLIENT_GONE);
    play_free(p);
}

size_t plays_release(struct plays *all, struct span name)
{
    size_t n = 0;

    for (struct play *p = all->first; p != NULL; p = p->next)
        if (p->wait == WAIT_BARRIER && span_is(name, p->barrier)) {
            p->due = loop_now(all->loop);
            sleep_for(p, 0);
            n++;
        }
    return n;
}

static void play_link(struct plays *all, struct play *p)
{
    p->next = all->first;
    if (p->next != NULL)
        p->next->link = &p->next;
    p->link = &all->first;
    all->first = p;
    all->on++;
}

int play_start(struct plays *all, struct http_conn *conn,
    const struct dialect *dialect, const struct ask *ask, uint64_t number)
{
    static const struct http_owner owner = {
        .drained = callback_drained, .gone = callback_gone};
    struct play *p = calloc(1, sizeof(*p));
    struct journal_entry *e = journal_find(all->journal, number);
    const struct script *s = &ask->script;

    if (p == NULL) {
        ask_free(&(struct ask){.model = ask->model,
            .echo = ask->echo,
            .stops = ask->stops,
            .sample = ask->sample,
            .tools = {ask->tools[0], ask->tools[1]}});
        return -1;
    }
    *p = (struct play){.all = all,
        .conn = conn,
        .dialect = dialect,
        .ask = *ask,
        .number = number,
        .wait = WAIT_TIMER,
        .timer = {.fired = callback_timer, .cookie = p},
        .piece = s->slow > 0 ? 1 : HTTP_HIGH};
    if (s->split > 0)
        p->piece = (size_t)s->split;
    turn_plan(&p->turn, &p->ask, number);
    if (e != NULL)
        e->prompt = ask->prompt_tokens;
    play_link(all, p);
    http_own(conn, &owner, p);
    play_on(p);
    return 0;
}
