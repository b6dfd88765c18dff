/* What is of persons is found in all of a conversation but the words of the
 * system, in each dialect: in results of tools, in calls and their arguments,
 * in answers; nothing else is touched. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/pii.h"
#include "core/redaction.h"

static uint32_t redacted(
    enum dialect dialect, const char *messages, struct buf *out)
{
    struct buf request = {0}, edits = {0}, room = {0};
    const struct span no_note = {"", 0};
    struct json_doc doc = {0};
    uint32_t found;

    buf_printf(&request, "{\"%s\":[%s]}",
        dialect == DIALECT_RESPONSES ? "input" : "messages", messages);
    assert_int_equal(json_parse(&doc, request.data, request.len), JSON_OK);
    found = redaction_rest(&doc, dialect, &edits, &room);
    assert_false(edits.failed);
    said_amend(&doc, dialect, (void *)edits.data,
        edits.len / sizeof(struct said_edit), no_note, out);
    assert_false(out->failed);
    json_free(&doc);
    buf_free(&request);
    buf_free(&edits);
    buf_free(&room);
    return found;
}

/* The messages become those that are wanted. */
static void becomes(
    enum dialect dialect, const char *messages, const char *wanted)
{
    struct buf out = {0}, all = {0};

    buf_printf(&all, "{\"%s\":[%s]}",
        dialect == DIALECT_RESPONSES ? "input" : "messages", wanted);
    redacted(dialect, messages, &out);
    assert_string_equal(buf_terminate(&out), buf_terminate(&all));
    buf_free(&out);
    buf_free(&all);
}

static void test_chat_has_results_and_calls(void **state)
{
    (void)state;
    becomes(DIALECT_CHAT,
        "{\"role\":\"tool\",\"tool_call_id\":\"joe@example.com\",\"content\":"
        "\"joe@example.com\"},{\"role\":\"tool\",\"content\":[{\"type\":"
        "\"text\",\"text\":\"10.1.2.3\"}]}",
        "{\"role\":\"tool\",\"tool_call_id\":\"joe@example.com\",\"content\":"
        "\"[REDACTED_EMAIL]\"},{\"role\":\"tool\",\"content\":[{\"type\":"
        "\"text\",\"text\":\"[REDACTED_IP]\"}]}");
    becomes(DIALECT_CHAT,
        "{\"role\":\"assistant\",\"content\":\"joe@example.com\","
        "\"reasoning_content\":\"123-45-6789\",\"tool_calls\":[{\"id\":\"1\","
        "\"function\":{\"name\":\"f\",\"arguments\":"
        "\"{\\\"a\\\":\\\"joe\\\\u0040example.com\\\",\\\"n\\\":"
        "4111111111111111}"
        "\"}}]}",
        "{\"role\":\"assistant\",\"content\":\"[REDACTED_EMAIL]\","
        "\"reasoning_content\":\"[REDACTED_SSN]\",\"tool_calls\":[{\"id\":"
        "\"1\","
        "\"function\":{\"name\":\"f\",\"arguments\":"
        "\"{\\\"a\\\":\\\"[REDACTED_EMAIL]\\\",\\\"n\\\":\\\"[REDACTED_CARD]"
        "\\\"}"
        "\"}}]}");
}

static void test_chat_has_inputs_of_custom_tools(void **state)
{
    (void)state;
    becomes(DIALECT_CHAT,
        "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"1\",\"type\":"
        "\"custom\",\"custom\":{\"name\":\"f\",\"input\":"
        "\"joe@example.com\"}}]}",
        "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"1\",\"type\":"
        "\"custom\",\"custom\":{\"name\":\"f\",\"input\":"
        "\"[REDACTED_EMAIL]\"}}]}");
}

static void test_messages_have_results_and_uses(void **state)
{
    (void)state;
    becomes(DIALECT_MESSAGES,
        "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\","
        "\"tool_use_id\":\"t\",\"content\":\"joe@example.com\"},{\"type\":"
        "\"tool_result\",\"content\":[{\"type\":\"text\",\"text\":\"10.1.2.3\"}"
        ","
        "{\"type\":\"document\",\"source\":{\"type\":\"text\",\"data\":"
        "\"123-45-6789\"}}]}]}",
        "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\","
        "\"tool_use_id\":\"t\",\"content\":\"[REDACTED_EMAIL]\"},{\"type\":"
        "\"tool_result\",\"content\":[{\"type\":\"text\",\"text\":"
        "\"[REDACTED_IP]\"},{\"type\":\"document\",\"source\":{\"type\":"
        "\"text\",\"data\":\"[REDACTED_SSN]\"}}]}]}");
    becomes(DIALECT_MESSAGES,
        "{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"input\":"
        "{\"to\":[\"joe@example.com\"],\"n\":4111111111111111,\"ok\":true}},"
        "{\"type\":\"text\",\"text\":\"10.1.2.3\"}]}",
        "{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"input\":"
        "{\"to\":[\"[REDACTED_EMAIL]\"],\"n\":\"[REDACTED_CARD]\",\"ok\":true}}"
        ","
        "{\"type\":\"text\",\"text\":\"[REDACTED_IP]\"}]}");
}

static void test_responses_have_items(void **state)
{
    (void)state;
    becomes(DIALECT_RESPONSES,
        "{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":"
        "\"{\\\"a\\\":\\\"joe@example.com\\\"}\"},{\"type\":"
        "\"function_call_output\",\"output\":\"10.1.2.3\"},{\"type\":"
        "\"function_call_output\",\"output\":[{\"type\":\"input_text\","
        "\"text\":"
        "\"123-45-6789\"}]},{\"type\":\"custom_tool_call\",\"input\":"
        "\"joe@example.com\"},{\"role\":\"assistant\",\"content\":[{\"type\":"
        "\"output_text\",\"text\":\"10.1.2.3\"}]}",
        "{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":"
        "\"{\\\"a\\\":\\\"[REDACTED_EMAIL]\\\"}\"},{\"type\":"
        "\"function_call_output\",\"output\":\"[REDACTED_IP]\"},{\"type\":"
        "\"function_call_output\",\"output\":[{\"type\":\"input_text\","
        "\"text\":"
        "\"[REDACTED_SSN]\"}]},{\"type\":\"custom_tool_call\",\"input\":"
        "\"[REDACTED_EMAIL]\"},{\"role\":\"assistant\",\"content\":[{\"type\":"
        "\"output_text\",\"text\":\"[REDACTED_IP]\"}]}");
}

/* Whichever name a server has for it. */
static void test_reasoning_that_is_not_signed_is_found(void **state)
{
    (void)state;
    becomes(DIALECT_CHAT,
        "{\"role\":\"assistant\",\"content\":\"\",\"reasoning\":"
        "\"joe@example.com\",\"reasoning_details\":[{\"type\":"
        "\"reasoning.text\",\"text\":\"10.1.2.3\",\"signature\":null},"
        "{\"type\":\"reasoning.summary\",\"summary\":\"10.1.2.3\"}]}",
        "{\"role\":\"assistant\",\"content\":\"\",\"reasoning\":"
        "\"[REDACTED_EMAIL]\",\"reasoning_details\":[{\"type\":"
        "\"reasoning.text\",\"text\":\"[REDACTED_IP]\",\"signature\":null},"
        "{\"type\":\"reasoning.summary\",\"summary\":\"[REDACTED_IP]\"}]}");
    becomes(DIALECT_MESSAGES,
        "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\","
        "\"thinking\":\"joe@example.com\",\"signature\":\"\"}]}",
        "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\","
        "\"thinking\":\"[REDACTED_EMAIL]\",\"signature\":\"\"}]}");
}

static void test_citations_are_answers_too(void **state)
{
    (void)state;
    becomes(DIALECT_MESSAGES,
        "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":"
        "\"a\",\"citations\":[{\"type\":\"char_location\",\"cited_text\":"
        "\"joe@example.com\",\"document_index\":0}]}]}",
        "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":"
        "\"a\",\"citations\":[{\"type\":\"char_location\",\"cited_text\":"
        "\"[REDACTED_EMAIL]\",\"document_index\":0}]}]}");
}

static void test_searches_and_patches_are_calls_too(void **state)
{
    (void)state;
    becomes(DIALECT_RESPONSES,
        "{\"type\":\"file_search_call\",\"id\":\"joe@example.com\","
        "\"queries\":[\"joe@example.com\"],\"results\":[{\"file_id\":"
        "\"10.1.2.3\",\"text\":\"10.1.2.3\"}]},{\"type\":"
        "\"apply_patch_call\",\"operation\":{\"type\":\"update_file\","
        "\"diff\":\"+joe@example.com\"}}",
        "{\"type\":\"file_search_call\",\"id\":\"joe@example.com\","
        "\"queries\":[\"[REDACTED_EMAIL]\"],\"results\":[{\"file_id\":"
        "\"10.1.2.3\",\"text\":\"[REDACTED_IP]\"}]},{\"type\":"
        "\"apply_patch_call\",\"operation\":{\"type\":\"update_file\","
        "\"diff\":\"+[REDACTED_EMAIL]\"}}");
}

static void stays(enum dialect dialect, const char *messages)
{
    becomes(dialect, messages, messages);
}

static void test_words_of_users_and_the_system_are_not_touched(void **state)
{
    (void)state;
    stays(DIALECT_CHAT,
        "{\"role\":\"system\",\"content\":\"joe@example.com\"},{\"role\":"
        "\"developer\",\"content\":\"joe@example.com\"},{\"role\":\"user\","
        "\"content\":\"joe@example.com\"}");
    stays(DIALECT_MESSAGES,
        "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
        "\"joe@example.com\"}]}");
}

static void test_what_is_signed_or_no_text_is_not_touched(void **state)
{
    (void)state;
    stays(DIALECT_MESSAGES,
        "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\","
        "\"thinking\":\"joe@example.com\",\"signature\":\"joe@example.com\"},"
        "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"data\":"
        "\"joe@example.com\"}}]}");
    stays(DIALECT_CHAT,
        "{\"role\":\"assistant\",\"reasoning_details\":[{\"type\":"
        "\"reasoning.text\",\"text\":\"10.1.2.3\",\"signature\":\"x\"},"
        "{\"type\":\"reasoning.encrypted\",\"data\":\"10.1.2.3\"}]}");
    stays(DIALECT_RESPONSES,
        "{\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\","
        "\"text\":\"joe@example.com\"}],\"encrypted_content\":\"x\"}");
}

/* Texts with '|' between them, and '/' before one of another turn. */
static void texts_become(const char *texts, const char *wanted)
{
    struct policy_input input[8] = {{{NULL, 0}, false}};
    size_t ends[8], n = 0, at = 0, length;
    struct buf out = {0}, all = {0};

    for (const char *p = texts; *p != '\0'; p += length) {
        bool same = *p == '|';

        p += *p == '|' || *p == '/';
        length = strcspn(p, "|/");
        input[n++] = (struct policy_input){{p, length}, same};
    }
    redaction_texts(input, n, &out, ends);
    for (size_t i = 0; i < n; at = ends[i++])
        buf_printf(&all, "%s%.*s", i > 0 ? "," : "", (int)(ends[i] - at),
            out.data + at);
    assert_string_equal(buf_terminate(&all), wanted);
    buf_free(&out);
    buf_free(&all);
}

static void test_what_lies_in_several_texts_of_a_turn_is_found(void **state)
{
    (void)state;
    texts_become("Ask bob@exa|mple.org now", "Ask [REDACTED_EMAIL], now");
    texts_become("4111 11|11 1111 |1111|.", "[REDACTED_CARD],,,.");
    texts_become("a bob@|example.org or eve@example.org",
        "a [REDACTED_EMAIL], or [REDACTED_EMAIL]");
    texts_become("10.1.2.3 |123-45-|6789", "[REDACTED_IP] ,[REDACTED_SSN],");
    texts_become("|x|", "x,");
}

static void test_texts_are_also_looked_at_each_for_itself(void **state)
{
    (void)state;
    texts_become("this|bob@example.org", "this,[REDACTED_EMAIL]");
    texts_become("555-123-4567|8", "[REDACTED_PHONE],8");
    texts_become("Ask bob@exa/mple.org now", "Ask bob@exa,mple.org now");
}

static void test_the_kinds_found_are_told(void **state)
{
    struct buf out = {0};

    (void)state;
    assert_int_equal(
        redacted(DIALECT_CHAT,
            "{\"role\":\"tool\",\"content\":\"joe@example.com\"},{\"role\":"
            "\"assistant\",\"tool_calls\":[{\"function\":{\"arguments\":"
            "\"[\\\"10.1.2.3\\\"]\"}}]}",
            &out),
        PII_BIT(PII_EMAIL) | PII_BIT(PII_IP));
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chat_has_results_and_calls),
        cmocka_unit_test(test_chat_has_inputs_of_custom_tools),
        cmocka_unit_test(test_messages_have_results_and_uses),
        cmocka_unit_test(test_responses_have_items),
        cmocka_unit_test(test_reasoning_that_is_not_signed_is_found),
        cmocka_unit_test(test_citations_are_answers_too),
        cmocka_unit_test(test_searches_and_patches_are_calls_too),
        cmocka_unit_test(test_words_of_users_and_the_system_are_not_touched),
        cmocka_unit_test(test_what_is_signed_or_no_text_is_not_touched),
        cmocka_unit_test(test_what_lies_in_several_texts_of_a_turn_is_found),
        cmocka_unit_test(test_texts_are_also_looked_at_each_for_itself),
        cmocka_unit_test(test_the_kinds_found_are_told),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
