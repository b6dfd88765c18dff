/* An answer comes out the same however it is cut: every term at every place of
 * texts in many scripts, as it stands and written with references, cut at
 * random, also inside of characters and references and as JSON escapes. With a
 * number as its argument, that many cuts instead of a sample. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/rechunk.h"
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
    "\x92\xa3\"}",
    "AT&T 50% off, a&b %d &x; /?a=%62&b=a%20d&lt;b&#97; d &#6 %25 100%2562%61d "
    "&ba; %e7%a6%81 &#x3304b &am b&amp;#97;d"};

/* How terms are written: each character in one of the formats, in turn. */
static const char *const spellings[][4] = {{"%c", "%c", "%c", "%c"},
    {"%%", "%%", "%%", "%%"}, {"&#%u;", "&#%u;", "&#%u;", "&#%u;"},
    {"&#%u", "%%", "&#x%x", "&#x0%X;"}, {"%%", "&#x%x;", "%c", "&#0%u;&zwj;"}};

enum {
    TERMS = sizeof(terms) / sizeof(terms[0]),
    TEXTS = sizeof(texts) / sizeof(texts[0]),
    SPELLINGS = sizeof(spellings) / sizeof(spellings[0]),
    PATTERNS = TERMS * SPELLINGS
};

static const char *patterns[PATTERNS];

/* Write one character: by its number, as it stands or as bytes. */
static void spell_one(
    const char *format, struct span character, struct buf *out)
{
    if (strstr(format, "%c") != NULL)
        buf_put(out, character.p, character.n);
    else if (strcmp(format, "%%") != 0)
        buf_printf(out, format, utf8_decode(character.p, character.n));
    else
        for (size_t i = 0; i < character.n; i++)
            buf_printf(out, "%%%02x", (unsigned)(uint8_t)character.p[i]);
}

static char *spell(const char *term, const char *const formats[4])
{
    struct span character = {term, 0};
    struct buf out = {0};

    for (size_t i = 0; *character.p != '\0'; i++, character.p += character.n) {
        character.n = utf8_wanted((uint8_t)*character.p);
        spell_one(formats[i % 4], character, &out);
    }
    if (out.data[out.len - 1] != ';' && formats[0][0] == '&')
        buf_puts(&out, ";");
    assert_non_null(buf_terminate(&out));
    return out.data;
}

static int spell_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < PATTERNS; i++)
        patterns[i] = spell(terms[i / SPELLINGS], spellings[i % SPELLINGS]);
    return 0;
}

static int forget_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < PATTERNS; i++)
        free((char *)patterns[i]);
    return 0;
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

static void check_cuts(struct policy_detector detector, bool fires)
{
    struct terms *t = compiled();
    struct buf text = {0}, whole = {0}, cut = {0};
    unsigned long leaks = 0, differences = 0, missed = 0;
    struct rechunk_sample s = {
        .texts = texts, TEXTS, .patterns = patterns, PATTERNS, 0, 0, 0};
    struct span all;
    bool fired;

    detector.rules = t;
    for (unsigned long i = 0; i < rounds; i++, rechunk_next(&s)) {
        rechunk_put(&s, &text);
        all = (struct span){text.data, text.len};
        fired = rechunk_run(&detector, 1, all, all.n, &whole);
        missed += fired != fires || rechunk_same(&whole, all);
        rechunk_run(&detector, 1, all, rechunk_size(all.n), &cut);
        differences +=
            !rechunk_same(&cut, (struct span){whole.data, whole.len});
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
    struct policy_detector detector = policy_terms_fire(t);
    unsigned long altered = 0;
    struct buf cut = {0};
    struct span all;

    (void)state;
    for (unsigned long i = 0; i < rounds; i++) {
        all = (struct span){texts[i % TEXTS], strlen(texts[i % TEXTS])};
        altered += rechunk_run(&detector, 1, all, rechunk_size(all.n), &cut) ||
                   !rechunk_same(&cut, all);
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
    return cmocka_run_group_tests(tests, spell_all, forget_all);
}
