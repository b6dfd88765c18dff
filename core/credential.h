#ifndef CREDENTIAL_H
#define CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mac.h"

enum {
    CREDENTIAL_MAX = 512, /* bytes of a credential that we look at */
    KEY_ID_SIZE = 13,     /* "key_" + 8 base62 digits + NUL */
    KEY_TEXT_SIZE = 50,   /* "ak_" + 8 + 32 + 6 base62 digits + NUL */
    KEY_ENTROPY = 64      /* random bytes that credential_mint() wants */
};

enum credential_kind {
    CREDENTIAL_NONE, /* nothing was offered */
    CREDENTIAL_KEY,  /* an API key; any text that is not a JWT */
    CREDENTIAL_JWT,  /* three dot-separated parts that begin with "ey" */
    CREDENTIAL_BAD   /* something that can never be valid */
};

/* What a caller offered; points into the header values. */
struct credential {
    enum credential_kind kind;
    struct span text;
};

/**
 * credential_read(c, authorization, x_api_key):
 * Classify the two header values (NULL: absent). Authorization wins when both
 * are there. "Bearer" is matched without regard to case; any other scheme, an
 * empty token, more than CREDENTIAL_MAX bytes (4 KiB for a JWT), or a byte
 * that is not visible ASCII is CREDENTIAL_BAD. API.md 2, RELIABILITY.md 7.2
 * rows 1-6.
 */
void credential_read(struct credential *c, const char *authorization,
    const char *x_api_key);

/**
 * credential_mint(entropy, key, id):
 * Turn random bytes into a new API key text and its public key id. The key's
 * last six digits are the base62 CRC32 of what precedes them. Returns 0, or
 * -1 when the entropy ran out by rejection (try again with more).
 */
int credential_mint(const uint8_t entropy[KEY_ENTROPY],
    char key[KEY_TEXT_SIZE], char id[KEY_ID_SIZE]);

/**
 * credential_digest(pepper, key, out):
 * The name under which the store knows the API key text ${key}: its MAC under
 * the installation's ${pepper}.
 */
void credential_digest(const uint8_t pepper[MAC_KEY], struct span key,
    uint8_t out[MAC_SIZE]);

/**
 * credential_device(pepper, address, out):
 * The name of a free-tier device: the MAC of the client's address, IPv6 cut
 * to its /64 (DESIGN.md, Settled). Returns 0, or -1 when ${address} is not an
 * IP address; ${out} is then the MAC of the text itself.
 */
int credential_device(const uint8_t pepper[MAC_KEY], const char *address,
    uint8_t out[16]);

#endif
