/* What must hold: the disk may fill up or fail at any write. Nothing that was
 * acknowledged is lost, nothing that was not done is acknowledged, and when
 * there is room again the store goes on by itself. New paid work ends before
 * that, and a ballast is there for the recovery. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "busfault.h"
#include "disk.h"
#include "engine.h"
#include "fake_verbs.h"
#include "place.h"
#include "scratch.h"

enum { MIB = 1 << 20, GRANTS = 24, STEPS = 400, FULL_STEPS = 150 };

#define GIB (UINT64_C(1) << 30)

static struct scratch scratch;

static int set_up(void **state)
{
    (void)state;
    scratch_open(&scratch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_sweep(scratch.dir);
    umount(scratch.root); /* where a test has mounted something */
    scratch_drop(&scratch);
    return 0;
}

/* ---- a disk that fails ----
 *
 * These take the place of the C library's functions in the whole program, and
 * so in Berkeley DB. */

static struct {
    int error;    /* what writes fail with; 0: they work */
    int writes;   /* that still work */
    int done;     /* that have worked since */
    bool no_sync; /* fdatasync fails too */
} fault;

static bool fails(void)
{
    if (fault.error == 0)
        return false;
    if (fault.done < fault.writes) {
        fault.done++;
        return false;
    }
    errno = fault.error;
    return true;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    return fails() ? -1 : syscall(SYS_pwrite64, fd, bytes, n, at);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    return fd > STDERR_FILENO && fails() ? -1
                                         : syscall(SYS_write, fd, bytes, n);
}

int fdatasync(int fd)
{
    if (!fault.no_sync)
        return (int)syscall(SYS_fdatasync, fd);
    errno = EIO;
    return -1;
}

/* ---- what the tests do ---- */

static enum store_status grant(struct store *s, unsigned n)
{
    struct store_grant g;
    char key[24];

    snprintf(key, sizeof(key), "grant %u", n);
    g = fake_grant(key, "");
    scratch_do(s, &g.verb);
    return g.verb.status;
}

/* A row that fills pages: the store has only keys of 255 bytes to offer. */
static enum store_status grant_long(struct store *s, unsigned n)
{
    struct store_grant g;
    char key[256];

    memset(key, 'x', sizeof(key));
    snprintf(key + 240, 16, "%u", n);
    g = fake_grant(key, "");
    scratch_do(s, &g.verb);
    return g.verb.status;
}

static size_t rows(struct store *s)
{
    struct store_ledger l = {.verb.kind = STORE_LEDGER};

    scratch_do(s, &l.verb);
    return l.verb.status == STORE_OK ? l.count : SIZE_MAX;
}

static bool exists(const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", scratch.dir, name);
    return access(path, F_OK) == 0;
}

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

/* ---- the ballast ---- */

static int open_and_close(void *arg)
{
    (void)arg;
    store_close(scratch_store(scratch.dir));
    return 0;
}

static void count_ballast(void *cookie, const char *line)
{
    *(unsigned *)cookie += strstr(line, "ballast") != NULL;
}

static int lose_the_ballast(void *arg)
{
    struct store_options o = scratch_options(scratch.dir);
    struct store *s;
    unsigned lines = 0;
    char error[256];

    (void)arg;
    o.log = count_ballast;
    o.log_cookie = &lines;
    SCRATCH_CHECK(store_open(&o, &s, error) == 0 && lines == 0);
    disk_drop_ballast(s->disk);
    env_distrust(s->env);
    SCRATCH_CHECK(grant(s, 1) == STORE_OK && lines == 1);
    store_close(s);
    return 0;
}

static int64_t ballast_blocks(void)
{
    char path[128];
    struct stat st;

    snprintf(path, sizeof(path), "%s/ballast", scratch.dir);
    return stat(path, &st) == 0 ? st.st_blocks * 512 : -1;
}

static void test_a_new_store_has_a_ballast_that_takes_its_room(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(open_and_close, NULL), 0);
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
    assert_int_equal(scratch_run(open_and_close, NULL), 0);
    snprintf(path, sizeof(path), "%s/ballast", scratch.dir);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(scratch_run(open_and_close, NULL), 0);
    assert_true(ballast_blocks() >= 4 * MIB);
}

static int checkpoint_makes_ballast(void *arg)
{
    struct store *s = scratch_store(scratch.dir);
    struct store_checkpoint c = {.verb.kind = STORE_CHECKPOINT};

    (void)arg;
    disk_drop_ballast(s->disk);
    SCRATCH_CHECK(!exists("ballast") && grant(s, 1) == STORE_OK);
    SCRATCH_CHECK(!exists("ballast"));
    scratch_do(s, &c.verb);
    SCRATCH_CHECK(c.verb.status == STORE_OK && exists("ballast"));
    store_close(s);
    return 0;
}

static void test_a_checkpoint_makes_a_missing_ballast(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(checkpoint_makes_ballast, NULL), 0);
}

/* ---- every write fails once ---- */

struct
try {
    unsigned acknowledged; /* bits */
    bool closed;           /* somebody was told so */
};

static void grant_all(struct store *s, struct try *t)
{
    for (unsigned i = 0; i < GRANTS; i++)
        switch (grant(s, i)) {
        case STORE_OK:
            t->acknowledged |= 1u << i;
            break;
        default:
            t->closed = true;
        }
}

static bool same_try_again(struct store *s)
{
    struct try t = {0};

    s->closed_until = 0; /* so long did they wait */
    s->mended = INT64_MIN / 2;
    grant_all(s, &t);
    return !t.closed && t.acknowledged == (1u << GRANTS) - 1 &&
           rows(s) == GRANTS;
}

/* What was acknowledged is found by a process that comes after. */
static int look_for_rows(void *arg)
{
    const struct try *t = arg;
    struct store *s = scratch_store(scratch.dir);

    SCRATCH_CHECK(rows(s) >= (size_t)__builtin_popcount(t->acknowledged));
    SCRATCH_CHECK(same_try_again(s));
    store_close(s);
    return 0;
}

struct plan {
    int error;
    int writes;
    bool close;     /* leave without waiting for room */
    struct try *t;  /* shared */
    int *exhausted; /* shared: no write failed */
};

static int fail_from_there_on(void *arg)
{
    const struct plan *plan = arg;
    struct store *s = scratch_store(scratch.dir);
    struct store_checkpoint c = {.verb.kind = STORE_CHECKPOINT};

    fault.writes = plan->writes;
    fault.error = plan->error;
    grant_all(s, plan->t);
    scratch_do(s, &c.verb);
    *plan->exhausted = fault.done < fault.writes;
    fault.error = 0;
    SCRATCH_CHECK(*plan->exhausted || plan->t->closed ||
                  c.verb.status == STORE_CLOSED || c.verb.status == STORE_OK);
    if (!plan->close)
        SCRATCH_CHECK(same_try_again(s));
    store_close(s);
    return 0;
}

/* Each step a new store, of which one write more works. */
static void fail_at_each_write(int error, bool close)
{
    struct try *t = scratch_shared(sizeof(*t));
    int *exhausted = scratch_shared(sizeof(*exhausted));
    unsigned closed = 0;
    int n;

    for (n = 0; n < STEPS && !*exhausted; n++) {
        struct plan plan = {error, n, close, t, exhausted};

        *t = (struct try){0};
        scratch_drop(&scratch);
        scratch_open(&scratch);
        assert_int_equal(scratch_run(fail_from_there_on, &plan), 0);
        assert_int_equal(scratch_run(look_for_rows, t), 0);
        closed += t->closed;
    }
    assert_true(*exhausted && closed > 0);
    munmap(t, sizeof(*t));
    munmap(exhausted, sizeof(*exhausted));
}

static void test_no_room_at_any_write_loses_nothing(void **state)
{
    (void)state;
    fail_at_each_write(ENOSPC, false);
}

static void test_who_leaves_a_full_disk_leaves_nothing_broken(void **state)
{
    (void)state;
    fail_at_each_write(ENOSPC, true);
}

static void test_a_disk_error_at_any_write_loses_nothing(void **state)
{
    (void)state;
    fail_at_each_write(EIO, false);
}

/* ---- a sync that fails ---- */

static int fail_to_sync(void *arg)
{
    struct store *s = scratch_store(scratch.dir);
    struct store_stat stat;

    (void)arg;
    SCRATCH_CHECK(grant(s, 1) == STORE_OK);
    fault.no_sync = true;
    SCRATCH_CHECK(grant(s, 2) == STORE_CLOSED);
    SCRATCH_CHECK(grant(s, 3) == STORE_CLOSED);
    fault.no_sync = false;
    s->closed_until = 0;
    SCRATCH_CHECK(grant(s, 2) == STORE_OK && grant(s, 3) == STORE_OK);
    store_stat(s, &stat);
    SCRATCH_CHECK(stat.generation >= 2 && rows(s) == 3);
    store_close(s);
    return 0;
}

static void test_what_could_not_be_synced_is_not_acknowledged(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(fail_to_sync, NULL), 0);
}

/* ---- a file that may not grow ---- */

static int hit_the_size_limit(void *arg)
{
    struct store *s = scratch_store(scratch.dir);
    struct rlimit limit;
    unsigned done = 0;

    (void)arg;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 16 << 10;
    setrlimit(RLIMIT_FSIZE, &limit);
    while (done < 2000 && grant_long(s, done) == STORE_OK)
        done++;
    SCRATCH_CHECK(done < 2000);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
    s->closed_until = 0;
    SCRATCH_CHECK(grant_long(s, done) == STORE_OK && rows(s) == done + 1);
    store_close(s);
    return 0;
}

static void test_a_limit_on_file_sizes_is_survived(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(hit_the_size_limit, NULL), 0);
}

/* ---- where the regions are ---- */

static int be_a_member(void *arg)
{
    struct store *s = scratch_store(scratch.dir);

    (void)arg;
    raise(SIGSTOP);
    store_close(s);
    return 0;
}

static int fail_to_recover(void *arg)
{
    struct store *s = scratch_store(scratch.dir);

    (void)arg;
    SCRATCH_CHECK(grant(s, 1) == STORE_OK);
    env_distrust(s->env);
    fault.error = ENOSPC;
    SCRATCH_CHECK(grant(s, 2) == STORE_CLOSED);
    SCRATCH_CHECK(members_table(s->members)->region_place == PLACE_SHM);
    fault.error = 0;
    s->closed_until = 0;
    SCRATCH_CHECK(grant(s, 2) == STORE_OK && rows(s) == 2);
    SCRATCH_CHECK(!exists("__db.001"));
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

    snprintf(path, sizeof(path), "%s/%s", scratch.dir, name);
    return stat(path, &st) == 0 && st.st_blocks * 512 >= st.st_size;
}

static int move_to_the_data(struct store *s)
{
    members_table(s->members)->region_place = PLACE_DATA;
    env_distrust(s->env);
    SCRATCH_CHECK(grant(s, 0) == STORE_OK && exists("__db.001"));
    return 0;
}

/* The cache grows with what is in it. */
static int grow_with_the_data(void *arg)
{
    struct store *s = scratch_store(scratch.dir);

    (void)arg;
    SCRATCH_CHECK(move_to_the_data(s) == 0);
    for (unsigned n = 1; n < 1000; n++)
        SCRATCH_CHECK(grant_long(s, n) == STORE_OK);
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

/* ---- a small disk of its own ---- */

static void mount_or_skip(const char *options)
{
    if (mount("none", scratch.root, "tmpfs", 0, options) < 0)
        skip();
}

static int filler(void)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/filler", scratch.root);
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static bool fill(int fd, size_t bytes)
{
    static const char zeros[64 << 10];

    while (bytes > 0) {
        size_t n = bytes < sizeof(zeros) ? bytes : sizeof(zeros);

        if (write(fd, zeros, n) != (ssize_t)n)
            return false;
        bytes -= n;
    }
    return true;
}

static struct store *open_small(uint64_t reserve)
{
    struct store_options options = scratch_options(scratch.dir);
    struct store *s;
    char error[256];

    options.reserve_bytes = reserve;
    options.checkpoint_bytes = 128 << 10;
    if (store_open(&options, &s, error) == 0)
        return s;
    fprintf(stderr, "# %s\n", error);
    _exit(99);
}

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
        if (!fill(fd, after > 0 ? 4096 : f->step))
            after++;
        s->closed_until = 0;
        for (unsigned i = 0; i < f->calls; i++)
            *f->done += grant_long(s, n++) == STORE_OK;
    }
    return n;
}

static int fill_up(void *arg)
{
    const struct filling *f = arg;
    struct store *s = open_small(0);
    int fd = filler();
    unsigned n;

    SCRATCH_CHECK(fd >= 0 && exists("ballast"));
    n = grant_while_it_fills(s, f, fd);
    SCRATCH_CHECK(*f->done < n && !exists("ballast"));
    SCRATCH_CHECK(ftruncate(fd, 0) == 0);
    s->closed_until = 0;
    SCRATCH_CHECK(rows(s) >= *f->done && rows(s) <= n);
    SCRATCH_CHECK(exists("ballast"));
    for (unsigned i = 0; i < n; i++)
        SCRATCH_CHECK(grant_long(s, i) == STORE_OK);
    SCRATCH_CHECK(rows(s) == n);
    store_close(s);
    return 0;
}

/* A worker that dies with the disk full leaves the recovery to the next. */
static int fill_up_and_die(void *arg)
{
    const struct filling *f = arg;
    struct store *s = open_small(0);

    grant_while_it_fills(s, f, filler());
    raise(SIGKILL);
    return 0;
}

static int find_at_least(void *arg)
{
    const struct filling *f = arg;
    struct store *s = scratch_store(scratch.dir);

    SCRATCH_CHECK(rows(s) >= *f->done);
    store_close(s);
    return 0;
}

static void mount_and_fill_up_in(size_t step, unsigned calls)
{
    struct filling f = {step, calls, scratch_shared(sizeof(unsigned))};

    mount_or_skip("size=28m");
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
    mount_or_skip("size=28m");
    assert_int_equal(scratch_run(fill_up_and_die, &f), 1000 + SIGKILL);
    snprintf(path, sizeof(path), "%s/filler", scratch.root);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(scratch_run(find_at_least, &f), 0);
    munmap(f.done, sizeof(*f.done));
}

/* A recovery that has no room of its own: the ballast is its room. */
static int recover_without_room(void *arg)
{
    struct store *s = open_small(0);
    unsigned n = 0;
    int fd = filler();

    (void)arg;
    while (n < 300)
        SCRATCH_CHECK(grant_long(s, n++) == STORE_OK);
    while (fill(fd, 4096))
        ;
    env_distrust(s->env);
    SCRATCH_CHECK(rows(s) == n);
    SCRATCH_CHECK(grant_long(s, n) == STORE_OK);
    store_close(s);
    return 0;
}

static void test_a_recovery_on_a_full_disk_has_the_ballast(void **state)
{
    (void)state;
    mount_or_skip("size=28m");
    assert_int_equal(scratch_run(recover_without_room, NULL), 0);
}

/* Regions that were to lie on a disk without room for them go elsewhere. */
static int return_to_shm(void *arg)
{
    struct store *s = open_small(0);
    int fd = filler();

    (void)arg;
    SCRATCH_CHECK(grant(s, 1) == STORE_OK);
    disk_drop_ballast(s->disk);
    while (fill(fd, 4096))
        ;
    SCRATCH_CHECK(ftruncate(fd, lseek(fd, 0, SEEK_END) - 2 * MIB) == 0);
    members_table(s->members)->region_place = PLACE_DATA;
    env_distrust(s->env);
    SCRATCH_CHECK(rows(s) == 1 && !exists("__db.001"));
    store_close(s);
    return 0;
}

static void test_regions_leave_a_disk_that_has_no_room_for_them(void **state)
{
    (void)state;
    mount_or_skip("size=28m");
    assert_int_equal(scratch_run(return_to_shm, NULL), 0);
}

static bool is_low(struct store *s)
{
    struct trail t;

    engine_trail(s, &t);
    return trail_storage_low(&t);
}

static int get_low(void *arg)
{
    struct store *s = open_small(64 * MIB);
    int fd = filler();
    int64_t now = engine_now();

    (void)arg;
    SCRATCH_CHECK(!is_low(s));
    while (disk_has(s->disk, 3 * MIB))
        SCRATCH_CHECK(fill(fd, 256 << 10));
    SCRATCH_CHECK(!disk_low(s->disk, now) && disk_low(s->disk, now + 2000));
    SCRATCH_CHECK(is_low(s) && grant(s, 1) == STORE_OK);
    SCRATCH_CHECK(ftruncate(fd, 0) == 0 && !disk_low(s->disk, now + 4000));
    store_close(s);
    return 0;
}

static void test_a_disk_is_low_before_it_is_full(void **state)
{
    (void)state;
    mount_or_skip("size=32m");
    assert_int_equal(scratch_run(get_low, NULL), 0);
}

static void test_no_ballast_takes_the_last_room(void **state)
{
    (void)state;
    mount_or_skip("size=6m");
    assert_int_equal(scratch_run(open_and_close, NULL), 0);
    assert_false(exists("ballast"));
}

/* ---- mapped files that fail ---- */

static int touch_beyond_the_end(void *arg)
{
    struct store *s = scratch_store(scratch.dir);
    int fd = place_file(scratch.root, "short");
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
    struct store *s = scratch_store(scratch.dir);
    struct store_stat stat;

    (void)arg;
    store_stat(s, &stat);
    SCRATCH_CHECK(stat.generation == 2 && grant(s, 1) == STORE_OK);
    store_close(s);
    return 0;
}

static void test_a_sigbus_inside_ends_the_process_and_is_recovered_from(
    void **state)
{
    (void)state;
    assert_int_equal(scratch_run(touch_beyond_the_end, NULL), BUSFAULT_STATUS);
    assert_int_equal(scratch_run(expect_generation_2, NULL), 0);
    assert_true(exists("__db.001"));
}

static int all_regions_are_shared(void *arg)
{
    struct store *s = scratch_store(scratch.dir);

    (void)arg;
    SCRATCH_CHECK(members_table(s->members)->region_place == PLACE_SHM);
    store_close(s);
    return 0;
}

static int touch_where_the_data_is(void *arg)
{
    struct store *s = scratch_store(scratch.dir);

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
    assert_int_equal(scratch_run(open_and_close, NULL), 0);
    assert_int_equal(scratch_run(all_regions_are_shared, NULL), 0);
}

static void test_a_sigbus_outside_leaves_the_regions_where_they_are(
    void **state)
{
    (void)state;
    assert_int_equal(
        scratch_run(touch_beyond_the_end, &scratch), BUSFAULT_STATUS);
    assert_int_equal(scratch_run(expect_generation_2, NULL), 0);
    assert_false(exists("__db.001"));
}

static int lose_the_members(void *arg)
{
    struct store *s = scratch_store(scratch.dir);
    char path[128];

    (void)arg;
    snprintf(path, sizeof(path), "%s/members", scratch.dir);
    SCRATCH_CHECK(truncate(path, 0) == 0);
    return grant(s, 1) == STORE_OK;
}

static void test_a_table_that_fails_ends_the_process_too(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(lose_the_members, NULL), BUSFAULT_STATUS);
    assert_int_equal(scratch_run(open_and_close, NULL), 0);
}

/* ---- a store that nobody uses ---- */

static int be_idle(void *arg)
{
    struct store *s = scratch_store(scratch.dir);
    struct members_table *t = members_table(s->members);
    uint64_t before = t->checkpointed;
    struct store_stat stat;

    (void)arg;
    SCRATCH_CHECK(grant(s, 1) == STORE_OK);
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_reserve_is_asked_for_on_a_usual_disk),
        TEST(test_a_twentieth_of_a_large_disk_is_asked_for),
        TEST(test_no_more_than_sixteen_reserves_are_asked_for),
        TEST(test_no_more_than_an_eighth_of_a_small_disk_is),
        TEST(test_without_a_reserve_no_disk_is_low),
        TEST(test_a_new_store_has_a_ballast_that_takes_its_room),
        TEST(test_only_a_ballast_that_was_given_up_is_told_of),
        TEST(test_an_opening_makes_a_missing_ballast),
        TEST(test_a_checkpoint_makes_a_missing_ballast),
        TEST(test_no_room_at_any_write_loses_nothing),
        TEST(test_who_leaves_a_full_disk_leaves_nothing_broken),
        TEST(test_a_disk_error_at_any_write_loses_nothing),
        TEST(test_what_could_not_be_synced_is_not_acknowledged),
        TEST(test_a_limit_on_file_sizes_is_survived),
        TEST(test_regions_stay_where_they_are_when_the_disk_is_at_fault),
        TEST(test_regions_that_lie_with_the_data_are_allocated),
        TEST(test_a_disk_that_fills_up_in_large_steps_is_survived),
        TEST(test_a_disk_that_fills_up_in_small_steps_is_survived),
        TEST(test_who_dies_on_a_full_disk_leaves_all_that_was_told),
        TEST(test_a_recovery_on_a_full_disk_has_the_ballast),
        TEST(test_regions_leave_a_disk_that_has_no_room_for_them),
        TEST(test_a_disk_is_low_before_it_is_full),
        TEST(test_no_ballast_takes_the_last_room),
        TEST(test_a_sigbus_inside_ends_the_process_and_is_recovered_from),
        TEST(test_regions_leave_the_data_after_a_sigbus_there),
        TEST(test_a_sigbus_outside_leaves_the_regions_where_they_are),
        TEST(test_a_table_that_fails_ends_the_process_too),
        TEST(test_an_idle_store_makes_one_checkpoint_after_a_minute),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
