/* A request must reach the upstream byte for byte but for the closed list of
 * rewrites, and never with the fields that are ours or dangerous. */

#include "chat_request_play.h"

static void writes(const char *text, const char *expected)
{
    struct completion_rewrite rewrite = {"up", 99};
    char *wanted = play_quoted(expected);
    struct buf out = {0};
    struct play p;

    assert_int_equal(read_request(&p, text), 0);
    chat_request_write(&p.doc, &p.request, &rewrite, &out);
    assert_string_equal(buf_terminate(&out), wanted);
    buf_free(&out);
    free(wanted);
    end(&p);
}

static void test_limit_is_added_when_the_caller_set_none(void **state)
{
    (void)state;
    writes("{'model':'up'," MESSAGES "}",
        "{'model':'up'," MESSAGES ",'max_tokens':99}");
}

static void test_model_is_replaced(void **state)
{
    (void)state;
    writes("{'max_tokens':1,'model' : 'alias' ," MESSAGES "}",
        "{'max_tokens':99,'model' : 'up' ," MESSAGES "}");
}

static void test_model_of_the_same_name_keeps_its_spelling(void **state)
{
    (void)state;
    writes("{'model':'\\u0075p'," MESSAGES ",'max_tokens':1}",
        "{'model':'\\u0075p'," MESSAGES ",'max_tokens':99}");
}

static void test_limit_is_replaced_where_it_stands(void **state)
{
    (void)state;
    writes("{'max_completion_tokens': 500 ,'model':'up'," MESSAGES "}",
        "{'max_completion_tokens': 99 ,'model':'up'," MESSAGES "}");
}

static void test_both_limits_are_replaced(void **state)
{
    (void)state;
    writes("{'max_completion_tokens':5,'max_tokens':6,'model':'up'," MESSAGES
           "}",
        "{'max_completion_tokens':99,'max_tokens':99,'model':'up'," MESSAGES
        "}");
}

static void test_limit_of_null_is_replaced(void **state)
{
    (void)state;
    writes("{'max_tokens':null,'model':'up'," MESSAGES "}",
        "{'max_tokens':99,'model':'up'," MESSAGES "}");
    writes("{'max_completion_tokens':null,'model':'up'," MESSAGES "}",
        "{'max_completion_tokens':99,'model':'up'," MESSAGES "}");
}

static void test_null_beside_a_limit_stays(void **state)
{
    (void)state;
    writes("{'max_tokens':null,'max_completion_tokens':5,'model':'up'," MESSAGES
           "}",
        "{'max_tokens':null,'max_completion_tokens':99,'model':'up'," MESSAGES
        "}");
}

static void test_of_two_nulls_one_becomes_the_limit(void **state)
{
    (void)state;
    writes(
        "{'max_tokens':null,'max_completion_tokens':null,'model':'up'," MESSAGES
        "}",
        "{'max_tokens':99,'max_completion_tokens':null,'model':'up'," MESSAGES
        "}");
}

static void test_usage_is_asked_for_on_every_stream(void **state)
{
    (void)state;
    writes("{'model':'up'," MESSAGES ",'max_tokens':9,'stream':true}",
        "{'model':'up'," MESSAGES ",'max_tokens':99,'stream':true,"
        "'stream_options':{'include_usage':true}}");
}

static void test_limit_and_usage_are_added_together(void **state)
{
    (void)state;
    writes("{'model':'up'," MESSAGES ",'stream':true}",
        "{'model':'up'," MESSAGES ",'stream':true,'max_tokens':99,"
        "'stream_options':{'include_usage':true}}");
}

static void test_other_stream_options_stay_byte_for_byte(void **state)
{
    (void)state;
    writes("{'model':'up','max_tokens':9,'stream':true,'stream_options':"
           "{ 'x' : [1, 2] }," MESSAGES "}",
        "{'model':'up','max_tokens':99,'stream':true,'stream_options':"
        "{ 'x' : [1, 2] ,'include_usage':true}," MESSAGES "}");
}

static void test_usage_that_is_declined_is_asked_for_upstream(void **state)
{
    (void)state;
    writes("{'model':'up','max_tokens':9,'stream':true,'stream_options':"
           "{'include_usage': false ,'x':1}," MESSAGES "}",
        "{'model':'up','max_tokens':99,'stream':true,'stream_options':"
        "{'include_usage': true ,'x':1}," MESSAGES "}");
}

static void test_usage_that_is_asked_for_stays(void **state)
{
    (void)state;
    writes("{'model':'up','max_tokens':99,'stream':true,'stream_options':"
           "{'include_usage':true}," MESSAGES "}",
        "{'model':'up','max_tokens':99,'stream':true,'stream_options':"
        "{'include_usage':true}," MESSAGES "}");
}

static void test_empty_stream_options_get_no_leading_comma(void **state)
{
    (void)state;
    writes("{'model':'up','max_tokens':9,'stream':true,'stream_options':{}"
           "," MESSAGES "}",
        "{'model':'up','max_tokens':99,'stream':true,'stream_options':"
        "{'include_usage':true}," MESSAGES "}");
}

static void test_stream_options_of_null_are_replaced(void **state)
{
    (void)state;
    writes("{'model':'up','max_tokens':9,'stream':true,'stream_options':"
           "null," MESSAGES "}",
        "{'model':'up','max_tokens':99,'stream':true,'stream_options':"
        "{'include_usage':true}," MESSAGES "}");
}

static void test_stream_options_without_a_stream_are_not_forwarded(void **state)
{
    (void)state;
    writes("{'model':'up','max_tokens':9,'stream_options':"
           "{'include_usage':true}," MESSAGES "}",
        "{'model':'up','max_tokens':99," MESSAGES "}");
}

static void test_our_fields_are_not_forwarded(void **state)
{
    (void)state;
    writes("{'model':'up','policy':{'a':1},'policy_id':'x','policyId':'x',"
           "'policy_target':'x','policy_user':'x','policy_user_id':'x',"
           "'policy_project_id':'x','flagged_categories':[]," MESSAGES
           ",'max_tokens':9}",
        "{'model':'up'," MESSAGES ",'max_tokens':99}");
}

static void test_dangerous_fields_are_not_forwarded(void **state)
{
    (void)state;
    writes("{'api_base':'http://x','model':'up','base_url':1," MESSAGES
           ",'max_tokens':9,'custom_host':'x'}",
        "{'model':'up'," MESSAGES ",'max_tokens':99}");
}

static void test_dangerous_fields_in_disguise_are_not_forwarded(void **state)
{
    (void)state;
    writes("{'api\\u005fbase':'http://x','model':'up'," MESSAGES
           ",'max_tokens':9,'p\\u006flicy_x':'x'}",
        "{'model':'up'," MESSAGES ",'max_tokens':99}");
}

static void test_removed_fields_in_front_leave_no_comma(void **state)
{
    (void)state;
    writes("{ 'policy_id':'a' , 'base_url':'b' , 'model':'up'," MESSAGES
           ",'max_tokens':9}",
        "{ 'model':'up'," MESSAGES ",'max_tokens':99}");
}

static void test_removed_fields_at_the_end_leave_no_comma(void **state)
{
    (void)state;
    writes("{'model':'up'," MESSAGES
           ",'max_tokens':9 , 'policy_id':'a' , 'base_url':'b' }",
        "{'model':'up'," MESSAGES ",'max_tokens':99 }");
}

static void test_same_names_deeper_down_are_forwarded(void **state)
{
    (void)state;
    writes("{'model':'up'," MESSAGES ",'max_tokens':9,'metadata':{'policy':'x',"
           "'api_base':'y','model':'z','max_tokens':null}}",
        "{'model':'up'," MESSAGES ",'max_tokens':99,'metadata':{'policy':'x',"
        "'api_base':'y','model':'z','max_tokens':null}}");
}

static void test_weird_but_valid_json_is_forwarded_byte_for_byte(void **state)
{
    (void)state;
    writes("{\t'x' :\n[ ] ,'\\u0079':1E+2,'model':'up','max_tokens':99,"
           "'messages' : [ {'content' : '\\u00e9\\ud83d\\ude00\\/\xc3\xa9' ,"
           "\r\n'role':'user' } ] ,'z':-0.0e-7,'':null }",
        "{\t'x' :\n[ ] ,'\\u0079':1E+2,'model':'up','max_tokens':99,"
        "'messages' : [ {'content' : '\\u00e9\\ud83d\\ude00\\/\xc3\xa9' ,"
        "\r\n'role':'user' } ] ,'z':-0.0e-7,'':null }");
}

static void test_upstream_model_is_quoted(void **state)
{
    struct completion_rewrite rewrite = {"a\"b", 1};
    struct buf out = {0};
    struct play p;

    (void)state;
    read_request(&p, "{'model':'m','max_tokens':1," MESSAGES "}");
    chat_request_write(&p.doc, &p.request, &rewrite, &out);
    assert_memory_equal(out.data, "{\"model\":\"a\\\"b\",", 16);
    buf_free(&out);
    end(&p);
}

static void test_failed_buffer_stays_failed(void **state)
{
    struct completion_rewrite rewrite = {"up", 1};
    struct buf out = {.failed = true};
    struct play p;

    (void)state;
    read_request(&p, "{" MODEL "," MESSAGES "}");
    chat_request_write(&p.doc, &p.request, &rewrite, &out);
    assert_true(out.failed);
    assert_int_equal(out.len, 0);
    end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit_is_added_when_the_caller_set_none),
        cmocka_unit_test(test_model_is_replaced),
        cmocka_unit_test(test_model_of_the_same_name_keeps_its_spelling),
        cmocka_unit_test(test_limit_is_replaced_where_it_stands),
        cmocka_unit_test(test_both_limits_are_replaced),
        cmocka_unit_test(test_limit_of_null_is_replaced),
        cmocka_unit_test(test_null_beside_a_limit_stays),
        cmocka_unit_test(test_of_two_nulls_one_becomes_the_limit),
        cmocka_unit_test(test_usage_is_asked_for_on_every_stream),
        cmocka_unit_test(test_limit_and_usage_are_added_together),
        cmocka_unit_test(test_other_stream_options_stay_byte_for_byte),
        cmocka_unit_test(test_usage_that_is_declined_is_asked_for_upstream),
        cmocka_unit_test(test_usage_that_is_asked_for_stays),
        cmocka_unit_test(test_empty_stream_options_get_no_leading_comma),
        cmocka_unit_test(test_stream_options_of_null_are_replaced),
        cmocka_unit_test(
            test_stream_options_without_a_stream_are_not_forwarded),
        cmocka_unit_test(test_our_fields_are_not_forwarded),
        cmocka_unit_test(test_dangerous_fields_are_not_forwarded),
        cmocka_unit_test(test_dangerous_fields_in_disguise_are_not_forwarded),
        cmocka_unit_test(test_removed_fields_in_front_leave_no_comma),
        cmocka_unit_test(test_removed_fields_at_the_end_leave_no_comma),
        cmocka_unit_test(test_same_names_deeper_down_are_forwarded),
        cmocka_unit_test(test_weird_but_valid_json_is_forwarded_byte_for_byte),
        cmocka_unit_test(test_upstream_model_is_quoted),
        cmocka_unit_test(test_failed_buffer_stays_failed),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
