/* Without a thread of its own the store is entered by the loop alone, between
 * its turns, and else as with one. The store is a fake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs_play.h"
#include "loop_play.h"

static void test_inline_store_is_entered_by_the_loop_alone(void **state)
{
    struct world *w = *state;
    struct errand e[3];

    play_start_inline(w);
    play_submit_all(w, e, 3);
    assert_false(jobs_hurry(w->jobs));
    assert_int_equal(fake.batches, 0);
    play_run(w, 3);
    assert_true(fake.one_thread);
    assert_true(pthread_equal(fake.thread, w->thread));
    assert_int_equal(fake.batches, 1);
    assert_int_equal(fake.sizes[0], 3);
    play_stop(w);
    assert_true(fake.one_thread);
    assert_true(fake.closed);
}

static void test_inline_job_may_be_submitted_again_when_it_is_done(void **state)
{
    struct world *w = *state;
    struct errand e[2];

    play_start_inline(w);
    w->again = 8;
    play_submit_all(w, e, 2);
    play_run(w, 10);
    assert_int_equal(fake.verbs, 10);
}

static void test_inline_stop_runs_what_is_queued(void **state)
{
    struct world *w = *state;
    struct errand e[2];

    play_start_inline(w);
    play_submit_all(w, e, 2);
    play_stop(w);
    assert_int_equal(fake.verbs, 2);
    assert_true(fake.closed);
    assert_int_equal(w->told, 0);
}

static void test_inline_store_that_does_not_open_is_reported(void **state)
{
    struct world *w = *state;
    struct store_options options = {.dir = "somewhere"};
    char error[256] = "";

    fake.open_result = -1;
    assert_null(jobs_start_inline(w->loop, &options, error));
    assert_string_equal(error, "the fake does not open");
    assert_false(fake.closed);
}

static bool inline_ticked(struct world *w)
{
    w->wanted = SIZE_MAX;
    loop_play_wait(w->loop, 10);
    return fake.ticks > 0;
}

static void test_inline_store_is_ticked_after_it_was_used(void **state)
{
    struct world *w = *state;
    struct errand e;

    play_start_inline(w);
    play_submit(w, &e, 0);
    play_run(w, 1);
    assert_int_equal(fake.ticks, 0);
    while (!inline_ticked(w))
        ;
    assert_int_equal(fake.ticks, 1);
}

static void test_reaping_is_due_when_the_store_says_so(void **state)
{
    struct world *w = *state;

    play_start_inline(w);
    assert_true(jobs_reap_due(w->jobs, 7));
    assert_false(jobs_reap_due(w->jobs, 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_inline_store_is_entered_by_the_loop_alone),
        TEST(test_inline_job_may_be_submitted_again_when_it_is_done),
        TEST(test_inline_stop_runs_what_is_queued),
        TEST(test_inline_store_that_does_not_open_is_reported),
        TEST(test_inline_store_is_ticked_after_it_was_used),
        TEST(test_reaping_is_due_when_the_store_says_so),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
