/* What is left for the end of the turn is run there, once and in order, and not
 * when it has been withdrawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "loop_play.h"

struct job {
    struct loop *loop;
    struct loop_task task;
    char name;
    char *log;
    struct job *next, *victim;
};

static void callback_job(void *cookie)
{
    struct job *j = cookie;

    strncat(j->log, &j->name, 1);
    if (j->next != NULL)
        loop_later(j->loop, &j->next->task);
    if (j->victim != NULL)
        loop_later_cancel(j->loop, &j->victim->task);
}

static void job_init(struct job *j, struct loop *loop, char name, char *log)
{
    *j = (struct job){.loop = loop, .name = name, .log = log};
    j->task = (struct loop_task){.run = callback_job, .cookie = j};
}

static void test_tasks_run_in_order(void **state)
{
    char log[8] = "";
    struct job a, b;

    job_init(&a, *state, 'a', log);
    job_init(&b, *state, 'b', log);
    loop_later(*state, &a.task);
    loop_later(*state, &b.task);
    loop_play_turn(*state);
    assert_string_equal(log, "ab");
}

static void test_task_asked_for_twice_runs_once(void **state)
{
    char log[8] = "";
    struct job a;

    job_init(&a, *state, 'a', log);
    loop_later(*state, &a.task);
    loop_later(*state, &a.task);
    loop_play_turn(*state);
    loop_play_turn(*state);
    assert_string_equal(log, "a");
}

static void test_cancelled_task_does_not_run(void **state)
{
    char log[8] = "";
    struct job a, b, c;

    job_init(&a, *state, 'a', log);
    job_init(&b, *state, 'b', log);
    job_init(&c, *state, 'c', log);
    loop_later(*state, &a.task);
    loop_later(*state, &b.task);
    loop_later_cancel(*state, &b.task);
    loop_later(*state, &c.task);
    loop_play_turn(*state);
    assert_string_equal(log, "ac");
}

static void test_cancelling_a_task_that_is_not_queued_is_harmless(void **state)
{
    char log[8] = "";
    struct job a;

    job_init(&a, *state, 'a', log);
    loop_later_cancel(*state, &a.task);
    loop_play_turn(*state);
    assert_string_equal(log, "");
}

static void test_task_queued_by_a_task_runs_in_the_same_turn(void **state)
{
    char log[8] = "";
    struct job a, b;

    job_init(&a, *state, 'a', log);
    job_init(&b, *state, 'b', log);
    a.next = &b;
    loop_later(*state, &a.task);
    loop_play_turn(*state);
    assert_string_equal(log, "ab");
}

static void test_task_may_cancel_the_next_one(void **state)
{
    char log[8] = "";
    struct job a, b;

    job_init(&a, *state, 'a', log);
    job_init(&b, *state, 'b', log);
    a.victim = &b;
    loop_later(*state, &a.task);
    loop_later(*state, &b.task);
    loop_play_turn(*state);
    assert_string_equal(log, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_LOOP(test_tasks_run_in_order),
        WITH_LOOP(test_task_asked_for_twice_runs_once),
        WITH_LOOP(test_cancelled_task_does_not_run),
        WITH_LOOP(test_cancelling_a_task_that_is_not_queued_is_harmless),
        WITH_LOOP(test_task_queued_by_a_task_runs_in_the_same_turn),
        WITH_LOOP(test_task_may_cancel_the_next_one),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
