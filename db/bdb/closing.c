#include <string.h>

#include "closing.h"
#include "outbox.h"
#include "quota_claim.h"
#include "row_account.h"
#include "row_book.h"
#include "row_call.h"
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

/* The use as stated. Beyond belief it counts as unknown. */
static struct usage believe(const struct closing *closing)
{
    struct usage usage = closing->usage;

    if (usage.tokens_in > USAGE_MAX || usage.tokens_out > USAGE_MAX)
        usage.known = false;
    return usage;
}

/* The caller's own name of the call is free again when the call cost nothing;
 * otherwise whoever repeats it is told what it cost. */
static void end_named_call(struct trail *t, const uint8_t request[STORE_ID],
    const struct row_done *done)
{
    const uint8_t *name = done->idempotency_key;
    struct row_call call;

    if (!done->has_idempotency ||
        row_call_get(t, done->account, name, &call) != TRAIL_FOUND ||
        memcmp(call.request, request, sizeof(call.request)) != 0)
        return;
    if (done->charge.credits == 0) {
        row_call_delete(t, done->account, name);
        return;
    }
    call.ended = true;
    call.credits = done->charge.credits;
    row_call_put(t, done->account, name, &call);
}

/* What the call costs. A use that no price can be put on costs the hold. */
static void price_call(const struct store_account *account,
    const struct row_hold *hold, const struct closing *closing,
    struct row_done *done)
{
    struct charge *c = &done->charge;
    struct usage usage = believe(closing);

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

/* Put what is billed beyond ${before}, already taken from the balance, into
 * journal and book. Returns the number of the entry. */
static uint64_t post_charge(struct trail *t, const uint8_t request[STORE_ID],
    const struct closing *closing, struct store_account *account,
    struct row_done *done, uint8_t type, const struct charge *before)
{
    const struct charge *c = &done->charge;
    const struct row_book change = {.revenue = c->credits - before->credits,
        .uncollected = c->uncollected - before->uncollected};
    struct ledger_entry entry = {
        .type = type,
        .flags = done->flags,
        .amount = before->collected - c->collected,
        .uncollected = change.uncollected,
        .time = closing->now,
        .tokens_in = closing->usage.tokens_in,
        .tokens_out = closing->usage.tokens_out,
    };

    memcpy(entry.request, request, sizeof(entry.request));
    done->tokens = row_done_tokens(entry.tokens_in, entry.tokens_out);
    row_ledger_append(t, account, &entry);
    if (row_book_add(t, account->id[0], &change) < 0)
        trail_fail(t, "a total of the book would overflow");
    return entry.seq;
}

static void close_account_hold(struct trail *t, const uint8_t request[STORE_ID],
    const struct row_hold *hold, const struct closing *closing,
    struct row_done *done)
{
    const struct charge nothing = {0};
    const uint8_t type =
        closing->ending == ENDING_EXPIRED ? LEDGER_EXPIRE : LEDGER_SETTLE;
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
        done->seq =
            post_charge(t, request, closing, &account, done, type, &nothing);
    row_account_put(t, &account);
}

/* What the call used of its quotas: what it is billed for, whoever is right
 * about that later. A use beyond belief is what was reserved. */
static void close_claim(
    struct trail *t, const struct row_hold *hold, const struct closing *closing)
{
    const struct usage usage = closing->usage;
    uint64_t tokens = hold->claim.reserved;

    if (hold->claim.project[0] == 0)
        return;
    if (usage.tokens_in <= USAGE_MAX && usage.tokens_out <= USAGE_MAX)
        tokens = usage.tokens_in + usage.tokens_out;
    quota_claim_close(t, &hold->claim, closing->free_of_charge, tokens);
}

static void tell(
    struct trail *t, const struct closing *closing, struct row_done *done)
{
    if (closing->event == NULL || done->tells || done->caller == CALLER_DEVICE)
        return;
    outbox_append(t, done->account, closing->event, closing->now);
    done->tells = closing->event->text.n > 0;
    if (done->tells)
        done->event = closing->event->seq;
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
        .held = hold->amount,
        .price = hold->price,
        .has_idempotency = hold->has_idempotency,
    };
    memcpy(done->idempotency_key, hold->idempotency_key,
        sizeof(done->idempotency_key));
    memcpy(done->account, hold->account, sizeof(done->account));
    if (hold->caller != CALLER_DEVICE)
        close_account_hold(t, request, hold, closing, done);
    else if (closing->free_of_charge)
        give_free_call_back(t, request, hold);
    close_claim(t, hold, closing);
    end_named_call(t, request, done);
    tell(t, closing, done);
    row_hold_delete(t, request);
    row_done_put(t, request, done);
}

/* ---- the settlement that comes after the reaper ---- */

static void correct_account(struct trail *t, const uint8_t request[STORE_ID],
    const struct closing *closing, struct row_done *done)
{
    const struct usage usage = believe(closing);
    const struct charge before = done->charge;
    struct store_account account;
    struct charge *c = &done->charge;

    if (!row_account_must(t, done->account, &account))
        return;
    if (hold_correct(&account.balance, done->held, before.collected,
            &done->price, &usage, closing->free_of_charge, c) < 0)
        *c = before;
    if (!usage.known && !closing->free_of_charge)
        done->flags |= LEDGER_ESTIMATED;
    if (c->overrun)
        done->flags |= LEDGER_OVERRUN;
    account.balance.posted += before.collected - c->collected;
    done->posted = account.balance.posted;
    if (c->credits == before.credits && c->collected == before.collected)
        return;
    done->adjust_seq = post_charge(
        t, request, closing, &account, done, LEDGER_ADJUST, &before);
    row_account_put(t, &account);
}

bool closing_is_due(const struct row_done *done)
{
    return done->ending == ENDING_EXPIRED && done->caller != CALLER_DEVICE &&
           !done->corrected;
}

void closing_correct(struct trail *t, const uint8_t request[STORE_ID],
    const struct closing *closing, struct row_done *done)
{
    done->corrected = true;
    done->flags = closing->flags;
    if (closing->now > done->time)
        done->time = closing->now;
    correct_account(t, request, closing, done);
    end_named_call(t, request, done);
    tell(t, closing, done);
    row_done_put(t, request, done);
}
