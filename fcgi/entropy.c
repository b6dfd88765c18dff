#include "entropy.h"

#include <sodium.h>
#include <string.h>

void entropy_take(struct entropy *e, uint8_t *out, size_t n)
{
    uint8_t *at;

    if (e->left < n) {
        randombytes_buf(e->bytes, sizeof(e->bytes));
        e->left = sizeof(e->bytes);
    }
    e->left -= n;
    at = e->bytes + e->left;
    memcpy(out, at, n);
    memset(at, 0, n);
}
