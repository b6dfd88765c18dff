/* A bill needs no room but what was kept for it, and no memory; where there is
 * none it goes without its event, and a put that fails spoils nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allocs.h"
#include "spill_play.h"

/* ---- without room ---- */

/* Put on a file system that is full, as far as the bills can tell: no file may
 * grow beyond ${most}. */
static int put_within(
    struct spill *s, const struct store_settle *b, rlim_t most)
{
    struct rlimit old, low;
    int result;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    low = (struct rlimit){most, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &low);
    result = spill_put(s, b);
    setrlimit(RLIMIT_FSIZE, &old);
    return result;
}

static void test_put_that_fails_does_not_spoil_the_next(void **state)
{
    struct place *p = *state;
    struct store_settle b = play_bill(2);
    struct stat st;

    play_put(p->s, 1);
    assert_int_equal(play_files(p), 1);
    assert_int_equal(stat(p->file, &st), 0);
    errno = 0;
    assert_int_equal(put_within(p->s, &b, (rlim_t)st.st_size + 10), -1);
    assert_int_not_equal(errno, 0);
    play_put(p->s, 3);
    spill_replay(p->s);
    assert_int_equal(play_jobs.submitted, 2);
    play_answer(STORE_OK);
    assert_int_equal(play_waiting()->request[0], 3);
    play_answer_all(STORE_OK);
}

static void test_bill_goes_without_its_event_where_there_is_no_room(
    void **state)
{
    struct place *p = *state;
    struct store_event_add told;
    struct store_settle b = play_governed_bill(2, &told);

    assert_int_equal(put_within(p->s, &b, 100), 0);
    assert_string_equal(play_event, "event_lost");
    spill_replay(p->s);
    assert_int_equal(play_jobs.submitted, 1);
    assert_int_equal(play_waiting()->request[0], 2);
    assert_null(play_waiting()->event);
    play_answer_all(STORE_OK);
}

/* What is allocated is there on a full disk too. */
static void test_bill_goes_where_room_was_kept(void **state)
{
    struct place *p = *state;
    struct stat room, st;

    assert_int_equal(play_rooms(p), 1);
    assert_int_equal(stat(p->file, &room), 0);
    assert_int_equal(room.st_size, 0);
    assert_true(room.st_blocks * 512 >= 512 << 10);
    play_put(p->s, 1);
    assert_int_equal(play_rooms(p), 0);
    assert_int_equal(play_files(p), 1);
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_ino, room.st_ino);
}

static void test_room_is_kept_for_the_bills_after_a_replay(void **state)
{
    struct place *p = *state;

    play_put(p->s, 1);
    spill_replay(p->s);
    play_answer_all(STORE_OK);
    assert_int_equal(play_files(p), 0);
    assert_int_equal(play_rooms(p), 1);
}

static void test_room_goes_with_its_worker(void **state)
{
    struct place *p = *state;

    spill_close(p->s);
    p->s = NULL;
    assert_int_equal(play_rooms(p), 0);
}

/* ---- without a directory ---- */

static void test_put_without_a_directory_fails(void **state)
{
    struct place *p = *state;
    struct store_settle b = play_bill(1);
    char aside[80];

    snprintf(aside, sizeof(aside), "%s/aside", p->dir);
    assert_int_equal(rename(p->spill, aside), 0);
    assert_int_equal(spill_put(p->s, &b), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(rename(aside, p->spill), 0);
    play_put(p->s, 1);
}

/* In a child, as nothing is forbidden to root. */
static void test_put_where_nothing_may_be_written_fails(void **state)
{
    enum { NOBODY = 65534 };
    struct place *p = *state;
    struct store_settle b = play_bill(1);
    int status;
    pid_t pid;

    assert_int_equal(chmod(p->spill, 0500), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (geteuid() == 0 && setuid(NOBODY) != 0)
            _exit(2);
        _exit(spill_put(p->s, &b) == -1 && errno == EACCES ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    chmod(p->spill, 0700);
}

static void test_open_fails_when_a_file_is_in_the_place(void **state)
{
    struct place *p = *state;
    int fd;

    spill_close(p->s);
    p->s = NULL;
    assert_int_equal(rmdir(p->spill), 0);
    fd = creat(p->spill, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_null(spill_open(p->dir, &play_jobs));
    unlink(p->spill);
    assert_int_equal(mkdir(p->spill, 0700), 0);
}

/* ---- without memory ---- */

static unsigned allocations, fail_at;
static bool failed;

static bool may_allocate(void)
{
    failed |= ++allocations == fail_at;
    return allocations != fail_at;
}

static void test_put_needs_no_memory(void **state)
{
    struct place *p = *state;

    allocations = 0;
    fail_at = 0;
    allocs_hook(may_allocate);
    play_put(p->s, 1);
    play_put(p->s, 2);
    allocs_hook(NULL);
    assert_int_equal(allocations, 0);
}

static bool may_not_allocate(void)
{
    return false;
}

static void test_put_without_memory_leaves_the_event(void **state)
{
    struct place *p = *state;
    struct store_event_add told;
    struct store_settle b = play_governed_bill(2, &told);

    allocs_hook(may_not_allocate);
    assert_int_equal(spill_put(p->s, &b), 0);
    allocs_hook(NULL);
    assert_string_equal(play_event, "event_lost");
    spill_replay(p->s);
    assert_int_equal(play_waiting()->request[0], 2);
    play_answer_all(STORE_OK);
}

/* Whichever allocation fails, every bill comes in, this time or the next. */
static void test_replay_without_memory_is_tried_again(void **state)
{
    struct place *p = *state;
    struct store_event_add told;
    struct store_settle b = play_governed_bill(2, &told);
    size_t came[4] = {0};

    failed = true;
    for (fail_at = 1; failed; fail_at++) {
        play_put(p->s, 1);
        assert_int_equal(spill_put(p->s, &b), 0);
        play_put(p->s, 3);
        memset(came, 0, sizeof(came));
        allocations = 0;
        failed = false;
        allocs_hook(may_allocate);
        spill_replay(p->s);
        allocs_hook(NULL);
        for (int round = 0; round < 2; round++) {
            while (play_jobs.first != NULL) {
                came[play_waiting()->request[0]]++;
                if (play_waiting()->request[0] == 2)
                    assert_non_null(play_waiting()->event);
                play_answer(STORE_OK);
            }
            play_now += 2;
            spill_replay(p->s);
        }
        for (int i = 1; i <= 3; i++)
            assert_in_range(came[i], 1, 2);
        assert_int_equal(play_files(p), 0);
    }
    assert_true(fail_at > 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_bill_goes_without_its_event_where_there_is_no_room),
        TEST(test_put_that_fails_does_not_spoil_the_next),
        TEST(test_bill_goes_where_room_was_kept),
        TEST(test_room_is_kept_for_the_bills_after_a_replay),
        TEST(test_room_goes_with_its_worker),
        TEST(test_put_without_a_directory_fails),
        TEST(test_put_where_nothing_may_be_written_fails),
        TEST(test_open_fails_when_a_file_is_in_the_place),
        TEST(test_put_needs_no_memory),
        TEST(test_put_without_memory_leaves_the_event),
        TEST(test_replay_without_memory_is_tried_again),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
