/* A connection that was kept is given to a call only while nothing has come on
 * it, and a call that nobody waits for is not sent again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "upstream_play.h"

static void call_a(struct world *w)
{
    play_start(w, &w->a);
    play_run(w);
    play_check_end(&w->a, UPSTREAM_DONE);
}

static void run_b(struct world *w)
{
    while (w->b.ends == 0)
        play_run(w); /* the server's seeing a close stops the loop as well */
}

/* The loop has had no turn yet in which it could have seen them come. */
static void test_bytes_that_wait_are_not_the_answer_to_a_new_call(void **state)
{
    struct world *w = *state;

    call_a(w);
    http_stub_puts(
        w->conn, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nothers");
    play_start(w, &w->b);
    run_b(w);
    play_check_end(&w->b, UPSTREAM_DONE);
    play_check_body(&w->b, "hello");
    assert_int_equal(http_stub_connections(w->stub), 2);
}

static void test_connection_that_has_ended_is_not_tried(void **state)
{
    struct world *w = *state;

    call_a(w);
    http_stub_close(w->conn);
    play_start(w, &w->b);
    upstream_once(w->b.call); /* would end it if that were tried */
    run_b(w);
    play_check_end(&w->b, UPSTREAM_DONE);
    assert_int_equal(http_stub_connections(w->stub), 2);
}

static void close_and_settle(struct world *w)
{
    w->answer = play_close;
    play_settle(w);
    assert_int_equal(http_stub_connections(w->stub), 1);
    assert_int_equal(http_stub_requests(w->stub), 2);
}

static void test_released_call_is_not_sent_again(void **state)
{
    struct world *w = *state;

    call_a(w);
    play_start(w, &w->b);
    upstream_release(w->b.call);
    close_and_settle(w);
    assert_int_equal(w->b.ends, 0);
}

static void test_call_without_a_reader_is_not_sent_again(void **state)
{
    struct world *w = *state;

    call_a(w);
    play_start(w, &w->b);
    upstream_once(w->b.call);
    close_and_settle(w);
    play_check_end(&w->b, UPSTREAM_CUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_bytes_that_wait_are_not_the_answer_to_a_new_call),
        TEST(test_connection_that_has_ended_is_not_tried),
        TEST(test_released_call_is_not_sent_again),
        TEST(test_call_without_a_reader_is_not_sent_again),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
