/* Timers fire once, in the order of their times, and not any more when they
 * have been disarmed; and no want of memory keeps one from being armed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "loop_play.h"
#include "tests/db/allocs.h"

/* Timers note their names in the order in which they fire. */
struct bell {
    struct loop *loop;
    struct loop_timer t;
    char name;
    char *log;
    struct bell *victim;
    bool again, stop;
};

static void callback_bell(void *cookie)
{
    struct bell *b = cookie;

    strncat(b->log, &b->name, 1);
    if (b->victim != NULL)
        loop_timer_cancel(b->loop, &b->victim->t);
    if (b->again)
        loop_timer_set(b->loop, &b->t, 0);
    if (b->stop)
        loop_stop(b->loop);
}

static struct bell bell(struct loop *loop, char name, char *log)
{
    return (struct bell){
        .loop = loop, .t = {.fired = callback_bell}, .name = name, .log = log};
}

static void ring_in(struct bell *b, uint64_t ms)
{
    b->t.cookie = b;
    loop_timer_set(b->loop, &b->t, ms);
}

static void test_timers_fire_in_order_of_time(void **state)
{
    char log[8] = "";
    struct bell a = bell(*state, 'a', log), b = bell(*state, 'b', log),
                c = bell(*state, 'c', log);

    a.stop = true;
    ring_in(&a, 30);
    ring_in(&b, 20);
    ring_in(&c, 10);
    assert_int_equal(loop_run(*state), 0);
    assert_string_equal(log, "cba");
}

static void test_many_timers_fire_in_order_of_time(void **state)
{
    enum { MANY = 200 };
    static struct bell bells[MANY];
    char log[MANY + 1] = "", expected[MANY + 1] = "";

    for (int i = 0; i < MANY; i++) {
        int ms = 1 + i * 7 % 10;

        bells[i] = bell(*state, (char)('a' + ms), log);
        ring_in(&bells[i], (uint64_t)ms * 5);
    }
    for (int i = 0; i < MANY; i += 3)
        loop_timer_cancel(*state, &bells[i].t);
    for (int ms = 1; ms <= 10; ms++)
        for (int i = 0; i < MANY; i++)
            if (i % 3 != 0 && 1 + i * 7 % 10 == ms)
                strncat(expected, &bells[i].name, 1);
    while (strlen(log) < strlen(expected))
        loop_play_turn(*state);
    assert_string_equal(log, expected);
}

static void test_cancelled_timer_does_not_fire(void **state)
{
    char log[8] = "";
    struct bell a = bell(*state, 'a', log), b = bell(*state, 'b', log);

    ring_in(&a, 1);
    ring_in(&b, 5);
    b.stop = true;
    loop_timer_cancel(*state, &a.t);
    assert_int_equal(loop_run(*state), 0);
    assert_string_equal(log, "b");
}

static void test_cancelling_a_timer_that_is_not_armed_is_harmless(void **state)
{
    struct loop_timer t = {.due = 0};

    loop_timer_cancel(*state, &t);
    assert_false(loop_timer_armed(&t));
}

static void test_timer_cancelled_by_an_earlier_one_does_not_fire(void **state)
{
    char log[8] = "";
    struct bell a = bell(*state, 'a', log), b = bell(*state, 'b', log);

    a.victim = &b;
    b.victim = &a;
    ring_in(&a, 0);
    ring_in(&b, 0);
    loop_play_turn(*state);
    assert_int_equal(strlen(log), 1);
}

static void test_rearmed_timer_fires_at_the_later_time(void **state)
{
    char log[8] = "";
    struct bell a = bell(*state, 'a', log), b = bell(*state, 'b', log);

    a.stop = true;
    ring_in(&a, 1);
    ring_in(&b, 10);
    ring_in(&a, 30);
    assert_int_equal(loop_run(*state), 0);
    assert_string_equal(log, "ba");
}

static void test_timer_is_disarmed_when_it_has_fired(void **state)
{
    char log[8] = "";
    struct bell a = bell(*state, 'a', log);

    ring_in(&a, 0);
    loop_play_turn(*state);
    assert_false(loop_timer_armed(&a.t));
    loop_play_turn(*state);
    assert_string_equal(log, "a");
}

static void test_timer_that_rearms_itself_at_once_does_not_hold_the_turn(
    void **state)
{
    char log[8] = "";
    struct bell a = bell(*state, 'a', log);

    a.again = true;
    ring_in(&a, 0);
    loop_play_turn(*state);
    assert_string_equal(log, "a");
    loop_play_turn(*state);
    assert_string_equal(log, "aa");
    loop_timer_cancel(*state, &a.t);
}

static bool may_not(void)
{
    return false;
}

static void test_timers_are_armed_where_there_is_no_memory(void **state)
{
    enum { MANY = 100 };
    static struct bell bells[MANY];
    char log[MANY + 1] = "";

    allocs_hook(may_not);
    for (int i = 0; i < MANY; i++) {
        bells[i] = bell(*state, 'a', log);
        ring_in(&bells[i], 0);
    }
    allocs_hook(NULL);
    loop_play_turn(*state);
    assert_int_equal(strlen(log), MANY);
}

static void test_clock_does_not_go_back(void **state)
{
    char log[8] = "";
    struct bell a = bell(*state, 'a', log);
    uint64_t before = loop_now(*state);

    a.stop = true;
    ring_in(&a, 20);
    assert_int_equal(loop_run(*state), 0);
    assert_true(loop_now(*state) >= before + 19);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_LOOP(test_timers_fire_in_order_of_time),
        WITH_LOOP(test_many_timers_fire_in_order_of_time),
        WITH_LOOP(test_cancelled_timer_does_not_fire),
        WITH_LOOP(test_cancelling_a_timer_that_is_not_armed_is_harmless),
        WITH_LOOP(test_timer_cancelled_by_an_earlier_one_does_not_fire),
        WITH_LOOP(test_rearmed_timer_fires_at_the_later_time),
        WITH_LOOP(test_timer_is_disarmed_when_it_has_fired),
        WITH_LOOP(test_timer_that_rearms_itself_at_once_does_not_hold_the_turn),
        WITH_LOOP(test_timers_are_armed_where_there_is_no_memory),
        WITH_LOOP(test_clock_does_not_go_back),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
