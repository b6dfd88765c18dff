#include <inttypes.h>
#include <string.h>

#include "audit.h"
#include "row_hold.h"
#include "row_ledger.h"

/* What the journal says of a call. */
struct bill {
    int64_t collected, uncollected;
    const struct ledger_entry *newest; /* which says what was used */
};

static void bill_add(struct bill *bill, const struct ledger_entry *e)
{
    if (__builtin_sub_overflow(bill->collected, e->amount, &bill->collected) ||
        __builtin_add_overflow(
            bill->uncollected, e->uncollected, &bill->uncollected))
        bill->collected = INT64_MAX;
    bill->newest = e;
}

/* That ${done} was corrected by an entry is checked elsewhere. */
static bool bill_correction(struct audit *a, const uint8_t id[STORE_ID],
    const struct row_done *done, struct ledger_entry *e)
{
    uint8_t place[ROW_LEDGER_PLACE];

    if (done->adjust_seq == 0)
        return false;
    row_ledger_place(done->account, done->adjust_seq, place);
    return audit_get(a, &row_ledger, row_span(place, sizeof(place)), e) ==
               TRAIL_FOUND &&
           e->type == LEDGER_ADJUST && memcmp(e->request, id, STORE_ID) == 0;
}

/* A call that was found to cost nothing after all costs nothing. */
bool audit_is_priced(
    const struct row_done *done, uint8_t flags, uint64_t tokens)
{
    if ((flags & LEDGER_ESTIMATED) != 0 || done->charge.credits == 0 ||
        done->price.tokens_per_credit == 0)
        return true;
    return tokens != UINT64_MAX &&
           price_credits(&done->price, tokens) == done->charge.credits;
}

void audit_bill(struct audit *a, const uint8_t id[STORE_ID],
    const struct row_done *done, const struct ledger_entry *entry)
{
    struct ledger_entry correction;
    struct bill bill = {0};

    bill_add(&bill, entry);
    if (bill_correction(a, id, done, &correction))
        bill_add(&bill, &correction);
    if (bill.collected != done->charge.collected ||
        bill.uncollected != done->charge.uncollected)
        audit_breach(a, "I11", "request", id, STORE_ID,
            "it cost %" PRId64 " and %" PRId64
            " that nobody paid, its entries say %" PRId64 " and %" PRId64,
            done->charge.collected, done->charge.uncollected, bill.collected,
            bill.uncollected);
    else if (!audit_is_priced(done, bill.newest->flags,
                 row_done_tokens(
                     bill.newest->tokens_in, bill.newest->tokens_out)))
        audit_breach(a, "I11", "request", id, STORE_ID,
            "%" PRIu64 " and %" PRIu64 " tokens do not cost %" PRId64,
            bill.newest->tokens_in, bill.newest->tokens_out,
            done->charge.credits);
}
