/* Each bad field of a Responses request is refused by its name; what clients
 * send is not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect_play.h"

#define HEAD "{'model':'m','input':'hi'"
#define ITEM(json) "{'model':'m','input':[" json "]}"
#define PART(json) ITEM("{'role':'user','content':[" json "]}")

static void refused(const char *text, const char *param)
{
    play_request(DIALECT_RESPONSES, text, param);
}

static void taken(const char *text)
{
    play_request(DIALECT_RESPONSES, text, NULL);
}

static void test_model_is_required(void **state)
{
    (void)state;
    refused("{'input':'hi'}", "model");
    refused("{'model':null,'input':'hi'}", "model");
}

static void test_there_is_something_to_answer(void **state)
{
    (void)state;
    refused("{'model':'m'}", "input");
    refused("{'model':'m','input':[]}", "input");
    refused("{'model':'m','input':1}", "input");
    taken("{'model':'m','previous_response_id':'resp_1'}");
}

static void test_message_has_role_and_content(void **state)
{
    (void)state;
    refused(ITEM("'hi'"), "input[0]");
    refused(ITEM("{'content':'hi'}"), "input[0].role");
    refused(ITEM("{'role':'tool','content':'hi'}"), "input[0].role");
    refused(ITEM("{'role':'user'}"), "input[0].content");
    refused(ITEM("{'type':1}"), "input[0].type");
}

static void test_part_has_type_and_text(void **state)
{
    (void)state;
    refused(PART("1"), "input[0].content[0]");
    refused(PART("{'text':'a'}"), "input[0].content[0].type");
    refused(PART("{'type':'input_text'}"), "input[0].content[0].text");
    refused(PART("{'type':'refusal'}"), "input[0].content[0].refusal");
}

static void test_image_is_public_https_or_data(void **state)
{
    (void)state;
    refused(PART("{'type':'input_image'}"), "input[0].content[0].image_url");
    refused(PART("{'type':'input_image','image_url':'http://example.com/'}"),
        "input[0].content[0].image_url");
    refused(PART("{'type':'input_image','image_url':'https://10.0.0.1/'}"),
        "input[0].content[0].image_url");
    taken(PART("{'type':'input_image','file_id':'file_1'}"));
    taken(PART("{'type':'input_image','image_url':'https://example.com/'}"));
}

static void test_call_has_id_name_and_arguments(void **state)
{
    (void)state;
    refused(ITEM("{'type':'function_call','name':'f','arguments':''}"),
        "input[0].call_id");
    refused(ITEM("{'type':'function_call','call_id':'c','arguments':''}"),
        "input[0].name");
    refused(ITEM("{'type':'function_call','call_id':'c','name':'f',"
                 "'arguments':{}}"),
        "input[0].arguments");
    refused(ITEM("{'type':'custom_tool_call','call_id':'c','name':'f'}"),
        "input[0].input");
}

static void test_result_says_what_it_answers(void **state)
{
    (void)state;
    refused(ITEM("{'type':'function_call_output','output':'a'}"),
        "input[0].call_id");
    refused(ITEM("{'type':'function_call_output','call_id':'c'}"),
        "input[0].output");
    refused(ITEM("{'type':'custom_tool_call_output','call_id':'c',"
                 "'output':[{'type':'input_text'}]}"),
        "input[0].output[0].text");
}

static void test_limit_is_a_positive_integer(void **state)
{
    (void)state;
    refused(HEAD ",'max_output_tokens':0}", "max_output_tokens");
    refused(HEAD ",'max_output_tokens':1.5}", "max_output_tokens");
    refused(HEAD ",'max_output_tokens':'5'}", "max_output_tokens");
    taken(HEAD ",'max_output_tokens':null}");
}

static void test_numbers_have_bounds(void **state)
{
    (void)state;
    refused(HEAD ",'temperature':2.1}", "temperature");
    refused(HEAD ",'top_p':-0.01}", "top_p");
    refused(HEAD ",'top_logprobs':21}", "top_logprobs");
}

static void test_tools_have_type_and_name(void **state)
{
    (void)state;
    refused(HEAD ",'tools':{}}", "tools");
    refused(HEAD ",'tools':[1]}", "tools[0]");
    refused(HEAD ",'tools':[{'name':'f'}]}", "tools[0].type");
    refused(HEAD ",'tools':[{'type':'function'}]}", "tools[0].name");
    taken(HEAD ",'tools':[{'type':'web_search'},{'type':'tool_search'}]}");
}

static void test_tool_choice_is_a_known_word_or_an_object(void **state)
{
    (void)state;
    refused(HEAD ",'tool_choice':'any'}", "tool_choice");
    refused(HEAD ",'tool_choice':1}", "tool_choice");
    taken(HEAD ",'tool_choice':{'type':'web_search'}}");
}

static void test_other_fields_have_their_kinds(void **state)
{
    (void)state;
    refused(HEAD ",'stream':'yes'}", "stream");
    refused(HEAD ",'instructions':[]}", "instructions");
    refused(HEAD ",'text':'a'}", "text");
    refused(HEAD ",'reasoning':'low'}", "reasoning");
    refused(HEAD ",'include':'a'}", "include");
    refused(HEAD ",'parallel_tool_calls':1}", "parallel_tool_calls");
    refused(HEAD ",'store':0}", "store");
}

static void test_what_clients_echo_is_taken(void **state)
{
    (void)state;
    taken(HEAD ",'text':{},'reasoning':null,'client_metadata':{}}");
    taken(ITEM("{'type':'reasoning','summary':[],'content':null,"
               "'encrypted_content':null}"));
    taken(ITEM("{'type':'item_reference','id':'msg_1'}"));
    taken(ITEM("{'type':'compaction','encrypted_content':'x'}"));
}

static void test_schema_of_the_answer_is_estimated_by_its_text(void **state)
{
    static const char schema[] =
        "{'format':{'type':'json_schema','schema':{'x':'abcdefgh'}}}";
    char text[256];

    (void)state;
    snprintf(text, sizeof(text), HEAD ",'text':%s}", schema);
    play_estimate(
        DIALECT_RESPONSES, text, 2 + 4 * ESTIMATE_PER_MESSAGE, schema);
}

/* An item, or a part, makes that many quarters of a token, and what its rest
 * does. */
static void item_estimates(
    const char *item, uint64_t quarters, const char *rest)
{
    PLAY_PART(DIALECT_RESPONSES, ITEM, item, quarters, rest);
}

static void part_estimates(
    const char *part, uint64_t quarters, const char *rest)
{
    PLAY_PART(DIALECT_RESPONSES, PART, part, quarters, rest);
}

static void test_file_is_estimated_by_its_size(void **state)
{
    (void)state;
    part_estimates("{'type':'input_file','filename':'a.pdf','file_data':"
                   "'data:application/pdf;base64,JVBERi0xLjc='}",
        4 * ESTIMATE_PER_PAGE,
        "{'type':'input_file','filename':'a.pdf','file_data':}");
    part_estimates("{'type':'input_file','file_data':'bm90ZXM='}", 2 * 6,
        "{'type':'input_file','file_data':}");
}

static void test_file_that_is_elsewhere_is_estimated_all_the_same(void **state)
{
    static const char *const parts[] = {
        "{'type':'input_file','file_id':'file-1'}",
        "{'type':'input_file','file_url':'https://example.org/a.pdf'}",
        "{'type':'input_file'}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        part_estimates(
            parts[i], 4 * ESTIMATE_PER_PAGE * ESTIMATE_PAGES_UNSEEN, parts[i]);
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

static void test_images_of_tools_are_estimated_by_number(void **state)
{
    (void)state;
    item_estimates("{'type':'image_generation_call','id':'ig_1','result':"
                   "'AAAAAAAA'}",
        4 * ESTIMATE_PER_IMAGE,
        "{'type':'image_generation_call','id':'ig_1','result':}");
    item_estimates("{'type':'computer_call_output','call_id':'c','output':"
                   "{'type':'computer_screenshot','image_url':"
                   "'data:image/png;base64,AAAAAAAA'}}",
        4 * ESTIMATE_PER_IMAGE,
        "{'type':'computer_call_output','call_id':'c','output':"
        "{'type':'computer_screenshot','image_url':}}");
    item_estimates("{'type':'computer_call_output','call_id':'c'}",
        4 * ESTIMATE_PER_IMAGE,
        "{'type':'computer_call_output','call_id':'c'}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model_is_required),
        cmocka_unit_test(test_there_is_something_to_answer),
        cmocka_unit_test(test_message_has_role_and_content),
        cmocka_unit_test(test_part_has_type_and_text),
        cmocka_unit_test(test_image_is_public_https_or_data),
        cmocka_unit_test(test_call_has_id_name_and_arguments),
        cmocka_unit_test(test_result_says_what_it_answers),
        cmocka_unit_test(test_limit_is_a_positive_integer),
        cmocka_unit_test(test_numbers_have_bounds),
        cmocka_unit_test(test_tools_have_type_and_name),
        cmocka_unit_test(test_tool_choice_is_a_known_word_or_an_object),
        cmocka_unit_test(test_other_fields_have_their_kinds),
        cmocka_unit_test(test_schema_of_the_answer_is_estimated_by_its_text),
        cmocka_unit_test(test_what_clients_echo_is_taken),
        cmocka_unit_test(test_file_is_estimated_by_its_size),
        cmocka_unit_test(test_file_that_is_elsewhere_is_estimated_all_the_same),
        cmocka_unit_test(test_audio_is_estimated_by_its_size),
        cmocka_unit_test(test_images_of_tools_are_estimated_by_number),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
