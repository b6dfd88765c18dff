#ifndef ORACLE_H
#define ORACLE_H

#include <stdint.h>

#include "db/store.h"

/* What every balance must be, by plain arithmetic and without rows. The oracle
 * is told of each verb that was run and committed, with the answer it gave, in
 * the order of the commits; it works the answer out for itself. Accounts, API
 * keys and requests are those of fixture.h, by number. */

enum {
    ORACLE_ACCOUNTS = 6,
    ORACLE_NAMES = 8,  /* idempotency keys of calls, of an account */
    ORACLE_GRANTS = 64 /* and of grants */
};

/* What happened, so that a test can see that it tested something. */
struct oracle_count {
    uint64_t admitted, broke, duplicate, repeated, barred, extended, capped;
    uint64_t settled, again, overrun, uncollected, corrected, reaped, billed;
    uint64_t granted, regranted, forgotten;
};

struct oracle_account {
    struct balance balance;
    int64_t grants, revenue, uncollected;
    bool suspended;
    int64_t key_expires;
    struct ledger_entry *entries; /* only what the oracle can know of them */
    size_t count, room;
};

struct oracle;

/**
 * oracle_new():
 * Know of ORACLE_ACCOUNTS accounts, 1 and up, without any credits.
 * oracle_free() ends it.
 */
struct oracle *oracle_new(void);
void oracle_free(struct oracle *o);

/**
 * oracle_open(o, worker):
 * A worker, named by its incarnation, is alive; until oracle_kill() of it.
 */
void oracle_open(struct oracle *o, uint64_t worker);
void oracle_kill(struct oracle *o, uint64_t worker);

/**
 * oracle_storage(o, low):
 * The disk is short of room, or not.
 */
void oracle_storage(struct oracle *o, bool low);

/**
 * oracle_check(o, worker, before, verb):
 * ${verb} was run by ${worker} and is committed; ${before} is what it was when
 * it was begun. Returns NULL when its answer is right, else what is not.
 */
const char *oracle_check(struct oracle *o, uint64_t worker,
    const struct store_verb *before, const struct store_verb *verb);

/**
 * oracle_account(o, n), oracle_count(o):
 * What account ${n} must be; what happened so far.
 */
const struct oracle_account *oracle_account(const struct oracle *o, unsigned n);
const struct oracle_count *oracle_count(const struct oracle *o);

/**
 * oracle_is_recent(o, request, now):
 * Whether the end of ${request} is surely known for another hour.
 */
bool oracle_is_recent(const struct oracle *o, unsigned request, int64_t now);

/**
 * oracle_name(n, name), oracle_number(id):
 * The idempotency key ${n}; the number that fixture_id() made ${id} of.
 */
void oracle_name(unsigned n, uint8_t name[MAC_SIZE]);
unsigned oracle_number(const uint8_t id[STORE_ID]);

#endif
