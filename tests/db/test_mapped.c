/* Those who map one file have one table, a full disk shows before anything is
 * touched, and so does a file that was cut or removed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/file.h"
#include "db/mapped.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIZE = 8192 };

struct place {
    char dir[32];
    char file[48];
    int fd;
};

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof(*p));

    strcpy(p->dir, "/tmp/test_mapped.XXXXXX");
    if (mkdtemp(p->dir) == NULL)
        return -1;
    snprintf(p->file, sizeof(p->file), "%s/table", p->dir);
    p->fd = file_open(p->dir, "table");
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;

    close(p->fd);
    unlink(p->file);
    rmdir(p->dir);
    free(p);
    return 0;
}

static void test_two_who_map_the_file_see_one_table(void **state)
{
    const struct place *p = *state;
    int other = file_open(p->dir, "table");
    char *ours = mapped_table(p->fd, SIZE);
    char *theirs = mapped_table(other, SIZE);

    assert_non_null(ours);
    assert_non_null(theirs);
    assert_int_equal(theirs[SIZE - 1], 0);
    ours[SIZE - 1] = 7;
    assert_int_equal(theirs[SIZE - 1], 7);
    munmap(ours, SIZE);
    munmap(theirs, SIZE);
    close(other);
}

/* A limit of files' sizes stands for the disk. */
static void test_without_room_there_is_no_table(void **state)
{
    const struct place *p = *state;
    struct rlimit all, few;
    void *table;
    int error;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &all), 0);
    few = (struct rlimit){SIZE - 1, all.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
    table = mapped_table(p->fd, SIZE);
    error = errno;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
    assert_null(table);
    assert_int_equal(error, EFBIG);
}

static void test_cut_file_is_not_sound(void **state)
{
    const struct place *p = *state;

    assert_int_equal(ftruncate(p->fd, SIZE), 0);
    assert_true(mapped_sound(p->fd, SIZE));
    assert_int_equal(ftruncate(p->fd, SIZE - 1), 0);
    assert_false(mapped_sound(p->fd, SIZE));
}

static void test_removed_file_is_not_sound(void **state)
{
    const struct place *p = *state;

    assert_int_equal(ftruncate(p->fd, SIZE), 0);
    assert_int_equal(unlink(p->file), 0);
    assert_false(mapped_sound(p->fd, SIZE));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_two_who_map_the_file_see_one_table),
        TEST(test_without_room_there_is_no_table),
        TEST(test_cut_file_is_not_sound),
        TEST(test_removed_file_is_not_sound),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
