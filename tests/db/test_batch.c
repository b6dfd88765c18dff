/* What must hold: verbs that wait together are done together, a refusal writes
 * nothing, nobody hears of a verb before it is as safe as it has to be, and
 * checkpoints come when they are due. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "batch_play.h"
#include "engine.h"
#include "fake_verbs.h"
#include "scratch.h"

/* ---- together ---- */

static int do_together(void *arg)
{
    struct batch_play_answers a = {.store = scratch_store(batch_play.dir)};
    struct store_grant g = fake_grant("a", "");
    struct store_grant h = fake_grant("b", "");
    struct store_grant again = fake_grant("a", "");

    (void)arg;
    BATCH_PLAY_RUN(&a, &g.verb, &h.verb, &again.verb);
    SCRATCH_CHECK(a.count == 3 && a.store->batches == 1 && a.store->verbs == 3);
    SCRATCH_CHECK(!g.already && !h.already && again.already);
    SCRATCH_CHECK(fake_rows(a.store) == 2);
    store_close(a.store);
    return 0;
}

static void test_verbs_that_wait_share_a_transaction(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(do_together, NULL), 0);
}

static int refuse_one(void *arg)
{
    struct batch_play_answers a = {.store = scratch_store(batch_play.dir)};
    struct store_grant g = fake_grant("a", "");
    struct store_grant no = fake_grant("b", "refuse");
    struct store_grant h = fake_grant("c", "");

    (void)arg;
    BATCH_PLAY_RUN(&a, &g.verb, &no.verb, &h.verb);
    SCRATCH_CHECK(g.verb.status == STORE_OK && h.verb.status == STORE_OK);
    SCRATCH_CHECK(no.verb.status == STORE_REFUSED);
    SCRATCH_CHECK(fake_rows(a.store) == 2);
    store_close(a.store);
    return 0;
}

static void test_a_refusal_writes_nothing_and_undoes_nothing(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(refuse_one, NULL), 0);
}

static int run_nothing(void *arg)
{
    struct batch_play_answers a = {.store = scratch_store(batch_play.dir)};

    (void)arg;
    store_run(a.store, NULL, batch_play_on_done, &a);
    SCRATCH_CHECK(a.count == 0 && a.store->batches == 0);
    store_close(a.store);
    return 0;
}

static void test_an_empty_batch_is_nothing(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(run_nothing, NULL), 0);
}

/* ---- the order of answers ---- */

static int answer_in_order(void *arg)
{
    struct batch_play_answers a = {.store = scratch_store(batch_play.dir)};
    struct store_grant g = fake_grant("a", "");
    struct store_admit early = fake_admit(1);
    struct store_grant h = fake_grant("b", "");
    struct store_admit late = fake_admit(2);

    (void)arg;
    BATCH_PLAY_RUN(&a, &g.verb, &early.verb, &h.verb, &late.verb);
    SCRATCH_CHECK(a.count == 4);
    SCRATCH_CHECK(a.verb[0] == &early.verb && a.verb[1] == &late.verb);
    SCRATCH_CHECK(a.verb[2] == &g.verb && a.verb[3] == &h.verb);
    SCRATCH_CHECK(!a.on_disk[0] && !a.on_disk[1]);
    SCRATCH_CHECK(a.on_disk[2] && a.on_disk[3]);
    SCRATCH_CHECK(a.more[0] && !a.more[1]);
    SCRATCH_CHECK(a.more[2] && !a.more[3]);
    store_close(a.store);
    return 0;
}

static void test_admissions_are_answered_first_and_the_rest_on_disk(
    void **state)
{
    (void)state;
    assert_int_equal(scratch_run(answer_in_order, NULL), 0);
}

static int commit_and_harden(void *arg)
{
    struct batch_play_answers a = {.store = scratch_store(batch_play.dir)};
    struct store_grant g = fake_grant("a", "");
    struct store_admit early = fake_admit(1);
    struct store_owed owed;

    (void)arg;
    g.verb.next = &early.verb;
    store_commit(a.store, &g.verb, batch_play_on_done, &a, &owed);
    SCRATCH_CHECK(a.count == 1 && a.verb[0] == &early.verb);
    SCRATCH_CHECK(owed.verbs == &g.verb && g.verb.next == NULL);
    store_harden(a.store, &owed, batch_play_on_done, &a);
    SCRATCH_CHECK(a.count == 2 && a.verb[1] == &g.verb && a.on_disk[1]);
    store_close(a.store);
    return 0;
}

static void test_what_is_committed_is_answered_when_hardened(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(commit_and_harden, NULL), 0);
}

static int commit_a_breaker(void *arg)
{
    struct batch_play_answers a = {.store = scratch_store(batch_play.dir)};
    struct store_grant g = fake_grant("a", "");
    struct store_grant bad = fake_grant("b", "give up");
    struct store_owed owed;

    (void)arg;
    g.verb.next = &bad.verb;
    store_commit(a.store, &g.verb, batch_play_on_done, &a, &owed);
    SCRATCH_CHECK(owed.verbs == NULL && a.count == 2);
    SCRATCH_CHECK(g.verb.status == STORE_OK && a.on_disk[0]);
    store_close(a.store);
    return 0;
}

static void test_a_batch_that_is_taken_apart_owes_nothing(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(commit_a_breaker, NULL), 0);
}

static int admit_only(void *arg)
{
    struct batch_play_answers a = {.store = scratch_store(batch_play.dir)};
    struct store_admit admit = fake_admit(1);
    uint64_t before = logsync_count(a.store->logsync);

    (void)arg;
    BATCH_PLAY_RUN(&a, &admit.verb);
    SCRATCH_CHECK(a.count == 1);
    SCRATCH_CHECK(logsync_count(a.store->logsync) == before);
    store_close(a.store);
    return 0;
}

static void test_admissions_alone_wait_for_no_disk(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(admit_only, NULL), 0);
}

static int repeat(void *arg)
{
    struct batch_play_answers a = {.store = scratch_store(batch_play.dir)};
    struct store_admit admit = fake_admit(1);
    struct store_grant g = fake_grant("a", "");

    (void)arg;
    BATCH_PLAY_RUN(&a, &g.verb);
    BATCH_PLAY_RUN(&a, &admit.verb);
    BATCH_PLAY_RUN(&a, &g.verb);
    SCRATCH_CHECK(g.already && a.count == 3 && a.on_disk[2]);
    store_close(a.store);
    return 0;
}

static void test_what_was_done_before_is_answered_from_disk_too(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(repeat, NULL), 0);
}

static int relax(void *arg)
{
    struct store_options options = scratch_options(batch_play.dir);
    struct batch_play_answers a = {.count = 0};
    struct store_grant g = fake_grant("a", "");
    struct store_stat stat;
    char error[256];

    (void)arg;
    options.durability = STORE_RELAXED;
    SCRATCH_CHECK(store_open(&options, &a.store, error) == 0);
    BATCH_PLAY_RUN(&a, &g.verb);
    SCRATCH_CHECK(a.count == 1 && !a.on_disk[0]);
    store_tick(a.store);
    store_stat(a.store, &stat);
    SCRATCH_CHECK(stat.log_synced >= stat.log_written);
    store_close(a.store);
    return 0;
}

static void test_relaxed_durability_syncs_at_a_tick(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(relax, NULL), 0);
}

/* ---- checkpoints ---- */

static unsigned count_logs(void)
{
    DIR *dir = opendir(batch_play.dir);
    struct dirent *entry;
    unsigned n = 0;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        n += strncmp(entry->d_name, "log.", 4) == 0;
    if (dir != NULL)
        closedir(dir);
    return n;
}

static void write_much(struct batch_play_answers *a)
{
    struct store_grant g[64];
    char key[32];

    for (int i = 0; i < 40; i++) {
        for (size_t n = 0; n < 64; n++) {
            snprintf(key, sizeof(key), "%zu", a->count + n);
            g[n] = fake_grant(key, "");
            g[n].verb.next = n + 1 < 64 ? &g[n + 1].verb : NULL;
        }
        store_run(a->store, &g[0].verb, batch_play_on_done, a);
    }
}

static int checkpoint_on_demand(void *arg)
{
    struct store_options options = scratch_options(batch_play.dir);
    struct store_checkpoint c = {.verb.kind = STORE_CHECKPOINT};
    struct batch_play_answers a = {.count = 0};
    char error[256];

    (void)arg;
    options.checkpoint_bytes = 64 << 20;
    SCRATCH_CHECK(store_open(&options, &a.store, error) == 0);
    for (int i = 0; i < 40 && count_logs() < 2; i++)
        write_much(&a);
    SCRATCH_CHECK(count_logs() >= 2);
    BATCH_PLAY_RUN(&a, &c.verb);
    SCRATCH_CHECK(c.verb.status == STORE_OK && count_logs() == 1);
    store_close(a.store);
    return 0;
}

static void test_a_checkpoint_removes_old_logs(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(checkpoint_on_demand, NULL), 0);
}

static int checkpoint_when_due(void *arg)
{
    struct store_options options = scratch_options(batch_play.dir);
    struct batch_play_answers a = {.count = 0};
    uint64_t before;
    char error[256];

    (void)arg;
    options.checkpoint_bytes = 65536;
    SCRATCH_CHECK(store_open(&options, &a.store, error) == 0);
    before = members_table(a.store->members)->checkpointed;
    write_much(&a);
    SCRATCH_CHECK(members_table(a.store->members)->checkpointed > before);
    store_close(a.store);
    return 0;
}

static void test_a_checkpoint_comes_by_itself(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(checkpoint_when_due, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BATCH_PLAY_TEST(test_verbs_that_wait_share_a_transaction),
        BATCH_PLAY_TEST(test_a_refusal_writes_nothing_and_undoes_nothing),
        BATCH_PLAY_TEST(test_an_empty_batch_is_nothing),
        BATCH_PLAY_TEST(
            test_admissions_are_answered_first_and_the_rest_on_disk),
        BATCH_PLAY_TEST(test_what_is_committed_is_answered_when_hardened),
        BATCH_PLAY_TEST(test_a_batch_that_is_taken_apart_owes_nothing),
        BATCH_PLAY_TEST(test_admissions_alone_wait_for_no_disk),
        BATCH_PLAY_TEST(test_what_was_done_before_is_answered_from_disk_too),
        BATCH_PLAY_TEST(test_relaxed_durability_syncs_at_a_tick),
        BATCH_PLAY_TEST(test_a_checkpoint_removes_old_logs),
        BATCH_PLAY_TEST(test_a_checkpoint_comes_by_itself),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
