/* Ages are read as numbers, and other numbers are no ages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/moderation_age.h"

struct found {
    struct moderation_age age;
    int minors, adults;
};

static void take(struct found *f, const struct moderation_word *word)
{
    enum moderation_age_is is = MODERATION_AGE_NONE;

    if (f->age.number == 0 && !moderation_age_may_be(word))
        moderation_age_pass(&f->age, word);
    else
        is = moderation_age_word(&f->age, word);
    f->minors += is == MODERATION_AGE_MINOR;
    f->adults += is == MODERATION_AGE_ADULT;
}

static void take_words(
    void *cookie, const struct moderation_word *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        take(cookie, &words[i]);
}

static struct found look(const char *text)
{
    struct found f = {.minors = 0};
    struct moderation_word_sink sink = {take_words, &f};
    struct moderation_words w;

    moderation_word_begin(&w);
    moderation_word_feed(&w, (struct span){text, strlen(text)}, &sink);
    moderation_word_end(&w, &sink);
    return f;
}

static void has(const char *text, int minors, int adults)
{
    struct found f = look(text);

    if (f.minors != minors || f.adults != adults)
        fail_msg("\"%s\": %d minors and %d adults", text, f.minors, f.adults);
}

static void test_ages_under_18_are_minors(void **state)
{
    (void)state;
    has("a 14 year old", 1, 0);
    has("a 14-year-old", 1, 0);
    has("he is fourteen years old", 1, 0);
    has("14yo", 1, 0);
    has("15f here", 1, 0);
    has("f15", 1, 0);
    has("aged 9", 1, 0);
    has("when she turned sixteen", 1, 0);
    has("im 13 and bored", 1, 0);
    has("she was only twelve when", 1, 0);
    has("she was sixteen she said", 1, 0);
}

static void test_older_ones_are_adults(void **state)
{
    (void)state;
    has("an 18 year old", 0, 1);
    has("aged 40", 0, 1);
    has("25yo", 0, 1);
}

static void test_other_numbers_are_no_ages(void **state)
{
    (void)state;
    has("buy 12 eggs and 3 onions", 0, 0);
    has("in 15 minutes", 0, 0);
    has("the train was 15 minutes late", 0, 0);
    has("chapter seven", 0, 0);
    has("it is 5 o'clock", 0, 0);
    has("2015 years", 0, 0);
    has("0 years", 0, 0);
}

static void test_tidied_nothing_is_kept_but_the_word_before(void **state)
{
    struct moderation_age one = look("passw0rd12 ab9\n").age;
    struct moderation_age other = look("sec2etw0rd ab9\n").age;

    (void)state;
    moderation_age_tidy(&one);
    moderation_age_tidy(&other);
    assert_memory_equal(&one, &other, sizeof(one));
    assert_memory_equal(one.before, "ab9", one.n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ages_under_18_are_minors),
        cmocka_unit_test(test_older_ones_are_adults),
        cmocka_unit_test(test_other_numbers_are_no_ages),
        cmocka_unit_test(test_tidied_nothing_is_kept_but_the_word_before),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
