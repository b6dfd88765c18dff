/* A conversation that is read on from where it was remembered is judged as if
 * all of it were read, to the last bit; nobody finds what another has said, and
 * what is forgotten is not found. Clock and key are scripted, so that who has
 * to give way is always the same one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/said.h"
#include "loop_play.h"
#include "recall.h"
#include "tests/core/moderation_weights.h"
#include "tests/db/allocs.h"

enum { TEXTS = 12, ROOM = 2000, MANY = 100000, MINUTE = 60 * 1000 };

static struct {
    struct loop *loop;
    struct recall *recall;
    uint64_t now;            /* milliseconds */
    void (*meanwhile)(void); /* happens when the time was looked at; or NULL */
    unsigned allocations;    /* until one fails; 0: none does any more */
    char letters[TEXTS][ROOM];
    struct policy_input said[TEXTS];
} stage;

static const struct span ann = {"ann", 3}, bob = {"bob", 3};

/* In the place of the C library's. */
int clock_gettime(clockid_t id, struct timespec *ts)
{
    const uint64_t now = stage.now;
    void (*meanwhile)(void) = stage.meanwhile;

    (void)id;
    stage.meanwhile = NULL;
    if (meanwhile != NULL)
        meanwhile();
    ts->tv_sec = (time_t)(now / 1000);
    ts->tv_nsec = (long)(now % 1000) * 1000000;
    return 0;
}

/* In the place of libsodium's. */
void randombytes_buf(void *const buf, const size_t size)
{
    memset(buf, 0x5a, size);
}

static int set_up(void **state)
{
    (void)state;
    stage.now = MINUTE;
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

/* Whether ${m}, which is freed, stands where all ${texts} lead. */
static void check_scores(
    struct moderation *m, const struct policy_input *texts, size_t count)
{
    double scores[MODERATION_CATEGORIES], anew[MODERATION_CATEGORIES];
    struct moderation *whole = moderation_begin(moderation_weights());

    said_feed(texts, count, whole);
    moderation_score(m, scores);
    moderation_score(whole, anew);
    assert_memory_equal(scores, anew, sizeof(scores));
    moderation_free(m);
    moderation_free(whole);
}

/* How many of ${texts} are not read when they are judged. */
static size_t hear_texts(
    struct span owner, const struct policy_input *texts, size_t count)
{
    size_t known;

    stage.now++;
    check_scores(recall_read(stage.recall, owner, moderation_weights(), texts,
                     count, &known),
        texts, count);
    return known;
}

static size_t hear(struct span owner, size_t count)
{
    return hear_texts(owner, stage.said, count);
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

static void ask_again(void)
{
    assert_int_equal(hear(ann, 6), 6);
}

/* As another thread may. */
static void test_what_is_asked_for_meanwhile_is_not_forgotten(void **state)
{
    (void)state;
    says_all(0);
    hear(ann, 6);
    stage.meanwhile = ask_again;
    recall_forget(stage.recall, MINUTE);
    assert_int_equal(hear(ann, 6), 6);
}

static void pass_minutes(unsigned minutes)
{
    for (unsigned half = 2 * minutes; half > 0; half--) {
        stage.now += MINUTE / 2;
        loop_play_turn(stage.loop);
    }
}

static void test_what_nobody_asks_for_stays_ten_minutes_at_most(void **state)
{
    (void)state;
    says_all(0);
    stage.now += MINUTE / 2;
    hear(ann, 6);
    pass_minutes(8);
    assert_int_equal(hear(ann, 6), 6);
    pass_minutes(8);
    assert_int_equal(hear(ann, 6), 6);
    pass_minutes(10);
    assert_int_equal(hear(ann, 6), 0);
}

static void test_texts_may_be_many_and_small(void **state)
{
    static const char letters[] = "a b c d e f g h ";
    static struct policy_input texts[MANY + 1];

    (void)state;
    for (size_t i = 0; i <= MANY; i++)
        texts[i] = (struct policy_input){{letters + i % 16, 1}, i % 3 != 0};
    assert_int_equal(hear_texts(ann, texts, MANY), 0);
    assert_int_equal(hear_texts(ann, texts, MANY + 1), MANY);
}

static bool may_allocate(void)
{
    return stage.allocations == 0 || --stage.allocations > 0;
}

/* Hear ${count} texts, with the ${n}th allocation failing. Returns whether
 * there were so many. */
static bool hear_in_want(size_t count, unsigned n)
{
    struct moderation *m;
    size_t known;
    bool failed;

    stage.allocations = n;
    allocs_hook(may_allocate);
    m = recall_read(
        stage.recall, ann, moderation_weights(), stage.said, count, &known);
    allocs_hook(NULL);
    failed = stage.allocations == 0;
    if (m != NULL)
        check_scores(m, stage.said, count);
    else
        assert_true(failed);
    return failed;
}

/* Anew, and when some is known. */
static void test_without_memory_less_is_remembered(void **state)
{
    unsigned n = 0;
    bool failed;

    (void)state;
    do {
        says_all(n++);
        failed = hear_in_want(6, n);
        hear(ann, 6);
        failed = hear_in_want(9, n) || failed;
        assert_in_range(hear(ann, 9), 6, 9);
    } while (failed);
    assert_true(n > 4);
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
            test_what_is_asked_for_meanwhile_is_not_forgotten, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_what_nobody_asks_for_stays_ten_minutes_at_most, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            test_texts_may_be_many_and_small, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_without_memory_less_is_remembered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_the_oldest_gives_way, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(
        tests, moderation_weights_open, moderation_weights_close);
}
