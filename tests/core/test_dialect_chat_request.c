/* A chat request must be refused with the name of the field that is wrong and
 * be accepted when nothing that we know of is. */

#include "chat_request_play.h"

/* ---- the body and the model ---- */

static void test_body_that_is_no_object_is_refused(void **state)
{
    (void)state;
    refuses_saying("[]", "", "The body must be a JSON object.");
    refuses("'x'", "");
    refuses("1", "");
    refuses("null", "");
}

static void test_missing_model_is_refused(void **state)
{
    (void)state;
    refuses_saying("{" MESSAGES "}", "model", "model is required");
    refuses("{'model':null," MESSAGES "}", "model");
}

static void test_empty_model_is_refused(void **state)
{
    (void)state;
    refuses("{'model':''," MESSAGES "}", "model");
}

static void test_model_that_is_no_string_is_refused(void **state)
{
    (void)state;
    refuses_saying("{'model':7," MESSAGES "}", "model",
        "model must be a string of 1 to 128 bytes");
    refuses("{'model':['m']," MESSAGES "}", "model");
}

static void model_of(char *text, size_t size, int n)
{
    char name[200];

    memset(name, 'm', sizeof(name));
    snprintf(text, size, "{'model':'%.*s'," MESSAGES "}", n, name);
}

static void test_model_of_128_bytes_is_accepted(void **state)
{
    char text[400];

    (void)state;
    model_of(text, sizeof(text), 128);
    assert_int_equal(strlen(accepts(text).model), 128);
}

static void test_model_of_129_bytes_is_refused(void **state)
{
    char text[400];

    (void)state;
    model_of(text, sizeof(text), 129);
    refuses(text, "model");
}

static void test_model_is_decoded(void **state)
{
    (void)state;
    assert_string_equal(
        accepts("{'model':'a\\u002fb'," MESSAGES "}").model, "a/b");
}

static void test_fields_are_known_by_escaped_names_too(void **state)
{
    (void)state;
    assert_string_equal(accepts("{'m\\u006fdel':'x'," MESSAGES "}").model, "x");
    refuses(WITH("'temper\\u0061ture':3"), "temperature");
}

static void test_defaults_are_those_of_the_protocol(void **state)
{
    struct completion r = accepts("{" MODEL "," MESSAGES "}");

    (void)state;
    assert_false(r.stream);
    assert_false(r.include_usage);
    assert_int_equal(r.n, 1);
    assert_int_equal(r.max_tokens, 0);
}

static void test_null_is_absent_for_every_optional_field(void **state)
{
    static const char *const names[] = {"temperature", "top_p", "n", "stream",
        "max_tokens", "max_completion_tokens", "stop", "presence_penalty",
        "frequency_penalty", "user", "flagged_categories", "tools",
        "tool_choice", "web_search_options", "response_format",
        "stream_options", "logprobs", "top_logprobs", "seed", "logit_bias",
        "parallel_tool_calls", "metadata"};
    char text[300];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(text, sizeof(text), WITH("'%s':null"), names[i]);
        accepts(text);
    }
}

static void test_unknown_fields_are_accepted(void **state)
{
    (void)state;
    accepts(WITH("'x':{'y':[1,'z']},'service_tier':'auto','functions':3"));
}

/* ---- plain fields ---- */

static void test_temperature_out_of_range_is_refused(void **state)
{
    (void)state;
    refuses_saying(WITH("'temperature':-0.1"), "temperature",
        "temperature must be a number from 0 to 2");
    refuses(WITH("'temperature':2.1"), "temperature");
}

static void test_temperature_in_range_is_accepted(void **state)
{
    (void)state;
    accepts(WITH("'temperature':0"));
    accepts(WITH("'temperature':2.0"));
    accepts(WITH("'temperature':1e0"));
}

static void test_temperature_in_quotes_is_refused(void **state)
{
    (void)state;
    refuses(WITH("'temperature':'1'"), "temperature");
    refuses(WITH("'temperature':true"), "temperature");
}

static void test_top_p_of_zero_is_legal(void **state)
{
    (void)state;
    accepts(WITH("'top_p':0"));
    accepts(WITH("'top_p':1"));
}

static void test_top_p_out_of_range_is_refused(void **state)
{
    (void)state;
    refuses(WITH("'top_p':-0.01"), "top_p");
    refuses(WITH("'top_p':1.01"), "top_p");
}

static void test_penalties_out_of_range_are_refused(void **state)
{
    (void)state;
    refuses(WITH("'presence_penalty':2.01"), "presence_penalty");
    refuses(WITH("'presence_penalty':-2.01"), "presence_penalty");
    refuses(WITH("'frequency_penalty':2.01"), "frequency_penalty");
    refuses(WITH("'frequency_penalty':-2.01"), "frequency_penalty");
    accepts(WITH("'presence_penalty':-2,'frequency_penalty':2"));
}

static void test_n_below_one_is_refused(void **state)
{
    (void)state;
    refuses_saying(WITH("'n':0"), "n", "n must be an integer of at least 1");
    refuses(WITH("'n':-1"), "n");
}

static void test_n_that_is_no_integer_is_refused(void **state)
{
    (void)state;
    refuses(WITH("'n':1.5"), "n");
    refuses(WITH("'n':'2'"), "n");
}

static void test_n_is_bounded_by_32_bits_only(void **state)
{
    (void)state;
    assert_int_equal(accepts(WITH("'n':4294967295")).n, UINT32_MAX);
    refuses(WITH("'n':4294967296"), "n");
}

static void test_stream_must_be_a_boolean(void **state)
{
    (void)state;
    refuses_saying(
        WITH("'stream':'true'"), "stream", "stream must be a boolean");
    refuses(WITH("'stream':1"), "stream");
    assert_true(accepts(WITH("'stream':true")).stream);
    assert_false(accepts(WITH("'stream':false")).stream);
}

static void test_max_tokens_that_is_no_count_is_refused(void **state)
{
    (void)state;
    refuses(WITH("'max_tokens':0"), "max_tokens");
    refuses(WITH("'max_tokens':-1"), "max_tokens");
    refuses(WITH("'max_tokens':1.5"), "max_tokens");
    refuses(WITH("'max_tokens':'5'"), "max_tokens");
    refuses(WITH("'max_tokens':1e30"), "max_tokens");
    refuses(WITH("'max_tokens':100000000000000000000000"), "max_tokens");
}

static void test_max_completion_tokens_is_checked_alike(void **state)
{
    (void)state;
    refuses(WITH("'max_completion_tokens':0"), "max_completion_tokens");
    assert_int_equal(accepts(WITH("'max_completion_tokens':7")).max_tokens, 7);
}

static void test_of_two_limits_the_smaller_counts(void **state)
{
    (void)state;
    assert_int_equal(
        accepts(WITH("'max_tokens':5,'max_completion_tokens':7")).max_tokens,
        5);
    assert_int_equal(
        accepts(WITH("'max_tokens':7,'max_completion_tokens':5")).max_tokens,
        5);
    assert_int_equal(
        accepts(WITH("'max_tokens':7,'max_completion_tokens':null")).max_tokens,
        7);
}

static void test_large_max_tokens_is_accepted(void **state)
{
    (void)state;
    assert_true(accepts(WITH("'max_tokens':9223372036854775807")).max_tokens ==
                INT64_MAX);
}

static void test_stop_of_four_strings_is_accepted(void **state)
{
    (void)state;
    accepts(WITH("'stop':'x'"));
    accepts(WITH("'stop':[]"));
    accepts(WITH("'stop':['a','b','c','d']"));
}

static void test_stop_of_five_strings_is_refused(void **state)
{
    (void)state;
    refuses(WITH("'stop':['a','b','c','d','e']"), "stop");
}

static void test_stop_that_is_no_string_is_refused(void **state)
{
    (void)state;
    refuses(WITH("'stop':1"), "stop");
    refuses(WITH("'stop':['a',2]"), "stop");
    refuses(WITH("'stop':{}"), "stop");
}

static void test_user_must_be_a_string(void **state)
{
    (void)state;
    refuses(WITH("'user':5"), "user");
}

static void test_flagged_categories_must_be_strings(void **state)
{
    (void)state;
    refuses(WITH("'flagged_categories':'x'"), "flagged_categories");
    refuses(WITH("'flagged_categories':[1]"), "flagged_categories");
    accepts(WITH("'flagged_categories':['a','b']"));
}

static void test_log_probabilities_are_checked(void **state)
{
    (void)state;
    refuses(WITH("'logprobs':1"), "logprobs");
    refuses(WITH("'top_logprobs':-1"), "top_logprobs");
    refuses(WITH("'top_logprobs':21"), "top_logprobs");
    accepts(WITH("'logprobs':true,'top_logprobs':20"));
}

static void test_seed_must_be_an_integer(void **state)
{
    (void)state;
    refuses(WITH("'seed':1.5"), "seed");
    accepts(WITH("'seed':-9223372036854775808"));
}

static void test_objects_must_be_objects(void **state)
{
    (void)state;
    refuses(WITH("'logit_bias':[]"), "logit_bias");
    refuses(WITH("'metadata':'x'"), "metadata");
    refuses(WITH("'web_search_options':true"), "web_search_options");
}

static void test_parallel_tool_calls_must_be_a_boolean(void **state)
{
    (void)state;
    refuses(WITH("'parallel_tool_calls':'yes'"), "parallel_tool_calls");
}

/* ---- tools, formats, options ---- */

static void test_tools_that_are_no_array_are_refused(void **state)
{
    (void)state;
    refuses(WITH("'tools':{}"), "tools");
}

static void test_tool_without_type_is_refused(void **state)
{
    (void)state;
    refuses(WITH("'tools':['x']"), "tools[0]");
    refuses(WITH("'tools':[{}]"), "tools[0].type");
    refuses(WITH("'tools':[{'type':1}]"), "tools[0].type");
}

static void test_function_tool_without_function_is_refused(void **state)
{
    (void)state;
    refuses(WITH("'tools':[{'type':'web'},{'type':'function'}]"),
        "tools[1].function");
    refuses(WITH("'tools':[{'type':'function','function':{}}]"),
        "tools[0].function.name");
}

static void test_tools_are_opaque_otherwise(void **state)
{
    (void)state;
    accepts(WITH("'tools':[{'type':'web_search'},{'type':'function',"
                 "'function':{'name':'f','parameters':{'$ref':'#'}}}]"));
    accepts(WITH("'tools':[]"));
}

static char *tool_of(size_t size)
{
    const char *head = "{'type':'x','d':'";
    size_t filler = size - strlen(head) - 2;
    struct buf text = {0};

    buf_puts(&text, "{" MODEL "," MESSAGES ",'tools':[");
    buf_puts(&text, head);
    memset(buf_reserve(&text, filler), 'x', filler);
    buf_commit(&text, filler);
    buf_puts(&text, "'}]}");
    assert_non_null(buf_terminate(&text));
    return text.data;
}

static void test_tool_of_64_kibibytes_is_accepted(void **state)
{
    char *text = tool_of(65536);

    (void)state;
    accepts(text);
    free(text);
}

static void test_larger_tool_is_refused(void **state)
{
    char *text = tool_of(65537);

    (void)state;
    refuses_saying(text, "tools[0]", "tools[0] must be at most 64 KiB");
    free(text);
}

static void test_tool_choice_of_another_word_is_refused(void **state)
{
    (void)state;
    refuses(WITH("'tool_choice':'any'"), "tool_choice");
    refuses(WITH("'tool_choice':1"), "tool_choice");
    accepts(WITH("'tool_choice':'none'"));
    accepts(WITH("'tool_choice':'auto'"));
    accepts(WITH("'tool_choice':'required'"));
    accepts(WITH("'tool_choice':{'type':'function'}"));
}

static void test_tools_with_web_search_are_refused(void **state)
{
    (void)state;
    refuses_saying(WITH("'tools':[{'type':'x'}],'web_search_options':{}"),
        "web_search_options",
        "web_search_options and tools cannot be used together");
    accepts(WITH("'tools':null,'web_search_options':{}"));
    accepts(WITH("'tools':[{'type':'x'}],'web_search_options':null"));
}

static void test_unknown_response_format_is_refused(void **state)
{
    (void)state;
    refuses(WITH("'response_format':'json'"), "response_format");
    refuses(WITH("'response_format':{}"), "response_format.type");
    refuses(WITH("'response_format':{'type':'xml'}"), "response_format.type");
    refuses(WITH("'response_format':{'type':1}"), "response_format.type");
}

static void test_json_schema_format_needs_its_schema(void **state)
{
    (void)state;
    refuses(WITH("'response_format':{'type':'json_schema'}"),
        "response_format.json_schema");
    accepts(WITH("'response_format':{'type':'json_schema','json_schema':{}}"));
    accepts(WITH("'response_format':{'type':'json_object'}"));
    accepts(WITH("'response_format':{'type':'text'}"));
}

static void test_stream_options_of_a_wrong_kind_are_refused(void **state)
{
    (void)state;
    refuses(WITH("'stream':true,'stream_options':true"), "stream_options");
    refuses(WITH("'stream':true,'stream_options':{'include_usage':1}"),
        "stream_options.include_usage");
}

static void test_usage_is_asked_for_by_stream_options(void **state)
{
    (void)state;
    assert_true(
        accepts(WITH("'stream_options':{'include_usage':true},'stream':true"))
            .include_usage);
    assert_false(
        accepts(WITH("'stream_options':{'include_usage':false},'stream':true"))
            .include_usage);
    assert_false(
        accepts(WITH("'stream_options':{},'stream':true")).include_usage);
}

static void test_usage_is_not_asked_for_without_a_stream(void **state)
{
    (void)state;
    assert_false(
        accepts(WITH("'stream_options':{'include_usage':true}")).include_usage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_body_that_is_no_object_is_refused),
        cmocka_unit_test(test_missing_model_is_refused),
        cmocka_unit_test(test_empty_model_is_refused),
        cmocka_unit_test(test_model_that_is_no_string_is_refused),
        cmocka_unit_test(test_model_of_128_bytes_is_accepted),
        cmocka_unit_test(test_model_of_129_bytes_is_refused),
        cmocka_unit_test(test_model_is_decoded),
        cmocka_unit_test(test_fields_are_known_by_escaped_names_too),
        cmocka_unit_test(test_defaults_are_those_of_the_protocol),
        cmocka_unit_test(test_null_is_absent_for_every_optional_field),
        cmocka_unit_test(test_unknown_fields_are_accepted),
        cmocka_unit_test(test_temperature_out_of_range_is_refused),
        cmocka_unit_test(test_temperature_in_range_is_accepted),
        cmocka_unit_test(test_temperature_in_quotes_is_refused),
        cmocka_unit_test(test_top_p_of_zero_is_legal),
        cmocka_unit_test(test_top_p_out_of_range_is_refused),
        cmocka_unit_test(test_penalties_out_of_range_are_refused),
        cmocka_unit_test(test_n_below_one_is_refused),
        cmocka_unit_test(test_n_that_is_no_integer_is_refused),
        cmocka_unit_test(test_n_is_bounded_by_32_bits_only),
        cmocka_unit_test(test_stream_must_be_a_boolean),
        cmocka_unit_test(test_max_tokens_that_is_no_count_is_refused),
        cmocka_unit_test(test_max_completion_tokens_is_checked_alike),
        cmocka_unit_test(test_of_two_limits_the_smaller_counts),
        cmocka_unit_test(test_large_max_tokens_is_accepted),
        cmocka_unit_test(test_stop_of_four_strings_is_accepted),
        cmocka_unit_test(test_stop_of_five_strings_is_refused),
        cmocka_unit_test(test_stop_that_is_no_string_is_refused),
        cmocka_unit_test(test_user_must_be_a_string),
        cmocka_unit_test(test_flagged_categories_must_be_strings),
        cmocka_unit_test(test_log_probabilities_are_checked),
        cmocka_unit_test(test_seed_must_be_an_integer),
        cmocka_unit_test(test_objects_must_be_objects),
        cmocka_unit_test(test_parallel_tool_calls_must_be_a_boolean),
        cmocka_unit_test(test_tools_that_are_no_array_are_refused),
        cmocka_unit_test(test_tool_without_type_is_refused),
        cmocka_unit_test(test_function_tool_without_function_is_refused),
        cmocka_unit_test(test_tools_are_opaque_otherwise),
        cmocka_unit_test(test_tool_of_64_kibibytes_is_accepted),
        cmocka_unit_test(test_larger_tool_is_refused),
        cmocka_unit_test(test_tool_choice_of_another_word_is_refused),
        cmocka_unit_test(test_tools_with_web_search_are_refused),
        cmocka_unit_test(test_unknown_response_format_is_refused),
        cmocka_unit_test(test_json_schema_format_needs_its_schema),
        cmocka_unit_test(test_stream_options_of_a_wrong_kind_are_refused),
        cmocka_unit_test(test_usage_is_asked_for_by_stream_options),
        cmocka_unit_test(test_usage_is_not_asked_for_without_a_stream),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
