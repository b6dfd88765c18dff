/* The verbs do on Berkeley DB what they do in memory: the way of a call from
 * grant to audit, and two processes that race for one account never admit more
 * than it covers. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/store.h"
#include "tree.h"

enum { BOOT = 5000, RACERS = 2, TRIES = 40, COVERED = 23, COST = 2 };

#define NOW (INT64_C(20000) * 86400 * 1000000)

static void log_line(void *cookie, const char *line)
{
    (void)cookie;
    fprintf(stderr, "# %s\n", line);
}

static struct store *open_store(const char *dir)
{
    const struct store_options options = {
        .dir = dir, .cache_bytes = 1 << 20, .log = log_line};
    struct store *store = NULL;
    char error[256];

    if (store_open(&options, &store, error) < 0) {
        fprintf(stderr, "# %s\n", error);
        return NULL;
    }
    return store;
}

static void count_done(void *cookie, struct store_verb *verb)
{
    (void)verb;
    ++*(int *)cookie;
}

static enum store_status run(struct store *store, void *verb)
{
    struct store_verb *v = verb;
    int done = 0;

    store_run(store, v, count_done, &done);
    return done == 1 ? v->status : STORE_CLOSED;
}

/* ---- a place for each test ---- */

static int set_up(void **state)
{
    char *dir = strdup("/tmp/test_verbs_bdb.XXXXXX");

    *state = dir;
    return dir == NULL || mkdtemp(dir) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    int rc = tree_drop(*state);

    free(*state);
    return rc;
}

/* ---- verbs ---- */

static const uint8_t account_id[STORE_ID] = {1, 2, 3};

static void make_account(struct store *store, int64_t credits)
{
    struct store_account_add add = {
        .verb.kind = STORE_ACCOUNT_ADD, .account.email = "a@example.org"};
    struct store_key_add key = {
        .verb.kind = STORE_KEY_ADD, .key = {.id = "key_00000001"}};
    struct store_grant grant = {.verb.kind = STORE_GRANT,
        .credits = credits,
        .idempotency_key = "start",
        .now = NOW};

    memcpy(add.account.id, account_id, STORE_ID);
    memcpy(key.key.account, account_id, STORE_ID);
    memcpy(grant.account, account_id, STORE_ID);
    memset(key.key.digest, 9, MAC_SIZE);
    assert_int_equal(run(store, &add), STORE_OK);
    assert_int_equal(run(store, &key), STORE_OK);
    assert_int_equal(run(store, &grant), STORE_OK);
}

static struct store_admit admit_of(uint8_t who, uint8_t n)
{
    struct store_admit a = {.verb.kind = STORE_ADMIT,
        .request = {who, n},
        .nonce = {who, n},
        .caller = CALLER_KEY,
        .depth = ADMIT_HOLD,
        .ask = {100, 900, 1, 0, {5000000, 500}},
        .now = NOW,
        .boot = BOOT,
        .lease = 60};

    memset(a.digest, 9, MAC_SIZE);
    return a;
}

static struct store_settle settle_of(uint8_t who, uint8_t n)
{
    return (struct store_settle){.verb.kind = STORE_SETTLE,
        .request = {who, n},
        .usage = {true, 100, 900},
        .now = NOW,
        .boot = BOOT};
}

static struct store_account look(struct store *store)
{
    struct store_account_get get = {.verb.kind = STORE_ACCOUNT_GET};

    memcpy(get.id, account_id, STORE_ID);
    assert_int_equal(run(store, &get), STORE_OK);
    return get.account;
}

static uint64_t audit_breaches(struct store *store)
{
    struct store_audit audit = {
        .verb.kind = STORE_AUDIT, .boot = BOOT, .most = 10};

    while (!audit.done)
        assert_int_equal(run(store, &audit), STORE_OK);
    if (audit.breaches > 0)
        fprintf(stderr, "%s", buf_terminate(&audit.report));
    buf_free(&audit.cursor);
    buf_free(&audit.report);
    return audit.breaches;
}

/* ---- tests ---- */

static void test_call_goes_from_grant_to_audit(void **state)
{
    struct store *store = open_store(*state);
    struct store_admit a = admit_of(1, 1);
    struct store_settle s = settle_of(1, 1);

    assert_non_null(store);
    make_account(store, 10);
    assert_int_equal(run(store, &a), STORE_OK);
    assert_int_equal(look(store).balance.held, COST);
    assert_int_equal(run(store, &s), STORE_OK);
    assert_int_equal(s.posted, 8);
    assert_int_equal(look(store).balance.held, 0);
    assert_int_equal(audit_breaches(store), 0);
    store_close(store);
}

static void test_id_that_is_taken_is_not_held_again_unseen(void **state)
{
    struct store *store = open_store(*state);
    struct store_admit a = admit_of(1, 1), b = admit_of(1, 1);
    struct store_admit other = admit_of(1, 2);
    char error[256];
    int done = 0;

    assert_non_null(store);
    make_account(store, 10);
    assert_int_equal(run(store, &a), STORE_OK);
    assert_int_equal(store_recover(store, error), 0); /* nothing is known */
    b.nonce[0] ^= 1;
    b.unseen = true;
    b.verb.next = &other.verb;
    store_run(store, &b.verb, count_done, &done);
    assert_int_equal(done, 2);
    assert_int_equal(b.refusal, REFUSE_DUPLICATE_REQUEST);
    assert_int_equal(other.verb.status, STORE_OK);
    assert_int_equal(look(store).balance.held, 2 * COST);
    assert_int_equal(audit_breaches(store), 0);
    store_close(store);
}

static void test_everything_is_there_after_a_restart(void **state)
{
    struct store *store = open_store(*state);
    struct store_admit a = admit_of(1, 1);
    struct store_settle s = settle_of(1, 1), again = settle_of(1, 1);

    assert_non_null(store);
    make_account(store, 10);
    run(store, &a);
    run(store, &s);
    store_close(store);
    store = open_store(*state);
    assert_non_null(store);
    assert_int_equal(look(store).balance.posted, 8);
    assert_int_equal(run(store, &again), STORE_OK);
    assert_true(again.already);
    assert_int_equal(again.charge.credits, COST);
    store_close(store);
}

static void test_refusal_does_not_undo_its_neighbours(void **state)
{
    struct store *store = open_store(*state);
    struct store_admit a = admit_of(1, 1), poor = admit_of(1, 2);
    struct store_admit stranger = admit_of(1, 3);
    int done = 0;

    assert_non_null(store);
    make_account(store, COST);
    stranger.digest[0] ^= 1;
    a.verb.next = &poor.verb;
    poor.verb.next = &stranger.verb;
    store_run(store, &a.verb, count_done, &done);
    assert_int_equal(done, 3);
    assert_int_equal(a.refusal, REFUSE_NONE);
    assert_int_equal(poor.refusal, REFUSE_INSUFFICIENT_CREDITS);
    assert_int_equal(stranger.refusal, REFUSE_INVALID_API_KEY);
    assert_int_equal(look(store).balance.held, COST);
    store_close(store);
}

/* Admit as often as it goes, settle every other call; exit with the number
 * admitted. Both wait until the other has the store open. */
static int race(const char *dir, uint8_t who, int ready, int go)
{
    struct store *store = open_store(dir);
    int admitted = 0;
    char byte = 0;

    if (store == NULL || write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 1)
        return 255;
    for (uint8_t n = 0; n < TRIES; n++) {
        struct store_admit a = admit_of(who, n);
        struct store_settle s = settle_of(who, n);

        if (run(store, &a) != STORE_OK)
            continue;
        admitted++;
        if (n % 2 == 0 && run(store, &s) != STORE_OK)
            return 255;
    }
    store_close(store);
    return admitted;
}

static int start_racers(const char *dir, int ready[2], int go[2])
{
    for (uint8_t who = 0; who < RACERS; who++) {
        pid_t pid = fork();

        if (pid == 0)
            _exit(race(dir, who, ready[1], go[0]));
        if (pid < 0)
            return -1;
    }
    return 0;
}

static int finish_racers(int ready[2], int go[2])
{
    int admitted = 0, status;
    char byte[RACERS] = {0};

    for (int i = 0; i < RACERS; i++)
        assert_int_equal(read(ready[0], byte, 1), 1);
    assert_int_equal(write(go[1], byte, RACERS), RACERS);
    for (int i = 0; i < RACERS; i++) {
        assert_true(wait(&status) > 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 255);
        admitted += WEXITSTATUS(status);
    }
    return admitted;
}

static void prepare_race(const char *dir)
{
    struct store *store = open_store(dir);

    if (store == NULL)
        _exit(1);
    make_account(store, COVERED * COST);
    store_close(store);
    _exit(0);
}

static void test_racing_processes_admit_exactly_what_is_covered(void **state)
{
    struct store_reap reap = {
        .verb.kind = STORE_REAP, .now = NOW, .boot = BOOT, .most = 1000};
    struct store *store;
    int ready[2], go[2], status;
    pid_t pid = fork();

    if (pid == 0)
        prepare_race(*state);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(go), 0);
    assert_int_equal(start_racers(*state, ready, go), 0);
    assert_int_equal(finish_racers(ready, go), COVERED);
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(go[i]);
    }
    store = open_store(*state);
    assert_non_null(store);
    assert_int_equal(run(store, &reap), STORE_OK);
    assert_int_equal(look(store).balance.held, 0);
    assert_int_equal(audit_breaches(store), 0);
    store_close(store);
}

int main(void)
{
    /* The race comes first: a process never forks after it opened a store. */
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_racing_processes_admit_exactly_what_is_covered, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_call_goes_from_grant_to_audit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_id_that_is_taken_is_not_held_again_unseen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_everything_is_there_after_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_refusal_does_not_undo_its_neighbours, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
