#include "jwt.h"

#include <assert.h>
#include <nettle/hmac.h>
#include <sodium.h>
#include <string.h>

#include "json.h"

#define ISSUER "turnpike"
#define AUDIENCE "turnpike-api"

/* No clock of ours shows a later time: the year 2100. */
#define TIME_MAX INT64_C(4102444800)

/* The three parts of a token, still encoded. */
struct parts {
    struct span header, claims, mac;
    struct span signed_text; /* header, dot, claims */
};

int jwt_keys_add(struct jwt_keys *keys, const uint8_t secret[MAC_KEY])
{
    const struct span purpose = {"jwt-kid", strlen("jwt-kid")};
    struct jwt_key *key;
    uint8_t name[MAC_SIZE];

    if (keys->count == JWT_KEYS_MAX)
        return -1;
    key = &keys->list[keys->count++];
    memcpy(key->secret, secret, sizeof(key->secret));
    mac_sign(secret, &purpose, 1, name);
    mac_hex(name, (JWT_KID_SIZE - 1) / 2, key->kid);
    return 0;
}

static void sign_text(
    const struct jwt_key *key, struct span text, uint8_t mac[MAC_SIZE])
{
    struct hmac_sha256_ctx state;

    hmac_sha256_set_key(&state, sizeof(key->secret), key->secret);
    hmac_sha256_update(&state, text.n, (const uint8_t *)text.p);
    hmac_sha256_digest(&state, MAC_SIZE, mac);
    sodium_memzero(&state, sizeof(state));
}

/* ---- writing ---- */

static void put_base64(struct buf *out, const void *bytes, size_t n)
{
    const int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    size_t room = sodium_base64_encoded_len(n, variant);
    char *at = buf_reserve(out, room);

    if (at == NULL)
        return;
    sodium_bin2base64(at, room, bytes, n, variant);
    buf_commit(out, room - 1);
}

void jwt_sign(const struct jwt_keys *keys, const struct jwt_claims *claims,
    struct buf *out)
{
    const struct jwt_key *key = &keys->list[0];
    struct buf header = {0}, body = {0};
    uint8_t mac[MAC_SIZE];
    size_t begin = out->len;

    assert(keys->count > 0);
    buf_printf(&header, "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
        key->kid);
    buf_puts(&body, "{\"sub\":");
    json_quote(&body, (struct span){claims->subject, strlen(claims->subject)});
    buf_printf(&body,
        ",\"iss\":\"" ISSUER "\",\"aud\":\"" AUDIENCE
        "\",\"iat\":%lld,\"exp\":%lld,\"ver\":%lu}",
        (long long)claims->issued, (long long)claims->issued + JWT_LIFE,
        (unsigned long)claims->version);
    put_base64(out, header.data, header.len);
    buf_puts(out, ".");
    put_base64(out, body.data, body.len);
    out->failed |= header.failed || body.failed;
    if (!out->failed) {
        sign_text(key, (struct span){out->data + begin, out->len - begin}, mac);
        buf_puts(out, ".");
        put_base64(out, mac, sizeof(mac));
    }
    buf_free(&header);
    buf_free(&body);
}

/* ---- reading ---- */

static bool split(struct span token, struct parts *parts)
{
    const char *end = token.p + token.n;
    const char *first, *second;

    if (token.n == 0 || token.n > JWT_TEXT_MAX)
        return false;
    if ((first = memchr(token.p, '.', token.n)) == NULL ||
        (second = memchr(first + 1, '.', (size_t)(end - first - 1))) == NULL)
        return false;
    parts->header = (struct span){token.p, (size_t)(first - token.p)};
    parts->claims = (struct span){first + 1, (size_t)(second - first - 1)};
    parts->mac = (struct span){second + 1, (size_t)(end - second - 1)};
    parts->signed_text = (struct span){token.p, (size_t)(second - token.p)};
    return true;
}

/* Decodes the one spelling that encodes these bytes: without padding, white
 * space, further dots and stray bits. libsodium also takes two bytes beyond
 * ASCII for digits; so it has to write what it has read. */
static bool decode(struct span text, void *out, size_t size, size_t *n)
{
    const int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    char again[JWT_TEXT_MAX + 1];

    if (sodium_base642bin(out, size, text.p, text.n, NULL, n, NULL, variant) !=
            0 ||
        sodium_base64_encoded_len(*n, variant) != text.n + 1)
        return false;
    sodium_bin2base64(again, sizeof(again), out, *n, variant);
    return memcmp(again, text.p, text.n) == 0;
}

/* Decode and judge one of the JSON parts, which lies in ${room} from then on.
 */
static bool parse(
    struct json_doc *doc, struct span text, char room[JWT_TEXT_MAX])
{
    size_t n;

    return decode(text, room, JWT_TEXT_MAX, &n) &&
           json_parse(doc, room, n) == JSON_OK &&
           json_kind(doc, 0) == JSON_OBJECT;
}

static bool member_is(
    const struct json_doc *doc, const char *name, const char *text)
{
    uint32_t node = json_member(doc, 0, name);

    return node != JSON_NONE && json_string_is(doc, node, text);
}

static const struct jwt_key *key_of(
    const struct jwt_keys *keys, const struct json_doc *header)
{
    for (size_t i = 0; i < keys->count; i++)
        if (member_is(header, "kid", keys->list[i].kid))
            return &keys->list[i];
    return NULL;
}

/* The key that a header names. Nothing else may be in it: neither another
 * algorithm nor another place where a key would be. */
static const struct jwt_key *read_header(const struct jwt_keys *keys,
    struct span text, struct json_doc *doc, char room[JWT_TEXT_MAX])
{
    if (!parse(doc, text, room) || json_size(doc, 0) != 3 ||
        !member_is(doc, "alg", "HS256") || !member_is(doc, "typ", "JWT"))
        return NULL;
    return key_of(keys, doc);
}

static bool mac_fits(const struct jwt_key *key, const struct parts *parts)
{
    uint8_t theirs[MAC_SIZE], ours[MAC_SIZE];
    size_t n;

    if (!decode(parts->mac, theirs, sizeof(theirs), &n) || n != sizeof(theirs))
        return false;
    sign_text(key, parts->signed_text, ours);
    return sodium_memcmp(theirs, ours, sizeof(ours)) == 0;
}

static bool number_of(
    const struct json_doc *doc, const char *name, int64_t max, int64_t *value)
{
    uint32_t node = json_member(doc, 0, name);

    return node != JSON_NONE && json_int(doc, node, value) == 0 &&
           *value >= 0 && *value <= max;
}

static bool is_in_time(
    const struct json_doc *doc, int64_t now, struct jwt_claims *claims)
{
    int64_t expires, not_before = 0;

    if (!number_of(doc, "iat", TIME_MAX, &claims->issued) ||
        !number_of(doc, "exp", TIME_MAX, &expires))
        return false;
    if (json_member(doc, 0, "nbf") != JSON_NONE &&
        !number_of(doc, "nbf", TIME_MAX, &not_before))
        return false;
    if (expires <= claims->issued ||
        expires - claims->issued > JWT_LIFE + JWT_SKEW)
        return false;
    return claims->issued <= now + JWT_SKEW && not_before <= now + JWT_SKEW &&
           expires > now - JWT_SKEW;
}

static bool read_subject(
    const struct json_doc *doc, char out[JWT_SUBJECT_MAX + 1])
{
    uint32_t node = json_member(doc, 0, "sub");
    struct span text;

    if (node == JSON_NONE || json_kind(doc, node) != JSON_STRING)
        return false;
    /* An escape would be another spelling; we write none. */
    text = json_inside(doc, node);
    if (text.n == 0 || text.n > JWT_SUBJECT_MAX ||
        memchr(text.p, '\\', text.n) != NULL)
        return false;
    memcpy(out, text.p, text.n);
    out[text.n] = '\0';
    return true;
}

static bool read_claims(
    const struct json_doc *doc, int64_t now, struct jwt_claims *claims)
{
    int64_t version;

    if (!member_is(doc, "iss", ISSUER) || !member_is(doc, "aud", AUDIENCE) ||
        !number_of(doc, "ver", UINT32_MAX, &version) ||
        !read_subject(doc, claims->subject))
        return false;
    claims->version = (uint32_t)version;
    return is_in_time(doc, now, claims);
}

bool jwt_verify(const struct jwt_keys *keys, struct span token, int64_t now,
    struct jwt_claims *claims)
{
    char room[JWT_TEXT_MAX];
    struct json_doc doc = {0};
    const struct jwt_key *key;
    struct parts parts;
    bool good = false;

    if (split(token, &parts) &&
        (key = read_header(keys, parts.header, &doc, room)) != NULL &&
        mac_fits(key, &parts))
        good =
            parse(&doc, parts.claims, room) && read_claims(&doc, now, claims);
    json_free(&doc);
    return good;
}
