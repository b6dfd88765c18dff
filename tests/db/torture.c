/* What must hold: no kill of any worker at any moment wedges the store, loses
 * a verb that was acknowledged, or applies one twice.
 *
 *   torture DIR KILLS WORKERS SEED       TAP on standard output
 *   torture DIR bench SECONDS WORKERS    verbs a second, nobody is killed
 *   torture DIR POINT TIMES WORKERS      dies at a point of db/bdb/failpoint.h;
 *                                        for builds that have them compiled in
 *
 * DIR must not exist. Workers admit, settle and grant as fast as they can while
 * the parent kills one after the other; each notes what was acknowledged in
 * memory that it shares with the parent. Then a last process reaps what the
 * dead left behind and compares the notes with the journal. */

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scratch.h"

enum {
    WORKERS_MAX = 16,
    ACCOUNTS = 4,
    PAIRS = 16,       /* admissions, then settlements, in a batch */
    ROUNDS = 1 << 18, /* of one worker, at most */
    TIMES = 1 << 14,
    PAGE_ROWS = 500,
    SILENCE_MS = 2000
};

/* Notes of one worker, over all its lives. */
struct lane {
    _Atomic uint32_t next; /* round */
    _Atomic uint8_t settled[ROUNDS][PAIRS];
    _Atomic uint8_t granted[ROUNDS];
};

static struct shared {
    _Atomic bool stop;
    _Atomic uint64_t verbs;
    _Atomic int64_t last; /* acknowledgement, nanoseconds */
    _Atomic int64_t silence;
    _Atomic uint32_t shot; /* as stuck */
    _Atomic uint32_t recoveries;
    _Atomic uint32_t recovery_us[TIMES];
    struct lane lane[WORKERS_MAX];

    /* Of the check. */
    uint64_t settles, settles_lost, settles_twice, grants, grants_lost;
    uint64_t reaped, left, breaches, unknown;
} * shared;

static struct options {
    const char *dir;
    bool bench;
    const char *point; /* to die at, or NULL */
    unsigned kills;    /* or seconds, or times */
    unsigned workers;
    unsigned seed;
} options;

static struct worker {
    unsigned number;
    uint32_t round;
} me;

static int64_t nanoseconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- the store ---- */

static void on_line(void *cookie, const char *line)
{
    unsigned us;

    (void)cookie;
    if (sscanf(line, "store recovered in %u us", &us) == 1)
        shared->recovery_us[shared->recoveries++ % TIMES] = us;
    else if (strncmp(line, "killing process", 15) == 0)
        shared->shot++;
    if (getenv("VERBOSE") != NULL)
        fprintf(stderr, "# [%d] %s\n", (int)getpid(), line);
}

static struct store *open_store(void)
{
    struct store_options o = scratch_options(options.dir);
    struct store *store;
    char error[256];

    o.log = on_line;
    o.stuck_ms = 5000;
    if (options.bench) {
        o.cache_bytes = 0;
        o.log_bytes = 0;
        o.checkpoint_bytes = 0;
    }
    if (store_open(&o, &store, error) == 0)
        return store;
    fprintf(stderr, "# [%d] %s\n", (int)getpid(), error);
    _exit(99);
}

static void on_done(void *cookie, struct store_verb *verb)
{
    (void)cookie;
    (void)verb;
}

static void run(struct store *store, void *verb)
{
    struct store_verb *v = verb;

    store_run(store, v, on_done, NULL);
    if (v->status == STORE_CLOSED) {
        fprintf(stderr, "# a verb of kind %d was not done\n", (int)v->kind);
        _exit(98);
    }
}

/* ---- names ---- */

static void account_id(unsigned n, uint8_t id[STORE_ID])
{
    memset(id, 0, STORE_ID);
    id[0] = (uint8_t)(n * 61);
    id[15] = (uint8_t)(n + 1);
}

static void key_digest(unsigned n, uint8_t digest[MAC_SIZE])
{
    memset(digest, (int)n + 1, MAC_SIZE);
}

static void request_id(
    unsigned worker, uint32_t round, unsigned pair, uint8_t id[STORE_ID])
{
    memset(id, 0, STORE_ID);
    /* Scattered, as random ids would be. */
    id[0] = (uint8_t)(round * 37 + pair * 101);
    id[8] = (uint8_t)worker;
    memcpy(id + 9, &round, sizeof(round));
    id[13] = (uint8_t)pair;
    id[14] = 1;
}

static struct store_grant grant_of(unsigned worker, uint32_t round)
{
    struct store_grant g = {.verb.kind = STORE_GRANT,
        .credits = 100,
        .note = "torture",
        .now = nanoseconds(CLOCK_REALTIME) / 1000};

    account_id(round % ACCOUNTS, g.account);
    snprintf(g.idempotency_key, sizeof(g.idempotency_key), "%u-%u", worker,
        (unsigned)round);
    return g;
}

/* ---- a worker ---- */

static void note_life(void)
{
    int64_t now = nanoseconds(CLOCK_MONOTONIC);
    int64_t before = atomic_exchange(&shared->last, now);
    int64_t silence = shared->silence;

    shared->verbs++;
    while (
        before != 0 && now - before > silence &&
        !atomic_compare_exchange_weak(&shared->silence, &silence, now - before))
        ;
}

static void on_verb(void *cookie, struct store_verb *verb)
{
    const struct store_settle *s = (const struct store_settle *)verb;
    struct lane *lane = &shared->lane[me.number];

    (void)cookie;
    note_life();
    if (verb->status != STORE_OK) {
        fprintf(stderr, "# kind %d: status %d\n", (int)verb->kind,
            (int)verb->status);
        _exit(97);
    }
    if (verb->kind == STORE_SETTLE)
        lane->settled[me.round][s->request[13]] = 1;
    else if (verb->kind == STORE_GRANT)
        lane->granted[me.round] = 1;
}

static void admit_all(struct store *store)
{
    struct store_admit a[PAIRS];

    memset(a, 0, sizeof(a));
    for (unsigned i = 0; i < PAIRS; i++) {
        a[i].verb.kind = STORE_ADMIT;
        a[i].verb.next = i + 1 < PAIRS ? &a[i + 1].verb : NULL;
        request_id(me.number, me.round, i, a[i].request);
        memcpy(a[i].nonce, a[i].request + 8, sizeof(a[i].nonce));
        a[i].caller = CALLER_KEY;
        a[i].depth = ADMIT_HOLD;
        key_digest((me.round + i) % ACCOUNTS, a[i].digest);
        a[i].ask = (struct hold_ask){100, 900, 1, 0, {5000000, 500}};
        a[i].free_days = 30;
        a[i].now = nanoseconds(CLOCK_REALTIME) / 1000;
        a[i].boot = nanoseconds(CLOCK_BOOTTIME) / 1000000000;
        a[i].lease = 60;
    }
    store_run(store, &a[0].verb, on_verb, NULL);
}

static void settle_all(struct store *store)
{
    struct store_grant grant = grant_of(me.number, me.round);
    struct store_settle s[PAIRS];

    memset(s, 0, sizeof(s));
    for (unsigned i = 0; i < PAIRS; i++) {
        s[i].verb.kind = STORE_SETTLE;
        s[i].verb.next = i + 1 < PAIRS ? &s[i + 1].verb : &grant.verb;
        request_id(me.number, me.round, i, s[i].request);
        s[i].usage = (struct usage){true, 100, 300};
        s[i].now = nanoseconds(CLOCK_REALTIME) / 1000;
        s[i].boot = nanoseconds(CLOCK_BOOTTIME) / 1000000000;
    }
    store_run(store, &s[0].verb, on_verb, NULL);
}

static int work(void *arg)
{
    struct store *store;

    me.number = *(unsigned *)arg;
    store = open_store();
    while (!shared->stop) {
        me.round = shared->lane[me.number].next++;
        if (me.round >= ROUNDS)
            return 96;
        admit_all(store);
        settle_all(store);
    }
    store_close(store);
    return 0;
}

/* ---- before and after ---- */

static int set_up(void *arg)
{
    struct store *store = open_store();

    (void)arg;
    for (unsigned i = 0; i < ACCOUNTS; i++) {
        struct store_account_add add = {.verb.kind = STORE_ACCOUNT_ADD};
        struct store_key_add key = {.verb.kind = STORE_KEY_ADD};
        struct store_grant grant = {.verb.kind = STORE_GRANT,
            .credits = INT64_C(1) << 40,
            .idempotency_key = "first"};

        account_id(i, add.account.id);
        snprintf(add.account.email, sizeof(add.account.email), "%u@test", i);
        memcpy(key.key.account, add.account.id, STORE_ID);
        memcpy(grant.account, add.account.id, STORE_ID);
        snprintf(key.key.id, sizeof(key.key.id), "key_%08u", i);
        key_digest(i, key.key.digest);
        run(store, &add);
        run(store, &key);
        run(store, &grant);
    }
    store_close(store);
    return 0;
}

static void reap(struct store *store)
{
    struct store_reap r = {.verb.kind = STORE_REAP, .most = PAGE_ROWS};

    do {
        r.now = nanoseconds(CLOCK_REALTIME) / 1000;
        r.boot = nanoseconds(CLOCK_BOOTTIME) / 1000000000;
        run(store, &r);
        shared->reaped += r.reaped;
    } while (r.more);
    run(store, &r);
    shared->left = r.reaped;
}

static void look_at(const struct ledger_entry *e)
{
    struct lane *lane = &shared->lane[e->request[8] % WORKERS_MAX];
    uint32_t round;

    if (e->type != LEDGER_SETTLE)
        return;
    memcpy(&round, e->request + 9, sizeof(round));
    if (round >= ROUNDS || e->request[13] >= PAIRS)
        shared->unknown++;
    else if ((lane->settled[round][e->request[13]] += 2) >= 4)
        shared->settles_twice++;
}

/* Afterwards a note is 0: never settled, 1: lost, 2: settled but never
 * acknowledged, 3: settled and acknowledged. */
static void read_journals(struct store *store)
{
    static struct ledger_entry rows[PAGE_ROWS];

    for (unsigned i = 0; i < ACCOUNTS; i++) {
        struct store_ledger l = {
            .verb.kind = STORE_LEDGER, .rows = rows, .max = PAGE_ROWS};

        account_id(i, l.account);
        do {
            run(store, &l);
            for (size_t n = 0; n < l.count; n++)
                look_at(&l.rows[n]);
        } while (l.more);
    }
}

static void compare_lane(struct store *store, unsigned worker)
{
    struct lane *lane = &shared->lane[worker];

    for (uint32_t round = 0; round < lane->next && round < ROUNDS; round++) {
        struct store_grant g = grant_of(worker, round);

        for (unsigned i = 0; i < PAIRS; i++) {
            shared->settles += lane->settled[round][i] & 1;
            shared->settles_lost += lane->settled[round][i] == 1;
        }
        if (!lane->granted[round])
            continue;
        run(store, &g);
        shared->grants++;
        shared->grants_lost += g.verb.status != STORE_OK || !g.already;
    }
}

static void audit(struct store *store)
{
    struct store_audit a = {.verb.kind = STORE_AUDIT, .most = PAGE_ROWS};

    while (!a.done) {
        a.boot = nanoseconds(CLOCK_BOOTTIME) / 1000000000;
        run(store, &a);
    }
    shared->breaches = a.breaches;
    if (a.report.len > 0)
        fprintf(stderr, "%.*s", (int)a.report.len, a.report.data);
    buf_free(&a.report);
    buf_free(&a.cursor);
}

static int check(void *arg)
{
    struct store *store = open_store();

    (void)arg;
    reap(store);
    read_journals(store);
    for (unsigned i = 0; i < options.workers; i++)
        compare_lane(store, i);
    audit(store);
    store_close(store);
    return 0;
}

/* ---- the parent ---- */

static unsigned draw(unsigned below)
{
    return (unsigned)rand_r(&options.seed) % below;
}

static void nap(unsigned ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

    nanosleep(&t, NULL);
}

/* Returns whether a worker ended in another way than it should. */
static unsigned is_strange(int status, int wanted)
{
    if (status == wanted)
        return 0;
    printf("# a worker ended with status %d, not %d\n", status, wanted);
    return 1;
}

/* Returns how many workers ended in another way than by our kill. */
static unsigned kill_them(pid_t *pid, unsigned *number)
{
    unsigned strange = 0;

    for (unsigned i = 0; i < options.kills; i++) {
        unsigned n = draw(options.workers);

        nap(20 + draw(41));
        kill(pid[n], SIGKILL);
        strange += is_strange(scratch_wait(pid[n]), 1000 + SIGKILL);
        pid[n] = scratch_child(work, &number[n]);
    }
    return strange;
}

static pid_t start_victim(unsigned *number)
{
    char wish[64];
    pid_t pid;

    snprintf(wish, sizeof(wish), "%s:%u", options.point, 1 + draw(3));
    setenv("TURNPIKE_FAILPOINT", wish, 1);
    pid = scratch_child(work, number);
    unsetenv("TURNPIKE_FAILPOINT");
    return pid;
}

/* Some points lie in recoveries: so another worker dies now and then, until the
 * victim has met its fate. */
static unsigned await_victim(pid_t *pid, unsigned *number)
{
    const unsigned other = options.workers - 1;
    unsigned waited = 0;
    int status = 0;

    while (waitpid(pid[0], &status, WNOHANG) == 0) {
        nap(5);
        if (++waited % 16 != 0 || other == 0)
            continue;
        kill(pid[other], SIGKILL);
        is_strange(scratch_wait(pid[other]), 1000 + SIGKILL);
        pid[other] = scratch_child(work, &number[other]);
    }
    return is_strange(
        WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status),
        1000 + SIGKILL);
}

static unsigned kill_at_point(pid_t *pid, unsigned *number)
{
    unsigned strange = 0;

    for (unsigned i = 0; i < options.kills; i++) {
        kill(pid[0], SIGKILL);
        is_strange(scratch_wait(pid[0]), 1000 + SIGKILL);
        pid[0] = start_victim(&number[0]);
        strange += await_victim(pid, number);
        pid[0] = scratch_child(work, &number[0]);
    }
    return strange;
}

static unsigned torture(void)
{
    unsigned number[WORKERS_MAX];
    pid_t pid[WORKERS_MAX];
    unsigned strange = 0;

    for (unsigned i = 0; i < options.workers; i++) {
        number[i] = i;
        pid[i] = scratch_child(work, &number[i]);
    }
    if (options.bench)
        nap(options.kills * 1000);
    else if (options.point != NULL)
        strange = kill_at_point(pid, number);
    else
        strange = kill_them(pid, number);
    shared->stop = true;
    for (unsigned i = 0; i < options.workers; i++)
        strange += is_strange(scratch_wait(pid[i]), 0);
    return strange;
}

static unsigned failures;

static void tell(unsigned number, bool good, const char *what, uint64_t n)
{
    failures += !good;
    printf("%s %u - %s (%llu)\n", good ? "ok" : "not ok", number, what,
        (unsigned long long)n);
}

static int compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void print_times(int64_t begun)
{
    static uint32_t us[TIMES];
    uint32_t n = shared->recoveries < TIMES ? shared->recoveries : TIMES;
    double seconds = (double)(nanoseconds(CLOCK_MONOTONIC) - begun) / 1e9;

    for (uint32_t i = 0; i < n; i++)
        us[i] = shared->recovery_us[i];
    qsort(us, n, sizeof(us[0]), compare_u32);
    if (n > 0)
        printf("# %u recoveries: p50 %.1f ms, p99 %.1f ms, max %.1f ms\n",
            (unsigned)n, us[n / 2] / 1e3, us[n * 99 / 100] / 1e3,
            us[n - 1] / 1e3);
    printf("# %u workers, %.1f s, %.0f verbs/s, longest silence %.1f ms\n",
        options.workers, seconds, (double)shared->verbs / seconds,
        (double)shared->silence / 1e6);
}

static void print_results(unsigned strange, int checked)
{
    printf("1..8\n");
    tell(1, strange == 0, "workers ended by our kills alone; kills",
        options.bench ? 0 : options.kills);
    tell(2, shared->shot == 0, "nobody was shot as stuck", shared->shot);
    tell(3, shared->silence < SILENCE_MS * INT64_C(1000000),
        "nothing stood still for 2 s; longest silence in ms",
        (uint64_t)shared->silence / 1000000);
    tell(4, checked == 0 && shared->settles > 0 && shared->settles_lost == 0,
        "every acknowledged settlement is in the journal", shared->settles);
    tell(5, shared->settles_twice + shared->unknown == 0, "none is there twice",
        shared->settles_twice);
    tell(6, checked == 0 && shared->grants > 0 && shared->grants_lost == 0,
        "every acknowledged grant is there", shared->grants);
    tell(7, checked == 0 && shared->left == 0,
        "no hold of the dead is left; reaped", shared->reaped);
    tell(8, checked == 0 && shared->breaches == 0, "an audit finds no breach",
        shared->breaches);
}

static int read_options(int argc, char **argv)
{
    if (argc != 5)
        return -1;
    options.dir = argv[1];
    options.bench = strcmp(argv[2], "bench") == 0;
    if (strspn(argv[2], "0123456789") == strlen(argv[2])) {
        options.kills = (unsigned)atoi(argv[2]);
        options.workers = (unsigned)atoi(argv[3]);
        options.seed = (unsigned)atoi(argv[4]);
    } else {
        options.point = options.bench ? NULL : argv[2];
        options.kills = (unsigned)atoi(argv[3]);
        options.workers = (unsigned)atoi(argv[4]);
        options.seed = 1;
    }
    return options.workers >= 1 && options.workers <= WORKERS_MAX ? 0 : -1;
}

int main(int argc, char **argv)
{
    unsigned strange;
    int64_t begun;

    if (read_options(argc, argv) < 0) {
        fprintf(stderr, "usage: torture DIR KILLS WORKERS SEED\n"
                        "       torture DIR bench SECONDS WORKERS\n"
                        "       torture DIR POINT TIMES WORKERS\n");
        return 2;
    }
    shared = scratch_shared(sizeof(*shared));
    if (scratch_run(set_up, NULL) != 0)
        return 1;
    begun = nanoseconds(CLOCK_MONOTONIC);
    strange = torture();
    print_times(begun);
    print_results(strange, scratch_run(check, NULL));
    scratch_sweep(options.dir);
    return failures == 0 ? 0 : 1;
}
