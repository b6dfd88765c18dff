/* Calls share connections one after the other and never at a time, and every
 * connection is counted once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "upstream_play.h"

static void test_second_call_uses_the_same_connection(void **state)
{
    struct world *w = *state;

    play_start(w, &w->a);
    play_run(w);
    play_start(w, &w->b);
    play_run(w);
    play_check_end(&w->b, UPSTREAM_DONE);
    assert_int_equal(http_stub_connections(w->stub), 1);
}

static void test_connection_that_was_closed_meanwhile_is_not_used(void **state)
{
    struct world *w = *state;

    play_start(w, &w->a);
    play_run(w);
    http_stub_close(w->conn);
    play_settle(w);
    play_start(w, &w->b);
    play_run(w);
    play_check_end(&w->b, UPSTREAM_DONE);
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

    play_start(w, &w->a);
    play_run(w);
    check_meter(w, 1, 0);
    play_start(w, &w->b);
    play_run(w);
    check_meter(w, 1, 1);
}

static void test_connection_is_counted_when_its_stream_begins(void **state)
{
    struct world *w = *state;

    play_stream(w);
    check_meter(w, 1, 0);
    play_cancel(&w->a);
    play_settle(w);
    check_meter(w, 1, 0);
}

/* Its handle has had a call before, whose figures are not its own. */
static void test_call_that_never_begins_is_not_counted(void **state)
{
    struct world *w = *state;

    play_start(w, &w->a);
    play_run(w);
    play_start(w, &w->b);
    play_cancel(&w->b);
    play_settle(w);
    check_meter(w, 1, 0);
}

static void test_connection_without_an_answer_is_counted(void **state)
{
    struct world *w = *state;

    w->answer = play_close;
    play_start(w, &w->a);
    play_run(w);
    check_meter(w, 1, 0);
}

static void answer_the_second(struct world *w, struct http_stub_conn *c)
{
    if (http_stub_requests(w->stub) == 2)
        play_say_hello(w, c);
}

static void test_call_does_not_wait_for_another_one(void **state)
{
    struct world *w = *state;

    w->answer = answer_the_second;
    play_start(w, &w->a);
    play_start(w, &w->b);
    play_run(w);
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
    play_start_with(w, &w->a, body);
    play_run(w);
    assert_non_null(strstr(w->request.data, "\r\n\r\n{\"shared\":1}"));
    play_start_with(w, &w->b, body);
    upstream_body_release(body);
    play_run(w);
    assert_non_null(strstr(w->request.data, "\r\n\r\n{\"shared\":1}"));
    play_check_end(&w->b, UPSTREAM_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_second_call_uses_the_same_connection),
        TEST(test_connection_that_was_closed_meanwhile_is_not_used),
        TEST(test_made_and_kept_connections_are_counted),
        TEST(test_connection_is_counted_when_its_stream_begins),
        TEST(test_call_that_never_begins_is_not_counted),
        TEST(test_connection_without_an_answer_is_counted),
        TEST(test_call_does_not_wait_for_another_one),
        TEST(test_body_is_shared_by_two_calls),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
