/* Each choice of an answer has a score of its own, which is looked at at the
 * end of a sentence, after so many bytes, and at the end. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/scores.h"
#include "tests/core/moderation_weights.h"

#define HARASSMENT (1 << MODERATION_HARASSMENT)

static const uint64_t thresholds[] = {
    [0 ... MODERATION_CATEGORIES - 1] = 500000};

static struct scores *begin(uint32_t every)
{
    const struct flag_rules rules = {moderation_weights(), thresholds};
    struct scores *s = scores_make(&rules, every);

    assert_non_null(s);
    return s;
}

static int says(struct scores *s, uint32_t choice, const char *text)
{
    int flags = scores_feed(s, choice, (struct span){text, strlen(text)});

    assert_true(flags >= 0);
    return flags & HARASSMENT;
}

static void test_the_end_of_a_sentence_is_looked_at(void **state)
{
    static const char *const ends[] = {".", "!", "?", "\n", "\xe3\x80\x82",
        "\xef\xbc\x81", "\xe0\xa5\xa4", "\xd8\x9f"};

    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct scores *s = begin(1000);

        assert_false(says(s, 0, "You are a stupid idiot"));
        assert_true(says(s, 0, ends[i]));
        scores_free(s);
    }
}

static void test_so_many_bytes_are_looked_at(void **state)
{
    struct scores *s = begin(40);

    (void)state;
    assert_false(says(s, 0, "You are a stupid idiot and "));
    assert_false(says(s, 0, "bread goes"));
    assert_true(says(s, 0, "with it"));
    scores_free(s);
}

static int calls(struct scores *s, uint32_t block, const char *json)
{
    int flags = scores_args(s, 0, block, (struct span){json, strlen(json)});

    assert_true(flags >= 0);
    return flags & HARASSMENT;
}

static void test_escapes_in_arguments_hide_nothing(void **state)
{
    struct scores *s = begin(1000);

    (void)state;
    assert_false(calls(s, 0, "{\"text\":\"You are a\\u0020st\\u0"));
    assert_true(calls(s, 0, "075pid idiot.\"}"));
    scores_free(s);
}

static void test_an_escaped_line_end_is_looked_at(void **state)
{
    struct scores *s = begin(1000);

    (void)state;
    assert_false(calls(s, 0, "{\"text\":\"You are a\\tstupid idiot"));
    assert_true(calls(s, 0, "\\n"));
    scores_free(s);
}

static void test_calls_that_alternate_keep_their_escapes_apart(void **state)
{
    struct scores *s = begin(1000);

    (void)state;
    assert_false(calls(s, 0, "{\"text\":\"You are a st\\u00"));
    assert_false(calls(s, 1, "{"));
    assert_true(calls(s, 0, "75pid idiot."));
    scores_free(s);
}

static void test_the_end_is_looked_at(void **state)
{
    struct scores *s = begin(1000);

    (void)state;
    assert_false(says(s, 0, "You are a stupid idiot"));
    assert_true(scores_end(s) & HARASSMENT);
    scores_free(s);
}

static void test_an_end_without_a_text_reaches_nothing(void **state)
{
    struct scores *s = begin(1000);

    (void)state;
    assert_int_equal(scores_end(s), 0);
    scores_free(s);
}

static void test_words_of_another_choice_do_not_come_between(void **state)
{
    static const char *const words[] = {
        "You ", "are ", "a ", "stupid ", "idiot "};
    struct scores *s = begin(1000);

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        assert_false(says(s, 3, words[i]));
        assert_false(says(s, 7, "soup and bread and roses "));
    }
    assert_false(says(s, 7, "."));
    assert_true(says(s, 3, "."));
    scores_free(s);
}

static void test_pieces_score_as_the_whole(void **state)
{
    static const char text[] = "You are a stupid idiot.";
    struct scores *s = begin(1000);
    int flags = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(text) - 1; i++)
        flags = scores_feed(s, 0, (struct span){text + i, 1});
    assert_true(flags & HARASSMENT);
    scores_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_end_of_a_sentence_is_looked_at),
        cmocka_unit_test(test_so_many_bytes_are_looked_at),
        cmocka_unit_test(test_escapes_in_arguments_hide_nothing),
        cmocka_unit_test(test_an_escaped_line_end_is_looked_at),
        cmocka_unit_test(test_calls_that_alternate_keep_their_escapes_apart),
        cmocka_unit_test(test_the_end_is_looked_at),
        cmocka_unit_test(test_an_end_without_a_text_reaches_nothing),
        cmocka_unit_test(test_words_of_another_choice_do_not_come_between),
        cmocka_unit_test(test_pieces_score_as_the_whole),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(
        tests, moderation_weights_open, moderation_weights_close);
}
