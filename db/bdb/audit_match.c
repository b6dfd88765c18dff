#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "audit.h"
#include "row_ledger.h"

/* A bill is told of twice, in the account's journal and by how the call's hold
 * ended, and the two must agree. But they lie in the order of accounts and of
 * calls: to look up the other one for each takes a random page of a table that
 * no cache holds. So each of the ordinary ones is hashed, under a key of ours,
 * with all that the two must agree about; hashes of the journals are added,
 * those of ends subtracted, and what is left is zero when the two are the same
 * set. That is done for each span of time apart, so that only the bills of a
 * few spans are looked up when something is wrong. That a bill is the price of
 * what was used is seen from the end of the hold alone, which has the price and
 * the tokens; the hash says that the entry has the same tokens.
 *
 * Both sides mean the journals as the parts' slices saw them: entries are added
 * together with ends, so what is newer is seen on neither side, and ends of it
 * are looked up. Bills that were corrected, and what the reaper billed, are
 * few, change later and are looked up too; and so is what may be forgotten
 * while the audit goes on. When more is forgotten than was thought, or a
 * journal is replayed again because it was folded, the sums differ, and the
 * second look finds that nothing is wrong. */

#define SPAN (INT64_C(3600) * 1000000)

static uint64_t *match_span(struct audit *a, int64_t time)
{
    return &a->state.spans[(uint64_t)(time / SPAN) % AUDIT_SPANS];
}

struct match_text {
    uint8_t account[STORE_ID], request[STORE_ID];
    uint64_t seq, tokens, flags;
    int64_t collected, uncollected;
};

static uint64_t match_hash(const struct audit *a,
    const uint8_t account[STORE_ID], const uint8_t request[STORE_ID],
    struct match_text text)
{
    uint64_t hash;

    memcpy(text.account, account, STORE_ID);
    memcpy(text.request, request, STORE_ID);
    crypto_shorthash(
        (uint8_t *)&hash, (const uint8_t *)&text, sizeof(text), a->match_key);
    return hash;
}

static uint64_t entry_hash(const struct audit *a, const struct ledger_entry *e)
{
    const struct match_text text = {.seq = e->seq,
        .tokens = row_done_tokens(e->tokens_in, e->tokens_out),
        .flags = e->flags,
        .collected = (int64_t)(0 - (uint64_t)e->amount),
        .uncollected = e->uncollected};

    return match_hash(a, e->account, e->request, text);
}

static uint64_t done_hash(const struct audit *a,
    const uint8_t request[STORE_ID], const struct row_done *done)
{
    const struct match_text text = {.seq = done->seq,
        .tokens = done->tokens,
        .flags = done->flags,
        .collected = done->charge.collected,
        .uncollected = done->charge.uncollected};

    return match_hash(a, done->account, request, text);
}

void audit_match_prepare(struct audit *a)
{
    const struct span what = {"audit", 5};
    uint8_t mac[MAC_SIZE];

    mac_sign(trail_ledger_key(a->t), &what, 1, mac);
    memcpy(a->match_key, mac, AUDIT_MATCH_KEY);
}

bool audit_match_holds(const struct audit *a)
{
    for (int i = 0; i < AUDIT_SPANS; i++)
        if (a->state.spans[i] != 0)
            return false;
    return true;
}

void audit_begin(struct audit *a)
{
    int64_t purged;

    a->budget--;
    a->state.forgotten = a->state.looked_up = INT64_MIN;
    if (audit_get(a, &row_purged, row_purged_key(), &purged) == TRAIL_FOUND) {
        a->state.forgotten = purged;
        if (__builtin_add_overflow(purged, SPAN, &a->state.looked_up))
            a->state.looked_up = INT64_MAX;
    }
    a->state.phase = AUDIT_PART;
}

/* ---- from the journal's side ---- */

/* Whether how the hold of an entry ended may have been forgotten. */
static bool is_forgotten(struct audit *a, const struct ledger_entry *e)
{
    int64_t purged;

    return audit_get(a, &row_purged, row_purged_key(), &purged) ==
               TRAIL_FOUND &&
           e->time <= purged;
}

/* That the hold which an entry bills ended once, with this entry, or was
 * corrected once, with this entry. */
static void check_entry(struct audit *a, const struct ledger_entry *e)
{
    const bool adjusts = e->type == LEDGER_ADJUST;
    struct row_done done;
    uint64_t seq;

    switch (audit_get(a, &row_done, row_span(e->request, STORE_ID), &done)) {
    case TRAIL_FOUND:
        seq = adjusts ? done.adjust_seq : done.seq;
        if (seq == e->seq && memcmp(done.account, e->account, STORE_ID) == 0)
            return;
        audit_breach(a, "I5", "request", e->request, STORE_ID,
            "billed by entry %" PRIu64 ", but it ended with entry %" PRIu64,
            e->seq, seq);
        break;
    case TRAIL_NONE:
        if (is_forgotten(a, e))
            return;
        audit_breach(a, "I5", "request", e->request, STORE_ID,
            "billed by entry %" PRIu64 ", but its hold has not ended", e->seq);
        break;
    case TRAIL_FAILED:
        break;
    }
}

static bool entry_is_summed(const struct audit *a, const struct ledger_entry *e)
{
    return e->type == LEDGER_SETTLE && e->time > a->state.looked_up;
}

void audit_match_entry(struct audit *a, const struct ledger_entry *e)
{
    if (e->type != LEDGER_SETTLE && e->type != LEDGER_EXPIRE &&
        e->type != LEDGER_ADJUST)
        return;
    if (entry_is_summed(a, e))
        *match_span(a, e->time) += entry_hash(a, e);
    else if (e->type != LEDGER_SETTLE || e->time > a->state.forgotten)
        check_entry(a, e);
}

struct mismatch_walk {
    struct audit *a;
    const struct audit_account *account;
    bool pause;
};

static bool mismatch_row(void *cookie, struct span key, struct span value)
{
    struct mismatch_walk *w = cookie;
    struct audit *a = w->a;
    struct ledger_entry e;

    if (key.n != ROW_LEDGER_PLACE ||
        memcmp(key.p, w->account->id, STORE_ID) != 0)
        return false;
    if (a->budget <= 0) {
        w->pause = true;
        return false;
    }
    a->budget--;
    a->state.replay.seq = row_ledger_seq(key);
    if (a->state.replay.seq > w->account->seq)
        return false;
    if (row_decode(&row_ledger, value, &e) == 0 && entry_is_summed(a, &e) &&
        *match_span(a, e.time) != 0)
        check_entry(a, &e);
    return true;
}

void audit_mismatch_journals(struct audit *a)
{
    size_t count;
    const struct audit_account *accounts = audit_all_accounts(a, &count);
    struct mismatch_walk w = {.a = a};
    uint8_t place[ROW_LEDGER_PLACE];

    if (a->state.index == count) {
        a->state.phase = AUDIT_MISMATCH_ENDED;
        return;
    }
    w.account = &accounts[a->state.index];
    row_ledger_place(w.account->id, a->state.replay.seq + 1, place);
    trail_walk(
        a->t, TABLE_LEDGER, row_span(place, sizeof(place)), mismatch_row, &w);
    if (w.pause)
        return;
    a->state.index++;
    a->state.replay = (struct audit_replay){0};
}

/* ---- from the side of ended holds ---- */

/* Whether the entry ${seq} of the account of ${done} tells of ${id}. */
static bool ended_entry(struct audit *a, const uint8_t id[STORE_ID],
    const struct row_done *done, uint64_t seq, struct ledger_entry *entry)
{
    uint8_t place[ROW_LEDGER_PLACE];

    row_ledger_place(done->account, seq, place);
    return audit_get(a, &row_ledger, row_span(place, sizeof(place)), entry) ==
               TRAIL_FOUND &&
           memcmp(entry->request, id, STORE_ID) == 0;
}

/* Returns whether it was billed by the ${entry} that it names. */
static bool check_done(struct audit *a, const uint8_t id[STORE_ID],
    const struct row_done *done, struct ledger_entry *entry)
{
    bool billed =
        done->ending != ENDING_RELEASED && done->caller != CALLER_DEVICE;

    if (done->adjust_seq != 0 &&
        (done->ending != ENDING_EXPIRED ||
            !ended_entry(a, id, done, done->adjust_seq, entry) ||
            entry->type != LEDGER_ADJUST))
        audit_breach(a, "I5", "request", id, STORE_ID,
            "it was corrected, but entry %" PRIu64 " does not say so",
            done->adjust_seq);
    if (!billed) {
        if (done->seq != 0)
            audit_breach(a, "I5", "request", id, STORE_ID,
                "it cost nothing, but names entry %" PRIu64, done->seq);
        return false;
    }
    if (ended_entry(a, id, done, done->seq, entry) &&
        entry->type != LEDGER_ADJUST) {
        audit_bill(a, id, done, entry);
        return true;
    }
    audit_breach(a, "I5", "request", id, STORE_ID,
        "it was billed, but entry %" PRIu64 " does not say so", done->seq);
    return false;
}

/* Whether it is a bill that both sides saw. */
static bool done_is_summed(struct audit *a, const struct row_done *done)
{
    struct audit_account *accounts, *account;
    size_t count;

    if (done->ending != ENDING_SETTLED || done->caller == CALLER_DEVICE ||
        done->adjust_seq != 0 || done->time <= a->state.looked_up)
        return false;
    accounts = audit_all_accounts(a, &count);
    account = audit_find(accounts, count, done->account);
    return account != NULL && done->seq <= account->seq;
}

/* Whether its hash says all: the tokens are known, and cost what it cost. */
static bool done_is_plain(const struct row_done *done)
{
    return done->tokens != 0 &&
           audit_is_priced(done, done->flags, done->tokens);
}

void audit_match_done(struct audit *a, const uint8_t request[STORE_ID],
    const struct row_done *done)
{
    const bool summed = done_is_summed(a, done);
    struct ledger_entry entry;

    if (summed && done_is_plain(done))
        *match_span(a, done->time) -= done_hash(a, request, done);
    else if (check_done(a, request, done, &entry) && summed)
        *match_span(a, entry.time) -= entry_hash(a, &entry);
}

void audit_mismatch_done(struct audit *a, const uint8_t request[STORE_ID],
    const struct row_done *done)
{
    struct ledger_entry entry;

    if (done_is_summed(a, done) && done_is_plain(done) &&
        *match_span(a, done->time) != 0)
        check_done(a, request, done, &entry);
}
