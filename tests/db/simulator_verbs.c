#include <stdio.h>
#include <string.h>

#include "simulator.h"

enum { LEASE = 1 << 30 };

struct simulator_job *simulator_job(
    struct simulator *s, unsigned worker, struct simulator_lane *lane)
{
    struct simulator_job *j = &s->job[s->jobs];

    if (s->jobs == SIMULATOR_JOBS)
        return NULL;
    s->jobs++;
    memset(j, 0, sizeof(*j));
    j->worker = worker;
    j->lane = lane;
    return j;
}

void simulator_make_admit(
    struct simulator *s, struct store_admit *a, unsigned request)
{
    static const uint64_t rates[] = {500, 500, 500, 7, 1000};

    *a = fixture_admit(1 + simulator_draw(s, ORACLE_ACCOUNTS), request);
    memset(a->nonce, 1 + (int)simulator_draw(s, 255), sizeof(a->nonce));
    a->ask.est_in = simulator_draw(s, 3000);
    a->ask.max_out = 1 + simulator_draw(s, 4000);
    a->ask.n = simulator_draw(s, 8) == 0 ? 1 + simulator_draw(s, 4) : 1;
    a->ask.first = simulator_draw(s, 2) == 0 ? 500 : 0;
    a->ask.price.tokens_per_credit = rates[simulator_draw(s, 5)];
    a->now = s->now;
    a->boot = s->boot;
    a->lease = LEASE;
    a->has_idempotency = simulator_draw(s, 3) == 0;
    oracle_name(1 + simulator_draw(s, ORACLE_NAMES), a->idempotency_key);
    oracle_name(simulator_draw(s, 8) == 0, a->idempotency_body);
}

void simulator_make_extend(
    struct simulator *s, struct store_extend *e, struct simulator_lane *l)
{
    e->verb.kind = STORE_EXTEND;
    fixture_id(l->request, e->request);
    e->accepted = simulator_draw(s, 4) != 0;
    l->out += simulator_draw(s, 900);
    e->out_so_far = simulator_draw(s, 8) == 0 ? 0 : l->out;
    e->want_out =
        simulator_draw(s, 4) == 0 ? 0 : l->out + simulator_draw(s, 1500);
    e->boot = s->boot;
    e->lease = LEASE;
}

void simulator_make_settle(
    struct simulator *s, struct store_settle *v, unsigned request)
{
    *v = fixture_settle(
        request, simulator_draw(s, 3000), simulator_draw(s, 6000));
    v->usage.known = simulator_draw(s, 3) != 0;
    v->free_of_charge = simulator_draw(s, 5) == 0;
    v->now = s->now;
    v->boot = s->boot;
    if (simulator_draw(s, 50) == 0)
        v->usage.tokens_out = USAGE_MAX + UINT64_C(1);
}

void simulator_make_grant(struct simulator *s, struct store_grant *g)
{
    char key[16];
    unsigned n = simulator_draw(s, ORACLE_GRANTS);

    /* Mostly the same amount for the same key. */
    snprintf(key, sizeof(key), "%u", n);
    *g = fixture_grant(1 + simulator_draw(s, ORACLE_ACCOUNTS),
        1 + n % 13 * 5 + (simulator_draw(s, 6) == 0), key);
    g->now = s->now;
}

static struct store_account_set account_set(struct simulator *s, unsigned n)
{
    struct store_account_set set = {.verb.kind = STORE_ACCOUNT_SET,
        .set_suspended = true,
        .suspended = simulator_draw(s, 8) == 0};

    fixture_id(n, set.id);
    return set;
}

static struct store_key_set key_set(struct simulator *s, unsigned n)
{
    struct store_key_set set = {
        .verb.kind = STORE_KEY_SET, .set_expires = true};

    if (simulator_draw(s, 6) == 0)
        set.expires = s->now + simulator_draw(s, 100) * SIMULATOR_SECOND;
    memcpy(set.id, fixture_key(n).id, sizeof(set.id));
    return set;
}

void simulator_make_operator(struct simulator *s, union simulator_verb *v)
{
    unsigned n = 1 + simulator_draw(s, ORACLE_ACCOUNTS);

    if (simulator_draw(s, 2) == 0)
        v->account = account_set(s, n);
    else
        v->key = key_set(s, n);
}

void simulator_add_reap(struct simulator *s)
{
    struct simulator_job *j =
        simulator_job(s, simulator_draw(s, s->workers), NULL);

    if (j == NULL)
        return;
    j->verb.reap = s->reap;
    j->verb.reap.verb.kind = STORE_REAP;
    j->verb.reap.most = 1 + simulator_draw(s, 8);
    j->verb.reap.now = s->now;
    j->verb.reap.boot = s->boot;
}
