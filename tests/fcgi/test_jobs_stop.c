/* Stopping leaves nothing undone: what was submitted is run and on the disk,
 * and the store closed. Whom nobody has told is not told any more. The store is
 * a fake that can be made to wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs_play.h"

static void test_stop_waits_for_the_disk(void **state)
{
    struct world *w = *state;
    struct errand e[3];

    play_start(w);
    fake.owes = true;
    play_submit_all(w, e, 3);
    play_stop(w);
    for (int i = 0; i < 3; i++)
        assert_int_equal(e[i].verb.status, STORE_EXISTS);
    assert_true(fake.closed);
}

static void test_stop_runs_what_is_queued(void **state)
{
    struct world *w = *state;
    struct errand e[4];

    play_start(w);
    play_submit_all(w, e, 4);
    play_stop(w);
    assert_int_equal(fake.verbs, 4);
    assert_true(fake.closed);
}

static void *let_go_later(void *cookie)
{
    (void)cookie;
    fake_let_go(&fake.held);
    return NULL;
}

static void test_stop_waits_for_the_batch_under_way(void **state)
{
    struct world *w = *state;
    struct errand e[2];
    pthread_t helper;

    play_start_held(w, e);
    play_submit(w, &e[1], 1);
    assert_int_equal(pthread_create(&helper, NULL, let_go_later, NULL), 0);
    play_stop(w);
    pthread_join(helper, NULL);
    assert_int_equal(e[0].verb.status, STORE_EXISTS);
    assert_int_equal(e[1].verb.status, STORE_EXISTS);
    assert_int_equal(fake.verbs, 2);
}

static void test_who_was_not_told_before_the_stop_is_not_told(void **state)
{
    struct world *w = *state;
    struct errand e;

    play_start(w);
    play_submit(w, &e, 0);
    play_stop(w);
    assert_int_equal(w->told, 0);
}

static void test_stop_without_work_closes_the_store(void **state)
{
    struct world *w = *state;

    play_start(w);
    play_stop(w);
    assert_true(fake.closed);
    assert_int_equal(fake.batches, 0);
}

static void test_stop_takes_null(void **state)
{
    (void)state;
    jobs_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_stop_waits_for_the_disk),
        TEST(test_stop_runs_what_is_queued),
        TEST(test_stop_waits_for_the_batch_under_way),
        TEST(test_who_was_not_told_before_the_stop_is_not_told),
        TEST(test_stop_without_work_closes_the_store),
        TEST(test_stop_takes_null),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
