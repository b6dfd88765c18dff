#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "load.h"
#include "row_account.h"
#include "row_key.h"
#include "row_ledger.h"
#include "verb.h"

/* The reverse of verb_dump.c, which says in what order lines come. Every line
 * is checked against those before it, then written; the store is new and its
 * only user throws it away when a line is refused. */

void load_refuse(struct loading *l, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(l->verb->why, sizeof(l->verb->why), fmt, args);
    va_end(args);
    l->refused = true;
}

bool load_is_new(struct loading *l, enum trail_result result, const char *what)
{
    if (result == TRAIL_FOUND)
        load_refuse(l, "%s is there twice", what);
    return result == TRAIL_NONE;
}

bool load_is_known(struct loading *l, const uint8_t id[STORE_ID], uint64_t seq)
{
    struct store_account account;
    enum trail_result result = row_account_get(l->t, id, &account);

    if (result == TRAIL_NONE)
        load_refuse(l, "it names an account that does not exist");
    else if (result == TRAIL_FOUND && seq > account.journal_seq)
        load_refuse(l, "it names an entry that the journal does not have");
    return result == TRAIL_FOUND && !l->refused;
}

/* ---- rows ---- */

static void load_account(struct loading *l, const struct store_account *account)
{
    const struct balance *b = &account->balance;
    struct store_account other;
    uint8_t id[STORE_ID];

    if (account->email[0] == 0 || b->held < 0 || b->held > b->posted) {
        load_refuse(l, "the account is not sound");
        return;
    }
    if (load_is_new(
            l, row_account_get(l->t, account->id, &other), "the account") &&
        load_is_new(
            l, row_account_by_email(l->t, account->email, id), "the e-mail")) {
        row_account_put(l->t, account);
        row_account_put_email(l->t, account);
    }
}

static void load_hold(struct loading *l, const struct portable_hold *h)
{
    struct row_hold other;

    if (h->row.amount < 0) {
        load_refuse(l, "the hold is not sound");
        return;
    }
    if (h->row.caller != CALLER_DEVICE && !load_is_known(l, h->row.account, 0))
        return;
    if (load_is_new(l, row_hold_get(l->t, h->request, &other), "the hold")) {
        row_hold_put(l->t, h->request, &h->row);
        load_claim(l, &h->row);
    }
}

static void load_book(struct loading *l, const struct portable_book *b)
{
    static const struct row_book nothing;
    struct row_book other;

    row_book_get(l->t, b->part, &other);
    if (memcmp(&other, &nothing, sizeof(other)) != 0)
        load_refuse(l, "this part of the book is there twice");
    else if (row_book_add(l->t, b->part, &b->row) < 0)
        load_refuse(l, "the book overflows");
}

/* The journal that is read ends where its account says. */
static void load_journal_end(struct loading *l)
{
    struct store_account account;
    const struct ledger_entry *last = &l->mark->last;

    if (last->seq == 0)
        return;
    if (row_account_get(l->t, last->account, &account) != TRAIL_FOUND)
        return;
    if (account.journal_seq != last->seq)
        load_refuse(l, "the journal before it ends too early");
    else if (account.balance.posted != last->posted_after)
        load_refuse(l, "the journal before it does not end in the balance");
    l->mark->last = (struct ledger_entry){0};
}

static void load_entry(struct loading *l, const struct ledger_entry *e)
{
    struct ledger_entry *last = &l->mark->last;
    uint8_t place[ROW_LEDGER_PLACE];
    int64_t posted;

    if (memcmp(e->account, last->account, STORE_ID) != 0)
        load_journal_end(l);
    if (l->refused || !load_is_known(l, e->account, e->seq))
        return;
    if (e->seq != last->seq + 1)
        load_refuse(
            l, "entry %" PRIu64 " follows entry %" PRIu64, e->seq, last->seq);
    else if (!ledger_verify(trail_ledger_key(l->t), last->mac, e))
        load_refuse(l, "the MAC is wrong: changed, or sealed with another key");
    else if (__builtin_add_overflow(last->posted_after, e->amount, &posted) ||
             posted != e->posted_after)
        load_refuse(l, "the balance after it is wrong");
    if (l->refused)
        return;
    row_ledger_place(e->account, e->seq, place);
    row_put(l->t, &row_ledger, row_span(place, sizeof(place)), e);
    *last = *e;
}

static void load_rollup(struct loading *l, struct rollup *r)
{
    struct ledger_entry *last = &l->mark->last;
    int64_t posted;

    if (memcmp(r->sum.account, last->account, STORE_ID) != 0)
        load_journal_end(l);
    if (l->refused || !load_is_known(l, r->sum.account, r->sum.seq))
        return;
    if (!rollup_total(r))
        load_refuse(l, "the roll-up does not have as many entries as numbers");
    else if (r->sum.first != last->seq + 1)
        load_refuse(l, "a roll-up from %" PRIu64 " on follows entry %" PRIu64,
            r->sum.first, last->seq);
    else if (!rollup_verify(trail_ledger_key(l->t), last->mac, r))
        load_refuse(l, "the MAC is wrong: changed, or sealed with another key");
    else if (__builtin_add_overflow(
                 last->posted_after, r->sum.amount, &posted) ||
             posted != r->sum.posted_after)
        load_refuse(l, "the balance after it is wrong");
    if (l->refused)
        return;
    row_ledger_put(l->t, r);
    *last = r->sum;
}

static void load_done(struct loading *l, const struct portable_done *d)
{
    struct row_hold hold;
    struct row_done other;
    uint64_t seq =
        d->row.seq > d->row.adjust_seq ? d->row.seq : d->row.adjust_seq;

    if (d->row.caller != CALLER_DEVICE &&
        !load_is_known(l, d->row.account, seq))
        return;
    if (load_is_new(l, row_hold_get(l->t, d->request, &hold), "the request") &&
        load_is_new(l, row_done_get(l->t, d->request, &other), "the request"))
        row_done_put(l->t, d->request, &d->row);
}

static void load_key(struct loading *l, const struct store_key *key)
{
    struct store_key other;

    if (key->id[0] == 0) {
        load_refuse(l, "the key has no id");
        return;
    }
    if (load_is_known(l, key->account, 0) &&
        load_is_new(l, row_key_get(l->t, key->digest, &other), "the digest") &&
        load_is_new(l, row_key_by_id(l->t, key->id, &other), "the key")) {
        row_key_put(l->t, key);
        row_key_put_index(l->t, key);
    }
}

static void load_device(struct loading *l, const struct portable_device *d)
{
    struct row_device other;

    if (load_is_new(l, row_device_get(l->t, d->device, &other), "the device"))
        row_device_put(l->t, d->device, &d->row);
}

static void load_day(struct loading *l, const struct portable_day *d)
{
    if (row_device_count(l->t, d->day) != 0)
        load_refuse(l, "the day is there twice");
    else
        row_device_put_count(l->t, d->day, d->calls);
}

static void load_grant(struct loading *l, const struct portable_grant *g)
{
    struct row_idem other;

    if (load_is_known(l, g->account, g->row.seq) &&
        load_is_new(
            l, row_idem_get(l->t, g->account, g->name, &other), "the grant"))
        row_idem_put(l->t, g->account, g->name, &g->row);
}

static void load_call(struct loading *l, const struct portable_call *c)
{
    struct row_call other;

    if (load_is_known(l, c->account, 0) &&
        load_is_new(
            l, row_call_get(l->t, c->account, c->name, &other), "the call"))
        row_call_put(l->t, c->account, c->name, &c->row);
}

static void load_purged(struct loading *l, const struct portable_purged *p)
{
    int64_t other;

    if (load_is_new(l, row_get(l->t, &row_purged, row_purged_key(), &other),
            "what was forgotten"))
        row_put(l->t, &row_purged, row_purged_key(), &p->time);
}

static void load_row(
    struct loading *l, enum portable kind, union portable_row *row)
{
    if (kind != PORTABLE_ENTRY && kind != PORTABLE_ROLLUP)
        load_journal_end(l);
    if (l->refused)
        return;
    switch (kind) {
    case PORTABLE_ACCOUNT:
        load_account(l, &row->account);
        break;
    case PORTABLE_HOLD:
        load_hold(l, &row->hold);
        break;
    case PORTABLE_BOOK:
        load_book(l, &row->book);
        break;
    case PORTABLE_ENTRY:
        load_entry(l, &row->entry);
        break;
    case PORTABLE_ROLLUP:
        load_rollup(l, &row->rollup);
        break;
    case PORTABLE_DONE:
        load_done(l, &row->done);
        break;
    case PORTABLE_KEY:
        load_key(l, &row->key);
        break;
    case PORTABLE_DEVICE:
        load_device(l, &row->device);
        break;
    case PORTABLE_DAY:
        load_day(l, &row->day);
        break;
    case PORTABLE_GRANT:
        load_grant(l, &row->grant);
        break;
    case PORTABLE_CALL:
        load_call(l, &row->call);
        break;
    case PORTABLE_PURGED:
        load_purged(l, &row->purged);
        break;
    case PORTABLE_PROJECT:
    case PORTABLE_POLICY:
    case PORTABLE_REVISION:
    case PORTABLE_QUOTA:
    case PORTABLE_EVENT:
    case PORTABLE_CURSOR:
        load_governed(l, kind, row);
        break;
    case PORTABLE_COUNT:
        break;
    }
    l->mark->rows++;
}

/* ---- lines ---- */

static void load_head(struct loading *l)
{
    int64_t format;

    if (!json_string_is(&l->doc, json_member(&l->doc, 0, "turnpike"), "dump"))
        load_refuse(l, "this is not the beginning of a dump");
    else if (json_int(&l->doc, json_member(&l->doc, 0, "format"), &format) < 0)
        load_refuse(l, "the dump does not say its format");
    else if (format != STORE_DUMP_FORMAT)
        load_refuse(l, "the dump has format %" PRId64 ", this program reads %d",
            format, STORE_DUMP_FORMAT);
    l->mark->begun = true;
}

static void load_end(struct loading *l)
{
    int64_t rows;

    load_journal_end(l);
    if (l->refused)
        return;
    if (json_int(&l->doc, json_member(&l->doc, 0, "rows"), &rows) < 0 ||
        (uint64_t)rows != l->mark->rows || json_size(&l->doc, 0) != 2)
        load_refuse(l, "%" PRIu64 " rows came before it, but it says otherwise",
            l->mark->rows);
    l->mark->ended = true;
}

static void load_read(struct loading *l, enum portable kind)
{
    union portable_row row;

    if (portable_read(&l->doc, kind, &row, l->verb->why) < 0)
        l->refused = true;
    else
        load_row(l, kind, &row);
    portable_free(kind, &row);
}

static void load_line(struct loading *l, struct span line)
{
    enum json_error error = json_parse(&l->doc, line.p, line.n);
    enum portable kind;
    uint32_t what;

    if (error == JSON_NO_MEMORY)
        trail_fail(l->t, "out of memory for the load");
    else if (error != JSON_OK)
        load_refuse(l, "invalid JSON: %s", json_strerror(error));
    else if (json_kind(&l->doc, 0) != JSON_OBJECT)
        load_refuse(l, "it is not an object");
    else if (l->mark->ended)
        load_refuse(l, "something comes behind the end");
    else if (!l->mark->begun)
        load_head(l);
    else if ((what = json_member(&l->doc, 0, "kind")) != JSON_NONE &&
             json_string_is(&l->doc, what, "end"))
        load_end(l);
    else if (portable_kind(&l->doc, &kind) < 0)
        load_refuse(l, "its kind is unknown");
    else
        load_read(l, kind);
}

enum store_status verb_load(struct trail *t, struct store_verb *verb)
{
    struct store_load *v = (struct store_load *)verb;
    struct loading l = {.t = t, .verb = v, .mark = &v->next};
    struct span rest = v->lines;

    v->next = v->mark;
    v->why[0] = 0;
    while (rest.n > 0 && !l.refused && !trail_failed(t)) {
        const char *end = memchr(rest.p, '\n', rest.n);
        size_t n = end != NULL ? (size_t)(end - rest.p) : rest.n;

        v->next.lines++;
        if (end == NULL)
            load_refuse(&l, "it is cut off");
        else
            load_line(&l, (struct span){rest.p, n});
        n += end != NULL;
        rest = (struct span){rest.p + n, rest.n - n};
    }
    json_free(&l.doc);
    return l.refused ? STORE_REFUSED : STORE_OK;
}
