#ifndef TOKEN_H
#define TOKEN_H

#include "core/jwt.h"
#include "db/store_verb.h"

/* Tokens of accounts: what core/jwt.h says of a subject, said of an account. */

/**
 * token_clock_sound(now):
 * Whether a clock may say ${now}, seconds since 1970: not before 2024 and not
 * after 2100. RELIABILITY.md 7.2 row 97.
 */
bool token_clock_sound(int64_t now);

/**
 * token_write(keys, account, version, now, out):
 * Append a token of ${account} that is void as soon as its tokens have another
 * ${version}. ${now}: seconds since 1970. Returns 0, or -1 with nothing
 * appended when there is no key, memory is out, or the clock is not sound.
 */
int token_write(const struct jwt_keys *keys, const uint8_t account[STORE_ID],
    uint32_t version, int64_t now, struct buf *out);

/**
 * token_read(keys, text, now, account, version):
 * Whether ${text} is a token of ours that is valid ${now}, of which ${account}
 * and at which ${version}; the account may have voided it.
 */
bool token_read(const struct jwt_keys *keys, struct span text, int64_t now,
    uint8_t account[STORE_ID], uint32_t *version);

#endif
