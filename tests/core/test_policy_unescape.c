/* What is said in JSON is found behind its escapes, and replaced so that the
 * JSON stays JSON, however its text was cut. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy_pii.h"
#include "policy_stream_play.h"
#include "policy_unescape.h"

static const uint32_t kinds = PII_ALL;

static struct terms *the_terms(void)
{
    static const struct span list[] = {
        {"bad", 3}, {"12", 2}, {"\xf0\x9f\x92\xa3", 4}, {"rue", 3}, {"a b", 3}};
    struct terms *t;
    size_t bad;

    t = terms_make(FOLD_SKELETON, list, 5, &bad);
    assert_non_null(t);
    return t;
}

static void check(
    struct policy_detector inner, const char *text, const char *expect)
{
    policy_stream_play(policy_unescape(&inner), text, expect);
}

static void check_pii(const char *text, const char *expect)
{
    check(policy_pii_replace(&kinds), text, expect);
}

static void test_whole_escapes_are_replaced(void **state)
{
    struct terms *t = the_terms();
    struct policy_detector inner = policy_terms_replace(t);

    (void)state;
    check(inner, "{\"a\":\"x \\u0062\\u0041\\u0044 y\"}",
        "{\"a\":\"x [removed] y\"}");
    check(inner, "[\"\\ud83d\\udca3\\n\"]", "[\"[removed]\\n\"]");
    check(inner, "[\"b\\u0026#97;\\u00254\\u0034&\"]", "[\"[removed]&\"]");
    check(inner, "[\"a\\nb a\\t\\tb\"]", "[\"[removed] [removed]\"]");
    terms_free(t);
    check_pii("{\"to\":\"joe\\u0040example\\u002ecom\\\"\"}",
        "{\"to\":\"[REDACTED_EMAIL]\\\"\"}");
    check_pii("\"\\/555-123\\u002d4567\\/\"", "\"\\/[REDACTED_PHONE]\\/\"");
}

static void test_clean_escapes_stay_as_they_are(void **state)
{
    static const char clean[] =
        "{\"\\u0061\":\"\\ud83d\\ude00 \\/ \\\\ \\\" \\b\\f\\n\\r\\t\","
        "\"n\":[1, -2.5e3,true , null]}";

    (void)state;
    check_pii(clean, clean);
}

static void test_numbers_become_strings(void **state)
{
    struct terms *t = the_terms();

    (void)state;
    check_pii(
        "{\"card\": 4111111111111111}", "{\"card\": \"[REDACTED_CARD]\"}");
    check_pii("[4111111111111111,5]", "[\"[REDACTED_CARD]\",5]");
    check(policy_terms_replace(t), "[3125, 12, true,1e12 ]",
        "[\"[removed]\", \"[removed]\", \"[removed]\",\"[removed]\" ]");
    terms_free(t);
}

static void test_strings_are_not_one_text(void **state)
{
    struct terms *t = the_terms();

    (void)state;
    check(policy_terms_replace(t), "[\"ba\",\"d\",\"a\",\"b\"]",
        "[\"ba\",\"d\",\"a\",\"b\"]");
    terms_free(t);
    check_pii("[\"555-123\",\"-4567\"]", "[\"555-123\",\"-4567\"]");
}

static void test_a_private_key_ends_with_its_string(void **state)
{
    (void)state;
    check_pii("[\"-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEF\","
              "\"more\"]",
        "[\"[REDACTED_KEY]\",\"more\"]");
}

static void test_what_fires_behind_escapes_stops_the_text(void **state)
{
    struct terms *t = the_terms();

    (void)state;
    check(policy_terms_fire(t), "{\"a\":\"x \\u0062ad y\"}", "{\"a\":\"x !");
    check(policy_terms_fire(t), "[3125]", "[3!");
    terms_free(t);
}

static void test_bad_escapes_are_no_characters(void **state)
{
    struct terms *t = the_terms();
    struct policy_detector inner = policy_terms_replace(t);

    (void)state;
    check(inner, "\"\\ud83d bad\"", "\"\\ud83d [removed]\"");
    check(inner, "\"\\ud83d\\u0062ad\"", "\"\\ud83d[removed]\"");
    check(inner, "\"\\ud83d\\nbad\"", "\"\\ud83d\\n[removed]\"");
    check(inner, "\"\\udca3bad\"", "\"\\udca3[removed]\"");
    check(inner, "\"\\u00zbad\"", "\"\\u00z[removed]\"");
    check(inner, "\"b\\u00", "\"b\\u00");
    terms_free(t);
}

static void test_text_that_is_no_json_is_looked_at(void **state)
{
    (void)state;
    check_pii("mail joe@example.com or (555) 123-4567",
        "mail \"[REDACTED_EMAIL]\" or \"[REDACTED_PHONE]\"");
}

static void test_an_escape_is_held_until_it_is_whole(void **state)
{
    struct policy_detector pii = policy_pii_replace(&kinds);
    struct policy_detector detector = policy_unescape(&pii);
    struct policy_stream *s = policy_stream_make(&detector, 1, false);
    struct buf out = {0};
    size_t channel;

    (void)state;
    assert_non_null(s);
    assert_int_equal(policy_stream_channel(s, &channel), 0);
    policy_stream_feed(s, 0, (struct span){"\"! \\u0", 6}, &out);
    assert_string_equal(buf_terminate(&out), "\"! ");
    policy_stream_feed(s, 0, (struct span){"021 ", 4}, &out);
    assert_string_equal(buf_terminate(&out), "\"! \\u0021 ");
    assert_int_equal(policy_stream_held(s, 0).n, 0);
    policy_stream_free(s);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_escapes_are_replaced),
        cmocka_unit_test(test_clean_escapes_stay_as_they_are),
        cmocka_unit_test(test_numbers_become_strings),
        cmocka_unit_test(test_strings_are_not_one_text),
        cmocka_unit_test(test_a_private_key_ends_with_its_string),
        cmocka_unit_test(test_what_fires_behind_escapes_stops_the_text),
        cmocka_unit_test(test_bad_escapes_are_no_characters),
        cmocka_unit_test(test_text_that_is_no_json_is_looked_at),
        cmocka_unit_test(test_an_escape_is_held_until_it_is_whole),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
