#include "password.h"

#include <errno.h>
#include <sodium.h>

enum { PASSES = 2, BYTES = 19 << 20, ENTROPY = 18 };

/* Of a password that was thrown away. */
static const char nobody[PASSWORD_HASH] =
    "$argon2id$v=19$m=19456,t=2,p=1$3OnBXM/fneQlIZ/7lDfkkw"
    "$k/BBWp2wCqVz+T1NjOeXp3MndlE9w+aMMtqC+hJRXJQ";

int password_hash(struct span password, char out[PASSWORD_HASH])
{
    _Static_assert(
        crypto_pwhash_STRBYTES <= PASSWORD_HASH, "a hash fits its field");
    return crypto_pwhash_str(out, password.p, password.n, PASSES, BYTES);
}

enum password_verdict password_check(
    const char hash[PASSWORD_HASH], struct span password)
{
    const char *against = hash[0] != '\0' ? hash : nobody;

    errno = 0;
    if (crypto_pwhash_str_verify(against, password.p, password.n) != 0)
        return errno == ENOMEM ? PASSWORD_NO_MEMORY : PASSWORD_WRONG;
    return hash[0] != '\0' ? PASSWORD_RIGHT : PASSWORD_WRONG;
}

void password_fresh(char text[PASSWORD_FRESH])
{
    uint8_t entropy[ENTROPY];

    randombytes_buf(entropy, sizeof(entropy));
    sodium_bin2base64(text, PASSWORD_FRESH, entropy, sizeof(entropy),
        sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(entropy, sizeof(entropy));
}
