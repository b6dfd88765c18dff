/* Nobody is told anything after letting go of a call; what is let go of is
 * closed, or kept when it comes to its end by itself, and leaves nothing to the
 * next call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "upstream_play.h"

static void check_cancelled(struct world *w)
{
    play_run(w); /* until the server sees the close */
    assert_true(w->seen_close);
    play_settle(w);
    assert_int_equal(w->a.ends, 0);
    assert_false(w->a.late);
}

static void test_cancel_closes_the_connection(void **state)
{
    struct world *w = *state;

    play_stream(w);
    play_cancel(&w->a);
    check_cancelled(w);
}

static void test_cancel_before_anything_happened_is_silent(void **state)
{
    struct world *w = *state;

    play_start(w, &w->a);
    play_cancel(&w->a);
    play_settle(w);
    assert_int_equal(w->a.heads + w->a.ends, 0);
    assert_int_equal(http_stub_requests(w->stub), 0);
}

static void test_cancel_while_the_head_is_told(void **state)
{
    struct world *w = *state;

    w->a.at_head = play_cancel;
    play_start(w, &w->a);
    check_cancelled(w);
    assert_int_equal(w->a.pieces, 0);
}

static void test_cancel_while_the_body_is_told(void **state)
{
    struct world *w = *state;

    w->answer = play_say_much;
    w->a.at_body = play_cancel;
    play_start(w, &w->a);
    check_cancelled(w);
    assert_int_equal(w->a.pieces, 1);
}

static void cancel_second(struct heard *h)
{
    if (h->pieces == 2)
        play_cancel(h);
    else
        upstream_pause(h->call);
}

static void test_cancel_while_a_resume_tells_the_body(void **state)
{
    struct world *w = *state;

    w->answer = play_say_much;
    w->a.at_body = cancel_second;
    play_start(w, &w->a);
    play_settle(w);
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

    w->a.at_body = release;
    play_stream(w);
    http_stub_puts(w->conn, "6\r\nunseen\r\n0\r\n\r\n");
    play_settle(w);
    play_check_body(&w->a, "one");
    assert_int_equal(w->a.ends, 0);
    w->answer = play_say_hello;
    play_start(w, &w->b);
    play_run(w);
    play_check_end(&w->b, UPSTREAM_DONE);
    assert_int_equal(http_stub_requests(w->stub), 2);
    assert_int_equal(http_stub_connections(w->stub), 1);
}

static void test_released_call_that_does_not_end_is_cancelled(void **state)
{
    struct world *w = *state;

    w->answer = play_stream_for_ever;
    w->a.at_body = release;
    play_start(w, &w->a);
    play_run(w);
    loop_timer_cancel(w->loop, &w->drip_timer);
    assert_true(w->seen_close);
    assert_int_equal(w->a.ends, 0);
    assert_int_equal(w->a.pieces, 1);
}

static void test_released_while_paused_is_cancelled(void **state)
{
    struct world *w = *state;

    w->a.at_body = play_pause_once;
    play_stream(w);
    release(&w->a);
    check_cancelled(w);
}

static void test_free_pool_ends_calls_without_a_word(void **state)
{
    struct world *w = *state;

    w->answer = play_begin_stream;
    play_start(w, &w->a);
    play_start(w, &w->b);
    play_settle(w);
    upstream_pool_free(w->pool);
    w->pool = NULL;
    play_run(w);
    assert_true(w->seen_close);
    assert_int_equal(w->a.ends + w->b.ends, 0);
}

static void test_what_was_cancelled_leaves_nothing_to_the_next_call(
    void **state)
{
    struct world *w = *state;
    char key[] = "up-secret";

    w->target.key = key;
    w->answer = play_say_much;
    w->a.at_body = play_pause_once;
    play_start(w, &w->a);
    play_settle(w);
    play_cancel(&w->a);
    check_cancelled(w);
    w->target.key = NULL;
    w->answer = play_say_hello;
    play_start(w, &w->b);
    play_run(w);
    play_check_end(&w->b, UPSTREAM_DONE);
    play_check_body(&w->b, "hello");
    assert_null(strcasestr(w->request.data, "authorization"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
