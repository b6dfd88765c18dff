/* Verbs reach the store in the order in which they were submitted, as many at
 * a time as wait; their owners are told on the loop's thread, in the order in
 * which the store is done with them; no batch waits for the disk that another
 * needs; and stopping leaves nothing undone. The store is a fake that can be
 * made to wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocs.h"
#include "jobs.h"

enum { PATIENCE_MS = 20000, MOST = 16 };

/* ---- the store ---- */

static struct store {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    int open_result;
    bool opened, closed;
    bool held;     /* store_run() waits at its beginning */
    bool held_mid; /* and before it acknowledges the second verb */
    bool backwards;
    bool owes;      /* verbs wait for the disk */
    bool held_sync; /* which store_harden() waits for */
    size_t syncs;   /* that came as far as the wait */
    size_t hardened;
    size_t batches;
    size_t entered; /* batches that came as far as the wait */
    size_t sizes[MOST];
    int order[MOST]; /* kinds of the verbs, as they came */
    size_t verbs;
    size_t ticks;
    pthread_t thread;
    bool one_thread; /* every call came from that thread */
} fake;

static void note_thread(void)
{
    fake.one_thread &= pthread_equal(fake.thread, pthread_self()) != 0;
}

int store_open(
    const struct store_options *options, struct store **store, char error[256])
{
    assert_string_equal(options->dir, "somewhere");
    fake.thread = pthread_self();
    fake.one_thread = true;
    if (fake.open_result != 0) {
        snprintf(error, 256, "the fake does not open");
        return fake.open_result;
    }
    fake.opened = true;
    *store = &fake;
    return 0;
}

/* With the lock: wait until nobody holds ${flag}. */
static void wait_while(const bool *flag)
{
    while (*flag)
        pthread_cond_wait(&fake.moved, &fake.lock);
}

static void enter(struct store_verb *batch)
{
    size_t n = 0;

    pthread_mutex_lock(&fake.lock);
    for (struct store_verb *v = batch; v != NULL; v = v->next, n++)
        if (fake.verbs < MOST)
            fake.order[fake.verbs++] = (int)v->kind;
    if (fake.batches < MOST)
        fake.sizes[fake.batches] = n;
    fake.batches++;
    fake.entered++;
    pthread_cond_broadcast(&fake.moved);
    wait_while(&fake.held);
    pthread_mutex_unlock(&fake.lock);
}

static void hold_in_the_middle(void)
{
    pthread_mutex_lock(&fake.lock);
    wait_while(&fake.held_mid);
    pthread_mutex_unlock(&fake.lock);
}

static void give_back(struct store_verb *batch,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie)
{
    struct store_verb *list = batch, *next, *back = NULL;

    for (; fake.backwards && list != NULL; list = next) {
        next = list->next;
        list->next = back;
        back = list;
    }
    for (list = fake.backwards ? back : batch; list != NULL; list = next) {
        next = list->next;
        list->status = STORE_EXISTS;
        done(cookie, list);
        hold_in_the_middle();
    }
}

void store_run(struct store *store, struct store_verb *batch,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie)
{
    assert_ptr_equal(store, &fake);
    note_thread();
    enter(batch);
    give_back(batch, done, cookie);
}

void store_commit(struct store *store, struct store_verb *batch,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie,
    struct store_owed *owed)
{
    assert_ptr_equal(store, &fake);
    note_thread();
    enter(batch);
    *owed = (struct store_owed){.generation = 1, .position = fake.batches};
    if (fake.owes)
        owed->verbs = batch;
    else
        give_back(batch, done, cookie);
}

void store_harden(struct store *store, const struct store_owed *owed,
    void (*done)(void *cookie, struct store_verb *verb), void *cookie)
{
    assert_ptr_equal(store, &fake);
    pthread_mutex_lock(&fake.lock);
    fake.syncs++;
    pthread_cond_broadcast(&fake.moved);
    wait_while(&fake.held_sync);
    fake.hardened = owed->position;
    pthread_mutex_unlock(&fake.lock);
    give_back(owed->verbs, done, cookie);
}

void store_tick(struct store *store)
{
    assert_ptr_equal(store, &fake);
    note_thread();
    pthread_mutex_lock(&fake.lock);
    fake.ticks++;
    pthread_cond_broadcast(&fake.moved);
    pthread_mutex_unlock(&fake.lock);
}

void store_stat(struct store *store, struct store_stat *stat)
{
    assert_ptr_equal(store, &fake);
    *stat = (struct store_stat){.generation = 42};
}

bool store_reap_due(struct store *store, int64_t boot)
{
    assert_ptr_equal(store, &fake);
    return boot == 7;
}

void store_close(struct store *store)
{
    assert_ptr_equal(store, &fake);
    note_thread();
    fake.closed = true;
}

static void let_go(bool *flag)
{
    pthread_mutex_lock(&fake.lock);
    *flag = false;
    pthread_cond_broadcast(&fake.moved);
    pthread_mutex_unlock(&fake.lock);
}

static void wait_entered(size_t batches)
{
    pthread_mutex_lock(&fake.lock);
    while (fake.entered < batches)
        pthread_cond_wait(&fake.moved, &fake.lock);
    pthread_mutex_unlock(&fake.lock);
}

static void wait_syncs(size_t syncs)
{
    pthread_mutex_lock(&fake.lock);
    while (fake.syncs < syncs)
        pthread_cond_wait(&fake.moved, &fake.lock);
    pthread_mutex_unlock(&fake.lock);
}

/* ---- the loop's side ---- */

struct world {
    struct loop *loop;
    struct jobs *jobs;
    struct loop_timer guard;
    bool out_of_patience;
    pthread_t thread;
    size_t told, wanted;
    int order[MOST];
    bool elsewhere; /* somebody was told on another thread */
    size_t again;   /* how often done submits its own job again */
};

struct errand {
    struct world *w;
    struct store_verb verb;
    struct job job;
};

static void callback_done(void *cookie)
{
    struct errand *e = cookie;
    struct world *w = e->w;

    w->elsewhere |= !pthread_equal(w->thread, pthread_self());
    assert_int_equal(e->verb.status, STORE_EXISTS);
    if (w->told < MOST)
        w->order[w->told] = (int)e->verb.kind;
    w->told++;
    if (w->again > 0) {
        w->again--;
        e->verb.status = STORE_OK;
        jobs_submit(w->jobs, &e->job);
    }
    if (w->told >= w->wanted)
        loop_stop(w->loop);
}

static void callback_guard(void *cookie)
{
    struct world *w = cookie;

    w->out_of_patience = true;
    loop_stop(w->loop);
}

static void submit(struct world *w, struct errand *e, int kind)
{
    *e = (struct errand){.w = w};
    e->verb.kind = (enum store_kind)kind;
    e->job = (struct job){.verb = &e->verb, .done = callback_done, .cookie = e};
    jobs_submit(w->jobs, &e->job);
}

/* Run until ${wanted} owners have been told altogether. */
static void run(struct world *w, size_t wanted)
{
    w->wanted = wanted;
    loop_timer_set(w->loop, &w->guard, PATIENCE_MS);
    assert_int_equal(loop_run(w->loop), 0);
    loop_timer_cancel(w->loop, &w->guard);
    assert_false(w->out_of_patience);
    assert_int_equal(w->told, wanted);
}

static void callback_stop(void *cookie)
{
    struct world *w = cookie;

    loop_stop(w->loop);
}

/* What was submitted goes over when the turn ends: let the store thread have
 * it, and wait until it has begun so many batches. */
static void hand_over(struct world *w, size_t batches)
{
    struct loop_task stop = {.run = callback_stop, .cookie = w};

    loop_later(w->loop, &stop);
    assert_int_equal(loop_run(w->loop), 0);
    wait_entered(batches);
}

static void start(struct world *w)
{
    struct store_options options = {.dir = "somewhere"};
    char error[256];

    assert_non_null(w->jobs = jobs_start(w->loop, &options, error));
}

static void start_inline(struct world *w)
{
    struct store_options options = {.dir = "somewhere"};
    char error[256];

    assert_non_null(w->jobs = jobs_start_inline(w->loop, &options, error));
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    fake = (struct store){
        .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};
    assert_non_null(w->loop = loop_create());
    w->thread = pthread_self();
    w->guard = (struct loop_timer){.fired = callback_guard, .cookie = w};
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    jobs_stop(w->jobs);
    loop_free(w->loop);
    free(w);
    return 0;
}

static void stop(struct world *w)
{
    jobs_stop(w->jobs);
    w->jobs = NULL;
}

/* ---- tests ---- */

static void test_verb_is_run_and_its_owner_told(void **state)
{
    struct world *w = *state;
    struct errand e;

    start(w);
    submit(w, &e, STORE_GRANT);
    run(w, 1);
    assert_int_equal(fake.order[0], STORE_GRANT);
    assert_int_equal(w->order[0], STORE_GRANT);
}

static void test_submit_tells_nobody(void **state)
{
    struct world *w = *state;
    struct errand e;

    start(w);
    submit(w, &e, STORE_ADMIT);
    hand_over(w, 1);
    assert_int_equal(w->told, 0);
    run(w, 1);
}

static void test_owners_are_told_on_the_thread_of_the_loop(void **state)
{
    struct world *w = *state;
    struct errand e[3];

    start(w);
    for (int i = 0; i < 3; i++)
        submit(w, &e[i], i);
    run(w, 3);
    assert_false(w->elsewhere);
    assert_false(pthread_equal(fake.thread, w->thread));
}

static void test_everything_that_waits_goes_in_one_batch(void **state)
{
    struct world *w = *state;
    struct errand e[5];

    start(w);
    fake.held = true;
    submit(w, &e[0], 0);
    hand_over(w, 1);
    for (int i = 1; i < 5; i++)
        submit(w, &e[i], i);
    let_go(&fake.held);
    run(w, 5);
    assert_int_equal(fake.batches, 2);
    assert_int_equal(fake.sizes[0], 1);
    assert_int_equal(fake.sizes[1], 4);
}

static void test_verbs_reach_the_store_in_order(void **state)
{
    struct world *w = *state;
    struct errand e[6];

    start(w);
    for (int i = 0; i < 6; i++)
        submit(w, &e[i], i);
    run(w, 6);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(fake.order[i], i);
        assert_int_equal(w->order[i], i);
    }
}

static void test_owners_are_told_in_the_order_of_completion(void **state)
{
    struct world *w = *state;
    struct errand e[4];

    start(w);
    fake.held = true;
    fake.backwards = true;
    submit(w, &e[0], 0);
    hand_over(w, 1);
    for (int i = 1; i < 4; i++)
        submit(w, &e[i], i);
    let_go(&fake.held);
    run(w, 4);
    assert_int_equal(w->order[0], 0);
    assert_int_equal(w->order[1], 3);
    assert_int_equal(w->order[2], 2);
    assert_int_equal(w->order[3], 1);
}

static void test_what_one_turn_asks_for_is_one_batch(void **state)
{
    struct world *w = *state;
    struct errand e[7];

    start(w);
    for (int i = 0; i < 7; i++)
        submit(w, &e[i], i);
    run(w, 7);
    assert_int_equal(fake.batches, 1);
    assert_int_equal(fake.sizes[0], 7);
}

static void test_early_acknowledgment_does_not_wait_for_the_batch(void **state)
{
    struct world *w = *state;
    struct errand e[3];

    start(w);
    fake.held = true;
    submit(w, &e[0], 0);
    hand_over(w, 1);
    submit(w, &e[1], 1);
    submit(w, &e[2], 2);
    fake.held_mid = true;
    let_go(&fake.held);
    run(w, 1); /* the batch of the first is still running */
    assert_int_equal(fake.batches, 1);
    let_go(&fake.held_mid);
    run(w, 3);
}

/* Two verbs wait for a disk that is held. */
static void start_syncing(struct world *w, struct errand e[2])
{
    start(w);
    fake.owes = fake.held_sync = true;
    submit(w, &e[0], 0);
    submit(w, &e[1], 1);
    hand_over(w, 1);
    wait_syncs(1);
}

static void test_batches_run_while_others_wait_for_the_disk(void **state)
{
    struct world *w = *state;
    struct errand e[4];

    start_syncing(w, e);
    submit(w, &e[2], 2);
    hand_over(w, 2);
    submit(w, &e[3], 3);
    hand_over(w, 3);
    assert_int_equal(fake.hardened, 0);
    let_go(&fake.held_sync);
    run(w, 4);
    assert_false(w->elsewhere);
    assert_int_equal(fake.hardened, 3);
}

static void test_what_waits_for_the_disk_is_synced_together(void **state)
{
    struct world *w = *state;
    struct errand e[5];

    start_syncing(w, e);
    for (int i = 2; i < 5; i++) {
        submit(w, &e[i], i);
        hand_over(w, (size_t)i);
    }
    let_go(&fake.held_sync);
    run(w, 5);
    assert_in_range(fake.syncs, 2, 3); /* the last may have come too late */
    assert_int_equal(w->order[4], 4);
}

static void test_stop_waits_for_the_disk(void **state)
{
    struct world *w = *state;
    struct errand e[3];

    start(w);
    fake.owes = true;
    for (int i = 0; i < 3; i++)
        submit(w, &e[i], i);
    stop(w);
    for (int i = 0; i < 3; i++)
        assert_int_equal(e[i].verb.status, STORE_EXISTS);
    assert_true(fake.closed);
}

static void test_job_may_be_submitted_again_when_it_is_done(void **state)
{
    struct world *w = *state;
    struct errand e[2];

    start(w);
    w->again = 8;
    submit(w, &e[0], 0);
    submit(w, &e[1], 1);
    run(w, 10);
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

static void test_stop_runs_what_is_queued(void **state)
{
    struct world *w = *state;
    struct errand e[4];

    start(w);
    for (int i = 0; i < 4; i++)
        submit(w, &e[i], i);
    stop(w);
    assert_int_equal(fake.verbs, 4);
    assert_true(fake.closed);
}

static void *let_go_later(void *cookie)
{
    (void)cookie;
    let_go(&fake.held);
    return NULL;
}

static void test_stop_waits_for_the_batch_under_way(void **state)
{
    struct world *w = *state;
    struct errand e[2];
    pthread_t helper;

    start(w);
    fake.held = true;
    submit(w, &e[0], 0);
    hand_over(w, 1);
    submit(w, &e[1], 1);
    assert_int_equal(pthread_create(&helper, NULL, let_go_later, NULL), 0);
    stop(w);
    pthread_join(helper, NULL);
    assert_int_equal(e[0].verb.status, STORE_EXISTS);
    assert_int_equal(e[1].verb.status, STORE_EXISTS);
    assert_int_equal(fake.verbs, 2);
}

static void test_who_was_not_told_before_the_stop_is_not_told(void **state)
{
    struct world *w = *state;
    struct errand e;

    start(w);
    submit(w, &e, 0);
    stop(w);
    assert_int_equal(w->told, 0);
}

static void test_stop_without_work_closes_the_store(void **state)
{
    struct world *w = *state;

    start(w);
    stop(w);
    assert_true(fake.closed);
    assert_int_equal(fake.batches, 0);
}

static void test_stop_takes_null(void **state)
{
    (void)state;
    jobs_stop(NULL);
}

static void test_only_one_thread_enters_the_store(void **state)
{
    struct world *w = *state;
    struct errand e;

    start(w);
    submit(w, &e, 0);
    run(w, 1);
    stop(w);
    assert_true(fake.one_thread);
}

static void test_idle_store_is_ticked(void **state)
{
    struct world *w = *state;

    start(w);
    pthread_mutex_lock(&fake.lock);
    while (fake.ticks == 0)
        pthread_cond_wait(&fake.moved, &fake.lock);
    pthread_mutex_unlock(&fake.lock);
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

    start(w);
    e.job = (struct job){.verb = &e.verb, .done = callback_busy, .cookie = &e};
    jobs_submit(w->jobs, &e.job);
    run(w, 0);
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

    start(w);
    submit(w, &e[0], 0);
    run(w, 1); /* the loop has all that it needs */
    allocs_hook(count_allocation);
    submit(w, &e[1], 1);
    submit(w, &e[2], 2);
    run(w, 3);
    allocs_hook(NULL);
    assert_int_equal(allocations, 0);
}

static void test_stat_is_that_of_the_store(void **state)
{
    struct world *w = *state;
    struct store_stat stat;

    start(w);
    jobs_stat(w->jobs, &stat);
    assert_int_equal(stat.generation, 42);
}

/* ---- without a thread ---- */

static void test_inline_store_is_entered_by_the_loop_alone(void **state)
{
    struct world *w = *state;
    struct errand e[3];

    start_inline(w);
    for (int i = 0; i < 3; i++)
        submit(w, &e[i], i);
    assert_int_equal(fake.batches, 0);
    run(w, 3);
    assert_true(fake.one_thread);
    assert_true(pthread_equal(fake.thread, w->thread));
    assert_int_equal(fake.batches, 1);
    assert_int_equal(fake.sizes[0], 3);
    stop(w);
    assert_true(fake.one_thread);
    assert_true(fake.closed);
}

static void test_inline_job_may_be_submitted_again_when_it_is_done(void **state)
{
    struct world *w = *state;
    struct errand e[2];

    start_inline(w);
    w->again = 8;
    submit(w, &e[0], 0);
    submit(w, &e[1], 1);
    run(w, 10);
    assert_int_equal(fake.verbs, 10);
}

static void test_inline_stop_runs_what_is_queued(void **state)
{
    struct world *w = *state;
    struct errand e[2];

    start_inline(w);
    submit(w, &e[0], 0);
    submit(w, &e[1], 1);
    stop(w);
    assert_int_equal(fake.verbs, 2);
    assert_true(fake.closed);
    assert_int_equal(w->told, 0);
}

static void test_inline_store_that_does_not_open_is_reported(void **state)
{
    struct world *w = *state;
    struct store_options options = {.dir = "somewhere"};
    char error[256] = "";

    fake.open_result = -1;
    assert_null(jobs_start_inline(w->loop, &options, error));
    assert_string_equal(error, "the fake does not open");
    assert_false(fake.closed);
}

static void callback_look(void *cookie)
{
    struct world *w = cookie;

    loop_stop(w->loop);
}

static bool inline_ticked(struct world *w)
{
    w->wanted = SIZE_MAX;
    w->guard.fired = callback_look;
    loop_timer_set(w->loop, &w->guard, 10);
    assert_int_equal(loop_run(w->loop), 0);
    return fake.ticks > 0;
}

static void test_inline_store_is_ticked_after_it_was_used(void **state)
{
    struct world *w = *state;
    struct errand e;

    start_inline(w);
    submit(w, &e, 0);
    run(w, 1);
    assert_int_equal(fake.ticks, 0);
    while (!inline_ticked(w))
        ;
    assert_int_equal(fake.ticks, 1);
}

static void test_reaping_is_due_when_the_store_says_so(void **state)
{
    struct world *w = *state;

    start_inline(w);
    assert_true(jobs_reap_due(w->jobs, 7));
    assert_false(jobs_reap_due(w->jobs, 8));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_verb_is_run_and_its_owner_told),
        TEST(test_submit_tells_nobody),
        TEST(test_owners_are_told_on_the_thread_of_the_loop),
        TEST(test_everything_that_waits_goes_in_one_batch),
        TEST(test_verbs_reach_the_store_in_order),
        TEST(test_owners_are_told_in_the_order_of_completion),
        TEST(test_what_one_turn_asks_for_is_one_batch),
        TEST(test_early_acknowledgment_does_not_wait_for_the_batch),
        TEST(test_batches_run_while_others_wait_for_the_disk),
        TEST(test_what_waits_for_the_disk_is_synced_together),
        TEST(test_stop_waits_for_the_disk),
        TEST(test_job_may_be_submitted_again_when_it_is_done),
        TEST(test_store_that_does_not_open_is_reported),
        TEST(test_stop_runs_what_is_queued),
        TEST(test_stop_waits_for_the_batch_under_way),
        TEST(test_who_was_not_told_before_the_stop_is_not_told),
        TEST(test_stop_without_work_closes_the_store),
        TEST(test_stop_takes_null),
        TEST(test_only_one_thread_enters_the_store),
        TEST(test_idle_store_is_ticked),
        TEST(test_busy_store_is_ticked_too),
        TEST(test_verbs_go_and_come_back_without_memory),
        TEST(test_stat_is_that_of_the_store),
        TEST(test_inline_store_is_entered_by_the_loop_alone),
        TEST(test_inline_job_may_be_submitted_again_when_it_is_done),
        TEST(test_inline_stop_runs_what_is_queued),
        TEST(test_inline_store_that_does_not_open_is_reported),
        TEST(test_inline_store_is_ticked_after_it_was_used),
        TEST(test_reaping_is_due_when_the_store_says_so),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
