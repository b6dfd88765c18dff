#include "count.h"
#include "relay.h"

/* Which of a model's upstreams is tried next, and what was learned about the
 * one that was. */

/* The upstreams that could serve a call. Their places are the bits of
 * relay.tried: they are the same for all of its tries. */
struct candidates {
    struct rota_target *set[ROTA_MOST];
    size_t which[ROTA_MOST]; /* index in conf->upstreams */
    size_t n;
};

static unsigned wire_of(enum dialect dialect)
{
    static const unsigned wires[] = {
        [DIALECT_CHAT] = WIRE_CHAT,
        [DIALECT_RESPONSES] = WIRE_RESPONSES,
        [DIALECT_MESSAGES] = WIRE_MESSAGES,
    };

    return wires[dialect];
}

static bool is_listed(const struct conf_model *model)
{
    return model != NULL && model->n_upstreams > 0;
}

static size_t upstream_count(const struct call *call)
{
    const struct conf_model *model = call->offer.configured;

    return is_listed(model) ? model->n_upstreams
                            : call->settings->conf->n_upstreams;
}

/* The place in conf->upstreams of one that serves the call's model. */
static size_t upstream_at(const struct call *call, size_t i)
{
    const struct conf_model *model = call->offer.configured;

    return is_listed(model) ? model->upstreams[i] : i;
}

static void find_candidates(const struct call *call, struct candidates *c)
{
    const struct settings *s = call->settings;
    unsigned wire = wire_of(call->exchange.upstream->dialect);
    size_t which;

    c->n = 0;
    for (size_t i = 0; i < upstream_count(call) && c->n < ROTA_MOST; i++) {
        which = upstream_at(call, i);
        if (!(s->conf->upstreams[which].wires & wire))
            continue;
        c->which[c->n] = which;
        c->set[c->n++] = &s->targets[which]->rota;
    }
}

enum dialect relay_dialect(const struct call *call)
{
    const enum dialect wanted[] = {
        call->dialect, DIALECT_CHAT, DIALECT_MESSAGES, DIALECT_RESPONSES};
    const struct conf_upstream *upstreams = call->settings->conf->upstreams;
    unsigned spoken = 0;

    for (size_t i = 0; i < upstream_count(call); i++)
        spoken |= upstreams[upstream_at(call, i)].wires;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (spoken & wire_of(wanted[i]))
            return wanted[i];
    }
    return call->dialect;
}

const struct conf_upstream *relay_target(struct call *call)
{
    struct relay *relay = &call->relay;
    struct worker *worker = call->worker;
    struct candidates c;
    int i = ROTA_NONE;

    find_candidates(call, &c);
    if (relay->attempts < call->settings->conf->upstream_tries)
        i = targets_pick(worker->targets, c.set, c.n, relay->tried);
    relay->full = i == ROTA_FULL;
    if (i < 0)
        return NULL;
    relay->tried |= 1ull << i;
    targets_begin(
        worker->targets, &relay->try, call->settings->targets[c.which[i]]);
    return &call->settings->conf->upstreams[c.which[i]];
}

/* 401 and 403 are our own fault, but the target is of no use with them. */
static bool is_failure(const struct call *call, int status)
{
    if (count_missing(call))
        return false;
    return status == 0 || status >= 500 || status == 408 || status == 401 ||
           status == 403;
}

void relay_target_judge(struct call *call, int status, uint32_t rest)
{
    struct targets *targets = call->worker->targets;
    struct target_try *try = &call->relay.try;
    struct candidates c;

    if (call->relay.judged)
        return;
    call->relay.judged = true;
    if (status == 429) {
        targets_busy(targets, try, rest);
    } else if (is_failure(call, status)) {
        find_candidates(call, &c);
        targets_bad(targets, try, c.set, c.n);
    } else {
        targets_good(targets, try);
    }
}

void relay_target_end(struct call *call)
{
    targets_end(&call->relay.try);
}
