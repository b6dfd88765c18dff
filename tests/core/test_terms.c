/* Every term is found wherever it is and however it is written, with its place
 * in the original; what only resembles one is not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "terms_play.h"

/* ---- places ---- */

static void test_a_term_is_found_in_a_text(void **state)
{
    (void)state;
    terms_play("our Refund Policy.", "0:4-17 ", "refund policy");
    terms_play("nothing here", "", "refund policy");
    terms_play("aXbXc", "0:1-2 0:3-4 ", "x");
}

static void test_terms_may_lie_in_each_other(void **state)
{
    (void)state;
    terms_play("ushers", "1:1-4 0:2-4 3:2-6 ", "he", "she", "his", "hers");
    terms_play("aaa", "1:0-2 0:0-2 1:1-3 0:1-3 ", "aa", "AA");
    terms_play("abcd", "1:1-3 ", "abce", "bc");
    terms_play("abcd", "2:0-4 1:1-4 0:2-4 ", "cd", "bcd", "abcd");
}

static void test_places_are_those_of_the_original(void **state)
{
    (void)state;
    terms_play("x\xe2\x80\x8b"
               "b\xe2\x80\x8b"
               "ad\xe2\x80\x8b!",
        "0:4-10 ", "bad");
    terms_play("\xef\xbc\xa2\xef\xbd\x81\xef\xbd\x84", "0:0-9 ", "bad");
    terms_play("b\xcc\x81"
               "ad",
        "0:0-5 ", "bad");
    terms_play("b  a\n\nd", "0:0-7 ", "b a d");
}

static void test_no_list_is_no_hit(void **state)
{
    static const char *const none[] = {NULL};

    (void)state;
    terms_play_form(FOLD_SKELETON, none, "any text", "");
}

static void test_a_sink_may_have_enough(void **state)
{
    (void)state;
    terms_play_one("banana", true, "0:1-2 ");
}

/* ---- disguises ---- */

static void test_lookalikes_are_found(void **state)
{
    (void)state;
    terms_play("b\xd0\xb0"
               "d",
        "0:0-4 ", "bad"); /* Cyrillic a */
    terms_play("\xd0\x92"
               "ad",
        "0:0-4 ", "bad"); /* Cyrillic capital ve */
    terms_play("p0rn p\xd0\xbern", "0:0-4 0:5-10 ", "porn");
    terms_play("ki1l ki|l kiIl", "0:0-4 0:5-9 0:10-14 ", "kill");
    terms_play("\xd0\xb5\xd1\x85\xd1\x80\xd0\xbe", "0:0-8 ", "expo");
}

static void test_other_words_are_not_taken_for_terms(void **state)
{
    (void)state;
    terms_play("\xd0\xb2\xd0\xbe\xd1\x82", "", "bot"); /* a Russian word */
    terms_play("\xd1\x81\xd0\xbe\xd1\x80", "", "cop"); /* another */
    terms_play("101 100", "", "lol", "loo");
    terms_play("MAIL mail fiII", "", "mall", "ma1l7");
    terms_play("to co", "", "c0", "t0");
    terms_play("Ion", "", "lon");
}

static void test_terms_of_lookalikes_are_found_as_written(void **state)
{
    (void)state;
    terms_play("\xd0\x92\xd0\x9e\xd0\xa2 \xd0\xb2\xd0\xbe\xd1\x82",
        "0:0-6 0:7-13 ", "\xd0\xb2\xd0\xbe\xd1\x82");
    terms_play("10 c0 route1", "0:0-2 1:3-5 2:6-12 ", "10", "c0", "route1");
    terms_play("covid l9", "0:0-8 ", "covid 19");
}

static void test_plain_terms_know_no_disguise(void **state)
{
    (void)state;
    terms_play_plain(
        "Caf\xc3\xa9 cafe\xcc\x81 cafe", "0:0-5 0:6-12 ", "caf\xc3\xa9");
    terms_play_plain("cafe\xcc\x81", "", "cafe");
    terms_play_plain("b\xd0\xb0"
                     "d p0rn",
        "", "bad", "porn");
}

/* ---- what must be held back ---- */

static void test_the_longest_live_piece_is_known(void **state)
{
    static const char *const list[] = {"refund", "und er", "abc", "bcd", NULL};

    (void)state;
    terms_play_live("nothing at all", 14, list);
    terms_play_live("a refu", 2, list);
    terms_play_live("a refund", 5, list); /* done, but und may go on */
    terms_play_live("xabc", 2, list);     /* done, but bc may go on */
    terms_play_live("abcd", 4, list);
    terms_play_live("re\xe2\x80\x8b", 0, list);
    terms_play_live("zz\xe2\x80\x8b", 5, list);
    terms_play_live("zz\xe2\x80", 2, list);
}

/* ---- faults ---- */

static void test_terms_of_nothing_are_named(void **state)
{
    static const struct span list[] = {{"a", 1}, {"\xe2\x80\x8b", 3}};
    static const struct span blank[] = {{" \n", 2}};
    static const struct span empty[] = {{"", 0}};
    size_t bad = 7;

    (void)state;
    assert_null(terms_make(FOLD_SKELETON, list, 2, &bad));
    assert_int_equal(bad, 1);
    assert_null(terms_make(FOLD_PLAIN, blank, 1, &bad));
    assert_int_equal(bad, 0);
    assert_null(terms_make(FOLD_PLAIN, empty, 1, &bad));
    assert_int_equal(bad, 0);
}

static void test_terms_that_are_too_long_are_named(void **state)
{
    char text[TERMS_BYTES + 1];
    struct span term = {text, TERMS_BYTES};
    struct terms *t;
    size_t bad;

    (void)state;
    memset(text, 'x', sizeof(text));
    t = terms_make(FOLD_SKELETON, &term, 1, &bad);
    assert_non_null(t);
    terms_free(t);
    term.n++;
    assert_null(terms_make(FOLD_SKELETON, &term, 1, &bad));
    assert_int_equal(bad, 0);
}

/* ---- against the obvious way ---- */

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 1103515245 + 12345;
    return (random_state >> 8) % limit;
}

static struct span random_text(char *room, uint32_t letters, uint32_t most)
{
    size_t n = 1 + random_below(most);

    for (size_t i = 0; i < n; i++)
        room[i] = (char)('a' + random_below(letters));
    return (struct span){room, n};
}

static bool count_hit(void *cookie, const struct terms_hit *hit)
{
    (void)hit;
    ++*(size_t *)cookie;
    return false;
}

/* A number for a hit, so that sums of them tell whether they are the same. */
static uint64_t digest(const struct terms_hit *hit)
{
    return (hit->term + 1) * UINT64_C(0x9e3779b97f4a7c15) * (hit->begin + 1) *
           (hit->end + 7);
}

static bool add_hit(void *cookie, const struct terms_hit *hit)
{
    *(uint64_t *)cookie += digest(hit);
    return false;
}

static uint64_t search(const struct span *list, size_t count, struct span text)
{
    uint64_t sum = 0;

    for (size_t at = 0; at < text.n; at++)
        for (uint32_t i = 0; i < count; i++)
            if (text.n - at >= list[i].n &&
                memcmp(text.p + at, list[i].p, list[i].n) == 0)
                sum += digest(&(struct terms_hit){i, at, at + list[i].n});
    return sum;
}

static void check_search(const struct span *list, size_t count, struct span all)
{
    uint64_t got = 0;
    struct terms_sink sink = {add_hit, &got};
    struct terms_scan *s;
    struct terms *t;
    size_t bad;

    t = terms_make(FOLD_SKELETON, list, count, &bad);
    assert_non_null(t);
    s = terms_scan_make(t);
    terms_scan_feed(s, all, &sink);
    terms_scan_end(s, &sink);
    assert_true(got == search(list, count, all));
    terms_scan_free(s);
    terms_free(t);
}

static void test_all_hits_are_those_of_a_plain_search(void **state)
{
    static char rooms[300][8], text[4000];
    static struct span list[300];

    (void)state;
    for (int round = 0; round < 60; round++) {
        size_t count = 1 + random_below(300);

        for (size_t i = 0; i < count; i++)
            list[i] = random_text(rooms[i], 2 + random_below(6), 8);
        check_search(list, count, random_text(text, 2 + random_below(6), 4000));
    }
}

/* Some of 4000 Chinese letters, the first ones most often. */
static void put_letters(struct buf *b, size_t n)
{
    for (; n > 0; n--) {
        uint32_t cp = 0x4e00 + random_below(1 + random_below(4000));
        const char letter[] = {(char)(0xe0 | cp >> 12),
            (char)(0x80 | (cp >> 6 & 0x3f)), (char)(0x80 | (cp & 0x3f))};

        buf_put(b, letter, sizeof(letter));
    }
}

static void test_terms_of_many_letters_are_found(void **state)
{
    enum { COUNT = 3000 };
    static struct span list[COUNT];
    struct buf terms = {0}, text = {0};
    size_t ends[COUNT], at = 0;

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        put_letters(&terms, 1 + random_below(3));
        ends[i] = terms.len;
    }
    for (size_t i = 0; i < COUNT; at = ends[i++])
        list[i] = (struct span){terms.data + at, ends[i] - at};
    for (size_t i = 0; i < 500; i++) {
        at = random_below(COUNT);
        buf_put(&text, list[at].p, list[at].n);
    }
    check_search(list, COUNT, (struct span){text.data, text.len});
    buf_free(&terms);
    buf_free(&text);
}

static void test_ten_thousand_terms_are_found(void **state)
{
    static char rooms[TERMS_MAX][16];
    static struct span list[TERMS_MAX];
    struct terms_scan *s;
    struct terms *t;
    size_t bad, got = 0;
    struct terms_sink sink = {count_hit, &got};

    (void)state;
    for (size_t i = 0; i < TERMS_MAX; i++)
        list[i] = (struct span){
            rooms[i], (size_t)sprintf(rooms[i], "<%zu>", i * 7919)};
    t = terms_make(FOLD_SKELETON, list, TERMS_MAX, &bad);
    assert_non_null(t);
    assert_true(terms_size(t) > TERMS_MAX);
    s = terms_scan_make(t);
    for (size_t i = 0; i < TERMS_MAX; i++)
        terms_scan_feed(s, list[i], &sink);
    assert_int_equal(got, TERMS_MAX);
    terms_scan_free(s);
    terms_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_term_is_found_in_a_text),
        cmocka_unit_test(test_terms_may_lie_in_each_other),
        cmocka_unit_test(test_places_are_those_of_the_original),
        cmocka_unit_test(test_no_list_is_no_hit),
        cmocka_unit_test(test_a_sink_may_have_enough),
        cmocka_unit_test(test_lookalikes_are_found),
        cmocka_unit_test(test_other_words_are_not_taken_for_terms),
        cmocka_unit_test(test_terms_of_lookalikes_are_found_as_written),
        cmocka_unit_test(test_plain_terms_know_no_disguise),
        cmocka_unit_test(test_the_longest_live_piece_is_known),
        cmocka_unit_test(test_terms_of_nothing_are_named),
        cmocka_unit_test(test_terms_that_are_too_long_are_named),
        cmocka_unit_test(test_all_hits_are_those_of_a_plain_search),
        cmocka_unit_test(test_terms_of_many_letters_are_found),
        cmocka_unit_test(test_ten_thousand_terms_are_found),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
