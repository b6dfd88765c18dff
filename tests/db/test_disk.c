/* What must hold: new paid work ends before the disk is full, a ballast is
 * there for the recovery, and a store that nobody uses leaves the disk alone.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "disk_play.h"
#include "engine.h"
#include "fake_verbs.h"
#include "scratch.h"

enum { MIB = 1 << 20 };

#define GIB (UINT64_C(1) << 30)

/* ---- the threshold ---- */

static void test_the_reserve_is_asked_for_on_a_usual_disk(void **state)
{
    (void)state;
    assert_int_equal(disk_threshold(GIB, 64 * MIB), 64 * MIB);
}

static void test_a_twentieth_of_a_large_disk_is_asked_for(void **state)
{
    (void)state;
    assert_int_equal(disk_threshold(10 * GIB, 64 * MIB), GIB / 2);
}

static void test_no_more_than_sixteen_reserves_are_asked_for(void **state)
{
    (void)state;
    assert_int_equal(disk_threshold(1000 * GIB, 64 * MIB), GIB);
}

static void test_no_more_than_an_eighth_of_a_small_disk_is(void **state)
{
    (void)state;
    assert_int_equal(disk_threshold(32 * MIB, 64 * MIB), 4 * MIB);
}

static void test_without_a_reserve_no_disk_is_low(void **state)
{
    (void)state;
    assert_int_equal(disk_threshold(GIB, 0), 0);
}

static bool is_low(struct store *s)
{
    struct trail t;

    engine_trail(s, &t);
    return trail_storage_low(&t);
}

static int get_low(void *arg)
{
    struct store *s = disk_play_small(64 * MIB);
    int fd = disk_play_filler();
    int64_t now = engine_now();

    (void)arg;
    SCRATCH_CHECK(!is_low(s));
    while (disk_has(s->disk, 3 * MIB))
        SCRATCH_CHECK(disk_play_fill(fd, 256 << 10));
    SCRATCH_CHECK(!disk_low(s->disk, now) && disk_low(s->disk, now + 2000));
    SCRATCH_CHECK(is_low(s) && disk_play_grant(s, 1) == STORE_OK);
    SCRATCH_CHECK(ftruncate(fd, 0) == 0 && !disk_low(s->disk, now + 4000));
    store_close(s);
    return 0;
}

static void test_a_disk_is_low_before_it_is_full(void **state)
{
    (void)state;
    disk_play_mount_or_skip("size=32m");
    assert_int_equal(scratch_run(get_low, NULL), 0);
}

/* ---- the ballast ---- */

static void count_ballast(void *cookie, const char *line)
{
    *(unsigned *)cookie += strstr(line, "ballast") != NULL;
}

static int lose_the_ballast(void *arg)
{
    struct store_options o = scratch_options(disk_play.dir);
    struct store *s;
    unsigned lines = 0;
    char error[256];

    (void)arg;
    o.log = count_ballast;
    o.log_cookie = &lines;
    SCRATCH_CHECK(store_open(&o, &s, error) == 0 && lines == 0);
    disk_drop_ballast(s->disk);
    env_distrust(s->env);
    SCRATCH_CHECK(disk_play_grant(s, 1) == STORE_OK && lines == 1);
    store_close(s);
    return 0;
}

static int64_t ballast_blocks(void)
{
    char path[128];
    struct stat st;

    snprintf(path, sizeof(path), "%s/ballast", disk_play.dir);
    return stat(path, &st) == 0 ? st.st_blocks * 512 : -1;
}

static void test_a_new_store_has_a_ballast_that_takes_its_room(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(disk_play_open_and_close, NULL), 0);
    assert_true(ballast_blocks() >= 4 * MIB);
}

static void test_only_a_ballast_that_was_given_up_is_told_of(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(lose_the_ballast, NULL), 0);
}

static void test_an_opening_makes_a_missing_ballast(void **state)
{
    char path[128];

    (void)state;
    assert_int_equal(scratch_run(disk_play_open_and_close, NULL), 0);
    snprintf(path, sizeof(path), "%s/ballast", disk_play.dir);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(scratch_run(disk_play_open_and_close, NULL), 0);
    assert_true(ballast_blocks() >= 4 * MIB);
}

static int checkpoint_makes_ballast(void *arg)
{
    struct store *s = scratch_store(disk_play.dir);
    struct store_checkpoint c = {.verb.kind = STORE_CHECKPOINT};

    (void)arg;
    disk_drop_ballast(s->disk);
    SCRATCH_CHECK(
        !disk_play_exists("ballast") && disk_play_grant(s, 1) == STORE_OK);
    SCRATCH_CHECK(!disk_play_exists("ballast"));
    scratch_do(s, &c.verb);
    SCRATCH_CHECK(c.verb.status == STORE_OK && disk_play_exists("ballast"));
    store_close(s);
    return 0;
}

static void test_a_checkpoint_makes_a_missing_ballast(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(checkpoint_makes_ballast, NULL), 0);
}

static void test_no_ballast_takes_the_last_room(void **state)
{
    (void)state;
    disk_play_mount_or_skip("size=6m");
    assert_int_equal(scratch_run(disk_play_open_and_close, NULL), 0);
    assert_false(disk_play_exists("ballast"));
}

/* ---- a store that nobody uses ---- */

static int be_idle(void *arg)
{
    struct store *s = scratch_store(disk_play.dir);
    struct members_table *t = members_table(s->members);
    uint64_t before = t->checkpointed;
    struct store_stat stat;

    (void)arg;
    SCRATCH_CHECK(disk_play_grant(s, 1) == STORE_OK);
    store_tick(s);
    SCRATCH_CHECK(t->checkpointed == before);
    t->checkpoint_time -= 61;
    store_tick(s);
    SCRATCH_CHECK(t->checkpointed > before);
    store_stat(s, &stat);
    SCRATCH_CHECK(stat.log_written >= stat.log_synced);
    before = t->checkpointed;
    t->checkpoint_time -= 61;
    store_tick(s);
    SCRATCH_CHECK(t->checkpointed == before);
    store_close(s);
    return 0;
}

static void test_an_idle_store_makes_one_checkpoint_after_a_minute(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(be_idle, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DISK_PLAY_TEST(test_the_reserve_is_asked_for_on_a_usual_disk),
        DISK_PLAY_TEST(test_a_twentieth_of_a_large_disk_is_asked_for),
        DISK_PLAY_TEST(test_no_more_than_sixteen_reserves_are_asked_for),
        DISK_PLAY_TEST(test_no_more_than_an_eighth_of_a_small_disk_is),
        DISK_PLAY_TEST(test_without_a_reserve_no_disk_is_low),
        DISK_PLAY_TEST(test_a_disk_is_low_before_it_is_full),
        DISK_PLAY_TEST(test_a_new_store_has_a_ballast_that_takes_its_room),
        DISK_PLAY_TEST(test_only_a_ballast_that_was_given_up_is_told_of),
        DISK_PLAY_TEST(test_an_opening_makes_a_missing_ballast),
        DISK_PLAY_TEST(test_a_checkpoint_makes_a_missing_ballast),
        DISK_PLAY_TEST(test_no_ballast_takes_the_last_room),
        DISK_PLAY_TEST(test_an_idle_store_makes_one_checkpoint_after_a_minute),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
