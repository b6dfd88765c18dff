/* The MAC must be HMAC-SHA-256 over length-prefixed parts, so that it can be
 * made anew by other tools and no two lists of parts collide. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mac.h"

static const uint8_t key[MAC_KEY] = {1, 2, 3};

static void check_sign(
    const struct span *parts, size_t count, const char *expect)
{
    uint8_t mac[MAC_SIZE];
    char hex[2 * MAC_SIZE + 1];

    mac_sign(key, parts, count, mac);
    mac_hex(mac, sizeof(mac), hex);
    assert_string_equal(hex, expect);
}

static void test_no_parts_sign_the_empty_text(void **state)
{
    (void)state;
    check_sign(NULL, 0,
        "368ac05cd81d972174a46fd54daa74ed0e808c09b0cc86f0c3fc342bef66f405");
}

static void test_parts_are_preceded_by_their_lengths(void **state)
{
    const struct span parts[] = {{"ab", 2}, {"", 0}, {"c", 1}};

    (void)state;
    check_sign(parts, 3,
        "81c618fc389452f176bccc957449be996384fa045072a4f0bdd3a974f03596ac");
}

static void test_the_border_between_parts_counts(void **state)
{
    const struct span one[] = {{"ab", 2}, {"c", 1}};
    const struct span other[] = {{"a", 1}, {"bc", 2}};
    uint8_t a[MAC_SIZE], b[MAC_SIZE];

    (void)state;
    mac_sign(key, one, 2, a);
    mac_sign(key, other, 2, b);
    assert_memory_not_equal(a, b, MAC_SIZE);
}

static void test_every_byte_of_the_key_counts(void **state)
{
    const struct span part = {"x", 1};
    uint8_t a[MAC_SIZE], b[MAC_SIZE], changed[MAC_KEY];
    size_t i;

    (void)state;
    mac_sign(key, &part, 1, a);
    for (i = 0; i < MAC_KEY; i++) {
        memcpy(changed, key, MAC_KEY);
        changed[i] ^= 0x80;
        mac_sign(changed, &part, 1, b);
        assert_memory_not_equal(a, b, MAC_SIZE);
    }
}

static void test_hex_is_lower_case_and_terminated(void **state)
{
    char text[7];

    (void)state;
    mac_hex((const uint8_t[]){0x00, 0xaf, 0x5c}, 3, text);
    assert_string_equal(text, "00af5c");
}

static void test_unhex_reverses_hex_for_every_byte(void **state)
{
    uint8_t bytes[256], back[256];
    char text[513];
    int i;

    (void)state;
    for (i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    mac_hex(bytes, 256, text);
    assert_int_equal(mac_unhex(text, 256, back), 0);
    assert_memory_equal(bytes, back, 256);
}

static void test_unhex_takes_upper_case(void **state)
{
    uint8_t byte;

    (void)state;
    assert_int_equal(mac_unhex("AF", 1, &byte), 0);
    assert_int_equal(byte, 0xaf);
}

static void test_unhex_refuses_another_length(void **state)
{
    uint8_t bytes[2];

    (void)state;
    assert_int_equal(mac_unhex("", 2, bytes), -1);
    assert_int_equal(mac_unhex("aff", 2, bytes), -1);
    assert_int_equal(mac_unhex("affe0", 2, bytes), -1);
}

static void test_unhex_refuses_what_is_no_digit(void **state)
{
    uint8_t byte;

    (void)state;
    assert_int_equal(mac_unhex("0g", 1, &byte), -1);
    assert_int_equal(mac_unhex(" 1", 1, &byte), -1);
    assert_int_equal(mac_unhex("1:", 1, &byte), -1);
    assert_int_equal(mac_unhex("@1", 1, &byte), -1);
    assert_int_equal(mac_unhex("`1", 1, &byte), -1);
    assert_int_equal(mac_unhex("-1", 1, &byte), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_parts_sign_the_empty_text),
        cmocka_unit_test(test_parts_are_preceded_by_their_lengths),
        cmocka_unit_test(test_the_border_between_parts_counts),
        cmocka_unit_test(test_every_byte_of_the_key_counts),
        cmocka_unit_test(test_hex_is_lower_case_and_terminated),
        cmocka_unit_test(test_unhex_reverses_hex_for_every_byte),
        cmocka_unit_test(test_unhex_takes_upper_case),
        cmocka_unit_test(test_unhex_refuses_another_length),
        cmocka_unit_test(test_unhex_refuses_what_is_no_digit),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
