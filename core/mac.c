#include "mac.h"

#include <assert.h>
#include <nettle/hmac.h>
#include <sodium.h>

#include "hex.h"

static void update_length(struct hmac_sha256_ctx *state, size_t n)
{
    const uint8_t length[4] = {
        (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

    assert(n <= UINT32_MAX);
    hmac_sha256_update(state, sizeof(length), length);
}

void mac_sign(const uint8_t key[MAC_KEY], const struct span *parts,
    size_t count, uint8_t out[MAC_SIZE])
{
    struct hmac_sha256_ctx state;
    size_t i;

    hmac_sha256_set_key(&state, MAC_KEY, key);
    for (i = 0; i < count; i++) {
        update_length(&state, parts[i].n);
        hmac_sha256_update(&state, parts[i].n, (const uint8_t *)parts[i].p);
    }
    hmac_sha256_digest(&state, MAC_SIZE, out);
    sodium_memzero(&state, sizeof(state));
}

void mac_hex(const uint8_t *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * n] = '\0';
}

int mac_unhex(const char *text, size_t n, uint8_t *out)
{
    int high, low;
    size_t i;

    for (i = 0; i < n; i++) {
        high = hex_digit(text[2 * i]);
        if (high < 0)
            return -1;
        low = hex_digit(text[2 * i + 1]);
        if (low < 0)
            return -1;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return text[2 * n] == '\0' ? 0 : -1;
}
