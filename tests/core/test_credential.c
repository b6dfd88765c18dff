/* Whatever a caller offers is classified without being believed; minted keys
 * are uniform and carry their check digits; devices are named by their network
 * and not by the way it is written. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "credential.h"

static const uint8_t pepper[MAC_KEY] = {7};

static void check_read(const char *authorization, const char *x_api_key,
    enum credential_kind kind, const char *text)
{
    struct credential c;

    credential_read(&c, authorization, x_api_key);
    assert_int_equal(c.kind, kind);
    if (text != NULL)
        assert_true(span_is(c.text, text));
}

static char *filled(const char *prefix, size_t n)
{
    size_t have = strlen(prefix);
    char *text = malloc(have + n + 1);

    assert_non_null(text);
    memcpy(text, prefix, have);
    memset(text + have, 'a', n);
    text[have + n] = '\0';
    return text;
}

static void test_nothing_offered_is_none(void **state)
{
    (void)state;
    check_read(NULL, NULL, CREDENTIAL_NONE, NULL);
}

static void test_bearer_key_is_a_key(void **state)
{
    (void)state;
    check_read("Bearer ak_abc", NULL, CREDENTIAL_KEY, "ak_abc");
}

static void test_bearer_is_matched_in_any_case(void **state)
{
    (void)state;
    check_read("bearer ak_abc", NULL, CREDENTIAL_KEY, "ak_abc");
    check_read("BEARER ak_abc", NULL, CREDENTIAL_KEY, "ak_abc");
}

static void test_spaces_before_the_token_do_not_count(void **state)
{
    (void)state;
    check_read("Bearer   ak_abc", NULL, CREDENTIAL_KEY, "ak_abc");
}

static void test_x_api_key_alone_is_a_key(void **state)
{
    (void)state;
    check_read(NULL, "ak_abc", CREDENTIAL_KEY, "ak_abc");
}

static void test_authorization_wins(void **state)
{
    (void)state;
    check_read("Bearer one", "two", CREDENTIAL_KEY, "one");
    check_read("Basic Zm9v", "two", CREDENTIAL_BAD, NULL);
}

static void test_other_schemes_are_bad(void **state)
{
    (void)state;
    check_read("Basic Zm9vOmJhcg==", NULL, CREDENTIAL_BAD, NULL);
    check_read("ak_abc", NULL, CREDENTIAL_BAD, NULL);
    check_read("Bearerak_abc", NULL, CREDENTIAL_BAD, NULL);
    check_read("Bearer\tak_abc", NULL, CREDENTIAL_BAD, NULL);
}

static void test_empty_tokens_are_bad(void **state)
{
    (void)state;
    check_read("", NULL, CREDENTIAL_BAD, NULL);
    check_read("Bearer", NULL, CREDENTIAL_BAD, NULL);
    check_read("Bearer ", NULL, CREDENTIAL_BAD, NULL);
    check_read("Bearer    ", NULL, CREDENTIAL_BAD, NULL);
    check_read(NULL, "", CREDENTIAL_BAD, NULL);
}

static void test_every_byte_that_is_not_visible_is_bad(void **state)
{
    char text[] = "ak_abc";
    int c;

    (void)state;
    for (c = 1; c < 256; c++) {
        text[3] = (char)c;
        check_read(NULL, text,
            c >= 0x21 && c <= 0x7e ? CREDENTIAL_KEY : CREDENTIAL_BAD, NULL);
    }
}

static void test_a_key_may_have_512_bytes(void **state)
{
    char *text = filled("", CREDENTIAL_MAX);

    (void)state;
    check_read(NULL, text, CREDENTIAL_KEY, text);
    free(text);
}

static void test_a_key_of_513_bytes_is_bad(void **state)
{
    char *text = filled("", CREDENTIAL_MAX + 1);

    (void)state;
    check_read(NULL, text, CREDENTIAL_BAD, NULL);
    free(text);
}

static void test_three_parts_that_begin_with_ey_are_a_jwt(void **state)
{
    (void)state;
    check_read("Bearer eyJh.eyJz.c2ln", NULL, CREDENTIAL_JWT, "eyJh.eyJz.c2ln");
}

static void test_other_numbers_of_parts_are_no_jwt(void **state)
{
    (void)state;
    check_read("Bearer eyJh.eyJz", NULL, CREDENTIAL_KEY, NULL);
    check_read("Bearer eyJh.eyJz.a.b", NULL, CREDENTIAL_KEY, NULL);
    check_read("Bearer eyJh", NULL, CREDENTIAL_KEY, NULL);
}

static void test_three_parts_that_begin_otherwise_are_no_jwt(void **state)
{
    (void)state;
    check_read("Bearer a.b.c", NULL, CREDENTIAL_KEY, NULL);
    check_read("Bearer e", NULL, CREDENTIAL_KEY, NULL);
}

static void test_a_jwt_may_have_4096_bytes(void **state)
{
    char *text = filled("ey.a.", 4096 - 5);

    (void)state;
    check_read(NULL, text, CREDENTIAL_JWT, text);
    free(text);
}

static void test_a_jwt_of_4097_bytes_is_bad(void **state)
{
    char *text = filled("ey.a.", 4097 - 5);

    (void)state;
    check_read(NULL, text, CREDENTIAL_BAD, NULL);
    free(text);
}

/* ---- minting ---- */

static void test_minted_key_has_its_form(void **state)
{
    uint8_t entropy[KEY_ENTROPY];
    char key[KEY_TEXT_SIZE], id[KEY_ID_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < KEY_ENTROPY; i++)
        entropy[i] = (uint8_t)i;
    assert_int_equal(credential_mint(entropy, key, id), 0);
    assert_string_equal(
        key, "ak_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd1dnIal");
    assert_string_equal(id, "key_01234567");
}

static void test_minted_key_reads_as_a_key(void **state)
{
    const uint8_t entropy[KEY_ENTROPY] = {200, 3, 77};
    char key[KEY_TEXT_SIZE], id[KEY_ID_SIZE];

    (void)state;
    assert_int_equal(credential_mint(entropy, key, id), 0);
    check_read(NULL, key, CREDENTIAL_KEY, key);
}

static void test_digits_are_equally_likely(void **state)
{
    unsigned seen[256] = {0};
    uint8_t entropy[KEY_ENTROPY];
    char key[KEY_TEXT_SIZE], id[KEY_ID_SIZE];
    int byte, digits = 0;

    (void)state;
    for (byte = 0; byte < 248; byte++) {
        memset(entropy, 0, sizeof(entropy));
        entropy[0] = (uint8_t)byte;
        assert_int_equal(credential_mint(entropy, key, id), 0);
        seen[(uint8_t)key[3]]++;
    }
    for (byte = 0; byte < 256; byte++) {
        if (seen[byte] > 0)
            assert_int_equal(seen[byte], 4);
        digits += seen[byte] > 0;
    }
    assert_int_equal(digits, 62);
}

static void test_unfair_bytes_are_left_out(void **state)
{
    uint8_t entropy[KEY_ENTROPY];
    char key[KEY_TEXT_SIZE], id[KEY_ID_SIZE];

    (void)state;
    memset(entropy, 248, sizeof(entropy));
    memset(entropy + 24, 1, 40);
    assert_int_equal(credential_mint(entropy, key, id), 0);
    assert_string_equal(id, "key_11111111");
}

static void test_too_few_fair_bytes_are_told(void **state)
{
    uint8_t entropy[KEY_ENTROPY];
    char key[KEY_TEXT_SIZE], id[KEY_ID_SIZE];

    (void)state;
    memset(entropy, 255, sizeof(entropy));
    memset(entropy, 1, 39);
    assert_int_equal(credential_mint(entropy, key, id), -1);
}

/* ---- digests ---- */

static void test_digest_depends_on_key_and_pepper(void **state)
{
    const uint8_t other[MAC_KEY] = {8};
    uint8_t a[MAC_SIZE], b[MAC_SIZE], c[MAC_SIZE], again[MAC_SIZE];

    (void)state;
    credential_digest(pepper, (struct span){"k1", 2}, a);
    credential_digest(pepper, (struct span){"k1", 2}, again);
    credential_digest(pepper, (struct span){"k2", 2}, b);
    credential_digest(other, (struct span){"k1", 2}, c);
    assert_memory_equal(a, again, MAC_SIZE);
    assert_memory_not_equal(a, b, MAC_SIZE);
    assert_memory_not_equal(a, c, MAC_SIZE);
}

static void check_device(const char *a, const char *b, bool same)
{
    uint8_t left[16], right[16];

    assert_int_equal(credential_device(pepper, a, left), 0);
    assert_int_equal(credential_device(pepper, b, right), 0);
    assert_int_equal(memcmp(left, right, 16) == 0, same);
}

static void test_every_ipv4_address_is_a_device(void **state)
{
    (void)state;
    check_device("192.0.2.1", "192.0.2.1", true);
    check_device("192.0.2.1", "192.0.2.2", false);
}

static void test_an_ipv6_network_of_64_bits_is_a_device(void **state)
{
    (void)state;
    check_device("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", true);
    check_device("2001:db8:0:1::1", "2001:db8:0:2::1", false);
}

static void test_spelling_of_an_address_does_not_count(void **state)
{
    (void)state;
    check_device("2001:DB8:0:1::", "2001:0db8:0000:0001::7", true);
}

static void test_mapped_ipv4_is_the_ipv4_device(void **state)
{
    (void)state;
    check_device("::ffff:192.0.2.1", "192.0.2.1", true);
    check_device("::ffff:192.0.2.1", "::ffff:192.0.2.2", false);
}

static void test_text_that_is_no_address_is_told_and_named(void **state)
{
    uint8_t a[16], b[16], ip[16];

    (void)state;
    assert_int_equal(credential_device(pepper, "unix:", a), -1);
    assert_int_equal(credential_device(pepper, "fe80::1%eth0", b), -1);
    assert_memory_not_equal(a, b, 16);
    assert_int_equal(credential_device(pepper, "AAAA", a), -1);
    assert_int_equal(credential_device(pepper, "65.65.65.65", ip), 0);
    assert_memory_not_equal(a, ip, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_offered_is_none),
        cmocka_unit_test(test_bearer_key_is_a_key),
        cmocka_unit_test(test_bearer_is_matched_in_any_case),
        cmocka_unit_test(test_spaces_before_the_token_do_not_count),
        cmocka_unit_test(test_x_api_key_alone_is_a_key),
        cmocka_unit_test(test_authorization_wins),
        cmocka_unit_test(test_other_schemes_are_bad),
        cmocka_unit_test(test_empty_tokens_are_bad),
        cmocka_unit_test(test_every_byte_that_is_not_visible_is_bad),
        cmocka_unit_test(test_a_key_may_have_512_bytes),
        cmocka_unit_test(test_a_key_of_513_bytes_is_bad),
        cmocka_unit_test(test_three_parts_that_begin_with_ey_are_a_jwt),
        cmocka_unit_test(test_other_numbers_of_parts_are_no_jwt),
        cmocka_unit_test(test_three_parts_that_begin_otherwise_are_no_jwt),
        cmocka_unit_test(test_a_jwt_may_have_4096_bytes),
        cmocka_unit_test(test_a_jwt_of_4097_bytes_is_bad),
        cmocka_unit_test(test_minted_key_has_its_form),
        cmocka_unit_test(test_minted_key_reads_as_a_key),
        cmocka_unit_test(test_digits_are_equally_likely),
        cmocka_unit_test(test_unfair_bytes_are_left_out),
        cmocka_unit_test(test_too_few_fair_bytes_are_told),
        cmocka_unit_test(test_digest_depends_on_key_and_pepper),
        cmocka_unit_test(test_every_ipv4_address_is_a_device),
        cmocka_unit_test(test_an_ipv6_network_of_64_bits_is_a_device),
        cmocka_unit_test(test_spelling_of_an_address_does_not_count),
        cmocka_unit_test(test_mapped_ipv4_is_the_ipv4_device),
        cmocka_unit_test(test_text_that_is_no_address_is_told_and_named),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
