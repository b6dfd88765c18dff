/* Tries to sign in are counted for all processes together, in a file that
 * nobody believes when it is not what it was. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "throttle.h"

#define START UINT64_C(86400000)

struct place {
    char dir[64];
    char file[96];
    struct throttle *t;
};

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof(*p));

    if (!p)
        return -1;
    snprintf(p->dir, sizeof(p->dir), "/tmp/test_throttle.XXXXXX");
    if (!mkdtemp(p->dir))
        return -1;
    snprintf(p->file, sizeof(p->file), "%s/throttle", p->dir);
    *state = p;
    return (p->t = throttle_open(p->dir)) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct place *p = *state;

    throttle_close(p->t);
    unlink(p->file);
    rmdir(p->dir);
    free(p);
    return 0;
}

static const uint32_t limits[] = {[THROTTLE_ALL] = 10,
    [THROTTLE_ADDRESS] = 20,
    [THROTTLE_ACCOUNT] = 5,
    [THROTTLE_KEY_ALL] = 100,
    [THROTTLE_KEY_ADDRESS] = 30,
    [THROTTLE_KEY_FLOOD] = 300,
    [THROTTLE_REFUSED] = 1200};

static unsigned taken(struct throttle *t, enum throttle_whom whom,
    uint64_t hash, uint64_t now, uint32_t *wait)
{
    unsigned n = 0;

    while ((*wait = throttle_take(t, whom, limits[whom], hash, now)) == 0)
        n++;
    return n;
}

static void test_account_has_ten_tries_and_then_one_in_twelve_seconds(
    void **state)
{
    struct place *p = *state;
    uint32_t wait;

    assert_int_equal(taken(p->t, THROTTLE_ACCOUNT, 7, START, &wait), 10);
    assert_int_equal(wait, 12);
    assert_int_equal(taken(p->t, THROTTLE_ACCOUNT, 7, START + 12000, &wait), 1);
    assert_int_equal(wait, 24);
}

static void test_address_has_twenty_tries_and_then_one_in_three_seconds(
    void **state)
{
    struct place *p = *state;
    uint32_t wait;

    assert_int_equal(taken(p->t, THROTTLE_ADDRESS, 7, START, &wait), 20);
    assert_int_equal(wait, 3);
    assert_int_equal(taken(p->t, THROTTLE_ADDRESS, 7, START + 3000, &wait), 1);
    assert_int_equal(wait, 3);
}

static void test_all_together_have_ten_tries_a_second(void **state)
{
    struct place *p = *state;
    uint32_t wait;

    assert_int_equal(taken(p->t, THROTTLE_ALL, 1, START, &wait), 10);
    assert_int_equal(wait, 1);
    assert_int_equal(taken(p->t, THROTTLE_ALL, 2, START, &wait), 0);
    assert_int_equal(taken(p->t, THROTTLE_ALL, 3, START + 1000, &wait), 10);
}

static void test_wrong_keys_are_counted_by_address_and_all_together(
    void **state)
{
    struct place *p = *state;
    uint32_t wait;

    assert_int_equal(taken(p->t, THROTTLE_KEY_ADDRESS, 7, START, &wait), 30);
    assert_int_equal(wait, 2);
    assert_int_equal(taken(p->t, THROTTLE_KEY_FLOOD, 7, START, &wait), 300);
    assert_int_equal(wait, 1);
    assert_int_equal(taken(p->t, THROTTLE_KEY_ALL, 7, START, &wait), 100);
    assert_int_equal(wait, 1);
    assert_int_equal(taken(p->t, THROTTLE_KEY_ADDRESS, 8, START, &wait), 30);
    assert_int_equal(taken(p->t, THROTTLE_ADDRESS, 7, START, &wait), 20);
}

static void test_refusals_have_a_count_of_their_own(void **state)
{
    struct place *p = *state;
    uint32_t wait;

    assert_int_equal(taken(p->t, THROTTLE_REFUSED, 7, START, &wait), 1200);
    assert_int_equal(taken(p->t, THROTTLE_REFUSED, 7, START + 50, &wait), 1);
    assert_int_equal(
        taken(p->t, THROTTLE_REFUSED, 7, START + 50 + 30000, &wait), 600);
    assert_int_equal(taken(p->t, THROTTLE_KEY_FLOOD, 7, START, &wait), 300);
    assert_int_equal(taken(p->t, THROTTLE_REFUSED, 8, START, &wait), 1200);
}

static void test_asking_how_long_to_wait_counts_nothing(void **state)
{
    struct place *p = *state;
    uint32_t wait;

    for (int i = 0; i < 100; i++)
        assert_int_equal(
            throttle_wait(p->t, THROTTLE_KEY_FLOOD, 300, 7, START), 0);
    assert_int_equal(taken(p->t, THROTTLE_KEY_FLOOD, 7, START, &wait), 300);
    assert_int_equal(throttle_wait(p->t, THROTTLE_KEY_FLOOD, 300, 7, START), 1);
    assert_int_equal(throttle_wait(p->t, THROTTLE_KEY_FLOOD, 0, 7, START), 0);
}

static void test_without_a_limit_nothing_is_counted(void **state)
{
    struct place *p = *state;
    uint32_t wait;

    for (int i = 0; i < 100; i++)
        assert_int_equal(throttle_take(p->t, THROTTLE_ACCOUNT, 0, 7, START), 0);
    assert_int_equal(taken(p->t, THROTTLE_ACCOUNT, 7, START, &wait), 10);
}

static void test_accounts_and_addresses_are_apart(void **state)
{
    struct place *p = *state;
    uint32_t wait;

    taken(p->t, THROTTLE_ACCOUNT, 7, START, &wait);
    assert_int_equal(taken(p->t, THROTTLE_ACCOUNT, 8, START, &wait), 10);
    assert_int_equal(taken(p->t, THROTTLE_ADDRESS, 7, START, &wait), 20);
}

static void test_who_is_forgiven_begins_anew(void **state)
{
    struct place *p = *state;
    uint32_t wait;

    taken(p->t, THROTTLE_ACCOUNT, 7, START, &wait);
    throttle_forgive(p->t, THROTTLE_ACCOUNT, 7);
    assert_int_equal(taken(p->t, THROTTLE_ACCOUNT, 7, START, &wait), 10);
}

static void test_processes_count_together(void **state)
{
    struct place *p = *state;
    int status, sum = 0;
    pid_t child[4];
    uint32_t wait;

    for (int i = 0; i < 4; i++) {
        child[i] = fork();
        if (child[i] == 0) {
            struct throttle *own = throttle_open(p->dir);

            _exit(
                own ? (int)taken(own, THROTTLE_ADDRESS, 7, START, &wait) : 100);
        }
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(waitpid(child[i], &status, 0), child[i]);
        assert_true(WIFEXITED(status));
        sum += WEXITSTATUS(status);
    }
    assert_int_equal(sum, 20);
}

static void test_count_outlives_a_process(void **state)
{
    struct place *p = *state;
    uint32_t wait;

    taken(p->t, THROTTLE_ACCOUNT, 7, START, &wait);
    throttle_close(p->t);
    p->t = throttle_open(p->dir);
    assert_non_null(p->t);
    assert_int_equal(taken(p->t, THROTTLE_ACCOUNT, 7, START, &wait), 0);
}

/* What a worker of before has left: no counts of keys. */
static void test_shorter_file_grows(void **state)
{
    struct place *p = *state;
    uint32_t wait;

    taken(p->t, THROTTLE_ACCOUNT, 7, START, &wait);
    throttle_close(p->t);
    assert_int_equal(truncate(p->file, 16 + 2 * 65536 * 8), 0);
    p->t = throttle_open(p->dir);
    assert_non_null(p->t);
    assert_true(throttle_sound(p->t));
    assert_int_equal(taken(p->t, THROTTLE_ACCOUNT, 7, START, &wait), 0);
    assert_int_equal(taken(p->t, THROTTLE_KEY_FLOOD, 7, START, &wait), 300);
}

static void test_file_is_closed_to_others(void **state)
{
    struct place *p = *state;
    struct stat st;

    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_truncated_file_is_not_sound(void **state)
{
    struct place *p = *state;

    assert_true(throttle_sound(p->t));
    assert_int_equal(truncate(p->file, 4096), 0);
    assert_false(throttle_sound(p->t));
}

static void test_removed_file_is_not_sound(void **state)
{
    struct place *p = *state;

    assert_int_equal(unlink(p->file), 0);
    assert_false(throttle_sound(p->t));
}

static void test_file_of_somebody_else_is_refused(void **state)
{
    struct place *p = *state;
    int fd = open(p->file, O_WRONLY);

    assert_int_equal(pwrite(fd, "something", 9, 0), 9);
    close(fd);
    assert_null(throttle_open(p->dir));
    assert_int_equal(errno, EINVAL);
}

static void test_symbolic_link_is_refused(void **state)
{
    struct place *p = *state;
    char elsewhere[128];

    snprintf(elsewhere, sizeof(elsewhere), "%s.elsewhere", p->dir);
    assert_int_equal(rename(p->file, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, p->file), 0);
    assert_null(throttle_open(p->dir));
    unlink(elsewhere);
}

static void test_directory_that_is_not_there_is_told(void **state)
{
    (void)state;
    assert_null(throttle_open("/nonexistent"));
    assert_int_equal(errno, ENOENT);
}

/* Each of them is a process of its own to the kernel. */
static void test_host_has_two_places(void **state)
{
    struct place *p = *state;
    struct throttle *b = throttle_open(p->dir), *c = throttle_open(p->dir);
    int first = throttle_enter(p->t), second = throttle_enter(b);

    assert_true(first >= 0);
    assert_true(second >= 0);
    assert_int_not_equal(first, second);
    assert_int_equal(throttle_enter(c), -1);
    assert_int_equal(errno, EAGAIN);
    throttle_leave(p->t, first);
    assert_int_equal(throttle_enter(c), first);
    throttle_close(b);
    throttle_close(c);
}

static void test_place_of_who_is_gone_is_free(void **state)
{
    struct place *p = *state;
    struct throttle *b = throttle_open(p->dir), *c = throttle_open(p->dir);

    assert_int_equal(throttle_enter(b), 0);
    assert_int_equal(throttle_enter(c), 1);
    throttle_close(b);
    assert_int_equal(throttle_enter(p->t), 0);
    throttle_close(c);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_account_has_ten_tries_and_then_one_in_twelve_seconds),
        TEST(test_address_has_twenty_tries_and_then_one_in_three_seconds),
        TEST(test_all_together_have_ten_tries_a_second),
        TEST(test_wrong_keys_are_counted_by_address_and_all_together),
        TEST(test_refusals_have_a_count_of_their_own),
        TEST(test_asking_how_long_to_wait_counts_nothing),
        TEST(test_without_a_limit_nothing_is_counted),
        TEST(test_accounts_and_addresses_are_apart),
        TEST(test_who_is_forgiven_begins_anew),
        TEST(test_processes_count_together),
        TEST(test_count_outlives_a_process),
        TEST(test_shorter_file_grows),
        TEST(test_file_is_closed_to_others),
        TEST(test_truncated_file_is_not_sound),
        TEST(test_removed_file_is_not_sound),
        TEST(test_file_of_somebody_else_is_refused),
        TEST(test_symbolic_link_is_refused),
        TEST(test_directory_that_is_not_there_is_told),
        TEST(test_host_has_two_places),
        TEST(test_place_of_who_is_gone_is_free),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
