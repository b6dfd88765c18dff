/* What must hold: nothing is said to be on disk before its files were synced,
 * nothing is synced twice, a file that a checkpoint removed is not missed, and
 * a process of an older generation deceives nobody. Once a write was lost, what
 * the same generation wrote after it is not on disk either. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "db/file.h"
#include "logsync.h"
#include "scratch.h"

enum { GENERATION = 3 };

#define POSITION(file, offset) ((uint64_t)(file) << 32 | (offset))

static struct fixture {
    struct scratch scratch;
    struct members *members;
    struct logsync *logsync;
} f;

/* In the place of the system's: the disk fails once, and says so once. */
static bool disk_fails;

int fdatasync(int fd)
{
    (void)fd;
    if (!disk_fails)
        return 0;
    disk_fails = false;
    errno = EIO;
    return -1;
}

static int set_up(void **state)
{
    (void)state;
    scratch_open(&f.scratch);
    f.members = members_open(f.scratch.root);
    f.logsync = logsync_open(f.scratch.root, f.members);
    if (f.members == NULL || f.logsync == NULL)
        return -1;
    members_table(f.members)->generation = GENERATION;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    logsync_close(f.logsync);
    members_close(f.members);
    scratch_drop(&f.scratch);
    return 0;
}

static void make_log(unsigned file)
{
    char name[32];

    snprintf(name, sizeof(name), "log.%010u", file);
    close(file_open(f.scratch.root, name));
}

static void remove_log(unsigned file)
{
    char path[96];

    snprintf(path, sizeof(path), "%s/log.%010u", f.scratch.root, file);
    assert_int_equal(unlink(path), 0);
}

static void test_a_position_is_published_after_its_file_was_synced(void **state)
{
    (void)state;
    make_log(1);
    assert_int_equal(logsync_to(f.logsync, GENERATION, POSITION(1, 100)), 0);
    assert_int_equal(logsync_count(f.logsync), 1);
    assert_int_equal(logsync_synced(f.members), POSITION(1, 100));
}

static void test_every_file_up_to_the_position_is_synced(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 4; i++)
        make_log(i);
    logsync_publish(f.members, GENERATION, POSITION(2, 50));
    assert_int_equal(logsync_to(f.logsync, GENERATION, POSITION(4, 1)), 0);
    assert_int_equal(logsync_count(f.logsync), 3);
}

static void test_what_another_has_synced_is_not_synced_again(void **state)
{
    (void)state;
    make_log(1);
    logsync_publish(f.members, GENERATION, POSITION(1, 100));
    assert_int_equal(logsync_to(f.logsync, GENERATION, POSITION(1, 100)), 0);
    assert_int_equal(logsync_to(f.logsync, GENERATION, POSITION(1, 99)), 0);
    assert_int_equal(logsync_count(f.logsync), 0);
}

static void test_a_position_never_goes_back(void **state)
{
    (void)state;
    logsync_publish(f.members, GENERATION, POSITION(2, 100));
    logsync_publish(f.members, GENERATION, POSITION(1, 900));
    assert_int_equal(logsync_synced(f.members), POSITION(2, 100));
}

static void test_a_missing_file_is_a_failure(void **state)
{
    (void)state;
    make_log(1);
    assert_int_equal(logsync_to(f.logsync, GENERATION, POSITION(2, 1)), -1);
    assert_int_equal(logsync_synced(f.members), 0);
}

static void test_a_file_that_a_checkpoint_removed_is_not_missed(void **state)
{
    (void)state;
    make_log(2);
    make_log(3);
    remove_log(2);
    logsync_publish(f.members, GENERATION, POSITION(2, 10));
    assert_int_equal(logsync_to(f.logsync, GENERATION, POSITION(3, 1)), -1);
    /* The checkpoint came with the next recovery's generation. */
    members_table(f.members)->generation = GENERATION + 1;
    logsync_publish(f.members, GENERATION + 1, POSITION(3, 0));
    assert_int_equal(logsync_to(f.logsync, GENERATION, POSITION(3, 1)), 0);
}

static void test_a_late_publisher_deceives_nobody(void **state)
{
    (void)state;
    make_log(1);
    members_table(f.members)->generation = GENERATION + 1;
    assert_int_equal(logsync_to(f.logsync, GENERATION, POSITION(1, 500)), 0);
    assert_int_equal(logsync_synced(f.members), 0);
}

static void test_a_lost_write_is_not_forgotten_by_the_next_sync(void **state)
{
    (void)state;
    make_log(1);
    disk_fails = true;
    assert_int_equal(logsync_to(f.logsync, GENERATION, POSITION(1, 100)), -1);
    assert_int_equal(logsync_to(f.logsync, GENERATION, POSITION(1, 200)), -1);
    assert_int_equal(logsync_synced(f.members), 0);
    members_table(f.members)->generation = GENERATION + 1;
    assert_int_equal(
        logsync_to(f.logsync, GENERATION + 1, POSITION(1, 300)), 0);
    assert_int_equal(logsync_synced(f.members), POSITION(1, 300));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_position_is_published_after_its_file_was_synced),
        TEST(test_every_file_up_to_the_position_is_synced),
        TEST(test_what_another_has_synced_is_not_synced_again),
        TEST(test_a_position_never_goes_back),
        TEST(test_a_missing_file_is_a_failure),
        TEST(test_a_file_that_a_checkpoint_removed_is_not_missed),
        TEST(test_a_late_publisher_deceives_nobody),
        TEST(test_a_lost_write_is_not_forgotten_by_the_next_sync),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
