/* Hashes are compared one after the other in another thread, no more of them
 * wait than may, and never more are computed on the host than it has places
 * for. What compares is a fake that can be made to wait. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hasher.h"

enum { JOBS = HASHER_QUEUE + 1 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool held; /* password_check() waits at its beginning */
    unsigned entered;
    pthread_t thread;
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};

enum password_verdict password_check(
    const char hash[PASSWORD_HASH], struct span password)
{
    pthread_mutex_lock(&fake.lock);
    fake.entered++;
    fake.thread = pthread_self();
    pthread_cond_broadcast(&fake.moved);
    while (fake.held)
        pthread_cond_wait(&fake.moved, &fake.lock);
    pthread_mutex_unlock(&fake.lock);
    if (span_is(password, "no memory"))
        return PASSWORD_NO_MEMORY;
    return span_is(password, hash) ? PASSWORD_RIGHT : PASSWORD_WRONG;
}

static void hold(bool held)
{
    pthread_mutex_lock(&fake.lock);
    fake.held = held;
    pthread_cond_broadcast(&fake.moved);
    pthread_mutex_unlock(&fake.lock);
}

static void wait_entered(unsigned n)
{
    pthread_mutex_lock(&fake.lock);
    while (fake.entered < n)
        pthread_cond_wait(&fake.moved, &fake.lock);
    pthread_mutex_unlock(&fake.lock);
}

struct play {
    char dir[64];
    struct loop *loop;
    struct throttle *throttle, *others[2];
    struct hasher *h;
    struct hasher_job jobs[JOBS + 1];
    unsigned done, wanted;
    int order[JOBS + 1];
};

static struct play *stage;

static void job_done(void *cookie)
{
    stage->order[stage->done++] =
        (int)((struct hasher_job *)cookie - stage->jobs);
    if (stage->done == stage->wanted)
        loop_stop(stage->loop);
}

static int set_up(void **state)
{
    struct play *p = calloc(1, sizeof(*p));

    if (!p)
        return -1;
    stage = p;
    fake.entered = 0;
    fake.held = false;
    snprintf(p->dir, sizeof(p->dir), "/tmp/test_hasher.XXXXXX");
    if (!mkdtemp(p->dir) || !(p->throttle = throttle_open(p->dir)) ||
        !(p->others[0] = throttle_open(p->dir)) ||
        !(p->others[1] = throttle_open(p->dir)) || !(p->loop = loop_create()) ||
        !(p->h = hasher_start(p->loop, p->throttle)))
        return -1;
    for (int i = 0; i <= JOBS; i++)
        p->jobs[i] = (struct hasher_job){.hash = "good",
            .password = {"good", 4},
            .done = job_done,
            .cookie = &p->jobs[i]};
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct play *p = *state;
    char file[96];

    hasher_stop(p->h);
    throttle_close(p->throttle);
    throttle_close(p->others[0]);
    throttle_close(p->others[1]);
    loop_free(p->loop);
    snprintf(file, sizeof(file), "%s/throttle", p->dir);
    unlink(file);
    rmdir(p->dir);
    free(p);
    return 0;
}

static void run_until(struct play *p, unsigned wanted)
{
    p->wanted = wanted;
    assert_int_equal(loop_run(p->loop), 0);
    assert_int_equal(p->done, wanted);
}

static void test_owner_is_told_what_was_found(void **state)
{
    struct play *p = *state;

    p->jobs[1].password = (struct span){"bad", 3};
    p->jobs[2].password = (struct span){"no memory", 9};
    for (int i = 0; i < 3; i++)
        assert_true(hasher_submit(p->h, &p->jobs[i]));
    run_until(p, 3);
    assert_int_equal(p->jobs[0].answer, HASHER_RIGHT);
    assert_int_equal(p->jobs[1].answer, HASHER_WRONG);
    assert_int_equal(p->jobs[2].answer, HASHER_FAILED);
}

static void test_another_thread_compares(void **state)
{
    struct play *p = *state;

    hasher_submit(p->h, &p->jobs[0]);
    run_until(p, 1);
    assert_false(pthread_equal(fake.thread, pthread_self()));
}

static void test_jobs_are_done_in_order(void **state)
{
    struct play *p = *state;

    for (int i = 0; i < JOBS; i++)
        assert_true(hasher_submit(p->h, &p->jobs[i]));
    run_until(p, JOBS);
    for (int i = 0; i < JOBS; i++)
        assert_int_equal(p->order[i], i);
}

static void test_one_more_than_may_wait_is_refused(void **state)
{
    struct play *p = *state;

    hold(true);
    for (int i = 0; i < JOBS; i++)
        assert_true(hasher_submit(p->h, &p->jobs[i]));
    assert_false(hasher_submit(p->h, &p->jobs[JOBS]));
    hold(false);
    run_until(p, JOBS);
    assert_true(hasher_submit(p->h, &p->jobs[JOBS]));
    run_until(p, JOBS + 1);
}

static void test_full_host_is_told_and_computes_nothing(void **state)
{
    struct play *p = *state;

    assert_int_equal(throttle_enter(p->others[0]), 0);
    assert_int_equal(throttle_enter(p->others[1]), 1);
    hasher_submit(p->h, &p->jobs[0]);
    run_until(p, 1);
    assert_int_equal(p->jobs[0].answer, HASHER_BUSY);
    assert_int_equal(fake.entered, 0);
    throttle_leave(p->others[0], 0);
    hasher_submit(p->h, &p->jobs[1]);
    run_until(p, 2);
    assert_int_equal(p->jobs[1].answer, HASHER_RIGHT);
}

static void test_place_is_taken_while_a_hash_is_computed(void **state)
{
    struct play *p = *state;

    hold(true);
    hasher_submit(p->h, &p->jobs[0]);
    wait_entered(1);
    assert_int_equal(throttle_enter(p->others[0]), 1);
    assert_int_equal(throttle_enter(p->others[1]), -1);
    hold(false);
    run_until(p, 1);
    assert_int_equal(throttle_enter(p->others[1]), 0);
}

static void test_stopping_waits_for_the_hash_under_way_alone(void **state)
{
    struct play *p = *state;

    hold(true);
    for (int i = 0; i < 3; i++)
        hasher_submit(p->h, &p->jobs[i]);
    wait_entered(1);
    hold(false);
    hasher_stop(p->h);
    p->h = NULL;
    assert_in_range(fake.entered, 1, 3);
    assert_int_equal(p->done, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_owner_is_told_what_was_found),
        TEST(test_another_thread_compares),
        TEST(test_jobs_are_done_in_order),
        TEST(test_one_more_than_may_wait_is_refused),
        TEST(test_full_host_is_told_and_computes_nothing),
        TEST(test_place_is_taken_while_a_hash_is_computed),
        TEST(test_stopping_waits_for_the_hash_under_way_alone),
    };

    alarm(60);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
