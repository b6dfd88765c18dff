#include "jwt_forge.h"

#include <nettle/hmac.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_word(
    const struct jwt_forge *f, const char *word, size_t n, struct buf *out)
{
    if (n == 3 && memcmp(word, "kid", n) == 0)
        buf_puts(out, f->keys.list[0].kid);
    else if (n == 5 && memcmp(word, "other", n) == 0)
        buf_puts(out, f->keys.list[1].kid);
    else if (n == 3 && memcmp(word, "sub", n) == 0)
        buf_puts(out, f->subject);
    else if (n == 3 && memcmp(word, "pad", n) == 0)
        buf_printf(out, "%03000d", 0);
    else
        buf_printf(out, "%lld", (long long)f->now + atoll(word));
}

static void expand(const struct jwt_forge *f, const char *text, struct buf *out)
{
    const char *at, *end;

    while ((at = strchr(text, '@')) != NULL) {
        buf_put(out, text, (size_t)(at - text));
        end = strchr(at + 1, '@');
        put_word(f, at + 1, (size_t)(end - at - 1), out);
        text = end + 1;
    }
    buf_puts(out, text);
}

static void encode(const void *bytes, size_t n, struct buf *out)
{
    char text[8192];

    sodium_bin2base64(
        text, sizeof(text), bytes, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    buf_puts(out, text);
}

/* The key that seals, in ${key}; returns its length. */
static size_t key_of(
    const struct jwt_forge *f, enum jwt_seal seal, uint8_t key[256])
{
    char base64[64];

    memset(key, 0, 256);
    memcpy(key, f->keys.list[seal == SEAL_OTHER].secret, MAC_KEY);
    switch (seal) {
    case SEAL_NO_KEY:
        return 0;
    case SEAL_ZEROS:
        memset(key, 0, MAC_KEY);
        return MAC_KEY;
    case SEAL_KID:
        memcpy(key, f->keys.list[0].kid, JWT_KID_SIZE - 1);
        return JWT_KID_SIZE - 1;
    case SEAL_PEM:
        sodium_bin2base64(base64, sizeof(base64), f->keys.list[0].secret,
            MAC_KEY, sodium_base64_VARIANT_ORIGINAL);
        return (size_t)snprintf((char *)key, 256,
            "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n",
            base64);
    default:
        return MAC_KEY;
    }
}

static void put_seal(const struct jwt_forge *f, enum jwt_seal seal,
    struct span text, struct buf *out)
{
    struct hmac_sha256_ctx sha256;
    struct hmac_sha512_ctx sha512;
    char hex[2 * MAC_SIZE + 1];
    uint8_t key[256], mac[64] = {0};
    size_t n = key_of(f, seal, key);

    if (seal == SEAL_EMPTY)
        return;
    if (seal == SEAL_SHA512) {
        hmac_sha512_set_key(&sha512, n, key);
        hmac_sha512_update(&sha512, text.n, (const uint8_t *)text.p);
        hmac_sha512_digest(&sha512, sizeof(mac), mac);
        encode(mac, sizeof(mac), out);
        return;
    }
    hmac_sha256_set_key(&sha256, n, key);
    hmac_sha256_update(&sha256, text.n, (const uint8_t *)text.p);
    hmac_sha256_digest(&sha256, MAC_SIZE, mac);
    mac_hex(mac, MAC_SIZE, hex);
    mac[0] ^= seal == SEAL_FIRST_BIT ? 0x80 : 0;
    mac[MAC_SIZE - 1] ^= seal == SEAL_LAST_BIT ? 1 : 0;
    if (seal == SEAL_HEX)
        buf_puts(out, hex);
    else
        encode(mac,
            seal == SEAL_SHORT  ? MAC_SIZE - 1
            : seal == SEAL_LONG ? MAC_SIZE + 1
                                : MAC_SIZE,
            out);
}

/* What the MAC is made of; ${token} has the first two parts. */
static void put_sealed(enum jwt_seal seal, const struct buf *header,
    const struct buf *claims, const struct buf *token, struct buf *out)
{
    if (seal == SEAL_CLAIMS) {
        encode(claims->data, claims->len, out);
    } else if (seal == SEAL_DECODED) {
        buf_put(out, header->data, header->len);
        buf_puts(out, ".");
        buf_put(out, claims->data, claims->len);
    } else {
        buf_put(out, token->data, token->len);
    }
}

void jwt_forge_make(
    const struct jwt_forge *forge, const struct jwt_plan *plan, struct buf *out)
{
    struct buf header = {0}, claims = {0}, token = {0}, sealed = {0};

    expand(forge, plan->header, &header);
    expand(forge, plan->claims, &claims);
    encode(header.data, header.len, &token);
    buf_puts(&token, ".");
    encode(claims.data, claims.len, &token);
    put_sealed(plan->seal, &header, &claims, &token, &sealed);
    buf_puts(&token, ".");
    put_seal(forge, plan->seal, (struct span){sealed.data, sealed.len}, &token);
    if (plan->edit != NULL)
        plan->edit(&token);
    buf_put(out, token.data, token.len);
    buf_free(&header);
    buf_free(&claims);
    buf_free(&token);
    buf_free(&sealed);
}
