/* What must hold: any write or sync may fail. Nothing that was acknowledged is
 * lost, nothing that was not done is acknowledged, and when the disk works
 * again the store goes on by itself. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "disk_fault.h"
#include "disk_play.h"
#include "engine.h"
#include "fake_verbs.h"
#include "scratch.h"

enum { GRANTS = 24, STEPS = 400 };

/* ---- every write fails once ---- */

struct attempt {
    unsigned acknowledged; /* bits */
    bool closed;           /* somebody was told so */
};

static void grant_all(struct store *s, struct attempt *t)
{
    for (unsigned i = 0; i < GRANTS; i++)
        switch (disk_play_grant(s, i)) {
        case STORE_OK:
            t->acknowledged |= 1u << i;
            break;
        default:
            t->closed = true;
        }
}

static bool same_try_again(struct store *s)
{
    struct attempt t = {0};

    s->closed_until = 0; /* so long did they wait */
    s->mended = INT64_MIN / 2;
    grant_all(s, &t);
    return !t.closed && t.acknowledged == (1u << GRANTS) - 1 &&
           fake_rows(s) == GRANTS;
}

/* What was acknowledged is found by a process that comes after. */
static int look_for_rows(void *arg)
{
    const struct attempt *t = arg;
    struct store *s = scratch_store(disk_play.dir);

    SCRATCH_CHECK(fake_rows(s) >= (size_t)__builtin_popcount(t->acknowledged));
    SCRATCH_CHECK(same_try_again(s));
    store_close(s);
    return 0;
}

struct plan {
    int error;
    unsigned writes;
    bool close;        /* leave without waiting for room */
    struct attempt *t; /* shared */
    int *exhausted;    /* shared: no write failed */
};

static int fail_from_there_on(void *arg)
{
    const struct plan *plan = arg;
    struct store *s = scratch_store(disk_play.dir);
    struct store_checkpoint c = {.verb.kind = STORE_CHECKPOINT};

    disk_fault_writes(plan->error, plan->writes);
    grant_all(s, plan->t);
    scratch_do(s, &c.verb);
    *plan->exhausted = disk_fault_left() > 0;
    disk_fault_writes(0, 0);
    SCRATCH_CHECK(*plan->exhausted || plan->t->closed ||
                  c.verb.status == STORE_CLOSED || c.verb.status == STORE_OK);
    if (!plan->close)
        SCRATCH_CHECK(same_try_again(s));
    store_close(s);
    return 0;
}

/* Each step a new store, of which one write more works. */
static void fail_at_each_write_of(
    int (*work)(void *), int (*after)(void *), int error, bool close)
{
    struct attempt *t = scratch_shared(sizeof(*t));
    int *exhausted = scratch_shared(sizeof(*exhausted));
    unsigned closed = 0, n;

    for (n = 0; n < STEPS && !*exhausted; n++) {
        struct plan plan = {error, n, close, t, exhausted};

        *t = (struct attempt){0};
        scratch_drop(&disk_play);
        scratch_open(&disk_play);
        assert_int_equal(scratch_run(work, &plan), 0);
        if (after != NULL)
            assert_int_equal(scratch_run(after, t), 0);
        closed += t->closed;
    }
    assert_true(*exhausted && closed > 0);
    munmap(t, sizeof(*t));
    munmap(exhausted, sizeof(*exhausted));
}

static void fail_at_each_write(int error, bool close)
{
    fail_at_each_write_of(fail_from_there_on, look_for_rows, error, close);
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

/* ---- an admission that is refused ---- */

/* Nobody would ever end the hold of a caller who was told that the store is
 * closed: his worker lives on. */
static int admit_from_there_on(void *arg)
{
    const struct plan *plan = arg;
    struct store *s = scratch_store(disk_play.dir);
    struct store_checkpoint c = {.verb.kind = STORE_CHECKPOINT};
    struct store_admit admit = fake_admit(1);

    disk_fault_writes(plan->error, plan->writes);
    admit.verb.next = &c.verb;
    scratch_do(s, &admit.verb);
    *plan->exhausted = disk_fault_left() > 0;
    disk_fault_writes(0, 0);
    s->closed_until = 0;
    plan->t->closed = admit.verb.status == STORE_CLOSED;
    SCRATCH_CHECK(fake_holds(s) == (plan->t->closed ? 0 : 1));
    store_close(s);
    return 0;
}

static void test_an_admission_that_is_refused_holds_nothing(void **state)
{
    (void)state;
    fail_at_each_write_of(admit_from_there_on, NULL, EIO, false);
    fail_at_each_write_of(admit_from_there_on, NULL, ENOSPC, false);
}

/* ---- a sync that fails ---- */

static int fail_to_sync(void *arg)
{
    struct store *s = scratch_store(disk_play.dir);
    struct store_stat stat;

    (void)arg;
    SCRATCH_CHECK(disk_play_grant(s, 1) == STORE_OK);
    disk_fault_syncs(true);
    SCRATCH_CHECK(disk_play_grant(s, 2) == STORE_CLOSED);
    SCRATCH_CHECK(disk_play_grant(s, 3) == STORE_CLOSED);
    disk_fault_syncs(false);
    s->closed_until = 0;
    SCRATCH_CHECK(
        disk_play_grant(s, 2) == STORE_OK && disk_play_grant(s, 3) == STORE_OK);
    store_stat(s, &stat);
    SCRATCH_CHECK(stat.generation >= 2 && fake_rows(s) == 3);
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
    struct store *s = scratch_store(disk_play.dir);
    struct rlimit limit;
    unsigned done = 0;

    (void)arg;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 16 << 10;
    setrlimit(RLIMIT_FSIZE, &limit);
    while (done < 2000 && disk_play_grant_long(s, done) == STORE_OK)
        done++;
    SCRATCH_CHECK(done < 2000);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
    s->closed_until = 0;
    SCRATCH_CHECK(
        disk_play_grant_long(s, done) == STORE_OK && fake_rows(s) == done + 1);
    store_close(s);
    return 0;
}

static void test_a_limit_on_file_sizes_is_survived(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(hit_the_size_limit, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DISK_PLAY_TEST(test_no_room_at_any_write_loses_nothing),
        DISK_PLAY_TEST(test_who_leaves_a_full_disk_leaves_nothing_broken),
        DISK_PLAY_TEST(test_a_disk_error_at_any_write_loses_nothing),
        DISK_PLAY_TEST(test_an_admission_that_is_refused_holds_nothing),
        DISK_PLAY_TEST(test_what_could_not_be_synced_is_not_acknowledged),
        DISK_PLAY_TEST(test_a_limit_on_file_sizes_is_survived),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
