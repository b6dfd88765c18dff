#include <stdlib.h>
#include <string.h>

#include "oracle_private.h"

int64_t oracle_cost(uint64_t rate, uint64_t tokens)
{
    return tokens == 0 ? 1 : (int64_t)((tokens - 1) / rate) + 1;
}

int64_t oracle_least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void oracle_note(struct oracle_account *a, enum ledger_type type,
    int64_t amount, int64_t uncollected, int64_t now, const uint8_t *request)
{
    struct ledger_entry *e;

    if (a->count == a->room) {
        a->room = a->room * 2 + 64;
        a->entries =
            oracle_must(realloc(a->entries, a->room * sizeof(*a->entries)));
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

int64_t oracle_price(
    const struct oracle_call *c, const struct usage *u, bool free)
{
    bool known =
        u->known && u->tokens_in <= USAGE_MAX && u->tokens_out <= USAGE_MAX;
    int64_t credits = oracle_cost(c->rate, u->tokens_in + u->tokens_out);

    if (free)
        return 0;
    return known ? credits : oracle_least(credits, c->held);
}

void oracle_bill(struct oracle *o, struct oracle_call *c, int64_t credits,
    enum ledger_type type, int64_t now, const uint8_t *request)
{
    struct oracle_account *a = &o->account[c->account];
    int64_t lost = c->credits - c->paid;
    int64_t before = c->paid;

    a->balance.posted += before;
    a->revenue += credits - c->credits;
    c->credits = credits;
    c->paid = oracle_least(credits, a->balance.posted - a->balance.held);
    a->balance.posted -= c->paid;
    lost = credits - c->paid - lost;
    a->uncollected += lost;
    o->count.uncollected += lost > 0;
    o->count.overrun += credits > c->held;
    oracle_note(a, type, before - c->paid, lost, now, request);
}

void oracle_end_name(
    struct oracle *o, const struct oracle_call *c, unsigned request)
{
    struct oracle_name *n = &o->name[c->account][c->name];

    if (c->name == 0 || n->request != request)
        return;
    if (c->credits == 0)
        *n = (struct oracle_name){0};
    n->ended = true;
    n->credits = c->credits;
}

void oracle_end(struct oracle *o, struct oracle_call *c, const uint8_t *request,
    bool free, int64_t credits, enum ledger_type type, int64_t now)
{
    o->account[c->account].balance.held -= c->held;
    c->state = ORACLE_ENDED;
    c->time = now;
    if (!free)
        oracle_bill(o, c, credits, type, now, request);
    oracle_end_name(o, c, oracle_number(request));
}
