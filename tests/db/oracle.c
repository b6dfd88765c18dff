#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "oracle_private.h"

void *oracle_must(void *p)
{
    assert(p != NULL);
    return p;
}

struct oracle *oracle_new(void)
{
    return oracle_must(calloc(1, sizeof(struct oracle)));
}

void oracle_free(struct oracle *o)
{
    for (int i = 0; i < ORACLE_ACCOUNTS; i++)
        free(o->account[i].entries);
    free(o->call);
    free(o);
}

void oracle_open(struct oracle *o, uint64_t worker)
{
    assert(worker < ORACLE_WORKERS);
    o->alive[worker] = true;
}

void oracle_kill(struct oracle *o, uint64_t worker)
{
    o->alive[worker] = false;
}

void oracle_storage(struct oracle *o, bool low)
{
    o->storage_low = low;
}

const struct oracle_account *oracle_account(const struct oracle *o, unsigned n)
{
    return &o->account[n - 1];
}

const struct oracle_count *oracle_count(const struct oracle *o)
{
    return &o->count;
}

bool oracle_is_recent(const struct oracle *o, unsigned request, int64_t now)
{
    const struct oracle_call *c = &o->call[request];

    return request >= o->calls || c->state != ORACLE_ENDED ||
           (!c->old && now - c->time < (ORACLE_END_HOURS - 1) * ORACLE_HOUR);
}

void oracle_name(unsigned n, uint8_t name[MAC_SIZE])
{
    memset(name, (int)n, MAC_SIZE);
}

unsigned oracle_number(const uint8_t id[STORE_ID])
{
    return (unsigned)id[12] << 24 | (unsigned)id[13] << 16 |
           (unsigned)id[14] << 8 | id[15];
}

struct oracle_call *oracle_call(struct oracle *o, const uint8_t id[STORE_ID])
{
    size_t n = oracle_number(id);
    size_t room = n + n / 2 + 64;

    if (n >= o->calls) {
        o->call = oracle_must(realloc(o->call, room * sizeof(*o->call)));
        memset(o->call + o->calls, 0, (room - o->calls) * sizeof(*o->call));
        o->calls = room;
    }
    return &o->call[n];
}

const char *oracle_check(struct oracle *o, uint64_t worker,
    const struct store_verb *before, const struct store_verb *verb)
{
    const struct store_account_set *set = (const void *)verb;
    const struct store_key_set *key = (const void *)verb;

    switch (verb->kind) {
    case STORE_ADMIT:
        return oracle_check_admit(o, worker, (const void *)verb);
    case STORE_EXTEND:
        return oracle_check_extend(o, (const void *)verb);
    case STORE_SETTLE:
        return oracle_check_settle(o, (const void *)verb);
    case STORE_GRANT:
        return oracle_check_grant(o, (const void *)verb);
    case STORE_REAP:
        return oracle_check_reap(o, (const void *)before, (const void *)verb);
    case STORE_ACCOUNT_SET:
        o->account[oracle_number(set->id) - 1].suspended = set->suspended;
        return verb->status == STORE_OK ? NULL : "an account is missing";
    case STORE_KEY_SET:
        o->account[oracle_number(key->key.account) - 1].key_expires =
            key->expires;
        return verb->status == STORE_OK ? NULL : "a key is missing";
    default:
        return "the oracle does not know this verb";
    }
}
