/* A token is believed when it is one that we signed, byte for byte, and its
 * hour is not over; whatever else is made of the same secrets is refused. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jwt.h"
#include "jwt_attacks.h"

enum { NOW = 1800000000 };

static const uint8_t secret[MAC_KEY] = {1, 2, 3};
static const uint8_t previous[MAC_KEY] = {4, 5, 6};

static struct jwt_keys both(void)
{
    struct jwt_keys keys = {0};

    assert_int_equal(jwt_keys_add(&keys, secret), 0);
    assert_int_equal(jwt_keys_add(&keys, previous), 0);
    return keys;
}

static struct jwt_keys only(const uint8_t key[MAC_KEY])
{
    struct jwt_keys keys = {0};

    assert_int_equal(jwt_keys_add(&keys, key), 0);
    return keys;
}

static struct buf signed_by(const struct jwt_keys *keys)
{
    const struct jwt_claims claims = {
        .subject = "acct_1", .version = 7, .issued = NOW};
    struct buf token = {0};

    jwt_sign(keys, &claims, &token);
    assert_false(token.failed);
    return token;
}

static bool good_at(
    const struct jwt_keys *keys, const struct buf *token, int64_t now)
{
    struct jwt_claims claims;

    return jwt_verify(
        keys, (struct span){token->data, token->len}, now, &claims);
}

static void test_what_was_signed_is_read(void **state)
{
    struct jwt_keys keys = both();
    struct buf token = signed_by(&keys);
    struct jwt_claims claims;

    (void)state;
    assert_true(
        jwt_verify(&keys, (struct span){token.data, token.len}, NOW, &claims));
    assert_string_equal(claims.subject, "acct_1");
    assert_int_equal(claims.version, 7);
    assert_int_equal(claims.issued, NOW);
    buf_free(&token);
}

/* Made with another implementation (Python's hmac) from the same secret. */
static void test_the_form_is_the_one_of_rfc_7515(void **state)
{
    static const char expect[] =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6Ijg5ZDA4OGNiM2E5MzY4Nz"
        "gifQ.eyJzdWIiOiJhY2N0XzEiLCJpc3MiOiJ0dXJucGlrZSIsImF1ZCI6InR1cm5wa"
        "WtlLWFwaSIsImlhdCI6MTgwMDAwMDAwMCwiZXhwIjoxODAwMDAzNjAwLCJ2ZXIiOjd"
        "9.T_6XYtOjNpza1X99rCoCbtv5-p3lqOKoi4uQx50VSMk";
    struct jwt_keys keys = only(secret);
    struct buf token = signed_by(&keys);

    (void)state;
    assert_true(span_is((struct span){token.data, token.len}, expect));
    buf_free(&token);
}

static void test_an_hour_and_a_minute_is_its_life(void **state)
{
    struct jwt_keys keys = both();
    struct buf token = signed_by(&keys);

    (void)state;
    assert_true(good_at(&keys, &token, NOW + JWT_LIFE + JWT_SKEW - 1));
    assert_false(good_at(&keys, &token, NOW + JWT_LIFE + JWT_SKEW));
    buf_free(&token);
}

static void test_a_clock_may_be_a_minute_behind(void **state)
{
    struct jwt_keys keys = both();
    struct buf token = signed_by(&keys);

    (void)state;
    assert_true(good_at(&keys, &token, NOW - JWT_SKEW));
    assert_false(good_at(&keys, &token, NOW - JWT_SKEW - 1));
    buf_free(&token);
}

static void test_the_key_before_is_still_believed(void **state)
{
    struct jwt_keys keys = both(), old = only(previous);
    struct buf token = signed_by(&old);

    (void)state;
    assert_true(good_at(&keys, &token, NOW));
    buf_free(&token);
}

static void test_a_key_that_is_gone_is_not(void **state)
{
    struct jwt_keys keys = only(secret), old = only(previous);
    struct buf token = signed_by(&old);

    (void)state;
    assert_false(good_at(&keys, &token, NOW));
    buf_free(&token);
}

static void test_without_keys_nothing_is_believed(void **state)
{
    const struct jwt_keys none = {0};
    struct jwt_keys keys = both();
    struct buf token = signed_by(&keys);

    (void)state;
    assert_false(good_at(&none, &token, NOW));
    buf_free(&token);
}

static void test_a_key_has_a_name_of_its_own_that_is_not_the_key(void **state)
{
    struct jwt_keys keys = both();
    uint8_t name[8];

    (void)state;
    assert_string_not_equal(keys.list[0].kid, keys.list[1].kid);
    assert_int_equal(mac_unhex(keys.list[0].kid, sizeof(name), name), 0);
    assert_memory_not_equal(name, secret, sizeof(name));
}

static void test_there_are_no_more_than_four_keys(void **state)
{
    struct jwt_keys keys = {0};

    (void)state;
    for (int i = 0; i < JWT_KEYS_MAX; i++)
        assert_int_equal(jwt_keys_add(&keys, secret), 0);
    assert_int_equal(jwt_keys_add(&keys, secret), -1);
}

static void test_the_longest_subject_fits(void **state)
{
    struct jwt_keys keys = both();
    struct jwt_claims claims = {.issued = NOW}, read;
    struct buf token = {0};

    (void)state;
    memset(claims.subject, 'a', JWT_SUBJECT_MAX);
    jwt_sign(&keys, &claims, &token);
    assert_true(
        jwt_verify(&keys, (struct span){token.data, token.len}, NOW, &read));
    assert_string_equal(read.subject, claims.subject);
    buf_free(&token);
}

/* ---- attacks ---- */

static struct jwt_forge forge(void)
{
    return (struct jwt_forge){.keys = both(),
        .subject = "acct_00112233445566778899aabbccddeeff",
        .now = NOW};
}

static void test_the_forge_can_make_a_good_one(void **state)
{
    const struct jwt_forge f = forge();
    struct buf token = {0};

    (void)state;
    jwt_attacks_make(&f, JWT_GENUINE, &token);
    assert_true(good_at(&f.keys, &token, NOW));
    buf_free(&token);
}

static void test_no_attack_succeeds(void **state)
{
    const struct jwt_forge f = forge();
    struct buf token = {0};
    const char *name;

    (void)state;
    assert_true(jwt_attacks_count() > 60);
    for (size_t i = JWT_GENUINE + 1; i < jwt_attacks_count(); i++) {
        buf_reset(&token);
        name = jwt_attacks_make(&f, i, &token);
        if (good_at(&f.keys, &token, NOW))
            fail_msg("%s: %.*s", name, (int)token.len, token.data);
    }
    buf_free(&token);
}

/* So that no attack is refused for another reason than its own. */
static void test_attacks_differ_from_each_other(void **state)
{
    const struct jwt_forge f = forge();
    struct buf a = {0}, b = {0};

    (void)state;
    for (size_t i = 0; i < jwt_attacks_count(); i++) {
        for (size_t j = 0; j < i; j++) {
            buf_reset(&a);
            buf_reset(&b);
            jwt_attacks_make(&f, i, &a);
            if (a.len == 1 << 20)
                continue;
            if (strcmp(jwt_attacks_make(&f, j, &b), "a mebibyte") != 0 &&
                a.len == b.len)
                assert_memory_not_equal(a.data, b.data, a.len);
        }
    }
    buf_free(&a);
    buf_free(&b);
}

static void test_no_bit_may_be_flipped(void **state)
{
    struct jwt_keys keys = both();
    struct buf token = signed_by(&keys);

    (void)state;
    for (size_t i = 0; i < 8 * token.len; i++) {
        token.data[i / 8] ^= (char)(1 << i % 8);
        assert_false(good_at(&keys, &token, NOW));
        token.data[i / 8] ^= (char)(1 << i % 8);
    }
    assert_true(good_at(&keys, &token, NOW));
    buf_free(&token);
}

static void test_no_byte_may_be_missing_or_doubled(void **state)
{
    struct jwt_keys keys = both();
    struct buf token = signed_by(&keys), other = {0};

    (void)state;
    for (size_t i = 0; i < token.len; i++) {
        for (size_t copies = 0; copies <= 2; copies += 2) {
            buf_reset(&other);
            buf_put(&other, token.data, i);
            for (size_t n = 0; n < copies; n++)
                buf_put(&other, token.data + i, 1);
            buf_put(&other, token.data + i + 1, token.len - i - 1);
            assert_false(good_at(&keys, &other, NOW));
        }
    }
    buf_free(&other);
    buf_free(&token);
}

static void test_no_piece_of_it_is_enough(void **state)
{
    struct jwt_keys keys = both();
    struct buf token = signed_by(&keys);
    size_t whole = token.len;

    (void)state;
    for (token.len = 0; token.len < whole; token.len++)
        assert_false(good_at(&keys, &token, NOW));
    buf_free(&token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_signed_is_read),
        cmocka_unit_test(test_the_form_is_the_one_of_rfc_7515),
        cmocka_unit_test(test_an_hour_and_a_minute_is_its_life),
        cmocka_unit_test(test_a_clock_may_be_a_minute_behind),
        cmocka_unit_test(test_the_key_before_is_still_believed),
        cmocka_unit_test(test_a_key_that_is_gone_is_not),
        cmocka_unit_test(test_without_keys_nothing_is_believed),
        cmocka_unit_test(test_a_key_has_a_name_of_its_own_that_is_not_the_key),
        cmocka_unit_test(test_there_are_no_more_than_four_keys),
        cmocka_unit_test(test_the_longest_subject_fits),
        cmocka_unit_test(test_the_forge_can_make_a_good_one),
        cmocka_unit_test(test_no_attack_succeeds),
        cmocka_unit_test(test_attacks_differ_from_each_other),
        cmocka_unit_test(test_no_bit_may_be_flipped),
        cmocka_unit_test(test_no_byte_may_be_missing_or_doubled),
        cmocka_unit_test(test_no_piece_of_it_is_enough),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
