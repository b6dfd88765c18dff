#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dump.h"
#include "row_account.h"
#include "row_key.h"
#include "row_ledger.h"
#include "verb.h"

/* ---- what is remembered ---- */

static const struct dump_account *dump_accounts(
    const struct dump *d, size_t *count)
{
    *count = d->accounts.len / sizeof(struct dump_account);
    return (const struct dump_account *)(const void *)d->accounts.data;
}

static int by_id(const void *a, const void *b)
{
    return memcmp(a, b, STORE_ID); /* an account's id is its first member */
}

const struct dump_account *dump_account_of(
    const struct dump *d, const uint8_t id[STORE_ID])
{
    size_t count;
    const struct dump_account *accounts = dump_accounts(d, &count);

    return count == 0 ? NULL
                      : bsearch(id, accounts, count, sizeof(*accounts), by_id);
}

static bool knows(
    const struct dump *d, const uint8_t id[STORE_ID], uint64_t seq)
{
    const struct dump_account *account = dump_account_of(d, id);

    return account != NULL && seq <= account->seq;
}

static bool was_open(const struct dump *d, const uint8_t request[STORE_ID])
{
    const size_t count = d->holds.len / STORE_ID;

    return count > 0 &&
           bsearch(request, d->holds.data, count, STORE_ID, by_id) != NULL;
}

/* ---- lines ---- */

void dump_line(
    struct dumping *d, enum portable kind, const union portable_row *row)
{
    if (portable_write(kind, row, &d->verb->lines) < 0)
        trail_fail(d->t, "a row cannot be written as JSON");
    d->dump->mark.rows++;
    d->budget--;
}

static void dump_head(struct dumping *d)
{
    buf_printf(&d->verb->lines,
        "{\"turnpike\":\"dump\",\"format\":%d,\"created\":%" PRId64
        ",\"note\":\"of a store in use each account is shown as it was at one "
        "moment, not all of them at the same\"}\n",
        STORE_DUMP_FORMAT, d->verb->now);
    d->dump->mark.phase = DUMP_PARTS;
}

static void dump_end(struct dumping *d)
{
    union portable_row row = {0};

    if (row_get(d->t, &row_purged, row_purged_key(), &row.purged.time) ==
        TRAIL_FOUND)
        dump_line(d, PORTABLE_PURGED, &row);
    buf_printf(&d->verb->lines, "{\"kind\":\"end\",\"rows\":%" PRIu64 "}\n",
        d->dump->mark.rows);
    d->dump->mark.phase = DUMP_DONE;
}

/* ---- a part of the book ---- */

static bool part_account(void *cookie, struct span key, struct span value)
{
    struct dumping *d = cookie;
    union portable_row row;
    struct dump_account seen;

    if (key.n != STORE_ID || (uint8_t)key.p[0] != d->dump->mark.part)
        return false;
    if (!row_decode_or_fail(d->t, &row_account, value, &row.account))
        return false;
    seen = (struct dump_account){.seq = row.account.journal_seq,
        .pruned = row.account.events.pruned,
        .events = row.account.events.seq};
    memcpy(seen.id, row.account.id, STORE_ID);
    buf_put(&d->dump->accounts, &seen, sizeof(seen));
    dump_line(d, PORTABLE_ACCOUNT, &row);
    return true;
}

/* Calls of devices have no account: they go with the first part. */
static bool part_hold(void *cookie, struct span key, struct span value)
{
    struct dumping *d = cookie;
    union portable_row row;
    uint32_t part;

    d->budget--;
    if (!row_decode_or_fail(d->t, &row_hold, value, &row.hold.row))
        return false;
    part = row.hold.row.caller != CALLER_DEVICE ? row.hold.row.account[0] : 0;
    if (part != d->dump->mark.part)
        return true;
    row_hold_request((const uint8_t *)key.p, row.hold.request);
    buf_put(&d->dump->holds, row.hold.request, STORE_ID);
    dump_line(d, PORTABLE_HOLD, &row);
    return true;
}

static void dump_part(struct dumping *d)
{
    static const struct row_book nothing;
    struct dump_mark *m = &d->dump->mark;
    union portable_row row = {0};
    uint8_t from = (uint8_t)m->part;

    trail_walk(d->t, TABLE_ACCOUNT, row_span(&from, 1), part_account, d);
    trail_walk(d->t, TABLE_HOLD, row_span(NULL, 0), part_hold, d);
    row.book.part = from;
    row_book_get(d->t, from, &row.book.row);
    if (memcmp(&row.book.row, &nothing, sizeof(nothing)) != 0)
        dump_line(d, PORTABLE_BOOK, &row);
    if (++m->part == ROW_BOOK_PARTS)
        m->phase = DUMP_SORT;
}

/* Alone in its slice, as a slice that fails cuts off what it added. */
static void dump_sort(struct dumping *d)
{
    struct buf *holds = &d->dump->holds;

    if (holds->len > 0)
        qsort(holds->data, holds->len / STORE_ID, STORE_ID, by_id);
    d->dump->mark.phase = DUMP_ENTRIES;
    d->budget = 0;
}

/* ---- journals ---- */

struct journal {
    struct dumping *d;
    const struct dump_account *account;
};

static bool journal_entry(void *cookie, struct span key, struct span value)
{
    struct journal *j = cookie;
    struct dumping *d = j->d;
    union portable_row row;
    bool rolled;

    if (key.n != ROW_LEDGER_PLACE ||
        memcmp(key.p, j->account->id, STORE_ID) != 0)
        return false;
    if (!row_ledger_decode_or_fail(d->t, value, &row.rollup))
        return false;
    rolled = row.rollup.sum.type == LEDGER_ROLLUP;
    /* Entries that were dumped have become a roll-up with some that were not,
     * or with some that are too new. */
    d->moved = rolled && (row.rollup.sum.first <= d->dump->mark.seq ||
                             (row.rollup.sum.first <= j->account->seq &&
                                 row.rollup.sum.seq > j->account->seq));
    if (d->moved || row.rollup.sum.seq > j->account->seq)
        return false;
    d->pause = d->budget <= 0;
    if (d->pause)
        return false;
    d->dump->mark.seq = row.rollup.sum.seq;
    dump_line(d, rolled ? PORTABLE_ROLLUP : PORTABLE_ENTRY, &row);
    return true;
}

static void dump_entries(struct dumping *d)
{
    struct dump_mark *m = &d->dump->mark;
    uint8_t place[ROW_LEDGER_PLACE];
    size_t count;
    struct journal j = {d, dump_accounts(d->dump, &count)};

    if (m->index == count) {
        m->phase = DUMP_ENDED;
        m->index = 0;
        return;
    }
    j.account += m->index;
    row_ledger_place(j.account->id, m->seq + 1, place);
    trail_walk(
        d->t, TABLE_LEDGER, row_span(place, sizeof(place)), journal_entry, &j);
    d->budget--; /* a journal without entries is work, too */
    if (d->pause)
        return;
    m->index++;
    m->seq = 0;
}

/* ---- tables of which only some rows count ---- */

bool dump_next(struct dumping *d, struct span key)
{
    struct dump_mark *m = &d->dump->mark;

    d->pause = d->budget <= 0;
    if (d->pause)
        return false;
    d->budget--;
    if (key.n > sizeof(m->after)) {
        trail_fail(d->t, "a key is too long");
        return false;
    }
    memcpy(m->after, key.p, key.n);
    m->after_n = key.n;
    return true;
}

static bool ended_agrees(const struct dump *d, const struct portable_done *done)
{
    if (was_open(d, done->request))
        return false;
    return done->row.caller == CALLER_DEVICE ||
           knows(d, done->row.account, done->row.seq);
}

static bool ended_row(void *cookie, struct span key, struct span value)
{
    struct dumping *d = cookie;
    union portable_row row;

    if (!dump_next(d, key) ||
        !row_decode_or_fail(d->t, &row_done, value, &row.done.row))
        return false;
    memcpy(row.done.request, key.p, STORE_ID);
    if (!ended_agrees(d->dump, &row.done))
        return true;
    if (row.done.row.caller != CALLER_DEVICE &&
        !knows(d->dump, row.done.row.account, row.done.row.adjust_seq)) {
        /* The bill was corrected; what it was before is not known. */
        d->moved = true;
        return false;
    }
    dump_line(d, PORTABLE_DONE, &row);
    return true;
}

static bool key_row(void *cookie, struct span key, struct span value)
{
    struct dumping *d = cookie;
    union portable_row row;

    (void)value;
    if (!dump_next(d, key))
        return false;
    if (row_key_get(d->t, (const uint8_t *)key.p, &row.key) != TRAIL_FOUND)
        return false;
    if (knows(d->dump, row.key.account, 0))
        dump_line(d, PORTABLE_KEY, &row);
    return true;
}

static bool device_row(void *cookie, struct span key, struct span value)
{
    struct dumping *d = cookie;
    union portable_row row = {0};

    (void)value;
    if (!dump_next(d, key))
        return false;
    if (key.n == STORE_ID) {
        memcpy(row.device.device, key.p, STORE_ID);
        if (row_device_get(d->t, row.device.device, &row.device.row) ==
            TRAIL_FOUND)
            dump_line(d, PORTABLE_DEVICE, &row);
    } else {
        for (size_t i = 0; i < key.n; i++)
            row.day.day = row.day.day << 8 | (uint8_t)key.p[i];
        row.day.calls = row_device_count(d->t, row.day.day);
        dump_line(d, PORTABLE_DAY, &row);
    }
    return !trail_failed(d->t);
}

static void grant_row(struct dumping *d, struct span key)
{
    struct portable_grant *g;
    union portable_row row = {0};

    g = &row.grant;
    memcpy(g->account, key.p, STORE_ID);
    memcpy(g->name, key.p + STORE_ID, MAC_SIZE);
    if (row_idem_get(d->t, g->account, g->name, &g->row) == TRAIL_FOUND &&
        knows(d->dump, g->account, g->row.seq))
        dump_line(d, PORTABLE_GRANT, &row);
}

/* A call that was dumped as open has not ended, and one that has not ended
 * without being dumped as open is a later one. */
static void call_row(struct dumping *d, struct span key)
{
    struct portable_call *c;
    union portable_row row = {0};
    bool open;

    c = &row.call;
    memcpy(c->account, key.p, STORE_ID);
    memcpy(c->name, key.p + STORE_ID + 1, MAC_SIZE);
    if (row_call_get(d->t, c->account, c->name, &c->row) != TRAIL_FOUND)
        return;
    open = was_open(d->dump, c->row.request);
    if (open) {
        c->row.ended = false;
        c->row.credits = 0;
    }
    if (open || (c->row.ended && knows(d->dump, c->account, 0)))
        dump_line(d, PORTABLE_CALL, &row);
}

static bool idem_row(void *cookie, struct span key, struct span value)
{
    struct dumping *d = cookie;

    (void)value;
    if (!dump_next(d, key))
        return false;
    if (key.n == STORE_ID + MAC_SIZE)
        grant_row(d, key);
    else if (key.n == ROW_CALL_KEY)
        call_row(d, key);
    else
        trail_fail(d->t, "an idempotency row has an unknown key");
    return !trail_failed(d->t);
}

void dump_table(struct dumping *d, enum table table, trail_row_fn *row)
{
    struct dump_mark *m = &d->dump->mark;
    uint8_t from[DUMP_KEY_MAX + 1] = {0};

    /* The least key behind the last one is that one and a zero byte. */
    memcpy(from, m->after, m->after_n);
    trail_walk(
        d->t, table, row_span(from, m->after_n ? m->after_n + 1 : 0), row, d);
    if (d->pause)
        return;
    m->after_n = 0;
    m->phase++;
}

/* ---- slices ---- */

static void dump_step(struct dumping *d)
{
    switch (d->dump->mark.phase) {
    case DUMP_HEAD:
        dump_head(d);
        break;
    case DUMP_PARTS:
        dump_part(d);
        break;
    case DUMP_SORT:
        dump_sort(d);
        break;
    case DUMP_ENTRIES:
        dump_entries(d);
        break;
    case DUMP_ENDED:
        dump_table(d, TABLE_DONE, ended_row);
        break;
    case DUMP_KEYS:
        dump_table(d, TABLE_KEY, key_row);
        break;
    case DUMP_DEVICES:
        dump_table(d, TABLE_DEVICE, device_row);
        break;
    case DUMP_IDEMS:
        dump_table(d, TABLE_IDEM, idem_row);
        break;
    case DUMP_PROJECTS:
        dump_projects(d);
        break;
    case DUMP_POLICIES:
        dump_policies(d);
        break;
    case DUMP_QUOTAS:
        dump_quotas(d);
        break;
    case DUMP_EVENTS:
        dump_events(d);
        break;
    case DUMP_CURSORS:
        dump_cursors(d);
        break;
    case DUMP_END:
        dump_end(d);
        break;
    case DUMP_DONE:
        break;
    }
}

static void dump_slice(struct dumping *d)
{
    struct dump *dump = d->dump;
    const struct dump_mark mark = dump->mark;
    const size_t accounts = dump->accounts.len, holds = dump->holds.len;
    const size_t projects = dump->projects.len;
    const size_t lines = d->verb->lines.len;

    while (d->budget > 0 && dump->mark.phase != DUMP_DONE &&
           !trail_failed(d->t) && !d->moved)
        dump_step(d);
    if (dump->accounts.failed || dump->holds.failed || dump->projects.failed ||
        d->verb->lines.failed)
        trail_fail(d->t, "out of memory for the dump");
    if (!trail_failed(d->t) && !d->moved)
        return;
    dump->mark = mark;
    dump->accounts.len = accounts;
    dump->holds.len = holds;
    dump->projects.len = projects;
    d->verb->lines.len = lines;
}

enum store_status verb_dump(struct trail *t, struct store_verb *verb)
{
    struct store_dump *v = (struct store_dump *)verb;
    struct dumping d = {.t = t, .verb = v, .budget = v->most > 0 ? v->most : 1};

    if (v->state == NULL)
        v->state = calloc(1, sizeof(struct dump));
    if (v->state == NULL) {
        trail_fail(t, "out of memory for the dump");
        return STORE_OK;
    }
    d.dump = v->state;
    dump_slice(&d);
    v->done = d.dump->mark.phase == DUMP_DONE;
    v->rows = d.dump->mark.rows;
    return d.moved ? STORE_REFUSED : STORE_OK;
}

void store_dump_free(struct store_dump *v)
{
    struct dump *d = v->state;

    if (d != NULL) {
        buf_free(&d->accounts);
        buf_free(&d->holds);
        buf_free(&d->projects);
    }
    free(d);
    buf_free(&v->lines);
    v->state = NULL;
}
