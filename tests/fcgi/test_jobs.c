/* Verbs reach the store in the order in which they were submitted, as many at
 * a time as wait; their owners are told on the loop's thread, in the order in
 * which the store is done with them; and no batch waits for the disk that
 * another needs. The store is a fake that can be made to wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocs.h"
#include "jobs_play.h"

static void test_verb_is_run_and_its_owner_told(void **state)
{
    struct world *w = *state;
    struct errand e;

    play_start(w);
    play_submit(w, &e, STORE_GRANT);
    play_run(w, 1);
    assert_int_equal(fake.order[0], STORE_GRANT);
    assert_int_equal(w->order[0], STORE_GRANT);
}

static void test_submit_tells_nobody(void **state)
{
    struct world *w = *state;
    struct errand e;

    play_start(w);
    play_submit(w, &e, STORE_ADMIT);
    play_hand_over(w, 1);
    assert_int_equal(w->told, 0);
    play_run(w, 1);
}

static void test_owners_are_told_on_the_thread_of_the_loop(void **state)
{
    struct world *w = *state;
    struct errand e[3];

    play_start(w);
    play_submit_all(w, e, 3);
    play_run(w, 3);
    assert_false(w->elsewhere);
    assert_false(pthread_equal(fake.thread, w->thread));
}

static void test_everything_that_waits_goes_in_one_batch(void **state)
{
    struct world *w = *state;
    struct errand e[5];

    play_start_held(w, e);
    for (int i = 1; i < 5; i++)
        play_submit(w, &e[i], i);
    fake_let_go(&fake.held);
    play_run(w, 5);
    assert_int_equal(fake.batches, 2);
    assert_int_equal(fake.sizes[0], 1);
    assert_int_equal(fake.sizes[1], 4);
}

static void test_verbs_reach_the_store_in_order(void **state)
{
    struct world *w = *state;
    struct errand e[6];

    play_start(w);
    play_submit_all(w, e, 6);
    play_run(w, 6);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(fake.order[i], i);
        assert_int_equal(w->order[i], i);
    }
}

static void test_owners_are_told_in_the_order_of_completion(void **state)
{
    struct world *w = *state;
    struct errand e[4];

    fake.backwards = true;
    play_start_held(w, e);
    for (int i = 1; i < 4; i++)
        play_submit(w, &e[i], i);
    fake_let_go(&fake.held);
    play_run(w, 4);
    assert_int_equal(w->order[0], 0);
    assert_int_equal(w->order[1], 3);
    assert_int_equal(w->order[2], 2);
    assert_int_equal(w->order[3], 1);
}

static void test_the_newest_verb_tells_whether_the_store_is_closed(void **state)
{
    struct world *w = *state;
    struct errand e;

    play_start(w);
    assert_false(jobs_closed(w->jobs));
    fake.refuses = true;
    play_submit(w, &e, 0);
    play_run(w, 1);
    assert_true(jobs_closed(w->jobs));
    fake.refuses = false;
    play_submit(w, &e, 0);
    play_run(w, 2);
    assert_false(jobs_closed(w->jobs));
}

static void test_what_one_turn_asks_for_is_one_batch(void **state)
{
    struct world *w = *state;
    struct errand e[7];

    play_start(w);
    play_submit_all(w, e, 7);
    play_run(w, 7);
    assert_int_equal(fake.batches, 1);
    assert_int_equal(fake.sizes[0], 7);
}

static void test_what_is_hurried_does_not_wait_for_the_end_of_the_turn(
    void **state)
{
    struct world *w = *state;
    struct errand e[3];

    play_start(w);
    play_submit(w, &e[0], 0);
    play_submit(w, &e[1], 1);
    assert_true(jobs_hurry(w->jobs));
    fake_wait(&fake.entered, 1);
    assert_int_equal(w->told, 0);
    play_submit(w, &e[2], 2);
    play_run(w, 3);
    assert_int_equal(fake.batches, 2);
    assert_int_equal(fake.sizes[0], 2);
}

static void test_early_acknowledgment_does_not_wait_for_the_batch(void **state)
{
    struct world *w = *state;
    struct errand e[3];

    play_start_held(w, e);
    play_submit(w, &e[1], 1);
    play_submit(w, &e[2], 2);
    fake.held_mid = true;
    fake_let_go(&fake.held);
    play_run(w, 1); /* the batch of the first is still running */
    assert_int_equal(fake.batches, 1);
    fake_let_go(&fake.held_mid);
    play_run(w, 3);
}

/* Two verbs wait for a disk that is held. */
static void start_syncing(struct world *w, struct errand e[2])
{
    play_start(w);
    fake.owes = fake.held_sync = true;
    play_submit_all(w, e, 2);
    play_hand_over(w, 1);
    fake_wait(&fake.syncs, 1);
}

static void test_batches_run_while_others_wait_for_the_disk(void **state)
{
    struct world *w = *state;
    struct errand e[4];

    start_syncing(w, e);
    play_submit(w, &e[2], 2);
    play_hand_over(w, 2);
    play_submit(w, &e[3], 3);
    play_hand_over(w, 3);
    assert_int_equal(fake.hardened, 0);
    fake_let_go(&fake.held_sync);
    play_run(w, 4);
    assert_false(w->elsewhere);
    assert_int_equal(fake.hardened, 3);
}

static void test_what_waits_for_the_disk_is_synced_together(void **state)
{
    struct world *w = *state;
    struct errand e[5];

    start_syncing(w, e);
    for (int i = 2; i < 5; i++) {
        play_submit(w, &e[i], i);
        play_hand_over(w, (size_t)i);
    }
    fake_let_go(&fake.held_sync);
    play_run(w, 5);
    assert_in_range(fake.syncs, 2, 3); /* the last may have come too late */
    assert_int_equal(w->order[4], 4);
}

static void test_job_may_be_submitted_again_when_it_is_done(void **state)
{
    struct world *w = *state;
    struct errand e[2];

    play_start(w);
    w->again = 8;
    play_submit_all(w, e, 2);
    play_run(w, 10);
    assert_int_equal(fake.verbs, 10);
}

static void test_store_that_does_not_open_is_reported(void **state)
{
    struct world *w = *state;
    struct store_options options = {.dir = "somewhere"};
    char error[256] = "";

    fake.open_result = -1;
    assert_null(jobs_start(w->loop, &options, error));
    assert_string_equal(error, "the fake does not open");
    assert_false(fake.closed);
}

static void test_only_one_thread_enters_the_store(void **state)
{
    struct world *w = *state;
    struct errand e;

    play_start(w);
    play_submit(w, &e, 0);
    play_run(w, 1);
    play_stop(w);
    assert_true(fake.one_thread);
}

static void test_idle_store_is_ticked(void **state)
{
    struct world *w = *state;

    play_start(w);
    fake_wait(&fake.ticks, 1);
}

/* What keeps a store from being idle; ends with the first tick. */
static void callback_busy(void *cookie)
{
    struct errand *e = cookie;
    bool ticked;

    pthread_mutex_lock(&fake.lock);
    ticked = fake.ticks > 0;
    pthread_mutex_unlock(&fake.lock);
    if (ticked)
        loop_stop(e->w->loop);
    else
        jobs_submit(e->w->jobs, &e->job);
}

static void test_busy_store_is_ticked_too(void **state)
{
    struct world *w = *state;
    struct errand e = {.w = w};

    play_start(w);
    e.job = (struct job){.verb = &e.verb, .done = callback_busy, .cookie = &e};
    jobs_submit(w->jobs, &e.job);
    play_run(w, 0);
}

static _Atomic unsigned allocations;

static bool count_allocation(void)
{
    allocations++;
    return false;
}

static void test_verbs_go_and_come_back_without_memory(void **state)
{
    struct world *w = *state;
    struct errand e[3];

    play_start(w);
    play_submit(w, &e[0], 0);
    play_run(w, 1); /* the loop has all that it needs */
    allocs_hook(count_allocation);
    play_submit(w, &e[1], 1);
    play_submit(w, &e[2], 2);
    play_run(w, 3);
    allocs_hook(NULL);
    assert_int_equal(allocations, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_verb_is_run_and_its_owner_told),
        TEST(test_submit_tells_nobody),
        TEST(test_owners_are_told_on_the_thread_of_the_loop),
        TEST(test_everything_that_waits_goes_in_one_batch),
        TEST(test_verbs_reach_the_store_in_order),
        TEST(test_owners_are_told_in_the_order_of_completion),
        TEST(test_the_newest_verb_tells_whether_the_store_is_closed),
        TEST(test_what_one_turn_asks_for_is_one_batch),
        TEST(test_what_is_hurried_does_not_wait_for_the_end_of_the_turn),
        TEST(test_early_acknowledgment_does_not_wait_for_the_batch),
        TEST(test_batches_run_while_others_wait_for_the_disk),
        TEST(test_what_waits_for_the_disk_is_synced_together),
        TEST(test_job_may_be_submitted_again_when_it_is_done),
        TEST(test_store_that_does_not_open_is_reported),
        TEST(test_only_one_thread_enters_the_store),
        TEST(test_idle_store_is_ticked),
        TEST(test_busy_store_is_ticked_too),
        TEST(test_verbs_go_and_come_back_without_memory),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
