/* What a worker tells about its upstreams is read by others while it lives and
 * not any longer; many may come and go at once; and where no file can be made
 * the figures are kept all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "figures.h"
#include "tree.h"

enum { WORKERS = 8, ROUNDS = 20 };

struct place {
    char dir[64];
    struct figures_row rows[200];
    size_t n;
};

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof(*p));

    if (p == NULL)
        return -1;
    snprintf(p->dir, sizeof(p->dir), "/tmp/test_figures.XXXXXX");
    *state = p;
    return mkdtemp(p->dir) == NULL;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    int result = tree_drop(p->dir);

    free(p);
    return result;
}

static void note(void *cookie, const struct figures_row *row)
{
    struct place *p = cookie;

    assert_in_range(p->n, 0, sizeof(p->rows) / sizeof(p->rows[0]) - 1);
    p->rows[p->n++] = *row;
}

static int look(struct place *p)
{
    p->n = 0;
    return figures_read(p->dir, note, p);
}

static size_t count_files(const struct place *p)
{
    char path[100];
    struct dirent *entry;
    size_t n = 0;
    DIR *d;

    snprintf(path, sizeof(path), "%s/figures", p->dir);
    assert_non_null(d = opendir(path));
    while ((entry = readdir(d)) != NULL)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..");
    closedir(d);
    return n;
}

/* A worker that tells its figures and then waits to be killed. */
static pid_t be_worker(const struct place *p, int ready)
{
    struct figures *f;
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    f = figures_open(p->dir);
    if (f == NULL || figures_row(f, "u") == NULL || !figures_shared(f) ||
        write(ready, "r", 1) != 1)
        _exit(1);
    for (;;)
        pause();
}

static void be_killed(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_nobody_has_anything_to_tell(void **state)
{
    struct place *p = *state;

    assert_int_equal(look(p), 0);
    assert_int_equal(p->n, 0);
}

static void test_figures_are_seen_as_they_are_written(void **state)
{
    struct place *p = *state;
    struct figures *f = figures_open(p->dir);
    struct figures_row *row = figures_row(f, "near");

    assert_true(figures_shared(f));
    assert_int_equal(look(p), 1);
    assert_int_equal(p->n, 1);
    assert_string_equal(p->rows[0].name, "near");
    assert_int_equal(p->rows[0].requests, 0);
    figures_set(&row->requests, 7);
    figures_set(&row->meter.reused, UINT64_MAX);
    assert_int_equal(look(p), 1);
    assert_int_equal(p->rows[0].requests, 7);
    assert_true(p->rows[0].meter.reused == UINT64_MAX);
    figures_close(f);
}

static void test_worker_without_upstreams_is_one(void **state)
{
    struct place *p = *state;
    struct figures *f = figures_open(p->dir);

    assert_int_equal(look(p), 1);
    assert_int_equal(p->n, 0);
    figures_close(f);
}

static void test_there_are_sixty_four_rows(void **state)
{
    struct place *p = *state;
    struct figures *f = figures_open(p->dir);
    char name[16];

    for (int i = 0; i < FIGURES_ROWS; i++) {
        snprintf(name, sizeof(name), "u%d", i);
        assert_non_null(figures_row(f, name));
    }
    assert_null(figures_row(f, "one more"));
    assert_int_equal(look(p), 1);
    assert_int_equal(p->n, FIGURES_ROWS);
    assert_string_equal(p->rows[FIGURES_ROWS - 1].name, "u63");
    figures_close(f);
}

static void test_name_that_is_too_long_is_cut(void **state)
{
    struct place *p = *state;
    struct figures *f = figures_open(p->dir);
    char name[200];

    memset(name, 'n', sizeof(name));
    name[199] = '\0';
    assert_non_null(figures_row(f, name));
    look(p);
    assert_int_equal(strlen(p->rows[0].name), FIGURES_NAME - 1);
    figures_close(f);
}

static void test_nothing_is_left_of_who_leaves(void **state)
{
    struct place *p = *state;

    figures_close(figures_open(p->dir));
    assert_int_equal(count_files(p), 0);
    figures_close(NULL);
}

static void test_killed_worker_is_not_counted(void **state)
{
    struct place *p = *state;
    int ready[2];
    pid_t pid;
    char byte;

    assert_int_equal(pipe(ready), 0);
    pid = be_worker(p, ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(look(p), 1);
    be_killed(pid);
    assert_int_equal(count_files(p), 1);
    assert_int_equal(look(p), 0);
    assert_int_equal(p->n, 0);
    assert_int_equal(count_files(p), 0);
    close(ready[0]);
    close(ready[1]);
}

static void test_next_worker_removes_the_file_of_a_killed_one(void **state)
{
    struct place *p = *state;
    struct figures *f;
    int ready[2];
    pid_t pid;
    char byte;

    assert_int_equal(pipe(ready), 0);
    pid = be_worker(p, ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    be_killed(pid);
    f = figures_open(p->dir);
    assert_int_equal(count_files(p), 1);
    figures_close(f);
    close(ready[0]);
    close(ready[1]);
}

static void test_workers_that_start_together_are_all_seen(void **state)
{
    struct place *p = *state;
    pid_t pids[WORKERS];
    int ready[2];
    char byte;

    assert_int_equal(pipe(ready), 0);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < WORKERS; i++)
            pids[i] = be_worker(p, ready[1]);
        for (int i = 0; i < WORKERS; i++)
            assert_int_equal(read(ready[0], &byte, 1), 1);
        assert_int_equal(look(p), WORKERS);
        assert_int_equal(p->n, WORKERS);
        for (int i = 0; i < WORKERS; i++)
            be_killed(pids[i]);
    }
    assert_int_equal(look(p), 0);
    close(ready[0]);
    close(ready[1]);
}

static void test_without_a_directory_nobody_sees_them(void **state)
{
    struct place *p = *state;
    char dir[100];
    struct figures *f;

    snprintf(dir, sizeof(dir), "%s/not/there", p->dir);
    assert_non_null(f = figures_open(dir));
    assert_false(figures_shared(f));
    figures_set(&figures_row(f, "u")->requests, 1);
    figures_close(f);
}

static void test_file_of_another_kind_tells_nothing(void **state)
{
    struct figures *f = figures_open(((struct place *)*state)->dir);
    struct place *p = *state;
    char path[100];
    int fd;

    snprintf(path, sizeof(path), "%s/figures/other", p->dir);
    fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_int_equal(write(fd, "turnfigs", 8), 8);
    close(fd);
    figures_row(f, "u");
    look(p);
    assert_int_equal(p->n, 1);
    assert_int_equal(count_files(p), 1);
    figures_close(f);
}

/* A descriptor of the file of the one worker there is. */
static int open_file(const struct place *p)
{
    char path[400];
    struct dirent *entry;
    int fd = -1;
    DIR *d;

    snprintf(path, sizeof(path), "%s/figures", p->dir);
    assert_non_null(d = opendir(path));
    while ((entry = readdir(d)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/figures/%s", p->dir, entry->d_name);
        fd = open(path, O_RDWR);
    }
    closedir(d);
    assert_true(fd >= 0);
    return fd;
}

static void test_living_file_of_another_version_tells_nothing(void **state)
{
    struct place *p = *state;
    struct figures *f = figures_open(p->dir);
    uint32_t version = 99;
    int fd = open_file(p);

    figures_row(f, "u");
    assert_int_equal(pwrite(fd, &version, sizeof(version), 8), 4);
    assert_int_equal(look(p), 1);
    assert_int_equal(p->n, 0);
    assert_int_equal(count_files(p), 1);
    close(fd);
    figures_close(f);
}

static void test_living_file_that_was_cut_tells_nothing(void **state)
{
    struct place *p = *state;
    struct figures *f = figures_open(p->dir);
    int fd = open_file(p);

    figures_row(f, "u");
    assert_int_equal(ftruncate(fd, 4096), 0);
    assert_int_equal(look(p), 1);
    assert_int_equal(p->n, 0);
    close(fd);
    figures_close(f);
}

static void test_count_beyond_the_rows_is_not_believed(void **state)
{
    struct place *p = *state;
    struct figures *f = figures_open(p->dir);
    uint32_t count = UINT32_MAX;
    int fd = open_file(p);

    assert_int_equal(pwrite(fd, &count, sizeof(count), 12), 4);
    assert_int_equal(look(p), 1);
    assert_int_equal(p->n, FIGURES_ROWS);
    assert_null(figures_row(f, "u"));
    close(fd);
    figures_close(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nobody_has_anything_to_tell),
        TEST(test_figures_are_seen_as_they_are_written),
        TEST(test_worker_without_upstreams_is_one),
        TEST(test_there_are_sixty_four_rows),
        TEST(test_name_that_is_too_long_is_cut),
        TEST(test_nothing_is_left_of_who_leaves),
        TEST(test_killed_worker_is_not_counted),
        TEST(test_next_worker_removes_the_file_of_a_killed_one),
        TEST(test_workers_that_start_together_are_all_seen),
        TEST(test_without_a_directory_nobody_sees_them),
        TEST(test_file_of_another_kind_tells_nothing),
        TEST(test_living_file_of_another_version_tells_nothing),
        TEST(test_living_file_that_was_cut_tells_nothing),
        TEST(test_count_beyond_the_rows_is_not_believed),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
