#include <string.h>

#include "closing.h"
#include "row_account.h"
#include "row_book.h"
#include "row_device.h"
#include "row_ledger.h"

/* A free call that cost nothing leaves the device its free call. */
static void give_free_call_back(struct trail *t,
    const uint8_t request[STORE_ID], const struct row_hold *hold)
{
    struct row_device device;
    uint32_t day, used;

    if (row_device_get(t, hold->device, &device) != TRAIL_FOUND ||
        memcmp(device.request, request, sizeof(device.request)) != 0)
        return;
    row_device_delete(t, hold->device);
    day = row_device_day(hold->created);
    used = row_device_count(t, day);
    if (used > 0)
        row_device_put_count(t, day, used - 1);
}

/* What the call costs. A use that is beyond belief counts as unknown, and one
 * that no price can be put on costs the hold. */
static void price_call(const struct store_account *account,
    const struct row_hold *hold, const struct closing *closing,
    struct row_done *done)
{
    struct charge *c = &done->charge;
    struct usage usage = closing->usage;

    if (usage.tokens_in > USAGE_MAX || usage.tokens_out > USAGE_MAX)
        usage.known = false;
    if (hold_charge(&account->balance, hold->amount, &hold->price, &usage,
            false, c) < 0) {
        *c = (struct charge){hold->amount, hold->amount, 0, false};
        usage.known = false;
    }
    if (!usage.known)
        done->flags |= LEDGER_ESTIMATED;
    if (c->overrun)
        done->flags |= LEDGER_OVERRUN;
}

/* Put the charge, already taken from the balance, into journal and book. */
static void post_charge(struct trail *t, const uint8_t request[STORE_ID],
    const struct closing *closing, struct store_account *account,
    struct row_done *done)
{
    const struct row_book change = {.revenue = done->charge.credits,
        .uncollected = done->charge.uncollected};
    struct ledger_entry entry = {
        .type =
            closing->ending == ENDING_EXPIRED ? LEDGER_EXPIRE : LEDGER_SETTLE,
        .flags = done->flags,
        .amount = -done->charge.collected,
        .uncollected = done->charge.uncollected,
        .time = closing->now,
        .tokens_in = closing->usage.tokens_in,
        .tokens_out = closing->usage.tokens_out,
    };

    memcpy(entry.request, request, sizeof(entry.request));
    row_ledger_append(t, account, &entry);
    done->seq = entry.seq;
    if (row_book_add(t, account->id[0], &change) < 0)
        trail_fail(t, "a total of the book would overflow");
}

static void close_account_hold(struct trail *t, const uint8_t request[STORE_ID],
    const struct row_hold *hold, const struct closing *closing,
    struct row_done *done)
{
    struct store_account account;

    if (!row_account_must(t, hold->account, &account))
        return;
    if (account.balance.held < hold->amount) {
        trail_fail(t, "an account holds less than one of its holds");
        return;
    }
    if (!closing->free_of_charge)
        price_call(&account, hold, closing, done);
    account.balance.held -= hold->amount;
    account.balance.posted -= done->charge.collected;
    done->posted = account.balance.posted;
    if (!closing->free_of_charge)
        post_charge(t, request, closing, &account, done);
    row_account_put(t, &account);
}

void closing_run(struct trail *t, const uint8_t request[STORE_ID],
    const struct row_hold *hold, const struct closing *closing,
    struct row_done *done)
{
    *done = (struct row_done){
        .ending = closing->free_of_charge ? ENDING_RELEASED : closing->ending,
        .caller = hold->caller,
        .flags = closing->flags,
        .time = closing->now,
    };
    memcpy(done->account, hold->account, sizeof(done->account));
    if (hold->caller == CALLER_KEY)
        close_account_hold(t, request, hold, closing, done);
    else if (closing->free_of_charge)
        give_free_call_back(t, request, hold);
    row_hold_delete(t, request);
    row_done_put(t, request, done);
}
