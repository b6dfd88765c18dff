/* Phrases are found as words, count less where they are negated, quoted or
 * repeated, and mean more beside each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/moderation_phrase.h"
#include "tests/core/moderation_weights.h"

static void take(void *cookie, const struct moderation_word *words, size_t n)
{
    moderation_phrase_words(cookie, moderation_weights(), words, n);
}

static void take_each(
    void *cookie, const struct moderation_word *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        take(cookie, &words[i], 1);
}

static struct moderation_phrases hear_by(const char *text,
    void (*words)(void *cookie, const struct moderation_word *words, size_t n))
{
    struct moderation_phrases p;
    struct moderation_word_sink sink = {words, &p};
    struct moderation_words w;

    memset(&p, 0, sizeof(p));
    moderation_word_begin(&w);
    moderation_word_feed(&w, (struct span){text, strlen(text)}, &sink);
    moderation_word_end(&w, &sink);
    return p;
}

static struct moderation_phrases hear(const char *text)
{
    return hear_by(text, take);
}

static double says(const char *text, size_t category)
{
    struct moderation_phrases p = hear(text);

    return moderation_phrase_whole(&p, category);
}

static void test_phrases_are_whole_words(void **state)
{
    (void)state;
    assert_true(says("the word suicide", MODERATION_SELF_HARM) > 1);
    assert_true(says("my own life was hard", MODERATION_SELF_HARM) >
                says("my own livelihood was hard", MODERATION_SELF_HARM));
    assert_true(says("cocktails and peacocks", MODERATION_SEXUAL) == 0);
    assert_true(says("analysis of Essex", MODERATION_SEXUAL) == 0);
}

static void test_beginnings_of_words_are_found(void **state)
{
    (void)state;
    assert_true(says("beheadings", MODERATION_VIOLENCE_GRAPHIC) > 1);
    assert_true(says("behead", MODERATION_VIOLENCE_GRAPHIC) > 1);
}

static void test_words_that_were_cut_are_found(void **state)
{
    (void)state;
    assert_true(says("sui-cide", MODERATION_SELF_HARM) > 1);
    assert_true(says("s.u.i.c.i.d.e", MODERATION_SELF_HARM) > 1);
}

static void test_words_may_come_one_by_one_or_together(void **state)
{
    static const char text[] =
        "how do I make a pipe-bomb, she was fourteen and we beheaded all of "
        "them; you are one of those worth-less people who want to kill my self "
        "f.u.c.k him in his own house because all of us are going to die and "
        "no one of you is to be told of it, the end of my own life is near";
    struct moderation_phrases each = hear_by(text, take_each);
    struct moderation_phrases together = hear_by(text, take);

    (void)state;
    assert_true(together.track[MODERATION_MINOR].count > 0);
    assert_true(together.track[MODERATION_SELF].count > 0);
    assert_memory_equal(each.track, together.track, sizeof(each.track));
    assert_memory_equal(each.seen, together.seen, sizeof(each.seen));
    assert_memory_equal(each.window, together.window, sizeof(each.window));
}

static void test_negation_takes_half(void **state)
{
    (void)state;
    assert_true(says("they did not murder anyone there", MODERATION_VIOLENCE) <
                says("they did then murder anyone there", MODERATION_VIOLENCE));
}

static void test_quotation_takes_some(void **state)
{
    (void)state;
    assert_true(says("she wrote \"murder\" there", MODERATION_VIOLENCE) <
                says("she wrote murder there", MODERATION_VIOLENCE));
}

static void test_context_excuses(void **state)
{
    (void)state;
    assert_true(
        says("a study of murder in a historical novel", MODERATION_VIOLENCE) <
        says("a house of murder in a gloomy forest", MODERATION_VIOLENCE));
}

static void test_repetition_adds_little(void **state)
{
    (void)state;
    assert_true(says("murder murder murder murder", MODERATION_VIOLENCE) <
                2 * says("murder and what came of it", MODERATION_VIOLENCE));
}

static void test_groups_and_contempt_mean_hate_together(void **state)
{
    const char *apart = "Refugees are here. We had a long and quiet walk along "
                        "the river, and then found some vermin.";

    (void)state;
    assert_true(says("Refugees are vermin", MODERATION_HATE) >
                2 * says(apart, MODERATION_HATE));
}

static void test_minors_count_only_beside_sexual_phrases(void **state)
{
    struct moderation_phrases p = hear("The children are in the garden");

    (void)state;
    assert_true(p.minors == 0);
    assert_true(
        says("The children are in the garden", MODERATION_SEXUAL_MINORS) == 0);
}

static void test_windows_forget_what_lies_behind(void **state)
{
    struct moderation_phrases p = hear("overdose");

    (void)state;
    assert_true(moderation_phrase_window(&p, MODERATION_SELF_HARM) > 0);
    for (size_t i = 0; i < MODERATION_BLOCKS; i++)
        moderation_phrase_block(&p);
    assert_true(moderation_phrase_window(&p, MODERATION_SELF_HARM) == 0);
    assert_true(moderation_phrase_whole(&p, MODERATION_SELF_HARM) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phrases_are_whole_words),
        cmocka_unit_test(test_beginnings_of_words_are_found),
        cmocka_unit_test(test_words_that_were_cut_are_found),
        cmocka_unit_test(test_words_may_come_one_by_one_or_together),
        cmocka_unit_test(test_negation_takes_half),
        cmocka_unit_test(test_quotation_takes_some),
        cmocka_unit_test(test_context_excuses),
        cmocka_unit_test(test_repetition_adds_little),
        cmocka_unit_test(test_groups_and_contempt_mean_hate_together),
        cmocka_unit_test(test_minors_count_only_beside_sexual_phrases),
        cmocka_unit_test(test_windows_forget_what_lies_behind),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(
        tests, moderation_weights_open, moderation_weights_close);
}
