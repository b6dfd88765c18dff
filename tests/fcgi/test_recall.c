/* A conversation that is read on from where it was remembered is judged as if
 * all of it were read, to the last bit; nobody finds what another has said, and
 * what is forgotten is not found. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/said.h"
#include "recall.h"
#include "tests/core/moderation_weights.h"

enum { TEXTS = 12, ROOM = 2000 };

static struct {
    struct loop *loop;
    struct recall *recall;
    char letters[TEXTS][ROOM];
    struct policy_input said[TEXTS];
} stage;

static const struct span ann = {"ann", 3}, bob = {"bob", 3};

static int set_up(void **state)
{
    (void)state;
    stage.loop = loop_create();
    stage.recall = stage.loop != NULL ? recall_create(stage.loop) : NULL;
    return stage.recall != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    recall_free(stage.recall);
    loop_free(stage.loop);
    return 0;
}

/* A turn is two texts. Words of which some are of a category, so that every
 * text moves the scores; what ends without a space goes on in the next text. */
static void say(size_t which, unsigned seed)
{
    static const char *const words[] = {"bread ", "soup, ", "I ", "want to ",
        "kill ", "hurt ", "myself. ", "you ", "stupid\n", "idiot! ", "s-u-i ",
        "\"never\" ", "17 years ", "na\xc3\xafve ", "gun", "the "};
    char *to = stage.letters[which];
    size_t n = 0;

    srand(seed);
    while (n + 16 < ROOM) {
        const char *word = words[(size_t)rand() % 16];

        memcpy(to + n, word, strlen(word));
        n += strlen(word);
    }
    stage.said[which] = (struct policy_input){{to, n}, which % 2 == 1};
}

/* How many of the first ${count} texts are not read when these are judged. */
static size_t hear(struct span owner, size_t count)
{
    double scores[MODERATION_CATEGORIES], anew[MODERATION_CATEGORIES];
    struct moderation *m, *whole = moderation_begin(moderation_weights());
    size_t known;

    m = recall_read(
        stage.recall, owner, moderation_weights(), stage.said, count, &known);
    said_feed(stage.said, count, whole);
    moderation_score(m, scores);
    moderation_score(whole, anew);
    assert_memory_equal(scores, anew, sizeof(scores));
    moderation_free(m);
    moderation_free(whole);
    return known;
}

static void says_all(unsigned seed)
{
    for (size_t i = 0; i < TEXTS; i++)
        say(i, seed * TEXTS + (unsigned)i);
}

static void test_each_turn_is_read_once(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 50; seed++) {
        says_all(seed);
        assert_int_equal(hear(ann, 3), 0);
        for (size_t count = 4; count <= TEXTS; count++)
            assert_int_equal(hear(ann, count), count - 1);
        assert_int_equal(hear(ann, TEXTS), TEXTS);
        assert_int_equal(hear(ann, 7), 7);
    }
}

static void test_a_last_turn_that_is_another_is_read(void **state)
{
    (void)state;
    says_all(0);
    hear(ann, 8);
    say(7, 999);
    assert_int_equal(hear(ann, 8), 6);
    assert_int_equal(hear(ann, 8), 8);
    stage.letters[0][0] ^= 1;
    assert_int_equal(hear(ann, 8), 0);
}

/* The same letters, but the end of one text is the beginning of the next. */
static void test_texts_end_where_they_end(void **state)
{
    (void)state;
    says_all(0);
    memmove(stage.letters[0] + stage.said[0].text.n, stage.letters[1], 10);
    hear(ann, 5);
    stage.said[0].text.n += 10;
    stage.said[1].text.p += 10;
    stage.said[1].text.n -= 10;
    assert_int_equal(hear(ann, 5), 0);
}

static void test_nobody_finds_what_others_said(void **state)
{
    (void)state;
    says_all(0);
    hear(ann, 6);
    assert_int_equal(hear(bob, 6), 0);
    assert_int_equal(hear(bob, 6), 6);
}

static void test_short_texts_are_not_remembered(void **state)
{
    (void)state;
    says_all(0);
    assert_int_equal(hear(ann, 2), 0);
    assert_int_equal(hear(ann, 2), 0);
}

static void test_what_is_forgotten_is_read(void **state)
{
    (void)state;
    says_all(0);
    hear(ann, 6);
    recall_forget(stage.recall, 1000 * 1000 * 1000);
    assert_int_equal(hear(ann, 6), 6);
    recall_forget(stage.recall, 0);
    assert_int_equal(hear(ann, 6), 0);
}

static void test_the_oldest_gives_way(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 3000; seed++) {
        says_all(seed);
        assert_int_equal(hear(ann, 3), 0);
        assert_int_equal(hear(ann, 4), 3);
    }
    says_all(0);
    assert_int_equal(hear(ann, 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_each_turn_is_read_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_a_last_turn_that_is_another_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_texts_end_where_they_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_nobody_finds_what_others_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_short_texts_are_not_remembered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_what_is_forgotten_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_the_oldest_gives_way, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(
        tests, moderation_weights_open, moderation_weights_close);
}
