/* What must hold: of calls that run at once on a balance that affords some of
 * them, exactly these are granted, the others are refused for want of credits,
 * and nothing is left, held or owed afterwards.
 *
 *   races DIR RACES RACERS SEED    TAP on standard output
 *
 * DIR must not exist. A race is an account and its calls, which all cost the
 * same, a drawn number of which it can pay. The racers, processes that share
 * the store, set off together; each admits its calls a few at a time, and
 * settles what was granted sooner or later. Every hundred races other
 * processes take over. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scratch.h"
#include "verdict.h"

enum {
    RACERS = 16, /* at most */
    CALLS = 16,  /* of one racer */
    ROUND = 100, /* races */
    COST_MAX = 4,
    TOKENS = 500 /* for a credit */
};

struct race {
    unsigned affords; /* of all calls */
    unsigned cost;
    _Atomic unsigned granted, refused, settled;
};

static struct shared {
    pthread_barrier_t start;
    struct race race[ROUND];
    _Atomic uint64_t odd; /* answers that should not be */
    uint64_t inexact, calls, granted, breaches;
} * shared;

static const char *dir;
static unsigned racers, seed;
static unsigned first;    /* race of the round */
static unsigned in_round; /* races */

static unsigned draw(unsigned below)
{
    return (unsigned)rand_r(&seed) % below;
}

/* ---- names ---- */

static void account_id(unsigned race, uint8_t id[STORE_ID])
{
    memset(id, 0, STORE_ID);
    id[0] = (uint8_t)(race * 61);
    memcpy(id + 8, &race, sizeof(race));
    id[15] = 1;
}

static void key_digest(unsigned race, uint8_t digest[MAC_SIZE])
{
    memset(digest, 0, MAC_SIZE);
    digest[0] = (uint8_t)(race * 37);
    memcpy(digest + 8, &race, sizeof(race));
}

static void request_id(
    unsigned race, unsigned racer, unsigned call, uint8_t id[STORE_ID])
{
    memset(id, 0, STORE_ID);
    id[0] = (uint8_t)(race * 37 + call * 101);
    memcpy(id + 4, &race, sizeof(race));
    id[8] = (uint8_t)racer;
    id[9] = (uint8_t)call;
    id[15] = 1;
}

/* ---- a round's accounts ---- */

static bool add_one(struct store *store, unsigned n, const struct race *race)
{
    struct store_account_add add = {.verb.kind = STORE_ACCOUNT_ADD};
    struct store_key_add key = {.verb.kind = STORE_KEY_ADD};
    struct store_grant grant = {.verb.kind = STORE_GRANT,
        .credits = (int64_t)race->affords * race->cost,
        .idempotency_key = "first",
        .now = scratch_now()};

    account_id(n, add.account.id);
    snprintf(add.account.email, sizeof(add.account.email), "%u@test", n);
    memcpy(key.key.account, add.account.id, STORE_ID);
    memcpy(grant.account, add.account.id, STORE_ID);
    snprintf(key.key.id, sizeof(key.key.id), "key_%08u", n);
    key_digest(n, key.key.digest);
    add.verb.next = &key.verb;
    key.verb.next = grant.credits > 0 ? &grant.verb : NULL;
    scratch_do(store, &add.verb);
    return add.verb.status == STORE_OK && key.verb.status == STORE_OK &&
           grant.verb.status == STORE_OK;
}

static int add_accounts(void *arg)
{
    struct store *store = scratch_store(dir);

    (void)arg;
    for (unsigned i = 0; i < in_round; i++)
        SCRATCH_CHECK(add_one(store, first + i, &shared->race[i]));
    store_close(store);
    return 0;
}

/* ---- a racer ---- */

struct entry {
    struct store_admit admit[CALLS];
    struct store_settle settle[CALLS];
    unsigned granted; /* and not yet settled; settle[] has them */
};

static void settle_some(struct store *store, struct entry *e, struct race *race)
{
    if (e->granted == 0)
        return;
    for (unsigned i = 0; i < e->granted; i++)
        e->settle[i].verb.next =
            i + 1 < e->granted ? &e->settle[i + 1].verb : NULL;
    scratch_do(store, &e->settle[0].verb);
    for (unsigned i = 0; i < e->granted; i++) {
        const struct store_settle *s = &e->settle[i];

        shared->odd += s->verb.status != STORE_OK || s->already ||
                       s->charge.credits != race->cost ||
                       s->charge.uncollected != 0;
    }
    race->settled += e->granted;
    e->granted = 0;
}

static void want(struct store_admit *a, unsigned n, unsigned racer,
    unsigned call, const struct race *race)
{
    memset(a, 0, sizeof(*a));
    a->verb.kind = STORE_ADMIT;
    request_id(n, racer, call, a->request);
    memcpy(a->nonce, a->request + 4, sizeof(a->nonce));
    a->caller = CALLER_KEY;
    a->depth = ADMIT_HOLD;
    key_digest(n, a->digest);
    a->ask = (struct hold_ask){
        100, race->cost * TOKENS - 100, 1, 0, {5000000, TOKENS}};
    a->now = scratch_now();
    a->boot = scratch_boot();
    a->lease = 60;
}

static void take(
    struct entry *e, const struct store_admit *a, struct race *race)
{
    struct store_settle *s = &e->settle[e->granted];

    if (a->verb.status != STORE_OK) {
        shared->odd += a->verb.status != STORE_REFUSED ||
                       a->refusal != REFUSE_INSUFFICIENT_CREDITS;
        race->refused++;
        return;
    }
    shared->odd += a->grant.credits != race->cost;
    race->granted++;
    memset(s, 0, sizeof(*s));
    s->verb.kind = STORE_SETTLE;
    memcpy(s->request, a->request, STORE_ID);
    s->usage = (struct usage){true, 100, race->cost * TOKENS - 100};
    s->now = scratch_now();
    s->boot = a->boot;
    e->granted++;
}

static void run_race(
    struct store *store, struct entry *e, unsigned racer, unsigned index)
{
    struct race *race = &shared->race[index];
    unsigned call = 0;

    while (call < CALLS) {
        unsigned some = 1 + draw(CALLS - call);

        for (unsigned i = 0; i < some; i++) {
            want(&e->admit[i], first + index, racer, call + i, race);
            e->admit[i].verb.next = i + 1 < some ? &e->admit[i + 1].verb : NULL;
        }
        scratch_do(store, &e->admit[0].verb);
        for (unsigned i = 0; i < some; i++)
            take(e, &e->admit[i], race);
        call += some;
        if (draw(2) == 0)
            settle_some(store, e, race);
    }
    settle_some(store, e, race);
}

static int run_races(void *arg)
{
    static struct entry entry;
    unsigned racer = *(unsigned *)arg;
    struct store *store = scratch_store(dir);

    seed = seed * RACERS + racer;
    for (unsigned i = 0; i < in_round; i++) {
        pthread_barrier_wait(&shared->start);
        run_race(store, &entry, racer, i);
    }
    store_close(store);
    return 0;
}

/* ---- the finish ---- */

static bool is_exact(struct store *store, unsigned n, const struct race *race)
{
    struct store_account_get get = {.verb.kind = STORE_ACCOUNT_GET};

    account_id(n, get.id);
    return scratch_do(store, &get) == STORE_OK &&
           race->granted == race->affords && race->settled == race->affords &&
           race->refused == racers * CALLS - race->affords &&
           get.account.balance.posted == 0 && get.account.balance.held == 0;
}

static int judge(void *arg)
{
    struct store *store = scratch_store(dir);

    (void)arg;
    for (unsigned i = 0; i < in_round; i++) {
        const struct race *race = &shared->race[i];

        shared->calls += race->granted + race->refused;
        shared->granted += race->granted;
        if (is_exact(store, first + i, race))
            continue;
        shared->inexact++;
        printf("# race %u: %u of %u were granted, %u settled\n", first + i,
            race->granted, race->affords, race->settled);
    }
    fflush(stdout);
    store_close(store);
    return 0;
}

static int audit(void *arg)
{
    struct store *store = scratch_store(dir);

    (void)arg;
    SCRATCH_CHECK(scratch_audit(store, scratch_boot(), &shared->breaches));
    store_close(store);
    return 0;
}

/* ---- the parent ---- */

/* Returns how many processes ended badly. */
static unsigned run_round(void)
{
    unsigned number[RACERS], bad = 0;
    pid_t pid[RACERS];

    memset(shared->race, 0, sizeof(shared->race));
    for (unsigned i = 0; i < in_round; i++) {
        shared->race[i].affords = draw(racers * CALLS + 1);
        shared->race[i].cost = 1 + draw(COST_MAX);
    }
    if (scratch_run(add_accounts, NULL) != 0)
        return 1;
    for (unsigned i = 0; i < racers; i++) {
        number[i] = i;
        pid[i] = scratch_child(run_races, &number[i]);
    }
    for (unsigned i = 0; i < racers; i++)
        bad += scratch_wait(pid[i]) != 0;
    return bad + (scratch_run(judge, NULL) != 0);
}

int main(int argc, char **argv)
{
    unsigned races = argc == 5 ? (unsigned)atoi(argv[2]) : 0;
    unsigned bad = 0;
    int64_t begun = scratch_now();

    racers = argc == 5 ? (unsigned)atoi(argv[3]) : 0;
    if (races == 0 || racers < 1 || racers > RACERS) {
        fprintf(stderr, "usage: races DIR RACES RACERS SEED\n");
        return 2;
    }
    dir = argv[1];
    seed = (unsigned)atoi(argv[4]);
    shared = scratch_shared(sizeof(*shared));
    scratch_barrier(&shared->start, racers);
    for (; first < races && bad == 0; first += in_round) {
        in_round = races - first < ROUND ? races - first : ROUND;
        bad = run_round();
    }
    bad += scratch_run(audit, NULL) != 0;
    printf("# %u races of %u calls in %u processes: %llu calls, %llu granted, "
           "%.1f s\n",
        first, racers * CALLS, racers, (unsigned long long)shared->calls,
        (unsigned long long)shared->granted,
        (double)(scratch_now() - begun) / 1e6);
    printf("1..4\n");
    verdict_tell(bad == 0 && first >= races, "all races were run", first);
    verdict_tell(shared->inexact == 0 && shared->granted > 0,
        "as many calls were granted as the balance affords, and nothing is "
        "left; other than that",
        shared->inexact);
    verdict_tell(shared->odd == 0,
        "every other call was refused for want of credits",
        shared->calls - shared->granted);
    verdict_tell(
        shared->breaches == 0, "an audit finds no breach", shared->breaches);
    scratch_sweep(dir);
    return verdict_status();
}
