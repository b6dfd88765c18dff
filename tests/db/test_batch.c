/* What must hold: verbs that wait together are done together, a refusal writes
 * nothing, one that cannot be done harms no neighbour, and nobody hears of a
 * verb before it is as safe as it has to be. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"
#include "fake_verbs.h"
#include "place.h"
#include "scratch.h"

enum { MOST = 8 };

/* What done() was told, in order. */
struct answers {
    struct store *store;
    size_t count;
    const struct store_verb *verb[MOST];
    bool on_disk[MOST];
    bool more[MOST]; /* another follows at once, it said */
};

static struct scratch scratch;

static int set_up(void **state)
{
    (void)state;
    scratch_open(&scratch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_drop(&scratch);
    return 0;
}

static void on_done(void *cookie, struct store_verb *verb)
{
    struct answers *a = cookie;
    struct store_stat stat;

    store_stat(a->store, &stat);
    if (a->count < MOST) {
        a->verb[a->count] = verb;
        a->on_disk[a->count] = stat.log_synced >= stat.log_written;
        a->more[a->count] = verb->next != NULL;
    }
    a->count++;
}

static void run_all(struct answers *a, struct store_verb *const *verbs)
{
    for (size_t i = 0; verbs[i] != NULL; i++)
        verbs[i]->next = verbs[i + 1];
    store_run(a->store, verbs[0], on_done, a);
}

#define RUN(a, ...) run_all(a, (struct store_verb *const[]){__VA_ARGS__, NULL})

static size_t rows(struct store *store)
{
    struct answers a = {.store = store};
    struct store_ledger l = {.verb.kind = STORE_LEDGER};

    RUN(&a, &l.verb);
    return l.verb.status == STORE_OK ? l.count : SIZE_MAX;
}

/* ---- together ---- */

static int do_together(void *arg)
{
    struct answers a = {.store = scratch_store(scratch.dir)};
    struct store_grant g = fake_grant("a", "");
    struct store_grant h = fake_grant("b", "");
    struct store_grant again = fake_grant("a", "");

    (void)arg;
    RUN(&a, &g.verb, &h.verb, &again.verb);
    SCRATCH_CHECK(a.count == 3 && a.store->batches == 1 && a.store->verbs == 3);
    SCRATCH_CHECK(!g.already && !h.already && again.already);
    SCRATCH_CHECK(rows(a.store) == 2);
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
    struct answers a = {.store = scratch_store(scratch.dir)};
    struct store_grant g = fake_grant("a", "");
    struct store_grant no = fake_grant("b", "refuse");
    struct store_grant h = fake_grant("c", "");

    (void)arg;
    RUN(&a, &g.verb, &no.verb, &h.verb);
    SCRATCH_CHECK(g.verb.status == STORE_OK && h.verb.status == STORE_OK);
    SCRATCH_CHECK(no.verb.status == STORE_REFUSED);
    SCRATCH_CHECK(rows(a.store) == 2);
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
    struct answers a = {.store = scratch_store(scratch.dir)};

    (void)arg;
    store_run(a.store, NULL, on_done, &a);
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
    struct answers a = {.store = scratch_store(scratch.dir)};
    struct store_grant g = fake_grant("a", "");
    struct store_admit early = fake_admit(1);
    struct store_grant h = fake_grant("b", "");
    struct store_admit late = fake_admit(2);

    (void)arg;
    RUN(&a, &g.verb, &early.verb, &h.verb, &late.verb);
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
    struct answers a = {.store = scratch_store(scratch.dir)};
    struct store_grant g = fake_grant("a", "");
    struct store_admit early = fake_admit(1);
    struct store_owed owed;

    (void)arg;
    g.verb.next = &early.verb;
    store_commit(a.store, &g.verb, on_done, &a, &owed);
    SCRATCH_CHECK(a.count == 1 && a.verb[0] == &early.verb);
    SCRATCH_CHECK(owed.verbs == &g.verb && g.verb.next == NULL);
    store_harden(a.store, &owed, on_done, &a);
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
    struct answers a = {.store = scratch_store(scratch.dir)};
    struct store_grant g = fake_grant("a", "");
    struct store_grant bad = fake_grant("b", "give up");
    struct store_owed owed;

    (void)arg;
    g.verb.next = &bad.verb;
    store_commit(a.store, &g.verb, on_done, &a, &owed);
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
    struct answers a = {.store = scratch_store(scratch.dir)};
    struct store_admit admit = fake_admit(1);
    uint64_t before = logsync_count(a.store->logsync);

    (void)arg;
    RUN(&a, &admit.verb);
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
    struct answers a = {.store = scratch_store(scratch.dir)};
    struct store_admit admit = fake_admit(1);
    struct store_grant g = fake_grant("a", "");

    (void)arg;
    RUN(&a, &g.verb);
    RUN(&a, &admit.verb);
    RUN(&a, &g.verb);
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
    struct store_options options = scratch_options(scratch.dir);
    struct answers a = {.count = 0};
    struct store_grant g = fake_grant("a", "");
    struct store_stat stat;
    char error[256];

    (void)arg;
    options.durability = STORE_RELAXED;
    SCRATCH_CHECK(store_open(&options, &a.store, error) == 0);
    RUN(&a, &g.verb);
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

/* ---- what goes wrong ---- */

static int give_up_alone(void *arg)
{
    struct answers a = {.store = scratch_store(scratch.dir)};
    struct store_grant g = fake_grant("a", "");
    struct store_grant bad = fake_grant("b", arg);
    struct store_admit admit = fake_admit(1);
    struct store_grant h = fake_grant("c", "");

    RUN(&a, &g.verb, &bad.verb, &admit.verb, &h.verb);
    SCRATCH_CHECK(a.count == 4);
    SCRATCH_CHECK(g.verb.status == STORE_OK && h.verb.status == STORE_OK);
    SCRATCH_CHECK(admit.verb.status == STORE_OK);
    SCRATCH_CHECK(bad.verb.status == STORE_CLOSED);
    SCRATCH_CHECK(rows(a.store) == 2);
    store_close(a.store);
    return 0;
}

static void test_a_verb_that_gives_up_harms_no_neighbour(void **state)
{
    char note[] = "give up";

    (void)state;
    assert_int_equal(scratch_run(give_up_alone, note), 0);
}

static void test_a_verb_that_breaks_the_library_harms_no_neighbour(void **state)
{
    char note[] = "break";

    (void)state;
    assert_int_equal(scratch_run(give_up_alone, note), 0);
}

static int fail_once(void *arg)
{
    struct answers a = {.store = scratch_store(scratch.dir)};
    struct store_grant g = fake_grant("a", "");
    struct store_grant once = fake_grant("b", "break 1");
    struct store_stat stat;

    (void)arg;
    RUN(&a, &g.verb, &once.verb);
    store_stat(a.store, &stat);
    SCRATCH_CHECK(a.count == 2 && stat.generation == 2);
    SCRATCH_CHECK(g.verb.status == STORE_OK && once.verb.status == STORE_OK);
    SCRATCH_CHECK(g.posted == 2 && once.posted == 2 && !once.already);
    SCRATCH_CHECK(rows(a.store) == 2);
    store_close(a.store);
    return 0;
}

static void test_a_batch_that_the_library_failed_is_run_again(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(fail_once, NULL), 0);
}

static int give_up_often(void *arg)
{
    struct answers a = {.store = scratch_store(scratch.dir)};
    struct store_grant bad = fake_grant("b", "give up");
    struct store_stat stat;

    (void)arg;
    for (int i = 0; i < 5; i++)
        RUN(&a, &bad.verb);
    store_stat(a.store, &stat);
    SCRATCH_CHECK(a.count == 5 && stat.generation == 2);
    SCRATCH_CHECK(bad.verb.status == STORE_CLOSED);
    store_close(a.store);
    return 0;
}

static void test_a_damaged_row_does_not_cost_a_recovery_each_time(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(give_up_often, NULL), 0);
}

/* With this file in both its places no recovery can succeed. */
static void set_obstacles(const struct store *s, bool there)
{
    char path[PATH_MAX];

    if (place_region(PLACE_SHM, s->dir, path) < 0 && there)
        return;
    if (there) {
        close(place_file(path, "DB_CONFIG"));
        close(place_file(s->dir, "DB_CONFIG"));
    } else {
        strcat(path, "/DB_CONFIG");
        unlink(path);
        snprintf(path, sizeof(path), "%.200s/DB_CONFIG", s->dir);
        unlink(path);
    }
}

static int close_and_open(void *arg)
{
    struct answers a = {.store = scratch_store(scratch.dir)};
    struct store_grant g = fake_grant("a", "");
    struct store_grant h = fake_grant("b", "");
    struct store_admit admit = fake_admit(1);

    (void)arg;
    RUN(&a, &g.verb);
    set_obstacles(a.store, true);
    env_distrust(a.store->env);
    RUN(&a, &h.verb, &admit.verb);
    SCRATCH_CHECK(a.count == 3 && h.posted == 0);
    SCRATCH_CHECK(h.verb.status == STORE_CLOSED);
    SCRATCH_CHECK(admit.verb.status == STORE_CLOSED);
    set_obstacles(a.store, false);
    a.store->closed_until = INT64_MAX;
    SCRATCH_CHECK(rows(a.store) == SIZE_MAX); /* not tried again so soon */
    a.store->closed_until = 0;
    RUN(&a, &h.verb);
    SCRATCH_CHECK(h.verb.status == STORE_OK && rows(a.store) == 2);
    store_close(a.store);
    return 0;
}

static void test_a_store_that_cannot_recover_is_closed_until_it_can(
    void **state)
{
    (void)state;
    assert_int_equal(scratch_run(close_and_open, NULL), 0);
}

/* ---- checkpoints ---- */

static unsigned count_logs(void)
{
    DIR *dir = opendir(scratch.dir);
    struct dirent *entry;
    unsigned n = 0;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        n += strncmp(entry->d_name, "log.", 4) == 0;
    if (dir != NULL)
        closedir(dir);
    return n;
}

static void write_much(struct answers *a)
{
    struct store_grant g[64];
    char key[32];

    for (int i = 0; i < 40; i++) {
        for (size_t n = 0; n < 64; n++) {
            snprintf(key, sizeof(key), "%zu", a->count + n);
            g[n] = fake_grant(key, "");
            g[n].verb.next = n + 1 < 64 ? &g[n + 1].verb : NULL;
        }
        store_run(a->store, &g[0].verb, on_done, a);
    }
}

static int checkpoint_on_demand(void *arg)
{
    struct store_options options = scratch_options(scratch.dir);
    struct store_checkpoint c = {.verb.kind = STORE_CHECKPOINT};
    struct answers a = {.count = 0};
    char error[256];

    (void)arg;
    options.checkpoint_bytes = 64 << 20;
    SCRATCH_CHECK(store_open(&options, &a.store, error) == 0);
    for (int i = 0; i < 40 && count_logs() < 2; i++)
        write_much(&a);
    SCRATCH_CHECK(count_logs() >= 2);
    RUN(&a, &c.verb);
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
    struct store_options options = scratch_options(scratch.dir);
    struct answers a = {.count = 0};
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_verbs_that_wait_share_a_transaction),
        TEST(test_a_refusal_writes_nothing_and_undoes_nothing),
        TEST(test_an_empty_batch_is_nothing),
        TEST(test_admissions_are_answered_first_and_the_rest_on_disk),
        TEST(test_what_is_committed_is_answered_when_hardened),
        TEST(test_a_batch_that_is_taken_apart_owes_nothing),
        TEST(test_admissions_alone_wait_for_no_disk),
        TEST(test_what_was_done_before_is_answered_from_disk_too),
        TEST(test_relaxed_durability_syncs_at_a_tick),
        TEST(test_a_verb_that_gives_up_harms_no_neighbour),
        TEST(test_a_verb_that_breaks_the_library_harms_no_neighbour),
        TEST(test_a_batch_that_the_library_failed_is_run_again),
        TEST(test_a_damaged_row_does_not_cost_a_recovery_each_time),
        TEST(test_a_store_that_cannot_recover_is_closed_until_it_can),
        TEST(test_a_checkpoint_removes_old_logs),
        TEST(test_a_checkpoint_comes_by_itself),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
