/* What must hold: whoever comes finds a sound store - made, joined or recovered
 * - after clean ends, deaths inside, another boot and regions swept away; and a
 * directory that is not fit for one is refused with a reason. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/file.h"
#include "engine.h"
#include "fake_verbs.h"
#include "place.h"
#include "scratch_play.h"

/* What a visit to the store is to find. */
struct visit {
    const char *grant; /* to make, or NULL */
    const char *note;
    bool stop; /* stop outside the gate when it is open */
    uint64_t generation;
    size_t rows; /* afterwards */
};

static int visit(void *arg)
{
    const struct visit *v = arg;
    struct store *s = scratch_store(scratch.dir);
    struct store_ledger l = {.verb.kind = STORE_LEDGER};
    struct store_grant g = fake_grant("", "");
    struct store_stat stat;

    if (v->stop)
        raise(SIGSTOP);
    if (v->grant != NULL) {
        g = fake_grant(v->grant, v->note != NULL ? v->note : "");
        scratch_do(s, &g.verb);
    }
    scratch_do(s, &l.verb);
    store_stat(s, &stat);
    SCRATCH_CHECK(g.verb.status == STORE_OK && l.verb.status == STORE_OK);
    SCRATCH_CHECK(stat.generation == v->generation);
    SCRATCH_CHECK(l.count == v->rows);
    store_close(s);
    return 0;
}

static int go(struct visit v)
{
    return scratch_run(visit, &v);
}

static pid_t go_and_stop(struct visit *v)
{
    pid_t pid = scratch_child(visit, v);

    scratch_wait_stopped(pid);
    return pid;
}

static void test_a_new_store_is_private(void **state)
{
    mode_t mask = umask(0);
    char path[96];
    struct stat st;

    (void)state;
    assert_int_equal(go((struct visit){.generation = 1}), 0);
    umask(mask);
    assert_int_equal(stat(scratch.dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    snprintf(path, sizeof(path), "%s/account.db", scratch.dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    snprintf(path, sizeof(path), "%s/log.0000000001", scratch.dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_after_a_clean_end_nobody_recovers(void **state)
{
    (void)state;
    assert_int_equal(go((struct visit){"a", .generation = 1, .rows = 1}), 0);
    assert_int_equal(go((struct visit){"b", .generation = 1, .rows = 2}), 0);
}

static void test_a_second_process_joins_the_first(void **state)
{
    struct visit first = {
        .grant = "a", .stop = true, .generation = 1, .rows = 2};
    pid_t pid = go_and_stop(&first);

    (void)state;
    assert_int_equal(go((struct visit){"b", .generation = 1, .rows = 1}), 0);
    kill(pid, SIGCONT);
    assert_int_equal(scratch_wait(pid), 0);
}

/* Whether this process has a file of that name in the store open. */
static bool has_open(const char *name)
{
    char wanted[128], link[64], path[128];
    ssize_t n;

    snprintf(wanted, sizeof(wanted), "%s/%s", scratch.dir, name);
    for (int fd = 0; fd < 100; fd++) {
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        n = readlink(link, path, sizeof(path) - 1);
        path[n < 0 ? 0 : n] = '\0';
        if (strcmp(path, wanted) == 0)
            return true;
    }
    return false;
}

static int join_and_read_a_table(void *arg)
{
    struct store *s = scratch_store(scratch.dir);
    struct store_ledger l = {.verb.kind = STORE_LEDGER};

    (void)arg;
    SCRATCH_CHECK(!has_open("idem.db"));
    scratch_do(s, &l.verb);
    SCRATCH_CHECK(l.verb.status == STORE_OK && l.count == 1);
    SCRATCH_CHECK(has_open("idem.db"));
    SCRATCH_CHECK(!has_open("device.db"));
    store_close(s);
    return 0;
}

static void test_who_joins_opens_the_tables_it_needs(void **state)
{
    (void)state;
    assert_int_equal(go((struct visit){"a", .generation = 1, .rows = 1}), 0);
    assert_int_equal(scratch_run(join_and_read_a_table, NULL), 0);
}

static void test_nothing_is_left_of_a_death_inside(void **state)
{
    (void)state;
    assert_int_equal(go((struct visit){"a", .generation = 1, .rows = 1}), 0);
    assert_int_equal(
        go((struct visit){.grant = "b", .note = "die"}), 1000 + SIGKILL);
    assert_int_equal(go((struct visit){"c", .generation = 2, .rows = 2}), 0);
}

static void test_a_death_outside_is_noticed(void **state)
{
    struct visit first = {.stop = true};
    pid_t pid = go_and_stop(&first);

    (void)state;
    kill(pid, SIGKILL);
    scratch_wait(pid);
    assert_int_equal(go((struct visit){"a", .generation = 2, .rows = 1}), 0);
}

static void test_a_survivor_follows_anothers_recovery(void **state)
{
    struct visit first = {
        .grant = "a", .stop = true, .generation = 2, .rows = 2};
    pid_t pid = go_and_stop(&first);

    (void)state;
    assert_int_equal(
        go((struct visit){.grant = "x", .note = "die"}), 1000 + SIGKILL);
    assert_int_equal(go((struct visit){"b", .generation = 2, .rows = 1}), 0);
    kill(pid, SIGCONT);
    assert_int_equal(scratch_wait(pid), 0);
}

static void test_who_stops_inside_is_killed_and_undone(void **state)
{
    struct visit first = {.grant = "a", .note = "stop"};
    pid_t pid = scratch_child(visit, &first);

    (void)state;
    scratch_wait_stopped(pid);
    assert_int_equal(go((struct visit){"b", .generation = 2, .rows = 1}), 0);
    assert_int_equal(scratch_wait(pid), 1000 + SIGKILL);
}

/* What is undone fills the log, but nobody writes it to its file. */
static int give_up_often(void *arg)
{
    struct store *s = scratch_store(scratch.dir);
    struct store_ledger l = {.verb.kind = STORE_LEDGER};
    struct store_stat stat;
    char key[200] = "";

    (void)arg;
    memset(key, 'x', sizeof(key) - 1);
    for (int i = 0; i < 6000; i++) {
        struct store_grant g = fake_grant(key, "give up");

        s->mended = engine_now();
        scratch_do(s, &g.verb);
        scratch_do(s, &l.verb);
        SCRATCH_CHECK(l.verb.status == STORE_OK);
    }
    store_stat(s, &stat);
    SCRATCH_CHECK(stat.log_written >> 32 > 1 && stat.generation == 1);
    store_close(s);
    return 0;
}

static void test_a_log_file_that_nobody_wrote_to_is_not_missed(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(give_up_often, NULL), 0);
}

static int forge_boot_id(void *arg)
{
    struct members *m = members_open(scratch.dir);

    (void)arg;
    SCRATCH_CHECK(m != NULL);
    members_table(m)->boot_id[0] ^= 1;
    members_close(m);
    return 0;
}

static void test_another_boot_is_recovered_from(void **state)
{
    (void)state;
    assert_int_equal(go((struct visit){"a", .generation = 1, .rows = 1}), 0);
    assert_int_equal(scratch_run(forge_boot_id, NULL), 0);
    assert_int_equal(go((struct visit){"b", .generation = 2, .rows = 2}), 0);
    assert_int_equal(go((struct visit){"c", .generation = 2, .rows = 3}), 0);
}

static void test_regions_that_were_swept_away_are_made_again(void **state)
{
    (void)state;
    assert_int_equal(go((struct visit){"a", .generation = 1, .rows = 1}), 0);
    scratch_sweep(scratch.dir);
    assert_int_equal(go((struct visit){"b", .generation = 2, .rows = 2}), 0);
}

static void test_members_that_see_other_regions_meet_in_the_data_directory(
    void **state)
{
    struct visit first = {
        .grant = "a", .stop = true, .generation = 2, .rows = 2};
    pid_t pid = go_and_stop(&first);
    char path[96];

    (void)state;
    scratch_sweep(scratch.dir);
    assert_int_equal(go((struct visit){"b", .generation = 2, .rows = 1}), 0);
    snprintf(path, sizeof(path), "%s/__db.001", scratch.dir);
    assert_int_equal(access(path, F_OK), 0);
    kill(pid, SIGCONT);
    assert_int_equal(scratch_wait(pid), 0);
}

static void test_a_region_directory_of_others_is_not_used(void **state)
{
    char path[PATH_MAX];

    (void)state;
    assert_int_equal(mkdir(scratch.dir, 0700), 0);
    assert_int_equal(place_region(PLACE_SHM, scratch.dir, path), 0);
    assert_int_equal(chmod(path, 0755), 0);
    assert_int_equal(go((struct visit){"a", .generation = 1, .rows = 1}), 0);
    assert_int_equal(go((struct visit){"b", .generation = 1, .rows = 2}), 0);
    assert_int_equal(rmdir(path), 0);
}

/* ---- refusals ---- */

static int is_refused(void *arg)
{
    struct store_options options = scratch_options(scratch.dir);
    struct store *store;
    char error[256] = "";

    SCRATCH_CHECK(store_open(&options, &store, error) < 0);
    SCRATCH_CHECK(strstr(error, *(const char **)arg) != NULL);
    return 0;
}

static void expect_refusal(const char *reason)
{
    assert_int_equal(scratch_run(is_refused, &reason), 0);
}

static void test_a_directory_open_to_others_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir(scratch.dir, 0700), 0);
    assert_int_equal(chmod(scratch.dir, 0750), 0);
    expect_refusal("make it mode 0700");
}

static void test_a_directory_of_another_user_is_refused(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(mkdir(scratch.dir, 0700), 0);
    assert_int_equal(chown(scratch.dir, 1, 1), 0);
    expect_refusal("belongs to user 1");
}

static void test_settings_that_would_overrule_ours_are_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir(scratch.dir, 0700), 0);
    close(file_open(scratch.dir, "DB_CONFIG"));
    expect_refusal("DB_CONFIG would overrule");
}

static void test_a_file_is_refused(void **state)
{
    (void)state;
    close(file_open(scratch.root, "store"));
    expect_refusal("Not a directory");
}

static void test_a_directory_that_cannot_be_made_is_refused(void **state)
{
    (void)state;
    snprintf(scratch.dir, sizeof(scratch.dir), "%s/no/store", scratch.root);
    expect_refusal("No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_new_store_is_private),
        TEST(test_after_a_clean_end_nobody_recovers),
        TEST(test_a_second_process_joins_the_first),
        TEST(test_who_joins_opens_the_tables_it_needs),
        TEST(test_nothing_is_left_of_a_death_inside),
        TEST(test_a_death_outside_is_noticed),
        TEST(test_a_survivor_follows_anothers_recovery),
        TEST(test_who_stops_inside_is_killed_and_undone),
        TEST(test_a_log_file_that_nobody_wrote_to_is_not_missed),
        TEST(test_another_boot_is_recovered_from),
        TEST(test_regions_that_were_swept_away_are_made_again),
        TEST(test_members_that_see_other_regions_meet_in_the_data_directory),
        TEST(test_a_region_directory_of_others_is_not_used),
        TEST(test_a_directory_open_to_others_is_refused),
        TEST(test_a_directory_of_another_user_is_refused),
        TEST(test_settings_that_would_overrule_ours_are_refused),
        TEST(test_a_file_is_refused),
        TEST(test_a_directory_that_cannot_be_made_is_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
