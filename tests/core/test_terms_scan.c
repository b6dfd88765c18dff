/* Terms are found that are written with references, once decoded, and terms
 * that have references in them as they stand; with their places and in their
 * order, wherever the text is cut. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/allocs.h"
#include "terms_play.h"
#include "terms_private.h"

/* A text with its hits of a list of terms. */
struct found {
    const char *text;
    const char *hits;
    const char *terms[4];
};

static void check_each(const struct found *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        terms_play_form(
            FOLD_SKELETON, texts[i].terms, texts[i].text, texts[i].hits);
}

/* For tests that do nothing else. */
#define FOUND(...)                                                             \
    do {                                                                       \
        static const struct found texts[] = {__VA_ARGS__};                     \
                                                                               \
        (void)state;                                                           \
        check_each(texts, sizeof(texts) / sizeof(texts[0]));                   \
    } while (0)

static void test_terms_are_found_in_references(void **state)
{
    FOUND({"a b&#111;mb.", "0:2-11 ", {"bomb"}},
        {"b&#x6f;mb &#98;omb", "0:0-9 0:10-18 ", {"bomb"}},
        {"b%6Fmb bom%62 %62%6f%6d%62", "0:0-6 0:7-13 0:14-26 ", {"bomb"}},
        {"bo&shy;mb b&oacute;mb b&ocy;mb", "0:0-9 0:10-21 0:22-30 ", {"bomb"}},
        {"&lt;b&gt; &lt;", "0:0-4 1:0-9 0:10-14 ", {"<", "<b>"}},
        {"say%20it", "0:0-8 ", {"say it"}});
}

static void test_bytes_of_one_character_may_be_references(void **state)
{
    FOUND({"%D0%BF%D0%BB%D0%BE%D1%85 ", "0:0-24 ",
              {"\xd0\xbf\xd0\xbb\xd0\xbe\xd1\x85"}},
        {"\xd0%BF&#1083;\xd0\xbe%d1\x85", "0:0-17 ",
            {"\xd0\xbf\xd0\xbb\xd0\xbe\xd1\x85"}},
        {"%F0%9F%92%A3", "0:0-12 ", {"\xf0\x9f\x92\xa3"}});
}

static void test_kinds_of_references_may_mix(void **state)
{
    FOUND({"%62&#111;m&#x62", "0:0-15 ", {"bomb"}},
        {"b&#1089;%D0%B0t", "0:0-15 ", {"bcat"}});
}

static void test_nothing_is_decoded_twice(void **state)
{
    FOUND({"b%256Fmb b&amp;#111;mb b%26#111;mb b&#37;6Fmb", "", {"bomb"}},
        {"b%256Fmb", "0:0-8 ", {"b%6fmb"}},
        {"a&amp;amp;b", "0:0-11 ", {"a&amp;b"}});
}

static void test_terms_with_references_are_found_as_they_stand(void **state)
{
    FOUND({"x a&amp;b", "0:2-9 ", {"a&amp;b"}},
        {"100%25 a%20b", "0:0-6 1:7-12 ", {"100%25", "a%20b"}},
        {"&#111; &#11", "0:0-4 1:0-6 0:7-11 ", {"&#11", "&#111;"}},
        {"a&b%", "1:0-2 0:0-3 2:3-4 ", {"a&b", "a&", "%"}},
        {"at&t AT&amp;T", "0:0-4 0:5-13 ", {"at&t"}});
}

static void test_other_text_holds_no_terms(void **state)
{
    FOUND({"AT&T 50% off a&b %d &x ?a=b&c=d%", "", {"bomb", "x=1", "atsh"}},
        {"b&bogus;omb b%2 omb b&#;omb", "", {"bomb"}});
}

static void test_plain_terms_know_no_references(void **state)
{
    (void)state;
    terms_play_plain("b&#111;mb b%6fmb bomb%", "0:17-21 ", "bomb");
}

/* Until the two readings are the same again, both find the same. */
static void test_every_hit_is_told_once(void **state)
{
    FOUND(
        {"&#98;ad bad ad", "1:0-7 0:5-7 1:8-11 0:9-11 0:12-14 ", {"ad", "bad"}},
        {"%62badad", "1:0-3 1:3-4 0:4-6 0:6-8 ", {"ad", "b"}});
}

/* The same letters in both readings, but not at the same place. */
static void test_the_places_of_both_readings_are_told(void **state)
{
    FOUND({"&semi;b.", "0:0-7 0:5-7 ", {";b"}}, {"%25b", "0:0-4 ", {"%b"}});
}

static void test_two_that_are_folded_alike_are_told(void **state)
{
    FOUND({"b&aacute;d bad", "1:0-10 0:0-10 1:11-14 0:11-14 ", {"bad", "BAD"}});
}

/* What is still to come of one reading may end before what was found in the
 * other: a syllable that may get a consonant, at the end of a decoded term; and
 * one that begins with a reference and goes on with a letter. */
static void test_hits_come_by_their_ends(void **state)
{
    FOUND({"&#x61;\xea\xb0\x80&#x11a9;", "1:9-13 ", {"a\xea\xb0\x80", "&#x1"}},
        {"&#x61;\xea\xb0\x80&#x1160;x", "0:0-9 1:9-13 ",
            {"a\xea\xb0\x80", "&#x1"}},
        {"&#x1112;\xe1\x85\xa1x", "0:7-11 1:0-11 ",
            {";\xe1\x85\xa1", "\xed\x95\x98"}});
}

static void test_what_is_open_is_live(void **state)
{
    static const char *const list[] = {"bomb", "x&y", NULL};

    (void)state;
    terms_play_live("a b&#1", 2, list);
    terms_play_live("a b&#111;", 2, list);
    terms_play_live("a &#98;", 2, list);
    terms_play_live("a %6", 2, list);
    terms_play_live("a %6F", 5, list);
    terms_play_live("a &#99;", 7, list);
    terms_play_live("AT&T ", 5, list);
    terms_play_live("50% ", 4, list);
    terms_play_live("100%25x ", 8, list);
    terms_play_live("a x&#", 2, list);
    terms_play_live("a x&amp;", 2, list);
    terms_play_live("a &#x0000000000000000000", 24, list);
}

/* A hit that must wait for its turn is still to come. */
static void test_what_waits_is_live(void **state)
{
    static const char *const list[] = {";\xea\xb0\x80&", NULL};

    (void)state;
    terms_play_live("&#x78;\xea\xb0\x80&#x1", 5, list);
    terms_play_live("&#x78;\xea\xb0\x80&#x61;", 14, list);
}

/* A term may be cut in many texts: the rest of it is found by the fork, too. */
static void test_a_fork_goes_on_with_both_readings(void **state)
{
    static const char *const list[] = {"bomb", "b&#111", NULL};
    struct terms *t = terms_play_make(FOLD_SKELETON, list);
    struct terms_scan *s = terms_scan_make(t), *fork;
    struct buf out = {0};
    struct terms_sink sink = {terms_play_note, &out};

    (void)state;
    terms_scan_feed(s, (struct span){"b&#11", 5}, &sink);
    fork = terms_scan_fork(s);
    assert_non_null(fork);
    terms_scan_free(s);
    terms_scan_feed(fork, (struct span){"1;mb", 4}, &sink);
    terms_scan_end(fork, &sink);
    assert_string_equal(buf_terminate(&out), "1:0-6 0:0-9 ");
    terms_scan_free(fork);
    terms_free(t);
    buf_free(&out);
}

static void test_a_sink_may_have_enough_of_either(void **state)
{
    (void)state;
    terms_play_one("b%61n&#97;na", true, "0:1-4 ");
    terms_play_one("&#97", false, "0:0-4 ");
}

/* ---- without memory ---- */

static unsigned allowed;

static bool may(void)
{
    return allowed > 0 && allowed-- > 0;
}

static bool count(void *cookie, const struct terms_hit *hit)
{
    (void)hit;
    ++*(size_t *)cookie;
    return false;
}

/* Scan with so many allocations. Returns whether the scan knows what it
 * found, which is then right. */
static bool scan_with(const struct terms *t, unsigned allocations)
{
    static const char text[] = "x &#98;omb b%6Fmb bomb";
    size_t hits = 0;
    struct terms_sink sink = {count, &hits};
    struct terms_scan *s;
    bool known;

    allowed = allocations;
    allocs_hook(may);
    s = terms_scan_make(t);
    if (s == NULL) {
        allocs_hook(NULL);
        return false;
    }
    terms_scan_feed(s, (struct span){text, sizeof(text) - 1}, &sink);
    terms_scan_end(s, &sink);
    known = !terms_scan_failed(s);
    allocs_hook(NULL);
    terms_scan_free(s);
    assert_true(!known || hits == 3);
    return known;
}

static void test_what_is_not_known_for_want_of_memory_is_said(void **state)
{
    static const char *const list[] = {"bomb", NULL};
    struct terms *t = terms_play_make(FOLD_SKELETON, list);
    unsigned n = 0;

    (void)state;
    while (!scan_with(t, n))
        n++;
    assert_true(n >= 4); /* the scan, two readings, hits */
    terms_free(t);
}

/* ---- against the obvious way ---- */

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 1103515245 + 12345;
    return (random_state >> 8) % limit;
}

enum { TERMS = 12, TEXT = 1500, UNITS = 4 * TEXT, HITS = 20000 };

/* What a text is folded to. */
struct folded {
    struct fold_unit units[UNITS];
    size_t n;
};

static void fold_all(struct span text, struct folded *f)
{
    struct fold fold;
    size_t count;

    fold_begin(&fold, FOLD_SKELETON);
    assert_int_equal(
        fold_feed(&fold, text, f->units, UNITS - FOLD_ROOM, &count), text.n);
    f->n = count + fold_end(&fold, f->units + count);
}

/* A text with its references decoded, and where each byte was written. */
struct decoded {
    char bytes[TEXT];
    uint64_t begins[TEXT], ends[TEXT];
    size_t n;
};

static void decode(struct span text, struct decoded *d)
{
    struct reference r;
    size_t n;

    d->n = 0;
    for (size_t at = 0; at < text.n; at += n) {
        n = 0;
        if (text.p[at] == '&' || text.p[at] == '%')
            n = reference_read(
                (struct span){text.p + at, text.n - at}, true, &r);
        if (n == 0)
            r = (struct reference){{text.p[at]}, 1};
        n = n > 0 ? n : 1;
        for (size_t i = 0; i < r.count; i++, d->n++) {
            d->bytes[d->n] = r.bytes[i];
            d->begins[d->n] = at;
            d->ends[d->n] = at + n;
        }
    }
}

struct search {
    struct folded terms[TERMS];
    struct terms_hit hits[HITS];
    size_t n;
};

static bool is_at(const struct folded *term, const struct fold_unit *units)
{
    struct fold_letter letters[2][UNITS];

    for (size_t i = 0; i < term->n; i++) {
        if (term->units[i].cp != units[i].cp)
            return false;
        letters[0][i] = term->units[i].letter;
        letters[1][i] = units[i].letter;
    }
    return terms_passes(letters[0], letters[1], term->n);
}

static void search_all(struct search *s, const struct folded *text)
{
    for (size_t at = 0; at < text->n; at++)
        for (uint32_t i = 0; i < TERMS; i++) {
            size_t n = s->terms[i].n;

            if (n > text->n - at || !is_at(&s->terms[i], text->units + at))
                continue;
            assert_true(s->n < HITS);
            s->hits[s->n++] = (struct terms_hit){
                i, text->units[at].begin, text->units[at + n - 1].end};
        }
}

/* By end, the longest first, the last in the list first. */
static int in_order(const void *left, const void *right, void *cookie)
{
    const struct terms_hit *l = left, *r = right;
    const struct search *s = cookie;
    size_t m = s->terms[l->term].n, n = s->terms[r->term].n;

    if (l->end != r->end)
        return l->end < r->end ? -1 : 1;
    if (m != n)
        return m > n ? -1 : 1;
    if (l->term != r->term)
        return l->term > r->term ? -1 : 1;
    return l->begin < r->begin ? -1 : l->begin > r->begin;
}

static bool same(const struct terms_hit *x, const struct terms_hit *y)
{
    return x->term == y->term && x->begin == y->begin && x->end == y->end;
}

/* Leave all hits of a text in s. */
static void search_both(struct search *s, struct span text)
{
    static struct folded folded;
    static struct decoded d;
    size_t kept = 0;

    s->n = 0;
    fold_all(text, &folded);
    search_all(s, &folded);
    decode(text, &d);
    fold_all((struct span){d.bytes, d.n}, &folded);
    for (size_t i = 0; i < folded.n; i++) {
        folded.units[i].begin = d.begins[folded.units[i].begin];
        folded.units[i].end = d.ends[folded.units[i].end - 1];
    }
    search_all(s, &folded);
    qsort_r(s->hits, s->n, sizeof(s->hits[0]), in_order, s);
    for (size_t i = 0; i < s->n; i++)
        if (i == 0 || !same(&s->hits[i], &s->hits[i - 1]))
            s->hits[kept++] = s->hits[i];
    s->n = kept;
}

static size_t put_random(char *out, size_t pieces)
{
    static const char *const some[] = {"a", "b", "c", "&", "%", "#", ";", "6",
        "1", "x", "&#", "&#97;", "&#98", "&#x61;", "%61", "%62", "&amp;", "%25",
        "&shy;", "&semi;", " ", "\xcc\xa3", "\xea\xb0\x80", "&#x11a8;",
        "&#xAC00;", "\xe3\x81\x8b", "&#x3099;", "%D0", "%B0", "\xd0\xb0",
        "&#13;"};
    size_t n = 0;

    for (; pieces > 0; pieces--)
        n += (size_t)sprintf(
            out + n, "%s", some[random_below(sizeof(some) / sizeof(some[0]))]);
    return n;
}

static bool keep(void *cookie, const struct terms_hit *hit)
{
    buf_put(cookie, hit, sizeof(*hit));
    return false;
}

/* The hits in pieces of random sizes are those of the search. */
static void check_search(
    const struct terms *t, const struct search *s, struct span text)
{
    size_t most = 1 + random_below(TEXT), step, live = 0;
    struct terms_scan *scan = terms_scan_make(t);
    struct buf hits = {0};
    struct terms_sink sink = {keep, &hits};

    for (size_t at = 0; at < text.n; at += step) {
        step = 1 + random_below((uint32_t)most);
        step = text.n - at < step ? text.n - at : step;
        terms_scan_feed(scan, (struct span){text.p + at, step}, &sink);
        assert_true(terms_scan_live(scan) >= live);
        live = terms_scan_live(scan);
    }
    terms_scan_end(scan, &sink);
    assert_int_equal(hits.len / sizeof(s->hits[0]), s->n);
    for (size_t i = 0; i < s->n; i++)
        assert_true(
            same((struct terms_hit *)(void *)hits.data + i, &s->hits[i]));
    terms_scan_free(scan);
    buf_free(&hits);
}

static void test_all_hits_are_those_of_a_plain_search(void **state)
{
    static char rooms[TERMS][64], text[TEXT];
    static struct search s;
    struct span list[TERMS], all = {text, 0};
    struct terms *t;
    size_t bad;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        for (size_t i = 0; i < TERMS; i++)
            do {
                list[i] = (struct span){
                    rooms[i], put_random(rooms[i], 1 + random_below(4))};
                fold_all(list[i], &s.terms[i]);
            } while (s.terms[i].n == 0 || s.terms[i].units[0].cp == ' ');
        t = terms_make(FOLD_SKELETON, list, TERMS, &bad);
        assert_non_null(t);
        for (int texts = 0; texts < 10; texts++) {
            all.n = put_random(text, 1 + random_below(texts > 0 ? 30 : 150));
            search_both(&s, all);
            check_search(t, &s, all);
        }
        terms_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terms_are_found_in_references),
        cmocka_unit_test(test_bytes_of_one_character_may_be_references),
        cmocka_unit_test(test_kinds_of_references_may_mix),
        cmocka_unit_test(test_nothing_is_decoded_twice),
        cmocka_unit_test(test_terms_with_references_are_found_as_they_stand),
        cmocka_unit_test(test_other_text_holds_no_terms),
        cmocka_unit_test(test_plain_terms_know_no_references),
        cmocka_unit_test(test_every_hit_is_told_once),
        cmocka_unit_test(test_the_places_of_both_readings_are_told),
        cmocka_unit_test(test_two_that_are_folded_alike_are_told),
        cmocka_unit_test(test_hits_come_by_their_ends),
        cmocka_unit_test(test_what_is_open_is_live),
        cmocka_unit_test(test_what_waits_is_live),
        cmocka_unit_test(test_a_fork_goes_on_with_both_readings),
        cmocka_unit_test(test_a_sink_may_have_enough_of_either),
        cmocka_unit_test(test_what_is_not_known_for_want_of_memory_is_said),
        cmocka_unit_test(test_all_hits_are_those_of_a_plain_search),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
