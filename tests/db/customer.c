#include <stdio.h>
#include <string.h>
#include <time.h>

#include "customer.h"
#include "scratch.h"

static const uint8_t digest = 5;

static void id_of(unsigned n, uint8_t id[STORE_ID])
{
    memset(id, 0, STORE_ID);
    id[0] = (uint8_t)(n + 1);
}

int64_t customer_now(void)
{
    return (int64_t)time(NULL) * 1000000;
}

struct store_account_add customer_account(void)
{
    struct store_account_add add = {
        .verb.kind = STORE_ACCOUNT_ADD, .account.email = "one@test"};

    id_of(0, add.account.id);
    return add;
}

struct store_key_add customer_key(void)
{
    struct store_key_add key = {
        .verb.kind = STORE_KEY_ADD, .key.id = "key_00000001"};

    id_of(0, key.key.account);
    memset(key.key.digest, digest, sizeof(key.key.digest));
    return key;
}

struct store_grant customer_grant(const char *key, int64_t credits)
{
    struct store_grant g = {
        .verb.kind = STORE_GRANT, .credits = credits, .now = customer_now()};

    snprintf(g.idempotency_key, sizeof(g.idempotency_key), "%s", key);
    id_of(0, g.account);
    return g;
}

struct store_admit customer_admit(unsigned n)
{
    struct store_admit a = {.verb.kind = STORE_ADMIT,
        .caller = CALLER_KEY,
        .depth = ADMIT_HOLD,
        .ask = {100, 900, 1, 0, {5000000, 500}},
        .now = customer_now(),
        .lease = 1 << 30};

    id_of(n, a.request);
    memset(a.digest, digest, sizeof(a.digest));
    return a;
}

struct store_extend customer_extend(unsigned n)
{
    struct store_extend e = {.verb.kind = STORE_EXTEND,
        .accepted = true,
        .out_so_far = 300,
        .want_out = 2000,
        .lease = 1 << 30};

    id_of(n, e.request);
    return e;
}

struct store_settle customer_settle(unsigned n)
{
    struct store_settle s = {.verb.kind = STORE_SETTLE,
        .usage = {true, 100, 400 + 500 * n},
        .now = customer_now()};

    id_of(n, s.request);
    return s;
}

bool customer_run(struct store *store, void *verb)
{
    return scratch_do(store, verb) == STORE_OK;
}

bool customer_audit(struct store *store)
{
    uint64_t breaches = 0;

    return scratch_audit(store, 0, &breaches) && breaches == 0;
}
