/* A worker of tests/db/torture.c: admits, settles and grants as fast as it can,
 * and notes what was acknowledged. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "torture.h"

static struct worker {
    unsigned number;
    uint32_t round;
} me;

int64_t torture_now(clockid_t clock)
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
        torture_shared->tally
            .recovery_us[torture_shared->tally.recoveries++ % TORTURE_TIMES] =
            us;
    else if (strncmp(line, "killing process", 15) == 0)
        torture_shared->tally.shot++;
    if (getenv("VERBOSE") != NULL)
        fprintf(stderr, "# [%d] %s\n", (int)getpid(), line);
}

struct store *torture_store(void)
{
    struct store_options o = scratch_options(torture_options.dir);
    struct store *store;
    char error[256];

    o.log = on_line;
    o.stuck_ms = 5000;
    if (torture_options.bench) {
        o.cache_bytes = 0;
        o.log_bytes = 0;
        o.checkpoint_bytes = 0;
    }
    if (store_open(&o, &store, error) == 0)
        return store;
    fprintf(stderr, "# [%d] %s\n", (int)getpid(), error);
    _exit(99);
}

/* ---- names ---- */

void torture_account(unsigned n, uint8_t id[STORE_ID])
{
    memset(id, 0, STORE_ID);
    id[0] = (uint8_t)(n * 61);
    id[15] = (uint8_t)(n + 1);
}

void torture_digest(unsigned n, uint8_t digest[MAC_SIZE])
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

struct store_grant torture_grant(unsigned worker, uint32_t round)
{
    struct store_grant g = {.verb.kind = STORE_GRANT,
        .credits = 100,
        .note = "torture",
        .now = torture_now(CLOCK_REALTIME) / 1000};

    torture_account(round % TORTURE_ACCOUNTS, g.account);
    snprintf(g.idempotency_key, sizeof(g.idempotency_key), "%u-%u", worker,
        (unsigned)round);
    return g;
}

/* ---- a worker ---- */

void torture_note_life(void)
{
    struct torture_tally *t = &torture_shared->tally;
    int64_t now = torture_now(CLOCK_MONOTONIC);
    int64_t before = atomic_exchange(&torture_shared->last, now);
    int64_t gap = before == 0 ? 0 : now - before;
    int64_t silence = t->silence;

    t->wedges += gap > TORTURE_SILENCE_MS * INT64_C(1000000);
    while (gap > silence &&
           !atomic_compare_exchange_weak(&t->silence, &silence, gap))
        ;
}

static void on_verb(void *cookie, struct store_verb *verb)
{
    const struct store_settle *s = (const struct store_settle *)verb;
    struct torture_lane *lane = &torture_shared->lane[me.number];

    (void)cookie;
    torture_note_life();
    torture_shared->tally.verbs++;
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
    struct store_admit a[TORTURE_PAIRS];

    memset(a, 0, sizeof(a));
    for (unsigned i = 0; i < TORTURE_PAIRS; i++) {
        a[i].verb.kind = STORE_ADMIT;
        a[i].verb.next = i + 1 < TORTURE_PAIRS ? &a[i + 1].verb : NULL;
        request_id(me.number, me.round, i, a[i].request);
        memcpy(a[i].nonce, a[i].request + 8, sizeof(a[i].nonce));
        a[i].caller = CALLER_KEY;
        a[i].depth = ADMIT_HOLD;
        torture_digest((me.round + i) % TORTURE_ACCOUNTS, a[i].digest);
        a[i].ask = (struct hold_ask){100, 900, 1, 0, {5000000, 500}};
        a[i].free_days = 30;
        a[i].now = torture_now(CLOCK_REALTIME) / 1000;
        a[i].boot = torture_now(CLOCK_BOOTTIME) / 1000000000;
        a[i].lease = 60;
        a[i].unseen = i % 2 == 0; /* no round is begun twice */
    }
    store_run(store, &a[0].verb, on_verb, NULL);
}

static void settle_all(struct store *store)
{
    struct store_grant grant = torture_grant(me.number, me.round);
    struct store_settle s[TORTURE_PAIRS];

    memset(s, 0, sizeof(s));
    for (unsigned i = 0; i < TORTURE_PAIRS; i++) {
        s[i].verb.kind = STORE_SETTLE;
        s[i].verb.next = i + 1 < TORTURE_PAIRS ? &s[i + 1].verb : &grant.verb;
        request_id(me.number, me.round, i, s[i].request);
        s[i].usage = (struct usage){true, 100, 300};
        s[i].now = torture_now(CLOCK_REALTIME) / 1000;
        s[i].boot = torture_now(CLOCK_BOOTTIME) / 1000000000;
    }
    store_run(store, &s[0].verb, on_verb, NULL);
}

int torture_work(void *arg)
{
    struct store *store;

    me.number = *(unsigned *)arg;
    store = torture_store();
    while (!torture_shared->stop) {
        alarm(60); /* whoever makes headway may live long */
        me.round = torture_shared->lane[me.number].next++;
        if (me.round >= TORTURE_ROUNDS)
            return 96;
        admit_all(store);
        settle_all(store);
    }
    store_close(store);
    return 0;
}
