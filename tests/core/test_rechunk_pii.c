/* What is of persons or secret leaves no answer however it is cut: every
 * pattern at every place of texts in many scripts, in plain text and in the
 * arguments of tools, there also behind escapes; beside terms that fire and
 * that are replaced. What leaves is what leaves of the whole. With a number as
 * its argument, that many cuts of each kind instead of a sample. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/json.h"
#include "core/policy_pii.h"
#include "core/policy_unescape.h"
#include "core/rechunk.h"
#include "core/utf8.h"

static unsigned long rounds = 7000; /* every pattern everywhere */

static const uint32_t kinds = PII_ALL;

/* They are found wherever they stand. */
static const char *const patterns[] = {" joe.smith+x@mail.example.co.uk ",
    " j\xc3\xb6rg@m\xc3\xbcller.de ",
    " \xd0\xb8\xd0\xb2\xd0\xb0\xd0\xbd@\xd0\xbf\xd0\xbe\xd1\x87\xd1\x82\xd0\xb0"
    ".\xd1\x80\xd1\x84 ",
    " joe%40example.com ", " (555) 123-4567 ", " +49 (0)30 123456-78 ",
    "; 06 12 34 56 78 ",
    " 555\xe2\x80\x91"
    "123\xe2\x80\x91"
    "4567 ",
    " 123-45-6789 ",
    " \xd9\xa1\xd9\xa2\xd9\xa3-\xd9\xa4\xd9\xa5-\xd9\xa6\xd9"
    "\xa7\xd9\xa8\xd9\xa9 ",
    " 4111 1111 1111 1111 ", " 378282246310005 ",
    " 41\xe2\x80\x8b"
    "11-1111-1111-1111 ",
    " DE89 3704 0044 0532 0130 00 ", " GB82WEST12345698765432 ",
    " 192.168.17.23 ", " 2001:db8:85a3::8a2e:370:7334 ",
    " sk-ant-api03-Zk3v9QpLx7Ty2Wb8Rn4Hd6Jf5Gs1Ac0Ve ",
    " AKIAIOSFODNN7EXAMPLE ",
    " eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_"
    "XgL0n3I9PlFUP0THsR8U ",
    " joe\\u0040example.com ", "\\n555-123-4567\\n", "\t7\t4111111111111111\t",
    "\n123-45-6789,536-22-8145\n", "\n10.1.2.3-10.1.2.9,",
    "\n-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04fSeQ6tF1aY/PuoAoGCCqGSM49\n"
    "AwEHoUQDQgAEPR3tU2Fta9ktY+6P9G0cWO+0kETA6SFs38GecTyudlHz6xvCdz8q\n"
    "-----END EC PRIVATE KEY-----\n"};

/* None of it, but much that is like it. */
static const char *const texts[] = {
    "Order 112-1234567-1234567, v1.2.3.4, version 8.8.4.4, part 7-555-123-4567 "
    "and a@b at 12:34:56 of 2023-11-14",
    "\xd0\x9f\xd0\xbb\xd0\xbe\xd1\x82 550e8400-e29b-41d4-a716-446655440000 "
    "na\xc3\xafve \xe2\x80\x8b\xcc\x81 +1 e\xcc\x81 (55) 4111 "
    "sk-learn\xe2\x80\xa6",
    "\xe7\xa6\x81 \xe8\xaf\x8d \xea\xb0\x80 @app.route 1,234,567.89 \xf0\x9f"
    "\x92\xa3 -----BEGIN CERTIFICATE----- icon@2x.png"};

#define BLANKS " \t\n;,"

enum {
    PATTERNS = sizeof(patterns) / sizeof(patterns[0]),
    TEXTS = sizeof(texts) / sizeof(texts[0])
};

static struct rechunk_sample first_sample(void)
{
    return (struct rechunk_sample){.texts = texts,
        .text_count = TEXTS,
        .patterns = patterns,
        .pattern_count = PATTERNS};
}

static struct terms *compiled(const char *first, const char *second)
{
    struct span list[] = {{first, strlen(first)}, {second, strlen(second)}};
    struct terms *t;
    size_t bad;

    t = terms_make(FOLD_SKELETON, list, 2, &bad);
    assert_non_null(t);
    return t;
}

/* The text as JSON may say it: characters as they stand or as escapes. */
static void put_escaped(struct span text, struct buf *out)
{
    size_t n;
    uint32_t cp;

    for (size_t at = 0; at < text.n; at += n) {
        n = utf8_step(text.p + at, text.n - at);
        cp = utf8_decode(text.p + at, n);
        if (rechunk_below(3) > 0 && cp >= 0x20 && cp != '"' && cp != '\\')
            buf_put(out, text.p + at, n);
        else if (cp == '/' || (cp == '\n' && rechunk_below(2) == 0))
            buf_puts(out, cp == '/' ? "\\/" : "\\n");
        else if (cp < 0x10000)
            buf_printf(out, "\\u%04X", cp);
        else
            buf_printf(out, "\\ud%03x\\ud%03x", 0x800 + ((cp - 0x10000) >> 10),
                0xc00 + (cp & 0x3ff));
    }
}

static void put_arguments(struct span text, struct buf *out)
{
    buf_reset(out);
    buf_puts(out, "{\"to\": [{\"te\\u0078t\":\"");
    put_escaped(text, out);
    buf_puts(out, "\", \"n\" :4111111111111111,\"ok\":true}],\"a\":\"");
    put_escaped(text, out);
    buf_puts(out, "\"}");
}

/* Whether the pattern is still there as it was put in. Four numbers in a row
 * are a version behind a word that says so. */
static bool survives(const struct buf *text, const struct rechunk_sample *s)
{
    const char *pattern = s->patterns[s->pattern];
    size_t from = strspn(pattern, BLANKS), n = strlen(pattern);

    while (n > from && strchr(BLANKS, pattern[n - 1]) != NULL)
        n--;
    if (strchr(pattern, '.') != NULL &&
        from + strspn(pattern + from, "0123456789.") == n)
        return false;
    return memmem(text->data, text->len, pattern + from, n - from) != NULL;
}

/* Whether something is still there. */
static bool leaks(const struct buf *text)
{
    struct buf again = {0};
    bool found =
        pii_redact((struct span){text->data, text->len}, PII_ALL, &again, NULL);

    assert_false(again.failed);
    buf_free(&again);
    return found;
}

struct tally {
    unsigned long leaks;
    unsigned long differences;
    unsigned long missed;
};

static void tell(const char *what, const struct tally *tally)
{
    print_message("# %lu cuts of %s: %lu leaks, %lu different, %lu missed\n",
        rounds, what, tally->leaks, tally->differences, tally->missed);
    assert_int_equal(tally->leaks, 0);
    assert_int_equal(tally->differences, 0);
    assert_int_equal(tally->missed, 0);
}

static void test_nothing_leaks_from_text_in_any_cut(void **state)
{
    struct policy_detector detector = policy_pii_replace(&kinds);
    struct buf text = {0}, whole = {0}, redacted = {0}, cut = {0};
    struct rechunk_sample s = first_sample();
    struct tally tally = {0};
    struct span all;

    (void)state;
    for (unsigned long i = 0; i < rounds; i++, rechunk_next(&s)) {
        rechunk_put(&s, &text);
        all = (struct span){text.data, text.len};
        rechunk_run(&detector, 1, all, all.n, &whole);
        buf_reset(&redacted);
        pii_redact(all, kinds, &redacted, NULL);
        rechunk_run(&detector, 1, all, rechunk_size(all.n), &cut);
        all = (struct span){whole.data, whole.len};
        tally.differences +=
            !rechunk_same(&cut, all) || !rechunk_same(&redacted, all);
        tally.missed += rechunk_same(&text, all);
        tally.leaks += leaks(&cut) || survives(&cut, &s);
    }
    tell("text", &tally);
    buf_free(&text);
    buf_free(&whole);
    buf_free(&redacted);
    buf_free(&cut);
}

/* What the two texts of the arguments say, one behind the other, and how many
 * strings there are that were the number. */
static size_t read_arguments(const struct buf *json, struct buf *said)
{
    struct json_doc doc = {0};
    uint32_t object;
    size_t found;

    buf_reset(said);
    if (json_parse(&doc, json->data, json->len) != JSON_OK) {
        json_free(&doc);
        return 0;
    }
    object = json_first(&doc, json_member(&doc, 0, "to"));
    json_string(&doc, json_member(&doc, object, "text"), said);
    json_string(&doc, json_member(&doc, 0, "a"), said);
    found =
        json_string_is(&doc, json_member(&doc, object, "n"), "[REDACTED_CARD]");
    json_free(&doc);
    return found;
}

static void test_nothing_leaks_from_arguments_in_any_cut(void **state)
{
    struct policy_detector pii = policy_pii_replace(&kinds);
    struct policy_detector detector = policy_unescape(&pii);
    struct buf text = {0}, json = {0}, whole = {0}, cut = {0}, said = {0};
    struct buf expect = {0};
    struct rechunk_sample s = first_sample();
    struct tally tally = {0};
    struct span all;

    (void)state;
    for (unsigned long i = 0; i < rounds; i++, rechunk_next(&s)) {
        rechunk_put(&s, &text);
        put_arguments((struct span){text.data, text.len}, &json);
        all = (struct span){json.data, json.len};
        rechunk_run(&detector, 1, all, all.n, &whole);
        rechunk_run(&detector, 1, all, rechunk_size(all.n), &cut);
        tally.differences +=
            !rechunk_same(&cut, (struct span){whole.data, whole.len});
        tally.missed += read_arguments(&cut, &said) != 1;
        tally.leaks += leaks(&said) || survives(&said, &s);
        buf_reset(&expect);
        pii_redact((struct span){text.data, text.len}, kinds, &expect, NULL);
        pii_redact((struct span){text.data, text.len}, kinds, &expect, NULL);
        tally.missed +=
            !rechunk_same(&said, (struct span){expect.data, expect.len});
    }
    tell("arguments", &tally);
    buf_free(&text);
    buf_free(&json);
    buf_free(&whole);
    buf_free(&cut);
    buf_free(&said);
    buf_free(&expect);
}

/* The terms lie across what the other detector replaces. */
static void test_detectors_beside_each_other_cut_the_same(void **state)
{
    struct terms *fire = compiled("5432", "example.co"),
                 *out_of = compiled("11 11", "private");
    struct policy_detector detectors[] = {policy_terms_replace(out_of),
        policy_pii_replace(&kinds), policy_terms_fire(fire)};
    struct buf text = {0}, whole = {0}, cut = {0};
    struct rechunk_sample s = first_sample();
    struct tally tally = {0};
    struct span all;
    bool fired;

    (void)state;
    for (unsigned long i = 0; i < rounds; i++, rechunk_next(&s)) {
        rechunk_put(&s, &text);
        all = (struct span){text.data, text.len};
        fired = rechunk_run(detectors, 3, all, all.n, &whole);
        tally.missed +=
            fired != rechunk_run(detectors, 3, all, rechunk_size(all.n), &cut);
        tally.differences +=
            !rechunk_same(&cut, (struct span){whole.data, whole.len});
        tally.leaks += leaks(&cut) || survives(&cut, &s);
    }
    tell("text with terms", &tally);
    terms_free(fire);
    terms_free(out_of);
    buf_free(&text);
    buf_free(&whole);
    buf_free(&cut);
}

/* Texts that are longer than all that is looked at at once: what leaves of one
 * is what leaves of its lines. */
static void test_long_texts_leave_as_their_lines_do(void **state)
{
    struct policy_detector detector = policy_pii_replace(&kinds);
    struct buf line = {0}, text = {0}, lines = {0}, cut = {0};
    struct rechunk_sample s = first_sample();
    struct tally tally = {0};
    struct span all;

    (void)state;
    for (unsigned long i = 0; i < rounds; i += 16) {
        buf_reset(&text);
        buf_reset(&lines);
        for (int part = 0; part < 16; part++) {
            for (size_t steps = rechunk_below(70); steps > 0; steps--)
                rechunk_next(&s);
            rechunk_put(&s, &line);
            buf_puts(&line, ".\n");
            buf_put(&text, line.data, line.len);
            pii_redact((struct span){line.data, line.len}, kinds, &lines, NULL);
        }
        all = (struct span){text.data, text.len};
        rechunk_run(&detector, 1, all, rechunk_size(all.n), &cut);
        tally.differences +=
            !rechunk_same(&cut, (struct span){lines.data, lines.len});
        tally.leaks += leaks(&cut);
    }
    tell("long texts, each made of 16", &tally);
    buf_free(&line);
    buf_free(&text);
    buf_free(&lines);
    buf_free(&cut);
}

static void test_terms_are_found_behind_escapes_in_any_cut(void **state)
{
    struct terms *t =
        compiled("112-1234567", "\xd0\xbf\xd0\xbb\xd0\xbe\xd1\x82");
    struct policy_detector inner = policy_terms_replace(t);
    struct policy_detector detector = policy_unescape(&inner);
    struct buf json = {0}, whole = {0}, cut = {0}, said = {0};
    struct tally tally = {0};
    struct span all;

    (void)state;
    for (unsigned long i = 0; i < rounds; i++) {
        all = (struct span){texts[i % 2], strlen(texts[i % 2])};
        put_arguments(all, &json);
        all = (struct span){json.data, json.len};
        rechunk_run(&detector, 1, all, all.n, &whole);
        rechunk_run(&detector, 1, all, rechunk_size(all.n), &cut);
        tally.differences +=
            !rechunk_same(&cut, (struct span){whole.data, whole.len});
        read_arguments(&cut, &said);
        tally.missed += memmem(said.data, said.len, "[removed]", 9) == NULL;
        tally.leaks +=
            memmem(said.data, said.len, "112-1234567", 11) != NULL ||
            memmem(said.data, said.len, "\xd0\xbb\xd0\xbe\xd1\x82", 6) != NULL;
    }
    tell("arguments with terms", &tally);
    terms_free(t);
    buf_free(&json);
    buf_free(&whole);
    buf_free(&cut);
    buf_free(&said);
}

static void test_clean_text_is_the_same_in_any_cut(void **state)
{
    struct policy_detector pii = policy_pii_replace(&kinds);
    struct policy_detector arguments = policy_unescape(&pii);
    unsigned long altered = 0;
    struct buf cut = {0}, json = {0};
    struct span all;

    (void)state;
    for (unsigned long i = 0; i < rounds; i++) {
        all = (struct span){texts[i % TEXTS], strlen(texts[i % TEXTS])};
        rechunk_run(&pii, 1, all, rechunk_size(all.n), &cut);
        altered += !rechunk_same(&cut, all);
        buf_reset(&json);
        buf_puts(&json, "\"");
        put_escaped(all, &json);
        buf_puts(&json, "\"");
        all = (struct span){json.data, json.len};
        rechunk_run(&arguments, 1, all, rechunk_size(all.n), &cut);
        altered += !rechunk_same(&cut, all);
    }
    print_message(
        "# %lu cuts of clean text: %lu altered\n", 2 * rounds, altered);
    assert_int_equal(altered, 0);
    buf_free(&cut);
    buf_free(&json);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_leaks_from_text_in_any_cut),
        cmocka_unit_test(test_nothing_leaks_from_arguments_in_any_cut),
        cmocka_unit_test(test_detectors_beside_each_other_cut_the_same),
        cmocka_unit_test(test_long_texts_leave_as_their_lines_do),
        cmocka_unit_test(test_terms_are_found_behind_escapes_in_any_cut),
        cmocka_unit_test(test_clean_text_is_the_same_in_any_cut),
    };

    if (argc > 1)
        rounds = strtoul(argv[1], NULL, 10);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
