/* A paused call is told nothing and holds its upstream back; the time of a
 * pause counts for nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loop_play.h"
#include "upstream_play.h"

static void pause_always(struct heard *h)
{
    upstream_pause(h->call);
}

static void test_pause_stops_delivery_and_holds_the_upstream_back(void **state)
{
    struct world *w = *state;
    size_t before, unsent;

    w->answer = play_say_much;
    w->a.at_body = play_pause_once;
    play_start(w, &w->a);
    play_settle(w);
    assert_true(w->a.pieces > 0);
    before = w->a.body.len;
    unsent = http_stub_unsent(w->conn);
    loop_play_wait(w->loop, 50);
    assert_int_equal(w->a.body.len, before);
    assert_int_equal(http_stub_unsent(w->conn), unsent);
    assert_true(unsent > 0);
}

static void test_resume_goes_on_to_the_end(void **state)
{
    struct world *w = *state;

    w->answer = play_say_much;
    w->a.at_body = play_pause_once;
    play_start(w, &w->a);
    play_settle(w);
    upstream_resume(w->a.call);
    play_run(w);
    play_check_end(&w->a, UPSTREAM_DONE);
    assert_int_equal(w->a.body.len, PLAY_MUCH);
}

static void test_call_may_be_paused_again_and_again(void **state)
{
    struct world *w = *state;

    w->answer = play_say_much;
    w->a.at_body = pause_always;
    play_start(w, &w->a);
    while (w->a.ends == 0) {
        play_settle(w);
        if (w->a.call != NULL)
            upstream_resume(w->a.call);
    }
    play_check_end(&w->a, UPSTREAM_DONE);
    assert_int_equal(w->a.body.len, PLAY_MUCH);
}

static void test_pausing_twice_is_pausing_once(void **state)
{
    struct world *w = *state;

    play_stream(w);
    upstream_resume(w->a.call);
    upstream_pause(w->a.call);
    upstream_pause(w->a.call);
    http_stub_puts(w->conn, "3\r\ntwo\r\n0\r\n\r\n");
    play_settle(w);
    play_check_body(&w->a, "one");
    upstream_resume(w->a.call);
    play_run(w);
    play_check_end(&w->a, UPSTREAM_DONE);
    play_check_body(&w->a, "onetwo");
}

/* A stream may be paused for so long, and then ends. */
static void check_pause_is_free(struct world *w, unsigned ms)
{
    w->a.at_body = play_pause_once;
    play_stream(w);
    loop_play_wait(w->loop, ms);
    assert_int_equal(w->a.ends, 0);
    http_stub_puts(w->conn, "0\r\n\r\n");
    upstream_resume(w->a.call);
    play_run(w);
    play_check_end(&w->a, UPSTREAM_DONE);
}

static void test_pause_does_not_count_as_a_stall(void **state)
{
    struct world *w = *state;

    w->target.idle_ms = 300;
    check_pause_is_free(w, 700);
}

static void test_pause_does_not_count_against_the_total(void **state)
{
    struct world *w = *state;

    w->target.total_ms = 400;
    check_pause_is_free(w, 800);
}

static void test_deadlines_go_on_after_a_pause(void **state)
{
    struct world *w = *state;

    w->a.at_body = play_pause_once;
    w->target.idle_ms = 50;
    play_stream(w);
    loop_play_wait(w->loop, 100);
    upstream_resume(w->a.call);
    play_run(w);
    play_check_end(&w->a, UPSTREAM_STALLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pause_stops_delivery_and_holds_the_upstream_back),
        TEST(test_resume_goes_on_to_the_end),
        TEST(test_call_may_be_paused_again_and_again),
        TEST(test_pausing_twice_is_pausing_once),
        TEST(test_pause_does_not_count_as_a_stall),
        TEST(test_pause_does_not_count_against_the_total),
        TEST(test_deadlines_go_on_after_a_pause),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
