/* Every message of a request, its parts and its tool calls must be checked,
 * blamed by their path and counted. */

#include "chat_request_play.h"
#include "estimate.h"

/* ---- messages ---- */

static void test_missing_messages_are_refused(void **state)
{
    (void)state;
    refuses_saying("{" MODEL "}", "messages", "messages is required");
}

static void test_empty_messages_are_refused(void **state)
{
    (void)state;
    refuses_saying(SAYING(""), "messages",
        "messages must be an array of 1 to 10000 messages");
}

static void test_messages_that_are_no_array_are_refused(void **state)
{
    (void)state;
    refuses("{" MODEL ",'messages':'hi'}", "messages");
    refuses("{" MODEL ",'messages':{'role':'user'}}", "messages");
}

static char *many_messages(size_t count)
{
    const char *message = "{'role':'user','content':'x'},";
    struct buf text = {0};

    buf_puts(&text, "{" MODEL ",'messages':[");
    for (size_t i = 0; i < count; i++)
        buf_puts(&text, message);
    text.len--;
    buf_puts(&text, "]}");
    assert_non_null(buf_terminate(&text));
    return text.data;
}

static void test_ten_thousand_messages_are_accepted(void **state)
{
    char *text = many_messages(10000);

    (void)state;
    accepts(text);
    free(text);
}

static void test_more_than_ten_thousand_messages_are_refused(void **state)
{
    char *text = many_messages(10001);

    (void)state;
    refuses(text, "messages");
    free(text);
}

static void test_message_that_is_no_object_is_refused(void **state)
{
    (void)state;
    refuses_saying(
        SAYING("'hi'"), "messages[0]", "messages[0] must be an object");
    refuses(SAYING("{'role':'user','content':'x'},null"), "messages[1]");
}

static void test_missing_role_is_refused(void **state)
{
    (void)state;
    refuses(SAYING("{'content':'x'}"), "messages[0].role");
}

static void test_unknown_role_is_refused(void **state)
{
    (void)state;
    refuses_saying(SAYING("{'role':'robot','content':'x'}"), "messages[0].role",
        "messages[0].role must be system, developer, user, assistant, tool "
        "or function");
    refuses(SAYING("{'role':'User','content':'x'}"), "messages[0].role");
}

static void test_role_that_is_no_string_is_refused(void **state)
{
    (void)state;
    refuses(SAYING("{'role':1,'content':'x'}"), "messages[0].role");
    refuses(SAYING("{'role':null,'content':'x'}"), "messages[0].role");
}

static void test_every_role_is_accepted(void **state)
{
    (void)state;
    accepts(SAYING("{'role':'system','content':'x'},"
                   "{'role':'developer','content':'x'},"
                   "{'role':'user','content':'x'},"
                   "{'role':'assistant','content':'x'},"
                   "{'role':'tool','content':'x','tool_call_id':'1'},"
                   "{'role':'function','content':'x','name':'f'}"));
}

static void test_content_of_a_wrong_kind_is_refused(void **state)
{
    (void)state;
    refuses(SAYING("{'role':'user','content':1}"), "messages[0].content");
    refuses(SAYING("{'role':'user','content':{}}"), "messages[0].content");
    refuses(SAYING("{'role':'user','content':true}"), "messages[0].content");
}

static void test_null_content_of_a_user_is_refused(void **state)
{
    (void)state;
    refuses(SAYING("{'role':'user','content':null}"), "messages[0].content");
    refuses(SAYING("{'role':'user'}"), "messages[0].content");
}

static void test_null_content_of_an_assistant_without_calls_is_refused(
    void **state)
{
    (void)state;
    refuses(HISTORY("'content':null"), "messages[0].content");
    refuses(HISTORY("'content':null,'tool_calls':[]"), "messages[0].content");
    refuses(HISTORY("'content':null,'tool_calls':null"), "messages[0].content");
}

static void test_null_content_beside_tool_calls_is_accepted(void **state)
{
    (void)state;
    accepts(HISTORY("'content':null,'tool_calls':[{'id':'1','type':'function',"
                    "'function':{'name':'f','arguments':'{}'}}]"));
}

static void test_a_call_of_a_custom_tool_has_a_name_and_an_input(void **state)
{
    (void)state;
    accepts(CALLS("[{'id':'1','type':'custom',"
                  "'custom':{'name':'f','input':'x'}}]"));
    refuses(CALLS("[{'id':'1','type':'custom'}]"),
        "messages[0].tool_calls[0].custom");
    refuses(CALLS("[{'id':'1','type':'custom','custom':{'name':'f'}}]"),
        "messages[0].tool_calls[0].custom.input");
    refuses(CALLS("[{'id':'1','type':'custom','custom':{'input':'x'}}]"),
        "messages[0].tool_calls[0].custom.name");
}

static void test_no_content_beside_audio_is_accepted(void **state)
{
    (void)state;
    accepts(HISTORY("'audio':{'id':'audio_1'}"));
    refuses(HISTORY("'audio':null"), "messages[0].content");
}

static void test_null_content_beside_a_function_call_is_accepted(void **state)
{
    (void)state;
    accepts(HISTORY("'content':null,'function_call':{'name':'f',"
                    "'arguments':'{}'}"));
}

static void test_null_content_beside_a_refusal_is_accepted(void **state)
{
    (void)state;
    accepts(HISTORY("'content':null,'refusal':'no'"));
}

static void test_user_cannot_call_tools_instead_of_talking(void **state)
{
    (void)state;
    refuses(SAYING("{'role':'user','content':null,'refusal':'no'}"),
        "messages[0].content");
}

static void test_name_that_is_no_string_is_refused(void **state)
{
    (void)state;
    refuses(
        SAYING("{'role':'user','content':'x','name':1}"), "messages[0].name");
    accepts(SAYING("{'role':'user','content':'x','name':null}"));
}

static void test_tool_message_without_call_id_is_refused(void **state)
{
    (void)state;
    refuses(
        SAYING("{'role':'tool','content':'x'}"), "messages[0].tool_call_id");
    refuses(SAYING("{'role':'tool','content':'x','tool_call_id':4}"),
        "messages[0].tool_call_id");
}

/* ---- tool calls of the history ---- */

static void test_tool_calls_that_are_no_array_are_refused(void **state)
{
    (void)state;
    refuses(CALLS("{}"), "messages[0].tool_calls");
}

static void test_tool_call_that_is_no_object_is_refused(void **state)
{
    (void)state;
    refuses(CALLS("[" CALL ",'x']"), "messages[0].tool_calls[1]");
}

static void test_tool_call_without_id_is_refused(void **state)
{
    (void)state;
    refuses(CALLS("[{'type':'function','function':{'name':'f',"
                  "'arguments':''}}]"),
        "messages[0].tool_calls[0].id");
}

static void test_tool_call_of_another_type_is_refused(void **state)
{
    (void)state;
    refuses_saying(CALLS("[{'id':'1','type':'x'}]"),
        "messages[0].tool_calls[0].type",
        "messages[0].tool_calls[0].type must be \"function\" or \"custom\"");
    refuses(CALLS("[{'id':'1'}]"), "messages[0].tool_calls[0].type");
}

static void test_tool_call_without_function_is_refused(void **state)
{
    (void)state;
    refuses(CALLS("[{'id':'1','type':'function'}]"),
        "messages[0].tool_calls[0].function");
}

static void test_tool_call_without_name_is_refused(void **state)
{
    (void)state;
    refuses(CALLS("[{'id':'1','type':'function','function':{"
                  "'arguments':''}}]"),
        "messages[0].tool_calls[0].function.name");
}

static void test_arguments_that_are_no_string_are_refused(void **state)
{
    (void)state;
    refuses(CALLS("[{'id':'1','type':'function','function':{'name':'f',"
                  "'arguments':{}}}]"),
        "messages[0].tool_calls[0].function.arguments");
}

/* ---- parts ---- */

static void test_part_that_is_no_object_is_refused(void **state)
{
    (void)state;
    refuses(PART("'x'"), "messages[0].content[0]");
}

static void test_part_of_unknown_type_is_refused(void **state)
{
    (void)state;
    refuses_saying(PART("{'type':'video','video':{}}"),
        "messages[0].content[0].type",
        "messages[0].content[0].type must be text, image_url, input_audio, "
        "file or refusal");
    refuses(PART("{'text':'x'}"), "messages[0].content[0].type");
    refuses(PART("{'type':1}"), "messages[0].content[0].type");
}

static void test_text_part_without_text_is_refused(void **state)
{
    (void)state;
    refuses(PART("{'type':'text'}"), "messages[0].content[0].text");
    refuses(PART("{'type':'text','text':'x'},{'type':'text','text':1}"),
        "messages[0].content[1].text");
}

static void test_known_parts_are_accepted(void **state)
{
    (void)state;
    accepts(PART("{'type':'text','text':'x'},{'type':'input_audio'},"
                 "{'type':'file','file':{}},{'type':'refusal','refusal':'x'}"));
}

static void test_fault_after_parts_is_not_blamed_on_a_part(void **state)
{
    (void)state;
    refuses(SAYING("{'role':'user','content':[{'type':'text','text':'x'}]},"
                   "{'role':'user','content':1}"),
        "messages[1].content");
}

/* ---- the estimate ---- */

static void estimates(const char *text, uint64_t quarters)
{
    assert_int_equal(accepts(text).est_in, estimate_input(quarters));
}

static void test_each_message_has_its_overhead(void **state)
{
    (void)state;
    estimates(SAYING("{'role':'user','content':''},"
                     "{'role':'user','content':''}"),
        2 * 4 * ESTIMATE_PER_MESSAGE);
}

static void test_contents_and_names_are_estimated(void **state)
{
    (void)state;
    estimates(SAYING("{'role':'user','content':'abcd','name':'ab'}"), 16 + 6);
    estimates(PART("{'type':'text','text':'abcd'},{'type':'text','text':'!'}"),
        16 + 6);
}

static void test_escaped_text_is_estimated_as_what_it_says(void **state)
{
    (void)state;
    estimates(SAYING("{'role':'user','content':'\\u4e2d\\u6587'}"), 16 + 10);
}

static void test_image_is_estimated_by_number_not_by_size(void **state)
{
    (void)state;
    estimates(
        IMAGE("data:image/png;base64,AAAAAAAA"), 16 + 4 * ESTIMATE_PER_IMAGE);
}

/* A part makes that many quarters of a token, and what its rest does. */
static void part_estimates(
    const char *part, uint64_t quarters, const char *rest)
{
    char *told = play_quoted(rest);
    char text[512];

    snprintf(text, sizeof(text), PART("%s"), part);
    quarters += estimate_text((struct span){told, strlen(told)});
    estimates(text, 16 + quarters);
    free(told);
}

static void test_file_is_estimated_by_its_size(void **state)
{
    (void)state;
    part_estimates("{'type':'file','file':{'filename':'a.pdf','file_data':"
                   "'data:application/pdf;base64,JVBERi0xLjc='}}",
        4 * ESTIMATE_PER_PAGE,
        "{'type':'file','file':{'filename':'a.pdf','file_data':}}");
    part_estimates("{'type':'file','file':{'file_data':'bm90ZXM='}}", 2 * 6,
        "{'type':'file','file':{'file_data':}}");
}

static void test_file_that_is_elsewhere_is_estimated_all_the_same(void **state)
{
    const uint64_t unseen = 4 * ESTIMATE_PER_PAGE * ESTIMATE_PAGES_UNSEEN;
    static const char *const parts[] = {
        "{'type':'file','file':{'file_id':'file-1'}}",
        "{'type':'file','file':{'file_data':1}}",
        "{'type':'file','file':null}",
        "{'type':'file'}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        part_estimates(parts[i], unseen, parts[i]);
    part_estimates("{'type':'file','file':{'file_data':'https://a.org/b'}}",
        unseen, "{'type':'file','file':{'file_data':}}");
}

static void test_audio_is_estimated_by_its_size(void **state)
{
    (void)state;
    part_estimates("{'type':'input_audio','input_audio':{'data':'"
                   "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                   "AAAAAAAAAAAAA'"
                   ",'format':'mp3'}}",
        2, "{'type':'input_audio','input_audio':{'data':,'format':'mp3'}}");
}

static void test_tool_calls_are_estimated(void **state)
{
    (void)state;
    estimates(CALLS("[{'id':'xxxxxxxx','type':'function','function':{"
                    "'name':'abc','arguments':'{}'}}]"),
        16 + 3 + 4);
    estimates(CALLS("[{'id':'xxxxxxxx','type':'custom','custom':{"
                    "'name':'abc','input':'{}'}}]"),
        16 + 3 + 4);
    estimates(
        HISTORY("'function_call':{'name':'abc','arguments':'{}'}"), 16 + 3 + 4);
}

static void test_tools_are_estimated_by_their_text(void **state)
{
    (void)state;
    /* {"type":"x"}: 7 marks and 5 letters. */
    estimates("{" MODEL ",'messages':[{'role':'user','content':''}],"
              "'tools':[{'type':'x'}]}",
        16 + 14 + 5);
}

static void test_functions_of_old_are_estimated_by_their_text(void **state)
{
    (void)state;
    /* [{"name":"x"}]: 9 marks and 5 letters. */
    estimates("{" MODEL ",'messages':[{'role':'user','content':''}],"
              "'functions':[{'name':'x'}]}",
        16 + 18 + 5);
}

static void test_reasoning_that_is_sent_back_is_estimated_once(void **state)
{
    (void)state;
    estimates(HISTORY("'content':'','reasoning_content':'abcd'"), 16 + 4);
    estimates(HISTORY("'content':'','reasoning':'abcd'"), 16 + 4);
    estimates(HISTORY("'content':'','reasoning':'abcd',"
                      "'reasoning_content':'abcdef'"),
        16 + 6);
    estimates(HISTORY("'content':'','reasoning':{'effort':'low'}"), 16);
}

static void test_response_format_is_estimated_by_its_text(void **state)
{
    (void)state;
    estimates("{" MODEL ",'messages':[{'role':'user','content':''}],"
              "'response_format':{'type':'text'}}",
        16 + 14 + 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing_messages_are_refused),
        cmocka_unit_test(test_empty_messages_are_refused),
        cmocka_unit_test(test_messages_that_are_no_array_are_refused),
        cmocka_unit_test(test_ten_thousand_messages_are_accepted),
        cmocka_unit_test(test_more_than_ten_thousand_messages_are_refused),
        cmocka_unit_test(test_message_that_is_no_object_is_refused),
        cmocka_unit_test(test_missing_role_is_refused),
        cmocka_unit_test(test_unknown_role_is_refused),
        cmocka_unit_test(test_role_that_is_no_string_is_refused),
        cmocka_unit_test(test_every_role_is_accepted),
        cmocka_unit_test(test_content_of_a_wrong_kind_is_refused),
        cmocka_unit_test(test_null_content_of_a_user_is_refused),
        cmocka_unit_test(
            test_null_content_of_an_assistant_without_calls_is_refused),
        cmocka_unit_test(test_null_content_beside_tool_calls_is_accepted),
        cmocka_unit_test(test_a_call_of_a_custom_tool_has_a_name_and_an_input),
        cmocka_unit_test(test_no_content_beside_audio_is_accepted),
        cmocka_unit_test(test_null_content_beside_a_function_call_is_accepted),
        cmocka_unit_test(test_null_content_beside_a_refusal_is_accepted),
        cmocka_unit_test(test_user_cannot_call_tools_instead_of_talking),
        cmocka_unit_test(test_name_that_is_no_string_is_refused),
        cmocka_unit_test(test_tool_message_without_call_id_is_refused),
        cmocka_unit_test(test_tool_calls_that_are_no_array_are_refused),
        cmocka_unit_test(test_tool_call_that_is_no_object_is_refused),
        cmocka_unit_test(test_tool_call_without_id_is_refused),
        cmocka_unit_test(test_tool_call_of_another_type_is_refused),
        cmocka_unit_test(test_tool_call_without_function_is_refused),
        cmocka_unit_test(test_tool_call_without_name_is_refused),
        cmocka_unit_test(test_arguments_that_are_no_string_are_refused),
        cmocka_unit_test(test_part_that_is_no_object_is_refused),
        cmocka_unit_test(test_part_of_unknown_type_is_refused),
        cmocka_unit_test(test_text_part_without_text_is_refused),
        cmocka_unit_test(test_known_parts_are_accepted),
        cmocka_unit_test(test_fault_after_parts_is_not_blamed_on_a_part),
        cmocka_unit_test(test_each_message_has_its_overhead),
        cmocka_unit_test(test_contents_and_names_are_estimated),
        cmocka_unit_test(test_escaped_text_is_estimated_as_what_it_says),
        cmocka_unit_test(test_image_is_estimated_by_number_not_by_size),
        cmocka_unit_test(test_file_is_estimated_by_its_size),
        cmocka_unit_test(test_file_that_is_elsewhere_is_estimated_all_the_same),
        cmocka_unit_test(test_audio_is_estimated_by_its_size),
        cmocka_unit_test(test_tool_calls_are_estimated),
        cmocka_unit_test(test_tools_are_estimated_by_their_text),
        cmocka_unit_test(test_functions_of_old_are_estimated_by_their_text),
        cmocka_unit_test(test_reasoning_that_is_sent_back_is_estimated_once),
        cmocka_unit_test(test_response_format_is_estimated_by_its_text),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
