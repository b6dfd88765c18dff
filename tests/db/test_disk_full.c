/* What must hold: a disk may fill up in any steps. What was acknowledged is
 * there when there is room again, and who recovers meanwhile has the ballast.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "disk_play.h"
#include "engine.h"
#include "fake_verbs.h"
#include "scratch.h"

enum { FULL_STEPS = 150 };

struct filling {
    size_t step;
    unsigned calls; /* a step */
    unsigned *done; /* shared: how many were acknowledged */
};

/* Grants go on while the disk fills up, and for as long again when it is full
 * and every byte that somebody gives up is taken. */
static unsigned grant_while_it_fills(
    struct store *s, const struct filling *f, int fd)
{
    unsigned n = 0, after = 0;

    while (after < FULL_STEPS) {
        if (!disk_play_fill(fd, after > 0 ? 4096 : f->step))
            after++;
        s->closed_until = 0;
        for (unsigned i = 0; i < f->calls; i++)
            *f->done += disk_play_grant_long(s, n++) == STORE_OK;
    }
    return n;
}

static int fill_up(void *arg)
{
    const struct filling *f = arg;
    struct store *s = disk_play_small(0);
    int fd = disk_play_filler();
    unsigned n;

    SCRATCH_CHECK(fd >= 0 && disk_play_exists("ballast"));
    n = grant_while_it_fills(s, f, fd);
    SCRATCH_CHECK(*f->done < n && !disk_play_exists("ballast"));
    SCRATCH_CHECK(ftruncate(fd, 0) == 0);
    s->closed_until = 0;
    SCRATCH_CHECK(fake_rows(s) >= *f->done && fake_rows(s) <= n);
    SCRATCH_CHECK(disk_play_exists("ballast"));
    for (unsigned i = 0; i < n; i++)
        SCRATCH_CHECK(disk_play_grant_long(s, i) == STORE_OK);
    SCRATCH_CHECK(fake_rows(s) == n);
    store_close(s);
    return 0;
}

/* A worker that dies with the disk full leaves the recovery to the next. */
static int fill_up_and_die(void *arg)
{
    const struct filling *f = arg;
    struct store *s = disk_play_small(0);

    grant_while_it_fills(s, f, disk_play_filler());
    raise(SIGKILL);
    return 0;
}

static int find_at_least(void *arg)
{
    const struct filling *f = arg;
    struct store *s = scratch_store(disk_play.dir);

    SCRATCH_CHECK(fake_rows(s) >= *f->done);
    store_close(s);
    return 0;
}

static void mount_and_fill_up_in(size_t step, unsigned calls)
{
    struct filling f = {step, calls, scratch_shared(sizeof(unsigned))};

    disk_play_mount_or_skip("size=28m");
    assert_int_equal(scratch_run(fill_up, &f), 0);
    munmap(f.done, sizeof(*f.done));
}

static void test_a_disk_that_fills_up_in_large_steps_is_survived(void **state)
{
    (void)state;
    mount_and_fill_up_in(256 << 10, 16);
}

static void test_a_disk_that_fills_up_in_small_steps_is_survived(void **state)
{
    (void)state;
    mount_and_fill_up_in(20 << 10, 4);
}

static void test_who_dies_on_a_full_disk_leaves_all_that_was_told(void **state)
{
    struct filling f = {64 << 10, 8, scratch_shared(sizeof(unsigned))};
    char path[128];

    (void)state;
    disk_play_mount_or_skip("size=28m");
    assert_int_equal(scratch_run(fill_up_and_die, &f), 1000 + SIGKILL);
    snprintf(path, sizeof(path), "%s/filler", disk_play.root);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(scratch_run(find_at_least, &f), 0);
    munmap(f.done, sizeof(*f.done));
}

/* A recovery that has no room of its own: the ballast is its room. */
static int recover_without_room(void *arg)
{
    struct store *s = disk_play_small(0);
    unsigned n = 0;
    int fd = disk_play_filler();

    (void)arg;
    while (n < 300)
        SCRATCH_CHECK(disk_play_grant_long(s, n++) == STORE_OK);
    while (disk_play_fill(fd, 4096))
        ;
    env_distrust(s->env);
    SCRATCH_CHECK(fake_rows(s) == n);
    SCRATCH_CHECK(disk_play_grant_long(s, n) == STORE_OK);
    store_close(s);
    return 0;
}

static void test_a_recovery_on_a_full_disk_has_the_ballast(void **state)
{
    (void)state;
    disk_play_mount_or_skip("size=28m");
    assert_int_equal(scratch_run(recover_without_room, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DISK_PLAY_TEST(test_a_disk_that_fills_up_in_large_steps_is_survived),
        DISK_PLAY_TEST(test_a_disk_that_fills_up_in_small_steps_is_survived),
        DISK_PLAY_TEST(test_who_dies_on_a_full_disk_leaves_all_that_was_told),
        DISK_PLAY_TEST(test_a_recovery_on_a_full_disk_has_the_ballast),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
