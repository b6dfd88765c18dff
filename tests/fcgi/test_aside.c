/* Jobs are run one after the other in another thread, and the loop is told of
 * each; what is left when it stops is forgotten. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdbool.h>

#include "aside.h"

enum { JOBS = 3 };

static struct {
    struct loop *loop;
    pthread_t thread;
    int ran[JOBS], done[JOBS];
    int ran_count, done_count;
    pthread_mutex_t lock; /* held: jobs wait in it */
} stage = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int numbers[JOBS] = {0, 1, 2};

static void run(void *cookie)
{
    pthread_mutex_lock(&stage.lock);
    pthread_mutex_unlock(&stage.lock);
    stage.thread = pthread_self();
    stage.ran[stage.ran_count++] = *(int *)cookie;
}

static void done(void *cookie)
{
    stage.done[stage.done_count++] = *(int *)cookie;
    if (stage.done_count == JOBS)
        loop_stop(stage.loop);
}

static int set_up(void **state)
{
    (void)state;
    stage.ran_count = stage.done_count = 0;
    stage.loop = loop_create();
    return stage.loop != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    loop_free(stage.loop);
    return 0;
}

static void submit(struct aside *a, struct aside_job jobs[JOBS])
{
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = (struct aside_job){run, done, &numbers[i], NULL};
        aside_submit(a, &jobs[i]);
    }
}

/* None of the jobs is done before the caller unlocks stage.lock. */
static struct aside *start_held(struct aside_job jobs[JOBS])
{
    struct aside *a = aside_start(stage.loop);

    assert_non_null(a);
    pthread_mutex_lock(&stage.lock);
    submit(a, jobs);
    return a;
}

static void test_jobs_run_in_order_in_another_thread(void **state)
{
    struct aside *a = aside_start(stage.loop);
    struct aside_job jobs[JOBS];

    (void)state;
    assert_non_null(a);
    submit(a, jobs);
    assert_int_equal(stage.done_count, 0);
    assert_int_equal(loop_run(stage.loop), 0);
    assert_false(pthread_equal(stage.thread, pthread_self()));
    assert_memory_equal(stage.ran, numbers, sizeof(numbers));
    assert_memory_equal(stage.done, numbers, sizeof(numbers));
    aside_stop(a);
}

static void test_what_is_cancelled_loses_its_place(void **state)
{
    static const int order[JOBS] = {0, 2, 1};
    struct aside_job jobs[JOBS];
    struct aside *a = start_held(jobs);

    (void)state;
    assert_true(aside_cancel(a, &jobs[2]));
    assert_false(aside_cancel(a, &jobs[2]));
    assert_true(aside_cancel(a, &jobs[1]));
    aside_submit(a, &jobs[2]);
    aside_submit(a, &jobs[1]);
    pthread_mutex_unlock(&stage.lock);
    assert_int_equal(loop_run(stage.loop), 0);
    assert_memory_equal(stage.ran, order, sizeof(order));
    assert_false(aside_cancel(a, &jobs[0]));
    aside_stop(a);
}

static void test_stopping_forgets_what_waits(void **state)
{
    struct aside_job jobs[JOBS];
    struct aside *a = start_held(jobs);

    (void)state;
    pthread_mutex_unlock(&stage.lock);
    aside_stop(a);
    assert_int_equal(stage.done_count, 0);
    aside_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_jobs_run_in_order_in_another_thread, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_what_is_cancelled_loses_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_stopping_forgets_what_waits, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
