/* A name stands for its category and all below it, a text is of those that it
 * reaches the thresholds of, and what is always blocked is told first. API.md
 * 7.5. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/flag.h"
#include "tests/core/moderation_weights.h"

#define BIT(category) ((uint16_t)(1u << (category)))

static uint16_t meant(const char *name)
{
    return flag_meant((struct span){name, strlen(name)});
}

static struct moderation *judged(const char *text)
{
    struct moderation *m = moderation_begin(moderation_weights());

    assert_non_null(m);
    moderation_feed(m, (struct span){text, strlen(text)});
    return m;
}

/* ---- names ---- */

static void test_every_category_stands_for_itself(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MODERATION_CATEGORIES; i++)
        assert_true(meant(moderation_name(i)) & BIT(i));
}

static void test_a_parent_stands_for_what_is_below_it(void **state)
{
    (void)state;
    assert_int_equal(
        meant("hate"), BIT(MODERATION_HATE) | BIT(MODERATION_HATE_THREATENING));
    assert_int_equal(meant("self-harm"),
        BIT(MODERATION_SELF_HARM) | BIT(MODERATION_SELF_HARM_INTENT) |
            BIT(MODERATION_SELF_HARM_INSTRUCTIONS));
}

static void test_a_child_does_not_stand_for_its_parent(void **state)
{
    (void)state;
    assert_int_equal(
        meant("violence/graphic"), BIT(MODERATION_VIOLENCE_GRAPHIC));
}

static void test_names_that_nobody_knows_stand_for_nothing(void **state)
{
    static const char *const names[] = {"", "h", "hat", "hate/", "hate/threat",
        "Hate", " hate", "hate ", "pii/ssn", "weapons/creation"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (meant(names[i]) != 0)
            fail_msg("\"%s\" stands for %x", names[i], meant(names[i]));
}

static void test_four_are_always_blocked(void **state)
{
    (void)state;
    assert_int_equal(FLAG_ALWAYS, meant("self-harm") | meant("sexual/minors"));
}

static void test_what_is_always_blocked_is_told_first(void **state)
{
    (void)state;
    assert_string_equal(flag_word(BIT(MODERATION_HARASSMENT) |
                                  BIT(MODERATION_SELF_HARM_INTENT)),
        "self-harm/intent");
    assert_string_equal(
        flag_word(BIT(MODERATION_VIOLENCE) | BIT(MODERATION_ILLICIT)),
        "illicit");
    assert_string_equal(
        flag_word(BIT(MODERATION_VIOLENCE_GRAPHIC)), "violence/graphic");
}

/* ---- scores ---- */

static uint16_t reached(const char *text, uint64_t threshold)
{
    uint64_t thresholds[MODERATION_CATEGORIES];
    struct flag_rules rules = {
        .model = moderation_weights(), .thresholds = thresholds};
    struct moderation *m = judged(text);
    uint16_t flags;

    for (size_t i = 0; i < MODERATION_CATEGORIES; i++)
        thresholds[i] = threshold;
    flags = flag_reached(&rules, m);
    moderation_free(m);
    return flags;
}

static void test_a_text_is_of_what_reaches_the_threshold(void **state)
{
    (void)state;
    assert_true(reached("You are a stupid idiot.", 500000) &
                BIT(MODERATION_HARASSMENT));
    assert_int_equal(reached("Bread goes with soup.", 500000), 0);
}

static void test_every_text_reaches_nought(void **state)
{
    (void)state;
    assert_int_equal(
        reached("Bread goes with soup.", 0), (1u << MODERATION_CATEGORIES) - 1);
}

static void test_scores_may_be_asked_for_between_two(void **state)
{
    struct moderation *m = judged("You are a stupid idiot.");
    double scores[MODERATION_CATEGORIES];
    uint64_t at;

    (void)state;
    moderation_score(m, scores);
    at = (uint64_t)(scores[MODERATION_HARASSMENT] * 1e6);
    assert_true(flag_between(m, at, at + 1) & BIT(MODERATION_HARASSMENT));
    assert_false(flag_between(m, at + 1, 1000000) & BIT(MODERATION_HARASSMENT));
    assert_false(flag_between(m, 0, at - 1) & BIT(MODERATION_HARASSMENT));
    assert_int_equal(
        flag_between(m, 0, 1000000), (1u << MODERATION_CATEGORIES) - 1);
    moderation_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_category_stands_for_itself),
        cmocka_unit_test(test_a_parent_stands_for_what_is_below_it),
        cmocka_unit_test(test_a_child_does_not_stand_for_its_parent),
        cmocka_unit_test(test_names_that_nobody_knows_stand_for_nothing),
        cmocka_unit_test(test_four_are_always_blocked),
        cmocka_unit_test(test_what_is_always_blocked_is_told_first),
        cmocka_unit_test(test_a_text_is_of_what_reaches_the_threshold),
        cmocka_unit_test(test_every_text_reaches_nought),
        cmocka_unit_test(test_scores_may_be_asked_for_between_two),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(
        tests, moderation_weights_open, moderation_weights_close);
}
