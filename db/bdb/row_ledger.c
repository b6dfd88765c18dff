#include <string.h>

#include "row_ledger.h"

enum { VERSION_ENTRY = 1, VERSION_ROLLUP };

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

static void part_fields(struct rec *r, struct rollup_part *p)
{
    rec_u64(r, &p->entries);
    rec_i64(r, &p->amount);
    rec_i64(r, &p->uncollected);
    rec_u64(r, &p->tokens_in);
    rec_u64(r, &p->tokens_out);
}

static void rollup_fields(struct rec *r, void *row)
{
    struct rollup *u = row;

    rec_bytes(r, u->sum.account, sizeof(u->sum.account));
    rec_u64(r, &u->sum.first);
    rec_u64(r, &u->sum.seq);
    rec_i64(r, &u->day);
    rec_i64(r, &u->sum.posted_after);
    rec_i64(r, &u->sum.held_after);
    rec_i64(r, &u->sum.time);
    for (int i = 0; i < ROLLUP_PARTS; i++)
        part_fields(r, &u->part[i]);
    rec_bytes(r, u->before, sizeof(u->before));
    rec_bytes(r, u->sum.mac, sizeof(u->sum.mac));
    rec_bytes(r, u->mac, sizeof(u->mac));
    if (r->version != VERSION_ROLLUP)
        r->bad = true;
    if (r->in != NULL && !rollup_total(u))
        r->bad = true;
}

const struct row_kind row_ledger = {TABLE_LEDGER, VERSION_ENTRY,
    sizeof(struct ledger_entry), ledger_fields,
    "a journal entry is unreadable"};

static const struct row_kind row_rollup = {TABLE_LEDGER, VERSION_ROLLUP,
    sizeof(struct rollup), rollup_fields, "a roll-up is unreadable"};

const struct row_kind *row_ledger_kind(struct span value)
{
    return value.n > 0 && value.p[0] == VERSION_ROLLUP ? &row_rollup
                                                       : &row_ledger;
}

int row_ledger_decode(struct span value, struct rollup *row)
{
    const struct row_kind *kind = row_ledger_kind(value);

    *row = (struct rollup){0};
    if (kind == &row_rollup)
        return row_decode(kind, value, row);
    if (row_decode(kind, value, &row->sum) < 0)
        return -1;
    return row->sum.type == LEDGER_ROLLUP ? -1 : 0;
}

bool row_ledger_decode_or_fail(
    struct trail *t, struct span value, struct rollup *row)
{
    if (row_ledger_decode(value, row) == 0)
        return true;
    trail_fail(t, row_ledger_kind(value)->unreadable);
    return false;
}

void row_ledger_put(struct trail *t, const struct rollup *row)
{
    uint8_t place[ROW_LEDGER_PLACE];

    row_ledger_place(row->sum.account, row->sum.seq, place);
    if (row->sum.type == LEDGER_ROLLUP)
        row_put(t, &row_rollup, row_span(place, sizeof(place)), row);
    else
        row_put(t, &row_ledger, row_span(place, sizeof(place)), &row->sum);
}

void row_ledger_place(const uint8_t account[STORE_ID], uint64_t seq,
    uint8_t place[ROW_LEDGER_PLACE])
{
    memcpy(place, account, STORE_ID);
    for (int i = 0; i < 8; i++)
        place[STORE_ID + i] = (uint8_t)(seq >> (56 - 8 * i));
}

uint64_t row_ledger_seq(struct span place)
{
    uint64_t seq = 0;

    for (size_t i = STORE_ID; i < ROW_LEDGER_PLACE; i++)
        seq = seq << 8 | (uint8_t)place.p[i];
    return seq;
}

enum trail_result row_ledger_get(struct trail *t,
    const uint8_t account[STORE_ID], uint64_t seq, struct ledger_entry *entry)
{
    uint8_t place[ROW_LEDGER_PLACE];
    struct buf value = {0};
    struct rollup row;
    enum trail_result result;

    row_ledger_place(account, seq, place);
    result = trail_get(t, TABLE_LEDGER, row_span(place, sizeof(place)), &value);
    if (result == TRAIL_FOUND &&
        !row_ledger_decode_or_fail(
            t, (struct span){value.data, value.len}, &row))
        result = TRAIL_FAILED;
    if (result == TRAIL_FOUND)
        *entry = row.sum;
    buf_free(&value);
    return result;
}

struct search {
    struct trail *t;
    const uint8_t *account;
    struct rollup *row;
    enum trail_result result;
};

static bool search_row(void *cookie, struct span key, struct span value)
{
    struct search *s = cookie;

    if (key.n != ROW_LEDGER_PLACE || memcmp(key.p, s->account, STORE_ID) != 0)
        return false;
    if (row_ledger_decode_or_fail(s->t, value, s->row))
        s->result = TRAIL_FOUND;
    return false;
}

enum trail_result row_ledger_at(struct trail *t,
    const uint8_t account[STORE_ID], uint64_t seq, struct rollup *row)
{
    struct search s = {t, account, row, TRAIL_NONE};
    uint8_t place[ROW_LEDGER_PLACE];

    row_ledger_place(account, seq, place);
    trail_walk(t, TABLE_LEDGER, row_span(place, sizeof(place)), search_row, &s);
    return trail_failed(t) ? TRAIL_FAILED : s.result;
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
