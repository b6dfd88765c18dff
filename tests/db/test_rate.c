/* Windows are shared between those who map the same file, survive a restart of
 * a worker but not of the machine, and a broken file never stops anybody. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/rate.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOW = 1000 };

struct place {
    char dir[32];
    char file[48];
};

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof(*p));

    strcpy(p->dir, "/tmp/test_rate.XXXXXX");
    if (mkdtemp(p->dir) == NULL)
        return -1;
    snprintf(p->file, sizeof(p->file), "%s/rate", p->dir);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;

    if (unlink(p->file) < 0)
        rmdir(p->file);
    rmdir(p->dir);
    free(p);
    return 0;
}

/* A caller whose windows may lie where those of all others made so may. */
static struct rate_key neighbour(unsigned n)
{
    struct rate_key key = {.class = 1};

    key.account[8] = (uint8_t)(n >> 8);
    key.account[9] = (uint8_t)n;
    return key;
}

static bool take(struct rate *r, unsigned n, int64_t now, uint64_t limit)
{
    const struct rate_key key = neighbour(n);
    struct window_state state;
    uint32_t wait;

    return rate_take(r, &key, now, limit, &state, &wait);
}

static uint64_t remaining(struct rate *r, unsigned n, int64_t now)
{
    const struct rate_key key = neighbour(n);
    struct window_state state;

    rate_look(r, &key, now, 100, &state);
    return state.remaining;
}

static void test_limit_is_kept(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");

    assert_false(rate_broken(r));
    for (int i = 0; i < 3; i++)
        assert_true(take(r, 1, NOW, 3));
    assert_false(take(r, 1, NOW, 3));
    assert_false(take(r, 1, NOW + 60, 3));
    assert_true(take(r, 1, NOW + 61, 3));
    rate_close(r);
}

static void test_refused_request_waits_at_least_a_second(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");
    const struct rate_key key = neighbour(1);
    struct window_state window;
    uint32_t wait = 0;

    take(r, 1, NOW, 1);
    assert_false(rate_take(r, &key, NOW + 60, 1, &window, &wait));
    assert_int_equal(wait, 1);
    assert_int_equal(window.limit, 1);
    assert_int_equal(window.remaining, 0);
    rate_close(r);
}

static void test_limit_of_zero_is_none(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");

    for (int i = 0; i < 1000; i++)
        assert_true(take(r, 1, NOW, 0));
    rate_close(r);
}

static void test_given_back_request_may_be_made_again(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");
    const struct rate_key key = neighbour(1);

    take(r, 1, NOW, 1);
    rate_give_back(r, &key, NOW);
    assert_true(take(r, 1, NOW, 1));
    rate_close(r);
}

static void test_looking_does_not_count(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");

    take(r, 1, NOW, 100);
    assert_int_equal(remaining(r, 1, NOW), 99);
    assert_int_equal(remaining(r, 1, NOW), 99);
    rate_close(r);
}

static void test_callers_do_not_share_windows(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");

    take(r, 1, NOW, 100);
    assert_int_equal(remaining(r, 2, NOW), 100);
    rate_close(r);
}

static void test_classes_of_one_account_do_not_share_windows(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");
    struct rate_key key = neighbour(1);
    struct window_state window;

    take(r, 1, NOW, 100);
    key.class = 2;
    rate_look(r, &key, NOW, 100, &window);
    assert_int_equal(window.remaining, 100);
    rate_close(r);
}

static void test_tokens_and_requests_are_counted_apart(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");
    const struct rate_key key = neighbour(1);
    struct window_state window;

    rate_tokens(r, &key, NOW, 70, 100, &window);
    assert_int_equal(window.remaining, 30);
    assert_int_equal(remaining(r, 1, NOW), 100);
    rate_close(r);
}

static void test_two_who_map_the_file_share_the_windows(void **state)
{
    const struct place *p = *state;
    struct rate *a = rate_open(p->dir, "boot"), *b = rate_open(p->dir, "boot");

    take(a, 1, NOW, 100);
    take(b, 1, NOW, 100);
    assert_int_equal(remaining(a, 1, NOW), 98);
    rate_close(a);
    rate_close(b);
}

static void test_windows_survive_a_worker(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");

    take(r, 1, NOW, 100);
    rate_close(r);
    r = rate_open(p->dir, "boot");
    assert_int_equal(remaining(r, 1, NOW), 99);
    rate_close(r);
}

static void test_windows_do_not_survive_a_boot(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");

    take(r, 1, NOW, 100);
    rate_close(r);
    r = rate_open(p->dir, "another boot");
    assert_int_equal(remaining(r, 1, NOW), 100);
    assert_false(rate_broken(r));
    rate_close(r);
}

static void test_file_is_for_us_alone(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");
    struct stat st;

    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    rate_close(r);
}

static void test_full_neighbourhood_lets_the_caller_through(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");

    for (unsigned n = 0; n < 16; n++)
        assert_true(take(r, n, NOW, 1));
    assert_true(take(r, 16, NOW, 1));
    assert_true(take(r, 16, NOW, 1));
    assert_false(take(r, 3, NOW, 1));
    rate_close(r);
}

static void test_idle_windows_make_room(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");

    for (unsigned n = 0; n < 16; n++)
        take(r, n, NOW, 1);
    assert_true(take(r, 16, NOW + 62, 1));
    assert_false(take(r, 16, NOW + 62, 1));
    rate_close(r);
}

static void test_windows_in_use_are_not_thrown_out(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");

    for (unsigned n = 0; n < 16; n++)
        take(r, n, NOW, 1);
    take(r, 16, NOW + 61, 1);
    take(r, 16, NOW + 61, 1);
    for (unsigned n = 0; n < 16; n++)
        assert_int_equal(remaining(r, n, NOW + 60), 99);
    rate_close(r);
}

static void test_missing_directory_is_broken_and_counts_a_quarter(void **state)
{
    struct rate *r = rate_open("/nonexistent", "boot");

    (void)state;
    assert_true(rate_broken(r));
    assert_true(take(r, 1, NOW, 8));
    assert_true(take(r, 1, NOW, 8));
    assert_false(take(r, 1, NOW, 8));
    rate_close(r);
}

static void test_quarter_of_a_small_limit_is_one(void **state)
{
    struct rate *r = rate_open("/nonexistent", "boot");

    (void)state;
    assert_true(take(r, 1, NOW, 2));
    assert_false(take(r, 1, NOW, 2));
    rate_close(r);
}

static void test_directory_in_place_of_the_file_is_broken(void **state)
{
    const struct place *p = *state;
    struct rate *r;

    assert_int_equal(mkdir(p->file, 0700), 0);
    r = rate_open(p->dir, "boot");
    assert_true(rate_broken(r));
    assert_true(take(r, 1, NOW, 8));
    rate_close(r);
}

static void test_link_in_place_of_the_file_is_broken(void **state)
{
    const struct place *p = *state;
    struct rate *r;

    assert_int_equal(symlink("/dev/zero", p->file), 0);
    r = rate_open(p->dir, "boot");
    assert_true(rate_broken(r));
    rate_close(r);
}

static void test_truncated_file_is_noticed_before_it_is_touched(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");

    take(r, 1, NOW, 100);
    assert_int_equal(truncate(p->file, 0), 0);
    rate_check(r);
    assert_true(rate_broken(r));
    assert_true(take(r, 1, NOW, 100));
    rate_close(r);
}

static void test_removed_file_is_noticed(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");

    unlink(p->file);
    rate_check(r);
    assert_true(rate_broken(r));
    rate_close(r);
}

static void test_overwritten_file_is_noticed(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");
    int fd = open(p->file, O_WRONLY);

    assert_int_equal(write(fd, "garbage", 7), 7);
    close(fd);
    rate_check(r);
    assert_true(rate_broken(r));
    rate_close(r);
}

static void test_sound_file_stays_in_use(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");

    rate_check(r);
    assert_false(rate_broken(r));
    rate_close(r);
}

static void test_truncated_file_is_mended_by_the_next_to_open_it(void **state)
{
    const struct place *p = *state;
    struct rate *r = rate_open(p->dir, "boot");

    rate_close(r);
    assert_int_equal(truncate(p->file, 100), 0);
    r = rate_open(p->dir, "boot");
    assert_false(rate_broken(r));
    assert_true(take(r, 1, NOW, 1));
    rate_close(r);
}

static void test_closing_nothing_is_legal(void **state)
{
    (void)state;
    rate_close(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_limit_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_refused_request_waits_at_least_a_second, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_limit_of_zero_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_given_back_request_may_be_made_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_looking_does_not_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_callers_do_not_share_windows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_classes_of_one_account_do_not_share_windows, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_tokens_and_requests_are_counted_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_two_who_map_the_file_share_the_windows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_windows_survive_a_worker, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_windows_do_not_survive_a_boot, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_file_is_for_us_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_full_neighbourhood_lets_the_caller_through, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_idle_windows_make_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_windows_in_use_are_not_thrown_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_missing_directory_is_broken_and_counts_a_quarter, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_quarter_of_a_small_limit_is_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_directory_in_place_of_the_file_is_broken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_link_in_place_of_the_file_is_broken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_truncated_file_is_noticed_before_it_is_touched, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_removed_file_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_overwritten_file_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_sound_file_stays_in_use, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_truncated_file_is_mended_by_the_next_to_open_it, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_closing_nothing_is_legal, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
