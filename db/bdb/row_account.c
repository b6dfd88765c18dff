#include <string.h>

#include "row_account.h"
#include "row_chain.h"

static void account_fields(struct rec *r, void *row)
{
    struct store_account *a = row;
    uint8_t plan = (uint8_t)a->plan;

    rec_bytes(r, a->id, sizeof(a->id));
    rec_text(r, a->email, sizeof(a->email));
    rec_text(r, a->password, sizeof(a->password));
    rec_u8(r, &plan);
    rec_bool(r, &a->suspended);
    rec_u64(r, &a->journal_seq);
    rec_i64(r, &a->created);
    rec_i64(r, &a->balance.posted);
    rec_i64(r, &a->balance.held);
    if (plan > PLAN_POLICY)
        r->bad = true;
    a->plan = (enum store_plan)plan;
    if (r->version >= 2)
        row_chain_fields(r, &a->events);
    if (r->version >= 3)
        rec_u32(r, &a->token_version);
}

static void email_fields(struct rec *r, void *row)
{
    rec_bytes(r, row, STORE_ID);
}

const struct row_kind row_account = {TABLE_ACCOUNT, 3,
    sizeof(struct store_account), account_fields,
    "an account row is unreadable"};

static const struct row_kind row_email = {
    TABLE_EMAIL, 1, STORE_ID, email_fields, "an e-mail row is unreadable"};

enum trail_result row_account_get(
    struct trail *t, const uint8_t id[STORE_ID], struct store_account *account)
{
    return row_get(t, &row_account, row_span(id, STORE_ID), account);
}

bool row_account_must(
    struct trail *t, const uint8_t id[STORE_ID], struct store_account *account)
{
    enum trail_result result = row_account_get(t, id, account);

    if (result == TRAIL_NONE)
        trail_fail(t, "a row names an account that does not exist");
    return result == TRAIL_FOUND;
}

void row_account_put(struct trail *t, const struct store_account *account)
{
    row_put(t, &row_account, row_span(account->id, STORE_ID), account);
}

enum trail_result row_account_by_email(
    struct trail *t, const char *email, uint8_t id[STORE_ID])
{
    return row_get(t, &row_email, row_span(email, strlen(email)), id);
}

void row_account_put_email(struct trail *t, const struct store_account *account)
{
    row_put(t, &row_email, row_span(account->email, strlen(account->email)),
        account->id);
}
