#include <string.h>

#include "row_account.h"
#include "verb.h"

enum store_status verb_account_add(struct trail *t, struct store_verb *verb)
{
    struct store_account_add *v = (struct store_account_add *)verb;
    struct store_account *new = &v->account, old;
    uint8_t holder[STORE_ID];

    if (row_account_by_email(t, new->email, holder) == TRAIL_FOUND &&
        memcmp(holder, new->id, STORE_ID) != 0)
        return STORE_EXISTS;
    if (row_account_get(t, new->id, &old) == TRAIL_FOUND)
        return strcmp(old.email, new->email) == 0 ? STORE_OK : STORE_EXISTS;
    new->journal_seq = 0;
    new->balance = (struct balance){0};
    row_account_put(t, new);
    row_account_put_email(t, new);
    return STORE_OK;
}

enum store_status verb_account_get(struct trail *t, struct store_verb *verb)
{
    struct store_account_get *v = (struct store_account_get *)verb;
    const uint8_t *id = v->id;
    uint8_t found[STORE_ID];

    if (v->email[0] != 0) {
        if (row_account_by_email(t, v->email, found) != TRAIL_FOUND)
            return STORE_NOT_FOUND;
        id = found;
    }
    if (row_account_get(t, id, &v->account) != TRAIL_FOUND)
        return STORE_NOT_FOUND;
    return STORE_OK;
}

struct account_page {
    struct trail *t;
    struct store_account_list *list;
    size_t count;
    bool more;
};

static bool account_list_row(void *cookie, struct span key, struct span value)
{
    struct account_page *p = cookie;
    const uint8_t *after = p->list->after;

    if (p->count == 0 && key.n == STORE_ID &&
        memcmp(key.p, after, STORE_ID) == 0)
        return true;
    if (p->count == p->list->max) {
        p->more = true;
        return false;
    }
    if (!row_decode_or_fail(
            p->t, &row_account, value, &p->list->rows[p->count]))
        return false;
    p->count++;
    return true;
}

enum store_status verb_account_list(struct trail *t, struct store_verb *verb)
{
    struct store_account_list *v = (struct store_account_list *)verb;
    struct account_page page = {.t = t, .list = v};

    trail_walk(t, TABLE_ACCOUNT, row_span(v->after, STORE_ID), account_list_row,
        &page);
    if (trail_failed(t))
        return STORE_OK;
    v->count = page.count;
    v->more = page.more;
    if (page.count > 0)
        memcpy(v->after, v->rows[page.count - 1].id, STORE_ID);
    return STORE_OK;
}

/* Tokens of all versions up to now; the new one is the verb's own. */
static void void_tokens(
    struct store_account_set *v, struct store_account *account)
{
    if (v->token_version == 0)
        v->token_version = account->token_version + 1;
    if (account->token_version < v->token_version)
        account->token_version = v->token_version;
}

enum store_status verb_account_set(struct trail *t, struct store_verb *verb)
{
    struct store_account_set *v = (struct store_account_set *)verb;
    struct store_account account;

    if (row_account_get(t, v->id, &account) != TRAIL_FOUND)
        return STORE_NOT_FOUND;
    if (v->set_suspended)
        account.suspended = v->suspended;
    if (v->set_plan)
        account.plan = v->plan;
    if (v->set_password)
        memcpy(account.password, v->password, sizeof(account.password));
    if (v->set_password || v->void_tokens)
        void_tokens(v, &account);
    row_account_put(t, &account);
    return STORE_OK;
}
