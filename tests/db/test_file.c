/* A file that is shared is made for its owner alone, opened as it is when it is
 * there, and never followed to another place. What was renamed has its new name
 * on disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/file.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "syscalls.h"

struct place {
    char dir[32];
    char file[48];
};

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof(*p));

    strcpy(p->dir, "/tmp/test_file.XXXXXX");
    if (mkdtemp(p->dir) == NULL)
        return -1;
    snprintf(p->file, sizeof(p->file), "%s/shared", p->dir);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;

    unlink(p->file);
    rmdir(p->dir);
    free(p);
    return 0;
}

static void test_file_is_made_for_us_alone(void **state)
{
    const struct place *p = *state;
    mode_t mask = umask(0);
    int fd = file_open(p->dir, "shared");
    struct stat st;

    umask(mask);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    close(fd);
}

static void test_file_that_is_there_keeps_what_it_has(void **state)
{
    const struct place *p = *state;
    int ours = file_open(p->dir, "shared");
    int theirs = file_open(p->dir, "shared");
    char byte = 0;

    assert_int_equal(write(ours, "x", 1), 1);
    assert_int_equal(read(theirs, &byte, 1), 1);
    assert_int_equal(byte, 'x');
    assert_int_equal(write(theirs, "y", 1), 1);
    close(ours);
    close(theirs);
}

static void check_refused(const char *dir, int error)
{
    assert_int_equal(file_open(dir, "shared"), -1);
    assert_int_equal(errno, error);
}

static void test_missing_directory_is_told(void **state)
{
    const struct place *p = *state;

    check_refused(p->file, ENOENT);
}

static void test_link_is_refused(void **state)
{
    const struct place *p = *state;

    assert_int_equal(symlink("/dev/zero", p->file), 0);
    check_refused(p->dir, ELOOP);
}

static void test_directory_in_its_place_is_refused(void **state)
{
    const struct place *p = *state;

    assert_int_equal(mkdir(p->file, 0700), 0);
    check_refused(p->dir, EISDIR);
    assert_int_equal(rmdir(p->file), 0);
}

static void test_name_that_is_too_long_is_told(void **state)
{
    static char dir[PATH_MAX];

    (void)state;
    memset(dir, '/', sizeof(dir) - 1);
    check_refused(dir, ENAMETOOLONG);
}

/* ---- renaming ---- */

static bool renamed;    /* and not synced since */
static char synced[64]; /* the last file that was, after it was renamed */

static void on_rename(const char *from, const char *to)
{
    (void)from;
    (void)to;
    renamed = true;
}

static void on_sync(int fd)
{
    char link[32];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, synced, sizeof(synced) - 1);
    synced[n > 0 ? n : 0] = '\0';
    renamed = false;
}

static void test_new_name_is_on_disk(void **state)
{
    static const struct syscalls hooks = {
        .renamed = on_rename, .synced = on_sync};
    const struct place *p = *state;
    char from[64];

    snprintf(from, sizeof(from), "%s/before", p->dir);
    assert_int_equal(mkdir(from, 0700), 0);
    synced[0] = '\0';
    syscalls_hook(&hooks);
    assert_int_equal(file_rename(from, p->file), 0);
    syscalls_hook(NULL);
    assert_false(renamed);
    assert_string_equal(synced, p->dir);
    assert_int_equal(file_rename(from, p->file), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(rmdir(p->file), 0);
}

static void test_name_in_the_working_directory_is_on_disk(void **state)
{
    static const struct syscalls hooks = {.synced = on_sync};
    const struct place *p = *state;

    assert_int_equal(chdir(p->dir), 0);
    assert_int_equal(mkdir("before", 0700), 0);
    synced[0] = '\0';
    syscalls_hook(&hooks);
    assert_int_equal(file_rename("before", "after"), 0);
    syscalls_hook(NULL);
    assert_string_equal(synced, p->dir);
    assert_int_equal(rmdir("after"), 0);
    assert_int_equal(chdir("/"), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_file_is_made_for_us_alone),
        TEST(test_file_that_is_there_keeps_what_it_has),
        TEST(test_missing_directory_is_told),
        TEST(test_link_is_refused),
        TEST(test_directory_in_its_place_is_refused),
        TEST(test_name_that_is_too_long_is_told),
        TEST(test_new_name_is_on_disk),
        TEST(test_name_in_the_working_directory_is_on_disk),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
