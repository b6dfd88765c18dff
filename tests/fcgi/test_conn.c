/* A connection hands over whole requests, frames the answer, holds a slow
 * reader to its bounds, and tells its owner exactly once that the other side
 * is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn.h"
#include "outq.h"
#include "wire.h"

enum { LONG_MS = 600000 };

/* One connection and the owner of its requests. */
struct bench {
    struct loop *loop;
    struct conn_set *set;
    struct loop_task stop;
    struct loop_timer patience;
    int peer;

    struct conn *conn; /* of the last request */
    int requests, gone, room;
    char body[64];
    bool timed_out, body_over;

    /* What to do in the callbacks. */
    const char *answer;
    bool finish, abort, write_when_gone, until_gone, until_request;
};

static void owner_request(void *cookie, struct conn *c, struct request *r)
{
    struct bench *b = cookie;
    struct span body = request_body(r);

    b->conn = c;
    b->requests++;
    b->timed_out = request_timed_out(r);
    b->body_over = request_body_over(r);
    snprintf(b->body, sizeof(b->body), "%.*s", (int)body.n,
        body.n == 0 ? "" : body.p);
    request_free(r);
    conn_claim(c, b);
    if (b->answer != NULL)
        conn_write(c, b->answer, strlen(b->answer));
    if (b->finish)
        conn_finish(c);
    if (b->abort)
        conn_abort(c);
    if (b->until_request)
        loop_stop(b->loop);
}

static void owner_gone(void *call)
{
    struct bench *b = call;

    b->gone++;
    if (b->write_when_gone) {
        conn_write(b->conn, "late", 4);
        conn_finish(b->conn);
        conn_abort(b->conn);
    }
    b->conn = NULL;
    if (b->until_gone)
        loop_stop(b->loop);
}

static void owner_room(void *call)
{
    struct bench *b = call;

    b->room++;
}

static const struct conn_owner owner = {
    owner_request, owner_gone, owner_room, NULL};

static void callback_stop(void *cookie)
{
    loop_stop(cookie);
}

static void turn(struct bench *b)
{
    loop_later(b->loop, &b->stop);
    assert_int_equal(loop_run(b->loop), 0);
}

/* As many turns as it takes until nothing is left to happen. */
static void turns(struct bench *b)
{
    for (int i = 0; i < 4; i++)
        turn(b);
}

/* One more connection to the set; its other end. */
static int connect_one(struct bench *b)
{
    int fd[2];

    assert_int_equal(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
    conn_adopt(b->set, fd[0]);
    return fd[1];
}

static struct conn_limits limits = {.body_max = 1 << 20,
    .body_ms = LONG_MS,
    .stall_ms = LONG_MS,
    .most = 4,
    .idle_ms = LONG_MS};

static int setup(void **state)
{
    static struct bench bench;

    bench = (struct bench){.answer = "Status: 200\r\n\r\nhello"};
    if ((bench.loop = loop_create()) == NULL)
        return -1;
    bench.stop = (struct loop_task){.run = callback_stop, .cookie = bench.loop};
    bench.set = conn_set_create(bench.loop, &owner, &bench, &limits);
    if (bench.set == NULL)
        return -1;
    bench.peer = connect_one(&bench);
    *state = &bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    conn_set_free(b->set);
    loop_free(b->loop);
    if (b->peer != -1)
        close(b->peer);
    return 0;
}

static void set_limits(struct bench *b, const struct conn_limits *l)
{
    conn_set_limits(b->set, l);
    close(b->peer);
    b->peer = connect_one(b);
}

static void send_all(int fd, const void *data, size_t n)
{
    assert_int_equal(send(fd, data, n, MSG_NOSIGNAL), n);
}

static void send_request(
    struct bench *b, uint16_t id, uint8_t flags, const char *body)
{
    struct buf wire = {0};

    wire_request(&wire, id, flags, body);
    send_all(b->peer, wire.data, wire.len);
    buf_free(&wire);
}

/* What the web server reads: STDOUT put together, and how it ended. */
struct answer {
    char out[256];
    size_t n, total;
    int ends, values;
    bool closed;
    uint16_t id;
    struct buf left; /* begin of a record */
};

static void take_record(
    struct answer *a, const struct record *r, const char *content)
{
    a->id = r->id;
    if (r->type == RECORD_END_REQUEST)
        a->ends++;
    if (r->type == RECORD_GET_VALUES_RESULT)
        a->values++;
    if (r->type != RECORD_STDOUT)
        return;
    a->total += r->content;
    for (size_t i = 0; i < r->content && a->n + 1 < sizeof(a->out); i++)
        a->out[a->n++] = content[i];
    a->out[a->n] = '\0';
}

static void read_some(struct bench *b, struct answer *a)
{
    static char in[1 << 16];
    struct record r;
    ssize_t n;

    while ((n = read(b->peer, in, sizeof(in))) > 0)
        buf_put(&a->left, in, (size_t)n);
    a->closed = n == 0 || errno == ECONNRESET;
    for (;;) {
        if (a->left.len < RECORD_HEADER)
            return;
        record_decode((const uint8_t *)a->left.data, &r);
        n = RECORD_HEADER + r.content + r.padding;
        if (a->left.len < (size_t)n)
            return;
        take_record(a, &r, a->left.data + RECORD_HEADER);
        memmove(a->left.data, a->left.data + n, a->left.len - (size_t)n);
        a->left.len -= (size_t)n;
    }
}

static struct answer read_answer(struct bench *b)
{
    struct answer a = {.n = 0};

    read_some(b, &a);
    assert_int_equal(a.left.len, 0);
    buf_free(&a.left);
    return a;
}

static void test_request_in_one_piece_is_handed_over(void **state)
{
    struct bench *b = *state;

    send_request(b, 1, 0, "the body");
    turns(b);
    assert_int_equal(b->requests, 1);
    assert_string_equal(b->body, "the body");
    assert_false(b->timed_out);
}

static void test_request_byte_by_byte_is_handed_over(void **state)
{
    struct bench *b = *state;
    struct buf wire = {0};

    wire_request(&wire, 1, 0, "the body");
    for (size_t i = 0; i < wire.len; i++) {
        assert_int_equal(b->requests, 0);
        send_all(b->peer, wire.data + i, 1);
        turn(b);
    }
    assert_int_equal(b->requests, 1);
    assert_string_equal(b->body, "the body");
    buf_free(&wire);
}

static void test_answer_is_framed(void **state)
{
    struct bench *b = *state;
    struct answer a;

    b->finish = true;
    send_request(b, 9, 0, "");
    turns(b);
    a = read_answer(b);
    assert_string_equal(a.out, b->answer);
    assert_int_equal(a.ends, 1);
    assert_int_equal(a.id, 9);
}

static void test_pieces_of_an_answer_are_sent_as_they_come(void **state)
{
    struct bench *b = *state;
    struct answer a;

    send_request(b, 1, 0, "");
    turns(b);
    a = read_answer(b);
    assert_string_equal(a.out, b->answer);
    assert_int_equal(a.ends, 0);
    conn_write(b->conn, "more", 4);
    turn(b);
    a = read_answer(b);
    assert_string_equal(a.out, "more");
    conn_finish(b->conn);
    turn(b);
    a = read_answer(b);
    assert_int_equal(a.ends, 1);
}

static void test_piece_larger_than_a_record_is_cut(void **state)
{
    struct bench *b = *state;
    static char big[RECORD_CONTENT_MAX + 1000];
    struct answer a = {.n = 0};

    b->answer = NULL;
    send_request(b, 1, 0, "");
    turns(b);
    conn_write(b->conn, big, sizeof(big));
    conn_finish(b->conn);
    while (!a.closed) {
        turn(b);
        read_some(b, &a);
    }
    assert_int_equal(a.total, sizeof(big));
    assert_int_equal(a.ends, 1);
    buf_free(&a.left);
}

static void test_connection_is_closed_when_it_is_not_kept(void **state)
{
    struct bench *b = *state;

    b->finish = true;
    send_request(b, 1, 0, "");
    turns(b);
    assert_true(read_answer(b).closed);
    assert_int_equal(conn_set_count(b->set), 0);
}

static void test_kept_connection_takes_two_requests(void **state)
{
    struct bench *b = *state;
    struct answer a;

    b->finish = true;
    send_request(b, 1, RECORD_KEEP_CONN, "one");
    turns(b);
    assert_string_equal(b->body, "one");
    a = read_answer(b);
    assert_int_equal(a.ends, 1);
    assert_false(a.closed);
    send_request(b, 1, RECORD_KEEP_CONN, "two");
    turns(b);
    assert_string_equal(b->body, "two");
    a = read_answer(b);
    assert_int_equal(a.ends, 1);
    assert_int_equal(b->requests, 2);
    assert_int_equal(conn_set_count(b->set), 1);
}

static void test_requests_sent_at_once_are_answered_in_turn(void **state)
{
    struct bench *b = *state;
    struct buf wire = {0};
    struct answer a;

    b->finish = true;
    wire_request(&wire, 1, RECORD_KEEP_CONN, "one");
    wire_request(&wire, 2, RECORD_KEEP_CONN, "two");
    wire_request(&wire, 3, 0, "three");
    send_all(b->peer, wire.data, wire.len);
    turns(b);
    assert_int_equal(b->requests, 3);
    assert_string_equal(b->body, "three");
    a = read_answer(b);
    assert_int_equal(a.ends, 3);
    assert_true(a.closed);
    buf_free(&wire);
}

static void test_next_request_waits_for_the_one_before(void **state)
{
    struct bench *b = *state;

    send_request(b, 1, RECORD_KEEP_CONN, "one");
    send_request(b, 2, RECORD_KEEP_CONN, "two");
    turns(b);
    assert_int_equal(b->requests, 1);
    conn_finish(b->conn);
    turns(b);
    assert_int_equal(b->requests, 2);
    assert_string_equal(b->body, "two");
}

static void test_what_is_sent_ahead_is_bounded(void **state)
{
    struct bench *b = *state;
    static char body[1 << 19];
    struct buf wire = {0};
    size_t sent = 0;
    ssize_t n;

    memset(body, 'b', sizeof(body) - 1);
    send_request(b, 1, RECORD_KEEP_CONN, "one");
    turns(b);
    wire_begin(&wire, 2, RECORD_RESPONDER, 0);
    wire_record(&wire, RECORD_PARAMS, 2, "", 0, 0);
    wire_stream(
        &wire, RECORD_STDIN, 2, (struct span){body, sizeof(body) - 1}, 60000);
    for (int i = 0; i < 100 && sent < wire.len; i++) {
        n = write(b->peer, wire.data + sent, wire.len - sent);
        sent += n > 0 ? (size_t)n : 0;
        turn(b);
    }
    assert_true(sent < wire.len);
    conn_finish(b->conn);
    while (sent < wire.len) {
        turn(b);
        n = write(b->peer, wire.data + sent, wire.len - sent);
        sent += n > 0 ? (size_t)n : 0;
    }
    turns(b);
    assert_int_equal(b->requests, 2);
    buf_free(&wire);
}

static void test_close_while_answering_is_told_once(void **state)
{
    struct bench *b = *state;

    send_request(b, 1, RECORD_KEEP_CONN, "");
    turns(b);
    close(b->peer);
    b->peer = -1;
    turns(b);
    assert_int_equal(b->gone, 1);
    assert_int_equal(conn_set_count(b->set), 0);
}

static void test_half_close_while_answering_is_told_once(void **state)
{
    struct bench *b = *state;

    send_request(b, 1, 0, "");
    turns(b);
    shutdown(b->peer, SHUT_WR);
    turns(b);
    assert_int_equal(b->gone, 1);
}

static void test_abort_record_while_answering_is_told_once(void **state)
{
    struct bench *b = *state;
    struct buf wire = {0};

    send_request(b, 3, RECORD_KEEP_CONN, "");
    turns(b);
    wire_record(&wire, RECORD_ABORT_REQUEST, 3, "", 0, 0);
    wire_record(&wire, RECORD_ABORT_REQUEST, 3, "", 0, 0);
    send_all(b->peer, wire.data, wire.len);
    turns(b);
    assert_int_equal(b->gone, 1);
    assert_true(read_answer(b).closed);
    buf_free(&wire);
}

static void test_late_abort_record_is_ignored(void **state)
{
    struct bench *b = *state;
    struct buf wire = {0};

    b->finish = true;
    send_request(b, 3, RECORD_KEEP_CONN, "");
    turns(b);
    wire_record(&wire, RECORD_ABORT_REQUEST, 3, "", 0, 0);
    send_all(b->peer, wire.data, wire.len);
    send_request(b, 3, RECORD_KEEP_CONN, "next");
    turns(b);
    assert_int_equal(b->requests, 2);
    assert_int_equal(b->gone, 0);
    buf_free(&wire);
}

static void test_garbage_while_answering_is_told_once(void **state)
{
    struct bench *b = *state;

    send_request(b, 1, RECORD_KEEP_CONN, "");
    turns(b);
    send_all(b->peer, "GET / HTTP/1.1\r\n\r\n", 18);
    turns(b);
    assert_int_equal(b->gone, 1);
}

static void test_calls_from_gone_are_harmless(void **state)
{
    struct bench *b = *state;

    b->write_when_gone = true;
    send_request(b, 1, 0, "");
    turns(b);
    shutdown(b->peer, SHUT_WR);
    turns(b);
    assert_int_equal(b->gone, 1);
}

static void test_close_before_a_request_is_not_told(void **state)
{
    struct bench *b = *state;

    send_all(b->peer, "\1\1\0\1", 4);
    turns(b);
    close(b->peer);
    b->peer = -1;
    turns(b);
    assert_int_equal(b->gone, 0);
    assert_int_equal(conn_set_count(b->set), 0);
}

static void test_close_after_finish_is_not_told(void **state)
{
    struct bench *b = *state;

    b->finish = true;
    send_request(b, 1, RECORD_KEEP_CONN, "");
    turns(b);
    close(b->peer);
    b->peer = -1;
    turns(b);
    assert_int_equal(b->gone, 0);
    assert_int_equal(conn_set_count(b->set), 0);
}

static void test_garbage_closes_the_connection(void **state)
{
    struct bench *b = *state;

    send_all(b->peer, "GET / HTTP/1.1\r\n\r\n", 18);
    turns(b);
    assert_true(read_answer(b).closed);
    assert_int_equal(b->requests, 0);
}

static void test_malformed_variables_close_the_connection(void **state)
{
    struct bench *b = *state;
    struct buf wire = {0};

    wire_begin(&wire, 1, RECORD_RESPONDER, 0);
    wire_stream(&wire, RECORD_PARAMS, 1,
        (struct span){"\x09\x09"
                      "A",
            3},
        100);
    wire_record(&wire, RECORD_STDIN, 1, "", 0, 0);
    send_all(b->peer, wire.data, wire.len);
    turns(b);
    assert_true(read_answer(b).closed);
    assert_int_equal(b->requests, 0);
    buf_free(&wire);
}

static void test_values_are_answered_at_once(void **state)
{
    struct bench *b = *state;
    struct buf wire = {0};

    wire_record(&wire, RECORD_GET_VALUES, 0, "", 0, 0);
    send_all(b->peer, wire.data, wire.len);
    turns(b);
    assert_int_equal(read_answer(b).values, 1);
    buf_free(&wire);
}

static void test_values_are_answered_between_pieces_of_an_answer(void **state)
{
    struct bench *b = *state;
    struct buf wire = {0};
    struct answer a;

    send_request(b, 1, 0, "");
    turns(b);
    wire_record(&wire, RECORD_GET_VALUES, 0, "", 0, 0);
    send_all(b->peer, wire.data, wire.len);
    turns(b);
    conn_finish(b->conn);
    turns(b);
    a = read_answer(b);
    assert_int_equal(a.values, 1);
    assert_int_equal(a.ends, 1);
    buf_free(&wire);
}

static void test_abort_closes_without_an_end(void **state)
{
    struct bench *b = *state;
    struct answer a;

    b->abort = true;
    send_request(b, 1, RECORD_KEEP_CONN, "");
    turns(b);
    a = read_answer(b);
    assert_int_equal(a.ends, 0);
    assert_true(a.closed);
    assert_int_equal(b->gone, 0);
}

static void test_abort_sends_what_was_written_before(void **state)
{
    struct bench *b = *state;

    b->abort = true;
    send_request(b, 1, 0, "");
    turns(b);
    assert_string_equal(read_answer(b).out, b->answer);
}

static void test_body_above_the_cap_is_handed_over_flagged(void **state)
{
    struct bench *b = *state;
    struct conn_limits l = limits;

    l.body_max = 3;
    set_limits(b, &l);
    send_request(b, 1, 0, "four");
    turns(b);
    assert_int_equal(b->requests, 1);
    assert_true(b->body_over);
}

/* Write until the queue is full. */
static size_t fill(struct bench *b)
{
    static char block[1000];
    size_t n = 0;

    while (!conn_full(b->conn)) {
        conn_write(b->conn, block, sizeof(block));
        n += sizeof(block);
        if (n % 10000 == 0)
            turn(b);
    }
    return n;
}

static void test_slow_reader_fills_the_queue(void **state)
{
    struct bench *b = *state;

    send_request(b, 1, 0, "");
    turns(b);
    fill(b);
    turns(b);
    assert_true(conn_full(b->conn));
    assert_int_equal(b->room, 0);
}

static void test_room_is_told_once_when_the_reader_goes_on(void **state)
{
    struct bench *b = *state;
    struct answer a = {.n = 0};
    size_t total;

    b->answer = NULL;
    send_request(b, 1, 0, "");
    turns(b);
    total = fill(b);
    while (a.total < total) {
        read_some(b, &a);
        turn(b);
    }
    assert_int_equal(a.total, total);
    assert_int_equal(b->room, 1);
    assert_false(conn_full(b->conn));
    buf_free(&a.left);
}

static void test_queue_that_never_blocks_gives_room_in_the_same_turn(
    void **state)
{
    struct bench *b = *state;
    static char block[OUTQ_HIGH + 1];

    send_request(b, 1, 0, "");
    turns(b);
    conn_write(b->conn, block, sizeof(block));
    assert_true(conn_full(b->conn));
    turn(b);
    assert_int_equal(b->room, 1);
}

static void test_stalled_reader_is_gone(void **state)
{
    struct bench *b = *state;
    struct conn_limits l = limits;

    l.stall_ms = 20;
    set_limits(b, &l);
    b->until_gone = true;
    send_request(b, 1, 0, "");
    turns(b);
    fill(b);
    assert_int_equal(loop_run(b->loop), 0);
    assert_int_equal(b->gone, 1);
    assert_int_equal(conn_set_count(b->set), 0);
}

static void test_stalled_reader_of_a_finished_answer_is_dropped(void **state)
{
    struct bench *b = *state;
    struct conn_limits l = limits;

    l.stall_ms = 20;
    set_limits(b, &l);
    send_request(b, 1, 0, "");
    turns(b);
    fill(b);
    conn_finish(b->conn);
    b->patience =
        (struct loop_timer){.fired = callback_stop, .cookie = b->loop};
    loop_timer_set(b->loop, &b->patience, 200);
    assert_int_equal(loop_run(b->loop), 0);
    assert_int_equal(conn_set_count(b->set), 0);
    assert_int_equal(b->gone, 0);
}

static void test_finished_answer_reaches_a_slow_reader_whole(void **state)
{
    struct bench *b = *state;
    struct answer a = {.n = 0};
    size_t total;

    b->answer = NULL;
    send_request(b, 1, 0, "");
    turns(b);
    total = fill(b);
    conn_finish(b->conn);
    while (!a.closed) {
        turn(b);
        read_some(b, &a);
    }
    assert_int_equal(a.total, total);
    assert_int_equal(a.ends, 1);
    buf_free(&a.left);
}

static void test_late_body_is_handed_over_as_timed_out(void **state)
{
    struct bench *b = *state;
    struct conn_limits l = limits;
    struct buf wire = {0};

    l.body_ms = 20;
    set_limits(b, &l);
    b->until_request = true;
    b->finish = true;
    wire_request(&wire, 1, RECORD_KEEP_CONN, "body");
    send_all(b->peer, wire.data, wire.len - RECORD_HEADER);
    assert_int_equal(loop_run(b->loop), 0);
    assert_int_equal(b->requests, 1);
    assert_true(b->timed_out);
    assert_string_equal(b->body, "");

    /* What is left of it cannot be told from a next request. */
    turns(b);
    assert_true(read_answer(b).closed);
    buf_free(&wire);
}

static void test_rest_of_a_late_body_is_thrown_away(void **state)
{
    struct bench *b = *state;
    struct conn_limits l = limits;
    struct buf wire = {0};

    l.body_ms = 20;
    set_limits(b, &l);
    b->until_request = true;
    wire_request(&wire, 1, RECORD_KEEP_CONN, "body");
    send_all(b->peer, wire.data, wire.len - RECORD_HEADER);
    assert_int_equal(loop_run(b->loop), 0);
    send_all(b->peer, wire.data + wire.len - RECORD_HEADER, RECORD_HEADER);
    send_all(b->peer, "whatever", 8);
    turns(b);
    assert_int_equal(b->requests, 1);
    assert_int_equal(b->gone, 0);
    conn_finish(b->conn);
    turns(b);
    assert_int_equal(read_answer(b).ends, 1);
    buf_free(&wire);
}

/* Turn for a moment that is much longer than the limits under test. */
static void wait_a_moment(struct bench *b)
{
    b->patience =
        (struct loop_timer){.fired = callback_stop, .cookie = b->loop};
    assert_int_equal(loop_timer_set(b->loop, &b->patience, 200), 0);
    assert_int_equal(loop_run(b->loop), 0);
}

static void test_late_variables_close_the_connection(void **state)
{
    struct bench *b = *state;
    struct conn_limits l = limits;
    struct buf wire = {0};

    l.body_ms = 20;
    set_limits(b, &l);
    wire_begin(&wire, 1, RECORD_RESPONDER, 0);
    send_all(b->peer, wire.data, wire.len);
    wait_a_moment(b);
    assert_int_equal(b->requests, 0);
    assert_int_equal(conn_set_count(b->set), 0);
    buf_free(&wire);
}

static void test_answer_may_take_longer_than_the_body(void **state)
{
    struct bench *b = *state;
    struct conn_limits l = limits;

    l.body_ms = l.idle_ms = l.stall_ms = 20;
    set_limits(b, &l);
    send_request(b, 1, 0, "");
    wait_a_moment(b);
    assert_int_equal(b->requests, 1);
    assert_int_equal(b->gone, 0);
}

static void test_idle_connection_is_closed(void **state)
{
    struct bench *b = *state;
    struct conn_limits l = limits;

    l.idle_ms = 20;
    set_limits(b, &l);
    b->finish = true;
    send_request(b, 1, RECORD_KEEP_CONN, "");
    wait_a_moment(b);
    assert_int_equal(b->requests, 1);
    assert_int_equal(conn_set_count(b->set), 0);
}

static void test_connections_above_the_cap_are_closed(void **state)
{
    struct bench *b = *state;
    int peers[4];
    char c;

    for (int i = 0; i < 4; i++)
        peers[i] = connect_one(b);
    assert_int_equal(conn_set_count(b->set), 4);
    assert_int_equal(read(peers[3], &c, 1), 0);
    assert_int_equal(read(peers[2], &c, 1), -1);
    for (int i = 0; i < 4; i++)
        close(peers[i]);
}

static void test_drain_closes_kept_connections(void **state)
{
    struct bench *b = *state;

    b->finish = true;
    send_request(b, 1, RECORD_KEEP_CONN, "");
    turns(b);
    assert_int_equal(read_answer(b).ends, 1);
    conn_set_drain(b->set);
    assert_int_equal(conn_set_count(b->set), 0);
    assert_true(read_answer(b).closed);
}

static void test_drain_awaits_the_request_of_a_new_connection(void **state)
{
    struct bench *b = *state;
    struct answer a;

    b->finish = true;
    turns(b);
    conn_set_drain(b->set);
    assert_int_equal(conn_set_count(b->set), 1);
    send_request(b, 1, 0, "");
    turns(b);
    a = read_answer(b);
    assert_int_equal(a.ends, 1);
    assert_true(a.closed);
}

static void test_drain_takes_a_request_that_lies_unread(void **state)
{
    struct bench *b = *state;
    struct answer a;

    b->finish = true;
    send_request(b, 1, RECORD_KEEP_CONN, "");
    turns(b);
    assert_int_equal(read_answer(b).ends, 1);
    send_request(b, 1, RECORD_KEEP_CONN, "");
    conn_set_drain(b->set);
    turns(b);
    a = read_answer(b);
    assert_int_equal(a.ends, 1);
    assert_true(a.closed);
}

static void test_drain_gives_up_a_connection_without_a_request(void **state)
{
    struct bench *b = *state;
    struct pollfd p = {b->peer, POLLIN, 0};

    turns(b);
    conn_set_drain(b->set);
    while (poll(&p, 1, 10) == 0)
        turn(b);
    assert_true(read_answer(b).closed);
    assert_int_equal(conn_set_count(b->set), 0);
}

static void test_drain_lets_an_answer_end(void **state)
{
    struct bench *b = *state;
    struct answer a;

    send_request(b, 1, RECORD_KEEP_CONN, "");
    turns(b);
    conn_set_drain(b->set);
    conn_write(b->conn, "end", 3);
    conn_finish(b->conn);
    turns(b);
    a = read_answer(b);
    assert_int_equal(a.ends, 1);
    assert_true(a.closed);
    assert_int_equal(b->gone, 0);
}

static void test_drain_takes_no_new_connection(void **state)
{
    struct bench *b = *state;
    int peer;
    char c;

    conn_set_drain(b->set);
    peer = connect_one(b);
    assert_int_equal(read(peer, &c, 1), 0);
    close(peer);
}

static void test_freeing_the_set_tells_nobody(void **state)
{
    struct bench *b = *state;

    send_request(b, 1, 0, "");
    turns(b);
    conn_set_free(b->set);
    b->set = NULL;
    assert_int_equal(b->gone, 0);
    assert_true(read_answer(b).closed);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BENCH(test_request_in_one_piece_is_handed_over),
        WITH_BENCH(test_request_byte_by_byte_is_handed_over),
        WITH_BENCH(test_answer_is_framed),
        WITH_BENCH(test_pieces_of_an_answer_are_sent_as_they_come),
        WITH_BENCH(test_piece_larger_than_a_record_is_cut),
        WITH_BENCH(test_connection_is_closed_when_it_is_not_kept),
        WITH_BENCH(test_kept_connection_takes_two_requests),
        WITH_BENCH(test_requests_sent_at_once_are_answered_in_turn),
        WITH_BENCH(test_next_request_waits_for_the_one_before),
        WITH_BENCH(test_what_is_sent_ahead_is_bounded),
        WITH_BENCH(test_close_while_answering_is_told_once),
        WITH_BENCH(test_half_close_while_answering_is_told_once),
        WITH_BENCH(test_abort_record_while_answering_is_told_once),
        WITH_BENCH(test_late_abort_record_is_ignored),
        WITH_BENCH(test_garbage_while_answering_is_told_once),
        WITH_BENCH(test_calls_from_gone_are_harmless),
        WITH_BENCH(test_close_before_a_request_is_not_told),
        WITH_BENCH(test_close_after_finish_is_not_told),
        WITH_BENCH(test_garbage_closes_the_connection),
        WITH_BENCH(test_malformed_variables_close_the_connection),
        WITH_BENCH(test_values_are_answered_at_once),
        WITH_BENCH(test_values_are_answered_between_pieces_of_an_answer),
        WITH_BENCH(test_abort_closes_without_an_end),
        WITH_BENCH(test_abort_sends_what_was_written_before),
        WITH_BENCH(test_body_above_the_cap_is_handed_over_flagged),
        WITH_BENCH(test_slow_reader_fills_the_queue),
        WITH_BENCH(test_room_is_told_once_when_the_reader_goes_on),
        WITH_BENCH(test_queue_that_never_blocks_gives_room_in_the_same_turn),
        WITH_BENCH(test_stalled_reader_is_gone),
        WITH_BENCH(test_stalled_reader_of_a_finished_answer_is_dropped),
        WITH_BENCH(test_finished_answer_reaches_a_slow_reader_whole),
        WITH_BENCH(test_late_body_is_handed_over_as_timed_out),
        WITH_BENCH(test_rest_of_a_late_body_is_thrown_away),
        WITH_BENCH(test_late_variables_close_the_connection),
        WITH_BENCH(test_answer_may_take_longer_than_the_body),
        WITH_BENCH(test_idle_connection_is_closed),
        WITH_BENCH(test_connections_above_the_cap_are_closed),
        WITH_BENCH(test_drain_closes_kept_connections),
        WITH_BENCH(test_drain_awaits_the_request_of_a_new_connection),
        WITH_BENCH(test_drain_takes_a_request_that_lies_unread),
        WITH_BENCH(test_drain_gives_up_a_connection_without_a_request),
        WITH_BENCH(test_drain_lets_an_answer_end),
        WITH_BENCH(test_drain_takes_no_new_connection),
        WITH_BENCH(test_freeing_the_set_tells_nobody),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
