/* The linear part sums what the words' weights are, the same for the whole and
 * for windows of it, and within bounds. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/moderation_linear.h"

enum { BUCKETS = 64, ONE = 3 };

/* Weights of 100 for the category ONE, of nothing for the others. */
static int8_t weights[BUCKETS * MODERATION_LINEAR + MODERATION_PAD];
static struct moderation_head head;
static struct moderation_model model = {.head = &head, .weights = weights};

static struct moderation_word word_of(const char *text)
{
    struct moderation_word word = {.n = (uint32_t)strlen(text)};

    memcpy(word.text, text, word.n);
    word.hash = moderation_word_hash(word.text, word.n);
    return word;
}

static void take(
    struct moderation_linear *l, const struct moderation_word *word)
{
    moderation_linear_words(l, &model, word, 1);
}

static void test_features_are_words_pairs_and_pieces(void **state)
{
    struct moderation_word word = word_of("word");
    struct moderation_seen one = {{0}}, other = {{0}};
    uint32_t first[MODERATION_FEATURES], second[MODERATION_FEATURES];

    (void)state;
    /* " wor", "word" and "ord " beside the word itself. */
    assert_int_equal(moderation_linear_hash(&one, &word, 0, first), 4);
    assert_int_equal(moderation_linear_hash(&other, &word, 7, second), 5);
    assert_int_equal(first[0], second[1]);
    assert_int_equal(first[3], second[4]);
}

static void test_what_has_come_is_not_told_again(void **state)
{
    struct moderation_word word = word_of("word");
    struct moderation_seen seen = {{0}};
    uint32_t features[MODERATION_FEATURES];

    (void)state;
    assert_int_equal(moderation_linear_hash(&seen, &word, 7, features), 5);
    assert_int_equal(moderation_linear_hash(&seen, &word, 9, features), 1);
    assert_int_equal(moderation_linear_hash(&seen, &word, 9, features), 0);
}

static void test_the_longest_word_has_room(void **state)
{
    char text[MODERATION_WORD + 1];
    uint32_t features[MODERATION_FEATURES];
    struct moderation_seen seen = {{0}};
    struct moderation_word word;

    (void)state;
    memset(text, 'x', MODERATION_WORD);
    text[MODERATION_WORD] = '\0';
    word = word_of(text);
    assert_true(moderation_linear_hash(&seen, &word, 7, features) <=
                MODERATION_FEATURES);
}

static void test_a_word_but_a_single_letter_has_as_many_features_as_bytes(
    void **state)
{
    char text[MODERATION_WORD + 1] = {0};
    uint32_t features[MODERATION_FEATURES];

    (void)state;
    for (size_t n = 1; n <= MODERATION_WORD; n++) {
        struct moderation_seen seen = {{0}};
        struct moderation_word word;

        text[n - 1] = (char)('a' + n % 26);
        word = word_of(text);
        assert_int_equal(
            moderation_linear_hash(&seen, &word, 0, features), n > 1 ? n : 0);
    }
}

static void test_buckets_are_within_their_number(void **state)
{
    (void)state;
    assert_int_equal(moderation_linear_bucket(0, BUCKETS), 0);
    assert_int_equal(
        moderation_linear_bucket(UINT32_MAX, BUCKETS), BUCKETS - 1);
}

static void test_a_sum_is_the_weights_over_the_norm(void **state)
{
    struct moderation_linear l = {.at = 0};
    struct moderation_word word = word_of("word");

    (void)state;
    take(&l, &word);
    assert_true(fabs(moderation_linear_whole(&l, &model, ONE) -
                     4 * 100 * 0.001 / sqrt(4)) < 1e-6);
    assert_true(moderation_linear_whole(&l, &model, ONE + 1) == 0);
}

static struct moderation_word numbered(size_t i)
{
    char text[20];

    snprintf(text, sizeof(text), "word%zu", i);
    return word_of(text);
}

static void test_blocks_do_not_change_the_whole(void **state)
{
    struct moderation_linear one = {.at = 0}, other = {.at = 0};

    (void)state;
    for (size_t i = 0; i < 100; i++) {
        struct moderation_word word = numbered(i);

        take(&one, &word);
        take(&other, &word);
        moderation_linear_block(&other);
    }
    assert_true(moderation_linear_whole(&one, &model, ONE) ==
                moderation_linear_whole(&other, &model, ONE));
}

static void test_a_window_is_the_last_blocks(void **state)
{
    struct moderation_linear l = {.at = 0}, late = {.at = 0};
    struct moderation_word last = word_of("last");

    (void)state;
    for (size_t i = 0; i < 9; i++) {
        struct moderation_word word = numbered(i);

        take(&l, &word);
        moderation_linear_block(&l);
    }
    for (size_t i = 0; i < MODERATION_BLOCKS; i++)
        moderation_linear_block(&l);
    assert_true(moderation_linear_window(&l, &model, ONE) == 0);
    late.before = l.before;
    take(&l, &last);
    take(&late, &last);
    assert_true(moderation_linear_window(&l, &model, ONE) ==
                moderation_linear_window(&late, &model, ONE));
}

static void test_length_raises_only_to_a_bound(void **state)
{
    (void)state;
    assert_true(fabs(moderation_linear_norm(4) - 0.5) < 1e-9);
    assert_true(fabs(1e4 * moderation_linear_norm(1e4) -
                     1e6 * moderation_linear_norm(1e6)) < 1e-6);
    assert_true(isfinite(moderation_linear_norm(0)));
}

static int set_weights(void **state)
{
    (void)state;
    head.buckets = BUCKETS;
    for (size_t i = 0; i < MODERATION_CATEGORIES; i++)
        head.scale[i] = (struct moderation_scale){
            .unit = 0.001f, .linear_sd = 1, .phrase_sd = 1, .slope = 1};
    for (size_t i = 0; i < BUCKETS; i++)
        weights[i * MODERATION_LINEAR + ONE] = 100;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_features_are_words_pairs_and_pieces),
        cmocka_unit_test(test_what_has_come_is_not_told_again),
        cmocka_unit_test(test_the_longest_word_has_room),
        cmocka_unit_test(
            test_a_word_but_a_single_letter_has_as_many_features_as_bytes),
        cmocka_unit_test(test_buckets_are_within_their_number),
        cmocka_unit_test(test_a_sum_is_the_weights_over_the_norm),
        cmocka_unit_test(test_blocks_do_not_change_the_whole),
        cmocka_unit_test(test_a_window_is_the_last_blocks),
        cmocka_unit_test(test_length_raises_only_to_a_bound),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_weights, NULL);
}
