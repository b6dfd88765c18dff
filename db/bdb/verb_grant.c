#include <assert.h>
#include <string.h>

#include "row_account.h"
#include "row_book.h"
#include "row_idem.h"
#include "row_ledger.h"
#include "verb.h"

static void grant_post(struct trail *t, struct store_grant *g,
    struct store_account *account, const uint8_t name[MAC_SIZE])
{
    struct ledger_entry entry = {
        .type = LEDGER_GRANT, .amount = g->credits, .time = g->now};
    struct row_idem idem = {.credits = g->credits, .time = g->now};

    memcpy(entry.request, name, sizeof(entry.request));
    row_ledger_append(t, account, &entry);
    row_account_put(t, account);
    idem.seq = entry.seq;
    idem.posted = account->balance.posted;
    memcpy(idem.note, g->note, sizeof(idem.note));
    row_idem_put(t, account->id, name, &idem);
}

/* Whether the grant made under this idempotency key is the one asked for. */
static enum store_status grant_again(
    struct store_grant *g, const struct row_idem *idem)
{
    if (idem->credits != g->credits || strcmp(idem->note, g->note) != 0)
        return STORE_EXISTS;
    g->already = true;
    g->posted = idem->posted;
    return STORE_OK;
}

enum store_status verb_grant(struct trail *t, struct store_verb *verb)
{
    struct store_grant *g = (struct store_grant *)verb;
    const struct row_book change = {.grants = g->credits};
    struct store_account account;
    struct row_idem idem;
    uint8_t name[MAC_SIZE];

    assert(g->credits > 0 && g->idempotency_key[0] != 0);
    g->refusal = REFUSE_NONE;
    g->already = false;
    if (row_account_get(t, g->account, &account) != TRAIL_FOUND)
        return STORE_NOT_FOUND;
    row_idem_name(t, g->idempotency_key, name);
    if (row_idem_get(t, g->account, name, &idem) == TRAIL_FOUND)
        return grant_again(g, &idem);
    if (__builtin_add_overflow(
            account.balance.posted, g->credits, &account.balance.posted) ||
        row_book_add(t, account.id[0], &change) < 0) {
        g->refusal = REFUSE_INTERNAL;
        return STORE_REFUSED;
    }
    g->posted = account.balance.posted;
    grant_post(t, g, &account, name);
    return STORE_OK;
}
