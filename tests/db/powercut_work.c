#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "powercut.h"
#include "scratch.h"

enum { ACCOUNTS = 2, PAIRS = 4 };

static void id_of(uint32_t n, uint8_t id[STORE_ID])
{
    memset(id, 0, STORE_ID);
    id[0] = (uint8_t)(n * 37);
    memcpy(id + 8, &n, sizeof(n));
    id[15] = 1;
}

static void on_done(void *cookie, struct store_verb *verb)
{
    const uint32_t *number = verb->owner;

    (void)cookie;
    if (verb->status != STORE_OK) {
        fprintf(stderr, "# kind %d: status %d\n", (int)verb->kind,
            (int)verb->status);
        _exit(97);
    }
    if (number != NULL)
        powercut_note(
            verb->kind == STORE_SETTLE ? POWERCUT_SETTLED : POWERCUT_GRANTED,
            *number, 0, NULL, 0);
}

static void run(struct store *store, void *verb)
{
    store_run(store, verb, on_done, NULL);
}

struct store *powercut_store(const char *dir)
{
    struct store_options o = scratch_options(dir);

    o.checkpoint_bytes = 65536;
    o.cache_bytes = 1 << 20;
    return scratch_store_with(&o);
}

struct store_grant powercut_grant(uint32_t n, int64_t credits)
{
    struct store_grant g = {.verb.kind = STORE_GRANT,
        .credits = credits,
        .note = "power",
        .now = scratch_now()};

    id_of(n % ACCOUNTS, g.account);
    snprintf(g.idempotency_key, sizeof(g.idempotency_key), "%u", (unsigned)n);
    return g;
}

static void set_up(struct store *store)
{
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        struct store_account_add add = {.verb.kind = STORE_ACCOUNT_ADD};
        struct store_key_add key = {.verb.kind = STORE_KEY_ADD};
        struct store_grant grant = powercut_grant(i, INT64_C(1) << 40);

        id_of(i, add.account.id);
        snprintf(add.account.email, sizeof(add.account.email), "%u@test",
            (unsigned)i);
        id_of(i, key.key.account);
        snprintf(key.key.id, sizeof(key.key.id), "key_%08u", (unsigned)i);
        memset(key.key.digest, (int)i + 1, sizeof(key.key.digest));
        snprintf(grant.idempotency_key, sizeof(grant.idempotency_key), "first");
        run(store, &add);
        run(store, &key);
        run(store, &grant);
    }
}

static void admit_all(struct store *store, uint32_t first)
{
    struct store_admit a[PAIRS];

    memset(a, 0, sizeof(a));
    for (uint32_t i = 0; i < PAIRS; i++) {
        a[i].verb.kind = STORE_ADMIT;
        a[i].verb.next = i + 1 < PAIRS ? &a[i + 1].verb : NULL;
        id_of(first + i, a[i].request);
        a[i].caller = CALLER_KEY;
        a[i].depth = ADMIT_HOLD;
        memset(a[i].digest, (int)(i % ACCOUNTS) + 1, sizeof(a[i].digest));
        a[i].ask = (struct hold_ask){100, 900, 1, 0, {5000000, 500}};
        a[i].now = scratch_now();
        a[i].lease = 1 << 30;
    }
    run(store, a);
}

struct store_settle powercut_settle(uint32_t n)
{
    struct store_settle s = {.verb.kind = STORE_SETTLE,
        .usage = {true, 100, n % 5000},
        .now = scratch_now()};

    id_of(n, s.request);
    return s;
}

static void settle_all(struct store *store, uint32_t first)
{
    struct store_grant grant = powercut_grant(first, 100);
    struct store_settle s[PAIRS];
    uint32_t number[PAIRS];

    for (uint32_t i = 0; i < PAIRS; i++) {
        number[i] = first + i;
        s[i] = powercut_settle(number[i]);
        s[i].verb.owner = &number[i];
        s[i].verb.next = i + 1 < PAIRS ? &s[i + 1].verb : &grant.verb;
    }
    grant.verb.owner = &number[0];
    run(store, s);
}

int powercut_work(void *none)
{
    struct store *store;

    (void)none;
    syscalls_hook(&powercut_recorder);
    store = powercut_store(powercut->dir);
    set_up(store);
    while (powercut->round < UINT32_MAX) {
        powercut->round += PAIRS;
        admit_all(store, powercut->round);
        settle_all(store, powercut->round);
    }
    return 0;
}
