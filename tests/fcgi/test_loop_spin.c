/* A loop that has little to do looks for more before it sleeps, sleeps when
 * nothing comes, and keeps its timers' times. Clock and kernel are scripted:
 * time goes on by being asked for, and by sleeping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "loop_play.h"

enum { TICK = 5, LIMIT = 200, SOON = 50 };

static struct {
    uint64_t now;  /* microseconds */
    uint64_t due;  /* when something happens next; 0: never */
    uint64_t gap;  /* from then to the next time; 0: never again */
    unsigned left; /* how often that many times more, until the loop stops */
    unsigned looks, sleeps;
    struct loop *loop;
    struct loop_fd w;
} world;

/* In the place of the C library's. */
int clock_gettime(clockid_t id, struct timespec *ts)
{
    (void)id;
    world.now += TICK;
    ts->tv_sec = (time_t)(world.now / 1000000);
    ts->tv_nsec = (long)(world.now % 1000000) * 1000;
    return 0;
}

int epoll_wait(int fd, struct epoll_event *ready, int most, int timeout)
{
    uint64_t until = world.now + (uint64_t)timeout * 1000;

    (void)fd;
    assert_true(most > 0);
    if (timeout == 0)
        world.looks++;
    else
        world.sleeps++;
    if (timeout != 0 && world.due > world.now)
        world.now = timeout > 0 && until < world.due ? until : world.due;
    else if (timeout > 0 && world.due == 0)
        world.now = until;
    if (world.due == 0 || world.due > world.now)
        return 0;
    *ready = (struct epoll_event){.events = EPOLLIN, .data.ptr = &world.w};
    return 1;
}

static void callback_happened(void *cookie, uint32_t events)
{
    (void)cookie;
    (void)events;
    world.due = world.gap == 0 ? 0 : world.now + world.gap;
    if (world.left > 0 && --world.left == 0)
        loop_stop(world.loop);
}

static int setup(void **state)
{
    memset(&world, 0, sizeof(world));
    world.now = 1000000;
    world.w.events = EPOLLIN;
    world.w.ready = callback_happened;
    if (loop_play_setup(state) != 0)
        return -1;
    world.loop = *state;
    return 0;
}

/* Something happens ${n} times, each ${gap} microseconds after the one before;
 * counts from zero. */
static void happen(unsigned n, uint64_t gap)
{
    world.gap = gap;
    world.due = world.now + gap;
    world.left = n;
    world.looks = world.sleeps = 0;
    assert_int_equal(loop_run(world.loop), 0);
}

static void test_loop_without_a_limit_only_sleeps(void **state)
{
    (void)state;
    happen(100, SOON);
    assert_int_equal(world.sleeps, 100);
    assert_int_equal(world.looks, 0);
}

static void test_what_comes_soon_is_looked_for(void **state)
{
    loop_spin(*state, LIMIT);
    happen(100, SOON);
    assert_int_equal(world.sleeps, 0);
    assert_true(world.looks >= 100);
}

static void test_slow_answer_costs_one_look_in_vain(void **state)
{
    loop_spin(*state, LIMIT);
    happen(100, SOON);
    happen(10, 500000);
    assert_int_equal(world.sleeps, 10);
    assert_in_range(world.looks, 1, LIMIT / TICK + 1);
}

struct bell {
    struct loop_timer t;
    uint64_t rang;
};

static void callback_bell(void *cookie)
{
    struct bell *b = cookie;

    b->rang = world.now;
    loop_stop(world.loop);
}

/* Let ${b} ring in ${ms} milliseconds, and nothing else happen. */
static void ring(struct bell *b, uint64_t ms)
{
    b->t = (struct loop_timer){.fired = callback_bell, .cookie = b};
    world.due = 0;
    world.looks = world.sleeps = 0;
    loop_timer_set(world.loop, &b->t, ms);
    assert_int_equal(loop_run(world.loop), 0);
}

static void test_idle_loop_sleeps_from_timer_to_timer(void **state)
{
    struct bell b;

    loop_spin(*state, LIMIT);
    happen(100, SOON);
    ring(&b, 1000);
    for (int i = 0; i < 10; i++) {
        ring(&b, 1000);
        assert_int_equal(world.looks, 0);
        assert_in_range(world.sleeps, 1, 2);
    }
}

/* All of the last millisecond is looked for something. */
static void test_looking_does_not_pass_a_timer(void **state)
{
    struct bell b;

    loop_spin(*state, 1000000);
    happen(100, SOON);
    ring(&b, 1);
    assert_true(world.looks > 0);
    assert_in_range(b.rang, b.t.due * 1000, b.t.due * 1000 + 5 * TICK);
}

static void test_sleep_behind_a_look_is_shorter_by_it(void **state)
{
    struct bell b;

    loop_spin(*state, 3000);
    happen(100, SOON);
    ring(&b, 10);
    assert_true(world.looks > 1);
    assert_int_equal(world.sleeps, 1);
    assert_in_range(b.rang, b.t.due * 1000, b.t.due * 1000 + 1000);
}

#define SCRIPTED(test)                                                         \
    cmocka_unit_test_setup_teardown(test, setup, loop_play_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRIPTED(test_loop_without_a_limit_only_sleeps),
        SCRIPTED(test_what_comes_soon_is_looked_for),
        SCRIPTED(test_slow_answer_costs_one_look_in_vain),
        SCRIPTED(test_idle_loop_sleeps_from_timer_to_timer),
        SCRIPTED(test_looking_does_not_pass_a_timer),
        SCRIPTED(test_sleep_behind_a_look_is_shorter_by_it),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
