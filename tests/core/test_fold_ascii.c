/* ASCII that is folded many letters at a time comes as it does one by one, and
 * is left alone where something waits (RELIABILITY.md 5.9). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fold.h"

static void assert_letters(struct span text)
{
    struct fold_unit units[4 * FOLD_ROOM];
    struct fold one, other;
    char letters[2 * FOLD_ROOM];
    size_t n, count;

    fold_begin(&one, FOLD_SKELETON);
    fold_begin(&other, FOLD_SKELETON);
    assert_int_equal(
        fold_feed(&one, text, units, 4 * FOLD_ROOM, &count), text.n);
    assert_int_equal(fold_ascii(&other, text, letters, &n), text.n);
    assert_int_equal(n, count);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(letters[i], units[i].letter.cp);
    assert_int_equal(one.at, other.at);
    assert_int_equal(one.blank, other.blank);
    assert_int_equal(one.latin, other.latin);
}

static void test_ascii_alone_comes_as_its_letters(void **state)
{
    static const char text[] = "  Il1 |\t\n \x01X\x7f-\r\nend ";

    (void)state;
    assert_letters((struct span){text, sizeof(text) - 1});
}

/* Letters are folded in blocks where nothing is in the way. */
static void test_any_ascii_may_be_anywhere_among_letters(void **state)
{
    char text[] = "Some words, 2 Blocks and more, of LETTERS here";
    size_t n = sizeof(text) - 1;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        char kept = text[i];

        for (int c = 0; c < 0x80; c++) {
            text[i] = (char)c;
            assert_letters((struct span){text, n});
        }
        text[i] = kept;
    }
}

static void test_ascii_ends_where_other_text_begins(void **state)
{
    char text[] = "Some words, 2 Blocks and more, of LETTERS here";
    char letters[sizeof(text)];
    struct fold f;
    size_t n;

    (void)state;
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        char kept = text[i];

        text[i] = '\xc3';
        fold_begin(&f, FOLD_SKELETON);
        assert_int_equal(
            fold_ascii(&f, (struct span){text, sizeof(text) - 1}, letters, &n),
            i);
        assert_int_equal(n, i);
        text[i] = kept;
    }
}

static void test_ascii_waits_for_the_rest_of_a_character(void **state)
{
    struct fold_unit units[4 * FOLD_ROOM];
    struct fold f;
    char letters[4];
    size_t n;

    (void)state;
    fold_begin(&f, FOLD_SKELETON);
    fold_feed(&f, (struct span){"\xc3", 1}, units, 4 * FOLD_ROOM, &n);
    assert_int_equal(fold_ascii(&f, (struct span){"a", 1}, letters, &n), 0);
    assert_int_equal(n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ascii_alone_comes_as_its_letters),
        cmocka_unit_test(test_any_ascii_may_be_anywhere_among_letters),
        cmocka_unit_test(test_ascii_ends_where_other_text_begins),
        cmocka_unit_test(test_ascii_waits_for_the_rest_of_a_character),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
