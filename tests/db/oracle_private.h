#ifndef ORACLE_PRIVATE_H
#define ORACLE_PRIVATE_H

#include "oracle.h"

/* What oracle.c (who asks what), oracle_admit.c (admissions), oracle_money.c
 * (prices and bills), oracle_settle.c (what comes after an admission) and
 * oracle_reap.c (what nobody ends) share. */

#define ORACLE_HOUR (3600 * INT64_C(1000000))

enum {
    ORACLE_NAME_HOURS = 24,
    ORACLE_END_HOURS = 7 * 24,
    ORACLE_WORKERS = 4096
};

enum oracle_state { ORACLE_NONE, ORACLE_OPEN, ORACLE_ENDED };

struct oracle_call {
    enum oracle_state state;
    uint8_t nonce;
    unsigned account, name; /* its idempotency key; 0: none */
    uint64_t worker;
    uint64_t rate, est_in, progress;
    int64_t held, credits, paid;
    bool accepted;
    bool due;     /* billed by the reaper; the settlement may come yet */
    bool old;     /* may be forgotten */
    int64_t time; /* of its end */
};

struct oracle_name {
    unsigned request; /* 0: the name is free */
    uint8_t body;
    bool ended;
    bool old; /* may be forgotten */
    int64_t credits, time;
};

struct oracle_grant {
    int64_t credits, posted; /* 0: not made */
};

struct oracle {
    struct oracle_account account[ORACLE_ACCOUNTS];
    struct oracle_name name[ORACLE_ACCOUNTS][ORACLE_NAMES + 1];
    struct oracle_grant grant[ORACLE_ACCOUNTS][ORACLE_GRANTS];
    struct oracle_call *call; /* by request */
    size_t calls;
    bool alive[ORACLE_WORKERS];
    bool storage_low;
    struct oracle_count count;
};

/**
 * oracle_must(p):
 * Returns ${p}, which is not NULL.
 */
void *oracle_must(void *p);

/**
 * oracle_call(o, id):
 * The call of the request ${id}; the pointer is good until the next one.
 */
struct oracle_call *oracle_call(struct oracle *o, const uint8_t id[STORE_ID]);

/* ---- oracle_money.c ---- */

/**
 * oracle_cost(rate, tokens), oracle_least(a, b):
 * The credits that ${tokens} cost, at ${rate} tokens a credit; the smaller one.
 */
int64_t oracle_cost(uint64_t rate, uint64_t tokens);
int64_t oracle_least(int64_t a, int64_t b);

/**
 * oracle_note(a, type, amount, uncollected, now, request):
 * The journal of ${a} has one entry more. ${request} may be NULL.
 */
void oracle_note(struct oracle_account *a, enum ledger_type type,
    int64_t amount, int64_t uncollected, int64_t now, const uint8_t *request);

/**
 * oracle_price(c, u, free):
 * What a call must cost; 0 when it is free of charge.
 */
int64_t oracle_price(
    const struct oracle_call *c, const struct usage *u, bool free);

/**
 * oracle_bill(o, c, credits, type, now, request):
 * Let ${c} have cost ${credits} in all, whatever it has cost before.
 */
void oracle_bill(struct oracle *o, struct oracle_call *c, int64_t credits,
    enum ledger_type type, int64_t now, const uint8_t *request);

/**
 * oracle_end(o, c, request, free, credits, type, now),
 * oracle_end_name(o, c, request):
 * The call ${c} has ended and is billed, unless it is ${free}; what its
 * idempotency key says from then on.
 */
void oracle_end(struct oracle *o, struct oracle_call *c, const uint8_t *request,
    bool free, int64_t credits, enum ledger_type type, int64_t now);
void oracle_end_name(
    struct oracle *o, const struct oracle_call *c, unsigned request);

/* ---- oracle_admit.c, oracle_settle.c, oracle_reap.c ---- */

/**
 * oracle_check_admit(o, worker, v), oracle_check_extend(o, v),
 * oracle_check_settle(o, v), oracle_check_grant(o, v),
 * oracle_check_reap(o, before, v):
 * As oracle_check(), of verbs of one kind.
 */
const char *oracle_check_admit(
    struct oracle *o, uint64_t worker, const struct store_admit *v);
const char *oracle_check_extend(struct oracle *o, const struct store_extend *v);
const char *oracle_check_settle(struct oracle *o, const struct store_settle *v);
const char *oracle_check_grant(struct oracle *o, const struct store_grant *v);
const char *oracle_check_reap(struct oracle *o, const struct store_reap *before,
    const struct store_reap *v);

#endif
