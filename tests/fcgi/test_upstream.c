/* A call to an upstream is told as head, body, end, in that order and no more
 * than once; whatever the upstream does wrong has a name of its own; nobody is
 * told anything after letting go; a paused call costs nobody time; and what is
 * sent is what was asked for, to nobody else (RELIABILITY.md 5.5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_stub.h"
#include "upstream.h"

enum { PATIENCE_MS = 20000, LONG_MS = 15000 };

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
    struct loop_timer guard, tick;
    unsigned ticks;
    bool out_of_patience;

    /* The server's side. */
    void (*answer)(struct world *w, struct http_stub_conn *c);
    struct http_stub_conn *conn; /* of the newest request */
    struct buf request;          /* the newest */
    bool seen_close;
    const char *drip;
    struct loop_timer drip_timer;

    struct heard a, b;
};

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

static void say_nothing(struct world *w, struct http_stub_conn *c)
{
    (void)w;
    (void)c;
}

static void say_hello(struct world *w, struct http_stub_conn *c)
{
    (void)w;
    http_stub_puts(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                      "Content-Length: 5\r\n\r\nhello");
}

static void begin_stream(struct world *w, struct http_stub_conn *c)
{
    (void)w;
    http_stub_puts(c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
}

static void drip_fired(void *cookie)
{
    struct world *w = cookie;

    if (*w->drip == '\0')
        return;
    http_stub_put(w->conn, (struct span){w->drip++, 1});
    loop_timer_set(w->loop, &w->drip_timer, 1);
}

/* Send ${text} a byte at a time. */
static void drip(struct world *w, const char *text)
{
    w->drip = text;
    drip_fired(w);
}

/* ---- the client ---- */

static void on_head(void *cookie, const struct upstream_head *head)
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

static void guard_fired(void *cookie)
{
    struct world *w = cookie;

    w->out_of_patience = true;
    loop_stop(w->loop);
}

/* Run until something stops the loop: an end, or a close at the server. */
static void run(struct world *w)
{
    loop_timer_set(w->loop, &w->guard, PATIENCE_MS);
    assert_int_equal(loop_run(w->loop), 0);
    loop_timer_cancel(w->loop, &w->guard);
    assert_false(w->out_of_patience);
}

static void tick_fired(void *cookie)
{
    struct world *w = cookie;

    if (--w->ticks == 0)
        loop_stop(w->loop);
    else
        loop_timer_set(w->loop, &w->tick, 0);
}

/* Let everything happen that can happen without waiting: what was sent has
 * arrived, because a loopback needs no time. */
static void settle(struct world *w)
{
    w->ticks = 20;
    loop_timer_set(w->loop, &w->tick, 0);
    run(w);
}

static void wait_ms(struct world *w, unsigned ms)
{
    w->ticks = 1;
    loop_timer_set(w->loop, &w->tick, ms);
    run(w);
}

static void start_with(
    struct world *w, struct heard *h, struct upstream_body *body)
{
    struct upstream_ask ask = {.target = &w->target,
        .path = "/v1/chat/completions",
        .request_id = w->request_id,
        .accept = "text/event-stream",
        .body = body,
        .meter = &w->meter};

    h->w = w;
    h->call = upstream_start(w->pool, &ask, &events, h);
    assert_non_null(h->call);
    assert_int_equal(h->heads + h->pieces + h->ends, 0);
}

static void start(struct world *w, struct heard *h)
{
    struct upstream_body *body;
    struct buf bytes = {0};

    buf_puts(&bytes, "{\"model\":\"m\"}");
    assert_non_null(body = upstream_body_create(&bytes));
    start_with(w, h, body);
    upstream_body_release(body);
}

static void check_end(const struct heard *h, enum upstream_end how)
{
    assert_int_equal(h->ends, 1);
    assert_int_equal(h->how, how);
    assert_false(h->late);
}

static void check_body(const struct heard *h, const char *text)
{
    assert_int_equal(h->body.len, strlen(text));
    assert_memory_equal(h->body.data, text, strlen(text));
}

/* ---- fixture ---- */

static int setup(void **state)
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
    w->guard = (struct loop_timer){.fired = guard_fired, .cookie = w};
    w->tick = (struct loop_timer){.fired = tick_fired, .cookie = w};
    w->drip_timer = (struct loop_timer){.fired = drip_fired, .cookie = w};
    w->answer = say_hello;
    w->request_id = "req_1";
    *state = w;
    return 0;
}

static int teardown(void **state)
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

/* ---- what is told ---- */

static void test_whole_answer_is_told(void **state)
{
    struct world *w = *state;

    start(w, &w->a);
    run(w);
    check_end(&w->a, UPSTREAM_DONE);
    assert_int_equal(w->a.status, 200);
    check_body(&w->a, "hello");
}

static void test_stream_is_told_piece_by_piece(void **state)
{
    struct world *w = *state;

    w->answer = begin_stream;
    start(w, &w->a);
    settle(w);
    check_body(&w->a, "one");
    http_stub_puts(w->conn, "3\r\ntwo\r\n");
    settle(w);
    check_body(&w->a, "onetwo");
    assert_int_equal(w->a.ends, 0);
    http_stub_puts(w->conn, "0\r\n\r\n");
    run(w);
    check_end(&w->a, UPSTREAM_DONE);
    assert_int_equal(w->a.pieces, 2);
}

static void drip_a_stream(struct world *w, struct http_stub_conn *c)
{
    (void)c;
    drip(w, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            "Transfer-Encoding: chunked\r\n\r\n"
            "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
}

static void test_answer_may_come_byte_by_byte(void **state)
{
    struct world *w = *state;

    w->answer = drip_a_stream;
    start(w, &w->a);
    run(w);
    check_end(&w->a, UPSTREAM_DONE);
    assert_int_equal(w->a.heads, 1);
    check_body(&w->a, "onetwo");
}

static void say_busy(struct world *w, struct http_stub_conn *c)
{
    (void)w;
    http_stub_puts(c, "HTTP/1.1 429 Too Many\r\ncontent-type: text/plain \r\n"
                      "RETRY-AFTER:  17\r\nContent-Length: 4\r\n\r\nbusy");
}

static void test_head_is_told_once_with_type_and_retry_after(void **state)
{
    struct world *w = *state;

    w->answer = say_busy;
    start(w, &w->a);
    run(w);
    check_end(&w->a, UPSTREAM_DONE);
    assert_int_equal(w->a.heads, 1);
    assert_int_equal(w->a.status, 429);
    assert_string_equal(w->a.type, "text/plain");
    assert_int_equal(w->a.retry_after, 17);
    check_body(&w->a, "busy");
}

static void say_date(struct world *w, struct http_stub_conn *c)
{
    (void)w;
    http_stub_puts(c, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n"
                      "Retry-After: Sun, 06 Nov 2094 08:49:37 GMT\r\n\r\n");
}

static void test_retry_after_that_is_a_date_counts_as_absent(void **state)
{
    struct world *w = *state;

    w->answer = say_date;
    start(w, &w->a);
    run(w);
    check_end(&w->a, UPSTREAM_DONE);
    assert_int_equal(w->a.status, 503);
    assert_int_equal(w->a.retry_after, 0);
    assert_string_equal(w->a.type, "");
    assert_int_equal(w->a.pieces, 0);
}

static void say_continue_first(struct world *w, struct http_stub_conn *c)
{
    http_stub_puts(c, "HTTP/1.1 100 Continue\r\nContent-Type: a/b\r\n"
                      "Retry-After: 9\r\n\r\n");
    http_stub_puts(c, "HTTP/1.1 103 Early Hints\r\n\r\n");
    say_hello(w, c);
}

static void test_interim_answers_are_skipped(void **state)
{
    struct world *w = *state;

    w->answer = say_continue_first;
    start(w, &w->a);
    run(w);
    check_end(&w->a, UPSTREAM_DONE);
    assert_int_equal(w->a.heads, 1);
    assert_int_equal(w->a.status, 200);
    assert_string_equal(w->a.type, "application/json");
    assert_int_equal(w->a.retry_after, 0);
}

static void say_with_trailer(struct world *w, struct http_stub_conn *c)
{
    begin_stream(w, c);
    http_stub_puts(c, "0\r\nContent-Type: text/html\r\nX-Sum: 1\r\n\r\n");
}

static void test_trailer_is_no_second_head(void **state)
{
    struct world *w = *state;

    w->answer = say_with_trailer;
    start(w, &w->a);
    run(w);
    check_end(&w->a, UPSTREAM_DONE);
    assert_int_equal(w->a.heads, 1);
    assert_string_equal(w->a.type, "text/event-stream");
}

static void say_elsewhere(struct world *w, struct http_stub_conn *c)
{
    char text[200];

    snprintf(text, sizeof(text),
        "HTTP/1.1 307 Go\r\nLocation: %s/other\r\nContent-Length: 0\r\n\r\n",
        w->origin);
    http_stub_puts(c, text);
}

static void test_redirect_is_not_followed(void **state)
{
    struct world *w = *state;

    w->answer = say_elsewhere;
    start(w, &w->a);
    run(w);
    check_end(&w->a, UPSTREAM_DONE);
    assert_int_equal(w->a.status, 307);
    assert_int_equal(http_stub_requests(w->stub), 1);
}

static void say_gzip(struct world *w, struct http_stub_conn *c)
{
    static const char zipped[] =
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\x48"
        "\xaf\xca\x2c\xd0\x51\xc8\x80\xb3\x01\xe3\x15\xba\x6f\x16\x00\x00\x00";

    (void)w;
    http_stub_puts(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                      "Content-Length: 34\r\n\r\n");
    http_stub_put(c, (struct span){zipped, 34});
}

static void test_gzip_is_decoded(void **state)
{
    struct world *w = *state;

    w->answer = say_gzip;
    start(w, &w->a);
    run(w);
    check_end(&w->a, UPSTREAM_DONE);
    check_body(&w->a, "hello gzip, hello gzip");
}

/* ---- how a call fails ---- */

static void test_refused_connection_is_unreachable(void **state)
{
    struct world *w = *state;
    struct sockaddr_in where = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(where);
    int fd = socket(AF_INET, SOCK_STREAM, 0); /* bound, but not listening */

    assert_int_equal(bind(fd, (struct sockaddr *)&where, n), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&where, &n), 0);
    snprintf(w->origin, sizeof(w->origin), "http://127.0.0.1:%u",
        ntohs(where.sin_port));
    start(w, &w->a);
    run(w);
    check_end(&w->a, UPSTREAM_UNREACHABLE);
    assert_int_equal(w->a.heads, 0);
    assert_int_equal(w->meter.connects + w->meter.reused, 0);
    close(fd);
}

static void test_silence_before_the_first_byte_is_silent(void **state)
{
    struct world *w = *state;

    w->answer = say_nothing;
    w->target.first_byte_ms = 30;
    start(w, &w->a);
    run(w);
    if (!w->seen_close)
        run(w);
    check_end(&w->a, UPSTREAM_SILENT);
    assert_int_equal(w->a.heads, 0);
}

static void test_silence_in_the_middle_is_stalled(void **state)
{
    struct world *w = *state;

    w->answer = begin_stream;
    w->target.idle_ms = 30;
    start(w, &w->a);
    run(w);
    check_end(&w->a, UPSTREAM_STALLED);
    check_body(&w->a, "one");
}

static void stream_for_ever(void *cookie)
{
    struct world *w = cookie;

    http_stub_puts(w->conn, "1\r\n.\r\n");
    loop_timer_set(w->loop, &w->drip_timer, 5);
}

static void begin_to_stream_for_ever(struct world *w, struct http_stub_conn *c)
{
    begin_stream(w, c);
    w->drip_timer.fired = stream_for_ever;
    loop_timer_set(w->loop, &w->drip_timer, 5);
}

static void test_call_that_takes_too_long_is_overdue(void **state)
{
    struct world *w = *state;

    w->answer = begin_to_stream_for_ever;
    w->target.total_ms = 100;
    start(w, &w->a);
    run(w);
    loop_timer_cancel(w->loop, &w->drip_timer);
    check_end(&w->a, UPSTREAM_OVERDUE);
}

static void test_call_may_be_overdue_before_its_first_byte(void **state)
{
    struct world *w = *state;

    w->answer = say_nothing;
    w->target.total_ms = 30;
    start(w, &w->a);
    run(w);
    check_end(&w->a, UPSTREAM_OVERDUE);
}

static void close_at_once(struct world *w, struct http_stub_conn *c)
{
    (void)w;
    http_stub_close(c);
}

static void test_close_before_the_answer_is_a_cut(void **state)
{
    struct world *w = *state;

    w->answer = close_at_once;
    start(w, &w->a);
    run(w);
    check_end(&w->a, UPSTREAM_CUT);
    assert_int_equal(w->a.heads, 0);
}

static void test_close_in_a_stream_is_a_cut(void **state)
{
    struct world *w = *state;

    w->answer = begin_stream;
    start(w, &w->a);
    settle(w);
    http_stub_close(w->conn);
    run(w);
    check_end(&w->a, UPSTREAM_CUT);
    check_body(&w->a, "one");
}

static void close_short(struct world *w, struct http_stub_conn *c)
{
    (void)w;
    http_stub_puts(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    http_stub_close(c);
}

static void test_body_shorter_than_its_length_is_a_cut(void **state)
{
    struct world *w = *state;

    w->answer = close_short;
    start(w, &w->a);
    run(w);
    check_end(&w->a, UPSTREAM_CUT);
    check_body(&w->a, "half");
}

static void say_bad_chunk(struct world *w, struct http_stub_conn *c)
{
    begin_stream(w, c);
    http_stub_puts(c, "zz\r\n?\r\n");
}

static void test_broken_chunk_is_a_cut(void **state)
{
    struct world *w = *state;

    w->answer = say_bad_chunk;
    start(w, &w->a);
    run(w);
    check_end(&w->a, UPSTREAM_CUT);
}

static void say_garbage(struct world *w, struct http_stub_conn *c)
{
    (void)w;
    http_stub_puts(c, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
}

static void test_what_is_not_http_is_a_cut(void **state)
{
    struct world *w = *state;

    w->answer = say_garbage;
    start(w, &w->a);
    run(w);
    check_end(&w->a, UPSTREAM_CUT);
    assert_int_equal(w->a.heads, 0);
}

static void put_headers(struct http_stub_conn *c, unsigned kib)
{
    char line[1025];

    http_stub_puts(c, "HTTP/1.1 200 OK\r\n");
    memset(line, 'x', 1024);
    memcpy(line, "X-Filler: ", 10);
    memcpy(line + 1022, "\r\n", 3);
    for (unsigned i = 0; i < kib; i++)
        http_stub_puts(c, line);
    http_stub_puts(c, "Content-Length: 2\r\n\r\nok");
}

static void say_many_headers(struct world *w, struct http_stub_conn *c)
{
    (void)w;
    put_headers(c, 65);
}

static void say_fewer_headers(struct world *w, struct http_stub_conn *c)
{
    (void)w;
    put_headers(c, 60);
}

static void test_header_block_above_64_kib_is_a_cut(void **state)
{
    struct world *w = *state;

    w->answer = say_many_headers;
    start(w, &w->a);
    run(w);
    check_end(&w->a, UPSTREAM_CUT);
    assert_int_equal(w->a.heads, 0);
}

static void test_header_block_below_64_kib_is_taken(void **state)
{
    struct world *w = *state;

    w->answer = say_fewer_headers;
    start(w, &w->a);
    run(w);
    check_end(&w->a, UPSTREAM_DONE);
    check_body(&w->a, "ok");
}

/* ---- pausing ---- */

enum { MUCH = 8 << 20 };

static void say_much(struct world *w, struct http_stub_conn *c)
{
    char *text = malloc(MUCH);

    (void)w;
    assert_non_null(text);
    memset(text, 'm', MUCH);
    http_stub_puts(c, "HTTP/1.1 200 OK\r\nContent-Length: 8388608\r\n\r\n");
    http_stub_put(c, (struct span){text, MUCH});
    free(text);
}

static void pause_once(struct heard *h)
{
    if (h->pieces == 1)
        upstream_pause(h->call);
}

static void pause_always(struct heard *h)
{
    upstream_pause(h->call);
}

static void test_pause_stops_delivery_and_holds_the_upstream_back(void **state)
{
    struct world *w = *state;
    size_t before, unsent;

    w->answer = say_much;
    w->a.at_body = pause_once;
    start(w, &w->a);
    settle(w);
    assert_true(w->a.pieces > 0);
    before = w->a.body.len;
    unsent = http_stub_unsent(w->conn);
    wait_ms(w, 50);
    assert_int_equal(w->a.body.len, before);
    assert_int_equal(http_stub_unsent(w->conn), unsent);
    assert_true(unsent > 0);
}

static void test_resume_goes_on_to_the_end(void **state)
{
    struct world *w = *state;

    w->answer = say_much;
    w->a.at_body = pause_once;
    start(w, &w->a);
    settle(w);
    upstream_resume(w->a.call);
    run(w);
    check_end(&w->a, UPSTREAM_DONE);
    assert_int_equal(w->a.body.len, MUCH);
}

static void test_call_may_be_paused_again_and_again(void **state)
{
    struct world *w = *state;

    w->answer = say_much;
    w->a.at_body = pause_always;
    start(w, &w->a);
    while (w->a.ends == 0) {
        settle(w);
        if (w->a.call != NULL)
            upstream_resume(w->a.call);
    }
    check_end(&w->a, UPSTREAM_DONE);
    assert_int_equal(w->a.body.len, MUCH);
}

static void test_pausing_twice_is_pausing_once(void **state)
{
    struct world *w = *state;

    w->answer = begin_stream;
    start(w, &w->a);
    settle(w);
    upstream_resume(w->a.call);
    upstream_pause(w->a.call);
    upstream_pause(w->a.call);
    http_stub_puts(w->conn, "3\r\ntwo\r\n0\r\n\r\n");
    settle(w);
    check_body(&w->a, "one");
    upstream_resume(w->a.call);
    run(w);
    check_end(&w->a, UPSTREAM_DONE);
    check_body(&w->a, "onetwo");
}

static void test_pause_does_not_count_as_a_stall(void **state)
{
    struct world *w = *state;

    w->answer = begin_stream;
    w->a.at_body = pause_once;
    w->target.idle_ms = 300;
    start(w, &w->a);
    settle(w);
    wait_ms(w, 700);
    assert_int_equal(w->a.ends, 0);
    http_stub_puts(w->conn, "0\r\n\r\n");
    upstream_resume(w->a.call);
    run(w);
    check_end(&w->a, UPSTREAM_DONE);
}

static void test_pause_does_not_count_against_the_total(void **state)
{
    struct world *w = *state;

    w->answer = begin_stream;
    w->a.at_body = pause_once;
    w->target.total_ms = 400;
    start(w, &w->a);
    settle(w);
    wait_ms(w, 800);
    assert_int_equal(w->a.ends, 0);
    http_stub_puts(w->conn, "0\r\n\r\n");
    upstream_resume(w->a.call);
    run(w);
    check_end(&w->a, UPSTREAM_DONE);
}

static void test_deadlines_go_on_after_a_pause(void **state)
{
    struct world *w = *state;

    w->answer = begin_stream;
    w->a.at_body = pause_once;
    w->target.idle_ms = 50;
    start(w, &w->a);
    settle(w);
    wait_ms(w, 100);
    upstream_resume(w->a.call);
    run(w);
    check_end(&w->a, UPSTREAM_STALLED);
}

/* ---- letting go ---- */

static void cancel(struct heard *h)
{
    upstream_cancel(h->call);
    h->call = NULL;
}

static void check_cancelled(struct world *w)
{
    run(w); /* until the server sees the close */
    assert_true(w->seen_close);
    settle(w);
    assert_int_equal(w->a.ends, 0);
    assert_false(w->a.late);
}

static void test_cancel_closes_the_connection(void **state)
{
    struct world *w = *state;

    w->answer = begin_stream;
    start(w, &w->a);
    settle(w);
    cancel(&w->a);
    check_cancelled(w);
}

static void test_cancel_before_anything_happened_is_silent(void **state)
{
    struct world *w = *state;

    start(w, &w->a);
    cancel(&w->a);
    settle(w);
    assert_int_equal(w->a.heads + w->a.ends, 0);
    assert_int_equal(http_stub_requests(w->stub), 0);
}

static void test_cancel_while_the_head_is_told(void **state)
{
    struct world *w = *state;

    w->a.at_head = cancel;
    start(w, &w->a);
    check_cancelled(w);
    assert_int_equal(w->a.pieces, 0);
}

static void test_cancel_while_the_body_is_told(void **state)
{
    struct world *w = *state;

    w->answer = say_much;
    w->a.at_body = cancel;
    start(w, &w->a);
    check_cancelled(w);
    assert_int_equal(w->a.pieces, 1);
}

static void cancel_second(struct heard *h)
{
    if (h->pieces == 2)
        cancel(h);
    else
        upstream_pause(h->call);
}

static void test_cancel_while_a_resume_tells_the_body(void **state)
{
    struct world *w = *state;

    w->answer = say_much;
    w->a.at_body = cancel_second;
    start(w, &w->a);
    settle(w);
    upstream_resume(w->a.call);
    check_cancelled(w);
    assert_int_equal(w->a.pieces, 2);
}

static void release(struct heard *h)
{
    upstream_release(h->call);
    h->call = NULL;
}

static void test_released_connection_serves_again(void **state)
{
    struct world *w = *state;

    w->answer = begin_stream;
    w->a.at_body = release;
    start(w, &w->a);
    settle(w);
    http_stub_puts(w->conn, "6\r\nunseen\r\n0\r\n\r\n");
    settle(w);
    check_body(&w->a, "one");
    assert_int_equal(w->a.ends, 0);
    w->answer = say_hello;
    start(w, &w->b);
    run(w);
    check_end(&w->b, UPSTREAM_DONE);
    assert_int_equal(http_stub_requests(w->stub), 2);
    assert_int_equal(http_stub_connections(w->stub), 1);
}

static void test_released_call_that_does_not_end_is_cancelled(void **state)
{
    struct world *w = *state;

    w->answer = begin_to_stream_for_ever;
    w->a.at_body = release;
    start(w, &w->a);
    run(w);
    loop_timer_cancel(w->loop, &w->drip_timer);
    assert_true(w->seen_close);
    assert_int_equal(w->a.ends, 0);
    assert_int_equal(w->a.pieces, 1);
}

static void test_released_while_paused_is_cancelled(void **state)
{
    struct world *w = *state;

    w->answer = begin_stream;
    w->a.at_body = pause_once;
    start(w, &w->a);
    settle(w);
    release(&w->a);
    check_cancelled(w);
}

static void test_free_pool_ends_calls_without_a_word(void **state)
{
    struct world *w = *state;

    w->answer = begin_stream;
    start(w, &w->a);
    start(w, &w->b);
    settle(w);
    upstream_pool_free(w->pool);
    w->pool = NULL;
    run(w);
    assert_true(w->seen_close);
    assert_int_equal(w->a.ends + w->b.ends, 0);
}

static void test_what_was_cancelled_leaves_nothing_to_the_next_call(
    void **state)
{
    struct world *w = *state;
    char key[] = "up-secret";

    w->target.key = key;
    w->answer = say_much;
    w->a.at_body = pause_once;
    start(w, &w->a);
    settle(w);
    cancel(&w->a);
    check_cancelled(w);
    w->target.key = NULL;
    w->answer = say_hello;
    start(w, &w->b);
    run(w);
    check_end(&w->b, UPSTREAM_DONE);
    check_body(&w->b, "hello");
    assert_null(strcasestr(w->request.data, "authorization"));
}

/* ---- several calls ---- */

static void test_second_call_uses_the_same_connection(void **state)
{
    struct world *w = *state;

    start(w, &w->a);
    run(w);
    start(w, &w->b);
    run(w);
    check_end(&w->b, UPSTREAM_DONE);
    assert_int_equal(http_stub_connections(w->stub), 1);
}

static void test_connection_that_was_closed_meanwhile_is_not_used(void **state)
{
    struct world *w = *state;

    start(w, &w->a);
    run(w);
    http_stub_close(w->conn);
    settle(w);
    start(w, &w->b);
    run(w);
    check_end(&w->b, UPSTREAM_DONE);
    assert_int_equal(http_stub_connections(w->stub), 2);
}

static void check_meter(
    const struct world *w, uint64_t connects, uint64_t reused)
{
    assert_int_equal(w->meter.connects, connects);
    assert_int_equal(w->meter.reused, reused);
}

static void test_made_and_kept_connections_are_counted(void **state)
{
    struct world *w = *state;

    start(w, &w->a);
    run(w);
    check_meter(w, 1, 0);
    start(w, &w->b);
    run(w);
    check_meter(w, 1, 1);
}

static void test_connection_is_counted_when_its_stream_begins(void **state)
{
    struct world *w = *state;

    w->answer = begin_stream;
    start(w, &w->a);
    settle(w);
    check_meter(w, 1, 0);
    cancel(&w->a);
    settle(w);
    check_meter(w, 1, 0);
}

/* Its handle has had a call before, whose figures are not its own. */
static void test_call_that_never_begins_is_not_counted(void **state)
{
    struct world *w = *state;

    start(w, &w->a);
    run(w);
    start(w, &w->b);
    cancel(&w->b);
    settle(w);
    check_meter(w, 1, 0);
}

static void test_connection_without_an_answer_is_counted(void **state)
{
    struct world *w = *state;

    w->answer = close_at_once;
    start(w, &w->a);
    run(w);
    check_meter(w, 1, 0);
}

static void answer_the_second(struct world *w, struct http_stub_conn *c)
{
    if (http_stub_requests(w->stub) == 2)
        say_hello(w, c);
}

static void test_call_does_not_wait_for_another_one(void **state)
{
    struct world *w = *state;

    w->answer = answer_the_second;
    start(w, &w->a);
    start(w, &w->b);
    run(w);
    assert_int_equal(w->a.ends + w->b.ends, 1);
    assert_int_equal(http_stub_connections(w->stub), 2);
}

static void test_body_is_shared_by_two_calls(void **state)
{
    struct world *w = *state;
    struct upstream_body *body;
    struct buf bytes = {0};

    buf_puts(&bytes, "{\"shared\":1}");
    assert_non_null(body = upstream_body_create(&bytes));
    assert_null(bytes.data);
    start_with(w, &w->a, body);
    run(w);
    assert_non_null(strstr(w->request.data, "\r\n\r\n{\"shared\":1}"));
    start_with(w, &w->b, body);
    upstream_body_release(body);
    run(w);
    assert_non_null(strstr(w->request.data, "\r\n\r\n{\"shared\":1}"));
    check_end(&w->b, UPSTREAM_DONE);
}

/* ---- what is sent ---- */

static void test_request_is_what_was_asked_for(void **state)
{
    static const char line[] = "POST /v1/chat/completions HTTP/1.1\r\n";
    struct world *w = *state;

    start(w, &w->a);
    run(w);
    assert_memory_equal(w->request.data, line, sizeof(line) - 1);
    assert_non_null(
        strstr(w->request.data, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(w->request.data, "\r\nAccept: text/event-stream"));
    assert_non_null(strstr(w->request.data, "\r\nx-request-id: req_1\r\n"));
    assert_null(strcasestr(w->request.data, "\r\nexpect:"));
    assert_non_null(strstr(w->request.data, "\r\n\r\n{\"model\":\"m\"}"));
}

static void test_second_request_has_its_own_id(void **state)
{
    struct world *w = *state;

    start(w, &w->a);
    run(w);
    w->request_id = "req_2";
    start(w, &w->b);
    run(w);
    assert_non_null(strstr(w->request.data, "\r\nx-request-id: req_2\r\n"));
    assert_null(strstr(w->request.data, "req_1"));
}

static void test_key_of_the_target_is_sent(void **state)
{
    struct world *w = *state;
    char key[] = "up-secret";

    w->target.key = key;
    start(w, &w->a);
    run(w);
    assert_non_null(
        strstr(w->request.data, "\r\nAuthorization: Bearer up-secret\r\n"));
}

static void test_no_authorization_without_a_key(void **state)
{
    struct world *w = *state;

    start(w, &w->a);
    run(w);
    assert_null(strcasestr(w->request.data, "authorization"));
}

static void test_proxy_of_the_environment_is_not_used(void **state)
{
    struct world *w = *state;

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    unsetenv("no_proxy");
    unsetenv("NO_PROXY");
    start(w, &w->a);
    run(w);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    check_end(&w->a, UPSTREAM_DONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_whole_answer_is_told),
        TEST(test_stream_is_told_piece_by_piece),
        TEST(test_answer_may_come_byte_by_byte),
        TEST(test_head_is_told_once_with_type_and_retry_after),
        TEST(test_retry_after_that_is_a_date_counts_as_absent),
        TEST(test_interim_answers_are_skipped),
        TEST(test_trailer_is_no_second_head),
        TEST(test_redirect_is_not_followed),
        TEST(test_gzip_is_decoded),
        TEST(test_refused_connection_is_unreachable),
        TEST(test_silence_before_the_first_byte_is_silent),
        TEST(test_silence_in_the_middle_is_stalled),
        TEST(test_call_that_takes_too_long_is_overdue),
        TEST(test_call_may_be_overdue_before_its_first_byte),
        TEST(test_close_before_the_answer_is_a_cut),
        TEST(test_close_in_a_stream_is_a_cut),
        TEST(test_body_shorter_than_its_length_is_a_cut),
        TEST(test_broken_chunk_is_a_cut),
        TEST(test_what_is_not_http_is_a_cut),
        TEST(test_header_block_above_64_kib_is_a_cut),
        TEST(test_header_block_below_64_kib_is_taken),
        TEST(test_pause_stops_delivery_and_holds_the_upstream_back),
        TEST(test_resume_goes_on_to_the_end),
        TEST(test_call_may_be_paused_again_and_again),
        TEST(test_pausing_twice_is_pausing_once),
        TEST(test_pause_does_not_count_as_a_stall),
        TEST(test_pause_does_not_count_against_the_total),
        TEST(test_deadlines_go_on_after_a_pause),
        TEST(test_cancel_closes_the_connection),
        TEST(test_cancel_before_anything_happened_is_silent),
        TEST(test_cancel_while_the_head_is_told),
        TEST(test_cancel_while_the_body_is_told),
        TEST(test_cancel_while_a_resume_tells_the_body),
        TEST(test_released_connection_serves_again),
        TEST(test_released_call_that_does_not_end_is_cancelled),
        TEST(test_released_while_paused_is_cancelled),
        TEST(test_free_pool_ends_calls_without_a_word),
        TEST(test_what_was_cancelled_leaves_nothing_to_the_next_call),
        TEST(test_second_call_uses_the_same_connection),
        TEST(test_connection_that_was_closed_meanwhile_is_not_used),
        TEST(test_made_and_kept_connections_are_counted),
        TEST(test_connection_is_counted_when_its_stream_begins),
        TEST(test_call_that_never_begins_is_not_counted),
        TEST(test_connection_without_an_answer_is_counted),
        TEST(test_call_does_not_wait_for_another_one),
        TEST(test_body_is_shared_by_two_calls),
        TEST(test_request_is_what_was_asked_for),
        TEST(test_second_request_has_its_own_id),
        TEST(test_key_of_the_target_is_sent),
        TEST(test_no_authorization_without_a_key),
        TEST(test_proxy_of_the_environment_is_not_used),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
