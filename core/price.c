#include "price.h"

#include <assert.h>

int64_t price_credits(const struct price *p, uint64_t tokens)
{
    uint64_t credits;

    assert(p->tokens_per_credit > 0);
    credits = tokens / p->tokens_per_credit;
    credits += tokens % p->tokens_per_credit != 0;
    if (credits == 0)
        credits = 1;
    return credits > INT64_MAX ? INT64_MAX : (int64_t)credits;
}

uint64_t price_tokens(const struct price *p, int64_t credits)
{
    uint64_t tokens;

    if (credits <= 0)
        return 0;
    if (__builtin_mul_overflow(
            (uint64_t)credits, p->tokens_per_credit, &tokens))
        return UINT64_MAX;
    return tokens;
}

void price_cost(const struct price *p, uint64_t tokens, struct buf *out)
{
    /* micro-dollars a million tokens: the unit of the product is 1e-12 USD */
    enum { PLACES = 12, DIGITS = 40 };
    unsigned __int128 cost = (unsigned __int128)tokens * p->usd_micro_per_mtok;
    char text[DIGITS + 1];
    int end = sizeof(text);
    int begin = end;
    int place;

    for (place = 0; place <= PLACES || cost > 0; place++) {
        if (place == PLACES)
            text[--begin] = '.';
        text[--begin] = (char)('0' + (int)(cost % 10));
        cost /= 10;
    }
    while (text[end - 1] == '0')
        end--;
    if (text[end - 1] == '.')
        end--;
    buf_put(out, text + begin, (size_t)(end - begin));
}
