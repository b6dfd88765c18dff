/* What must hold: one process at a time is behind the gate, a dead holder frees
 * it, a holder without a sign of life is killed, and one with signs is not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gate.h"
#include "scratch.h"

enum { STUCK_MS = 300, ROUNDS = 500, PROCESSES = 3 };

static struct shared {
    struct scratch scratch;
    _Atomic int inside;
    _Atomic int clashes;
    _Atomic int passed;
    _Atomic bool stop;
    _Atomic bool shot;
} * shared;

static int set_up(void **state)
{
    (void)state;
    shared = scratch_shared(sizeof(*shared));
    scratch_open(&shared->scratch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_drop(&shared->scratch);
    return 0;
}

static void on_line(void *cookie, const char *line)
{
    (void)cookie;
    if (strncmp(line, "killing process", 15) == 0)
        shared->shot = true;
}

static const struct report report = {on_line, NULL};

/* Of a child that ends without closing them: not lost, as the checkers say. */
static struct gate *volatile last;
static struct members *volatile last_members;

static struct gate *open_gate(struct members **m)
{
    struct gate *g;

    *m = members_open(shared->scratch.root);
    if (*m == NULL)
        _exit(99);
    g = gate_open(shared->scratch.root, *m, STUCK_MS, &report);
    if (g == NULL)
        _exit(99);
    last = g;
    last_members = *m;
    return g;
}

static int pass_often(void *arg)
{
    struct members *m;
    struct gate *g = open_gate(&m);

    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        if (gate_enter(g) < 0)
            return 1;
        shared->clashes += shared->inside++ != 0;
        shared->passed++;
        shared->inside--;
        gate_leave(g);
    }
    gate_close(g);
    members_close(m);
    return 0;
}

static void test_one_process_at_a_time_is_inside(void **state)
{
    pid_t pid[PROCESSES];

    (void)state;
    for (int i = 0; i < PROCESSES; i++)
        pid[i] = scratch_child(pass_often, NULL);
    for (int i = 0; i < PROCESSES; i++)
        assert_int_equal(scratch_wait(pid[i]), 0);
    assert_int_equal(shared->clashes, 0);
    assert_int_equal(shared->passed, PROCESSES * ROUNDS);
}

static int hold_stopped(void *arg)
{
    struct members *m;
    struct gate *g = open_gate(&m);

    (void)arg;
    gate_enter(g);
    raise(SIGSTOP);
    gate_leave(g);
    return 0;
}

static int pass_once(void *arg)
{
    struct members *m;
    struct gate *g = open_gate(&m);

    (void)arg;
    if (gate_enter(g) < 0)
        return 1;
    gate_leave(g);
    return 0;
}

static void test_the_gate_of_a_killed_holder_comes_free(void **state)
{
    pid_t holder = scratch_child(hold_stopped, NULL);

    (void)state;
    scratch_wait_stopped(holder);
    kill(holder, SIGKILL);
    scratch_wait(holder);
    assert_int_equal(scratch_run(pass_once, NULL), 0);
    assert_false(shared->shot);
}

static void test_a_silent_holder_is_killed(void **state)
{
    pid_t holder = scratch_child(hold_stopped, NULL);

    (void)state;
    scratch_wait_stopped(holder);
    assert_int_equal(scratch_run(pass_once, NULL), 0);
    assert_int_equal(scratch_wait(holder), 1000 + SIGKILL);
    assert_true(shared->shot);
}

static int pass_with_signals_blocked(void *arg)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    return pass_once(arg);
}

static void test_a_waiter_with_all_signals_blocked_sees_a_silent_holder(
    void **state)
{
    pid_t holder = scratch_child(hold_stopped, NULL);

    (void)state;
    scratch_wait_stopped(holder);
    assert_int_equal(scratch_run(pass_with_signals_blocked, NULL), 0);
    assert_int_equal(scratch_wait(holder), 1000 + SIGKILL);
}

static int hold_with_beats(void *arg)
{
    const struct timespec pause = {0, 20000000};
    struct members *m;
    struct gate *g = open_gate(&m);

    (void)arg;
    gate_enter(g);
    shared->inside = 1;
    while (!shared->stop) {
        members_beat(m);
        nanosleep(&pause, NULL);
    }
    shared->inside = 0;
    gate_leave(g);
    return 0;
}

static int wait_long(void *arg)
{
    struct members *m;
    struct gate *g = open_gate(&m);

    (void)arg;
    if (gate_enter(g) < 0)
        return 1;
    return shared->inside;
}

/* The holder works three times as long as a silent one may. */
static void test_a_holder_that_shows_life_is_spared(void **state)
{
    const struct timespec work = {0, 3 * STUCK_MS * 1000000L};
    pid_t holder = scratch_child(hold_with_beats, NULL);
    pid_t waiter;

    (void)state;
    while (!shared->inside)
        sched_yield();
    waiter = scratch_child(wait_long, NULL);
    nanosleep(&work, NULL);
    shared->stop = true;
    assert_int_equal(scratch_wait(holder), 0);
    assert_int_equal(scratch_wait(waiter), 0);
    assert_false(shared->shot);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_process_at_a_time_is_inside),
        TEST(test_the_gate_of_a_killed_holder_comes_free),
        TEST(test_a_silent_holder_is_killed),
        TEST(test_a_waiter_with_all_signals_blocked_sees_a_silent_holder),
        TEST(test_a_holder_that_shows_life_is_spared),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
