#ifndef PRICE_H
#define PRICE_H

#include <stdint.h>

#include "buf.h"

/* What a model costs. A price of which tokens_per_credit is 0 is unknown:
 * nothing may be sold at it. */
struct price {
    uint64_t usd_micro_per_mtok; /* 1e-6 USD for a million tokens */
    uint64_t tokens_per_credit;
};

/**
 * price_credits(p, tokens):
 * max(1, ceil(${tokens} / tokens_per_credit)). API.md 5.
 */
int64_t price_credits(const struct price *p, uint64_t tokens);

/**
 * price_tokens(p, credits):
 * The most tokens that ${credits} pay for; 0 for credits <= 0; saturates.
 */
uint64_t price_tokens(const struct price *p, int64_t credits);

/**
 * price_cost(p, tokens, out):
 * Append the cost in USD as a plain decimal number without exponent and
 * trailing zeros: 30 tokens at 5 USD give 0.00015. API.md 5.
 */
void price_cost(const struct price *p, uint64_t tokens, struct buf *out);

#endif
