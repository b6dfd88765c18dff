/* An answer comes out the same however it is cut: every term at every place of
 * texts in many scripts, cut at random, also inside of characters and as JSON
 * escapes. With a number as its argument, that many cuts instead of a sample.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/json.h"
#include "core/policy_stream.h"
#include "core/utf8.h"

static unsigned long rounds = 20000;

static const char *const terms[] = {"bad", "badly done", "adder", "zz",
    "project x", "na\xc3\xafve plan",
    "\xd0\xbf\xd0\xbb\xd0\xbe\xd1\x85\xd0\xbe", "\xe7\xa6\x81\xe8\xaf\x8d",
    "\xea\xb0\x80\xeb\x82\x98", "\xe3\x81\x8c\xe3\x81\x8e",
    "\xf0\x9f\x92\xa3\xf0\x9f\x94\xa5",
    "\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xb7\xe0\xa4\xae", "l0l", "a\"b\\c\n"};

/* None of the terms, but much that begins like one. */
static const char *const texts[] = {
    "Good words, ba dly z adde ba projec proj ect",
    "\xd0\x9f\xd0\xbb\xd0\xbe\xd1\x82 \xd0\xbf\xd0\xbb\xd0\xbe\xd1\x85 "
    "na\xc3\xafve \xe2\x80\x8b\xcc\x81 e\xcc\x81 pla\xe2\x80\xa6",
    "\xe7\xa6\x81 \xe8\xaf\x8d \xea\xb0\x80 \xea\xb0\x81\xeb\x82\x98 "
    "\xe3\x81\x8b\xe3\x82\x99\xe3\x81\x8d \xf0\x9f\x92\xa3 "
    "\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xb7",
    "{\"a\": \"b \\ c\", \"n\": [0, 1], \"ba\": \"l0 \xf0\x9f\x92\xa3\xf0\x9f"
    "\x92\xa3\"}"};

enum {
    TERMS = sizeof(terms) / sizeof(terms[0]),
    TEXTS = sizeof(texts) / sizeof(texts[0])
};

static uint64_t random_state = 0x9e3779b97f4a7c15u;

static size_t random_below(size_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % limit);
}

static struct terms *compiled(void)
{
    struct span list[TERMS];
    struct terms *t;
    size_t bad;

    for (size_t i = 0; i < TERMS; i++)
        list[i] = (struct span){terms[i], strlen(terms[i])};
    t = terms_make(FOLD_SKELETON, list, TERMS, &bad);
    assert_non_null(t);
    return t;
}

/* A piece as an upstream may say it: all escapes. Only whole characters can
 * be. */
static void feed_escaped(
    struct policy_stream *s, struct span piece, struct buf *out)
{
    struct buf json = {0}, scratch = {0};
    struct json_doc doc = {0};

    buf_puts(&json, "\"");
    for (size_t i = 0; i < piece.n; i++) {
        if ((uint8_t)piece.p[i] < 0x80)
            buf_printf(&json, "\\u%04x", (unsigned)(uint8_t)piece.p[i]);
        else
            buf_put(&json, piece.p + i, 1);
    }
    buf_puts(&json, "\"");
    assert_int_equal(json_parse(&doc, json.data, json.len), JSON_OK);
    policy_stream_feed(s, 0, json_view(&doc, 0, &scratch), out);
    json_free(&doc);
    buf_free(&json);
    buf_free(&scratch);
}

static void feed(struct policy_stream *s, struct span piece, struct buf *out)
{
    char *copy;

    if (piece.n > 0 && utf8_valid(piece) && random_below(4) == 0) {
        feed_escaped(s, piece, out);
        return;
    }
    copy = malloc(piece.n + 1);
    assert_non_null(copy);
    memcpy(copy, piece.p, piece.n);
    policy_stream_feed(s, 0, (struct span){copy, piece.n}, out);
    free(copy);
}

/* Run a text in pieces of up to most bytes. */
static bool run(struct policy_detector detector, struct span text, size_t most,
    struct buf *out)
{
    struct policy_stream *s = policy_stream_make(&detector, 1, false);
    enum policy_stream_state state;
    size_t step, channel;

    buf_reset(out);
    assert_non_null(s);
    assert_int_equal(policy_stream_channel(s, &channel), 0);
    for (size_t at = 0; at < text.n; at += step) {
        step = random_below(most + 1);
        step = text.n - at < step ? text.n - at : step;
        feed(s, (struct span){text.p + at, step}, out);
    }
    state = policy_stream_end(s, channel, out);
    assert_int_not_equal(state, POLICY_STREAM_NO_MEMORY);
    policy_stream_free(s);
    return state == POLICY_STREAM_FIRED;
}

static bool count(void *cookie, const struct terms_hit *hit)
{
    (void)hit;
    ++*(size_t *)cookie;
    return false;
}

static size_t hits(const struct terms *t, const struct buf *text)
{
    struct terms_scan *s = terms_scan_make(t);
    size_t n = 0;
    struct terms_sink sink = {count, &n};

    assert_non_null(s);
    terms_scan_feed(s, (struct span){text->data, text->len}, &sink);
    terms_scan_end(s, &sink);
    terms_scan_free(s);
    return n;
}

static bool same(const struct buf *x, struct span y)
{
    return x->len == y.n && (y.n == 0 || memcmp(x->data, y.p, y.n) == 0);
}

/* Which text with which term at which place comes next; every term is at
 * every place between characters once in a while. */
struct sample {
    size_t text;
    size_t term;
    size_t at;
};

static void next(struct sample *s)
{
    const char *text = texts[s->text];

    do
        s->at++;
    while (((uint8_t)text[s->at < strlen(text) ? s->at : 0] & 0xc0) == 0x80);
    if (s->at <= strlen(text))
        return;
    s->at = 0;
    s->term = (s->term + 1) % TERMS;
    if (s->term == 0)
        s->text = (s->text + 1) % TEXTS;
}

static void put_sample(const struct sample *s, struct buf *text)
{
    buf_reset(text);
    buf_put(text, texts[s->text], s->at);
    buf_puts(text, terms[s->term]);
    buf_puts(text, texts[s->text] + s->at);
}

static size_t random_size(size_t n)
{
    static const size_t sizes[] = {1, 2, 3, 5, 8, 16};
    size_t i = random_below(sizeof(sizes) / sizeof(sizes[0]) + 1);

    return i < sizeof(sizes) / sizeof(sizes[0]) ? sizes[i] : n;
}

static void check_cuts(struct policy_detector detector, bool fires)
{
    struct terms *t = compiled();
    struct buf text = {0}, whole = {0}, cut = {0};
    unsigned long leaks = 0, differences = 0, missed = 0;
    struct sample s = {0};
    struct span all;
    bool fired;

    detector.rules = t;
    for (unsigned long i = 0; i < rounds; i++, next(&s)) {
        put_sample(&s, &text);
        all = (struct span){text.data, text.len};
        fired = run(detector, all, all.n, &whole);
        missed += fired != fires || same(&whole, all);
        run(detector, all, random_size(all.n), &cut);
        differences += !same(&cut, (struct span){whole.data, whole.len});
        leaks += hits(t, &cut) > 0;
    }
    print_message("# %lu cuts: %lu leaks, %lu different, %lu missed\n", rounds,
        leaks, differences, missed);
    assert_int_equal(leaks, 0);
    assert_int_equal(differences, 0);
    assert_int_equal(missed, 0);
    terms_free(t);
    buf_free(&text);
    buf_free(&whole);
    buf_free(&cut);
}

static void test_what_fires_leaks_nothing_in_any_cut(void **state)
{
    (void)state;
    check_cuts(policy_terms_fire(NULL), true);
}

static void test_what_is_replaced_leaks_nothing_in_any_cut(void **state)
{
    (void)state;
    check_cuts(policy_terms_replace(NULL), false);
}

static void test_clean_text_is_the_same_in_any_cut(void **state)
{
    struct terms *t = compiled();
    unsigned long altered = 0;
    struct buf cut = {0};
    struct span all;

    (void)state;
    for (unsigned long i = 0; i < rounds; i++) {
        all = (struct span){texts[i % TEXTS], strlen(texts[i % TEXTS])};
        altered += run(policy_terms_fire(t), all, random_size(all.n), &cut) ||
                   !same(&cut, all);
    }
    print_message("# %lu cuts: %lu altered\n", rounds, altered);
    assert_int_equal(altered, 0);
    terms_free(t);
    buf_free(&cut);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_fires_leaks_nothing_in_any_cut),
        cmocka_unit_test(test_what_is_replaced_leaks_nothing_in_any_cut),
        cmocka_unit_test(test_clean_text_is_the_same_in_any_cut),
    };

    if (argc > 1)
        rounds = strtoul(argv[1], NULL, 10);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
