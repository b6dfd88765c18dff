/* A server may answer before it has all of the request, and close: what it said
 * is heard, and an end that was a reset is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "upstream_play.h"

/* A server that answers to the first bytes that it sees, unread. */
static struct rude {
    struct loop *loop;
    struct loop_fd door, conn;
    const char *answer;
} rude;

static void rude_ready(void *cookie, uint32_t events)
{
    size_t n = strlen(rude.answer);

    (void)cookie;
    (void)events;
    assert_int_equal(send(rude.conn.fd, rude.answer, n, 0), n);
    loop_close(rude.loop, &rude.conn);
}

static void rude_accept(void *cookie, uint32_t events)
{
    (void)cookie;
    (void)events;
    rude.conn = (struct loop_fd){
        .fd = accept(rude.door.fd, NULL, NULL), .ready = rude_ready};
    assert_true(rude.conn.fd >= 0);
    assert_int_equal(loop_watch(rude.loop, &rude.conn, EPOLLIN), 0);
}

static void rude_listen(struct world *w)
{
    struct sockaddr_in where = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(where);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&where, n), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&where, &n), 0);
    rude.loop = w->loop;
    rude.door = (struct loop_fd){.fd = fd, .ready = rude_accept};
    assert_int_equal(loop_watch(w->loop, &rude.door, EPOLLIN), 0);
    snprintf(w->origin, sizeof(w->origin), "http://127.0.0.1:%u",
        ntohs(where.sin_port));
}

/* A big request, to a server that answers ${text} and resets. */
static void call_rude(struct world *w, const char *text)
{
    rude.answer = text;
    rude_listen(w);
    play_start_big(w, &w->a);
    play_run(w);
    loop_close(w->loop, &rude.door);
}

static void test_answer_before_the_end_of_the_request_is_heard(void **state)
{
    struct world *w = *state;

    call_rude(w, "HTTP/1.1 413 Too Large\r\nConnection: close\r\n"
                 "Content-Length: 5\r\n\r\nlarge");
    play_check_end(&w->a, UPSTREAM_DONE);
    assert_int_equal(w->a.status, 413);
    play_check_body(&w->a, "large");
}

static void test_answer_that_a_reset_ended_is_a_cut(void **state)
{
    struct world *w = *state;

    call_rude(w, "HTTP/1.1 200 OK\r\n\r\nha");
    play_check_end(&w->a, UPSTREAM_CUT);
    play_check_body(&w->a, "ha");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_answer_before_the_end_of_the_request_is_heard),
        TEST(test_answer_that_a_reset_ended_is_a_cut),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
