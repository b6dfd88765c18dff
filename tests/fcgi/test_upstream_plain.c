/* A call in the clear uses a connection that was kept and is fit for it, asks
 * again when that had ended unseen, and never twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "upstream_play.h"

static void call_a(struct world *w, enum upstream_end how)
{
    play_start(w, &w->a);
    play_run(w);
    play_check_end(&w->a, how);
}

static void call_b(struct world *w, enum upstream_end how)
{
    play_start(w, &w->b);
    do
        play_run(w); /* the server's closing stops the loop as well */
    while (w->b.ends == 0);
    play_check_end(&w->b, how);
}

static void check_server(
    const struct world *w, size_t connections, size_t asked)
{
    assert_int_equal(http_stub_connections(w->stub), connections);
    assert_int_equal(http_stub_requests(w->stub), asked);
}

/* ---- what is sent ---- */

static void test_head_of_a_request_is_this(void **state)
{
    struct world *w = *state;
    char expect[512];

    snprintf(expect, sizeof(expect),
        "POST /v1/chat/completions HTTP/1.1\r\nHost: %s\r\n"
        "Content-Type: application/json\r\nUser-Agent: turnpike\r\n"
        "Accept-Encoding: identity\r\nAccept: text/event-stream\r\n"
        "x-request-id: req_1\r\nContent-Length: 13\r\n\r\n{\"model\":\"m\"}",
        w->origin + strlen("http://"));
    call_a(w, UPSTREAM_DONE);
    assert_string_equal(w->request.data, expect);
}

static void test_body_larger_than_sockets_take_arrives(void **state)
{
    struct world *w = *state;

    play_start_big(w, &w->a);
    play_run(w);
    play_check_end(&w->a, UPSTREAM_DONE);
    assert_true(w->request.len > PLAY_BIG);
    assert_int_equal(
        strspn(w->request.data + w->request.len - PLAY_BIG, "b"), PLAY_BIG);
}

/* ---- connections that end unseen ---- */

static void answer_but_close_the_second(
    struct world *w, struct http_stub_conn *c)
{
    if (http_stub_requests(w->stub) == 2)
        http_stub_close(c);
    else
        play_say_hello(w, c);
}

static void test_request_is_sent_again_when_a_kept_connection_ends(void **state)
{
    struct world *w = *state;

    w->answer = answer_but_close_the_second;
    call_a(w, UPSTREAM_DONE);
    call_b(w, UPSTREAM_DONE);
    play_check_body(&w->b, "hello");
    check_server(w, 2, 3);
    assert_non_null(strstr(w->request.data, "\r\n\r\n{\"model\":\"m\"}"));
}

static void answer_the_first(struct world *w, struct http_stub_conn *c)
{
    if (http_stub_requests(w->stub) > 1)
        http_stub_close(c);
    else
        play_say_hello(w, c);
}

static void test_request_is_sent_again_once(void **state)
{
    struct world *w = *state;

    w->answer = answer_the_first;
    call_a(w, UPSTREAM_DONE);
    call_b(w, UPSTREAM_CUT);
    check_server(w, 2, 3);
}

static void test_request_on_a_new_connection_is_sent_once(void **state)
{
    struct world *w = *state;

    w->answer = play_close;
    call_b(w, UPSTREAM_CUT);
    check_server(w, 1, 1);
}

static void answer_half_the_second(struct world *w, struct http_stub_conn *c)
{
    if (http_stub_requests(w->stub) == 1) {
        play_say_hello(w, c);
        return;
    }
    http_stub_puts(c, "HTTP/1.1 20");
    http_stub_close(c);
}

static void test_request_that_is_being_answered_is_not_sent_again(void **state)
{
    struct world *w = *state;

    w->answer = answer_half_the_second;
    call_a(w, UPSTREAM_DONE);
    call_b(w, UPSTREAM_CUT);
    check_server(w, 1, 2);
}

/* ---- connections that are not fit ---- */

static const char *said;

static void say(struct world *w, struct http_stub_conn *c)
{
    (void)w;
    http_stub_puts(c, said);
}

/* The connection of a's answer, which is ${text}, does not serve b. */
static void check_not_kept(struct world *w, const char *text)
{
    said = text;
    w->answer = say;
    call_a(w, UPSTREAM_DONE);
    w->answer = play_say_hello;
    call_b(w, UPSTREAM_DONE);
    check_server(w, 2, 2);
}

static void test_connection_that_is_to_be_closed_is(void **state)
{
    check_not_kept(*state, "HTTP/1.1 200 OK\r\nConnection: close\r\n"
                           "Content-Length: 0\r\n\r\n");
}

static void test_connection_with_bytes_behind_the_answer_is_closed(void **state)
{
    check_not_kept(
        *state, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200");
}

static void test_connection_that_speaks_unasked_is_closed(void **state)
{
    struct world *w = *state;

    call_a(w, UPSTREAM_DONE);
    http_stub_puts(w->conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    play_settle(w);
    call_b(w, UPSTREAM_DONE);
    play_check_body(&w->b, "hello");
    check_server(w, 2, 2);
}

static void test_connection_of_another_origin_is_not_used(void **state)
{
    struct world *w = *state;
    char origin[64];

    call_a(w, UPSTREAM_DONE);
    snprintf(
        origin, sizeof(origin), "http://localhost:%u", http_stub_port(w->stub));
    w->target.origin = origin;
    call_b(w, UPSTREAM_DONE);
    check_server(w, 2, 2);
    assert_non_null(strstr(w->request.data, "\r\nHost: localhost:"));
}

static void close_behind_hello(struct world *w, struct http_stub_conn *c)
{
    (void)w;
    http_stub_puts(c, "HTTP/1.1 200 OK\r\n\r\nhello");
    http_stub_close(c);
}

static void test_answer_may_end_with_its_connection(void **state)
{
    struct world *w = *state;

    w->answer = close_behind_hello;
    call_b(w, UPSTREAM_DONE);
    play_check_body(&w->b, "hello");
}

static void test_pool_may_end_with_calls_in_every_state(void **state)
{
    struct world *w = *state;

    struct heard kept = {0};

    play_start(w, &kept);
    play_run(w);
    play_check_end(&kept, UPSTREAM_DONE);
    buf_free(&kept.body);
    play_stream(w);
    play_start(w, &w->b); /* which is yet to connect */
    assert_int_equal(w->a.ends + w->b.ends, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_head_of_a_request_is_this),
        TEST(test_body_larger_than_sockets_take_arrives),
        TEST(test_request_is_sent_again_when_a_kept_connection_ends),
        TEST(test_request_is_sent_again_once),
        TEST(test_request_on_a_new_connection_is_sent_once),
        TEST(test_request_that_is_being_answered_is_not_sent_again),
        TEST(test_connection_that_is_to_be_closed_is),
        TEST(test_connection_with_bytes_behind_the_answer_is_closed),
        TEST(test_connection_that_speaks_unasked_is_closed),
        TEST(test_connection_of_another_origin_is_not_used),
        TEST(test_answer_may_end_with_its_connection),
        TEST(test_pool_may_end_with_calls_in_every_state),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
