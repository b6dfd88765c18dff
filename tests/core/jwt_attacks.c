#include "jwt_attacks.h"

#include <string.h>

#define H "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"@kid@\"}"
#define H_WITH(more)                                                           \
    "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"@kid@\"," more "}"
#define H_ALG(alg) "{\"alg\":" alg ",\"typ\":\"JWT\",\"kid\":\"@kid@\"}"
#define H_KID(kid) "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":" kid "}"
#define SUB "\"sub\":\"@sub@\""
#define ISS "\"iss\":\"turnpike\""
#define AUD "\"aud\":\"turnpike-api\""
#define WHO SUB "," ISS "," AUD
#define IAT "\"iat\":@0@"
#define EXP "\"exp\":@3600@"
#define VER "\"ver\":0"
#define C "{" WHO "," IAT "," EXP "," VER "}"
#define C_WITH(more) "{" WHO "," IAT "," EXP "," VER "," more "}"
#define C_TIMES(times) "{" WHO "," VER "," times "}"
#define C_VER(ver) "{" WHO "," IAT "," EXP ",\"ver\":" ver "}"
#define C_WHO(who) "{" who "," IAT "," EXP "," VER "}"

/* ---- edits ---- */

static void replace(struct buf *t, const char *what, const char *by)
{
    struct buf out = {0};
    size_t n = strlen(what), i = 0;

    while (i < t->len) {
        if (t->len - i >= n && memcmp(t->data + i, what, n) == 0) {
            buf_puts(&out, by);
            i += n;
        } else {
            buf_put(&out, t->data + i++, 1);
        }
    }
    buf_free(t);
    *t = out;
}

static void insert(struct buf *t, size_t at, const char *text)
{
    struct buf out = {0};

    buf_put(&out, t->data, at);
    buf_puts(&out, text);
    buf_put(&out, t->data + at, t->len - at);
    buf_free(t);
    *t = out;
}

static size_t dot(const struct buf *t, int which)
{
    size_t i = 0;

    while (t->data[i] != '.' || which-- > 0)
        i++;
    return i;
}

static void wide_dots(struct buf *t)
{
    replace(t, ".", "\xe3\x80\x82");
}

static void one_dot_leaders(struct buf *t)
{
    replace(t, ".", "\xe2\x80\xa4");
}

static void escaped_dots(struct buf *t)
{
    replace(t, ".", "%2e");
}

static void pad_end(struct buf *t)
{
    buf_puts(t, "=");
}

static void pad_header(struct buf *t)
{
    insert(t, dot(t, 0), "=");
}

static void pad_claims(struct buf *t)
{
    insert(t, dot(t, 1), "==");
}

static void newline_inside(struct buf *t)
{
    insert(t, dot(t, 0) + 3, "\n");
}

static void newline_behind(struct buf *t)
{
    buf_puts(t, "\n");
}

static void blank_inside(struct buf *t)
{
    insert(t, dot(t, 1) + 5, " ");
}

static void tab_behind(struct buf *t)
{
    buf_puts(t, "\t");
}

static void fourth_part(struct buf *t)
{
    buf_puts(t, ".eyJ9");
}

static void empty_fourth_part(struct buf *t)
{
    buf_puts(t, ".");
}

static void twice_dotted(struct buf *t)
{
    insert(t, dot(t, 0), ".");
}

static void without_claims(struct buf *t)
{
    size_t first = dot(t, 0), second = dot(t, 1);

    memmove(t->data + first + 1, t->data + second, t->len - second);
    t->len -= second - first - 1;
}

static void without_last_part(struct buf *t)
{
    t->len = dot(t, 1);
}

static void header_alone(struct buf *t)
{
    t->len = dot(t, 0);
}

static void dots_alone(struct buf *t)
{
    t->len = 0;
    buf_puts(t, "..");
}

static void dotted_ey(struct buf *t)
{
    t->len = 0;
    buf_puts(t, "ey..");
}

/* 43 digits hold 258 bits: the last two belong to nobody. */
static void stray_bits(struct buf *t)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
                                 "qrstuvwxyz0123456789-_";
    char *last = &t->data[t->len - 1];

    *last = digits[(strchr(digits, *last) - digits) ^ 1];
}

static void swapped_parts(struct buf *t)
{
    size_t first = dot(t, 0), second = dot(t, 1);
    struct buf out = {0};

    buf_put(&out, t->data + first + 1, second - first - 1);
    buf_puts(&out, ".");
    buf_put(&out, t->data, first);
    buf_put(&out, t->data + second, t->len - second);
    buf_free(t);
    *t = out;
}

static void upper_case(struct buf *t)
{
    for (size_t i = 0; i < t->len; i++)
        if (t->data[i] >= 'a' && t->data[i] <= 'z')
            t->data[i] -= 'a' - 'A';
}

/* Digits that differ from ours in the bit that ASCII has not; where there is
 * neither of the two that libsodium would take, any. */
static void wide_digits(struct buf *t)
{
    size_t changed = 0;

    for (size_t i = dot(t, 1) + 1; i < t->len; i++) {
        if (t->data[i] == '_' || t->data[i] == '-') {
            t->data[i] |= (char)0x80;
            changed++;
        }
    }
    if (changed == 0)
        t->data[t->len - 2] |= (char)0x80;
}

static void usual_digits(struct buf *t)
{
    t->data[t->len - 3] = '+';
    t->data[t->len - 4] = '/';
}

static void grow(struct buf *t, size_t to)
{
    size_t n = to - t->len;
    char *at = buf_reserve(t, n);

    memset(at, 'A', n);
    buf_commit(t, n);
}

static void of_4097_bytes(struct buf *t)
{
    grow(t, JWT_TEXT_MAX + 1);
}

static void of_a_mebibyte(struct buf *t)
{
    grow(t, 1 << 20);
}

/* ---- the list ---- */

/* clang-format off */
static const struct jwt_plan attacks[] = {
    {"genuine", H, C, SEAL_RIGHT, NULL},

    {"alg none", H_ALG("\"none\""), C, SEAL_EMPTY, NULL},
    {"alg None", H_ALG("\"None\""), C, SEAL_EMPTY, NULL},
    {"alg nOnE", H_ALG("\"nOnE\""), C, SEAL_EMPTY, NULL},
    {"alg none with a MAC", H_ALG("\"none\""), C, SEAL_RIGHT, NULL},
    {"alg empty", H_ALG("\"\""), C, SEAL_RIGHT, NULL},
    {"alg null", H_ALG("null"), C, SEAL_RIGHT, NULL},
    {"alg a list", H_ALG("[\"HS256\"]"), C, SEAL_RIGHT, NULL},
    {"alg hs256", H_ALG("\"hs256\""), C, SEAL_RIGHT, NULL},
    {"alg HS256 and a blank", H_ALG("\"HS256 \""), C, SEAL_RIGHT, NULL},
    {"alg RS256", H_ALG("\"RS256\""), C, SEAL_RIGHT, NULL},
    {"alg RS256, secret as PEM", H_ALG("\"RS256\""), C, SEAL_PEM, NULL},
    {"alg ES256", H_ALG("\"ES256\""), C, SEAL_RIGHT, NULL},
    {"alg HS512", H_ALG("\"HS512\""), C, SEAL_SHA512, NULL},
    {"alg dir", H_ALG("\"dir\""), C, SEAL_RIGHT, NULL},
    {"no alg", "{\"typ\":\"JWT\",\"kid\":\"@kid@\"}", C, SEAL_RIGHT, NULL},
    {"two alg",
        "{\"alg\":\"none\",\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"@kid@\"}",
        C, SEAL_RIGHT, NULL},
    {"two alg, one escaped",
        "{\"alg\":\"HS256\",\"\\u0061lg\":\"none\",\"typ\":\"JWT\","
        "\"kid\":\"@kid@\"}", C, SEAL_RIGHT, NULL},

    {"no MAC", H, C, SEAL_EMPTY, NULL},
    {"MAC by no key", H, C, SEAL_NO_KEY, NULL},
    {"MAC by the secret as PEM", H, C, SEAL_PEM, NULL},
    {"MAC by the name of the key", H, C, SEAL_KID, NULL},
    {"MAC by the other key", H, C, SEAL_OTHER, NULL},
    {"MAC over the claims alone", H, C, SEAL_CLAIMS, NULL},
    {"MAC over decoded parts", H, C, SEAL_DECODED, NULL},
    {"HMAC-SHA-512", H, C, SEAL_SHA512, NULL},
    {"MAC of 31 bytes", H, C, SEAL_SHORT, NULL},
    {"MAC of 33 bytes", H, C, SEAL_LONG, NULL},
    {"MAC in hexadecimal", H, C, SEAL_HEX, NULL},
    {"MAC with a wrong last bit", H, C, SEAL_LAST_BIT, NULL},
    {"MAC with a wrong first bit", H, C, SEAL_FIRST_BIT, NULL},

    {"kid of the other key", H_KID("\"@other@\""), C, SEAL_RIGHT, NULL},
    {"kid a path", H_KID("\"../../dev/null\""), C, SEAL_NO_KEY, NULL},
    {"kid an absolute path", H_KID("\"/dev/null\""), C, SEAL_NO_KEY, NULL},
    {"kid SQL", H_KID("\"x' UNION SELECT 'key' -- \""), C, SEAL_RIGHT, NULL},
    {"kid a command", H_KID("\"|id\""), C, SEAL_RIGHT, NULL},
    {"kid a URL", H_KID("\"https://example.org/key\""), C, SEAL_RIGHT, NULL},
    {"kid empty", H_KID("\"\""), C, SEAL_RIGHT, NULL},
    {"kid null", H_KID("null"), C, SEAL_RIGHT, NULL},
    {"kid a number", H_KID("0"), C, SEAL_RIGHT, NULL},
    {"kid of zeros", H_KID("\"0000000000000000\""), C, SEAL_RIGHT, NULL},
    {"kid with NUL", H_KID("\"@kid@\\u0000\""), C, SEAL_RIGHT, NULL},
    {"kid cut", H_KID("\"\\u0000@kid@\""), C, SEAL_RIGHT, NULL},
    {"no kid", "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", C, SEAL_RIGHT, NULL},
    {"two kid", H_WITH("\"kid\":\"@other@\""), C, SEAL_RIGHT, NULL},

    {"typ missing", "{\"alg\":\"HS256\",\"kid\":\"@kid@\"}", C, SEAL_RIGHT, NULL},
    {"typ other", "{\"alg\":\"HS256\",\"typ\":\"JWE\",\"kid\":\"@kid@\"}", C,
        SEAL_RIGHT, NULL},
    {"crit", H_WITH("\"crit\":[\"exp\"]"), C, SEAL_RIGHT, NULL},
    {"crit empty", H_WITH("\"crit\":[]"), C, SEAL_RIGHT, NULL},
    {"b64 false", H_WITH("\"b64\":false"), C, SEAL_RIGHT, NULL},
    {"jku", H_WITH("\"jku\":\"https://example.org/jwks\""), C, SEAL_RIGHT,
        NULL},
    {"jwk", H_WITH("\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}"), C, SEAL_ZEROS,
        NULL},
    {"x5u", H_WITH("\"x5u\":\"https://example.org/x\""), C, SEAL_RIGHT, NULL},
    {"x5c", H_WITH("\"x5c\":[\"AA==\"]"), C, SEAL_RIGHT, NULL},
    {"zip", H_WITH("\"zip\":\"DEF\""), C, SEAL_RIGHT, NULL},
    {"cty", H_WITH("\"cty\":\"JWT\""), C, SEAL_RIGHT, NULL},
    {"header empty", "{}", C, SEAL_RIGHT, NULL},
    {"header a list", "[\"HS256\",\"JWT\",\"@kid@\"]", C, SEAL_RIGHT, NULL},
    {"header a string", "\"HS256\"", C, SEAL_RIGHT, NULL},
    {"header with a tail", H "{}", C, SEAL_RIGHT, NULL},
    {"header with a byte order mark", "\xef\xbb\xbf" H, C, SEAL_RIGHT, NULL},
    {"header not UTF-8", H_WITH("\"a\":\"\xff\""), C, SEAL_RIGHT, NULL},

    {"no sub", H, C_WHO(ISS "," AUD), SEAL_RIGHT, NULL},
    {"sub empty", H, C_WHO("\"sub\":\"\"," ISS "," AUD), SEAL_RIGHT, NULL},
    {"sub a number", H, C_WHO("\"sub\":1," ISS "," AUD), SEAL_RIGHT, NULL},
    {"sub a list", H, C_WHO("\"sub\":[\"@sub@\"]," ISS "," AUD), SEAL_RIGHT,
        NULL},
    {"sub with NUL", H, C_WHO("\"sub\":\"@sub@\\u0000\"," ISS "," AUD),
        SEAL_RIGHT, NULL},
    {"sub too long", H, C_WHO("\"sub\":\"@sub@@sub@\"," ISS "," AUD),
        SEAL_RIGHT, NULL},
    {"sub with an escape", H,
        C_WHO("\"sub\":\"\\u0061@sub@\"," ISS "," AUD), SEAL_RIGHT, NULL},
    {"two sub", H, C_WITH(SUB), SEAL_RIGHT, NULL},
    {"no iss", H, C_WHO(SUB "," AUD), SEAL_RIGHT, NULL},
    {"iss other", H, C_WHO(SUB ",\"iss\":\"turnpike2\"," AUD), SEAL_RIGHT,
        NULL},
    {"no aud", H, C_WHO(SUB "," ISS), SEAL_RIGHT, NULL},
    {"aud other", H, C_WHO(SUB "," ISS ",\"aud\":\"turnpike\""), SEAL_RIGHT,
        NULL},
    {"aud a list", H, C_WHO(SUB "," ISS ",\"aud\":[\"turnpike-api\"]"),
        SEAL_RIGHT, NULL},

    {"no ver", H, "{" WHO "," IAT "," EXP "}", SEAL_RIGHT, NULL},
    {"ver a string", H, C_VER("\"0\""), SEAL_RIGHT, NULL},
    {"ver negative", H, C_VER("-1"), SEAL_RIGHT, NULL},
    {"ver of 33 bits", H, C_VER("4294967296"), SEAL_RIGHT, NULL},
    {"ver null", H, C_VER("null"), SEAL_RIGHT, NULL},
    {"ver false", H, C_VER("false"), SEAL_RIGHT, NULL},

    {"no exp", H, C_TIMES(IAT), SEAL_RIGHT, NULL},
    {"two exp", H, C_WITH("\"exp\":@1800@"), SEAL_RIGHT, NULL},
    {"exp in the past", H, C_TIMES("\"iat\":@-7200@,\"exp\":@-3600@"),
        SEAL_RIGHT, NULL},
    {"exp a minute ago", H, C_TIMES("\"iat\":@-3660@,\"exp\":@-60@"),
        SEAL_RIGHT, NULL},
    {"exp a string", H, C_TIMES(IAT ",\"exp\":\"@3600@\""), SEAL_RIGHT, NULL},
    {"exp a fraction", H, C_TIMES(IAT ",\"exp\":@3600@.5"), SEAL_RIGHT, NULL},
    {"exp with an exponent", H, C_TIMES(IAT ",\"exp\":4e9"), SEAL_RIGHT, NULL},
    {"exp beyond double", H, C_TIMES(IAT ",\"exp\":1e999"), SEAL_RIGHT, NULL},
    {"exp negative", H, C_TIMES(IAT ",\"exp\":-1"), SEAL_RIGHT, NULL},
    {"exp minus zero", H, C_TIMES(IAT ",\"exp\":-0"), SEAL_RIGHT, NULL},
    {"exp 2^63", H, C_TIMES(IAT ",\"exp\":9223372036854775808"), SEAL_RIGHT,
        NULL},
    {"exp 2^63 - 1", H, C_TIMES(IAT ",\"exp\":9223372036854775807"),
        SEAL_RIGHT, NULL},
    {"exp 2^64 and an hour", H, C_TIMES(IAT ",\"exp\":18446744073709555216"),
        SEAL_RIGHT, NULL},
    {"exp null", H, C_TIMES(IAT ",\"exp\":null"), SEAL_RIGHT, NULL},
    {"exp in two hours", H, C_TIMES(IAT ",\"exp\":@7200@"), SEAL_RIGHT, NULL},
    {"exp 61 seconds too late", H, C_TIMES(IAT ",\"exp\":@3661@"), SEAL_RIGHT,
        NULL},
    {"exp before iat", H, C_TIMES("\"iat\":@30@,\"exp\":@20@"), SEAL_RIGHT,
        NULL},
    {"no iat", H, C_TIMES(EXP), SEAL_RIGHT, NULL},
    {"iat in the future", H, C_TIMES("\"iat\":@600@,\"exp\":@3600@"),
        SEAL_RIGHT, NULL},
    {"iat a string", H, C_TIMES("\"iat\":\"@0@\"," EXP), SEAL_RIGHT, NULL},
    {"iat zero", H, C_TIMES("\"iat\":0," EXP), SEAL_RIGHT, NULL},
    {"nbf in the future", H, C_WITH("\"nbf\":@600@"), SEAL_RIGHT, NULL},
    {"nbf a string", H, C_WITH("\"nbf\":\"0\""), SEAL_RIGHT, NULL},
    {"nbf null", H, C_WITH("\"nbf\":null"), SEAL_RIGHT, NULL},
    {"claims empty", H, "{}", SEAL_RIGHT, NULL},
    {"claims a list", H, "[]", SEAL_RIGHT, NULL},
    {"claims a token", H, "\"" C "\"", SEAL_RIGHT, NULL},
    {"claims with a tail", H, C "x", SEAL_RIGHT, NULL},
    {"claims with a comment", H, C_WITH("/**/\"a\":1"), SEAL_RIGHT, NULL},
    {"claims not UTF-8", H, C_WITH("\"a\":\"\xc0\xaf\""), SEAL_RIGHT, NULL},

    {"wide dots", H, C, SEAL_RIGHT, wide_dots},
    {"one dot leaders", H, C, SEAL_RIGHT, one_dot_leaders},
    {"escaped dots", H, C, SEAL_RIGHT, escaped_dots},
    {"padding at the end", H, C, SEAL_RIGHT, pad_end},
    {"padding of the header", H, C, SEAL_RIGHT, pad_header},
    {"padding of the claims", H, C, SEAL_RIGHT, pad_claims},
    {"a line feed inside", H, C, SEAL_RIGHT, newline_inside},
    {"a line feed behind", H, C, SEAL_RIGHT, newline_behind},
    {"a blank inside", H, C, SEAL_RIGHT, blank_inside},
    {"a tab behind", H, C, SEAL_RIGHT, tab_behind},
    {"four parts", H, C, SEAL_RIGHT, fourth_part},
    {"an empty fourth part", H, C, SEAL_RIGHT, empty_fourth_part},
    {"an empty part between", H, C, SEAL_RIGHT, twice_dotted},
    {"no claims", H, C, SEAL_RIGHT, without_claims},
    {"two parts", H, C, SEAL_RIGHT, without_last_part},
    {"one part", H, C, SEAL_RIGHT, header_alone},
    {"two dots", H, C, SEAL_RIGHT, dots_alone},
    {"ey and two dots", H, C, SEAL_RIGHT, dotted_ey},
    {"stray bits", H, C, SEAL_RIGHT, stray_bits},
    {"parts that changed places", H, C, SEAL_RIGHT, swapped_parts},
    {"capitals", H, C, SEAL_RIGHT, upper_case},
    {"digits of the usual base64", H, C, SEAL_RIGHT, usual_digits},
    {"digits beyond ASCII", H, C, SEAL_RIGHT, wide_digits},
    {"4097 bytes", H, C, SEAL_RIGHT, of_4097_bytes},
    {"more than 4096 bytes, signed", H, C_WITH("\"a\":\"@pad@\""), SEAL_RIGHT,
        NULL},
    {"a mebibyte", H, C, SEAL_RIGHT, of_a_mebibyte},
};
/* clang-format on */

size_t jwt_attacks_count(void)
{
    return sizeof(attacks) / sizeof(attacks[0]);
}

const char *jwt_attacks_make(
    const struct jwt_forge *forge, size_t i, struct buf *out)
{
    jwt_forge_make(forge, &attacks[i], out);
    return attacks[i].name;
}
