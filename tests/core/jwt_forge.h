#ifndef JWT_FORGE_H
#define JWT_FORGE_H

#include <stdint.h>

#include "buf.h"
#include "jwt.h"

/* Tokens by whoever knows all secrets, made of any header and any claims and
 * sealed in any way, right or wrong. */

/* What they are made of. */
struct jwt_forge {
    struct jwt_keys keys; /* two: the one that signs and the one before it */
    const char *subject;
    int64_t now;
};

/* How the third part is made. */
enum jwt_seal {
    SEAL_RIGHT,
    SEAL_EMPTY,     /* no MAC at all */
    SEAL_NO_KEY,    /* with a key of no bytes */
    SEAL_ZEROS,     /* with a key of zeros, which is the same */
    SEAL_PEM,       /* with the secret as the text of a PEM file */
    SEAL_KID,       /* with the name of the key as the key */
    SEAL_OTHER,     /* with the key before */
    SEAL_CLAIMS,    /* over the claims alone */
    SEAL_DECODED,   /* over the parts before they were encoded */
    SEAL_SHA512,    /* HS512 */
    SEAL_SHORT,     /* 31 of its 32 bytes */
    SEAL_LONG,      /* and one more */
    SEAL_HEX,       /* as hexadecimal digits */
    SEAL_LAST_BIT,  /* one bit is wrong */
    SEAL_FIRST_BIT, /* one bit is wrong */
};

/* What becomes of the text in the end. */
typedef void jwt_edit_fn(struct buf *token);

/* A token to be made. In the texts "@kid@" and "@other@" stand for the names of
 * the keys, "@sub@" for the subject, "@pad@" for three thousand zeros and
 * "@-60@" for a minute ago. */
struct jwt_plan {
    const char *name;
    const char *header;
    const char *claims;
    enum jwt_seal seal;
    jwt_edit_fn *edit; /* NULL: none */
};

/**
 * jwt_forge_make(forge, plan, out):
 * Append the token of ${plan} to ${out}.
 */
void jwt_forge_make(const struct jwt_forge *forge, const struct jwt_plan *plan,
    struct buf *out);

#endif
