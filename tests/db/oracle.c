#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/id.h"
#include "fixture.h"
#include "oracle.h"

#define HOUR (3600 * INT64_C(1000000))

enum { NAME_HOURS = 24, END_HOURS = 7 * 24, WORKERS_MAX = 4096 };

enum call_state { CALL_NONE, CALL_OPEN, CALL_ENDED };

struct call {
    enum call_state state;
    uint8_t nonce;
    unsigned account, name; /* its idempotency key; 0: none */
    uint64_t worker;
    uint64_t rate, est_in, progress;
    int64_t held, credits, paid;
    bool accepted;
    bool due;     /* billed by the reaper; the settlement may come yet */
    bool old;     /* may be forgotten */
    int64_t time; /* of its end */
};

struct name {
    unsigned request; /* 0: the name is free */
    uint8_t body;
    bool ended;
    bool old; /* may be forgotten */
    int64_t credits, time;
};

struct grant {
    int64_t credits, posted; /* 0: not made */
};

struct oracle {
    struct oracle_account account[ORACLE_ACCOUNTS];
    struct name name[ORACLE_ACCOUNTS][ORACLE_NAMES + 1];
    struct grant grant[ORACLE_ACCOUNTS][ORACLE_GRANTS];
    struct call *call; /* by request */
    size_t calls;
    bool alive[WORKERS_MAX];
    bool storage_low;
    struct oracle_count count;
};

static void *must(void *p)
{
    assert(p != NULL);
    return p;
}

struct oracle *oracle_new(void)
{
    return must(calloc(1, sizeof(struct oracle)));
}

void oracle_free(struct oracle *o)
{
    for (int i = 0; i < ORACLE_ACCOUNTS; i++)
        free(o->account[i].entries);
    free(o->call);
    free(o);
}

void oracle_open(struct oracle *o, uint64_t worker)
{
    assert(worker < WORKERS_MAX);
    o->alive[worker] = true;
}

void oracle_kill(struct oracle *o, uint64_t worker)
{
    o->alive[worker] = false;
}

void oracle_storage(struct oracle *o, bool low)
{
    o->storage_low = low;
}

const struct oracle_account *oracle_account(const struct oracle *o, unsigned n)
{
    return &o->account[n - 1];
}

const struct oracle_count *oracle_count(const struct oracle *o)
{
    return &o->count;
}

bool oracle_is_recent(const struct oracle *o, unsigned request, int64_t now)
{
    const struct call *c = &o->call[request];

    return request >= o->calls || c->state != CALL_ENDED ||
           (!c->old && now - c->time < (END_HOURS - 1) * HOUR);
}

void oracle_name(unsigned n, uint8_t name[MAC_SIZE])
{
    memset(name, (int)n, MAC_SIZE);
}

unsigned oracle_number(const uint8_t id[STORE_ID])
{
    return (unsigned)id[12] << 24 | (unsigned)id[13] << 16 |
           (unsigned)id[14] << 8 | id[15];
}

static struct call *call_of(struct oracle *o, const uint8_t id[STORE_ID])
{
    size_t n = oracle_number(id);
    size_t room = n + n / 2 + 64;

    if (n >= o->calls) {
        o->call = must(realloc(o->call, room * sizeof(*o->call)));
        memset(o->call + o->calls, 0, (room - o->calls) * sizeof(*o->call));
        o->calls = room;
    }
    return &o->call[n];
}

/* ---- money ---- */

static int64_t cost(uint64_t rate, uint64_t tokens)
{
    return tokens == 0 ? 1 : (int64_t)((tokens - 1) / rate) + 1;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void note(struct oracle_account *a, enum ledger_type type,
    int64_t amount, int64_t uncollected, int64_t now, const uint8_t *request)
{
    struct ledger_entry *e;

    if (a->count == a->room) {
        a->room = a->room * 2 + 64;
        a->entries = must(realloc(a->entries, a->room * sizeof(*a->entries)));
    }
    e = &a->entries[a->count++];
    *e = (struct ledger_entry){.seq = a->count,
        .type = (uint8_t)type,
        .amount = amount,
        .uncollected = uncollected,
        .posted_after = a->balance.posted,
        .held_after = a->balance.held,
        .time = now};
    if (request != NULL)
        memcpy(e->request, request, sizeof(e->request));
}

/* What a call must cost; 0 when it is free of charge. */
static int64_t price(const struct call *c, const struct usage *u, bool free)
{
    bool known =
        u->known && u->tokens_in <= USAGE_MAX && u->tokens_out <= USAGE_MAX;
    int64_t credits = cost(c->rate, u->tokens_in + u->tokens_out);

    if (free)
        return 0;
    return known ? credits : least(credits, c->held);
}

/* Let ${c} have cost ${credits} in all, whatever it has cost before. */
static void bill(struct oracle *o, struct call *c, int64_t credits,
    enum ledger_type type, int64_t now, const uint8_t *request)
{
    struct oracle_account *a = &o->account[c->account];
    int64_t lost = c->credits - c->paid;
    int64_t before = c->paid;

    a->balance.posted += before;
    a->revenue += credits - c->credits;
    c->credits = credits;
    c->paid = least(credits, a->balance.posted - a->balance.held);
    a->balance.posted -= c->paid;
    lost = credits - c->paid - lost;
    a->uncollected += lost;
    o->count.uncollected += lost > 0;
    o->count.overrun += credits > c->held;
    note(a, type, before - c->paid, lost, now, request);
}

static void end_name(struct oracle *o, const struct call *c, unsigned request)
{
    struct name *n = &o->name[c->account][c->name];

    if (c->name == 0 || n->request != request)
        return;
    if (c->credits == 0)
        *n = (struct name){0};
    n->ended = true;
    n->credits = c->credits;
}

static void end_call(struct oracle *o, struct call *c, const uint8_t *request,
    bool free, int64_t credits, enum ledger_type type, int64_t now)
{
    o->account[c->account].balance.held -= c->held;
    c->state = CALL_ENDED;
    c->time = now;
    if (!free)
        bill(o, c, credits, type, now, request);
    end_name(o, c, oracle_number(request));
}

/* ---- admissions ---- */

static bool names_itself(enum refusal r)
{
    return r == REFUSE_IDEMPOTENCY_MISMATCH ||
           r == REFUSE_IDEMPOTENCY_RUNNING || r == REFUSE_IDEMPOTENCY_REPLAYED;
}

static enum refusal expect_name(
    struct oracle *o, unsigned account, const struct store_admit *v)
{
    struct name *n = &o->name[account][v->idempotency_key[0]];

    if (!v->has_idempotency || n->request == 0 ||
        v->now - n->time >= NAME_HOURS * HOUR)
        return REFUSE_NONE;
    if (n->old && !names_itself(v->refusal)) /* the clock went back since */
        return REFUSE_NONE;
    if (n->body != v->idempotency_body[0])
        return REFUSE_IDEMPOTENCY_MISMATCH;
    return n->ended ? REFUSE_IDEMPOTENCY_REPLAYED : REFUSE_IDEMPOTENCY_RUNNING;
}

static enum refusal expect_admit(struct oracle *o, const struct call *c,
    unsigned account, const struct store_admit *v)
{
    const struct oracle_account *a = &o->account[account];
    int64_t free = a->balance.posted - a->balance.held;
    enum refusal named;

    if (a->key_expires != 0 && v->now >= a->key_expires)
        return REFUSE_INVALID_API_KEY;
    if (a->suspended)
        return REFUSE_ACCOUNT_SUSPENDED;
    if (o->storage_low)
        return REFUSE_STORAGE_LOW;
    if (c->state != CALL_NONE)
        return REFUSE_DUPLICATE_REQUEST;
    named = expect_name(o, account, v);
    if (named != REFUSE_NONE)
        return named;
    /* A token for each choice must be affordable. */
    return cost(v->ask.price.tokens_per_credit, v->ask.est_in + v->ask.n) > free
               ? REFUSE_INSUFFICIENT_CREDITS
               : REFUSE_NONE;
}

static const char *check_grant_of_hold(
    const struct oracle_account *a, const struct store_admit *v)
{
    uint64_t rate = v->ask.price.tokens_per_credit;
    uint64_t out = v->ask.n * v->ask.max_out;
    int64_t free = a->balance.posted - a->balance.held;
    uint64_t most = v->grant.max_out;

    if (v->ask.first != 0 && v->ask.first < out)
        out = v->ask.first;
    if (v->grant.credits != least(cost(rate, v->ask.est_in + out), free))
        return "a hold is of the wrong amount";
    if (cost(rate, v->ask.est_in + v->ask.n * most) > free ||
        (most < v->ask.max_out &&
            cost(rate, v->ask.est_in + v->ask.n * (most + 1)) <= free))
        return "the output that was granted is not what can be paid";
    return NULL;
}

static const char *admit_opened(struct oracle *o, uint64_t worker,
    struct call *c, unsigned account, const struct store_admit *v)
{
    const char *wrong = check_grant_of_hold(&o->account[account], v);

    *c = (struct call){.state = CALL_OPEN,
        .nonce = v->nonce[0],
        .account = account,
        .name = v->has_idempotency ? v->idempotency_key[0] : 0,
        .worker = worker,
        .rate = v->ask.price.tokens_per_credit,
        .est_in = v->ask.est_in,
        .held = v->grant.credits};
    o->account[account].balance.held += c->held;
    o->count.admitted++;
    if (c->name != 0)
        o->name[account][c->name] =
            (struct name){.request = oracle_number(v->request),
                .body = v->idempotency_body[0],
                .time = v->now};
    return wrong;
}

static void count_refusal(struct oracle_count *count, enum refusal r)
{
    count->broke += r == REFUSE_INSUFFICIENT_CREDITS;
    count->duplicate += r == REFUSE_DUPLICATE_REQUEST;
    count->repeated += names_itself(r);
    count->barred +=
        r == REFUSE_INVALID_API_KEY || r == REFUSE_ACCOUNT_SUSPENDED;
}

static const char *check_admit(
    struct oracle *o, uint64_t worker, const struct store_admit *v)
{
    unsigned account = oracle_number(v->digest) - 1;
    struct call *c = call_of(o, v->request);
    enum refusal wanted;

    if (c->state == CALL_OPEN && c->nonce == v->nonce[0])
        return v->verb.status == STORE_OK && v->grant.credits == c->held
                   ? NULL
                   : "an admission that was run again says something else";
    wanted = expect_admit(o, c, account, v);
    if (v->refusal != wanted ||
        v->verb.status != (wanted == REFUSE_NONE ? STORE_OK : STORE_REFUSED))
        return "an admission was decided wrongly";
    count_refusal(&o->count, wanted);
    if (wanted == REFUSE_IDEMPOTENCY_REPLAYED &&
        v->first_credits != o->name[account][v->idempotency_key[0]].credits)
        return "the repetition of a call is told another price";
    return wanted == REFUSE_NONE ? admit_opened(o, worker, c, account, v)
                                 : NULL;
}

/* ---- what comes after ---- */

static const char *check_extend(struct oracle *o, const struct store_extend *v)
{
    struct call *c = call_of(o, v->request);
    struct balance *b = &o->account[c->account].balance;
    int64_t free = b->posted - b->held;
    int64_t wish;

    if (c->state != CALL_OPEN)
        return v->verb.status == STORE_NOT_FOUND ? NULL
                                                 : "an ended hold has grown";
    if (v->out_so_far > c->progress)
        c->progress = v->out_so_far;
    c->accepted |= v->accepted;
    wish = cost(c->rate, c->est_in + v->want_out) - c->held;
    o->count.extended += wish > 0;
    o->count.capped += wish > free;
    if (wish > 0) {
        b->held += least(wish, free);
        c->held += least(wish, free);
    }
    if (v->verb.status != STORE_OK || v->held != c->held)
        return "a hold has grown wrongly";
    return v->covers == 0 || cost(c->rate, c->est_in + v->covers) == c->held
               ? NULL
               : "a hold covers another output than it pays for";
}

static const char *check_settle(struct oracle *o, const struct store_settle *v)
{
    struct call *c = call_of(o, v->request);
    bool late = c->state == CALL_ENDED && c->due;
    bool already = c->state == CALL_ENDED && !c->due;
    int64_t credits, paid = c->paid;

    if (v->verb.status == STORE_NOT_FOUND)
        return c->state == CALL_NONE || c->old ? NULL : "a call was forgotten";
    if (v->verb.status != STORE_OK || c->state == CALL_NONE)
        return "a settlement was refused, or made of nothing";
    credits = price(c, &v->usage, v->free_of_charge);
    if (late) {
        c->due = false;
        if (v->now > c->time)
            c->time = v->now;
        if (credits != c->credits ||
            least(credits, o->account[c->account].balance.posted + paid -
                               o->account[c->account].balance.held) != paid)
            bill(o, c, credits, LEDGER_ADJUST, v->now, v->request);
        end_name(o, c, oracle_number(v->request));
    } else if (!already) {
        end_call(o, c, v->request, v->free_of_charge, credits, LEDGER_SETTLE,
            v->now);
    }
    o->count.corrected += late;
    o->count.again += already;
    o->count.settled += !late && !already;
    if (v->already != already)
        return "a settlement was made twice, or not at all";
    return v->charge.credits == c->credits && v->charge.collected == c->paid &&
                   v->charge.uncollected == c->credits - c->paid
               ? NULL
               : "a settlement charges wrongly";
}

static const char *check_grant(struct oracle *o, const struct store_grant *v)
{
    unsigned account = oracle_number(v->account) - 1;
    struct oracle_account *a = &o->account[account];
    struct grant *g =
        &o->grant[account][atoi(v->idempotency_key) % ORACLE_GRANTS];
    bool already = g->credits != 0;

    if (already && g->credits != v->credits)
        return v->verb.status == STORE_EXISTS ? NULL
                                              : "a key was given two grants";
    o->count.regranted += already;
    o->count.granted += !already;
    if (!already) {
        a->balance.posted += v->credits;
        a->grants += v->credits;
        *g = (struct grant){v->credits, a->balance.posted};
        note(a, LEDGER_GRANT, v->credits, 0, v->now, NULL);
    }
    return v->verb.status == STORE_OK && v->already == already &&
                   v->posted == g->posted
               ? NULL
               : "a grant was made wrongly";
}

/* ---- the reaper ---- */

/* Where the hold of call ${n} lies: its time counts last. */
static void hold_place(unsigned n, uint8_t place[STORE_ID])
{
    uint8_t id[STORE_ID];

    fixture_id(n, id);
    for (int i = 0; i < STORE_ID; i++)
        place[i] = id[(i + ID_LEAD) % STORE_ID];
}

/* The first open hold behind ${after}, or 0. */
static unsigned next_open(const struct oracle *o, const uint8_t *after)
{
    uint8_t best[STORE_ID], place[STORE_ID];
    unsigned found = 0;

    for (unsigned n = 1; n < o->calls; n++) {
        if (o->call[n].state != CALL_OPEN)
            continue;
        hold_place(n, place);
        if (memcmp(place, after, STORE_ID) <= 0 ||
            (found != 0 && memcmp(place, best, STORE_ID) >= 0))
            continue;
        memcpy(best, place, STORE_ID);
        found = n;
    }
    return found;
}

static void reap_call(
    struct oracle *o, unsigned n, const struct store_reap *v, int64_t *credits)
{
    struct call *c = &o->call[n];
    uint8_t id[STORE_ID];

    fixture_id(n, id);
    end_call(o, c, id, !c->accepted,
        least(cost(c->rate, c->est_in + c->progress), c->held), LEDGER_EXPIRE,
        v->now);
    c->due = c->accepted;
    *credits += c->credits;
    o->count.reaped++;
    o->count.billed += c->accepted;
}

static void grow_old(struct oracle *o, int64_t now)
{
    for (size_t n = 0; n < o->calls; n++)
        if (o->call[n].state == CALL_ENDED &&
            now - o->call[n].time >= END_HOURS * HOUR)
            o->call[n].old = true;
    for (int a = 0; a < ORACLE_ACCOUNTS; a++)
        for (int n = 0; n <= ORACLE_NAMES; n++)
            if (now - o->name[a][n].time >= NAME_HOURS * HOUR)
                o->name[a][n].old = true;
}

static const char *check_reap(struct oracle *o, const struct store_reap *before,
    const struct store_reap *v)
{
    uint8_t at[STORE_ID];
    uint32_t reaped = 0, looked;
    int64_t credits = 0;
    unsigned n;

    memcpy(at, before->after, STORE_ID);
    for (looked = 0; looked < v->most && (n = next_open(o, at)) != 0;
         looked++) {
        hold_place(n, at);
        if (o->alive[o->call[n].worker])
            continue;
        reap_call(o, n, v, &credits);
        reaped++;
    }
    n = next_open(o, at);
    grow_old(o, v->now);
    o->count.forgotten += v->purged;
    return v->reaped == reaped && v->credits == credits && v->more == (n != 0)
               ? NULL
               : "the reaper took the wrong holds";
}

/* ---- all ---- */

const char *oracle_check(struct oracle *o, uint64_t worker,
    const struct store_verb *before, const struct store_verb *verb)
{
    const struct store_account_set *set = (const void *)verb;
    const struct store_key_set *key = (const void *)verb;

    switch (verb->kind) {
    case STORE_ADMIT:
        return check_admit(o, worker, (const void *)verb);
    case STORE_EXTEND:
        return check_extend(o, (const void *)verb);
    case STORE_SETTLE:
        return check_settle(o, (const void *)verb);
    case STORE_GRANT:
        return check_grant(o, (const void *)verb);
    case STORE_REAP:
        return check_reap(o, (const void *)before, (const void *)verb);
    case STORE_ACCOUNT_SET:
        o->account[oracle_number(set->id) - 1].suspended = set->suspended;
        return verb->status == STORE_OK ? NULL : "an account is missing";
    case STORE_KEY_SET:
        o->account[oracle_number(key->key.account) - 1].key_expires =
            key->expires;
        return verb->status == STORE_OK ? NULL : "a key is missing";
    default:
        return "the oracle does not know this verb";
    }
}
