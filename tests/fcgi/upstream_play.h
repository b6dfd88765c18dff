#ifndef UPSTREAM_PLAY_H
#define UPSTREAM_PLAY_H

#include "http_stub.h"
#include "upstream.h"

/* What the tests of calls to an upstream share: a server whose answers are a
 * test's, up to two calls, and what was told about them. A failed assertion
 * ends the test. */

/* One call, and what was told about it. */
struct heard {
    struct world *w;
    struct upstream_call *call; /* NULL: ended, or let go of */
    unsigned heads, pieces, ends;
    int status;
    char type[128];
    uint32_t retry_after;
    struct buf body;
    enum upstream_end how;
    bool late; /* told something out of order */
    void (*at_head)(struct heard *h);
    void (*at_body)(struct heard *h);
};

struct world {
    struct loop *loop;
    struct http_stub *stub;
    struct upstream_pool *pool;
    struct conf_upstream target;
    struct upstream_meter meter;
    char origin[64];
    const char *request_id;

    /* The server's side. */
    void (*answer)(struct world *w, struct http_stub_conn *c);
    struct http_stub_conn *conn; /* of the newest request */
    struct buf request;          /* the newest */
    bool seen_close;
    const char *drip;             /* what is left of a text */
    struct loop_timer drip_timer; /* its next piece; ends with a close */

    struct heard a, b;
};

/**
 * play_setup(state), play_teardown(state):
 * A fixture: a world in ${state}, without a call. Its server says hello, and no
 * deadline is near.
 */
int play_setup(void **state);
int play_teardown(void **state);

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, play_setup, play_teardown)

/**
 * play_start(w, h), play_start_with(w, h, body):
 * Begin the call ${h}, with a small body or with one of the caller's; nothing
 * may be told before the loop turns.
 */
void play_start(struct world *w, struct heard *h);
void play_start_with(
    struct world *w, struct heard *h, struct upstream_body *body);

/**
 * play_body(), play_try(w, h, body):
 * That small body, to be released; begin the call ${h} with a ${body}, or
 * return false.
 */
struct upstream_body *play_body(void);
bool play_try(struct world *w, struct heard *h, struct upstream_body *body);

/**
 * play_start_big(w, h):
 * The same with a body of PLAY_BIG times "b", more than sockets take.
 */
enum { PLAY_BIG = 8 << 20 };

void play_start_big(struct world *w, struct heard *h);

/**
 * play_call(w, answer, how):
 * The whole of the call a, which the server answers so and which ends so.
 */
void play_call(struct world *w,
    void (*answer)(struct world *w, struct http_stub_conn *c),
    enum upstream_end how);

/**
 * play_stream(w):
 * Begin the call a, which has then been told the begin of a stream.
 */
void play_stream(struct world *w);

/**
 * play_cancel(h):
 * Cancel it, and be told no more.
 */
void play_cancel(struct heard *h);

/**
 * play_pause_once(h):
 * For at_body: pause at the first piece.
 */
void play_pause_once(struct heard *h);

/**
 * play_run(w):
 * Run until a call ends or the server sees a connection closed.
 */
void play_run(struct world *w);

/**
 * play_settle(w):
 * Let everything happen that can happen without waiting: what was sent has
 * arrived, because a loopback needs no time.
 */
void play_settle(struct world *w);

/**
 * play_check_end(h, how), play_check_body(h, text):
 * It was told of one end, and nothing out of order; the body is that text.
 */
void play_check_end(const struct heard *h, enum upstream_end how);
void play_check_body(const struct heard *h, const char *text);

/**
 * play_say_nothing(w, c), play_say_hello(w, c), play_say_much(w, c),
 * play_begin_stream(w, c), play_stream_for_ever(w, c), play_close(w, c):
 * Answers of the server: none; the whole body "hello"; one of PLAY_MUCH bytes,
 * more than sockets hold; a stream that begins with "one" and stays open; one
 * that goes on until w->drip_timer is cancelled; a close.
 */
enum { PLAY_MUCH = 8 << 20 };

void play_say_nothing(struct world *w, struct http_stub_conn *c);
void play_say_hello(struct world *w, struct http_stub_conn *c);
void play_say_much(struct world *w, struct http_stub_conn *c);
void play_begin_stream(struct world *w, struct http_stub_conn *c);
void play_stream_for_ever(struct world *w, struct http_stub_conn *c);
void play_close(struct world *w, struct http_stub_conn *c);

#endif
