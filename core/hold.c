#include "hold.h"

enum { ALARM_CREDITS = 20, ALARM_PART = 20 /* 5 percent */ };

static int64_t min_credits(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static uint64_t min_tokens(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool is_sound(const struct balance *b)
{
    return b->held >= 0 && b->held <= b->posted;
}

enum refusal hold_open(const struct balance *b, const struct hold_ask *ask,
    struct hold_grant *grant)
{
    uint64_t out, worst, first, paid, affordable;
    int64_t available;

    if (ask->price.tokens_per_credit == 0)
        return REFUSE_MODEL_UNAVAILABLE;
    if (!is_sound(b) || ask->n == 0 || ask->max_out == 0)
        return REFUSE_INTERNAL;
    if (__builtin_mul_overflow((uint64_t)ask->n, ask->max_out, &out) ||
        __builtin_add_overflow(out, ask->est_in, &worst))
        return REFUSE_INTERNAL;
    first = ask->first == 0 ? out : min_tokens(ask->first, out);
    available = b->posted - b->held;
    if (available < 1)
        return REFUSE_INSUFFICIENT_CREDITS;
    paid = price_tokens(&ask->price, available);
    if (paid <= ask->est_in)
        return REFUSE_INSUFFICIENT_CREDITS;
    affordable = (paid - ask->est_in) / ask->n;
    if (affordable == 0)
        return REFUSE_INSUFFICIENT_CREDITS;
    grant->credits =
        min_credits(price_credits(&ask->price, ask->est_in + first), available);
    grant->max_out = min_tokens(ask->max_out, affordable);
    return REFUSE_NONE;
}

int hold_grow(const struct balance *b, int64_t held, uint64_t est_in,
    uint64_t out, const struct price *price, struct hold_growth *growth)
{
    uint64_t tokens, paid;
    int64_t credits;

    if (!is_sound(b) || held < 0 || held > b->held ||
        price->tokens_per_credit == 0)
        return -1;
    if (__builtin_add_overflow(est_in, out, &tokens))
        return -1;
    credits =
        min_credits(price_credits(price, tokens), b->posted - (b->held - held));
    growth->credits = credits > held ? credits : held;
    paid = price_tokens(price, growth->credits);
    growth->covers = paid > est_in ? paid - est_in : 0;
    return 0;
}

/* The bill of a call that held ${held} credits, of an account that can pay no
 * more than ${reach}. */
static int make_bill(int64_t reach, int64_t held, const struct price *price,
    const struct usage *usage, bool free_of_charge, struct charge *c)
{
    uint64_t tokens;
    int64_t credits;

    if (free_of_charge) {
        *c = (struct charge){0};
        return 0;
    }
    if (price->tokens_per_credit == 0)
        return -1;
    if (__builtin_add_overflow(usage->tokens_in, usage->tokens_out, &tokens))
        return -1;
    credits = price_credits(price, tokens);
    if (!usage->known)
        credits = min_credits(credits, held);
    c->credits = credits;
    c->collected = min_credits(credits, reach);
    c->uncollected = credits - c->collected;
    c->overrun = credits > held;
    return 0;
}

int hold_charge(const struct balance *b, int64_t held,
    const struct price *price, const struct usage *usage, bool free_of_charge,
    struct charge *c)
{
    if (!is_sound(b) || held < 0 || held > b->held)
        return -1;
    return make_bill(
        b->posted - (b->held - held), held, price, usage, free_of_charge, c);
}

bool hold_alarms(const struct charge *c)
{
    return c->uncollected > ALARM_CREDITS ||
           c->uncollected > c->credits / ALARM_PART;
}

int hold_correct(const struct balance *b, int64_t held, int64_t paid,
    const struct price *price, const struct usage *usage, bool free_of_charge,
    struct charge *c)
{
    int64_t returned;

    if (!is_sound(b) || held < 0 || paid < 0)
        return -1;
    if (__builtin_add_overflow(b->posted, paid, &returned))
        return -1;
    return make_bill(returned - b->held, held, price, usage, free_of_charge, c);
}
