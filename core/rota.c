#include "rota.h"

#include <assert.h>

enum { DOUBLINGS = 5 /* of the time of an ejection */ };

/* The order in which targets are drawn. */
enum standing { IN_USE, RESTING, EJECTED, TRIED };

static enum standing standing_of(const struct rota_target *b, uint64_t now)
{
    if (b->ejected_until != 0)
        return EJECTED;
    return b->resting_until > now ? RESTING : IN_USE;
}

static bool is_full(const struct rota_target *b)
{
    return b->rules.most != 0 && b->active >= b->rules.most;
}

/* ---- the choice ---- */

/* What one choice is made from. */
struct choice {
    struct rota_target *const *set;
    size_t n;
    uint64_t out; /* bit per target that must not be drawn */
};

static bool may_draw(const struct choice *c, size_t i)
{
    return !(c->out & 1ull << i);
}

static int due_for_trial(const struct choice *c, uint64_t now)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct rota_target *b = c->set[i];

        if (b->ejected_until != 0 && b->ejected_until <= now && !b->trial &&
            !is_full(b))
            return (int)i;
    }
    return ROTA_NONE;
}

/* Leave only those of the best standing. Returns whether there are any. */
static bool keep_best(struct choice *c, uint64_t now)
{
    enum standing best = TRIED, one;

    for (size_t i = 0; i < c->n; i++) {
        one = standing_of(c->set[i], now);
        if (may_draw(c, i) && one < best)
            best = one;
    }
    for (size_t i = 0; i < c->n; i++) {
        if (standing_of(c->set[i], now) != best)
            c->out |= 1ull << i;
    }
    return best != TRIED;
}

static void drop_full(struct choice *c)
{
    for (size_t i = 0; i < c->n; i++) {
        if (is_full(c->set[i]))
            c->out |= 1ull << i;
    }
}

/* One of those that are left, by weight. */
static int draw(const struct choice *c, uint32_t random)
{
    uint64_t sum = 0, at;

    for (size_t i = 0; i < c->n; i++)
        sum += may_draw(c, i) ? c->set[i]->rules.weight : 0;
    at = sum * random >> 32;
    for (size_t i = 0; i < c->n; i++) {
        if (!may_draw(c, i))
            continue;
        if (at < c->set[i]->rules.weight)
            return (int)i;
        at -= c->set[i]->rules.weight;
    }
    return ROTA_NONE;
}

/* Whether ${a} has less to do than ${b} for its weight, and not more when it
 * is given this call as well. */
static bool has_less(const struct rota_target *a, const struct rota_target *b)
{
    uint64_t of_a = a->rules.weight, of_b = b->rules.weight;

    return a->active * of_b < b->active * of_a &&
           (a->active + 1ull) * of_b <= (b->active + 1ull) * of_a;
}

int rota_pick(struct rota_target *const *set, size_t n, uint64_t tried,
    uint64_t now, uint64_t random)
{
    struct choice c = {set, n, tried};
    int first, second;

    assert(n <= ROTA_MOST);
    if (tried == 0 && (first = due_for_trial(&c, now)) >= 0)
        return first;
    if (!keep_best(&c, now))
        return ROTA_NONE;
    drop_full(&c);
    if ((first = draw(&c, (uint32_t)random)) < 0)
        return ROTA_FULL;
    c.out |= 1ull << first;
    second = draw(&c, (uint32_t)(random >> 32));
    return second >= 0 && has_less(set[second], set[first]) ? second : first;
}

/* ---- what calls show ---- */

void rota_begin(struct rota_try *try, struct rota_target *target, uint64_t now)
{
    try->target = target;
    try->trial = target->ejected_until != 0 && target->ejected_until <= now &&
                 !target->trial;
    try->resting = target->resting_until > now;
    target->trial |= try->trial;
    target->active++;
}

/* It is known now what it has shown, however long the call goes on. */
static void end_trial(struct rota_try *try)
{
    if (try->trial)
        try->target->trial = false;
    try->trial = false;
}

bool rota_good(struct rota_try *try, uint64_t now)
{
    struct rota_target *b = try->target;
    bool was_out = b->ejected_until != 0;

    end_trial(try);
    b->failures = 0;
    b->ejected_until = 0;
    if (try->resting)
        b->resting_until = 0;
    if (was_out)
        b->returned = now;
    return was_out;
}

bool rota_busy(struct rota_try *try, uint64_t now, uint64_t ms)
{
    bool was_out = rota_good(try, now);

    try->target->resting_until = now + ms;
    return was_out;
}

static bool is_last(
    const struct rota_target *b, struct rota_target *const *set, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (set[i] != b && set[i]->ejected_until == 0)
            return false;
    }
    return true;
}

static void eject(struct rota_target *b, uint64_t now, uint32_t random)
{
    uint64_t ms = b->rules.eject_ms;

    ms <<= b->ejections < DOUBLINGS ? b->ejections : DOUBLINGS;
    ms += ms / 4 * random >> 32;
    b->ejections++;
    b->ejected_ms = ms;
    b->ejected_until = now + ms;
}

bool rota_bad(struct rota_try *try, struct rota_target *const *set, size_t n,
    uint64_t now, uint64_t random)
{
    struct rota_target *b = try->target;

    b->failures += b->failures < UINT32_MAX;
    if (b->ejected_until == 0) {
        if (b->rules.eject_after == 0 || b->failures < b->rules.eject_after ||
            is_last(b, set, n))
            return false;
        if (now - b->returned > b->ejected_ms)
            b->ejections = 0;
    } else if (!try->trial) {
        return false;
    }
    end_trial(try);
    eject(b, now, (uint32_t)random);
    return true;
}

void rota_end(struct rota_try *try)
{
    if (try->target == NULL)
        return;
    end_trial(try);
    try->target->active--;
    *try = (struct rota_try){0};
}
