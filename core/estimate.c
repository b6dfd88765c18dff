#include "estimate.h"

/* Quarters of a token for each byte. Continuation bytes count nothing, so that
 * a character beyond ASCII counts once. */
static const uint8_t quarters_of[256] = {
    [0x00 ... '0' - 1] = 2,
    ['0' ... '9'] = 1,
    ['9' + 1 ... 'A' - 1] = 2,
    ['A' ... 'Z'] = 1,
    ['Z' + 1 ... 'a' - 1] = 2,
    ['a' ... 'z'] = 1,
    ['z' + 1 ... 0x7f] = 2,
    [0xc0 ... 0xff] = 4,
};

uint64_t estimate_text(struct span text)
{
    uint64_t quarters = 0;

    for (size_t i = 0; i < text.n; i++)
        quarters += quarters_of[(unsigned char)text.p[i]];
    return quarters;
}

uint64_t estimate_tokens(uint64_t quarters)
{
    return quarters / 4 + (quarters % 4 != 0);
}

uint64_t estimate_input(uint64_t quarters)
{
    /* 115 / 400 = 23 / 80; taken apart so that nothing can overflow. */
    return quarters / 80 * 23 + (quarters % 80 * 23 + 79) / 80;
}
