/* What must hold: a verb that cannot be done harms no neighbour, what the
 * library failed is run again, and a store that cannot recover is closed until
 * it can. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "batch_play.h"
#include "db/file.h"
#include "engine.h"
#include "fake_verbs.h"
#include "place.h"
#include "scratch.h"

static int give_up_alone(void *arg)
{
    struct batch_play_answers a = {.store = scratch_store(batch_play.dir)};
    struct store_grant g = fake_grant("a", "");
    struct store_grant bad = fake_grant("b", arg);
    struct store_admit admit = fake_admit(1);
    struct store_grant h = fake_grant("c", "");

    BATCH_PLAY_RUN(&a, &g.verb, &bad.verb, &admit.verb, &h.verb);
    SCRATCH_CHECK(a.count == 4);
    SCRATCH_CHECK(g.verb.status == STORE_OK && h.verb.status == STORE_OK);
    SCRATCH_CHECK(admit.verb.status == STORE_OK);
    SCRATCH_CHECK(bad.verb.status == STORE_CLOSED);
    SCRATCH_CHECK(fake_rows(a.store) == 2);
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
    struct batch_play_answers a = {.store = scratch_store(batch_play.dir)};
    struct store_grant g = fake_grant("a", "");
    struct store_grant once = fake_grant("b", "break 1");
    struct store_stat stat;

    (void)arg;
    BATCH_PLAY_RUN(&a, &g.verb, &once.verb);
    store_stat(a.store, &stat);
    SCRATCH_CHECK(a.count == 2 && stat.generation == 2);
    SCRATCH_CHECK(g.verb.status == STORE_OK && once.verb.status == STORE_OK);
    SCRATCH_CHECK(g.posted == 2 && once.posted == 2 && !once.already);
    SCRATCH_CHECK(fake_rows(a.store) == 2);
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
    struct batch_play_answers a = {.store = scratch_store(batch_play.dir)};
    struct store_grant bad = fake_grant("b", "give up");
    struct store_stat stat;

    (void)arg;
    for (int i = 0; i < 5; i++)
        BATCH_PLAY_RUN(&a, &bad.verb);
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
        close(file_open(path, "DB_CONFIG"));
        close(file_open(s->dir, "DB_CONFIG"));
    } else {
        strcat(path, "/DB_CONFIG");
        unlink(path);
        snprintf(path, sizeof(path), "%.200s/DB_CONFIG", s->dir);
        unlink(path);
    }
}

static int close_and_open(void *arg)
{
    struct batch_play_answers a = {.store = scratch_store(batch_play.dir)};
    struct store_grant g = fake_grant("a", "");
    struct store_grant h = fake_grant("b", "");
    struct store_admit admit = fake_admit(1);

    (void)arg;
    BATCH_PLAY_RUN(&a, &g.verb);
    set_obstacles(a.store, true);
    env_distrust(a.store->env);
    BATCH_PLAY_RUN(&a, &h.verb, &admit.verb);
    SCRATCH_CHECK(a.count == 3 && h.posted == 0);
    SCRATCH_CHECK(h.verb.status == STORE_CLOSED);
    SCRATCH_CHECK(admit.verb.status == STORE_CLOSED);
    set_obstacles(a.store, false);
    a.store->closed_until = INT64_MAX;
    SCRATCH_CHECK(fake_rows(a.store) == SIZE_MAX); /* not tried again so soon */
    a.store->closed_until = 0;
    BATCH_PLAY_RUN(&a, &h.verb);
    SCRATCH_CHECK(h.verb.status == STORE_OK && fake_rows(a.store) == 2);
    store_close(a.store);
    return 0;
}

static void test_a_store_that_cannot_recover_is_closed_until_it_can(
    void **state)
{
    (void)state;
    assert_int_equal(scratch_run(close_and_open, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BATCH_PLAY_TEST(test_a_verb_that_gives_up_harms_no_neighbour),
        BATCH_PLAY_TEST(test_a_verb_that_breaks_the_library_harms_no_neighbour),
        BATCH_PLAY_TEST(test_a_batch_that_the_library_failed_is_run_again),
        BATCH_PLAY_TEST(test_a_damaged_row_does_not_cost_a_recovery_each_time),
        BATCH_PLAY_TEST(
            test_a_store_that_cannot_recover_is_closed_until_it_can),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
