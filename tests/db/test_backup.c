/* What must hold: a copy of a store that is written to between all its slices,
 * with checkpoints and new log files, recovers to a sound store that has at
 * least what was there when the backup began; and damage is found. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/store.h"
#include "scratch.h"

enum { FIRST = 300, BURST = 60, BOOT = 5000 };

static const uint8_t account_id[STORE_ID] = {1, 2, 3};
static struct scratch scratch;
static char copy_dir[80];

static int set_up(void **state)
{
    (void)state;
    scratch_open(&scratch);
    snprintf(copy_dir, sizeof(copy_dir), "%s/copy", scratch.root);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_sweep(copy_dir);
    scratch_drop(&scratch);
    return 0;
}

/* ---- acting ---- */

struct busy {
    struct store *store;
    unsigned grants;
    int visits;
    bool checkpoints;
    int stop_at; /* 0: never */
};

static bool grant(struct busy *b, unsigned count)
{
    struct store_grant g = {
        .verb.kind = STORE_GRANT, .credits = 1, .now = 1000000};

    memcpy(g.account, account_id, STORE_ID);
    memset(g.note, 'n', 200);
    for (unsigned i = 0; i < count; i++) {
        snprintf(
            g.idempotency_key, sizeof(g.idempotency_key), "g%u", b->grants + 1);
        if (scratch_do(b->store, &g) != STORE_OK)
            return false;
        b->grants++;
    }
    return true;
}

static struct store *open_relaxed(const char *dir)
{
    struct store_options options = scratch_options(dir);
    struct store *store = NULL;
    char error[256];

    options.durability = STORE_RELAXED;
    if (store_open(&options, &store, error) < 0)
        fprintf(stderr, "# %s\n", error);
    return store;
}

static bool begin(struct busy *b)
{
    struct store_account_add add = {
        .verb.kind = STORE_ACCOUNT_ADD, .account.email = "a@example.org"};

    /* Nothing here is about power cuts. */
    b->store = open_relaxed(scratch.dir);
    memcpy(add.account.id, account_id, STORE_ID);
    return b->store != NULL && scratch_do(b->store, &add) == STORE_OK &&
           grant(b, FIRST);
}

/* Between two slices of the backup: the others are at work. */
static bool be_busy(void *cookie)
{
    struct busy *b = cookie;
    struct store_checkpoint checkpoint = {.verb.kind = STORE_CHECKPOINT};

    if (++b->visits == b->stop_at)
        return false;
    if (!grant(b, BURST))
        return false;
    return !b->checkpoints || scratch_do(b->store, &checkpoint) == STORE_OK;
}

static uint64_t entries(struct store *store)
{
    struct store_account_get get = {.verb.kind = STORE_ACCOUNT_GET};

    memcpy(get.id, account_id, STORE_ID);
    return scratch_do(store, &get) == STORE_OK ? get.account.journal_seq : 0;
}

static bool sound(struct store *store)
{
    struct store_audit audit = {
        .verb.kind = STORE_AUDIT, .boot = BOOT, .most = 100};
    bool clean;

    while (!audit.done)
        if (scratch_do(store, &audit) != STORE_OK)
            break;
    if (audit.breaches > 0)
        fprintf(stderr, "# %s", buf_terminate(&audit.report));
    clean = audit.done && audit.breaches == 0;
    buf_free(&audit.cursor);
    buf_free(&audit.report);
    return clean;
}

static bool undamaged(const char *dir)
{
    struct buf report = {0};
    char error[256];
    bool clean = store_verify(dir, &report, error) == 0 && report.len == 0;

    if (report.len > 0)
        fprintf(stderr, "# %s", buf_terminate(&report));
    buf_free(&report);
    return clean;
}

/* ---- bodies ---- */

static int back_up(void *arg)
{
    struct busy b = *(const struct busy *)arg;
    struct store_copy copy;
    struct store *restored;
    char error[256];

    SCRATCH_CHECK(begin(&b));
    if (store_backup(b.store, copy_dir, be_busy, &b, &copy, error) < 0) {
        fprintf(stderr, "# %s\n", error);
        return 2;
    }
    SCRATCH_CHECK(b.visits > 10 && copy.files > 10);
    SCRATCH_CHECK(sound(b.store) && entries(b.store) == b.grants);
    store_close(b.store);
    SCRATCH_CHECK(store_mend(copy_dir, error) == 0);
    SCRATCH_CHECK(undamaged(copy_dir));
    restored = scratch_store(copy_dir);
    SCRATCH_CHECK(sound(restored));
    /* All that was granted before the last visit of the gate. */
    SCRATCH_CHECK(entries(restored) == b.grants);
    store_close(restored);
    return 0;
}

static int be_interrupted(void *arg)
{
    struct busy b = {.stop_at = 5};
    struct store_copy copy;
    char error[256];

    (void)arg;
    SCRATCH_CHECK(begin(&b));
    SCRATCH_CHECK(
        store_backup(b.store, copy_dir, be_busy, &b, &copy, error) == -1);
    SCRATCH_CHECK(strstr(error, "interrupted") != NULL);
    SCRATCH_CHECK(grant(&b, 1) && sound(b.store));
    store_close(b.store);
    return 0;
}

static int find_a_directory(void *arg)
{
    struct busy b = {0};
    struct store_copy copy;
    char error[256];

    (void)arg;
    SCRATCH_CHECK(begin(&b) && mkdir(copy_dir, 0700) == 0);
    SCRATCH_CHECK(
        store_backup(b.store, copy_dir, be_busy, &b, &copy, error) == -1);
    SCRATCH_CHECK(b.visits == 0);
    store_close(b.store);
    return 0;
}

static int strip(void *arg)
{
    struct busy b = {0};
    struct store_copy copy;
    char error[256], path[120];

    (void)arg;
    SCRATCH_CHECK(begin(&b));
    store_close(b.store);
    store_strip(scratch.dir);
    snprintf(path, sizeof(path), "%s/members", scratch.dir);
    SCRATCH_CHECK(access(path, F_OK) < 0);
    SCRATCH_CHECK(store_copy(scratch.dir, copy_dir, &copy, error) == 0);
    b.store = scratch_store(copy_dir);
    SCRATCH_CHECK(entries(b.store) == FIRST && sound(b.store));
    store_close(b.store);
    return 0;
}

static int flip(void *arg)
{
    struct busy b = {0};
    struct buf report = {0};
    char error[256], path[120], byte;
    int fd;

    (void)arg;
    SCRATCH_CHECK(begin(&b));
    store_close(b.store);
    store_strip(scratch.dir);
    SCRATCH_CHECK(store_mend(scratch.dir, error) == 0);
    SCRATCH_CHECK(undamaged(scratch.dir));
    snprintf(path, sizeof(path), "%s/ledger.db", scratch.dir);
    fd = open(path, O_RDWR);
    SCRATCH_CHECK(fd >= 0 && pread(fd, &byte, 1, 4096 + 3000) == 1);
    byte ^= 1;
    SCRATCH_CHECK(pwrite(fd, &byte, 1, 4096 + 3000) == 1 && close(fd) == 0);
    SCRATCH_CHECK(store_verify(scratch.dir, &report, error) == 0);
    SCRATCH_CHECK(strstr(buf_terminate(&report), "ledger.db") != NULL);
    buf_free(&report);
    return 0;
}

static int skip_only_log(void *arg)
{
    struct busy b = {0};
    char error[256], name[64];

    (void)arg;
    SCRATCH_CHECK(begin(&b));
    store_close(b.store);
    SCRATCH_CHECK(store_skip_last_log(scratch.dir, name, error) == -1);
    SCRATCH_CHECK(strstr(error, "one log file") != NULL);
    b.store = scratch_store(scratch.dir);
    SCRATCH_CHECK(entries(b.store) == FIRST && sound(b.store));
    store_close(b.store);
    return 0;
}

/* A newest log file without its header, as a journal of metadata alone may
 * leave it after a power cut. */
static int skip_broken_log(void *arg)
{
    struct busy b = {0};
    char error[256], name[64], path[120];
    int fd;

    (void)arg;
    SCRATCH_CHECK(begin(&b));
    store_close(b.store);
    snprintf(path, sizeof(path), "%s/log.0000000002", scratch.dir);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    SCRATCH_CHECK(fd >= 0 && ftruncate(fd, 8192) == 0 && close(fd) == 0);
    SCRATCH_CHECK(store_skip_last_log(scratch.dir, name, error) == 0);
    SCRATCH_CHECK(strcmp(name, "aside.log.0000000002") == 0);
    SCRATCH_CHECK(access(path, F_OK) < 0);
    b.store = scratch_store(scratch.dir);
    SCRATCH_CHECK(entries(b.store) == FIRST && sound(b.store));
    SCRATCH_CHECK(store_recover(b.store, error) == 0);
    store_close(b.store);
    return 0;
}

/* ---- tests ---- */

static void test_copy_of_a_busy_store_is_sound(void **state)
{
    struct busy b = {0};

    (void)state;
    assert_int_equal(scratch_run(back_up, &b), 0);
}

static void test_checkpoints_meanwhile_do_no_harm(void **state)
{
    struct busy b = {.checkpoints = true};

    (void)state;
    assert_int_equal(scratch_run(back_up, &b), 0);
}

static void test_backup_can_be_interrupted(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(be_interrupted, NULL), 0);
}

static void test_directory_that_is_there_is_refused(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(find_a_directory, NULL), 0);
}

static void test_data_alone_is_a_store(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(strip, NULL), 0);
}

static void test_flipped_bit_is_found(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(flip, NULL), 0);
}

static void test_only_log_is_not_set_aside(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(skip_only_log, NULL), 0);
}

static void test_log_without_a_header_is_set_aside(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(skip_broken_log, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_copy_of_a_busy_store_is_sound),
        TEST(test_checkpoints_meanwhile_do_no_harm),
        TEST(test_backup_can_be_interrupted),
        TEST(test_directory_that_is_there_is_refused),
        TEST(test_data_alone_is_a_store),
        TEST(test_flipped_bit_is_found),
        TEST(test_only_log_is_not_set_aside),
        TEST(test_log_without_a_header_is_set_aside),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
