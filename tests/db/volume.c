/* What a call costs in a store that has seen millions of them, and what an
 * audit of it and its forgetting cost the calls. By hand, as it takes minutes
 * and gigabytes:
 *
 *   volume DIR fill N ACCOUNTS PERCENT IDS CACHE
 *       N calls over ACCOUNTS accounts, PERCENT of them by the first one, as
 *       if they had been made in the last six days
 *   volume DIR calls N ACCOUNTS NAMED IDS CACHE
 *       N more, in batches of 64 admissions or 64 settlements, and what they
 *       cost; NAMED percent of them have an idempotency key
 *   volume DIR audit SECONDS ACCOUNTS RATE IDS CACHE
 *       an audit while another process makes RATE calls a second; SECONDS go
 *       by before it
 *   volume DIR dump SECONDS ACCOUNTS RATE IDS CACHE
 *       the same with a dump that goes nowhere
 *   volume DIR purge SECONDS ACCOUNTS RATE IDS CACHE
 *       RATE calls a second for so long in a store of which everything is old,
 *       with the reaper's pass at its usual times
 *
 * IDS are "random" or "timed", as core/id.h makes them. CACHE is in MiB. DIR is
 * removed by whoever ran this. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "core/id.h"
#include "db/store.h"
#include "scratch.h"
#include "volume_fill.h"

enum { BATCH = 64, SLOTS = 1 << 20, SLICE = 100000, DAY = 86400 };

#define FILLED (6 * DAY * INT64_C(1000000))
#define AGED (8 * DAY * INT64_C(1000000))

static struct setting {
    const char *dir;
    uint64_t n;
    uint32_t accounts;
    uint32_t first; /* percent of the calls are by the first account */
    uint32_t named; /* percent of them have an idempotency key */
    uint32_t rate;  /* calls a second */
    bool timed;
    uint32_t cache; /* MiB */
    int64_t ahead;  /* microseconds that the clock is put on */
} set;

/* Latencies in microseconds, and of whom. */
struct times {
    uint32_t *us;
    size_t count;
};

static int64_t clock_us(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static int64_t now_us(void)
{
    return clock_us(CLOCK_REALTIME) + set.ahead;
}

static int64_t boot_s(void)
{
    return clock_us(CLOCK_BOOTTIME) / 1000000;
}

static int64_t cpu_us(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000) +
           u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "volume: %s\n", what);
    exit(1);
}

static void on_line(void *cookie, const char *line)
{
    (void)cookie;
    fprintf(stderr, "# %s\n", line);
}

static struct store_options options(void)
{
    return (struct store_options){.dir = set.dir,
        .ledger_key = {1, 2, 3},
        .stuck_ms = 10000,
        .cache_bytes = set.cache << 20,
        .log_bytes = 8 << 20,
        .checkpoint_bytes = 4 << 20,
        .log = on_line};
}

static struct store *open_store(void)
{
    const struct store_options o = options();
    struct store *store;
    char error[256];

    if (store_open(&o, &store, error) < 0)
        fail(error);
    return store;
}

static void verb_done(void *cookie, struct store_verb *verb)
{
    (void)cookie;
    if (verb->status != STORE_OK && verb->status != STORE_EXISTS) {
        fprintf(
            stderr, "volume: verb %d: status %d\n", verb->kind, verb->status);
        exit(1);
    }
}

static void run(struct store *store, void *verb)
{
    store_run(store, verb, verb_done, NULL);
}

static void name(uint8_t *out, size_t size, const char *what, uint64_t n)
{
    char text[48];
    int length = snprintf(text, sizeof(text), "%s %" PRIu64, what, n);

    crypto_generichash(
        out, size, (const uint8_t *)text, (size_t)length, NULL, 0);
}

static void add_account(
    struct store *store, uint32_t n, struct store_account *row)
{
    struct store_account_get get = {.verb.kind = STORE_ACCOUNT_GET};
    struct store_account_add add = {.verb.kind = STORE_ACCOUNT_ADD};
    struct store_key_add key = {.verb.kind = STORE_KEY_ADD};
    struct store_grant grant = {.verb.kind = STORE_GRANT,
        .credits = INT64_C(1) << 40,
        .idempotency_key = "start",
        .now = now_us() - FILLED};

    name(add.account.id, STORE_ID, "account", n);
    snprintf(add.account.email, sizeof(add.account.email), "%u@example.org", n);
    snprintf(key.key.id, sizeof(key.key.id), "key_%08u", n);
    name(key.key.digest, MAC_SIZE, "key", n);
    memcpy(key.key.account, add.account.id, STORE_ID);
    memcpy(grant.account, add.account.id, STORE_ID);
    run(store, &add);
    run(store, &key);
    run(store, &grant);
    memcpy(get.id, add.account.id, STORE_ID);
    run(store, &get);
    *row = get.account;
}

/* ---- calls ---- */

static uint32_t draw_account(void)
{
    if (randombytes_uniform(100) < set.first)
        return 0;
    return randombytes_uniform(set.accounts);
}

static void prepare(struct store_admit *a, struct store_settle *s, int64_t now)
{
    static uint8_t digests[1 << 16][MAC_SIZE];
    uint32_t account = draw_account();

    if (digests[account][0] == 0)
        name(digests[account], MAC_SIZE, "key", account);
    *a = (struct store_admit){.verb.kind = STORE_ADMIT,
        .caller = CALLER_KEY,
        .depth = ADMIT_HOLD,
        .ask = {100, 900, 1, 0, {5000000, 500}},
        .now = now,
        .boot = boot_s(),
        .lease = 60};
    randombytes_buf(a->request, STORE_ID);
    if (set.timed)
        id_lead(a->request, now);
    memcpy(a->digest, digests[account], MAC_SIZE);
    if (randombytes_uniform(100) < set.named) {
        a->has_idempotency = true;
        randombytes_buf(a->idempotency_key, MAC_SIZE);
    }
    *s = (struct store_settle){.verb.kind = STORE_SETTLE,
        .usage = {true, 100, 300},
        .now = now,
        .boot = a->boot};
    memcpy(s->request, a->request, STORE_ID);
}

static void link_all(struct store_verb *first, size_t size, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char *at = (char *)first + i * size;

        ((struct store_verb *)(void *)at)->next =
            i + 1 < count ? (void *)(at + size) : NULL;
    }
}

static void note(struct times *t, int64_t us)
{
    if (t->us == NULL)
        t->us = calloc(SLOTS, sizeof(*t->us));
    if (t->us == NULL)
        fail("out of memory");
    t->us[t->count++ % SLOTS] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static int by_size(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void show(const char *what, struct times *t)
{
    size_t n = t->count < SLOTS ? t->count : SLOTS;

    if (n == 0)
        return;
    qsort(t->us, n, sizeof(*t->us), by_size);
    printf("%s p50 %u p99 %u p99.9 %u longest %u us\n", what, t->us[n / 2],
        t->us[n - 1 - n / 100], t->us[n - 1 - n / 1000], t->us[n - 1]);
}

/* ${count} calls, of which the latency goes to ${times} from ${due} on. */
static void call_batch(struct store *store, uint32_t count, int64_t now,
    int64_t due, struct times *times)
{
    static struct store_admit admits[BATCH];
    static struct store_settle settles[BATCH];
    int64_t end;

    for (uint32_t i = 0; i < count; i++)
        prepare(&admits[i], &settles[i], now);
    link_all(&admits[0].verb, sizeof(*admits), count);
    link_all(&settles[0].verb, sizeof(*settles), count);
    run(store, admits);
    end = clock_us(CLOCK_MONOTONIC);
    note(times, end - due);
    run(store, settles);
    note(times, clock_us(CLOCK_MONOTONIC) - end);
}

/* As if they had been made in the last days, the last day's with names. */
static void fill(void)
{
    const struct store_options o = options();
    struct store *store = open_store();
    struct store_checkpoint checkpoint = {.verb.kind = STORE_CHECKPOINT};
    struct volume_fill f = {.dir = set.dir,
        .ledger_key = o.ledger_key,
        .accounts = calloc(set.accounts, sizeof(*f.accounts)),
        .count = set.accounts,
        .first = set.first,
        .timed = set.timed,
        .calls = set.n,
        .begin = now_us() - FILLED,
        .named = now_us() - DAY * INT64_C(1000000),
        .end = now_us()};

    if (f.accounts == NULL)
        fail("out of memory");
    for (uint32_t i = 0; i < set.accounts; i++)
        add_account(store, i, &f.accounts[i]);
    run(store, &checkpoint);
    store_close(store);
    scratch_sweep(set.dir); /* the cache would go on with the tables of now */
    volume_fill(&f);
    free(f.accounts);
}

static void calls(void)
{
    struct store *store = open_store();
    struct times times = {0};
    int64_t cpu = cpu_us(), wall = clock_us(CLOCK_MONOTONIC);

    for (uint64_t done = 0; done < set.n; done += BATCH)
        call_batch(store, BATCH, now_us(), clock_us(CLOCK_MONOTONIC), &times);
    cpu = cpu_us() - cpu;
    wall = clock_us(CLOCK_MONOTONIC) - wall;
    printf("%.0f pairs/s, %.1f us CPU a pair; a batch: ",
        (double)set.n * 1e6 / (double)wall, (double)cpu / (double)set.n);
    show("", &times);
    store_close(store);
}

/* ---- calls at a rate, until we are told ---- */

static int64_t reap(struct store *store, struct store_reap *r)
{
    int64_t begun = clock_us(CLOCK_MONOTONIC);

    r->verb.kind = STORE_REAP;
    r->most = 64;
    r->now = now_us();
    r->boot = boot_s();
    run(store, r);
    return clock_us(CLOCK_MONOTONIC) - begun;
}

struct load {
    uint32_t rate;
    int64_t end;
    bool reaps;
};

static void serve(struct store *store, const struct load *load)
{
    const int64_t begun = clock_us(CLOCK_MONOTONIC);
    struct store_reap r = {.verb.kind = STORE_REAP};
    int64_t next_reap = begun, purged = 0, passes = 0;
    struct times times = {0}, reaps = {0};
    uint64_t made = 0;

    while (clock_us(CLOCK_MONOTONIC) < load->end) {
        int64_t now = clock_us(CLOCK_MONOTONIC);
        uint64_t due = (uint64_t)(now - begun) * load->rate / 1000000;
        uint32_t count = due - made > BATCH ? BATCH : (uint32_t)(due - made);

        if (load->reaps && now >= next_reap) {
            note(&reaps, reap(store, &r));
            purged += r.purged;
            passes++;
            next_reap = now + r.wait_ms * INT64_C(1000);
        }
        if (count == 0)
            usleep(500);
        else
            call_batch(store, count, now_us(),
                begun + (int64_t)(made * 1000000 / load->rate), &times);
        made += count;
    }
    printf("calls: %.0f a second; ",
        (double)made * 1e6 / (double)(clock_us(CLOCK_MONOTONIC) - begun));
    show("", &times);
    if (load->reaps) {
        printf("forgotten: %.0f rows a second in %" PRId64 " passes; ",
            (double)purged * 1e6 / (double)(clock_us(CLOCK_MONOTONIC) - begun),
            passes);
        show("", &reaps);
    }
}

static pid_t serve_beside(uint32_t rate, int64_t seconds)
{
    struct load load = {
        rate, clock_us(CLOCK_MONOTONIC) + seconds * 1000000, true};
    struct store *store;
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid != 0)
        return pid;
    store = open_store();
    serve(store, &load);
    store_close(store);
    fflush(NULL);
    _exit(0);
}

/* ---- long visits beside them ---- */

static void audit(struct store *store)
{
    struct store_audit a = {.verb.kind = STORE_AUDIT, .most = SLICE};
    struct times times = {0};
    int64_t begun = clock_us(CLOCK_MONOTONIC), cpu = cpu_us(), last;
    struct rusage u;

    do {
        last = clock_us(CLOCK_MONOTONIC);
        a.boot = boot_s();
        run(store, &a);
        note(&times, clock_us(CLOCK_MONOTONIC) - last);
    } while (!a.done);
    getrusage(RUSAGE_SELF, &u);
    printf("audit: %.1f s, %.1f s CPU, %" PRIu64 " accounts, %" PRIu64
           " entries, %" PRIu64 " breaches, %ld KiB, %zu visits; ",
        (double)(clock_us(CLOCK_MONOTONIC) - begun) / 1e6,
        (double)(cpu_us() - cpu) / 1e6, a.accounts, a.entries, a.breaches,
        u.ru_maxrss, times.count);
    show("", &times);
    if (a.breaches > 0)
        fwrite(a.report.data, a.report.len, 1, stdout);
    buf_free(&a.report);
    buf_free(&a.cursor);
}

static void dump(struct store *store)
{
    struct store_dump d = {
        .verb.kind = STORE_DUMP, .most = 500, .now = now_us()};
    struct times times = {0};
    int64_t begun = clock_us(CLOCK_MONOTONIC), last;
    uint64_t bytes = 0;

    do {
        last = clock_us(CLOCK_MONOTONIC);
        run(store, &d);
        note(&times, clock_us(CLOCK_MONOTONIC) - last);
        bytes += d.lines.len;
        buf_reset(&d.lines);
    } while (!d.done);
    printf("dump: %.1f s, %" PRIu64 " rows, %" PRIu64 " bytes, %zu visits; ",
        (double)(clock_us(CLOCK_MONOTONIC) - begun) / 1e6, d.rows, bytes,
        times.count);
    show("", &times);
    store_dump_free(&d);
}

static void beside(void (*visit)(struct store *store))
{
    pid_t pid = serve_beside(set.rate, (int64_t)set.n);
    struct store *store;

    sleep(2);
    store = open_store();
    visit(store);
    store_close(store);
    fflush(NULL);
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

static void beside_audit(void)
{
    beside(audit);
}

static void beside_dump(void)
{
    beside(dump);
}

static void purge(void)
{
    set.ahead = AGED;
    set.named = 50;
    waitpid(serve_beside(set.rate, (int64_t)set.n), NULL, 0);
}

static const struct command {
    const char *name;
    void (*run)(void);
    uint32_t *number; /* what the fourth argument is */
} commands[] = {
    {"fill", fill, &set.first},
    {"calls", calls, &set.named},
    {"audit", beside_audit, &set.rate},
    {"dump", beside_dump, &set.rate},
    {"purge", purge, &set.rate},
};

int main(int argc, char **argv)
{
    if (argc != 8 || sodium_init() < 0)
        fail("see the head of tests/db/volume.c");
    set.dir = argv[1];
    set.n = strtoull(argv[3], NULL, 10);
    set.accounts = (uint32_t)atoi(argv[4]);
    set.timed = strcmp(argv[6], "timed") == 0;
    set.cache = (uint32_t)atoi(argv[7]);
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        if (strcmp(argv[2], commands[i].name) == 0) {
            *commands[i].number = (uint32_t)atoi(argv[5]);
            commands[i].run();
            return 0;
        }
    }
    fail("see the head of tests/db/volume.c");
}
