/* The token estimate must follow its rule exactly, must add up from pieces and
 * must never be rounded down, since money is held by it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "estimate.h"

static uint64_t quarters(const char *text)
{
    return estimate_text((struct span){text, strlen(text)});
}

static void test_empty_text_is_nothing(void **state)
{
    (void)state;
    assert_int_equal(quarters(""), 0);
}

static void test_letters_and_digits_are_a_quarter_each(void **state)
{
    (void)state;
    assert_int_equal(quarters("azAZ09"), 6);
}

static void test_other_ascii_is_a_half_each(void **state)
{
    (void)state;
    assert_int_equal(quarters(" \n\t.,/:@[`{~\x7f\x01"), 28);
}

static void test_neighbours_of_the_alphanumeric_ranges_are_a_half(void **state)
{
    (void)state;
    assert_int_equal(quarters("/:@[`{"), 12);
}

static void test_two_byte_character_is_one_token(void **state)
{
    (void)state;
    assert_int_equal(quarters("\xc3\xa9"), 4);
}

static void test_three_byte_character_is_one_token(void **state)
{
    (void)state;
    assert_int_equal(quarters("\xe4\xb8\xad"), 4);
}

static void test_four_byte_character_is_one_token(void **state)
{
    (void)state;
    assert_int_equal(quarters("\xf0\x9f\x98\x80"), 4);
}

static void test_pieces_add_up_to_the_whole(void **state)
{
    const char *text = "Hello, w\xc3\xb6rld";
    size_t n = strlen(text);

    (void)state;
    for (size_t i = 0; i <= n; i++)
        assert_int_equal(estimate_text((struct span){text, i}) +
                             estimate_text((struct span){text + i, n - i}),
            quarters(text));
}

static void test_nul_byte_counts_as_other_ascii(void **state)
{
    (void)state;
    assert_int_equal(estimate_text((struct span){"\0", 1}), 2);
}

static void test_tokens_are_rounded_up(void **state)
{
    (void)state;
    assert_int_equal(estimate_tokens(0), 0);
    assert_int_equal(estimate_tokens(1), 1);
    assert_int_equal(estimate_tokens(4), 1);
    assert_int_equal(estimate_tokens(5), 2);
}

static void test_tokens_of_the_largest_count_do_not_wrap(void **state)
{
    (void)state;
    assert_true(estimate_tokens(UINT64_MAX) == UINT64_C(1) << 62);
}

static void test_input_has_fifteen_percent_on_top(void **state)
{
    (void)state;
    assert_int_equal(estimate_input(400), 115);
    assert_int_equal(estimate_input(4000), 1150);
}

static void test_input_is_rounded_up(void **state)
{
    (void)state;
    assert_int_equal(estimate_input(0), 0);
    assert_int_equal(estimate_input(1), 1);
    assert_int_equal(estimate_input(4), 2);
    assert_int_equal(estimate_input(401), 116);
}

static void test_input_is_exact_around_every_remainder(void **state)
{
    (void)state;
    for (uint64_t q = 0; q < 1000; q++)
        assert_int_equal(estimate_input(q), (q * 115 + 399) / 400);
}

static void test_input_of_the_largest_count_does_not_wrap(void **state)
{
    (void)state;
    assert_true(estimate_input(UINT64_MAX) > UINT64_MAX / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_text_is_nothing),
        cmocka_unit_test(test_letters_and_digits_are_a_quarter_each),
        cmocka_unit_test(test_other_ascii_is_a_half_each),
        cmocka_unit_test(test_neighbours_of_the_alphanumeric_ranges_are_a_half),
        cmocka_unit_test(test_two_byte_character_is_one_token),
        cmocka_unit_test(test_three_byte_character_is_one_token),
        cmocka_unit_test(test_four_byte_character_is_one_token),
        cmocka_unit_test(test_pieces_add_up_to_the_whole),
        cmocka_unit_test(test_nul_byte_counts_as_other_ascii),
        cmocka_unit_test(test_tokens_are_rounded_up),
        cmocka_unit_test(test_tokens_of_the_largest_count_do_not_wrap),
        cmocka_unit_test(test_input_has_fifteen_percent_on_top),
        cmocka_unit_test(test_input_is_rounded_up),
        cmocka_unit_test(test_input_is_exact_around_every_remainder),
        cmocka_unit_test(test_input_of_the_largest_count_does_not_wrap),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
