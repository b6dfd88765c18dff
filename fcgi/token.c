#include "token.h"

#include <string.h>

#include "core/mac.h"

#define PREFIX "acct_"

/* 2024 and 2100. */
#define EARLIEST INT64_C(1704067200)
#define LATEST INT64_C(4102444800)

bool token_clock_sound(int64_t now)
{
    return now >= EARLIEST && now < LATEST;
}

int token_write(const struct jwt_keys *keys, const uint8_t account[STORE_ID],
    uint32_t version, int64_t now, struct buf *out)
{
    struct jwt_claims claims = {
        .subject = PREFIX, .version = version, .issued = now};
    size_t before = out->len;

    if (keys->count == 0 || !token_clock_sound(now))
        return -1;
    mac_hex(account, STORE_ID, claims.subject + strlen(PREFIX));
    jwt_sign(keys, &claims, out);
    if (!out->failed)
        return 0;
    out->len = before;
    return -1;
}

bool token_read(const struct jwt_keys *keys, struct span text, int64_t now,
    uint8_t account[STORE_ID], uint32_t *version)
{
    struct jwt_claims claims;

    if (!jwt_verify(keys, text, now, &claims) ||
        strncmp(claims.subject, PREFIX, strlen(PREFIX)) != 0 ||
        mac_unhex(claims.subject + strlen(PREFIX), STORE_ID, account) != 0)
        return false;
    *version = claims.version;
    return true;
}
