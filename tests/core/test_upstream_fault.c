/* A caller is told what he can do something about, in words that clients know,
 * and nothing about who the upstream is or where it lives; what another target
 * may do better is told apart from what it would refuse as well (CLIENTS.md
 * R19-R21, RELIABILITY.md 7.2 rows 80-87). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "upstream_fault.h"

/* From memory of exactly its size, so that a sanitizer sees a look beyond. */
static enum upstream_blame judge(
    int status, const char *body, struct fault *fault)
{
    size_t n = strlen(body);
    char *p = malloc(n > 0 ? n : 1);
    enum upstream_blame blame;

    assert_non_null(p);
    memcpy(p, body, n);
    memset(fault, 'x', sizeof(*fault));
    blame = upstream_fault(status, (struct span){p, n}, fault);
    free(p);
    return blame;
}

static void check_status(
    int status, enum refusal code, enum upstream_blame blame)
{
    static const char secret[] =
        "{\"error\":{\"message\":\"words of the upstream\",\"param\":\"p\"}}";
    struct fault fault;

    assert_int_equal(judge(status, secret, &fault), blame);
    assert_int_equal(fault.code, code);
    assert_string_equal(fault.message, "");
    assert_string_equal(fault.param, "");
}

static void check_400(const char *body, const char *message, const char *param)
{
    struct fault fault;

    assert_int_equal(judge(400, body, &fault), BLAME_CALLER);
    assert_int_equal(fault.code, REFUSE_INVALID_REQUEST);
    assert_string_equal(fault.message, message);
    assert_string_equal(fault.param, param);
}

static void check_message(const char *text, const char *message)
{
    struct buf body = {0};

    buf_printf(&body, "{\"error\":{\"message\":\"%s\"}}", text);
    assert_non_null(buf_terminate(&body));
    check_400(body.data, message,
        strncmp(message, "prompt is too long", 18) == 0 ? "messages" : "");
    buf_free(&body);
}

/* ---- statuses ---- */

static void test_our_own_key_is_never_the_fault_of_the_caller(void **state)
{
    (void)state;
    check_status(401, REFUSE_UPSTREAM_ERROR, BLAME_OURS);
    check_status(403, REFUSE_UPSTREAM_ERROR, BLAME_OURS);
}

static void test_limit_of_the_upstream_stays_a_429(void **state)
{
    (void)state;
    check_status(429, REFUSE_UPSTREAM_LIMITED, BLAME_TARGET);
}

static void test_body_that_is_too_large_stays_a_413(void **state)
{
    (void)state;
    check_status(413, REFUSE_TOO_LARGE, BLAME_CALLER);
}

static void test_timeouts_become_a_504(void **state)
{
    (void)state;
    check_status(408, REFUSE_UPSTREAM_TIMEOUT, BLAME_TARGET);
    check_status(504, REFUSE_UPSTREAM_TIMEOUT, BLAME_TARGET);
}

static void test_failures_of_the_upstream_become_a_502(void **state)
{
    static const int failures[] = {500, 501, 502, 503, 520, 529, 599};

    (void)state;
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
        check_status(failures[i], REFUSE_UPSTREAM_ERROR, BLAME_TARGET);
}

static void test_redirects_become_a_502(void **state)
{
    static const int redirects[] = {300, 301, 302, 303, 304, 307, 308};

    (void)state;
    for (size_t i = 0; i < sizeof(redirects) / sizeof(redirects[0]); i++)
        check_status(redirects[i], REFUSE_UPSTREAM_ERROR, BLAME_TARGET);
}

static void test_other_statuses_become_a_502(void **state)
{
    static const int others[] = {201, 204, 206, 402, 404, 405, 409, 415, 418};

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        check_status(others[i], REFUSE_UPSTREAM_ERROR, BLAME_TARGET);
}

static void test_every_status_has_an_answer(void **state)
{
    struct fault fault;

    (void)state;
    for (int status = 100; status < 1000; status++) {
        judge(status, "", &fault);
        assert_true(fault.code != REFUSE_NONE);
        assert_true(refusal_status(fault.code) >= 400);
        assert_int_not_equal(refusal_status(fault.code), 401);
        assert_int_not_equal(refusal_status(fault.code), 403);
    }
}

/* ---- what passes ---- */

static void test_400_keeps_its_message_and_param(void **state)
{
    (void)state;
    check_400("{\"error\":{\"message\":\"top_k must be an integer\","
              "\"type\":\"invalid_request_error\",\"param\":\"top_k\","
              "\"code\":null}}",
        "top_k must be an integer", "top_k");
}

static void test_422_keeps_its_message(void **state)
{
    struct fault fault;

    (void)state;
    assert_int_equal(
        judge(422, "{\"error\":{\"message\":\"no such tool\"}}", &fault),
        BLAME_CALLER);
    assert_int_equal(fault.code, REFUSE_UPSTREAM_REJECTED);
    assert_string_equal(fault.message, "no such tool");
}

static void test_escapes_of_the_message_are_decoded(void **state)
{
    (void)state;
    check_message("say \\\"\\u00e4\\\"", "say \"\xc3\xa4\"");
}

static void test_percent_signs_are_only_text(void **state)
{
    (void)state;
    check_message("100%s %n of it", "100%s %n of it");
}

static void test_param_that_is_no_text_counts_as_absent(void **state)
{
    (void)state;
    check_400("{\"error\":{\"message\":\"bad\",\"param\":null}}", "bad", "");
    check_400("{\"error\":{\"message\":\"bad\",\"param\":7}}", "bad", "");
}

static void test_error_may_lie_in_the_root(void **state)
{
    (void)state;
    check_400("{\"object\":\"error\",\"message\":\"bad seed\","
              "\"type\":\"BadRequestError\",\"param\":\"seed\",\"code\":400}",
        "bad seed", "seed");
}

/* ---- what does not ---- */

static void test_message_with_an_address_is_not_passed(void **state)
{
    (void)state;
    check_message("see https://internal.example/docs", "");
    check_message("cannot reach http://10.0.0.5:8000", "");
}

static void test_message_with_markup_is_not_passed(void **state)
{
    (void)state;
    check_message("<html><h1>Bad Request</h1>", "");
}

static void test_message_with_a_key_is_not_passed(void **state)
{
    (void)state;
    check_message("Incorrect key provided: sk-abcdef", "");
    check_message("header was Bearer abcdef", "");
}

static void test_address_behind_an_escape_is_not_passed(void **state)
{
    (void)state;
    check_message("see https:\\/\\/internal.example", "");
    check_message("\\u003chtml\\u003e", "");
}

static void test_param_with_an_address_is_not_passed(void **state)
{
    (void)state;
    check_400("{\"error\":{\"message\":\"bad\","
              "\"param\":\"http://10.0.0.5/x\"}}",
        "bad", "");
}

static void test_message_that_is_too_long_is_not_passed(void **state)
{
    char text[500];

    (void)state;
    memset(text, 'm', sizeof(text));
    text[400] = '\0';
    check_message(text, text);
    text[400] = 'm';
    text[401] = '\0';
    check_message(text, "");
}

static void test_empty_body_says_nothing(void **state)
{
    struct fault fault;

    (void)state;
    check_400("", "", "");
    assert_int_equal(
        upstream_fault(422, (struct span){NULL, 0}, &fault), BLAME_CALLER);
    assert_int_equal(fault.code, REFUSE_UPSTREAM_REJECTED);
    assert_string_equal(fault.message, "");
}

static void test_body_that_is_no_json_says_nothing(void **state)
{
    (void)state;
    check_400("Bad Request", "", "");
    check_400("{\"error\":{\"message\":\"cut o", "", "");
    check_400("{\"error\":{\"message\":\"a\",\"message\":\"b\"}}", "", "");
    check_400("{\"error\":{\"message\":\"\xff\"}}", "", "");
}

static void test_json_of_another_shape_says_nothing(void **state)
{
    static const char *const bodies[] = {"[]", "[\"message\"]", "null", "7",
        "\"message\"", "{}", "{\"error\":null}", "{\"error\":\"text\"}",
        "{\"error\":[{\"message\":\"m\"}]}", "{\"error\":{}}",
        "{\"error\":{\"message\":7}}", "{\"error\":{\"message\":\"\"}}",
        "{\"error\":{\"message\":{\"message\":\"m\"}}}"};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        check_400(bodies[i], "", "");
}

/* ---- a context that is used up ---- */

static void test_overflow_of_vllm_is_worded_as_clients_know_it(void **state)
{
    (void)state;
    check_message("This model's maximum context length is 4096 tokens. "
                  "However, you requested 5120 tokens (4096 in the messages, "
                  "1024 in the completion). Please reduce the length of the "
                  "messages or completion.",
        "prompt is too long: 5120 tokens > 4096 maximum");
    check_message("This model's maximum context length is 4096 tokens. "
                  "However, your request has 5000 input tokens. Please reduce "
                  "the length of the input messages.",
        "prompt is too long: 5000 tokens > 4096 maximum");
    check_message("The decoder prompt (length 5000) is longer than the "
                  "maximum model length of 4096. Make sure that "
                  "`max_model_len` is no smaller than the number of text "
                  "tokens.",
        "prompt is too long: 5000 tokens > 4096 maximum");
}

static void test_overflow_in_the_root_is_worded_as_well(void **state)
{
    (void)state;
    check_400("{\"object\":\"error\",\"message\":\"This model's maximum "
              "context length is 4096 tokens. However, you requested 5120 "
              "tokens.\",\"type\":\"BadRequestError\",\"param\":null,"
              "\"code\":400}",
        "prompt is too long: 5120 tokens > 4096 maximum", "messages");
}

static void test_overflow_of_llama_cpp_is_worded_as_clients_know_it(
    void **state)
{
    (void)state;
    check_400("{\"error\":{\"code\":400,\"message\":\"request (5000 tokens) "
              "exceeds the available context size (4096 tokens), try "
              "increasing it\",\"type\":\"exceed_context_size_error\","
              "\"n_prompt_tokens\":5000,\"n_ctx\":4096}}",
        "prompt is too long: 5000 tokens > 4096 maximum", "messages");
    check_message("the request exceeds the available context size. try "
                  "increasing the context size or enable context shift",
        "prompt is too long: the context of the model is used up");
}

static void test_overflow_of_openai_is_worded_as_clients_know_it(void **state)
{
    (void)state;
    check_400("{\"error\":{\"message\":\"This model's maximum context length "
              "is 8192 tokens. However, your messages resulted in 9000 "
              "tokens. Please reduce the length of the messages.\","
              "\"type\":\"invalid_request_error\",\"param\":\"messages\","
              "\"code\":\"context_length_exceeded\"}}",
        "prompt is too long: 9000 tokens > 8192 maximum", "messages");
}

static void test_overflow_is_known_by_its_code_alone(void **state)
{
    (void)state;
    check_400("{\"error\":{\"message\":\"Your input exceeds the context "
              "window of this model.\",\"param\":\"input\","
              "\"code\":\"context_length_exceeded\"}}",
        "prompt is too long: the context of the model is used up", "messages");
}

static void test_overflow_without_numbers_names_none(void **state)
{
    (void)state;
    check_message("maximum context length is 4096 tokens",
        "prompt is too long: the context of the model is used up");
}

static void test_prompt_that_fits_is_no_overflow(void **state)
{
    (void)state;
    check_message("'max_tokens' is too large: 9000. The maximum context "
                  "length is 4096 tokens and your request has 10 input tokens",
        "'max_tokens' is too large: 9000. The maximum context length is 4096 "
        "tokens and your request has 10 input tokens");
}

static void test_overflow_is_worded_whatever_else_the_message_holds(
    void **state)
{
    (void)state;
    check_message("maximum context length is 10 tokens, you requested 20, "
                  "see https://docs.example",
        "prompt is too long: 20 tokens > 10 maximum");
}

static void test_overflow_on_422_is_a_400(void **state)
{
    struct fault fault;

    (void)state;
    assert_int_equal(judge(422,
                         "{\"error\":{\"message\":\"maximum context length is "
                         "10 tokens, you requested 20\"}}",
                         &fault),
        BLAME_CALLER);
    assert_int_equal(fault.code, REFUSE_INVALID_REQUEST);
    assert_string_equal(
        fault.message, "prompt is too long: 20 tokens > 10 maximum");
}

static void test_overflow_means_nothing_on_a_500(void **state)
{
    struct fault fault;

    (void)state;
    judge(500,
        "{\"error\":{\"message\":\"maximum context length is 10 tokens, you "
        "requested 20\"}}",
        &fault);
    assert_int_equal(fault.code, REFUSE_UPSTREAM_ERROR);
    assert_string_equal(fault.message, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_our_own_key_is_never_the_fault_of_the_caller),
        cmocka_unit_test(test_limit_of_the_upstream_stays_a_429),
        cmocka_unit_test(test_body_that_is_too_large_stays_a_413),
        cmocka_unit_test(test_timeouts_become_a_504),
        cmocka_unit_test(test_failures_of_the_upstream_become_a_502),
        cmocka_unit_test(test_redirects_become_a_502),
        cmocka_unit_test(test_other_statuses_become_a_502),
        cmocka_unit_test(test_every_status_has_an_answer),
        cmocka_unit_test(test_400_keeps_its_message_and_param),
        cmocka_unit_test(test_422_keeps_its_message),
        cmocka_unit_test(test_escapes_of_the_message_are_decoded),
        cmocka_unit_test(test_percent_signs_are_only_text),
        cmocka_unit_test(test_param_that_is_no_text_counts_as_absent),
        cmocka_unit_test(test_error_may_lie_in_the_root),
        cmocka_unit_test(test_message_with_an_address_is_not_passed),
        cmocka_unit_test(test_message_with_markup_is_not_passed),
        cmocka_unit_test(test_message_with_a_key_is_not_passed),
        cmocka_unit_test(test_address_behind_an_escape_is_not_passed),
        cmocka_unit_test(test_param_with_an_address_is_not_passed),
        cmocka_unit_test(test_message_that_is_too_long_is_not_passed),
        cmocka_unit_test(test_empty_body_says_nothing),
        cmocka_unit_test(test_body_that_is_no_json_says_nothing),
        cmocka_unit_test(test_json_of_another_shape_says_nothing),
        cmocka_unit_test(test_overflow_of_vllm_is_worded_as_clients_know_it),
        cmocka_unit_test(test_overflow_in_the_root_is_worded_as_well),
        cmocka_unit_test(
            test_overflow_of_llama_cpp_is_worded_as_clients_know_it),
        cmocka_unit_test(test_overflow_of_openai_is_worded_as_clients_know_it),
        cmocka_unit_test(test_overflow_is_known_by_its_code_alone),
        cmocka_unit_test(test_overflow_without_numbers_names_none),
        cmocka_unit_test(test_prompt_that_fits_is_no_overflow),
        cmocka_unit_test(
            test_overflow_is_worded_whatever_else_the_message_holds),
        cmocka_unit_test(test_overflow_on_422_is_a_400),
        cmocka_unit_test(test_overflow_means_nothing_on_a_500),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
