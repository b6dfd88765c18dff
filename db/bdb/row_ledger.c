#include <string.h>

#include "row_ledger.h"

static void ledger_fields(struct rec *r, void *row)
{
    struct ledger_entry *e = row;

    rec_bytes(r, e->account, sizeof(e->account));
    rec_u64(r, &e->seq);
    rec_u8(r, &e->type);
    rec_u8(r, &e->flags);
    rec_i64(r, &e->amount);
    rec_i64(r, &e->uncollected);
    rec_i64(r, &e->posted_after);
    rec_i64(r, &e->held_after);
    rec_i64(r, &e->time);
    rec_bytes(r, e->request, sizeof(e->request));
    rec_u64(r, &e->tokens_in);
    rec_u64(r, &e->tokens_out);
    rec_bytes(r, e->mac, sizeof(e->mac));
}

const struct row_kind row_ledger = {TABLE_LEDGER, 1,
    sizeof(struct ledger_entry), ledger_fields,
    "a journal entry is unreadable"};

void row_ledger_place(const uint8_t account[STORE_ID], uint64_t seq,
    uint8_t place[ROW_LEDGER_PLACE])
{
    memcpy(place, account, STORE_ID);
    for (int i = 0; i < 8; i++)
        place[STORE_ID + i] = (uint8_t)(seq >> (56 - 8 * i));
}

enum trail_result row_ledger_get(struct trail *t,
    const uint8_t account[STORE_ID], uint64_t seq, struct ledger_entry *entry)
{
    uint8_t place[ROW_LEDGER_PLACE];

    row_ledger_place(account, seq, place);
    return row_get(t, &row_ledger, row_span(place, sizeof(place)), entry);
}

/* The MAC that the next entry of ${account} is chained to. */
static void previous_mac(
    struct trail *t, const struct store_account *account, uint8_t mac[MAC_SIZE])
{
    struct ledger_entry last;

    memset(mac, 0, MAC_SIZE);
    if (account->journal_seq == 0)
        return;
    switch (row_ledger_get(t, account->id, account->journal_seq, &last)) {
    case TRAIL_FOUND:
        memcpy(mac, last.mac, MAC_SIZE);
        break;
    case TRAIL_NONE:
        trail_fail(t, "the newest journal entry of an account is missing");
        break;
    case TRAIL_FAILED:
        break;
    }
}

void row_ledger_append(
    struct trail *t, struct store_account *account, struct ledger_entry *entry)
{
    uint8_t previous[MAC_SIZE], place[ROW_LEDGER_PLACE];

    previous_mac(t, account, previous);
    memcpy(entry->account, account->id, STORE_ID);
    entry->seq = ++account->journal_seq;
    entry->posted_after = account->balance.posted;
    entry->held_after = account->balance.held;
    ledger_seal(trail_ledger_key(t), previous, entry);
    row_ledger_place(account->id, entry->seq, place);
    row_put(t, &row_ledger, row_span(place, sizeof(place)), entry);
}
