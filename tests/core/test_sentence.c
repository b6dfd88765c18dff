/* Sentences end as they do in the scripts of the world, and with lines. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/sentence.h"

static bool ends(const char *text)
{
    return sentence_ends((struct span){text, strlen(text)});
}

static void test_each_script_has_its_ends(void **state)
{
    static const char *const texts[] = {"Soup.", "Soup!", "Soup?",
        "\xe6\xb1\xa4\xe3\x80\x82",                 /* Chinese */
        "\xe6\xb1\xa4\xef\xbc\x81",                 /* full width */
        "\xe6\xb1\xa4\xef\xbc\x9f", "\xef\xbd\xa1", /* half width */
        "\xef\xbc\x8e", "\xe0\xa4\xb9\xe0\xa5\xa4", /* Hindi */
        "\xe0\xa5\xa5", "\xd8\xb4\xd8\x9f",         /* Arabic */
        "\xdb\x94",                                 /* Urdu */
        "\xd6\x89",                                 /* Armenian */
        "\xe1\x8d\xa2",                             /* Amharic */
        "\xe1\x81\x8b",                             /* Burmese */
        "\xe1\x9f\x94",                             /* Khmer */
        "\xcd\xbe",                                 /* Greek */
        "Soup\xe2\x80\xa6"};                        /* ellipsis */

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_true(ends(texts[i]));
}

static void test_lines_end_sentences(void **state)
{
    (void)state;
    assert_true(ends("a\nb"));
    assert_true(ends("a\rb"));
    assert_true(ends("a\xc2\x85"
                     "b"));
    assert_true(ends("a\xe2\x80\xa8"
                     "b"));
    assert_true(ends("a\xe2\x80\xa9"
                     "b"));
}

static void test_other_signs_end_nothing(void **state)
{
    (void)state;
    assert_false(ends(""));
    assert_false(ends("soup, bread; roses: (a) \"b\" - c\t"));
    assert_false(ends("\xe6\xb1\xa4\xe3\x80\x81\xef\xbc\x8c")); /* commas */
    assert_false(ends("\xd8\x8c\xe0\xa4\xb9\xf0\x9f\x98\x80"));
    assert_false(ends("\xe3\x80\xff\x80\x82")); /* no UTF-8 */
    assert_false(sentence_ends((struct span){"a\0b", 3}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_script_has_its_ends),
        cmocka_unit_test(test_lines_end_sentences),
        cmocka_unit_test(test_other_signs_end_nothing),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
