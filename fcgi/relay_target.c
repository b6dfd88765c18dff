#include "relay.h"

/* Which of a model's upstreams is tried next. */

enum { TARGETS_MAX = 64 };

static const struct conf_upstream *target_at(const struct call *call, size_t i)
{
    const struct conf *conf = call->settings->conf;
    const struct conf_model *model = call->offer.configured;

    if (model != NULL && model->n_upstreams > 0)
        i = model->upstreams[i];
    return &conf->upstreams[i];
}

static size_t target_count(const struct call *call)
{
    const struct conf_model *model = call->offer.configured;
    size_t n = model != NULL && model->n_upstreams > 0
                   ? model->n_upstreams
                   : call->settings->conf->n_upstreams;

    return n < TARGETS_MAX ? n : TARGETS_MAX;
}

static unsigned wire_of(enum dialect dialect)
{
    static const unsigned wires[] = {
        [DIALECT_CHAT] = WIRE_CHAT,
        [DIALECT_RESPONSES] = WIRE_RESPONSES,
        [DIALECT_MESSAGES] = WIRE_MESSAGES,
    };

    return wires[dialect];
}

enum dialect relay_dialect(const struct call *call)
{
    const enum dialect wanted[] = {
        call->dialect, DIALECT_CHAT, DIALECT_MESSAGES, DIALECT_RESPONSES};
    unsigned spoken = 0;

    for (size_t i = 0; i < target_count(call); i++)
        spoken |= target_at(call, i)->wires;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (spoken & wire_of(wanted[i]))
            return wanted[i];
    return call->dialect;
}

/* The next target in turn that was not tried and speaks the dialect. */
const struct conf_upstream *relay_target(struct call *call)
{
    size_t n = target_count(call), first, i;

    if (n == 0)
        return NULL;
    first = call->worker->turn++ % n;
    for (size_t k = 0; k < n; k++) {
        i = (first + k) % n;
        if (call->relay.tried & (1ull << i) ||
            !(target_at(call, i)->wires &
                wire_of(call->exchange.upstream->dialect)))
            continue;
        call->relay.tried |= 1ull << i;
        return target_at(call, i);
    }
    return NULL;
}
