/* The images of a request are found wherever they stand, in order, with where
 * they are and what they are. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "picture.h"

/* "PATH URL" of each image, one a line; "?" where there is no URL. */
static void assert_pictures(
    enum dialect dialect, const char *request, const char *wanted)
{
    struct json_doc doc = {0};
    struct buf out = {0};
    char path[PICTURE_PATH];
    uint32_t at = JSON_NONE;

    assert_int_equal(json_parse(&doc, request, strlen(request)), JSON_OK);
    while ((at = picture_next(&doc, dialect, at)) != JSON_NONE) {
        picture_path(&doc, at, path);
        buf_printf(&out, "%s ", path);
        if (picture_has_url(&doc, at))
            picture_url(&doc, at, &out);
        else
            buf_puts(&out, "?");
        buf_puts(&out, "\n");
    }
    assert_string_equal(buf_terminate(&out), wanted);
    buf_free(&out);
    json_free(&doc);
}

static void test_chat_has_urls_in_objects(void **state)
{
    (void)state;
    assert_pictures(DIALECT_CHAT,
        "{\"messages\":[{\"content\":\"image\"},{\"content\":[{\"type\":"
        "\"text\",\"text\":\"image_url\"},{\"type\":\"image_url\",\"image_url\""
        ":{\"url\":\"https://a\",\"detail\":\"low\"}},{\"type\":\"image_url\","
        "\"image_url\":\"https://b\"}]}]}",
        "messages[1].content[1] https://a\nmessages[1].content[2] https://b\n");
}

static void test_messages_have_sources_also_within_results(void **state)
{
    (void)state;
    assert_pictures(DIALECT_MESSAGES,
        "{\"messages\":[{\"content\":[{\"type\":\"image\",\"source\":{\"type\":"
        "\"base64\",\"media_type\":\"image/png\",\"data\":\"QQ==\"}},{\"type\":"
        "\"tool_result\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":"
        "\"url\",\"url\":\"https://a\"}}]}]}]}",
        "messages[0].content[0] data:image/png;base64,QQ==\n"
        "messages[0].content[1].content[0] https://a\n");
}

static void test_responses_have_urls_and_files(void **state)
{
    (void)state;
    assert_pictures(DIALECT_RESPONSES,
        "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\","
        "\"image_url\":\"https://a\"},{\"type\":\"input_image\",\"file_id\":"
        "\"file-1\"}]},{\"type\":\"function_call_output\",\"output\":[{\"type\""
        ":\"input_image\",\"image_url\":\"https://b\"}]},{\"type\":"
        "\"computer_call_output\",\"output\":{\"type\":\"computer_screenshot\","
        "\"image_url\":\"https://c\"}}]}",
        "input[0].content[0] https://a\ninput[0].content[1] ?\n"
        "input[1].output[0] https://b\ninput[2].output https://c\n");
}

static void test_there_may_be_none(void **state)
{
    (void)state;
    assert_pictures(DIALECT_RESPONSES, "{\"input\":\"image\"}", "");
    assert_pictures(DIALECT_RESPONSES, "{}", "");
    assert_pictures(
        DIALECT_CHAT, "{\"messages\":[],\"tools\":[{\"type\":\"image\"}]}", "");
    assert_pictures(DIALECT_CHAT, "{\"messages\":[{\"type\":7}]}", "");
}

static void test_a_path_that_is_too_long_is_cut(void **state)
{
    struct json_doc doc = {0};
    struct buf text = {0};
    char path[PICTURE_PATH];

    (void)state;
    buf_puts(&text, "{\"messages\":[{\"");
    for (int i = 0; i < 200; i++)
        buf_puts(&text, "k");
    buf_puts(&text, "\":[{\"type\":\"image\"}]}]}");
    assert_int_equal(json_parse(&doc, text.data, text.len), JSON_OK);
    picture_path(&doc, picture_next(&doc, DIALECT_CHAT, JSON_NONE), path);
    assert_int_equal(strlen(path), PICTURE_PATH - 1);
    json_free(&doc);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chat_has_urls_in_objects),
        cmocka_unit_test(test_messages_have_sources_also_within_results),
        cmocka_unit_test(test_responses_have_urls_and_files),
        cmocka_unit_test(test_there_may_be_none),
        cmocka_unit_test(test_a_path_that_is_too_long_is_cut),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
