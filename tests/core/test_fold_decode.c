/* A folder that decodes takes references for what they stand for, once, with
 * the places of what was written, wherever the text is cut. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/fold.h"
#include "core/utf8.h"

enum { ROOM = 512 };

static struct span text_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

/* The units of a text in pieces of a size, each from memory of its own. */
static size_t units_of(
    struct span text, size_t size, struct fold_unit units[ROOM])
{
    size_t n = 0, count, used;
    struct span piece;
    struct fold f;
    char *copy;

    fold_begin(&f, FOLD_SKELETON);
    fold_decode(&f);
    for (size_t at = 0; at < text.n; at += size) {
        piece.n = text.n - at < size ? text.n - at : size;
        piece.p = copy = malloc(piece.n);
        assert_non_null(copy);
        memcpy(copy, text.p + at, piece.n);
        for (; piece.n > 0; piece.p += used, piece.n -= used) {
            assert_true(ROOM - n >= FOLD_ROOM);
            used = fold_feed(&f, piece, units + n, ROOM - n, &count);
            n += count;
        }
        free(copy);
    }
    n += fold_end(&f, units + n);
    assert_int_equal(fold_pending(&f), text.n);
    return n;
}

static void check(const char *text, const char *folded)
{
    struct fold_unit units[ROOM];
    size_t n = units_of(text_of(text), ROOM, units);
    struct buf out = {0};
    char said[4];

    for (size_t i = 0; i < n; i++)
        buf_put(&out, said, utf8_encode(units[i].cp, said));
    assert_string_equal(buf_terminate(&out), folded);
    buf_free(&out);
}

static void test_references_are_what_they_stand_for(void **state)
{
    (void)state;
    check("b&#111;mb b&#x6F;mb b%6fmb", "bomb bomb bomb");
    check("b&oacute;mb b&omicron;mb b&shy;o&zwnj;m&#8203;b", "bomb bomb bomb");
    check("B&#79MB &bopf;&oopf;&mopf;&bopf;", "bomb bomb");
    check("%62%6F%6D%62 &#98;%6F&#x6d;b", "bomb bomb");
    check("%D0%BF%d0%bb%d0%be%d1%85%d0%be", "\xd0\xbf\xd0\xbb"
                                            "o"
                                            "x"
                                            "o");
    check("a&lt;b&gt;c&amp;d&nbsp;e&Tab; f", "a<b>c&d e f");
    check("bo%00mb", "bomb");
}

static void test_they_are_decoded_once(void **state)
{
    (void)state;
    check("b%256Fmb", "b%6fmb");
    check("b&amp;#111;mb", "b&#lll;mb");
    check("b%26#111;mb", "b&#lll;mb");
    check("b&#37;6Fmb &percnt;6F", "b%6fmb %6f");
    check("%2562", "%62");
}

static void test_what_is_none_stays(void **state)
{
    (void)state;
    check("AT&T 50% off, a&b %d &x &", "at&t 5o% off, a&b %d &x &");
    check("a?b=c&copy=d&amp", "a?b=c&copy=d&amp");
    check("&&&#98;%%62%6", "&&b%b%6");
    check("&#; &#x; &; %", "&#; &#x; &; %");
    check("&#111", "o");
    check("&#00000000000000000000111;", "&#oooooooooooooooooooolll;");
}

static void test_bytes_that_are_no_character_are_replaced(void **state)
{
    (void)state;
    check("a%D0b", "a\xef\xbf\xbd"
                   "b");
    check("a%D0&#98;", "a\xef\xbf\xbd"
                       "b");
    check("%C1%A2", "\xef\xbf\xbd\xef\xbf\xbd");
    check("\xd0%BF \xd0", "\xd0\xbf \xef\xbf\xbd");
}

static void place(const struct fold_unit *u, uint64_t begin, uint64_t end)
{
    assert_int_equal(u->begin, begin);
    assert_int_equal(u->end, end);
}

static void test_places_are_of_what_was_written(void **state)
{
    struct fold_unit u[ROOM];

    (void)state;
    assert_int_equal(units_of(text_of("a&#111;b%D0%B1&AT&"), ROOM, u), 8);
    place(&u[0], 0, 1);
    place(&u[1], 1, 7);
    place(&u[2], 7, 8);
    place(&u[3], 8, 14);
    for (size_t i = 4; i < 8; i++)
        place(&u[i], 10 + i, 11 + i);
    /* a kana and its voice are one */
    assert_int_equal(units_of(text_of("&#x304b;%E3%82%99."), ROOM, u), 2);
    assert_int_equal(u[0].cp, 0x304c);
    place(&u[0], 0, 17);
    place(&u[1], 17, 18);
    assert_int_equal(units_of(text_of("&#64257;"), ROOM, u), 2);
    place(&u[0], 0, 8);
    place(&u[1], 0, 8);
}

static void test_cuts_make_no_difference(void **state)
{
    static const char *const samples[] = {
        "b&#111;mb &#x6f;&amp;#98; %256f%6F%%62&&shy;x &#98", "&amp",
        "%D0%BF\xd0%BF%d0\xd0\xbf%e3%81%8b&#x3099;\xe3\x81\x8b%E3%82%99%",
        "&#00000000000000000000111; &ZeroWidthSpace; &NonBreakingSpac ",
        "\xea\xb0%80&#x11a8;\xea\xb0\x80%e1%86%a8 e&#x301; &#xe9;\xcc\xa3"};
    static struct fold_unit whole[ROOM], pieces[ROOM];

    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        struct span text = text_of(samples[i]);
        size_t n = units_of(text, text.n, whole);

        for (size_t size = 1; size < text.n; size++) {
            assert_int_equal(units_of(text, size, pieces), n);
            for (size_t u = 0; u < n; u++) {
                assert_int_equal(pieces[u].cp, whole[u].cp);
                assert_int_equal(pieces[u].letter.cp, whole[u].letter.cp);
                place(&pieces[u], whole[u].begin, whole[u].end);
            }
        }
    }
}

/* Where what has not come out of a text begins. */
static uint64_t pending(const char *text)
{
    struct fold_unit units[ROOM];
    struct fold f;
    size_t n;

    fold_begin(&f, FOLD_SKELETON);
    fold_decode(&f);
    assert_int_equal(
        fold_feed(&f, text_of(text), units, ROOM, &n), strlen(text));
    return fold_pending(&f);
}

static void test_it_waits_while_a_reference_is_open(void **state)
{
    (void)state;
    assert_int_equal(pending("ab&"), 2);
    assert_int_equal(pending("ab&#11"), 2);
    assert_int_equal(pending("ab&sh"), 2);
    assert_int_equal(pending("ab%6"), 2);
    assert_int_equal(pending("ab%6F"), 5);
    assert_int_equal(pending("AT&T"), 2); /* as in &Tab; */
    assert_int_equal(pending("AT&T "), 5);
    assert_int_equal(pending("A&AT"), 4);
    assert_int_equal(pending("50% off"), 7);
    assert_int_equal(pending("%D0%B"), 0);
}

static void test_two_agree_when_nothing_waits_and_the_last_is_alike(
    void **state)
{
    struct fold_unit units[ROOM];
    struct fold written, decoded;
    size_t n;

    (void)state;
    fold_begin(&written, FOLD_SKELETON);
    decoded = written;
    fold_decode(&decoded);
    assert_true(fold_agree(&written, &decoded));
    fold_feed(&written, text_of("&#98;"), units, ROOM, &n);
    fold_feed(&decoded, text_of("&#98;"), units, ROOM, &n);
    assert_false(fold_agree(&written, &decoded)); /* behind a letter or not */
    fold_feed(&written, text_of("."), units, ROOM, &n);
    fold_feed(&decoded, text_of("."), units, ROOM, &n);
    assert_true(fold_agree(&written, &decoded));
    fold_feed(&written, text_of("&"), units, ROOM, &n);
    fold_feed(&decoded, text_of("&"), units, ROOM, &n);
    assert_false(fold_agree(&written, &decoded));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references_are_what_they_stand_for),
        cmocka_unit_test(test_they_are_decoded_once),
        cmocka_unit_test(test_what_is_none_stays),
        cmocka_unit_test(test_bytes_that_are_no_character_are_replaced),
        cmocka_unit_test(test_places_are_of_what_was_written),
        cmocka_unit_test(test_cuts_make_no_difference),
        cmocka_unit_test(test_it_waits_while_a_reference_is_open),
        cmocka_unit_test(
            test_two_agree_when_nothing_waits_and_the_last_is_alike),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
