#include <inttypes.h>
#include <string.h>

#include "audit.h"
#include "row_account.h"
#include "row_book.h"
#include "row_hold.h"
#include "row_ledger.h"

static bool part_account(void *cookie, struct span key, struct span value)
{
    struct audit *a = cookie;
    struct store_account row;
    struct audit_account account = {0};

    if (key.n < 1 || (uint8_t)key.p[0] != a->state.part)
        return false;
    a->budget--;
    a->account_count++;
    if (!audit_decode(a, &row_account, key, value, &row))
        return true;
    memcpy(account.id, row.id, STORE_ID);
    account.seq = row.journal_seq;
    account.posted = row.balance.posted;
    account.held = row.balance.held;
    buf_put(a->cursor, &account, sizeof(account));
    return true;
}

static bool part_hold(void *cookie, struct span key, struct span value)
{
    struct audit *a = cookie;
    struct audit_account *account, *accounts;
    struct row_hold hold;
    size_t count;

    (void)key; /* an unreadable hold is reported in its own phase */
    if (row_decode(&row_hold, value, &hold) < 0 ||
        hold.caller == CALLER_DEVICE || hold.account[0] != a->state.part)
        return true;
    accounts = audit_accounts(a, &count);
    account = audit_find(accounts, count, hold.account);
    if (account != NULL && __builtin_add_overflow(account->promised,
                               hold.amount, &account->promised))
        account->promised = INT64_MAX;
    return true;
}

/* That the journal does not go on behind what the account knows of it. */
static bool part_beyond(void *cookie, struct span key, struct span value)
{
    struct audit *a = cookie;
    struct audit_account *account;
    size_t count;

    (void)value;
    account = audit_accounts(a, &count) + a->state.index;
    if (key.n >= STORE_ID && memcmp(key.p, account->id, STORE_ID) == 0)
        audit_breach(a, "I4", "account", account->id, STORE_ID,
            "the journal goes on after entry %" PRIu64 ", its last",
            account->seq);
    return false;
}

static void part_check(struct audit *a, const struct audit_account *account)
{
    uint8_t place[ROW_LEDGER_PLACE];

    if (account->held != account->promised)
        audit_breach(a, "I2", "account", account->id, STORE_ID,
            "held is %" PRId64 ", its open holds are %" PRId64, account->held,
            account->promised);
    if (account->held < 0 || account->held > account->posted)
        audit_breach(a, "I3", "account", account->id, STORE_ID,
            "held is %" PRId64 " of %" PRId64, account->held, account->posted);
    row_ledger_place(account->id, account->seq + 1, place);
    trail_walk(
        a->t, TABLE_LEDGER, row_span(place, sizeof(place)), part_beyond, a);
}

static void part_zero_sum(struct audit *a, int64_t posted)
{
    uint8_t part = (uint8_t)a->state.part;
    struct row_book book = {0};
    int64_t sum;

    if (audit_get(a, &row_book, row_span(&part, 1), &book) == TRAIL_FAILED)
        return;
    if (__builtin_add_overflow(posted, book.revenue, &sum) ||
        __builtin_sub_overflow(sum, book.uncollected, &sum) ||
        sum != book.grants)
        audit_breach(a, "I7", "part", &part, 1,
            "posted %" PRId64 " + revenue %" PRId64 " - uncollected %" PRId64
            " is not granted %" PRId64,
            posted, book.revenue, book.uncollected, book.grants);
}

void audit_part(struct audit *a)
{
    const uint8_t from[STORE_ID] = {(uint8_t)a->state.part};
    struct audit_account *accounts;
    size_t count;
    int64_t posted = 0;

    a->budget--;
    audit_all_accounts(a, &a->state.first);
    trail_walk(a->t, TABLE_ACCOUNT, row_span(from, STORE_ID), part_account, a);
    accounts = audit_accounts(a, &count);
    if (count > 0)
        trail_walk(a->t, TABLE_HOLD, row_span("", 0), part_hold, a);
    for (size_t i = 0; i < count; i++) {
        a->state.index = i;
        part_check(a, &accounts[i]);
        if (__builtin_add_overflow(posted, accounts[i].posted, &posted))
            posted = INT64_MAX;
    }
    part_zero_sum(a, posted);
    a->state.index = 0;
    a->state.replay = (struct audit_replay){0};
    a->state.phase = AUDIT_JOURNALS;
}
