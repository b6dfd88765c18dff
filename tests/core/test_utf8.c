/* Exactly the sequences of RFC 3629 are well-formed, and repair leaves them
 * alone while each ill-formed one becomes one U+FFFD. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "utf8.h"

#define FFFD "\xef\xbf\xbd"

static size_t encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 63));
        out[2] = (char)(0x80 | (c & 63));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 63));
    out[2] = (char)(0x80 | (c >> 6 & 63));
    out[3] = (char)(0x80 | (c & 63));
    return 4;
}

static void test_every_character_but_surrogates_is_well_formed(void **state)
{
    uint32_t c;
    char text[4];
    size_t n;

    (void)state;
    for (c = 0; c < 0x200000; c++) {
        n = encode(c, text);
        if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
            assert_int_equal(utf8_step(text, n), 0);
        else
            assert_int_equal(utf8_step(text, n), n);
    }
}

static void test_cut_characters_are_ill_formed(void **state)
{
    static const uint32_t samples[] = {0x80, 0x7ff, 0x800, 0xffff, 0x10000};
    char text[4];
    size_t i, n;

    (void)state;
    for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        for (n = encode(samples[i], text) - 1; n > 0; n--)
            assert_int_equal(utf8_step(text, n), 0);
    }
}

/* All sequences of two bytes, and all first two of three and four. */
static void test_two_bytes_are_judged_as_by_the_grammar(void **state)
{
    int a, b;
    bool good;

    (void)state;
    for (a = 0x80; a < 0x100; a++) {
        for (b = 0; b < 0x100; b++) {
            char text[2] = {(char)a, (char)b};

            good = a >= 0xc2 && a <= 0xdf && b >= 0x80 && b <= 0xbf;
            assert_int_equal(utf8_step(text, 2), good ? 2 : 0);
        }
    }
}

static void test_overlong_forms_are_ill_formed(void **state)
{
    (void)state;
    assert_int_equal(utf8_step("\xc0\xaf", 2), 0);
    assert_int_equal(utf8_step("\xc1\xbf", 2), 0);
    assert_int_equal(utf8_step("\xe0\x80\xaf", 3), 0);
    assert_int_equal(utf8_step("\xe0\x9f\xbf", 3), 0);
    assert_int_equal(utf8_step("\xf0\x80\x80\xaf", 4), 0);
    assert_int_equal(utf8_step("\xf0\x8f\xbf\xbf", 4), 0);
}

static void test_old_long_forms_are_ill_formed(void **state)
{
    (void)state;
    assert_int_equal(utf8_step("\xf8\x88\x80\x80\x80", 5), 0);
    assert_int_equal(utf8_step("\xfc\x84\x80\x80\x80\x80", 6), 0);
    assert_int_equal(utf8_step("\xff", 1), 0);
    assert_int_equal(utf8_step("\xfe", 1), 0);
}

static bool valid(const char *text)
{
    return utf8_valid((struct span){text, strlen(text)});
}

static void test_text_is_valid_only_as_a_whole(void **state)
{
    (void)state;
    assert_true(valid(""));
    assert_true(valid("plain ascii of more than eight bytes"));
    assert_true(valid("gr\xc3\xbc\xc3\x9f \xe4\xbd\xa0 \xf0\x9f\x98\x80"));
    assert_false(valid("12345678\x80"));
    assert_false(valid("1234567\xc3"));
}

static void test_a_bad_byte_is_found_at_every_place(void **state)
{
    char text[40];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(text); i++) {
        memset(text, 'a', sizeof(text));
        assert_true(utf8_valid((struct span){text, sizeof(text)}));
        text[i] = '\x80';
        assert_false(utf8_valid((struct span){text, sizeof(text)}));
    }
}

static void check_repair(const char *text, const char *expect, size_t count)
{
    struct buf out = {0};

    assert_int_equal(
        utf8_repair((struct span){text, strlen(text)}, &out), count);
    assert_string_equal(buf_terminate(&out), expect);
    buf_free(&out);
}

static void test_well_formed_text_is_left_alone(void **state)
{
    (void)state;
    check_repair("", "", 0);
    check_repair("a\xc3\xa4\xf0\x9f\x98\x80", "a\xc3\xa4\xf0\x9f\x98\x80", 0);
}

static void test_each_stray_byte_is_replaced(void **state)
{
    (void)state;
    check_repair("a\x80z", "a" FFFD "z", 1);
    check_repair("\xff\xfe", FFFD FFFD, 2);
}

static void test_a_cut_character_is_replaced_once(void **state)
{
    (void)state;
    check_repair("\xe4\xbdz", FFFD "z", 1);
    check_repair("\xf0\x9f\x98", FFFD, 1);
    check_repair("\xc3\xc3\xa4", FFFD "\xc3\xa4", 1);
}

static void test_overlong_and_surrogate_bytes_are_replaced_singly(void **state)
{
    (void)state;
    check_repair("\xc0\xaf", FFFD FFFD, 2);
    check_repair("\xed\xa0\x80", FFFD FFFD FFFD, 3);
}

static void test_repaired_noise_is_valid(void **state)
{
    struct buf out = {0};
    uint32_t seed = 1;
    char text[64];
    int round;
    size_t i;

    (void)state;
    for (round = 0; round < 5000; round++) {
        for (i = 0; i < sizeof(text); i++) {
            seed = seed * 1664525 + 1013904223;
            text[i] = (char)(seed >> 24 | (seed >> 8 & 0x80));
        }
        buf_reset(&out);
        utf8_repair((struct span){text, sizeof(text)}, &out);
        assert_true(utf8_valid((struct span){out.data, out.len}));
    }
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_character_but_surrogates_is_well_formed),
        cmocka_unit_test(test_cut_characters_are_ill_formed),
        cmocka_unit_test(test_two_bytes_are_judged_as_by_the_grammar),
        cmocka_unit_test(test_overlong_forms_are_ill_formed),
        cmocka_unit_test(test_old_long_forms_are_ill_formed),
        cmocka_unit_test(test_text_is_valid_only_as_a_whole),
        cmocka_unit_test(test_a_bad_byte_is_found_at_every_place),
        cmocka_unit_test(test_well_formed_text_is_left_alone),
        cmocka_unit_test(test_each_stray_byte_is_replaced),
        cmocka_unit_test(test_a_cut_character_is_replaced_once),
        cmocka_unit_test(test_overlong_and_surrogate_bytes_are_replaced_singly),
        cmocka_unit_test(test_repaired_noise_is_valid),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
