#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "portable.h"
#include "purge.h"
#include "row_account.h"
#include "row_ledger.h"
#include "verb.h"

/* Reading and folding see a slice in the same way: entries of one journal that
 * follow what is folded already, of one day, old enough, and bills of holds of
 * which the end may be forgotten. Folding forgets it, so that whoever finds the
 * end of a hold finds its journal entry, too. */

struct slice {
    struct trail *t;
    struct store_rollup *verb;
    int64_t limit;          /* the first day that is too young */
    uint64_t until;         /* no entry behind it */
    uint32_t room;          /* for entries */
    struct rollup previous; /* before the slice: a row, or all zero */
    struct rollup rollup;   /* with the slice in it */
    uint64_t count;
    struct buf ended; /* ids of holds that its entries bill */
    int64_t newest;   /* time of their ends */
    bool odd;         /* the journal is not sound */
};

static void slice_odd(struct slice *s, uint64_t seq, const char *what)
{
    struct store_rollup *v = s->verb;
    char hex[2 * STORE_ID + 1];

    mac_hex(s->rollup.sum.account, STORE_ID, hex);
    snprintf(v->why, sizeof(v->why),
        "%s %" PRIu64 " of account %s is not sound: audit", what, seq, hex);
    s->odd = true;
}

/* A slice of a day that has a roll-up extends it. A clock that was set back
 * does not make a second one: days of roll-ups only grow. */
static void slice_begin(struct slice *s, const struct ledger_entry *e)
{
    const struct rollup *p = &s->previous;
    const int64_t day = rollup_day(e->time);

    if (p->sum.type != LEDGER_ROLLUP || p->day < day) {
        rollup_begin(e->account, &p->sum, day, &s->rollup);
        return;
    }
    s->rollup = *p;
    if (!rollup_verify(trail_ledger_key(s->t), p->before, p))
        slice_odd(s, p->sum.seq, "the roll-up at");
}

/* Whether nobody can refer to ${e} any more. */
static bool slice_is_over(struct slice *s, const struct ledger_entry *e)
{
    struct row_done done;

    if (e->type == LEDGER_GRANT)
        return true;
    switch (row_done_get(s->t, e->request, &done)) {
    case TRAIL_NONE:
        return true;
    case TRAIL_FOUND:
        if (!purge_is_due(&done, s->verb->now))
            return false;
        buf_put(&s->ended, e->request, STORE_ID);
        if (done.time > s->newest)
            s->newest = done.time;
        return true;
    case TRAIL_FAILED:
        break;
    }
    return false;
}

static bool slice_take(struct slice *s, const struct ledger_entry *e)
{
    if (s->room == 0 || e->seq > s->until || rollup_day(e->time) >= s->limit)
        return false;
    if (s->count == 0)
        slice_begin(s, e);
    if (s->odd || rollup_day(e->time) > s->rollup.day || !slice_is_over(s, e))
        return false;
    if (!rollup_add(trail_ledger_key(s->t), e, &s->rollup)) {
        slice_odd(s, e->seq, "entry");
        return false;
    }
    s->count++;
    s->room--;
    return true;
}

static bool slice_row(void *cookie, struct span key, struct span value)
{
    struct slice *s = cookie;
    struct store_rollup *v = s->verb;
    union portable_row row;

    if (key.n != ROW_LEDGER_PLACE ||
        memcmp(key.p, v->next.account, STORE_ID) != 0 ||
        !row_ledger_decode_or_fail(s->t, value, &row.rollup) ||
        !slice_take(s, &row.rollup.sum))
        return false;
    if (!v->fold && portable_write(PORTABLE_ENTRY, &row, &v->lines) < 0)
        trail_fail(s->t, "a row cannot be written as JSON");
    return true;
}

/* Take what follows s->previous in the journal of verb->next.account. */
static void slice_walk(struct slice *s)
{
    uint8_t place[ROW_LEDGER_PLACE];

    row_ledger_place(s->verb->next.account, s->previous.sum.seq + 1, place);
    trail_walk(
        s->t, TABLE_LEDGER, row_span(place, sizeof(place)), slice_row, s);
    if (s->ended.failed || s->verb->lines.failed)
        trail_fail(s->t, "out of memory for the roll-up");
}

/* ---- reading ---- */

/* The last roll-up of a journal of ${seq} entries, all zero when there is none.
 * As roll-ups come before entries a few looks are enough. */
static void find_front(struct slice *s, uint64_t seq)
{
    uint64_t low = 0, high = seq + 1, look = 1;
    struct rollup row;

    s->previous = (struct rollup){0};
    while (low + 1 < high) {
        enum trail_result result =
            row_ledger_at(s->t, s->verb->next.account, look, &row);

        if (result == TRAIL_FAILED)
            return;
        s->room -= s->room > 1;
        if (result == TRAIL_FOUND && row.sum.type == LEDGER_ROLLUP) {
            s->previous = row;
            low = row.sum.seq;
        } else {
            high = look;
        }
        look = low + (high - low) / 2;
    }
}

struct account_walk {
    struct trail *t;
    struct store_account account;
    bool found;
};

static bool account_row(void *cookie, struct span key, struct span value)
{
    struct account_walk *w = cookie;

    (void)key;
    w->found = row_decode_or_fail(w->t, &row_account, value, &w->account);
    return false;
}

/* The first account from verb->next on, with what is folded of its journal. */
static bool find_account(struct slice *s)
{
    struct store_slice *next = &s->verb->next;
    struct account_walk w = {.t = s->t};

    trail_walk(s->t, TABLE_ACCOUNT, row_span(next->account, STORE_ID),
        account_row, &w);
    s->room -= s->room > 1;
    if (!w.found)
        return false;
    if (memcmp(w.account.id, next->account, STORE_ID) != 0)
        next->last = 0;
    memcpy(next->account, w.account.id, STORE_ID);
    if (next->last == 0)
        find_front(s, w.account.journal_seq);
    else if (row_ledger_at(s->t, next->account, next->last, &s->previous) !=
                 TRAIL_FOUND ||
             s->previous.sum.seq != next->last)
        find_front(s, w.account.journal_seq);
    return !trail_failed(s->t);
}

/* Let reading go on with the account after this one. False: there is none. */
static bool skip_account(struct store_slice *next)
{
    int i = STORE_ID;

    next->first = next->last = 0;
    while (i > 0 && ++next->account[i - 1] == 0)
        i--;
    return i > 0;
}

static enum store_status rollup_read(struct slice *s)
{
    struct store_rollup *v = s->verb;

    v->next = v->mark;
    buf_reset(&v->lines);
    do {
        v->done = !find_account(s);
        if (v->done || trail_failed(s->t))
            return STORE_OK;
        slice_walk(s);
        if (s->odd)
            break;
        if (s->count > 0) {
            v->next.first = s->previous.sum.seq + 1;
            v->next.last = s->rollup.sum.seq;
            v->next.day = s->rollup.day;
            memcpy(v->next.mac, s->rollup.sum.mac, MAC_SIZE);
            return STORE_OK;
        }
        v->done = !skip_account(&v->next);
    } while (!v->done && s->room > 1 && !trail_failed(s->t));
    if (s->odd)
        v->done = !skip_account(&v->next);
    return s->odd ? STORE_REFUSED : STORE_OK;
}

/* ---- folding ---- */

/* Everything but the last entry goes, and the roll-up takes its place. */
static void rollup_write(struct slice *s)
{
    const struct store_slice *next = &s->verb->next;
    uint8_t place[ROW_LEDGER_PLACE];
    uint64_t seq = next->first;

    if (s->rollup.sum.first < next->first)
        seq--; /* the roll-up that is extended */
    for (; seq < next->last; seq++) {
        row_ledger_place(next->account, seq, place);
        trail_delete(s->t, TABLE_LEDGER, row_span(place, sizeof(place)));
    }
    rollup_seal(trail_ledger_key(s->t), &s->rollup);
    row_ledger_put(s->t, &s->rollup);
    for (size_t at = 0; at < s->ended.len; at += STORE_ID)
        trail_delete(s->t, TABLE_DONE, row_span(s->ended.data + at, STORE_ID));
    if (s->ended.len > 0)
        purge_note(s->t, s->newest);
}

static enum store_status rollup_refuse(struct slice *s)
{
    struct store_rollup *v = s->verb;

    if (!s->odd)
        snprintf(v->why, sizeof(v->why),
            "entries %" PRIu64 " to %" PRIu64 " are not those that were read",
            v->next.first, v->next.last);
    return STORE_REFUSED;
}

/* Compare-and-set: only the very entries that were read. */
static enum store_status rollup_fold(struct slice *s)
{
    struct store_slice *next = &s->verb->next;
    struct rollup row;

    if (next->first == 0 || next->last < next->first ||
        row_ledger_at(s->t, next->account, next->first, &row) != TRAIL_FOUND)
        return rollup_refuse(s);
    if (row.sum.type == LEDGER_ROLLUP && row.sum.first <= next->first &&
        row.sum.seq >= next->last)
        return STORE_OK;
    if (next->first > 1 && (row_ledger_at(s->t, next->account, next->first - 1,
                                &s->previous) != TRAIL_FOUND ||
                               s->previous.sum.type != LEDGER_ROLLUP ||
                               s->previous.sum.seq != next->first - 1))
        return rollup_refuse(s);
    s->until = next->last;
    slice_walk(s);
    if (s->odd || s->rollup.sum.seq != next->last ||
        memcmp(s->rollup.sum.mac, next->mac, MAC_SIZE) != 0)
        return rollup_refuse(s);
    rollup_write(s);
    return STORE_OK;
}

enum store_status verb_rollup(struct trail *t, struct store_verb *verb)
{
    struct store_rollup *v = (struct store_rollup *)verb;
    const int64_t young = rollup_day(v->now) - STORE_ROLLUP_LEAST;
    const int64_t before = rollup_day(v->before);
    struct slice s = {.t = t,
        .verb = v,
        .limit = before < young ? before : young,
        .until = UINT64_MAX,
        .room = v->most > 0 ? v->most : 1,
        .newest = INT64_MIN};
    enum store_status status;

    v->why[0] = 0;
    status = v->fold ? rollup_fold(&s) : rollup_read(&s);
    buf_free(&s.ended);
    return status;
}

/* ---- lines ---- */

int store_entry_read(struct span line, struct ledger_entry *entry)
{
    struct json_doc doc = {0};
    struct buf again = {0};
    union portable_row row;
    enum portable kind;
    char why[160];
    int rc = -1;

    if (json_parse(&doc, line.p, line.n) == JSON_OK &&
        json_kind(&doc, 0) == JSON_OBJECT && portable_kind(&doc, &kind) == 0 &&
        kind == PORTABLE_ENTRY && portable_read(&doc, kind, &row, why) == 0 &&
        portable_write(kind, &row, &again) == 0 && !again.failed &&
        again.len == line.n + 1 && memcmp(again.data, line.p, line.n) == 0) {
        *entry = row.entry;
        rc = 0;
    }
    buf_free(&again);
    json_free(&doc);
    return rc;
}
