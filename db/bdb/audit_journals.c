#include <inttypes.h>
#include <string.h>

#include "audit.h"
#include "row_book.h"
#include "row_ledger.h"

struct journal_walk {
    struct audit *a;
    const struct audit_account *account;
    bool pause;  /* the slice is over, the journal is not */
    bool folded; /* it must be replayed from its beginning */
};

static void journal_check_entry(
    struct journal_walk *w, uint64_t seq, const struct ledger_entry *e)
{
    struct audit *a = w->a;
    struct audit_replay *r = &a->state.replay;

    if (seq != r->seq + 1 || e->seq != seq)
        audit_breach(a, "I4", "account", w->account->id, STORE_ID,
            "entry %" PRIu64 " is followed by %" PRIu64, r->seq, e->seq);
    if (!ledger_verify(trail_ledger_key(a->t), r->mac, e))
        audit_breach(a, "I13", "account", w->account->id, STORE_ID,
            "the MAC of entry %" PRIu64 " is wrong", e->seq);
    audit_match_entry(a, e);
}

/* The holds that its entries bill were forgotten before they were folded. */
static void journal_check_rollup(
    struct journal_walk *w, uint64_t seq, const struct rollup *row)
{
    struct audit *a = w->a;
    struct audit_replay *r = &a->state.replay;

    if (row->sum.first != r->seq + 1 || row->sum.seq != seq)
        audit_breach(a, "I4", "account", w->account->id, STORE_ID,
            "entry %" PRIu64 " is followed by the roll-up of %" PRIu64
            " to %" PRIu64,
            r->seq, row->sum.first, row->sum.seq);
    if (!rollup_verify(trail_ledger_key(a->t), r->mac, row))
        audit_breach(a, "I13", "account", w->account->id, STORE_ID,
            "a MAC of the roll-up of %" PRIu64 " to %" PRIu64 " is wrong",
            row->sum.first, row->sum.seq);
}

static void journal_replay(
    struct journal_walk *w, uint64_t seq, const struct rollup *row)
{
    struct audit *a = w->a;
    struct audit_replay *r = &a->state.replay;
    const struct ledger_entry *e = &row->sum;

    if (e->type == LEDGER_ROLLUP)
        journal_check_rollup(w, seq, row);
    else
        journal_check_entry(w, seq, e);
    if (__builtin_add_overflow(r->posted, e->amount, &r->posted) ||
        r->posted != e->posted_after)
        audit_breach(a, "I12", "account", w->account->id, STORE_ID,
            "entry %" PRIu64 " leaves %" PRId64 ", replayed %" PRId64, e->seq,
            e->posted_after, r->posted);
    if (__builtin_add_overflow(r->sum, e->amount, &r->sum))
        r->sum = INT64_MAX;
    r->posted = e->posted_after; /* one breach is one line, not all after it */
    memcpy(r->mac, e->mac, MAC_SIZE);
}

/* Either kind of row; an unreadable one is a breach. */
static bool journal_decode(
    struct audit *a, struct span key, struct span value, struct rollup *row)
{
    if (row_ledger_decode(value, row) == 0)
        return true;
    return audit_decode(a, row_ledger_kind(value), key, value, row);
}

/* Whether entries that were replayed have since been folded with some that were
 * not. It happens once at most behind each number, or it is no such thing. */
static bool journal_was_folded(
    const struct audit_replay *r, const struct rollup *row)
{
    return row->sum.type == LEDGER_ROLLUP && row->sum.first <= r->seq &&
           r->seq > r->again;
}

static bool journal_row(void *cookie, struct span key, struct span value)
{
    struct journal_walk *w = cookie;
    struct audit_replay *r = &w->a->state.replay;
    struct rollup row;
    uint64_t seq;

    if (key.n != ROW_LEDGER_PLACE ||
        memcmp(key.p, w->account->id, STORE_ID) != 0)
        return false;
    seq = row_ledger_seq(key);
    if (seq > w->account->seq)
        return false;
    if (w->a->budget <= 0) {
        w->pause = true;
        return false;
    }
    w->a->budget--;
    if (journal_decode(w->a, key, value, &row)) {
        w->folded = journal_was_folded(r, &row);
        if (w->folded)
            return false;
        journal_replay(w, seq, &row);
    }
    r->entries += seq - r->seq;
    r->seq = seq;
    return true;
}

static void journal_check_end(
    struct audit *a, const struct audit_account *account)
{
    const struct audit_replay *r = &a->state.replay;

    if (r->seq != account->seq)
        audit_breach(a, "I4", "account", account->id, STORE_ID,
            "the journal ends with entry %" PRIu64 " instead of %" PRIu64,
            r->seq, account->seq);
    if (r->sum != account->posted)
        audit_breach(a, "I1", "account", account->id, STORE_ID,
            "posted is %" PRId64 ", its journal sums to %" PRId64,
            account->posted, r->sum);
}

static void next_part(struct audit *a)
{
    a->state.part++;
    a->state.phase = a->state.part < ROW_BOOK_PARTS ? AUDIT_PART : AUDIT_HOLDS;
}

void audit_journals(struct audit *a)
{
    size_t count;
    const struct audit_account *accounts = audit_accounts(a, &count);
    struct journal_walk w = {.a = a};
    uint8_t place[ROW_LEDGER_PLACE];

    if (a->state.index == count) {
        next_part(a);
        return;
    }
    w.account = &accounts[a->state.index];
    row_ledger_place(w.account->id, a->state.replay.seq + 1, place);
    trail_walk(
        a->t, TABLE_LEDGER, row_span(place, sizeof(place)), journal_row, &w);
    if (w.folded)
        a->state.replay = (struct audit_replay){.again = a->state.replay.seq};
    if (w.pause || w.folded)
        return;
    journal_check_end(a, w.account);
    a->entry_count += a->state.replay.entries;
    a->state.index++;
    a->state.replay = (struct audit_replay){0};
}
