/* What must hold: regions leave a disk that fails under them or has no room,
 * and no other; where they lie with the data they have no holes. A process ends
 * at a mapped file that fails, and the next recovers. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "busfault.h"
#include "db/file.h"
#include "disk_fault.h"
#include "disk_play.h"
#include "engine.h"
#include "fake_verbs.h"
#include "place.h"
#include "scratch.h"

/* ---- where the regions are ---- */

static int be_a_member(void *arg)
{
    struct store *s = scratch_store(disk_play.dir);

    (void)arg;
    raise(SIGSTOP);
    store_close(s);
    return 0;
}

static int fail_to_recover(void *arg)
{
    struct store *s = scratch_store(disk_play.dir);

    (void)arg;
    SCRATCH_CHECK(disk_play_grant(s, 1) == STORE_OK);
    env_distrust(s->env);
    disk_fault_writes(ENOSPC, 0);
    SCRATCH_CHECK(disk_play_grant(s, 2) == STORE_CLOSED);
    SCRATCH_CHECK(members_table(s->members)->region_place == PLACE_SHM);
    disk_fault_writes(0, 0);
    s->closed_until = 0;
    SCRATCH_CHECK(disk_play_grant(s, 2) == STORE_OK && fake_rows(s) == 2);
    SCRATCH_CHECK(!disk_play_exists("__db.001"));
    store_close(s);
    return 0;
}

static void test_regions_stay_where_they_are_when_the_disk_is_at_fault(
    void **state)
{
    pid_t other = scratch_child(be_a_member, NULL);

    int status;

    (void)state;
    scratch_wait_stopped(other);
    status = scratch_run(fail_to_recover, NULL);
    kill(other, SIGCONT);
    assert_int_equal(scratch_wait(other), 0);
    assert_int_equal(status, 0);
}

static bool is_allocated(const char *name)
{
    char path[128];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", disk_play.dir, name);
    return stat(path, &st) == 0 && st.st_blocks * 512 >= st.st_size;
}

static int move_to_the_data(struct store *s)
{
    members_table(s->members)->region_place = PLACE_DATA;
    env_distrust(s->env);
    SCRATCH_CHECK(
        disk_play_grant(s, 0) == STORE_OK && disk_play_exists("__db.001"));
    return 0;
}

/* The cache grows with what is in it. */
static int grow_with_the_data(void *arg)
{
    struct store *s = scratch_store(disk_play.dir);

    (void)arg;
    SCRATCH_CHECK(move_to_the_data(s) == 0);
    for (unsigned n = 1; n < 1000; n++)
        SCRATCH_CHECK(disk_play_grant_long(s, n) == STORE_OK);
    SCRATCH_CHECK(is_allocated("__db.001") && is_allocated("__db.002") &&
                  is_allocated("__db.003"));
    store_close(s);
    return 0;
}

static void test_regions_that_lie_with_the_data_are_allocated(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(grow_with_the_data, NULL), 0);
}

/* Regions that were to lie on a disk without room for them go elsewhere. */
static int return_to_shm(void *arg)
{
    struct store *s = disk_play_small(0);
    int fd = disk_play_filler();

    (void)arg;
    SCRATCH_CHECK(disk_play_grant(s, 1) == STORE_OK);
    disk_drop_ballast(s->disk);
    while (disk_play_fill(fd, 4096))
        ;
    SCRATCH_CHECK(ftruncate(fd, lseek(fd, 0, SEEK_END) - (2 << 20)) == 0);
    members_table(s->members)->region_place = PLACE_DATA;
    env_distrust(s->env);
    SCRATCH_CHECK(fake_rows(s) == 1 && !disk_play_exists("__db.001"));
    store_close(s);
    return 0;
}

static void test_regions_leave_a_disk_that_has_no_room_for_them(void **state)
{
    (void)state;
    disk_play_mount_or_skip("size=28m");
    assert_int_equal(scratch_run(return_to_shm, NULL), 0);
}

/* ---- mapped files that fail ---- */

static int touch_beyond_the_end(void *arg)
{
    struct store *s = scratch_store(disk_play.dir);
    int fd = file_open(disk_play.root, "short");
    volatile char *p;

    SCRATCH_CHECK(ftruncate(fd, 4096) == 0);
    p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    SCRATCH_CHECK(p != MAP_FAILED && env_enter(s->env) == 0);
    if (arg != NULL)
        env_leave(s->env);
    p[4096] = 1;
    return 0;
}

static int expect_generation_2(void *arg)
{
    struct store *s = scratch_store(disk_play.dir);
    struct store_stat stat;

    (void)arg;
    store_stat(s, &stat);
    SCRATCH_CHECK(stat.generation == 2 && disk_play_grant(s, 1) == STORE_OK);
    store_close(s);
    return 0;
}

static void test_a_sigbus_inside_ends_the_process_and_is_recovered_from(
    void **state)
{
    (void)state;
    assert_int_equal(scratch_run(touch_beyond_the_end, NULL), BUSFAULT_STATUS);
    assert_int_equal(scratch_run(expect_generation_2, NULL), 0);
    assert_true(disk_play_exists("__db.001"));
}

static int all_regions_are_shared(void *arg)
{
    struct store *s = scratch_store(disk_play.dir);

    (void)arg;
    SCRATCH_CHECK(members_table(s->members)->region_place == PLACE_SHM);
    store_close(s);
    return 0;
}

static int touch_where_the_data_is(void *arg)
{
    struct store *s = scratch_store(disk_play.dir);

    (void)arg;
    SCRATCH_CHECK(move_to_the_data(s) == 0 && env_enter(s->env) == 0);
    raise(SIGBUS);
    return 0;
}

static void test_regions_leave_the_data_after_a_sigbus_there(void **state)
{
    (void)state;
    assert_int_equal(
        scratch_run(touch_where_the_data_is, NULL), BUSFAULT_STATUS);
    assert_int_equal(scratch_run(disk_play_open_and_close, NULL), 0);
    assert_int_equal(scratch_run(all_regions_are_shared, NULL), 0);
}

static void test_a_sigbus_outside_leaves_the_regions_where_they_are(
    void **state)
{
    (void)state;
    assert_int_equal(
        scratch_run(touch_beyond_the_end, &disk_play), BUSFAULT_STATUS);
    assert_int_equal(scratch_run(expect_generation_2, NULL), 0);
    assert_false(disk_play_exists("__db.001"));
}

#ifndef __SANITIZE_THREAD__ /* it lets no signal into a handler */
static int lose_the_members(void *arg)
{
    struct store *s = scratch_store(disk_play.dir);
    char path[128];

    (void)arg;
    snprintf(path, sizeof(path), "%s/members", disk_play.dir);
    SCRATCH_CHECK(truncate(path, 0) == 0);
    return disk_play_grant(s, 1) == STORE_OK;
}

static void test_a_table_that_fails_ends_the_process_too(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(lose_the_members, NULL), BUSFAULT_STATUS);
    assert_int_equal(scratch_run(disk_play_open_and_close, NULL), 0);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        DISK_PLAY_TEST(
            test_regions_stay_where_they_are_when_the_disk_is_at_fault),
        DISK_PLAY_TEST(test_regions_that_lie_with_the_data_are_allocated),
        DISK_PLAY_TEST(test_regions_leave_a_disk_that_has_no_room_for_them),
        DISK_PLAY_TEST(
            test_a_sigbus_inside_ends_the_process_and_is_recovered_from),
        DISK_PLAY_TEST(test_regions_leave_the_data_after_a_sigbus_there),
        DISK_PLAY_TEST(test_a_sigbus_outside_leaves_the_regions_where_they_are),
#ifndef __SANITIZE_THREAD__
        DISK_PLAY_TEST(test_a_table_that_fails_ends_the_process_too),
#endif
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
