/* A call to an upstream is told as head, body, end, in that order and no more
 * than once; and what is sent is what was asked for, to nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "upstream_play.h"

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
    w->drip_timer.fired = drip_fired;
    drip_fired(w);
}

/* ---- what is told ---- */

static void test_whole_answer_is_told(void **state)
{
    struct world *w = *state;

    play_start(w, &w->a);
    play_run(w);
    play_check_end(&w->a, UPSTREAM_DONE);
    assert_int_equal(w->a.status, 200);
    play_check_body(&w->a, "hello");
}

static void test_stream_is_told_piece_by_piece(void **state)
{
    struct world *w = *state;

    play_stream(w);
    play_check_body(&w->a, "one");
    http_stub_puts(w->conn, "3\r\ntwo\r\n");
    play_settle(w);
    play_check_body(&w->a, "onetwo");
    assert_int_equal(w->a.ends, 0);
    http_stub_puts(w->conn, "0\r\n\r\n");
    play_run(w);
    play_check_end(&w->a, UPSTREAM_DONE);
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

    play_call(w, drip_a_stream, UPSTREAM_DONE);
    assert_int_equal(w->a.heads, 1);
    play_check_body(&w->a, "onetwo");
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

    play_call(w, say_busy, UPSTREAM_DONE);
    assert_int_equal(w->a.heads, 1);
    assert_int_equal(w->a.status, 429);
    assert_string_equal(w->a.type, "text/plain");
    assert_int_equal(w->a.retry_after, 17);
    play_check_body(&w->a, "busy");
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

    play_call(w, say_date, UPSTREAM_DONE);
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
    play_say_hello(w, c);
}

static void test_interim_answers_are_skipped(void **state)
{
    struct world *w = *state;

    play_call(w, say_continue_first, UPSTREAM_DONE);
    assert_int_equal(w->a.heads, 1);
    assert_int_equal(w->a.status, 200);
    assert_string_equal(w->a.type, "application/json");
    assert_int_equal(w->a.retry_after, 0);
}

static void say_with_trailer(struct world *w, struct http_stub_conn *c)
{
    play_begin_stream(w, c);
    http_stub_puts(c, "0\r\nContent-Type: text/html\r\nX-Sum: 1\r\n\r\n");
}

static void test_trailer_is_no_second_head(void **state)
{
    struct world *w = *state;

    play_call(w, say_with_trailer, UPSTREAM_DONE);
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

    play_call(w, say_elsewhere, UPSTREAM_DONE);
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

    play_call(w, say_gzip, UPSTREAM_DONE);
    play_check_body(&w->a, "hello gzip, hello gzip");
}

/* ---- what is sent ---- */

static void test_request_is_what_was_asked_for(void **state)
{
    static const char line[] = "POST /v1/chat/completions HTTP/1.1\r\n";
    struct world *w = *state;

    play_start(w, &w->a);
    play_run(w);
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

    play_start(w, &w->a);
    play_run(w);
    w->request_id = "req_2";
    play_start(w, &w->b);
    play_run(w);
    assert_non_null(strstr(w->request.data, "\r\nx-request-id: req_2\r\n"));
    assert_null(strstr(w->request.data, "req_1"));
}

static void test_key_of_the_target_is_sent(void **state)
{
    struct world *w = *state;
    char key[] = "up-secret";

    w->target.key = key;
    play_start(w, &w->a);
    play_run(w);
    assert_non_null(
        strstr(w->request.data, "\r\nAuthorization: Bearer up-secret\r\n"));
}

static void test_no_authorization_without_a_key(void **state)
{
    struct world *w = *state;

    play_start(w, &w->a);
    play_run(w);
    assert_null(strcasestr(w->request.data, "authorization"));
}

static void test_proxy_of_the_environment_is_not_used(void **state)
{
    struct world *w = *state;

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    unsetenv("no_proxy");
    unsetenv("NO_PROXY");
    play_start(w, &w->a);
    play_run(w);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    play_check_end(&w->a, UPSTREAM_DONE);
}

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
        TEST(test_request_is_what_was_asked_for),
        TEST(test_second_request_has_its_own_id),
        TEST(test_key_of_the_target_is_sent),
        TEST(test_no_authorization_without_a_key),
        TEST(test_proxy_of_the_environment_is_not_used),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
