/* Whatever an upstream does wrong has a name of its own, and takes no longer
 * than it may (RELIABILITY.md 5.5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "upstream_play.h"

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
    play_start(w, &w->a);
    play_run(w);
    play_check_end(&w->a, UPSTREAM_UNREACHABLE);
    assert_int_equal(w->a.heads, 0);
    assert_int_equal(w->meter.connects + w->meter.reused, 0);
    close(fd);
}

static void test_silence_before_the_first_byte_is_silent(void **state)
{
    struct world *w = *state;

    w->answer = play_say_nothing;
    w->target.first_byte_ms = 30;
    play_start(w, &w->a);
    play_run(w);
    if (!w->seen_close)
        play_run(w);
    play_check_end(&w->a, UPSTREAM_SILENT);
    assert_int_equal(w->a.heads, 0);
}

static void test_silence_in_the_middle_is_stalled(void **state)
{
    struct world *w = *state;

    w->target.idle_ms = 30;
    play_call(w, play_begin_stream, UPSTREAM_STALLED);
    play_check_body(&w->a, "one");
}

static void stream_until_overdue(struct world *w)
{
    w->answer = play_stream_for_ever;
    play_start(w, &w->a);
    play_run(w);
    loop_timer_cancel(w->loop, &w->drip_timer);
    play_check_end(&w->a, UPSTREAM_OVERDUE);
}

static void test_call_that_takes_too_long_is_overdue(void **state)
{
    struct world *w = *state;

    w->target.total_ms = 100;
    stream_until_overdue(w);
}

static void test_call_may_be_overdue_before_its_first_byte(void **state)
{
    struct world *w = *state;

    w->target.total_ms = 30;
    play_call(w, play_say_nothing, UPSTREAM_OVERDUE);
}

static void hurry(struct heard *h)
{
    upstream_hurry(h->call, 30);
}

static void test_call_that_is_hurried_is_overdue(void **state)
{
    struct world *w = *state;

    w->target.total_ms = 0;
    w->a.at_head = hurry;
    stream_until_overdue(w);
}

static void let_go_on(struct heard *h)
{
    upstream_hurry(h->call, 600000);
}

static void test_hurry_gives_no_time(void **state)
{
    struct world *w = *state;

    w->target.total_ms = 100;
    w->a.at_head = let_go_on;
    stream_until_overdue(w);
}

static void test_close_before_the_answer_is_a_cut(void **state)
{
    struct world *w = *state;

    play_call(w, play_close, UPSTREAM_CUT);
    assert_int_equal(w->a.heads, 0);
}

static void test_close_in_a_stream_is_a_cut(void **state)
{
    struct world *w = *state;

    play_stream(w);
    http_stub_close(w->conn);
    play_run(w);
    play_check_end(&w->a, UPSTREAM_CUT);
    play_check_body(&w->a, "one");
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

    play_call(w, close_short, UPSTREAM_CUT);
    play_check_body(&w->a, "half");
}

static void say_bad_chunk(struct world *w, struct http_stub_conn *c)
{
    play_begin_stream(w, c);
    http_stub_puts(c, "zz\r\n?\r\n");
}

static void test_broken_chunk_is_a_cut(void **state)
{
    struct world *w = *state;

    play_call(w, say_bad_chunk, UPSTREAM_CUT);
}

static void say_garbage(struct world *w, struct http_stub_conn *c)
{
    (void)w;
    http_stub_puts(c, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
}

static void test_what_is_not_http_is_a_cut(void **state)
{
    struct world *w = *state;

    play_call(w, say_garbage, UPSTREAM_CUT);
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

    play_call(w, say_many_headers, UPSTREAM_CUT);
    assert_int_equal(w->a.heads, 0);
}

static void test_header_block_below_64_kib_is_taken(void **state)
{
    struct world *w = *state;

    play_call(w, say_fewer_headers, UPSTREAM_DONE);
    play_check_body(&w->a, "ok");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_refused_connection_is_unreachable),
        TEST(test_silence_before_the_first_byte_is_silent),
        TEST(test_silence_in_the_middle_is_stalled),
        TEST(test_call_that_takes_too_long_is_overdue),
        TEST(test_call_may_be_overdue_before_its_first_byte),
        TEST(test_call_that_is_hurried_is_overdue),
        TEST(test_hurry_gives_no_time),
        TEST(test_close_before_the_answer_is_a_cut),
        TEST(test_close_in_a_stream_is_a_cut),
        TEST(test_body_shorter_than_its_length_is_a_cut),
        TEST(test_broken_chunk_is_a_cut),
        TEST(test_what_is_not_http_is_a_cut),
        TEST(test_header_block_above_64_kib_is_a_cut),
        TEST(test_header_block_below_64_kib_is_taken),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
