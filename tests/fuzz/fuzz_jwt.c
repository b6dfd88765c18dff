/* Of what anybody may make of a token only our own is believed. The input is
 * taken twice: as a token, which is never one; and as a header, a line feed and
 * claims, which are signed as they should be and then believed only when
 * another reader of JSON finds in them what must be there. */

#include <json-c/json.h>
#include <nettle/hmac.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "core/buf.h"
#include "core/jwt.h"
#include "fuzz.h"

enum { NOW = 1800000000 };

static struct jwt_keys some_keys(void)
{
    const uint8_t secret[MAC_KEY] = {1, 2, 3};
    struct jwt_keys keys = {0};

    FUZZ_CHECK(jwt_keys_add(&keys, secret) == 0);
    return keys;
}

static void encode(const uint8_t *data, size_t n, struct buf *out)
{
    const int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    size_t room = sodium_base64_encoded_len(n, variant);
    char *at = buf_reserve(out, room);

    FUZZ_CHECK(at != NULL);
    sodium_bin2base64(at, room, data, n, variant);
    buf_commit(out, room - 1);
}

static void sign(const struct jwt_keys *keys, struct buf *token)
{
    struct hmac_sha256_ctx state;
    uint8_t mac[MAC_SIZE];

    hmac_sha256_set_key(&state, MAC_KEY, keys->list[0].secret);
    hmac_sha256_update(&state, token->len, (const uint8_t *)token->data);
    hmac_sha256_digest(&state, MAC_SIZE, mac);
    buf_puts(token, ".");
    encode(mac, sizeof(mac), token);
}

static struct json_object *parse(const uint8_t *data, size_t n)
{
    struct json_tokener *reader = json_tokener_new();
    struct json_object *o =
        json_tokener_parse_ex(reader, (const char *)data, (int)n);

    json_tokener_free(reader);
    FUZZ_CHECK(o != NULL);
    FUZZ_CHECK(json_object_is_type(o, json_type_object));
    return o;
}

static void check_text(
    struct json_object *o, const char *name, const char *wanted)
{
    struct json_object *value;

    FUZZ_CHECK(json_object_object_get_ex(o, name, &value));
    FUZZ_CHECK(json_object_is_type(value, json_type_string));
    FUZZ_CHECK(strcmp(json_object_get_string(value), wanted) == 0);
}

static int64_t number(struct json_object *o, const char *name)
{
    struct json_object *value;

    FUZZ_CHECK(json_object_object_get_ex(o, name, &value));
    FUZZ_CHECK(json_object_is_type(value, json_type_int));
    return json_object_get_int64(value);
}

static void check_believed(struct json_object *header,
    struct json_object *claims, const struct jwt_keys *keys,
    const struct jwt_claims *said)
{
    int64_t issued = number(claims, "iat"), expires = number(claims, "exp");

    FUZZ_CHECK(json_object_object_length(header) == 3);
    check_text(header, "alg", "HS256");
    check_text(header, "typ", "JWT");
    check_text(header, "kid", keys->list[0].kid);
    check_text(claims, "sub", said->subject);
    check_text(claims, "iss", "turnpike");
    check_text(claims, "aud", "turnpike-api");
    FUZZ_CHECK(number(claims, "ver") == said->version);
    FUZZ_CHECK(issued == said->issued);
    FUZZ_CHECK(issued <= NOW + JWT_SKEW);
    FUZZ_CHECK(expires > NOW - JWT_SKEW);
    FUZZ_CHECK(expires - issued <= JWT_LIFE + JWT_SKEW);
}

static void check_signed(const struct jwt_keys *keys, const uint8_t *header,
    size_t header_n, const uint8_t *claims, size_t claims_n)
{
    struct json_object *h, *c;
    struct jwt_claims said;
    struct buf token = {0};

    encode(header, header_n, &token);
    buf_puts(&token, ".");
    encode(claims, claims_n, &token);
    sign(keys, &token);
    if (jwt_verify(keys, (struct span){token.data, token.len}, NOW, &said)) {
        h = parse(header, header_n);
        c = parse(claims, claims_n);
        check_believed(h, c, keys, &said);
        json_object_put(h);
        json_object_put(c);
    }
    buf_free(&token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
    const struct jwt_keys keys = some_keys();
    struct jwt_claims said;

    FUZZ_CHECK(!jwt_verify(
        &keys, (struct span){(const char *)data, size}, NOW, &said));
    if (line != NULL && size < JWT_TEXT_MAX)
        check_signed(&keys, data, (size_t)(line - data), line + 1,
            size - (size_t)(line - data) - 1);
    return 0;
}
