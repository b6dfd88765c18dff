/* Texts that read alike fold alike, every unit knows its place, and it does
 * not matter how a text is cut (RELIABILITY.md 5.9). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <utf8proc.h>

#include "fold.h"
#include "utf8.h"

static struct span text_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static void check(enum fold_form form, const char *text, const char *folded)
{
    struct buf out = {0};

    fold_text(form, text_of(text), &out);
    assert_string_equal(buf_terminate(&out), folded);
    buf_free(&out);
}

static void plain(const char *text, const char *folded)
{
    check(FOLD_PLAIN, text, folded);
}

/* Whether the skeleton of one text is that of another. */
static void alike(const char *left, const char *right)
{
    struct buf out = {0};

    fold_text(FOLD_SKELETON, text_of(right), &out);
    check(FOLD_SKELETON, left, buf_terminate(&out));
    buf_free(&out);
}

static void differ(const char *left, const char *right)
{
    struct buf l = {0}, r = {0};

    fold_text(FOLD_SKELETON, text_of(left), &l);
    fold_text(FOLD_SKELETON, text_of(right), &r);
    assert_string_not_equal(buf_terminate(&l), buf_terminate(&r));
    buf_free(&l);
    buf_free(&r);
}

/* ---- what is alike ---- */

static void test_case_and_width_are_folded(void **state)
{
    (void)state;
    plain("Refund POLICY", "refund policy");
    plain("\xef\xbc\xb2\xef\xbd\x85\xef\xbd\x86", "ref"); /* full width */
    plain("STRASSE", "strasse");
    plain("Stra\xc3\x9f"
          "e",
        "strasse");
    plain("\xf0\x9d\x90\x80\xf0\x9d\x93\xb3", "aj"); /* mathematical */
    plain("\xef\xac\x81ne", "fine");                 /* fi ligature */
}

static void test_what_cannot_be_seen_is_gone(void **state)
{
    (void)state;
    plain("re\xe2\x80\x8b"
          "fu\xc2\xadnd",
        "refund"); /* zero width space, soft hyphen */
    plain("re\xe2\x80\xae"
          "fund\xe2\x81\xa6",
        "refund"); /* direction overrides */
    plain("re\xef\xb8\x8f"
          "fu\xf3\xa0\x81\x81nd",
        "refund"); /* variation selector, tag */
    plain("re\001f\x7fund", "refund");
}

static void test_runs_of_white_space_are_one_blank(void **state)
{
    (void)state;
    plain("a \t\r\n b", "a b");
    plain("a\xc2\xa0\xe3\x80\x80"
          "b",
        "a b");
    plain("a \xe2\x80\x8b b", "a b");
}

static void test_composed_and_decomposed_are_alike(void **state)
{
    (void)state;
    plain("cafe\xcc\x81", "caf\xc3\xa9");
    plain("a\xcc\xa3\xcc\x82", "\xe1\xba\xad");
    plain("a\xcc\x82\xcc\xa3", "\xe1\xba\xad");
    plain("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c"); /* Hangul */
    plain("e\001\xcc\x81", "\xc3\xa9");
    alike("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c");
    alike("\xed\x95\x98\xe1\x86\xab", "\xed\x95\x9c");
    alike("\xe3\x81\x8b\xe3\x82\x99", "\xe3\x81\x8c"); /* ga */
    alike("\xef\xbd\xb6\xef\xbe\x9e", "\xe3\x82\xac"); /* half width */
}

static void test_a_skeleton_loses_marks(void **state)
{
    (void)state;
    alike("caf\xc3\xa9", "cafe");
    alike("b\xcc\xb2\xcc\xb6"
          "a\xe2\x83\x9d"
          "d",
        "bad");
    alike("b\xe0\xa5\x8d"
          "ad",
        "bad"); /* a mark of another script */
    alike("b\xf0\x9f\x85\xb0\xe0\xa4\xbc"
          "d",
        "bad"); /* on a letter in a square */
}

static void test_marks_that_make_letters_stay(void **state)
{
    (void)state;
    differ("\xe0\xa4\x95\xe0\xa5\x80", "\xe0\xa4\x95\xe0\xa4\xbe");
    differ("\xe3\x81\x8b", "\xe3\x81\x8c");
    differ("\xea\xb0\x80", "\xea\xb0\x81"); /* a Hangul syllable and its head */
}

static void test_a_skeleton_has_one_letter_for_lookalikes(void **state)
{
    (void)state;
    alike("r\xd0\xb5"
          "fund",
        "refund"); /* Cyrillic */
    alike("ref\xcf\x85nd", "refund");
    alike("\xd0\x92\xd0\x90\xd0\x94", "\xd0\xb2\xd0\xb0\xd0\xb4");
    alike("p0rn", "porn");
    alike("ki1l", "kill");
    alike("b\xce\x97", "bh"); /* Greek capital eta behind a Latin letter */
    differ("\xce\x97", "h");
    differ("b3d", "bed");
}

/* ---- pieces and places ---- */

/* The units of a text that comes in pieces of a size, each from memory of its
 * own. */
static struct buf units_of(enum fold_form form, struct span text, size_t size)
{
    struct fold_unit units[2 * FOLD_ROOM];
    struct buf out = {0};
    struct span piece;
    size_t used, n;
    struct fold f;
    char *copy;

    fold_begin(&f, form);
    for (size_t at = 0; at < text.n; at += size) {
        piece.n = text.n - at < size ? text.n - at : size;
        piece.p = copy = malloc(piece.n);
        assert_non_null(copy);
        memcpy(copy, text.p + at, piece.n);
        while (piece.n > 0) {
            used = fold_feed(&f, piece, units, 2 * FOLD_ROOM, &n);
            buf_put(&out, units, n * sizeof(units[0]));
            piece.p += used;
            piece.n -= used;
        }
        free(copy);
    }
    n = fold_end(&f, units);
    buf_put(&out, units, n * sizeof(units[0]));
    assert_false(out.failed);
    return out;
}

static const char *const samples[] = {
    "Plain words, twice  the\tblank\n",
    "e\xcc\x81 e\xcc\x81\xcc\xa3\xcc\x82 \xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"
    "\xed\x95\x98\xe1\x86\xab \xe3\x81\x8b\xe3\x82\x99\xe3\x81\x8b",
    "\xef\xb7\xba\xef\xac\x83\xf0\x9d\x90\x80 \xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4"
    "\xb7 \xf0\x9f\x87\xba\xf0\x9f\x85\xb1",
    "bad \xff\xc3 \xe2\x82 \xf0\x9d\x90 \xe0\x80\x80 \xed\xa0\x80 utf-8\xe2",
    "e\001\xcc\x81 e\n\xcc\x81 \xcc\x81\xe2\x80\x8b\xcc\x81 \xd0\x99\xd1\x91",
};

/* Not what is between their members, which nobody sets. */
static bool same_units(
    const struct fold_unit *x, const struct fold_unit *y, size_t n)
{
    for (; n > 0; n--, x++, y++)
        if (x->cp != y->cp || x->letter.cp != y->letter.cp ||
            x->letter.capital != y->letter.capital ||
            x->letter.looks != y->letter.looks || x->begin != y->begin ||
            x->end != y->end)
            return false;
    return true;
}

static void test_cuts_make_no_difference(void **state)
{
    struct buf whole, pieces;
    struct span text;

    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
        for (int form = FOLD_PLAIN; form <= FOLD_SKELETON; form++) {
            text = text_of(samples[i]);
            whole = units_of(form, text, text.n);
            for (size_t size = 1; size < text.n; size++) {
                pieces = units_of(form, text, size);
                assert_int_equal(pieces.len, whole.len);
                assert_true(same_units((const void *)whole.data,
                    (const void *)pieces.data,
                    whole.len / sizeof(struct fold_unit)));
                buf_free(&pieces);
            }
            buf_free(&whole);
        }
}

static void test_units_know_their_places(void **state)
{
    struct buf out = units_of(FOLD_PLAIN,
        text_of("A\xe2\x80\x8b"
                "e\xcc\x81\xef\xac\x81"),
        100);
    const struct fold_unit *u = (const struct fold_unit *)(void *)out.data;

    (void)state;
    assert_int_equal(out.len / sizeof(*u), 4);
    assert_int_equal(u[0].begin, 0);
    assert_int_equal(u[0].end, 1);
    assert_int_equal(u[1].cp, 0xe9);
    assert_int_equal(u[1].begin, 4);
    assert_int_equal(u[1].end, 7);
    assert_int_equal(u[2].cp, 'f');
    assert_int_equal(u[2].begin, 7);
    assert_int_equal(u[3].cp, 'i');
    assert_int_equal(u[3].begin, 7);
    assert_int_equal(u[3].end, 10);
    buf_free(&out);
}

static void test_a_skeleton_waits_only_where_it_must(void **state)
{
    struct fold_unit units[2 * FOLD_ROOM];
    struct fold f;
    size_t n;

    (void)state;
    fold_begin(&f, FOLD_SKELETON);
    fold_feed(&f, text_of("cafe"), units, 2 * FOLD_ROOM, &n);
    assert_int_equal(n, 4);
    assert_int_equal(fold_pending(&f), 4);
    fold_feed(&f, text_of("\xea\xb0"), units, 2 * FOLD_ROOM, &n);
    assert_int_equal(fold_pending(&f), 4);
    fold_feed(&f, text_of("\x80"), units, 2 * FOLD_ROOM, &n);
    assert_int_equal(n, 0); /* may get a final consonant */
    assert_int_equal(fold_pending(&f), 4);
    fold_feed(&f, text_of("\xea\xb0\x81"), units, 2 * FOLD_ROOM, &n);
    assert_int_equal(n, 2);
    assert_int_equal(fold_pending(&f), 10);
}

/* ---- how much comes of it ---- */

/* What a text costs to judge goes by its units. */
static void test_no_character_folds_to_more_than_two_units_a_byte(void **state)
{
    static struct fold_unit units[8 * FOLD_ROOM];
    unsigned long too_many = 0;
    struct fold f;
    char text[16];
    size_t n, count;

    (void)state;
    for (int form = FOLD_PLAIN; form <= FOLD_SKELETON; form++)
        for (uint32_t cp = 1; cp < 0x110000; cp++) {
            if (cp >= 0xd800 && cp < 0xe000)
                continue;
            n = utf8_encode(cp, text);
            n += utf8_encode(cp, text + n);
            fold_begin(&f, (enum fold_form)form);
            fold_feed(&f, (struct span){text, n}, units, 7 * FOLD_ROOM, &count);
            count += fold_end(&f, units + count);
            too_many += count > 2 * n;
        }
    assert_int_equal(too_many, 0);
}

static void test_signs_of_whole_phrases_stay_what_they_are(void **state)
{
    (void)state;
    plain("\xef\xb7\xba \xef\xb7\xbb", "\xef\xb7\xba \xef\xb7\xbb");
    alike("\xef\xb7\xb2", "\xd8\xa7\xd9\x84\xd9\x84\xd9\x87");
    plain("\xe3\x88\x9d", "(\xec\x98\xa4\xec\xa0\x84)");
}

/* ---- against the library's own normaliser ---- */

/* Every character alone and between marks, but for white space, controls and
 * what ends as such, which we fold further. */
static void test_plain_text_is_nfkc_casefold(void **state)
{
    char text[32];
    struct buf out = {0};
    uint8_t *expect;
    size_t n;

    (void)state;
    for (int32_t cp = 0x21; cp < 0x30000; cp++) {
        if ((cp >= 0xd800 && cp < 0xe000) || (cp >= 0x7f && cp <= 0xa0) ||
            cp == 0x1680 || cp == 0x2028 || cp == 0x2029)
            continue;
        n = (size_t)sprintf(text, "x\xcc\xb8");
        n += (size_t)utf8proc_encode_char(cp, (uint8_t *)text + n);
        strcpy(text + n, "\xcc\x81\xcc\xa3z");
        expect = utf8proc_NFKC_Casefold((uint8_t *)text);
        buf_reset(&out);
        fold_text(FOLD_PLAIN, text_of(text), &out);
        if (strchr((char *)expect, ' ') == NULL)
            assert_string_equal(buf_terminate(&out), (char *)expect);
        free(expect);
    }
    buf_free(&out);
}

/* A form of each character is alike in whatever form it comes. */
static void test_canonical_forms_have_one_skeleton(void **state)
{
    struct buf whole = {0}, taken = {0};
    uint8_t text[8], *apart;

    (void)state;
    for (int32_t cp = 0xa1; cp < 0x30000; cp++) {
        if (cp >= 0xd800 && cp < 0xe000)
            continue;
        text[utf8proc_encode_char(cp, text)] = '\0';
        apart = utf8proc_NFD(text);
        buf_reset(&whole);
        buf_reset(&taken);
        fold_text(FOLD_SKELETON, text_of((char *)text), &whole);
        fold_text(FOLD_SKELETON, text_of((char *)apart), &taken);
        assert_string_equal(buf_terminate(&taken), buf_terminate(&whole));
        free(apart);
    }
    buf_free(&whole);
    buf_free(&taken);
}

/* The units of a text fed in pieces of a size. */
static size_t skeleton_of(
    struct span text, size_t size, struct fold_unit *units)
{
    size_t n = 0, count, step, used;
    struct fold f;

    fold_begin(&f, FOLD_SKELETON);
    for (size_t at = 0; at < text.n; at += used) {
        step = text.n - at < size ? text.n - at : size;
        used = fold_feed(&f, (struct span){text.p + at, step}, units + n,
            2 * FOLD_ROOM, &count);
        n += count;
    }
    return n + fold_end(&f, units + n);
}

/* Whole characters take a shorter way than bytes of them. */
static void test_every_character_folds_the_same_in_bytes(void **state)
{
    static const char *const around[][2] = {
        {"", ""}, {"a", "b"}, {" ", "\xcc\x86"}, {"A", "\xd6\xbc"}};
    static struct fold_unit whole[8 * FOLD_ROOM], bytes[8 * FOLD_ROOM];
    unsigned long differences = 0;
    char text[16];
    size_t n, units;

    (void)state;
    for (uint32_t cp = 0x80; cp < 0x110000; cp++)
        for (size_t i = 0; i < 4 && (cp < 0xd800 || cp > 0xdfff); i++) {
            n = strlen(strcpy(text, around[i][0]));
            n += utf8_encode(cp, text + n);
            n += utf8_encode(cp, text + n);
            strcpy(text + n, around[i][1]);
            n += strlen(around[i][1]);
            units = skeleton_of((struct span){text, n}, n, whole);
            differences +=
                skeleton_of((struct span){text, n}, 1, bytes) != units ||
                !same_units(whole, bytes, units);
        }
    assert_int_equal(differences, 0);
}

/* Leave ${f}, tidied, behind ${text}. */
static void take_tidily(struct fold *f, const char *text)
{
    struct fold_unit units[2 * FOLD_ROOM];
    size_t n;

    memset(f, 0, sizeof(*f));
    fold_begin(f, FOLD_SKELETON);
    fold_decode(f);
    fold_feed(f, text_of(text), units, 2 * FOLD_ROOM, &n);
    fold_tidy(f);
}

static void test_tidied_nothing_is_kept_of_what_has_come_out(void **state)
{
    static const char *const texts[][2] = {{"\xc3\xa9 x", "\xc5\x84 x"},
        {"\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8 x",
            "\xe1\x84\x82\xe1\x85\xa3\xe1\x86\xa9 x"},
        {"&lt; x", "&gt; x"}};
    struct fold one, other;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        take_tidily(&one, texts[i][0]);
        take_tidily(&other, texts[i][1]);
        assert_memory_equal(&one, &other, sizeof(one));
    }
}

static void test_tidying_makes_no_difference(void **state)
{
    static const char text[] =
        "A\xcc\x8a&am\xc3\xa9\xe1\x84\x80\xe1\x85\xa1&lt;\xe2\x84\xab x";
    struct fold_unit units[2 * FOLD_ROOM], tidied[2 * FOLD_ROOM];
    struct fold one, other;
    size_t n, m;

    (void)state;
    fold_begin(&one, FOLD_SKELETON);
    fold_begin(&other, FOLD_SKELETON);
    fold_decode(&one);
    fold_decode(&other);
    for (size_t i = 0; text[i] != '\0'; i++) {
        fold_feed(&one, (struct span){text + i, 1}, units, 2 * FOLD_ROOM, &n);
        fold_feed(
            &other, (struct span){text + i, 1}, tidied, 2 * FOLD_ROOM, &m);
        fold_tidy(&other);
        assert_int_equal(n, m);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(units[k].cp, tidied[k].cp);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_character_folds_the_same_in_bytes),
        cmocka_unit_test(test_case_and_width_are_folded),
        cmocka_unit_test(test_what_cannot_be_seen_is_gone),
        cmocka_unit_test(test_runs_of_white_space_are_one_blank),
        cmocka_unit_test(test_composed_and_decomposed_are_alike),
        cmocka_unit_test(test_a_skeleton_loses_marks),
        cmocka_unit_test(test_marks_that_make_letters_stay),
        cmocka_unit_test(test_a_skeleton_has_one_letter_for_lookalikes),
        cmocka_unit_test(test_cuts_make_no_difference),
        cmocka_unit_test(test_units_know_their_places),
        cmocka_unit_test(test_a_skeleton_waits_only_where_it_must),
        cmocka_unit_test(test_no_character_folds_to_more_than_two_units_a_byte),
        cmocka_unit_test(test_signs_of_whole_phrases_stay_what_they_are),
        cmocka_unit_test(test_plain_text_is_nfkc_casefold),
        cmocka_unit_test(test_canonical_forms_have_one_skeleton),
        cmocka_unit_test(test_tidied_nothing_is_kept_of_what_has_come_out),
        cmocka_unit_test(test_tidying_makes_no_difference),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
