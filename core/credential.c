#include "credential.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

enum {
    JWT_MAX = 4096,
    BASE = 62,
    ID_DIGITS = 8,
    SECRET_DIGITS = 32,
    CHECK_DIGITS = 6
};

static const char digits[BASE + 1] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static bool is_jwt(struct span text)
{
    size_t dots = 0;
    size_t i;

    if (text.n < 2 || memcmp(text.p, "ey", 2) != 0)
        return false;
    for (i = 0; i < text.n; i++)
        dots += text.p[i] == '.';
    return dots == 2;
}

static bool is_visible(struct span text)
{
    size_t i;

    for (i = 0; i < text.n; i++) {
        if (text.p[i] < '!' || text.p[i] > '~')
            return false;
    }
    return true;
}

static enum credential_kind classify(struct span text)
{
    if (text.n == 0 || text.n > JWT_MAX || !is_visible(text))
        return CREDENTIAL_BAD;
    if (is_jwt(text))
        return CREDENTIAL_JWT;
    return text.n <= CREDENTIAL_MAX ? CREDENTIAL_KEY : CREDENTIAL_BAD;
}

/* The token of a Bearer header, or NULL when it is of another scheme. */
static const char *bearer_token(const char *authorization)
{
    static const char scheme[] = "bearer ";
    const char *token;

    if (strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
        return NULL;
    token = authorization + sizeof(scheme) - 1;
    return token + strspn(token, " ");
}

void credential_read(
    struct credential *c, const char *authorization, const char *x_api_key)
{
    const char *token = x_api_key;

    *c = (struct credential){.kind = CREDENTIAL_NONE};
    if (authorization == NULL && x_api_key == NULL)
        return;
    if (authorization != NULL)
        token = bearer_token(authorization);
    c->kind = CREDENTIAL_BAD;
    if (token == NULL)
        return;
    c->text = (struct span){token, strlen(token)};
    c->kind = classify(c->text);
}

static uint32_t crc32(const char *text, size_t n)
{
    uint32_t crc = UINT32_MAX;
    size_t i;
    int bit;

    for (i = 0; i < n; i++) {
        crc ^= (uint8_t)text[i];
        for (bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
    }
    return ~crc;
}

static void write_check(char *out, uint32_t crc)
{
    int i;

    for (i = CHECK_DIGITS - 1; i >= 0; i--) {
        out[i] = digits[crc % BASE];
        crc /= BASE;
    }
}

int credential_mint(const uint8_t entropy[KEY_ENTROPY], char key[KEY_TEXT_SIZE],
    char id[KEY_ID_SIZE])
{
    char *at = key + 3;
    char *check = at + ID_DIGITS + SECRET_DIGITS;
    size_t i;

    memcpy(key, "ak_", 3);
    for (i = 0; i < KEY_ENTROPY && at < check; i++) {
        /* Bytes above the last whole multiple would favour low digits. */
        if (entropy[i] < 256 / BASE * BASE)
            *at++ = digits[entropy[i] % BASE];
    }
    if (at < check)
        return -1;
    write_check(check, crc32(key, (size_t)(check - key)));
    key[KEY_TEXT_SIZE - 1] = '\0';
    memcpy(id, "key_", 4);
    memcpy(id + 4, key + 3, ID_DIGITS);
    id[KEY_ID_SIZE - 1] = '\0';
    return 0;
}

/* A MAC of one value for one purpose. */
static void sign_as(const uint8_t pepper[MAC_KEY], const char *purpose,
    struct span value, uint8_t out[MAC_SIZE])
{
    const struct span parts[] = {{purpose, strlen(purpose)}, value};

    mac_sign(pepper, parts, 2, out);
}

void credential_digest(
    const uint8_t pepper[MAC_KEY], struct span key, uint8_t out[MAC_SIZE])
{
    sign_as(pepper, "api-key", key, out);
}

int credential_device(
    const uint8_t pepper[MAC_KEY], const char *address, uint8_t out[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    const char *purpose = "device-text";
    struct span value = {address, strlen(address)};
    uint8_t mac[MAC_SIZE];
    char ip[16];
    int ret = 0;

    if (inet_pton(AF_INET, address, ip) == 1) {
        purpose = "device-4";
        value = (struct span){ip, 4};
    } else if (inet_pton(AF_INET6, address, ip) != 1) {
        ret = -1;
    } else if (memcmp(ip, mapped, sizeof(mapped)) == 0) {
        purpose = "device-4";
        value = (struct span){ip + sizeof(mapped), 4};
    } else {
        purpose = "device-6";
        value = (struct span){ip, 8};
    }
    sign_as(pepper, purpose, value, mac);
    memcpy(out, mac, 16);
    return ret;
}
