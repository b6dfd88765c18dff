#include <assert.h>
#include <string.h>

#include "db/bdb/row_book.h"
#include "db/bdb/row_ledger.h"
#include "simulator.h"

static void compare_entries(struct simulator *s, unsigned n)
{
    const struct oracle_account *a = oracle_account(s->o, n);
    struct ledger_entry e;
    uint8_t id[STORE_ID];

    fixture_id(n, id);
    for (; s->seen[n - 1] < a->count; s->seen[n - 1]++) {
        const struct ledger_entry *w = &a->entries[s->seen[n - 1]];

        if (row_ledger_get(s->t, id, w->seq, &e) != TRAIL_FOUND)
            simulator_wrong(s, "account %u has no entry %d", n, (int)w->seq);
        if (e.type != w->type || e.amount != w->amount ||
            e.uncollected != w->uncollected || e.time != w->time ||
            e.posted_after != w->posted_after ||
            e.held_after != w->held_after ||
            (e.type != LEDGER_GRANT &&
                memcmp(e.request, w->request, sizeof(e.request)) != 0))
            simulator_wrong(s, "entry %d of account %u is not as it should be",
                (int)w->seq, n);
    }
}

static void compare_account(struct simulator *s, unsigned n)
{
    const struct oracle_account *a = oracle_account(s->o, n);
    struct store_account row = fixture_look(s->t, n);

    if (row.balance.posted != a->balance.posted ||
        row.balance.held != a->balance.held)
        simulator_wrong(s,
            "account %u: posted %lld held %lld, should be %lld and %lld", n,
            (long long)row.balance.posted, (long long)row.balance.held,
            (long long)a->balance.posted, (long long)a->balance.held);
    if (row.journal_seq != a->count)
        simulator_wrong(s,
            "account %u: its journal ends at %llu, should at %llu", n,
            (unsigned long long)row.journal_seq, (unsigned long long)a->count);
}

static void compare_book(struct simulator *s, unsigned n)
{
    const struct oracle_account *a = oracle_account(s->o, n);
    struct row_book book;
    uint8_t id[STORE_ID];

    fixture_id(n, id);
    row_book_get(s->t, id[0], &book);
    if (book.grants != a->grants || book.revenue != a->revenue ||
        book.uncollected != a->uncollected)
        simulator_wrong(s, "the book is wrong for account %u", n);
}

void simulator_compare(struct simulator *s)
{
    for (unsigned n = 1; n <= ORACLE_ACCOUNTS; n++) {
        compare_account(s, n);
        compare_entries(s, n);
        compare_book(s, n);
    }
}

static void run_committed(struct simulator *s, void *verb, size_t size)
{
    union simulator_verb before;
    const char *what;

    assert(size <= sizeof(before));
    memcpy(&before, verb, size);
    fake_trail_run(s->t, verb);
    what = oracle_check(s->o, s->worker[0].incarnation, &before.head,
        (struct store_verb *)verb);
    if (what != NULL)
        simulator_wrong(s, "%s", what);
}

void simulator_reap_all(struct simulator *s)
{
    struct store_reap reap = {.verb.kind = STORE_REAP, .most = 64};

    do {
        reap.now = s->now;
        reap.boot = s->boot;
        run_committed(s, &reap, sizeof(reap));
    } while (reap.more);
}

/* What is old is folded; whoever does so is sometimes killed between. */
static void roll_up(struct simulator *s)
{
    struct store_rollup r = {.verb.kind = STORE_ROLLUP,
        .now = s->now,
        .before = s->now,
        .most = 1 + simulator_draw(s, 40)};

    do {
        r.fold = false;
        fake_trail_run(s->t, &r);
        if (r.verb.status != STORE_OK)
            simulator_wrong(s, "a slice cannot be read: %s", r.why);
        r.fold = r.next.last != 0 && simulator_draw(s, 10) != 0;
        for (unsigned again = simulator_draw(s, 2) + 1; r.fold && again > 0;
             again--) {
            fake_trail_run(s->t, &r);
            if (r.verb.status != STORE_OK)
                simulator_wrong(s, "a slice cannot be folded: %s", r.why);
            ++*s->folded;
        }
        r.mark = r.fold || r.next.last == 0 ? r.next : r.mark;
    } while (!r.done);
    buf_free(&r.lines);
}

void simulator_audit(struct simulator *s)
{
    struct store_audit a = {
        .verb.kind = STORE_AUDIT, .boot = s->boot, .most = 1000};

    simulator_reap_all(s);
    simulator_compare(s);
    roll_up(s);
    while (!a.done)
        fake_trail_run(s->t, &a);
    buf_free(&a.cursor);
    if (a.breaches > 0)
        simulator_wrong(s, "the audit says: %s", buf_terminate(&a.report));
    buf_free(&a.report);
}
