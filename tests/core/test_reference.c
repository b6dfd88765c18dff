/* References are read as browsers read them, once, and what is none of them
 * stays; how much of a text decides is known. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/reference.h"
#include "core/reference_name.h"

static struct span text_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

/* A text that ends begins with a reference of n bytes to what is said. */
static void check(const char *text, size_t n, const char *said)
{
    struct reference r = {{0}, 0};

    assert_int_equal(reference_read(text_of(text), true, &r), n);
    assert_int_equal(r.count, strlen(said));
    assert_memory_equal(r.bytes, said, r.count);
}

static void none(const char *text)
{
    struct reference r;

    assert_int_equal(reference_read(text_of(text), false, &r), 0);
    assert_int_equal(reference_read(text_of(text), true, &r), 0);
}

static void test_numbers_are_characters(void **state)
{
    (void)state;
    check("&#111;mb", 6, "o");
    check("&#x6f;mb", 6, "o");
    check("&#X6F;", 6, "o");
    check("&#0000111;", 10, "o");
    check("&#x1F4A3;", 9, "\xf0\x9f\x92\xa3");
}

static void test_a_number_needs_no_semicolon(void **state)
{
    (void)state;
    check("&#111mb", 5, "o");
    check("&#x6f", 5, "o");
    check("&#111&#109;", 5, "o");
}

static void test_numbers_of_windows_are_its_characters(void **state)
{
    (void)state;
    check("&#146;", 6, "\xe2\x80\x99");
    check("&#x80;", 6, "\xe2\x82\xac");
    check("&#129;", 6, "\xc2\x81");
    check("&#159;", 6, "\xc5\xb8");
    check("&#160;", 6, "\xc2\xa0");
}

static void test_numbers_of_no_character_are_replaced(void **state)
{
    static const char *const numbers[] = {
        "&#0;", "&#xd800;", "&#xdfff;", "&#x110000;", "&#99999999999999;"};

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        check(numbers[i], strlen(numbers[i]), "\xef\xbf\xbd");
    check("&#x10ffff;", 10, "\xf4\x8f\xbf\xbf");
}

static void test_names_are_characters(void **state)
{
    (void)state;
    check("&amp;#111;", 5, "&");
    check("&lt;", 4, "<");
    check("&shy;", 5, "\xc2\xad");
    check("&nbsp;", 6, "\xc2\xa0");
    check("&zwnj;", 6, "\xe2\x80\x8c");
    check("&omicron;", 9, "\xce\xbf");
    check("&ocy;", 5, "\xd0\xbe");
    check("&ZeroWidthSpace;", 16, "\xe2\x80\x8b");
}

static void test_letters_with_marks_are_letters(void **state)
{
    (void)state;
    check("&oacute;", 8, "o");
    check("&Oslash;", 8, "O");
    check("&bopf;", 6, "b");
    check("&mfr;", 5, "m");
    none("&3opf; ");
    none("&opf; ");
    none("&oopfx; ");
}

/* Every name is found: the table has the order in which it is searched. */
static void test_known_names_are_found(void **state)
{
    static const char *const names[] = {"AElig", "AMP", "GT", "LT",
        "NonBreakingSpace", "QUOT", "Tab", "Zeta", "acy", "af", "amp", "apos",
        "bdquo", "colon", "commat", "dscy", "ell", "ffilig", "gt", "hairsp",
        "hyphen", "ic", "iecy", "iota", "it", "iukcy", "khcy", "lowbar", "lrm",
        "lt", "mdash", "minus", "nbsp", "ncy", "nu", "num", "ocy", "omega",
        "ordm", "percnt", "quot", "rcub", "rlm", "scy", "semi", "shy", "sol",
        "szlig", "tcy", "thinsp", "ucy", "upsilon", "vcy", "verbar", "xi",
        "zeta", "zwj", "zwnj"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_not_equal(reference_name(text_of(names[i])), 0);
    assert_int_equal(reference_name(text_of("")), 0);
    assert_int_equal(reference_name(text_of("a")), 0);
    assert_int_equal(reference_name(text_of("am")), 0);
    assert_int_equal(reference_name(text_of("ampx")), 0);
    assert_int_equal(reference_name(text_of("Shy")), 0);
}

static void test_bytes_are_two_digits(void **state)
{
    (void)state;
    check("%6Fmb", 3, "o");
    check("%6f", 3, "o");
    check("%D0%B1", 3, "\xd0");
    check("%2562", 3, "%");
}

static void test_other_text_is_none(void **state)
{
    static const char *const texts[] = {"& ", "&T ", "&b;", "&x=1", "&copy=2",
        "&#;", "&#x;", "&#xg", "&# ", "&;", "&&", "&amp ", "% off", "%d ", "%s",
        "%%", "%4 ", "%g0",
        "%6"
        "&",
        "&\xd0", "%\xd0"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        none(texts[i]);
}

static void test_what_may_go_on_is_open(void **state)
{
    static const char *const texts[] = {"&", "&#", "&#x", "&#1", "&#x6f", "&a",
        "&amp", "&oacut", "&o", "&ZeroWidthSpac", "%", "%6", "%d"};
    struct reference r;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_true(
            reference_read(text_of(texts[i]), false, &r) == REFERENCE_OPEN);
    none("&#; ");
    none("&qq");
    none("&AT");
}

/* Whatever a text goes on with, it is decided before it is too long. */
static void test_what_is_too_long_is_none(void **state)
{
    static const char *const runs[] = {"&#", "&#x", "&", "&z", "&o"};
    char text[2 * REFERENCE_MAX];
    struct reference r;
    size_t n, at;

    (void)state;
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        n = strlen(strcpy(text, runs[i]));
        for (at = n; at < REFERENCE_MAX; at++)
            text[at] = '0';
        assert_int_equal(
            reference_read((struct span){text, REFERENCE_MAX}, false, &r), 0);
        assert_int_equal(
            reference_read((struct span){text, REFERENCE_MAX}, true, &r), 0);
    }
    none("&#000000000000000000000111;");
    check("&#0000000000000111;", 19, "o");
}

/* The same is read of a text that goes on as of all of it, once it is not
 * open. */
static void test_more_text_changes_nothing_that_is_decided(void **state)
{
    static const char *const texts[] = {"&#111;mb", "&#111mb", "&#x6fmb",
        "&amp;mb", "&ampmb", "%6Fmb", "%6mb", "&oslash;b", "&nope;", "&#;"};
    struct reference whole, part;
    struct span text;
    size_t n, of;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        text = text_of(texts[i]);
        n = reference_read(text, true, &whole);
        for (size_t most = 1; most < text.n; most++) {
            of = reference_read((struct span){text.p, most}, false, &part);
            assert_true(of == n || of == REFERENCE_OPEN);
        }
    }
}

static void test_signs_are_found_wherever_they_are(void **state)
{
    char text[50];

    (void)state;
    memset(text, 'x', sizeof(text));
    for (size_t n = 0; n <= sizeof(text); n++)
        assert_int_equal(reference_find((struct span){text, n}), n);
    for (size_t at = 0; at < sizeof(text); at++) {
        text[at] = at % 2 == 0 ? '&' : '%';
        assert_int_equal(reference_find((struct span){text, sizeof(text)}), at);
        assert_int_equal(reference_find((struct span){text, at}), at);
        text[at] = (char)('x' + 0x80 * (at % 3 == 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_characters),
        cmocka_unit_test(test_a_number_needs_no_semicolon),
        cmocka_unit_test(test_numbers_of_windows_are_its_characters),
        cmocka_unit_test(test_numbers_of_no_character_are_replaced),
        cmocka_unit_test(test_names_are_characters),
        cmocka_unit_test(test_letters_with_marks_are_letters),
        cmocka_unit_test(test_known_names_are_found),
        cmocka_unit_test(test_bytes_are_two_digits),
        cmocka_unit_test(test_other_text_is_none),
        cmocka_unit_test(test_what_may_go_on_is_open),
        cmocka_unit_test(test_what_is_too_long_is_none),
        cmocka_unit_test(test_more_text_changes_nothing_that_is_decided),
        cmocka_unit_test(test_signs_are_found_wherever_they_are),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
