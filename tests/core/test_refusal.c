/* A refusal must have the status, words and shape that its surface promises,
 * whatever text is put into it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"
#include "refusal.h"

static struct fault fault(
    enum refusal code, const char *param, const char *message)
{
    struct fault f;

    fault_set(&f, code, param, "%s", message);
    return f;
}

static void body_is(const struct fault *f, enum dialect dialect,
    const char *request_id, const char *expected)
{
    struct buf out = {0};

    refusal_body(f, dialect, request_id, &out);
    assert_string_equal(buf_terminate(&out), expected);
    buf_free(&out);
}

static void test_fault_set_returns_minus_one(void **state)
{
    struct fault f;

    (void)state;
    assert_int_equal(fault_set(&f, REFUSE_INTERNAL, NULL, "x"), -1);
}

static void test_fault_set_formats_the_message(void **state)
{
    struct fault f;

    (void)state;
    fault_set(&f, REFUSE_INVALID_REQUEST, "n", "%s is %d", "n", 7);
    assert_int_equal(f.code, REFUSE_INVALID_REQUEST);
    assert_string_equal(f.param, "n");
    assert_string_equal(f.message, "n is 7");
}

static void test_no_param_is_an_empty_one(void **state)
{
    struct fault f = fault(REFUSE_INTERNAL, NULL, "x");

    (void)state;
    assert_string_equal(f.param, "");
}

static void test_message_of_just_the_room_is_kept_whole(void **state)
{
    char text[512];
    struct fault f;

    (void)state;
    memset(text, 'a', sizeof(text));
    text[511] = '\0';
    f = fault(REFUSE_INTERNAL, NULL, text);
    assert_string_equal(f.message, text);
}

static void test_long_message_is_cut(void **state)
{
    char text[600];
    struct fault f;

    (void)state;
    memset(text, 'a', sizeof(text));
    text[599] = '\0';
    f = fault(REFUSE_INTERNAL, NULL, text);
    assert_int_equal(strlen(f.message), 511);
}

/* Put a character so that the cut goes through it at each of its bytes. */
static void cut_through(const char *character)
{
    size_t n = strlen(character);
    char text[600];
    struct fault f;

    for (size_t inside = 1; inside < n; inside++) {
        memset(text, 'a', sizeof(text));
        memcpy(text + 511 - inside, character, n);
        text[599] = '\0';
        f = fault(REFUSE_INTERNAL, NULL, text);
        assert_int_equal(strlen(f.message), 511 - inside);
    }
}

static void test_message_is_cut_at_a_character_of_two_bytes(void **state)
{
    (void)state;
    cut_through("\xc3\xa9");
}

static void test_message_is_cut_at_a_character_of_three_bytes(void **state)
{
    (void)state;
    cut_through("\xe4\xb8\xad");
}

static void test_message_is_cut_at_a_character_of_four_bytes(void **state)
{
    (void)state;
    cut_through("\xf0\x9f\x98\x80");
}

static void test_character_that_ends_at_the_room_is_kept(void **state)
{
    char text[600];
    struct fault f;

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text + 509, "\xc3\xa9", 2);
    text[599] = '\0';
    f = fault(REFUSE_INTERNAL, NULL, text);
    assert_int_equal(strlen(f.message), 511);
}

static void test_long_param_is_cut_at_a_character(void **state)
{
    char text[200];
    struct fault f;

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text + 126, "\xc3\xa9", 2);
    text[199] = '\0';
    f = fault(REFUSE_INTERNAL, text, "x");
    assert_int_equal(strlen(f.param), 126);
}

static void test_status_comes_from_the_table(void **state)
{
    (void)state;
    assert_int_equal(refusal_status(REFUSE_INVALID_REQUEST), 400);
    assert_int_equal(refusal_status(REFUSE_INSUFFICIENT_CREDITS), 402);
    assert_int_equal(refusal_status(REFUSE_UPSTREAM_TIMEOUT), 504);
}

static void test_code_comes_from_the_table(void **state)
{
    (void)state;
    assert_string_equal(
        refusal_code(REFUSE_INVALID_API_KEY), "invalid_api_key");
    assert_string_equal(refusal_code(REFUSE_DUPLICATE_KEY), "duplicate_key");
}

static void test_retry_comes_from_the_table(void **state)
{
    (void)state;
    assert_true(refusal_retry(REFUSE_RATE_LIMITED));
    assert_false(refusal_retry(REFUSE_MODEL_UNAVAILABLE));
}

static void test_every_refusal_is_an_http_error(void **state)
{
    (void)state;
    for (int code = REFUSE_NONE + 1; code < REFUSE_COUNT; code++) {
        assert_in_range(refusal_status((enum refusal)code), 400, 504);
        assert_string_not_equal(refusal_code((enum refusal)code), "");
    }
}

static void test_every_server_fault_but_a_missing_price_may_be_retried(
    void **state)
{
    (void)state;
    for (int code = REFUSE_NONE + 1; code < REFUSE_COUNT; code++) {
        enum refusal r = (enum refusal)code;

        if (refusal_status(r) >= 500 && r != REFUSE_MODEL_UNAVAILABLE &&
            r != REFUSE_NOT_IMPLEMENTED)
            assert_true(refusal_retry(r));
    }
}

static void test_every_body_is_json_in_every_dialect(void **state)
{
    struct json_doc doc = {0};
    struct buf out = {0};
    struct fault f;

    (void)state;
    for (int code = REFUSE_NONE + 1; code < REFUSE_COUNT; code++) {
        for (int d = DIALECT_CHAT; d <= DIALECT_MESSAGES; d++) {
            f = fault((enum refusal)code, "a\"b", "");
            buf_reset(&out);
            refusal_body(&f, (enum dialect)d, "req", &out);
            assert_int_equal(json_parse(&doc, out.data, out.len), JSON_OK);
        }
    }
    json_free(&doc);
    buf_free(&out);
}

static void test_chat_body_has_all_four_keys(void **state)
{
    struct fault f = fault(REFUSE_INVALID_API_KEY, NULL, "");

    (void)state;
    body_is(&f, DIALECT_CHAT, "req",
        "{\"error\":{\"message\":\"Invalid API key\","
        "\"type\":\"invalid_request_error\",\"param\":null,"
        "\"code\":\"invalid_api_key\"}}");
}

static void test_chat_body_names_the_param(void **state)
{
    struct fault f =
        fault(REFUSE_INVALID_REQUEST, "messages[0].role", "no such role");

    (void)state;
    body_is(&f, DIALECT_CHAT, NULL,
        "{\"error\":{\"message\":\"no such role\","
        "\"type\":\"invalid_request_error\",\"param\":\"messages[0].role\","
        "\"code\":\"invalid_request\"}}");
}

static void test_responses_share_the_shape_of_chat(void **state)
{
    struct fault f = fault(REFUSE_OVERLOADED, NULL, "");
    struct buf chat = {0}, responses = {0};

    (void)state;
    refusal_body(&f, DIALECT_CHAT, "req", &chat);
    refusal_body(&f, DIALECT_RESPONSES, "req", &responses);
    assert_string_equal(buf_terminate(&chat), buf_terminate(&responses));
    buf_free(&chat);
    buf_free(&responses);
}

static void test_messages_body_carries_the_request_id(void **state)
{
    struct fault f = fault(REFUSE_INSUFFICIENT_CREDITS, NULL, "No credits.");

    (void)state;
    body_is(&f, DIALECT_MESSAGES, "req_1",
        "{\"type\":\"error\",\"error\":{\"type\":\"billing_error\","
        "\"message\":\"No credits.\",\"code\":\"insufficient_credits\"},"
        "\"request_id\":\"req_1\"}");
}

static void test_messages_body_without_request_id_says_null(void **state)
{
    struct fault f = fault(REFUSE_INTERNAL, NULL, "x");

    (void)state;
    body_is(&f, DIALECT_MESSAGES, NULL,
        "{\"type\":\"error\",\"error\":{\"type\":\"api_error\","
        "\"message\":\"x\",\"code\":\"internal_error\"},"
        "\"request_id\":null}");
}

static void test_messages_text_begins_with_the_param(void **state)
{
    struct fault f = fault(REFUSE_INVALID_REQUEST, "model", "no such model");

    (void)state;
    body_is(&f, DIALECT_MESSAGES, "r",
        "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
        "\"message\":\"model: no such model\",\"code\":\"invalid_request\"},"
        "\"request_id\":\"r\"}");
}

static void test_messages_text_does_not_name_the_param_twice(void **state)
{
    struct fault f = fault(
        REFUSE_INVALID_REQUEST, "max_tokens", "max_tokens must be at least 1");

    (void)state;
    body_is(&f, DIALECT_MESSAGES, "r",
        "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
        "\"message\":\"max_tokens: must be at least 1\","
        "\"code\":\"invalid_request\"},\"request_id\":\"r\"}");
}

static void test_text_in_a_body_is_escaped(void **state)
{
    struct fault f = fault(REFUSE_INTERNAL, NULL, "a\"b\\c\nd");

    (void)state;
    body_is(&f, DIALECT_CHAT, NULL,
        "{\"error\":{\"message\":\"a\\\"b\\\\c\\nd\","
        "\"type\":\"server_error\",\"param\":null,"
        "\"code\":\"internal_error\"}}");
}

static void test_body_is_appended(void **state)
{
    struct fault f = fault(REFUSE_INTERNAL, NULL, "x");
    struct buf out = {0};

    (void)state;
    buf_puts(&out, "before ");
    refusal_body(&f, DIALECT_CHAT, NULL, &out);
    assert_memory_equal(out.data, "before {", 8);
    buf_free(&out);
}

static void test_frame_is_one_data_line_and_a_blank_line(void **state)
{
    struct fault f = fault(REFUSE_UPSTREAM_INCOMPLETE, NULL, "a\nb");
    struct buf out = {0};

    (void)state;
    refusal_frame(&f, DIALECT_CHAT, NULL, &out);
    assert_string_equal(buf_terminate(&out),
        "data: {\"error\":{\"message\":\"a\\nb\",\"type\":\"server_error\","
        "\"param\":null,\"code\":\"upstream_incomplete\"}}\n\n");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fault_set_returns_minus_one),
        cmocka_unit_test(test_fault_set_formats_the_message),
        cmocka_unit_test(test_no_param_is_an_empty_one),
        cmocka_unit_test(test_message_of_just_the_room_is_kept_whole),
        cmocka_unit_test(test_long_message_is_cut),
        cmocka_unit_test(test_message_is_cut_at_a_character_of_two_bytes),
        cmocka_unit_test(test_message_is_cut_at_a_character_of_three_bytes),
        cmocka_unit_test(test_message_is_cut_at_a_character_of_four_bytes),
        cmocka_unit_test(test_character_that_ends_at_the_room_is_kept),
        cmocka_unit_test(test_long_param_is_cut_at_a_character),
        cmocka_unit_test(test_status_comes_from_the_table),
        cmocka_unit_test(test_code_comes_from_the_table),
        cmocka_unit_test(test_retry_comes_from_the_table),
        cmocka_unit_test(test_every_refusal_is_an_http_error),
        cmocka_unit_test(
            test_every_server_fault_but_a_missing_price_may_be_retried),
        cmocka_unit_test(test_every_body_is_json_in_every_dialect),
        cmocka_unit_test(test_chat_body_has_all_four_keys),
        cmocka_unit_test(test_chat_body_names_the_param),
        cmocka_unit_test(test_responses_share_the_shape_of_chat),
        cmocka_unit_test(test_messages_body_carries_the_request_id),
        cmocka_unit_test(test_messages_body_without_request_id_says_null),
        cmocka_unit_test(test_messages_text_begins_with_the_param),
        cmocka_unit_test(test_messages_text_does_not_name_the_param_twice),
        cmocka_unit_test(test_text_in_a_body_is_escaped),
        cmocka_unit_test(test_body_is_appended),
        cmocka_unit_test(test_frame_is_one_data_line_and_a_blank_line),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
