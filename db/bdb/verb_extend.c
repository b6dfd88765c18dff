#include "govern.h"
#include "quota_claim.h"
#include "row_account.h"
#include "row_hold.h"
#include "row_project.h"
#include "verb.h"

static void extend_mark(struct row_hold *hold, const struct store_extend *e)
{
    if (e->out_so_far > hold->out_so_far)
        hold->out_so_far = e->out_so_far;
    if (e->accepted)
        hold->accepted = true;
    if (e->quiet && hold->rule.governed)
        hold->rule.quiet = true;
    hold->lease_until = e->boot + e->lease;
}

/* A call that was let in is not over a quota by what was put into it here. */
static void extend_input(
    struct trail *t, struct row_hold *hold, const struct store_extend *e)
{
    struct row_claim more = hold->claim;

    if (e->est_in <= hold->est_in)
        return;
    more.reserved = e->est_in - hold->est_in;
    if (more.project[0] != 0) {
        quota_claim_restore(t, &more);
        hold->claim.reserved += more.reserved;
    }
    hold->est_in = e->est_in;
}

/* How much output the quotas pay for, ${want} or less. */
static uint64_t extend_quota(
    struct trail *t, struct row_hold *hold, uint64_t want)
{
    struct store_project project;
    uint64_t tokens;

    if (hold->claim.project[0] == 0 ||
        !row_project_must(t, hold->claim.project, &project))
        return want;
    govern_lend(t, hold->rule.policy, &project);
    if (__builtin_add_overflow(hold->est_in, want, &tokens))
        tokens = UINT64_MAX;
    quota_claim_grow(t, &project, &hold->claim, tokens);
    return hold->claim.reserved < tokens ? hold->claim.reserved - hold->est_in
                                         : want;
}

static void extend_money(
    struct trail *t, struct row_hold *hold, struct store_extend *e)
{
    const uint64_t want = extend_quota(t, hold, e->want_out);
    struct store_account account;
    struct hold_growth growth;

    if (!row_account_must(t, hold->account, &account))
        return;
    if (hold_grow(&account.balance, hold->amount, hold->est_in, want,
            &hold->price, &growth) < 0) {
        trail_fail(t, "a hold can not be reconciled with its account");
        return;
    }
    if (growth.credits > hold->amount) {
        account.balance.held += growth.credits - hold->amount;
        hold->amount = growth.credits;
        row_account_put(t, &account);
    }
    e->covers =
        want < e->want_out && want < growth.covers ? want : growth.covers;
}

enum store_status verb_extend(struct trail *t, struct store_verb *verb)
{
    struct store_extend *e = (struct store_extend *)verb;
    struct row_hold hold;

    if (row_hold_get(t, e->request, &hold) != TRAIL_FOUND)
        return STORE_NOT_FOUND;
    extend_mark(&hold, e);
    extend_input(t, &hold, e);
    e->covers = UINT64_MAX;
    if (hold.caller != CALLER_DEVICE)
        extend_money(t, &hold, e);
    e->held = hold.amount;
    row_hold_put(t, e->request, &hold);
    return STORE_OK;
}
