/* What leaves a stream is the same however its text was cut; what may still
 * become a hit is held back and nothing else. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy_pii.h"
#include "policy_stream_play.h"

static struct span text_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static struct terms *make_terms(const char *const *list)
{
    struct span spans[8];
    size_t n = 0, bad;
    struct terms *t;

    for (; list[n] != NULL; n++)
        spans[n] = text_of(list[n]);
    t = terms_make(FOLD_SKELETON, spans, n, &bad);
    assert_non_null(t);
    return t;
}

#define TERMS(...) make_terms((const char *const[]){__VA_ARGS__, NULL})

static struct policy_stream *open_stream(
    struct policy_detector detector, bool watch)
{
    struct policy_stream *s = policy_stream_make(&detector, 1, watch);
    size_t channel = 7;

    assert_non_null(s);
    assert_int_equal(policy_stream_channel(s, &channel), 0);
    assert_int_equal(channel, 0);
    return s;
}

static void test_clean_text_passes(void **state)
{
    struct terms *t = TERMS("refund", "und so");

    (void)state;
    policy_stream_play(policy_terms_fire(t),
        "r\xc3\xa9 funds re-f\n\xf0\x9f\x98\x80 refun",
        "r\xc3\xa9 funds re-f\n\xf0\x9f\x98\x80 refun");
    terms_free(t);
}

static void test_nothing_of_a_hit_leaves(void **state)
{
    struct terms *t = TERMS("refund", "fun");

    (void)state;
    policy_stream_play(policy_terms_fire(t), "no refund", "no re!");
    policy_stream_play(policy_terms_fire(t),
        "a r\xe2\x80\x8b"
        "efu nd r\xd0\xb5"
        "\xef\xbd\x86"
        "UN",
        "a r\xe2\x80\x8b"
        "efu nd r\xd0\xb5!");
    terms_free(t);
}

static void test_the_longest_of_those_that_end_together_is_cut(void **state)
{
    struct terms *t = TERMS("big fund", "fund");

    (void)state;
    policy_stream_play(policy_terms_fire(t), "a big fund", "a !");
    terms_free(t);
}

static void test_spans_are_replaced(void **state)
{
    struct terms *t = TERMS("bad", "adder", "worse");

    (void)state;
    policy_stream_play(policy_terms_replace(t), "a bad, BADDER, WORSEbad",
        "a [removed], [removed], [removed][removed]");
    policy_stream_play(policy_terms_replace(t), "badde", "[removed]de");
    policy_stream_play(policy_terms_replace(t), "b a d", "b a d");
    terms_free(t);
}

static void test_references_do_not_hide_terms(void **state)
{
    struct terms *t = TERMS("bad", "a&amp;b");

    (void)state;
    policy_stream_play(policy_terms_fire(t), "a %62&#97;d", "a !");
    policy_stream_play(policy_terms_fire(t), "a&amp;b", "!");
    policy_stream_play(policy_terms_replace(t),
        "a b&#97;d&amp; %42%41%44s a&#38", "a [removed]&amp; [removed]s a&#38");
    policy_stream_play(policy_terms_replace(t), "AT&T 50% off &a %d b&#97;",
        "AT&T 50% off &a %d b&#97;");
    terms_free(t);
}

static void test_only_what_is_live_is_held(void **state)
{
    struct terms *t = TERMS("refund");
    struct policy_stream *s = open_stream(policy_terms_fire(t), false);
    struct buf out = {0};

    (void)state;
    policy_stream_feed(s, 0, text_of("a ref"), &out);
    assert_string_equal(buf_terminate(&out), "a ");
    assert_int_equal(policy_stream_held(s, 0).n, 3);
    policy_stream_feed(s, 0, text_of("use"), &out);
    assert_string_equal(buf_terminate(&out), "a refuse");
    assert_int_equal(policy_stream_held(s, 0).n, 0);
    policy_stream_free(s);
    terms_free(t);
    buf_free(&out);
}

/* What is not to be seen keeps a beginning of a term alive. */
static void test_more_than_may_be_held_fails(void **state)
{
    enum { PIECE = 1 << 20 };
    struct terms *t = TERMS("refund");
    struct policy_stream *s = open_stream(policy_terms_fire(t), false);
    enum policy_stream_state rc = POLICY_STREAM_GOES;
    char *unseen = malloc(PIECE);
    struct buf out = {0};
    size_t pieces = 0;

    (void)state;
    assert_non_null(unseen);
    memset(unseen, 0x7f, PIECE);
    policy_stream_feed(s, 0, text_of("ref"), &out);
    for (; rc == POLICY_STREAM_GOES && pieces < 64; pieces++)
        rc = policy_stream_feed(s, 0, (struct span){unseen, PIECE}, &out);
    assert_int_equal(rc, POLICY_STREAM_NO_MEMORY);
    assert_int_equal(pieces, POLICY_HELD_MAX / PIECE);
    assert_int_equal(
        policy_stream_feed(s, 0, text_of("x"), &out), POLICY_STREAM_NO_MEMORY);
    assert_int_equal(out.len, 0);
    free(unseen);
    policy_stream_free(s);
    terms_free(t);
    buf_free(&out);
}

static void test_so_many_channels_may_be_open(void **state)
{
    struct terms *t = TERMS("refund");
    struct policy_stream *s = open_stream(policy_terms_fire(t), false);
    size_t channel;

    (void)state;
    for (size_t i = 1; i < POLICY_CHANNELS; i++)
        assert_int_equal(policy_stream_channel(s, &channel), 0);
    assert_int_equal(policy_stream_channel(s, &channel), -1);
    policy_stream_close(s, 7);
    assert_int_equal(policy_stream_channel(s, &channel), 0);
    assert_int_equal(channel, 7);
    policy_stream_free(s);
    terms_free(t);
}

static void test_only_an_open_reference_is_held(void **state)
{
    struct terms *t = TERMS("refund");
    struct policy_stream *s = open_stream(policy_terms_fire(t), false);
    struct buf out = {0};

    (void)state;
    policy_stream_feed(s, 0, text_of("AT&"), &out);
    assert_string_equal(buf_terminate(&out), "AT");
    policy_stream_feed(s, 0, text_of("T 100%"), &out);
    assert_string_equal(buf_terminate(&out), "AT&T 100");
    policy_stream_feed(s, 0, text_of(" &#9"), &out);
    assert_string_equal(buf_terminate(&out), "AT&T 100% ");
    policy_stream_feed(s, 0, text_of("7;"), &out);
    assert_string_equal(buf_terminate(&out), "AT&T 100% &#97;");
    policy_stream_feed(s, 0, text_of(" &#114;"), &out);
    assert_int_equal(policy_stream_held(s, 0).n, 6);
    policy_stream_feed(s, 0, text_of("x&#000000000000000"), &out);
    assert_int_equal(policy_stream_held(s, 0).n, 17);
    policy_stream_feed(s, 0, text_of("000"), &out);
    assert_int_equal(policy_stream_held(s, 0).n, 0);
    policy_stream_free(s);
    terms_free(t);
    buf_free(&out);
}

static void test_channels_do_not_mix(void **state)
{
    struct terms *t = TERMS("refund");
    struct policy_stream *s = open_stream(policy_terms_fire(t), false);
    struct buf text = {0}, reasoning = {0};
    size_t channel;

    (void)state;
    assert_int_equal(policy_stream_channel(s, &channel), 0);
    assert_int_equal(channel, 1);
    policy_stream_feed(s, 0, text_of("x ref"), &text);
    policy_stream_feed(s, 1, text_of("und"), &reasoning);
    assert_string_equal(buf_terminate(&text), "x ");
    assert_string_equal(buf_terminate(&reasoning), "und");
    assert_int_equal(
        policy_stream_feed(s, 0, text_of("und"), &text), POLICY_STREAM_FIRED);
    assert_int_equal(policy_stream_feed(s, 1, text_of("more"), &reasoning),
        POLICY_STREAM_FIRED);
    assert_string_equal(buf_terminate(&reasoning), "und");
    policy_stream_free(s);
    terms_free(t);
    buf_free(&text);
    buf_free(&reasoning);
}

static void test_what_fired_is_told(void **state)
{
    struct terms *t = TERMS("fund", "later", "refund");
    struct policy_stream *s = open_stream(policy_terms_fire(t), false);
    const struct policy_finding *firing;
    struct buf out = {0};
    size_t count;

    (void)state;
    policy_stream_feed(s, 0, text_of("a refund, later"), &out);
    firing = policy_stream_found(s, &count);
    assert_int_equal(count, 2);
    assert_int_equal(firing[0].what, 2);
    assert_int_equal(firing[0].begin, 2);
    assert_int_equal(firing[0].end, 8);
    assert_int_equal(firing[1].what, 0);
    policy_stream_free(s);
    terms_free(t);
    buf_free(&out);
}

static void test_a_watched_stream_is_not_touched(void **state)
{
    struct terms *t = TERMS("refund", "bad");
    struct policy_stream *s = open_stream(policy_terms_fire(t), true);
    struct buf out = {0};
    size_t count;

    (void)state;
    policy_stream_feed(s, 0, text_of("a refund, refun"), &out);
    assert_string_equal(buf_terminate(&out), "a refund, refun");
    assert_int_equal(
        policy_stream_feed(s, 0, text_of("d bad"), &out), POLICY_STREAM_GOES);
    assert_string_equal(buf_terminate(&out), "a refund, refund bad");
    policy_stream_found(s, &count);
    assert_int_equal(count, 2);
    policy_stream_free(s);
    terms_free(t);
    buf_free(&out);
}

/* One detector replaces, another fires: what was whole before the place of the
 * firing is replaced, and no more. */
static void test_detectors_stand_beside_each_other(void **state)
{
    struct terms *out_of = TERMS("mail", "stop it"), *fire = TERMS("stop");
    struct policy_detector detectors[] = {
        policy_terms_replace(out_of), policy_terms_fire(fire)};
    struct buf out = {0};
    size_t channel;

    (void)state;
    for (size_t size = 1; size < 24; size++) {
        struct policy_stream *s = policy_stream_make(detectors, 2, false);
        const char *text = "my mail, stop it mail";
        enum policy_stream_state state_now = POLICY_STREAM_GOES;

        buf_reset(&out);
        assert_int_equal(policy_stream_channel(s, &channel), 0);
        for (size_t at = 0; at < strlen(text); at += size)
            state_now = policy_stream_feed(s, 0,
                (struct span){text + at,
                    strlen(text) - at < size ? strlen(text) - at : size},
                &out);
        assert_int_equal(state_now, POLICY_STREAM_FIRED);
        assert_string_equal(buf_terminate(&out), "my [removed], ");
        policy_stream_free(s);
    }
    terms_free(out_of);
    terms_free(fire);
    buf_free(&out);
}

/* Run a text in pieces of a size through two detectors. */
static struct policy_stream *run_two(const struct policy_detector *detectors,
    const char *text, size_t size, struct buf *out)
{
    struct policy_stream *s = policy_stream_make(detectors, 2, false);
    enum policy_stream_state state = POLICY_STREAM_GOES;
    size_t n = strlen(text), channel;

    buf_reset(out);
    assert_non_null(s);
    assert_int_equal(policy_stream_channel(s, &channel), 0);
    for (size_t at = 0; at < n && state == POLICY_STREAM_GOES; at += size)
        state = policy_stream_feed(
            s, 0, (struct span){text + at, n - at < size ? n - at : size}, out);
    if (state == POLICY_STREAM_GOES)
        policy_stream_end(s, 0, out);
    return s;
}

/* An address is one only when its end is seen; for it the text ends with what
 * fires. */
static void test_what_is_replaced_does_not_leave_before_a_firing(void **state)
{
    static const uint32_t kinds = PII_ALL;
    struct terms *fire = TERMS("com", "stop", "4567", "\xea\xb0\x80");
    struct policy_detector detectors[] = {
        policy_pii_replace(&kinds), policy_terms_fire(fire)};
    struct policy_stream *s;
    struct buf out = {0};

    (void)state;
    for (size_t size = 1; size < 32; size++) {
        s = run_two(detectors, "to joe@example.com, x", size, &out);
        assert_string_equal(buf_terminate(&out), "to [REDACTED_EMAIL]");
        policy_stream_free(s);
        s = run_two(detectors, "to 555-123-4567-89", size, &out);
        assert_string_equal(buf_terminate(&out), "to [REDACTED_PHONE]");
        policy_stream_free(s);
        s = run_two(detectors, "to \xea\xb0\x80\xe2\x80\x8b x", size, &out);
        assert_string_equal(buf_terminate(&out), "to ");
        policy_stream_free(s);
        s = run_two(detectors, "to joe@example.netstop x", size, &out);
        assert_string_equal(buf_terminate(&out), "to [REDACTED_EMAIL]");
        policy_stream_free(s);
    }
    terms_free(fire);
    buf_free(&out);
}

static void test_the_kinds_of_what_was_replaced_are_told(void **state)
{
    static const uint32_t kinds = PII_ALL;
    struct terms *out_of = TERMS("bad");
    struct policy_detector detectors[] = {
        policy_terms_replace(out_of), policy_pii_replace(&kinds)};
    struct buf out = {0};
    struct policy_stream *s = run_two(detectors,
        "joe@example.com, "
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3",
        7, &out);

    (void)state;
    assert_int_equal(policy_stream_whats(s, 0), 0);
    assert_int_equal(
        policy_stream_whats(s, 1), PII_BIT(PII_EMAIL) | PII_BIT(PII_KEY));
    policy_stream_free(s);
    terms_free(out_of);
    buf_free(&out);
}

static void test_kinds_are_told_behind_more_than_is_noted(void **state)
{
    enum { MANY = POLICY_NOTED + 10 };
    static const uint32_t kinds = PII_ALL;
    static char words[MANY][8];
    struct span list[MANY];
    struct buf text = {0}, out = {0};
    struct policy_detector detectors[2];
    struct policy_stream *s;
    struct terms *t;
    size_t bad;

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        list[i] = (struct span){
            words[i], (size_t)snprintf(words[i], 8, "w%03zuw", i)};
        buf_printf(&text, "%s ", words[i]);
    }
    buf_puts(&text, "joe@example.com");
    t = terms_make(FOLD_PLAIN, list, MANY, &bad);
    assert_non_null(t);
    detectors[0] = policy_terms_replace(t);
    detectors[1] = policy_pii_replace(&kinds);
    s = run_two(detectors, buf_terminate(&text), 64, &out);
    assert_int_equal(policy_stream_whats(s, 1), PII_BIT(PII_EMAIL));
    policy_stream_free(s);
    terms_free(t);
    buf_free(&text);
    buf_free(&out);
}

static void test_where_text_leaves_is_told(void **state)
{
    struct terms *t = TERMS("bad");
    struct policy_detector replace = policy_terms_replace(t);
    struct policy_detector fire = policy_terms_fire(t);
    const struct policy_cut *cuts;
    struct policy_stream *s;
    struct buf out = {0};
    size_t channel, count;

    (void)state;
    s = policy_stream_make(&replace, 1, false);
    assert_int_equal(policy_stream_channel(s, &channel), 0);
    policy_stream_feed(s, channel, (struct span){"a bad b", 7}, &out);
    assert_int_equal(policy_stream_left(s, channel), 6);
    cuts = policy_stream_cuts(s, channel, &count);
    assert_int_equal(count, 1);
    assert_int_equal(cuts[0].begin, 2);
    assert_int_equal(cuts[0].end, 5);
    assert_string_equal(cuts[0].by, "[removed]");
    policy_stream_free(s);

    s = policy_stream_make(&fire, 1, false);
    assert_int_equal(policy_stream_channel(s, &channel), 0);
    policy_stream_feed(s, channel, (struct span){"a bad", 5}, &out);
    assert_true(policy_stream_left(s, channel) == UINT64_MAX);
    policy_stream_free(s);
    terms_free(t);
    buf_free(&out);
}

static void test_the_number_of_a_closed_channel_is_given_again(void **state)
{
    struct terms *t = TERMS("bad");
    struct policy_detector replace = policy_terms_replace(t);
    struct policy_stream *s = policy_stream_make(&replace, 1, false);
    struct buf out = {0};
    size_t first, second, third;

    (void)state;
    assert_int_equal(policy_stream_channel(s, &first), 0);
    assert_int_equal(policy_stream_channel(s, &second), 0);
    policy_stream_feed(s, first, (struct span){"b", 1}, &out);
    policy_stream_close(s, first);
    assert_int_equal(policy_stream_channel(s, &third), 0);
    assert_int_equal(third, first);
    policy_stream_feed(s, third, (struct span){"ad", 2}, &out);
    policy_stream_end(s, third, &out);
    assert_string_equal(buf_terminate(&out), "ad");
    policy_stream_free(s);
    terms_free(t);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean_text_passes),
        cmocka_unit_test(test_nothing_of_a_hit_leaves),
        cmocka_unit_test(test_the_longest_of_those_that_end_together_is_cut),
        cmocka_unit_test(test_spans_are_replaced),
        cmocka_unit_test(test_references_do_not_hide_terms),
        cmocka_unit_test(test_only_what_is_live_is_held),
        cmocka_unit_test(test_more_than_may_be_held_fails),
        cmocka_unit_test(test_so_many_channels_may_be_open),
        cmocka_unit_test(test_only_an_open_reference_is_held),
        cmocka_unit_test(test_channels_do_not_mix),
        cmocka_unit_test(test_what_fired_is_told),
        cmocka_unit_test(test_a_watched_stream_is_not_touched),
        cmocka_unit_test(test_detectors_stand_beside_each_other),
        cmocka_unit_test(test_what_is_replaced_does_not_leave_before_a_firing),
        cmocka_unit_test(test_the_kinds_of_what_was_replaced_are_told),
        cmocka_unit_test(test_kinds_are_told_behind_more_than_is_noted),
        cmocka_unit_test(test_where_text_leaves_is_told),
        cmocka_unit_test(test_the_number_of_a_closed_channel_is_given_again),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
