/* What was written to hide a word is taken away, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/moderation_meant.h"

static void means(const char *written, const char *meant)
{
    uint8_t text[MODERATION_MEANT] = {0};
    size_t n = strlen(written), letters = 0;

    memcpy(text, written, n);
    for (size_t i = 0; i < n; i++)
        letters += written[i] >= 'a' && written[i] <= 'z';
    n = moderation_meant(text, n, letters);
    assert_int_equal(n, strlen(meant));
    assert_memory_equal(text, meant, n);
}

static void test_plain_words_stay(void **state)
{
    (void)state;
    means("word", "word");
    means("a", "a");
}

static void test_digits_and_signs_within_are_letters(void **state)
{
    (void)state;
    means("k1ll", "kill");
    means("$ex", "sex");
    means("h3ll0", "hello");
}

static void test_digits_of_numbers_and_names_stay(void **state)
{
    (void)state;
    means("covid19", "covid19");
    means("14yo", "14yo");
    means("$100", "100");
}

static void test_stars_are_what_they_hide_or_nothing(void **state)
{
    (void)state;
    means("f**k", "fuck");
    means("n*er", "nigger");
    means("bo*ld", "bold");
}

static void test_signs_behind_a_word_go(void **state)
{
    (void)state;
    means("stop!!", "stop");
    means("!!", "");
}

static void test_letters_drawn_out_are_shortened(void **state)
{
    (void)state;
    means("diiie", "die");
    means("killlll", "kill");
    means("see", "see");
}

static void test_one_letter_drawn_out_is_not_that_letter(void **state)
{
    (void)state;
    means("x", "x");
    means("kkk", "kkk");
    means("xxxxxx", "xxx");
    means("xxl", "xxl");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_words_stay),
        cmocka_unit_test(test_digits_and_signs_within_are_letters),
        cmocka_unit_test(test_digits_of_numbers_and_names_stay),
        cmocka_unit_test(test_stars_are_what_they_hide_or_nothing),
        cmocka_unit_test(test_signs_behind_a_word_go),
        cmocka_unit_test(test_letters_drawn_out_are_shortened),
        cmocka_unit_test(test_one_letter_drawn_out_is_not_that_letter),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
