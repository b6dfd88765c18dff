#ifndef JWT_H
#define JWT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "mac.h"

/* The tokens of signed-in users: JWS compact form, HS256, one hour. Only what
 * jwt_sign() could have written is believed. RELIABILITY.md 5.2. */

enum {
    JWT_TEXT_MAX = 4096,
    JWT_KEYS_MAX = 4,
    JWT_KID_SIZE = 17, /* 16 hex digits and NUL */
    JWT_SUBJECT_MAX = 64,
    JWT_LIFE = 3600, /* seconds */
    JWT_SKEW = 60    /* that clocks may differ */
};

struct jwt_key {
    char kid[JWT_KID_SIZE];
    uint8_t secret[MAC_KEY];
};

/* Keys that tokens may be signed with; the first one signs. {0}: none. */
struct jwt_keys {
    struct jwt_key list[JWT_KEYS_MAX];
    size_t count;
};

/* What a token says of its bearer. */
struct jwt_claims {
    char subject[JWT_SUBJECT_MAX + 1];
    uint32_t version; /* of the subject's tokens; "ver" */
    int64_t issued;   /* seconds since 1970 */
};

/**
 * jwt_keys_add(keys, secret):
 * Add ${secret} under a name that is made from it. Returns 0, or -1 when there
 * are JWT_KEYS_MAX already.
 */
int jwt_keys_add(struct jwt_keys *keys, const uint8_t secret[MAC_KEY]);

/**
 * jwt_sign(keys, claims, out):
 * Append a token that says ${claims}, valid for JWT_LIFE, to ${out}. There must
 * be a key. Memory: the latch of ${out}.
 */
void jwt_sign(const struct jwt_keys *keys, const struct jwt_claims *claims,
    struct buf *out);

/**
 * jwt_verify(keys, token, now, claims):
 * Whether ${token} was signed with one of ${keys} and is valid at ${now},
 * seconds since 1970; only then are ${claims} worth anything. False also when
 * memory is out.
 */
bool jwt_verify(const struct jwt_keys *keys, struct span token, int64_t now,
    struct jwt_claims *claims);

#endif
