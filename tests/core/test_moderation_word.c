/* Words come out as what they mean, whatever was done to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/moderation_word.h"

/* Words as "one two +joined "quoted". */
static void note_word(struct buf *out, const struct moderation_word *word)
{
    buf_puts(out, out->len > 0 ? " " : "");
    buf_puts(out, word->joined ? "+" : "");
    buf_puts(out, word->quoted ? "\"" : "");
    buf_put(out, word->text, word->n);
    assert_int_equal(word->hash, moderation_word_hash(word->text, word->n));
    for (uint32_t n = MODERATION_PREFIX_MIN;
         n <= MODERATION_START && n <= word->n; n++)
        assert_int_equal(word->start[n - MODERATION_PREFIX_MIN],
            moderation_word_hash(word->text, n));
}

static void note(void *cookie, const struct moderation_word *words, size_t n)
{
    assert_true(n > 0 && n <= MODERATION_TOGETHER);
    for (size_t i = 0; i < n; i++)
        note_word(cookie, &words[i]);
}

static void reads_in(const char *text, size_t piece, const char *words)
{
    struct buf out = {0};
    struct moderation_word_sink sink = {note, &out};
    struct moderation_words w;
    size_t left = strlen(text), n;

    moderation_word_begin(&w);
    for (; left > 0; left -= n, text += n) {
        n = left < piece ? left : piece;
        moderation_word_feed(&w, (struct span){text, n}, &sink);
    }
    moderation_word_end(&w, &sink);
    assert_string_equal(buf_terminate(&out), words);
    buf_free(&out);
}

/* Whole, and byte by byte. */
static void reads(const char *text, const char *words)
{
    reads_in(text, SIZE_MAX, words);
    reads_in(text, 1, words);
}

static void test_words_are_folded(void **state)
{
    (void)state;
    reads("Don\xe2\x80\x99t STOP, it's caf\xc3\xa9", "dont stop its cafe");
    reads("", "");
    reads(" ... ", "");
}

static void test_digits_and_signs_stand_for_letters(void **state)
{
    (void)state;
    reads("k1ll h3ll0 $ex a$$ b!tch p@ss 5uicide",
        "kill hello sex ass bitch pass suicide");
}

static void test_digits_that_stand_for_themselves_stay(void **state)
{
    (void)state;
    reads(
        "14 covid19 14yo 5th 3kg $100 1st", "14 covid19 14yo 5th 3kg 100 1st");
}

static void test_stars_hide_known_words(void **state)
{
    (void)state;
    reads("f*ck sh**t **bold** 2*3", "fuck shit bold 23");
}

static void test_drawn_out_letters_are_shortened(void **state)
{
    (void)state;
    reads("diiiie killlll nooo see", "die kill no see");
}

static void test_words_of_any_length_are_read(void **state)
{
    char text[200], words[200];

    (void)state;
    for (int n = 2; n < 60; n++) {
        int most = n < MODERATION_WORD ? n : MODERATION_WORD;

        snprintf(text, sizeof(text), "Be %.*s, or", n,
            "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgh");
        snprintf(words, sizeof(words), "be %.*s or", most,
            "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgh");
        reads(text, words);
    }
}

static void test_letters_apart_are_one_word(void **state)
{
    (void)state;
    reads("k.i.l.l y o u", "kill you");
    reads("so i a cat", "so i a cat");
    reads("i k y s", "ikys");
}

static void test_words_cut_by_a_sign_also_come_whole(void **state)
{
    (void)state;
    reads("sui-cide", "sui cide +suicide");
    reads("sui - cide", "sui cide");
}

static void test_quotations_are_marked_for_a_while(void **state)
{
    (void)state;
    reads("he said \"so be it\" then", "he said \"so \"be \"it then");
    reads("\xe2\x80\x9cso\xe2\x80\x9d then", "\"so then");
}

static void test_pictures_are_words(void **state)
{
    (void)state;
    reads("no\xf0\x9f\x98\xa1way", "no \xf0\x9f\x98\xa1 way");
}

static void test_long_words_are_cut(void **state)
{
    char text[100];

    (void)state;
    for (size_t i = 0; i < 99; i++)
        text[i] = (char)('a' + i % 2);
    text[99] = '\0';
    reads(text, "abababababababababababababababab");
}

/* Leave ${w}, tidied, behind ${text}, of which nobody hears. */
static void take_tidily(struct moderation_words *w, const char *text)
{
    struct buf out = {0};
    struct moderation_word_sink sink = {note, &out};

    memset(w, 0, sizeof(*w));
    moderation_word_begin(w);
    moderation_word_feed(w, (struct span){text, strlen(text)}, &sink);
    moderation_word_tidy(w);
    buf_free(&out);
}

static void test_tidied_nothing_is_kept_of_words_but_the_last(void **state)
{
    static const char *const texts[][2] = {
        {"passw0rd12 ab9\n", "sec2etw0rd ab9\n"},
        {"a-b-c-d word\n", "e-f-g-h word\n"},
        {"f\xc3\xa4hrten word\n", "l\xc3\xb6schte word\n"},
        {"hunter, 12\n", "secret, 12\n"}};
    struct moderation_words one, other;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        take_tidily(&one, texts[i][0]);
        take_tidily(&other, texts[i][1]);
        assert_memory_equal(&one, &other, sizeof(one));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_folded),
        cmocka_unit_test(test_digits_and_signs_stand_for_letters),
        cmocka_unit_test(test_digits_that_stand_for_themselves_stay),
        cmocka_unit_test(test_stars_hide_known_words),
        cmocka_unit_test(test_drawn_out_letters_are_shortened),
        cmocka_unit_test(test_words_of_any_length_are_read),
        cmocka_unit_test(test_letters_apart_are_one_word),
        cmocka_unit_test(test_words_cut_by_a_sign_also_come_whole),
        cmocka_unit_test(test_quotations_are_marked_for_a_while),
        cmocka_unit_test(test_pictures_are_words),
        cmocka_unit_test(test_long_words_are_cut),
        cmocka_unit_test(test_tidied_nothing_is_kept_of_words_but_the_last),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
