#include "conn_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop_play.h"
#include "wire.h"

enum { LONG_MS = 600000 };

const struct conn_limits play_limits = {.body_max = 1 << 20,
    .body_ms = LONG_MS,
    .stall_ms = LONG_MS,
    .most = 4,
    .idle_ms = LONG_MS};

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

void play_turns(struct bench *b)
{
    for (int i = 0; i < 4; i++)
        loop_play_turn(b->loop);
}

int play_connect(struct bench *b)
{
    int fd[2];

    assert_int_equal(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
    conn_adopt(b->set, fd[0]);
    return fd[1];
}

int play_setup(void **state)
{
    static struct bench bench;

    bench = (struct bench){.answer = "Status: 200\r\n\r\nhello"};
    if ((bench.loop = loop_create()) == NULL)
        return -1;
    bench.set = conn_set_create(bench.loop, &owner, &bench, &play_limits);
    if (bench.set == NULL)
        return -1;
    bench.peer = play_connect(&bench);
    *state = &bench;
    return 0;
}

int play_teardown(void **state)
{
    struct bench *b = *state;

    conn_set_free(b->set);
    loop_free(b->loop);
    if (b->peer != -1)
        close(b->peer);
    return 0;
}

void play_set_limits(struct bench *b, const struct conn_limits *l)
{
    conn_set_limits(b->set, l);
    close(b->peer);
    b->peer = play_connect(b);
}

void play_send(struct bench *b, const void *data, size_t n)
{
    assert_int_equal(send(b->peer, data, n, MSG_NOSIGNAL), n);
}

void play_send_request(
    struct bench *b, uint16_t id, uint8_t flags, const char *body)
{
    struct buf wire = {0};

    wire_request(&wire, id, flags, body);
    play_send(b, wire.data, wire.len);
    buf_free(&wire);
}

void play_ask(struct bench *b, uint16_t id, uint8_t flags, const char *body)
{
    play_send_request(b, id, flags, body);
    play_turns(b);
}

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

void play_read_some(struct bench *b, struct answer *a)
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

struct answer play_read_answer(struct bench *b)
{
    struct answer a = {.n = 0};

    play_read_some(b, &a);
    assert_int_equal(a.left.len, 0);
    buf_free(&a.left);
    return a;
}
