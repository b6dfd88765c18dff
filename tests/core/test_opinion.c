/* Another moderator is asked in words that it knows, and only a verdict is
 * taken for one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "opinion.h"
#include "picture.h"

#define BIT(category) ((uint16_t)(1u << (category)))

static struct span text_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static void assert_text(struct buf *got, const char *wanted)
{
    assert_string_equal(buf_terminate(got), wanted);
    buf_free(got);
}

static void test_texts_are_asked_about_as_one_string(void **state)
{
    struct buf out = {0};

    (void)state;
    opinion_ask_text("m\"1", text_of("say \"hi\"\nthen go"), &out);
    assert_text(
        &out, "{\"model\":\"m\\\"1\",\"input\":\"say \\\"hi\\\"\\nthen go\"}");
}

static void test_an_image_is_asked_about_by_its_url(void **state)
{
    static const char request[] =
        "{\"messages\":[{\"content\":[{\"type\":\"image_url\","
        "\"image_url\":{\"url\":\"https:\\/\\/a.example\"}}]}]}";
    struct json_doc doc = {0};
    struct buf out = {0};

    (void)state;
    assert_int_equal(json_parse(&doc, request, strlen(request)), JSON_OK);
    opinion_ask_image(
        "m", &doc, picture_next(&doc, DIALECT_CHAT, JSON_NONE), &out);
    assert_text(&out, "{\"model\":\"m\",\"input\":[{\"type\":\"image_url\","
                      "\"image_url\":{\"url\":\"https:\\/\\/a.example\"}}]}");
    json_free(&doc);
}

static uint16_t said(const char *answer)
{
    uint16_t flags = 0;

    if (opinion_read(text_of(answer), &flags) != 0)
        fail_msg("%s is a verdict", answer);
    return flags;
}

static void test_what_is_true_is_flagged(void **state)
{
    (void)state;
    assert_int_equal(
        said("{\"results\":[{\"flagged\":true,\"categories\":{\"hate\":true,"
             "\"self-harm/intent\":true,\"violence\":false}}]}"),
        BIT(MODERATION_HATE) | BIT(MODERATION_SELF_HARM_INTENT));
}

static void test_all_results_count(void **state)
{
    (void)state;
    assert_int_equal(said("{\"results\":[{\"categories\":{\"hate\":false}},"
                          "{\"categories\":{\"sexual\":true}}]}"),
        BIT(MODERATION_SEXUAL));
}

static void test_categories_that_nobody_knows_are_no_concern(void **state)
{
    (void)state;
    assert_int_equal(said("{\"results\":[{\"categories\":{\"spam\":true,"
                          "\"hate\":false,\"illicit\":null}}]}"),
        0);
}

static void test_anything_else_is_no_verdict(void **state)
{
    static const char *const answers[] = {"", "null", "[]", "{}", "not json",
        "{\"results\":[]}", "{\"results\":{}}", "{\"results\":null}",
        "{\"results\":[null]}", "{\"results\":[[]]}", "{\"results\":[{}]}",
        "{\"results\":[{\"categories\":null}]}",
        "{\"results\":[{\"categories\":[\"hate\"]}]}",
        "{\"results\":[{\"categories\":{}}]}",
        "{\"results\":[{\"categories\":{\"spam\":true}}]}",
        "{\"results\":[{\"categories\":{\"hate\":\"true\"}}]}",
        "{\"results\":[{\"categories\":{\"hate\":1,\"sexual\":false}}]}",
        "{\"results\":[{\"categories\":{\"hate\":null}}]}",
        "{\"results\":[{\"categories\":{\"hate\":true}},{}]}",
        "{\"error\":{\"message\":\"no\"}}",
        "{\"results\":[{\"categories\":{\"hate\":true}}]"};
    uint16_t flags;

    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        if (opinion_read(text_of(answers[i]), &flags) == 0)
            fail_msg("%s is no verdict", answers[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_are_asked_about_as_one_string),
        cmocka_unit_test(test_an_image_is_asked_about_by_its_url),
        cmocka_unit_test(test_what_is_true_is_flagged),
        cmocka_unit_test(test_all_results_count),
        cmocka_unit_test(test_categories_that_nobody_knows_are_no_concern),
        cmocka_unit_test(test_anything_else_is_no_verdict),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
