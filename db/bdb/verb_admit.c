#include <sodium.h>
#include <string.h>

#include "db/rate.h"
#include "govern.h"
#include "quota_claim.h"
#include "row_account.h"
#include "row_call.h"
#include "row_device.h"
#include "row_hold.h"
#include "row_key.h"
#include "verb.h"

#define DAY_MICROSECONDS (86400 * INT64_C(1000000))

/* What is known of the request when it comes. */
enum admit_past {
    PAST_NEW,   /* it was never delivered */
    PAST_NONE,  /* no hold is open for it */
    PAST_OURS,  /* this very verb has opened it, in an earlier run */
    PAST_THEIRS /* another delivery of the request has */
};

static enum admit_past admit_look_back(struct trail *t, struct store_admit *a)
{
    struct row_hold hold;
    struct store_account account;

    if (row_hold_get(t, a->request, &hold) != TRAIL_FOUND)
        return PAST_NONE;
    if (hold.caller != a->caller ||
        memcmp(hold.nonce, a->nonce, sizeof(hold.nonce)) != 0)
        return PAST_THEIRS;
    a->grant = (struct hold_grant){hold.amount, hold.max_out};
    memcpy(a->account, hold.account, sizeof(a->account));
    memcpy(a->key_id, hold.key_id, sizeof(a->key_id));
    if (a->caller != CALLER_DEVICE &&
        row_account_must(t, hold.account, &account))
        a->posted = account.balance.posted;
    if (a->govern != NULL)
        govern_again(t, &hold, a->govern);
    return PAST_OURS;
}

/* Whether the request was delivered before, whatever became of it. */
static bool admit_is_duplicate(
    struct trail *t, const struct store_admit *a, enum admit_past past)
{
    struct row_done done;

    if (past == PAST_NEW)
        return false;
    return past != PAST_NONE ||
           row_done_get(t, a->request, &done) == TRAIL_FOUND;
}

static void admit_put_hold(
    struct trail *t, const struct store_admit *a, const struct row_claim *claim)
{
    struct row_hold hold = {
        .caller = a->caller,
        .amount = a->grant.credits,
        .max_out = a->grant.max_out,
        .est_in = a->ask.est_in,
        .n = a->ask.n,
        .price = a->ask.price,
        .created = a->now,
        .boot = a->boot,
        .lease_until = a->boot + a->lease,
        .claim = *claim,
    };

    memcpy(hold.account, a->account, sizeof(hold.account));
    memcpy(hold.key_id, a->key_id, sizeof(hold.key_id));
    memcpy(hold.nonce, a->nonce, sizeof(hold.nonce));
    if (a->govern != NULL)
        govern_note(a->govern, &hold.rule);
    if (a->caller == CALLER_DEVICE)
        memcpy(hold.device, a->digest, sizeof(hold.device));
    if (a->caller != CALLER_DEVICE && a->has_idempotency) {
        hold.has_idempotency = true;
        memcpy(hold.idempotency_key, a->idempotency_key,
            sizeof(hold.idempotency_key));
    }
    trail_member(t, &hold.slot, &hold.incarnation);
    row_hold_open(t, a->request, &hold);
}

/* ---- callers with an account ---- */

static enum refusal admit_enter(
    struct store_admit *a, const struct store_account *account)
{
    a->posted = account->balance.posted;
    return account->suspended ? REFUSE_ACCOUNT_SUSPENDED : REFUSE_NONE;
}

static enum refusal admit_key(struct trail *t, struct store_admit *a,
    struct store_key *key, struct store_account *account)
{
    if (row_key_get(t, a->digest, key) != TRAIL_FOUND ||
        sodium_memcmp(key->digest, a->digest, sizeof(key->digest)) != 0)
        return REFUSE_INVALID_API_KEY;
    if (key->revoked || (key->expires != 0 && a->now >= key->expires))
        return REFUSE_INVALID_API_KEY;
    if (!row_account_must(t, key->account, account))
        return REFUSE_INTERNAL;
    memcpy(a->account, key->account, sizeof(a->account));
    memcpy(a->key_id, key->id, sizeof(a->key_id));
    a->key_bound = key->project[0] != 0;
    return admit_enter(a, account);
}

/* The token is good; the account may have voided it, or be gone. */
static enum refusal admit_token(
    struct trail *t, struct store_admit *a, struct store_account *account)
{
    if (row_account_get(t, a->account, account) != TRAIL_FOUND ||
        account->token_version != a->token_version)
        return REFUSE_INVALID_API_KEY;
    return admit_enter(a, account);
}

static struct rate_key admit_rate_key(const struct store_admit *a)
{
    struct rate_key key = {.class = verb_rate_class(a->caller, a->class)};

    memcpy(key.account, a->account, sizeof(key.account));
    return key;
}

static enum refusal admit_count(struct trail *t, struct store_admit *a)
{
    const struct rate_key key = admit_rate_key(a);
    struct rate *rate = trail_rate(t);

    a->rate_broken = rate_broken(rate);
    rate_tokens(rate, &key, a->boot, 0, a->token_limit, &a->tokens);
    if (a->depth == ADMIT_IDENTIFY) {
        rate_look(rate, &key, a->boot, a->rate_limit, &a->requests);
        return REFUSE_NONE;
    }
    if (!a->rate_counted)
        a->rate_counted = rate_take(
            rate, &key, a->boot, a->rate_limit, &a->requests, &a->retry_after);
    return a->rate_counted ? REFUSE_NONE : REFUSE_RATE_LIMITED;
}

static void admit_give_back(struct trail *t, struct store_admit *a)
{
    const struct rate_key key = admit_rate_key(a);

    rate_give_back(trail_rate(t), &key, a->boot);
    rate_look(trail_rate(t), &key, a->boot, a->rate_limit, &a->requests);
    a->rate_counted = false;
}

/* What was made of the caller's own name for the call. */
static enum refusal admit_named(struct trail *t, struct store_admit *a)
{
    struct row_call call;

    if (!a->has_idempotency ||
        row_call_get(t, a->account, a->idempotency_key, &call) != TRAIL_FOUND ||
        row_call_stale(&call, a->now))
        return REFUSE_NONE;
    if (memcmp(call.body, a->idempotency_body, sizeof(call.body)) != 0)
        return REFUSE_IDEMPOTENCY_MISMATCH;
    if (!call.ended) {
        a->retry_after = 1;
        return REFUSE_IDEMPOTENCY_RUNNING;
    }
    memcpy(a->first_request, call.request, sizeof(a->first_request));
    a->first_credits = call.credits;
    return REFUSE_IDEMPOTENCY_REPLAYED;
}

static void admit_put_name(struct trail *t, const struct store_admit *a)
{
    struct row_call call = {.time = a->now};

    if (!a->has_idempotency)
        return;
    memcpy(call.body, a->idempotency_body, sizeof(call.body));
    memcpy(call.request, a->request, sizeof(call.request));
    row_call_put(t, a->account, a->idempotency_key, &call);
}

/* Money and quotas decide together and write nothing. Whom both refuse is told
 * of the money. */
static enum refusal admit_afford(struct trail *t, struct store_admit *a,
    const struct store_account *account, const struct store_project *project,
    struct row_claim *claim)
{
    struct hold_ask ask = a->ask;
    enum refusal quota = REFUSE_NONE, refusal;

    *claim = (struct row_claim){0};
    if (project != NULL)
        quota = quota_claim_fit(t, project, a->govern->subject, a->now, &ask,
            claim, &a->retry_after);
    refusal = hold_open(
        &account->balance, quota == REFUSE_NONE ? &ask : &a->ask, &a->grant);
    if (refusal != REFUSE_NONE)
        return refusal;
    if (project != NULL)
        claim->reserved = quota_tokens(&ask, a->grant.max_out);
    return quota;
}

static enum refusal admit_hold(struct trail *t, struct store_admit *a,
    enum admit_past past, struct store_account *account,
    const struct store_project *project)
{
    struct row_claim claim;
    enum refusal refusal;

    if (trail_storage_low(t))
        return REFUSE_STORAGE_LOW;
    if (admit_is_duplicate(t, a, past))
        return REFUSE_DUPLICATE_REQUEST;
    refusal = admit_named(t, a);
    if (refusal == REFUSE_NONE)
        refusal = admit_afford(t, a, account, project, &claim);
    if (refusal != REFUSE_NONE)
        return refusal;
    account->balance.held += a->grant.credits;
    row_account_put(t, account);
    if (project != NULL)
        quota_claim_open(t, &claim);
    admit_put_hold(t, a, &claim);
    admit_put_name(t, a);
    return REFUSE_NONE;
}

/* A repetition is a request like any other, and so is one beyond a quota, which
 * leaves an event; the rest of what is refused here does not count against the
 * rate. */
static bool admit_is_counted(enum refusal refusal)
{
    switch (refusal) {
    case REFUSE_NONE:
    case REFUSE_IDEMPOTENCY_RUNNING:
    case REFUSE_IDEMPOTENCY_REPLAYED:
    case REFUSE_IDEMPOTENCY_MISMATCH:
    case REFUSE_USER_QUOTA_EXCEEDED:
    case REFUSE_PROJECT_QUOTA_EXCEEDED:
        return true;
    default:
        return false;
    }
}

static enum refusal admit_account(
    struct trail *t, struct store_admit *a, enum admit_past past)
{
    struct store_account account;
    struct store_key key;
    struct store_project project, *in = NULL;
    enum refusal refusal;

    key.project[0] = 0;
    refusal = a->caller == CALLER_KEY ? admit_key(t, a, &key, &account)
                                      : admit_token(t, a, &account);
    if (refusal == REFUSE_NONE && a->govern != NULL)
        refusal =
            govern_enter(t, a->govern, key.project, &account, &project, &in);
    if (refusal == REFUSE_NONE)
        refusal = admit_count(t, a);
    if (refusal == REFUSE_NONE && a->govern != NULL &&
        a->depth != ADMIT_IDENTIFY)
        refusal = govern_policy(t, a->govern, account.id, in);
    if (refusal != REFUSE_NONE || a->depth != ADMIT_HOLD)
        return refusal;
    refusal = admit_hold(t, a, past, &account, in);
    if (!admit_is_counted(refusal))
        admit_give_back(t, a);
    return refusal;
}

/* ---- callers without ---- */

static enum refusal admit_device(
    struct trail *t, struct store_admit *a, enum admit_past past)
{
    static const struct row_claim nothing;
    struct row_device device;
    uint32_t day = row_device_day(a->now);
    uint32_t used = row_device_count(t, day);

    if (a->depth == ADMIT_HOLD && admit_is_duplicate(t, a, past))
        return REFUSE_DUPLICATE_REQUEST;
    if (row_device_get(t, a->digest, &device) == TRAIL_FOUND &&
        device.time <= a->now + DAY_MICROSECONDS && /* or the clock was wrong */
        a->now - device.time < a->free_days * DAY_MICROSECONDS)
        return REFUSE_FREE_TIER_USED;
    if (used >= a->free_daily_cap)
        return REFUSE_FREE_TIER_USED;
    if (a->depth != ADMIT_HOLD)
        return REFUSE_NONE;
    if (trail_storage_low(t))
        return REFUSE_STORAGE_LOW;
    a->grant = (struct hold_grant){0, a->ask.max_out};
    device.time = a->now;
    memcpy(device.request, a->request, sizeof(device.request));
    row_device_put(t, a->digest, &device);
    row_device_put_count(t, day, used + 1);
    admit_put_hold(t, a, &nothing);
    return REFUSE_NONE;
}

enum store_status verb_admit(struct trail *t, struct store_verb *verb)
{
    struct store_admit *a = (struct store_admit *)verb;
    enum admit_past past = PAST_NONE;

    a->refusal = REFUSE_NONE;
    if (a->depth == ADMIT_HOLD)
        past = a->unseen ? PAST_NEW : admit_look_back(t, a);
    a->unseen = false;
    if (past == PAST_OURS)
        return STORE_OK;
    a->refusal = a->caller == CALLER_DEVICE ? admit_device(t, a, past)
                                            : admit_account(t, a, past);
    return a->refusal == REFUSE_NONE ? STORE_OK : STORE_REFUSED;
}
