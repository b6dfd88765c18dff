/* A store thread that looks for jobs before it sleeps gets them all, sleeps
 * when there are none, and ends when it is told to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "jobs_play.h"

/* A look that only work ends; one that soon ends in vain. */
enum { ENDLESS = 30000000, SHORT = 1000 };

enum { ROUNDS = 100000, IDLE_CPU_MS = 200 };

static _Atomic unsigned yields;

/* In the place of the C library's: what is done between two looks. */
int sched_yield(void)
{
    yields++;
    return (int)syscall(SYS_sched_yield);
}

static void start_looking(struct world *w, uint32_t us)
{
    yields = 0;
    play_start(w);
    jobs_spin(w->jobs, us);
}

/* One job after the other, until the store thread looks for the next. */
static void run_until_it_looks(struct world *w)
{
    struct errand e;

    for (size_t i = 1; i <= ROUNDS && yields == 0; i++) {
        play_submit(w, &e, STORE_GRANT);
        play_run(w, i);
    }
    assert_true(yields > 0);
}

static void test_jobs_that_come_soon_are_looked_for(void **state)
{
    start_looking(*state, ENDLESS);
    run_until_it_looks(*state);
}

static void test_all_jobs_are_done_by_a_thread_that_looks(void **state)
{
    struct world *w = *state;
    struct errand e[3];

    start_looking(w, ENDLESS);
    w->again = 10000;
    play_submit_all(w, e, 3);
    play_run(w, 10003);
}

static int64_t cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static size_t ticks_so_far(void)
{
    size_t n;

    pthread_mutex_lock(&fake.lock);
    n = fake.ticks;
    pthread_mutex_unlock(&fake.lock);
    return n;
}

static void test_idle_thread_sleeps(void **state)
{
    int64_t before;

    start_looking(*state, SHORT);
    run_until_it_looks(*state);
    before = cpu_ms();
    fake_wait(&fake.ticks, ticks_so_far() + 2); /* more than a second */
    assert_in_range(cpu_ms() - before, 0, IDLE_CPU_MS);
}

static void test_thread_that_looks_can_be_stopped(void **state)
{
    struct world *w = *state;

    start_looking(w, ENDLESS);
    run_until_it_looks(w);
    play_stop(w);
    assert_true(fake.closed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_jobs_that_come_soon_are_looked_for),
        TEST(test_all_jobs_are_done_by_a_thread_that_looks),
        TEST(test_idle_thread_sleeps),
        TEST(test_thread_that_looks_can_be_stopped),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
