#include "upstream_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop_play.h"

enum { LONG_MS = 15000 };

/* ---- the server ---- */

static void stub_request(
    void *cookie, struct http_stub_conn *c, struct span text)
{
    struct world *w = cookie;

    buf_reset(&w->request);
    buf_put(&w->request, text.p, text.n);
    buf_terminate(&w->request);
    w->conn = c;
    w->answer(w, c);
}

static void stub_closed(void *cookie, struct http_stub_conn *c)
{
    struct world *w = cookie;

    (void)c;
    loop_timer_cancel(w->loop, &w->drip_timer);
    w->seen_close = true;
    loop_stop(w->loop);
}

static const struct http_stub_events stub_events = {stub_request, stub_closed};

void play_say_nothing(struct world *w, struct http_stub_conn *c)
{
    (void)w;
    (void)c;
}

void play_say_hello(struct world *w, struct http_stub_conn *c)
{
    (void)w;
    http_stub_puts(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                      "Content-Length: 5\r\n\r\nhello");
}

void play_begin_stream(struct world *w, struct http_stub_conn *c)
{
    (void)w;
    http_stub_puts(c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
}

static void stream_on(void *cookie)
{
    struct world *w = cookie;

    http_stub_puts(w->conn, "1\r\n.\r\n");
    loop_timer_set(w->loop, &w->drip_timer, 5);
}

void play_stream_for_ever(struct world *w, struct http_stub_conn *c)
{
    play_begin_stream(w, c);
    w->drip_timer.fired = stream_on;
    loop_timer_set(w->loop, &w->drip_timer, 5);
}

void play_close(struct world *w, struct http_stub_conn *c)
{
    (void)w;
    http_stub_close(c);
}

void play_say_much(struct world *w, struct http_stub_conn *c)
{
    char *text = malloc(PLAY_MUCH);

    (void)w;
    assert_non_null(text);
    memset(text, 'm', PLAY_MUCH);
    http_stub_puts(c, "HTTP/1.1 200 OK\r\nContent-Length: 8388608\r\n\r\n");
    http_stub_put(c, (struct span){text, PLAY_MUCH});
    free(text);
}

/* ---- the client ---- */

static void on_head(void *cookie, const struct http_head *head)
{
    struct heard *h = cookie;

    h->late |= h->call == NULL || h->pieces > 0;
    h->heads++;
    h->status = head->status;
    h->retry_after = head->retry_after;
    snprintf(h->type, sizeof(h->type), "%s", head->content_type);
    if (h->at_head != NULL)
        h->at_head(h);
}

static void on_body(void *cookie, struct span bytes)
{
    struct heard *h = cookie;

    h->late |= h->call == NULL || h->heads == 0;
    h->pieces++;
    buf_put(&h->body, bytes.p, bytes.n);
    buf_terminate(&h->body);
    if (h->at_body != NULL)
        h->at_body(h);
}

static void on_ended(void *cookie, enum upstream_end how)
{
    struct heard *h = cookie;

    h->late |= h->call == NULL;
    h->call = NULL;
    h->ends++;
    h->how = how;
    loop_stop(h->w->loop);
}

static const struct upstream_events events = {on_head, on_body, on_ended};

bool play_try(struct world *w, struct heard *h, struct upstream_body *body)
{
    struct upstream_ask ask = {.target = &w->target,
        .path = "/v1/chat/completions",
        .request_id = w->request_id,
        .accept = "text/event-stream",
        .body = body,
        .meter = &w->meter};

    h->w = w;
    h->call = upstream_start(w->pool, &ask, &events, h);
    return h->call != NULL;
}

void play_start_with(
    struct world *w, struct heard *h, struct upstream_body *body)
{
    assert_true(play_try(w, h, body));
    assert_int_equal(h->heads + h->pieces + h->ends, 0);
}

struct upstream_body *play_body(void)
{
    struct upstream_body *body;
    struct buf bytes = {0};

    buf_puts(&bytes, "{\"model\":\"m\"}");
    assert_non_null(body = upstream_body_create(&bytes));
    return body;
}

void play_start(struct world *w, struct heard *h)
{
    struct upstream_body *body = play_body();

    play_start_with(w, h, body);
    upstream_body_release(body);
}

void play_start_big(struct world *w, struct heard *h)
{
    struct upstream_body *body;
    struct buf bytes = {0};

    memset(buf_reserve(&bytes, PLAY_BIG), 'b', PLAY_BIG);
    buf_commit(&bytes, PLAY_BIG);
    assert_non_null(body = upstream_body_create(&bytes));
    play_start_with(w, h, body);
    upstream_body_release(body);
}

void play_check_end(const struct heard *h, enum upstream_end how)
{
    assert_int_equal(h->ends, 1);
    assert_int_equal(h->how, how);
    assert_false(h->late);
}

void play_check_body(const struct heard *h, const char *text)
{
    assert_int_equal(h->body.len, strlen(text));
    assert_memory_equal(h->body.data, text, strlen(text));
}

void play_cancel(struct heard *h)
{
    upstream_cancel(h->call);
    h->call = NULL;
}

void play_pause_once(struct heard *h)
{
    if (h->pieces == 1)
        upstream_pause(h->call);
}

void play_run(struct world *w)
{
    loop_play_run(w->loop);
}

void play_settle(struct world *w)
{
    for (int i = 0; i < 20; i++)
        loop_play_wait(w->loop, 0);
}

void play_call(struct world *w,
    void (*answer)(struct world *w, struct http_stub_conn *c),
    enum upstream_end how)
{
    w->answer = answer;
    play_start(w, &w->a);
    play_run(w);
    play_check_end(&w->a, how);
}

void play_stream(struct world *w)
{
    w->answer = play_begin_stream;
    play_start(w, &w->a);
    play_settle(w);
}

/* ---- fixture ---- */

int play_setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    assert_non_null(w->loop = loop_create());
    w->stub = http_stub_create(w->loop, &stub_events, w);
    assert_non_null(w->pool = upstream_pool_create(w->loop));
    snprintf(w->origin, sizeof(w->origin), "http://127.0.0.1:%u",
        http_stub_port(w->stub));
    w->target = (struct conf_upstream){.origin = w->origin,
        .wires = WIRE_CHAT,
        .connect_ms = LONG_MS,
        .first_byte_ms = LONG_MS,
        .idle_ms = LONG_MS};
    w->drip_timer = (struct loop_timer){.cookie = w};
    w->answer = play_say_hello;
    w->request_id = "req_1";
    *state = w;
    return 0;
}

int play_teardown(void **state)
{
    struct world *w = *state;

    upstream_pool_free(w->pool);
    http_stub_free(w->stub);
    loop_free(w->loop);
    buf_free(&w->request);
    buf_free(&w->a.body);
    buf_free(&w->b.body);
    free(w);
    return 0;
}
