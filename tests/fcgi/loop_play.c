#include "loop_play.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { PATIENCE_MS = 20000 };

int loop_play_setup(void **state)
{
    *state = loop_create();
    return *state == NULL ? -1 : 0;
}

int loop_play_teardown(void **state)
{
    loop_free(*state);
    return 0;
}

static void callback_stop(void *cookie)
{
    loop_stop(cookie);
}

void loop_play_turn(struct loop *loop)
{
    struct loop_task stop = {.run = callback_stop, .cookie = loop};

    loop_later(loop, &stop);
    assert_int_equal(loop_run(loop), 0);
    loop_later_cancel(loop, &stop);
}

struct limit {
    struct loop *loop;
    bool reached;
};

static void callback_reached(void *cookie)
{
    struct limit *limit = cookie;

    limit->reached = true;
    loop_stop(limit->loop);
}

/* Run for ${ms} or until something stops the loop. Returns whether it took all
 * of them. */
static bool run_for(struct loop *loop, uint64_t ms)
{
    struct limit limit = {.loop = loop};
    struct loop_timer t = {.fired = callback_reached, .cookie = &limit};

    loop_timer_set(loop, &t, ms);
    assert_int_equal(loop_run(loop), 0);
    loop_timer_cancel(loop, &t);
    return limit.reached;
}

void loop_play_wait(struct loop *loop, uint64_t ms)
{
    run_for(loop, ms);
}

void loop_play_run(struct loop *loop)
{
    assert_false(run_for(loop, PATIENCE_MS));
}
