#include "oracle_private.h"

static bool names_itself(enum refusal r)
{
    return r == REFUSE_IDEMPOTENCY_MISMATCH ||
           r == REFUSE_IDEMPOTENCY_RUNNING || r == REFUSE_IDEMPOTENCY_REPLAYED;
}

static enum refusal expect_name(
    struct oracle *o, unsigned account, const struct store_admit *v)
{
    struct oracle_name *n = &o->name[account][v->idempotency_key[0]];

    if (!v->has_idempotency || n->request == 0 ||
        v->now - n->time >= ORACLE_NAME_HOURS * ORACLE_HOUR)
        return REFUSE_NONE;
    if (n->old && !names_itself(v->refusal)) /* the clock went back since */
        return REFUSE_NONE;
    if (n->body != v->idempotency_body[0])
        return REFUSE_IDEMPOTENCY_MISMATCH;
    return n->ended ? REFUSE_IDEMPOTENCY_REPLAYED : REFUSE_IDEMPOTENCY_RUNNING;
}

static enum refusal expect_admit(struct oracle *o, const struct oracle_call *c,
    unsigned account, const struct store_admit *v)
{
    const struct oracle_account *a = &o->account[account];
    int64_t free = a->balance.posted - a->balance.held;
    enum refusal named;

    if (a->key_expires != 0 && v->now >= a->key_expires)
        return REFUSE_INVALID_API_KEY;
    if (a->suspended)
        return REFUSE_ACCOUNT_SUSPENDED;
    if (o->storage_low)
        return REFUSE_STORAGE_LOW;
    if (c->state != ORACLE_NONE)
        return REFUSE_DUPLICATE_REQUEST;
    named = expect_name(o, account, v);
    if (named != REFUSE_NONE)
        return named;
    /* A token for each choice must be affordable. */
    return oracle_cost(
               v->ask.price.tokens_per_credit, v->ask.est_in + v->ask.n) > free
               ? REFUSE_INSUFFICIENT_CREDITS
               : REFUSE_NONE;
}

static const char *check_grant_of_hold(
    const struct oracle_account *a, const struct store_admit *v)
{
    uint64_t rate = v->ask.price.tokens_per_credit;
    uint64_t out = v->ask.n * v->ask.max_out;
    int64_t free = a->balance.posted - a->balance.held;
    uint64_t most = v->grant.max_out;

    if (v->ask.first != 0 && v->ask.first < out)
        out = v->ask.first;
    if (v->grant.credits !=
        oracle_least(oracle_cost(rate, v->ask.est_in + out), free))
        return "a hold is of the wrong amount";
    if (oracle_cost(rate, v->ask.est_in + v->ask.n * most) > free ||
        (most < v->ask.max_out &&
            oracle_cost(rate, v->ask.est_in + v->ask.n * (most + 1)) <= free))
        return "the output that was granted is not what can be paid";
    return NULL;
}

static const char *admit_opened(struct oracle *o, uint64_t worker,
    struct oracle_call *c, unsigned account, const struct store_admit *v)
{
    const char *wrong = check_grant_of_hold(&o->account[account], v);

    *c = (struct oracle_call){.state = ORACLE_OPEN,
        .nonce = v->nonce[0],
        .account = account,
        .name = v->has_idempotency ? v->idempotency_key[0] : 0,
        .worker = worker,
        .rate = v->ask.price.tokens_per_credit,
        .est_in = v->ask.est_in,
        .held = v->grant.credits};
    o->account[account].balance.held += c->held;
    o->count.admitted++;
    if (c->name != 0)
        o->name[account][c->name] =
            (struct oracle_name){.request = oracle_number(v->request),
                .body = v->idempotency_body[0],
                .time = v->now};
    return wrong;
}

static void count_refusal(struct oracle_count *count, enum refusal r)
{
    count->broke += r == REFUSE_INSUFFICIENT_CREDITS;
    count->duplicate += r == REFUSE_DUPLICATE_REQUEST;
    count->repeated += names_itself(r);
    count->barred +=
        r == REFUSE_INVALID_API_KEY || r == REFUSE_ACCOUNT_SUSPENDED;
}

const char *oracle_check_admit(
    struct oracle *o, uint64_t worker, const struct store_admit *v)
{
    unsigned account = oracle_number(v->digest) - 1;
    struct oracle_call *c = oracle_call(o, v->request);
    enum refusal wanted;

    if (c->state == ORACLE_OPEN && c->nonce == v->nonce[0])
        return v->verb.status == STORE_OK && v->grant.credits == c->held
                   ? NULL
                   : "an admission that was run again says something else";
    wanted = expect_admit(o, c, account, v);
    if (v->refusal != wanted ||
        v->verb.status != (wanted == REFUSE_NONE ? STORE_OK : STORE_REFUSED))
        return "an admission was decided wrongly";
    count_refusal(&o->count, wanted);
    if (wanted == REFUSE_IDEMPOTENCY_REPLAYED &&
        v->first_credits != o->name[account][v->idempotency_key[0]].credits)
        return "the repetition of a call is told another price";
    return wanted == REFUSE_NONE ? admit_opened(o, worker, c, account, v)
                                 : NULL;
}
