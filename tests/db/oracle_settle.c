#include <stdlib.h>

#include "oracle_private.h"

const char *oracle_check_extend(struct oracle *o, const struct store_extend *v)
{
    struct oracle_call *c = oracle_call(o, v->request);
    struct balance *b = &o->account[c->account].balance;
    int64_t free = b->posted - b->held;
    int64_t wish;

    if (c->state != ORACLE_OPEN)
        return v->verb.status == STORE_NOT_FOUND ? NULL
                                                 : "an ended hold has grown";
    if (v->out_so_far > c->progress)
        c->progress = v->out_so_far;
    c->accepted |= v->accepted;
    wish = oracle_cost(c->rate, c->est_in + v->want_out) - c->held;
    o->count.extended += wish > 0;
    o->count.capped += wish > free;
    if (wish > 0) {
        b->held += oracle_least(wish, free);
        c->held += oracle_least(wish, free);
    }
    if (v->verb.status != STORE_OK || v->held != c->held)
        return "a hold has grown wrongly";
    return v->covers == 0 ||
                   oracle_cost(c->rate, c->est_in + v->covers) == c->held
               ? NULL
               : "a hold covers another output than it pays for";
}

const char *oracle_check_settle(struct oracle *o, const struct store_settle *v)
{
    struct oracle_call *c = oracle_call(o, v->request);
    bool late = c->state == ORACLE_ENDED && c->due;
    bool already = c->state == ORACLE_ENDED && !c->due;
    int64_t credits, paid = c->paid;

    if (v->verb.status == STORE_NOT_FOUND)
        return c->state == ORACLE_NONE || c->old ? NULL
                                                 : "a call was forgotten";
    if (v->verb.status != STORE_OK || c->state == ORACLE_NONE)
        return "a settlement was refused, or made of nothing";
    credits = oracle_price(c, &v->usage, v->free_of_charge);
    if (late) {
        c->due = false;
        if (v->now > c->time)
            c->time = v->now;
        if (credits != c->credits ||
            oracle_least(credits, o->account[c->account].balance.posted + paid -
                                      o->account[c->account].balance.held) !=
                paid)
            oracle_bill(o, c, credits, LEDGER_ADJUST, v->now, v->request);
        oracle_end_name(o, c, oracle_number(v->request));
    } else if (!already) {
        oracle_end(o, c, v->request, v->free_of_charge, credits, LEDGER_SETTLE,
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

const char *oracle_check_grant(struct oracle *o, const struct store_grant *v)
{
    unsigned account = oracle_number(v->account) - 1;
    struct oracle_account *a = &o->account[account];
    struct oracle_grant *g =
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
        *g = (struct oracle_grant){v->credits, a->balance.posted};
        oracle_note(a, LEDGER_GRANT, v->credits, 0, v->now, NULL);
    }
    return v->verb.status == STORE_OK && v->already == already &&
                   v->posted == g->posted
               ? NULL
               : "a grant was made wrongly";
}
