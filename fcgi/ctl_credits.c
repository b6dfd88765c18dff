#include "ctl.h"

#include <string.h>

#include "clock.h"

static int show_grant(struct ctl *c, const struct store_grant *grant)
{
    struct json_object *row = ctl_row_new();

    ctl_add_id(row, "account_id", "acct_", grant->account);
    ctl_add_int(row, "granted", grant->credits);
    ctl_add_int(row, "credits", grant->posted);
    ctl_add_bool(row, "already", grant->already);
    return ctl_print(c, row);
}

static int run_grant(struct ctl *c, struct store_grant *grant)
{
    enum store_status status = ctl_run(c, &grant->verb);

    if (status == STORE_EXISTS)
        return ctl_fail(
            c, "this idempotency key was used for another amount or note");
    if (status == STORE_REFUSED)
        return ctl_fail(c, "the balance would become too large");
    if (status != STORE_OK)
        return ctl_refused(c, status, "such account");
    return show_grant(c, grant);
}

int ctl_credits_grant(struct ctl *c)
{
    const struct ctl_options *o = &c->options;
    struct store_grant grant = {.verb.kind = STORE_GRANT, .now = clock_real()};
    struct store_account account;

    if (ctl_read_count(c->words[1], 1, &grant.credits))
        return ctl_usage(c, "N is a whole number of credits, 1 or more");
    if (!o->idempotency_key || !*o->idempotency_key)
        return ctl_usage(c, "--idempotency-key is required");
    if (ctl_read_label(o->idempotency_key, grant.idempotency_key,
            sizeof(grant.idempotency_key)))
        return ctl_usage(c, "--idempotency-key is up to 255 printable bytes");
    if (o->note && ctl_read_label(o->note, grant.note, sizeof(grant.note)))
        return ctl_usage(c, "--note is up to 255 printable bytes");
    if (ctl_account_find(c, c->words[0], &account))
        return CTL_FAILED;
    memcpy(grant.account, account.id, STORE_ID);
    return run_grant(c, &grant);
}

int ctl_credits_show(struct ctl *c)
{
    struct store_account account;
    struct json_object *row;

    if (ctl_account_find(c, c->words[0], &account))
        return CTL_FAILED;
    row = ctl_row_new();
    ctl_add_id(row, "account_id", "acct_", account.id);
    ctl_add_int(row, "credits", account.balance.posted);
    ctl_add_int(row, "held", account.balance.held);
    ctl_add_int(
        row, "available", account.balance.posted - account.balance.held);
    return ctl_print(c, row);
}
