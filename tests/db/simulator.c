/* What must hold: whatever N workers do to the ledger in whatever order - calls
 * that are admitted, extended, settled once, twice or late, workers that die,
 * transactions that fail, that are of unknown fate and run again, machines that
 * restart, clocks that leap - every answer, every balance and every journal
 * entry is what the oracle says, and an audit finds nothing.
 *
 *   simulator STEPS WORKERS SEEDS [FIRST]    TAP on standard output
 *
 * One process and no disk: what is tried is the order of things. A seed that
 * fails fails again. */

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/bdb/row_book.h"
#include "db/bdb/row_ledger.h"
#include "db/bdb/verbs.h"
#include "fixture.h"
#include "oracle.h"

enum {
    WORKERS_MAX = 16,
    LANES = 6, /* calls that a worker has under way */
    JOBS = 128,
    BATCH = 8,
    DEATHS_MAX = 200, /* of one seed */
    AUDIT_STEPS = 400,
    LEASE = 1 << 30,
    NEVER = 1 << 30
};

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)

union verb {
    struct store_verb head;
    struct store_admit admit;
    struct store_extend extend;
    struct store_settle settle;
    struct store_reap reap;
    struct store_grant grant;
    struct store_account_set account;
    struct store_key_set key;
};

/* A verb that waits for its batch. */
struct job {
    union verb verb;
    unsigned worker;
    struct lane *lane; /* whose answer it is; NULL: nobody waits for it */
};

enum lane_state { LANE_IDLE, LANE_ADMIT, LANE_OPEN, LANE_WAIT, LANE_END };

struct lane {
    enum lane_state state;
    unsigned request;
    uint64_t out;
};

struct worker {
    uint64_t incarnation;
    struct lane lane[LANES];
};

struct sim {
    unsigned seed, step, workers;
    uint64_t random;
    struct trail *t;
    struct oracle *o;
    struct worker worker[WORKERS_MAX];
    uint64_t incarnations;
    struct job job[JOBS];
    size_t jobs;
    unsigned requests, deaths;
    int64_t now, boot;
    size_t seen[ORACLE_ACCOUNTS]; /* journal entries that were compared */
    struct store_reap reap;       /* goes on from pass to pass */
    uint64_t *reruns, *folded;
};

static void wrong(const struct sim *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

static void wrong(const struct sim *s, const char *fmt, ...)
{
    va_list ap;

    printf("not ok 1 - seed %u, step %u: ", s->seed, s->step);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf("\n");
    exit(1);
}

static unsigned draw(struct sim *s, unsigned below)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return (unsigned)((s->random >> 11) % below);
}

/* ---- comparing ---- */

static void compare_entries(struct sim *s, unsigned n)
{
    const struct oracle_account *a = oracle_account(s->o, n);
    struct ledger_entry e;
    uint8_t id[STORE_ID];

    fixture_id(n, id);
    for (; s->seen[n - 1] < a->count; s->seen[n - 1]++) {
        const struct ledger_entry *w = &a->entries[s->seen[n - 1]];

        if (row_ledger_get(s->t, id, w->seq, &e) != TRAIL_FOUND)
            wrong(s, "account %u has no entry %d", n, (int)w->seq);
        if (e.type != w->type || e.amount != w->amount ||
            e.uncollected != w->uncollected || e.time != w->time ||
            e.posted_after != w->posted_after ||
            e.held_after != w->held_after ||
            (e.type != LEDGER_GRANT &&
                memcmp(e.request, w->request, sizeof(e.request)) != 0))
            wrong(s, "entry %d of account %u is not as it should be",
                (int)w->seq, n);
    }
}

static void compare_account(struct sim *s, unsigned n)
{
    const struct oracle_account *a = oracle_account(s->o, n);
    struct store_account row = fixture_look(s->t, n);

    if (row.balance.posted != a->balance.posted ||
        row.balance.held != a->balance.held)
        wrong(s, "account %u: posted %lld held %lld, should be %lld and %lld",
            n, (long long)row.balance.posted, (long long)row.balance.held,
            (long long)a->balance.posted, (long long)a->balance.held);
    if (row.journal_seq != a->count)
        wrong(s, "account %u: its journal ends at %llu, should at %llu", n,
            (unsigned long long)row.journal_seq, (unsigned long long)a->count);
}

static void compare_book(struct sim *s, unsigned n)
{
    const struct oracle_account *a = oracle_account(s->o, n);
    struct row_book book;
    uint8_t id[STORE_ID];

    fixture_id(n, id);
    row_book_get(s->t, id[0], &book);
    if (book.grants != a->grants || book.revenue != a->revenue ||
        book.uncollected != a->uncollected)
        wrong(s, "the book is wrong for account %u", n);
}

static void compare(struct sim *s)
{
    for (unsigned n = 1; n <= ORACLE_ACCOUNTS; n++) {
        compare_account(s, n);
        compare_entries(s, n);
        compare_book(s, n);
    }
}

static void run_committed(struct sim *s, void *verb, size_t size)
{
    union verb before;
    const char *what;

    assert(size <= sizeof(before));
    memcpy(&before, verb, size);
    fake_trail_run(s->t, verb);
    what = oracle_check(s->o, s->worker[0].incarnation, &before.head,
        (struct store_verb *)verb);
    if (what != NULL)
        wrong(s, "%s", what);
}

/* All that the dead left behind. */
static void reap_all(struct sim *s)
{
    struct store_reap reap = {.verb.kind = STORE_REAP, .most = 64};

    do {
        reap.now = s->now;
        reap.boot = s->boot;
        run_committed(s, &reap, sizeof(reap));
    } while (reap.more);
}

/* What is old is folded; whoever does so is sometimes killed between. */
static void roll_up(struct sim *s)
{
    struct store_rollup r = {.verb.kind = STORE_ROLLUP,
        .now = s->now,
        .before = s->now,
        .most = 1 + draw(s, 40)};

    do {
        r.fold = false;
        fake_trail_run(s->t, &r);
        if (r.verb.status != STORE_OK)
            wrong(s, "a slice cannot be read: %s", r.why);
        r.fold = r.next.last != 0 && draw(s, 10) != 0;
        for (unsigned again = draw(s, 2) + 1; r.fold && again > 0; again--) {
            fake_trail_run(s->t, &r);
            if (r.verb.status != STORE_OK)
                wrong(s, "a slice cannot be folded: %s", r.why);
            ++*s->folded;
        }
        r.mark = r.fold || r.next.last == 0 ? r.next : r.mark;
    } while (!r.done);
    buf_free(&r.lines);
}

static void audit(struct sim *s)
{
    struct store_audit a = {
        .verb.kind = STORE_AUDIT, .boot = s->boot, .most = 1000};

    reap_all(s);
    compare(s);
    roll_up(s);
    while (!a.done)
        fake_trail_run(s->t, &a);
    buf_free(&a.cursor);
    if (a.breaches > 0)
        wrong(s, "the audit says: %s", buf_terminate(&a.report));
    buf_free(&a.report);
}

/* ---- verbs ---- */

static struct job *new_job(struct sim *s, unsigned worker, struct lane *lane)
{
    struct job *j = &s->job[s->jobs];

    if (s->jobs == JOBS)
        return NULL;
    s->jobs++;
    memset(j, 0, sizeof(*j));
    j->worker = worker;
    j->lane = lane;
    return j;
}

static void make_admit(struct sim *s, struct store_admit *a, unsigned request)
{
    static const uint64_t rates[] = {500, 500, 500, 7, 1000};

    *a = fixture_admit(1 + draw(s, ORACLE_ACCOUNTS), request);
    memset(a->nonce, 1 + (int)draw(s, 255), sizeof(a->nonce));
    a->ask.est_in = draw(s, 3000);
    a->ask.max_out = 1 + draw(s, 4000);
    a->ask.n = draw(s, 8) == 0 ? 1 + draw(s, 4) : 1;
    a->ask.first = draw(s, 2) == 0 ? 500 : 0;
    a->ask.price.tokens_per_credit = rates[draw(s, 5)];
    a->now = s->now;
    a->boot = s->boot;
    a->lease = LEASE;
    a->has_idempotency = draw(s, 3) == 0;
    oracle_name(1 + draw(s, ORACLE_NAMES), a->idempotency_key);
    oracle_name(draw(s, 8) == 0, a->idempotency_body);
}

static void make_extend(struct sim *s, struct store_extend *e, struct lane *l)
{
    e->verb.kind = STORE_EXTEND;
    fixture_id(l->request, e->request);
    e->accepted = draw(s, 4) != 0;
    l->out += draw(s, 900);
    e->out_so_far = draw(s, 8) == 0 ? 0 : l->out;
    e->want_out = draw(s, 4) == 0 ? 0 : l->out + draw(s, 1500);
    e->boot = s->boot;
    e->lease = LEASE;
}

static void make_settle(struct sim *s, struct store_settle *v, unsigned request)
{
    *v = fixture_settle(request, draw(s, 3000), draw(s, 6000));
    v->usage.known = draw(s, 3) != 0;
    v->free_of_charge = draw(s, 5) == 0;
    v->now = s->now;
    v->boot = s->boot;
    if (draw(s, 50) == 0)
        v->usage.tokens_out = USAGE_MAX + UINT64_C(1);
}

static void make_grant(struct sim *s, struct store_grant *g)
{
    char key[16];
    unsigned n = draw(s, ORACLE_GRANTS);

    /* Mostly the same amount for the same key. */
    snprintf(key, sizeof(key), "%u", n);
    *g = fixture_grant(
        1 + draw(s, ORACLE_ACCOUNTS), 1 + n % 13 * 5 + (draw(s, 6) == 0), key);
    g->now = s->now;
}

static void make_operator(struct sim *s, union verb *v)
{
    unsigned n = 1 + draw(s, ORACLE_ACCOUNTS);

    if (draw(s, 2) == 0) {
        v->account = (struct store_account_set){.verb.kind = STORE_ACCOUNT_SET,
            .set_suspended = true,
            .suspended = draw(s, 8) == 0};
        fixture_id(n, v->account.id);
    } else {
        v->key = (struct store_key_set){.verb.kind = STORE_KEY_SET,
            .set_expires = true,
            .expires = draw(s, 6) == 0 ? s->now + draw(s, 100) * SECOND : 0};
        memcpy(v->key.id, fixture_key(n).id, sizeof(v->key.id));
    }
}

static void add_reap(struct sim *s)
{
    struct job *j = new_job(s, draw(s, s->workers), NULL);

    if (j == NULL)
        return;
    j->verb.reap = s->reap;
    j->verb.reap.verb.kind = STORE_REAP;
    j->verb.reap.most = 1 + draw(s, 8);
    j->verb.reap.now = s->now;
    j->verb.reap.boot = s->boot;
}

/* ---- calls ---- */

/* Somebody else delivers, settles or repeats what is under way or over. */
static void meddle(struct sim *s)
{
    struct job *j;
    unsigned request =
        s->requests - draw(s, s->requests < 40 ? s->requests : 40);

    if (!oracle_is_recent(s->o, request, s->now))
        return;
    j = new_job(s, draw(s, s->workers), NULL);
    if (j == NULL)
        return;
    if (draw(s, 3) == 0)
        make_admit(s, &j->verb.admit, request);
    else
        make_settle(s, &j->verb.settle, request);
}

static void go_on(struct sim *s, unsigned worker, struct lane *l)
{
    struct job *j;

    if (l->state == LANE_ADMIT || l->state == LANE_WAIT || l->state == LANE_END)
        return;
    j = new_job(s, worker, l);
    if (j == NULL)
        return;
    if (l->state == LANE_IDLE) {
        *l = (struct lane){.state = LANE_ADMIT, .request = ++s->requests};
        make_admit(s, &j->verb.admit, l->request);
    } else if (draw(s, 3) != 0) {
        l->state = LANE_WAIT;
        make_extend(s, &j->verb.extend, l);
    } else {
        l->state = LANE_END;
        make_settle(s, &j->verb.settle, l->request);
    }
}

static void answer(struct sim *s, const struct job *j)
{
    bool good = j->verb.head.status == STORE_OK;

    if (j->verb.head.kind == STORE_REAP)
        s->reap = j->verb.reap;
    if (j->lane == NULL)
        return;
    j->lane->state = good && j->lane->state != LANE_END ? LANE_OPEN : LANE_IDLE;
}

/* ---- batches ---- */

enum fate { FATE_COMMIT, FATE_UNKNOWN, FATE_LOST, FATE_FAIL };

static enum fate draw_fate(struct sim *s)
{
    unsigned n = draw(s, 100);

    return n < 70   ? FATE_COMMIT
           : n < 80 ? FATE_UNKNOWN
           : n < 88 ? FATE_LOST
                    : FATE_FAIL;
}

/* Any of the jobs in any order, to the front. */
static size_t choose(struct sim *s)
{
    size_t n = 1 + draw(s, BATCH);

    if (n > s->jobs)
        n = s->jobs;
    for (size_t i = 0; i < n; i++) {
        size_t other = i + draw(s, (unsigned)(s->jobs - i));
        struct job swap = s->job[i];

        s->job[i] = s->job[other];
        s->job[other] = swap;
    }
    return n;
}

static void run_bodies(struct sim *s, size_t n)
{
    for (size_t i = 0; i < n && !trail_failed(s->t); i++) {
        fake_trail_become(s->t, 1 + s->job[i].worker,
            s->worker[s->job[i].worker].incarnation);
        verbs_run(s->t, &s->job[i].verb.head);
    }
}

static void check_batch(struct sim *s, const union verb *before, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *what =
            oracle_check(s->o, s->worker[s->job[i].worker].incarnation,
                &before[i].head, &s->job[i].verb.head);

        if (what != NULL)
            wrong(s, "%s (kind %d)", what, (int)s->job[i].verb.head.kind);
    }
}

static void run_batch(struct sim *s)
{
    union verb before[BATCH];
    enum fate fate = draw_fate(s);
    size_t n = choose(s);

    for (size_t i = 0; i < n; i++)
        before[i] = s->job[i].verb;
    fake_trail_begin(s->t);
    fake_trail_fail_after(s->t, fate == FATE_FAIL ? draw(s, 60) : NEVER);
    run_bodies(s, n);
    if (trail_failed(s->t) && fate != FATE_FAIL)
        wrong(s, "a verb failed: %s", fake_trail_why(s->t));
    if (trail_failed(s->t) || fate == FATE_LOST) {
        fake_trail_abort(s->t);
        fake_trail_fail_after(s->t, NEVER);
        ++*s->reruns;
        return; /* all of them are run again, some day */
    }
    fake_trail_commit(s->t);
    fake_trail_fail_after(s->t, NEVER);
    check_batch(s, before, n);
    if (fate == FATE_UNKNOWN) {
        ++*s->reruns;
        return;
    }
    for (size_t i = 0; i < n; i++)
        answer(s, &s->job[i]);
    s->jobs -= n;
    memmove(s->job, s->job + n, s->jobs * sizeof(s->job[0]));
}

/* ---- what befalls them ---- */

static void be_born(struct sim *s, unsigned worker)
{
    s->worker[worker] = (struct worker){.incarnation = ++s->incarnations};
    oracle_open(s->o, s->incarnations);
}

/* What a worker still knew of its calls may reach the ledger after its death,
 * by way of another. */
static void leave_late_settlements(struct sim *s, unsigned worker)
{
    for (int i = 0; i < LANES; i++) {
        const struct lane *l = &s->worker[worker].lane[i];
        struct job *j;

        if (l->state == LANE_IDLE || draw(s, 2) == 0)
            continue;
        j = new_job(s, (worker + 1) % s->workers, NULL);
        if (j != NULL)
            make_settle(s, &j->verb.settle, l->request);
    }
}

static void die(struct sim *s, unsigned worker)
{
    size_t left = 0;

    if (s->deaths == DEATHS_MAX)
        return;
    s->deaths++;
    for (size_t i = 0; i < s->jobs; i++)
        if (s->job[i].worker != worker)
            s->job[left++] = s->job[i];
    s->jobs = left;
    fake_trail_kill(s->t, s->worker[worker].incarnation);
    oracle_kill(s->o, s->worker[worker].incarnation);
    if (draw(s, 2) == 0)
        reap_all(s);
    if (s->workers > 1)
        leave_late_settlements(s, worker);
    be_born(s, worker);
}

static void restart_machine(struct sim *s)
{
    for (unsigned i = 0; i < s->workers; i++)
        die(s, i);
    s->boot = FIXTURE_BOOT;
}

/* No delivery of a request waits until the request is forgotten. */
static void drop_admissions(struct sim *s)
{
    size_t left = 0;

    for (size_t i = 0; i < s->jobs; i++) {
        if (s->job[i].verb.head.kind != STORE_ADMIT)
            s->job[left++] = s->job[i];
        else if (s->job[i].lane != NULL)
            s->job[i].lane->state = LANE_IDLE;
    }
    s->jobs = left;
}

static void leap(struct sim *s)
{
    static const int64_t hours[] = {1, 25, 26, 24 * 8, -1, -30, -24 * 8};

    drop_admissions(s);
    s->now += hours[draw(s, 7)] * HOUR;
    if (s->now < FIXTURE_NOW)
        s->now = FIXTURE_NOW;
}

static void befall(struct sim *s)
{
    unsigned n = draw(s, 1000);
    struct job *j;
    bool low;

    if (n < 10) {
        die(s, draw(s, s->workers));
    } else if (n < 12) {
        restart_machine(s);
    } else if (n < 30) {
        leap(s);
    } else if (n < 60) {
        low = draw(s, 6) == 0;
        fake_trail_set_storage(s->t, low);
        oracle_storage(s->o, low);
    } else if (n < 120) {
        j = new_job(s, draw(s, s->workers), NULL);
        if (j != NULL)
            make_operator(s, &j->verb);
    } else if (n < 400) {
        j = new_job(s, draw(s, s->workers), NULL);
        if (j != NULL)
            make_grant(s, &j->verb.grant);
    } else if (n < 520) {
        add_reap(s);
    } else if (s->requests > 0) {
        meddle(s);
    }
}

static void step(struct sim *s)
{
    unsigned worker = draw(s, s->workers);
    unsigned what = draw(s, 100);

    s->now += draw(s, 2000) * INT64_C(1000);
    s->boot += draw(s, 3);
    if (what < 15)
        befall(s);
    else if (what < 68)
        go_on(s, worker, &s->worker[worker].lane[draw(s, LANES)]);
    else if (s->jobs > 0)
        run_batch(s);
    if (s->step % AUDIT_STEPS == AUDIT_STEPS - 1)
        audit(s);
    else if (what >= 68)
        compare(s);
}

/* ---- seeds ---- */

static void begin(struct sim *s, unsigned seed, unsigned workers)
{
    *s = (struct sim){.seed = seed,
        .workers = workers,
        .reruns = s->reruns,
        .folded = s->folded};
    s->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    s->now = FIXTURE_NOW;
    s->boot = FIXTURE_BOOT;
    s->t = fake_trail_new();
    s->o = oracle_new();
    for (unsigned n = 1; n <= ORACLE_ACCOUNTS; n++)
        fixture_account(s->t, n, 0);
    for (unsigned i = 0; i < workers; i++)
        be_born(s, i);
}

/* All die, and nothing is held any more. */
static void end(struct sim *s)
{
    s->deaths = 0;
    restart_machine(s);
    s->jobs = 0;
    audit(s);
    for (unsigned n = 1; n <= ORACLE_ACCOUNTS; n++)
        if (oracle_account(s->o, n)->balance.held != 0)
            wrong(s, "account %u holds credits for nobody", n);
    fake_trail_free(s->t);
}

static void add_counts(struct oracle_count *sum, const struct oracle_count *c)
{
    uint64_t *to = (uint64_t *)sum;
    const uint64_t *from = (const uint64_t *)c;

    for (size_t i = 0; i < sizeof(*sum) / sizeof(*to); i++)
        to[i] += from[i];
}

/* Whether everything was tried that is to be tried. */
static bool happened(const struct oracle_count *c)
{
    const uint64_t *n = (const uint64_t *)c;
    bool all = true;

    for (size_t i = 0; i < sizeof(*c) / sizeof(*n); i++)
        all = all && n[i] > 0;
    return all;
}

static void tell_counts(
    const struct oracle_count *c, uint64_t reruns, uint64_t folded)
{
    printf("# admitted %llu, broke %llu, duplicate %llu, repeated %llu, barred "
           "%llu, extended %llu, capped %llu\n",
        (unsigned long long)c->admitted, (unsigned long long)c->broke,
        (unsigned long long)c->duplicate, (unsigned long long)c->repeated,
        (unsigned long long)c->barred, (unsigned long long)c->extended,
        (unsigned long long)c->capped);
    printf("# settled %llu, again %llu, overrun %llu, uncollected %llu, "
           "corrected %llu, reaped %llu, billed %llu\n",
        (unsigned long long)c->settled, (unsigned long long)c->again,
        (unsigned long long)c->overrun, (unsigned long long)c->uncollected,
        (unsigned long long)c->corrected, (unsigned long long)c->reaped,
        (unsigned long long)c->billed);
    printf("# granted %llu, regranted %llu, forgotten %llu, batches run again "
           "%llu, slices folded %llu\n",
        (unsigned long long)c->granted, (unsigned long long)c->regranted,
        (unsigned long long)c->forgotten, (unsigned long long)reruns,
        (unsigned long long)folded);
}

static unsigned argument(int argc, char **argv, int i, unsigned otherwise)
{
    return i < argc ? (unsigned)strtoul(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    static struct sim s;
    unsigned steps = argument(argc, argv, 1, 2000);
    unsigned workers = argument(argc, argv, 2, 4);
    unsigned seeds = argument(argc, argv, 3, 200);
    unsigned first = argument(argc, argv, 4, 1);
    struct oracle_count count = {0};
    uint64_t reruns = 0, folded = 0;
    bool all;

    if (workers < 1 || workers > WORKERS_MAX || steps < 1 || seeds < 1) {
        fprintf(stderr, "usage: simulator [STEPS [WORKERS [SEEDS [FIRST]]]]\n");
        return 2;
    }
    printf("1..2\n");
    s.reruns = &reruns;
    s.folded = &folded;
    for (unsigned seed = first; seed < first + seeds; seed++) {
        begin(&s, seed, workers);
        for (s.step = 0; s.step < steps; s.step++)
            step(&s);
        end(&s);
        add_counts(&count, oracle_count(s.o));
        oracle_free(s.o);
    }
    tell_counts(&count, reruns, folded);
    all = happened(&count) && folded > 0;
    printf("ok 1 - %u seeds of %u steps by %u workers agree with the oracle\n",
        seeds, steps, workers);
    printf("%s 2 - everything that may happen has happened\n",
        all ? "ok" : "not ok");
    return all ? 0 : 1;
}
