/* Each bad field of a Messages request is refused by its name; what clients
 * send is not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect_play.h"

#define USER "{'role':'user','content':'hi'}"
#define HEAD "{'model':'m','messages':[" USER "]"
#define BLOCK(json)                                                            \
    "{'model':'m','messages':[{'role':'user','content':[" json "]}]}"
#define IMAGE(source) BLOCK("{'type':'image','source':" source "}")

static void refused(const char *text, const char *param)
{
    play_request(DIALECT_MESSAGES, text, param);
}

static void taken(const char *text)
{
    play_request(DIALECT_MESSAGES, text, NULL);
}

static void test_model_is_a_string_of_1_to_128_bytes(void **state)
{
    (void)state;
    refused("{'messages':[" USER "]}", "model");
    refused("{'model':'','messages':[" USER "]}", "model");
    refused("{'model':1,'messages':[" USER "]}", "model");
}

static void test_messages_are_a_list_with_something_in_it(void **state)
{
    (void)state;
    refused("{'model':'m'}", "messages");
    refused("{'model':'m','messages':[]}", "messages");
    refused("{'model':'m','messages':'hi'}", "messages");
    refused("{'model':'m','messages':['hi']}", "messages[0]");
}

static void test_role_is_one_of_three(void **state)
{
    (void)state;
    refused("{'model':'m','messages':[{'content':'hi'}]}", "messages[0].role");
    refused("{'model':'m','messages':[" USER ",{'role':'tool','content':''}]}",
        "messages[1].role");
    taken("{'model':'m','messages':[" USER ",{'role':'system','content':''}]}");
}

static void test_content_is_a_string_or_blocks(void **state)
{
    (void)state;
    refused(
        "{'model':'m','messages':[{'role':'user'}]}", "messages[0].content");
    refused("{'model':'m','messages':[{'role':'user','content':null}]}",
        "messages[0].content");
    refused("{'model':'m','messages':[{'role':'user','content':1}]}",
        "messages[0].content");
    refused(BLOCK("1"), "messages[0].content[0]");
    refused(BLOCK("{'text':'a'}"), "messages[0].content[0].type");
    refused(BLOCK("{'type':'text'}"), "messages[0].content[0].text");
}

static void test_image_is_base64_of_a_known_type(void **state)
{
    (void)state;
    refused(IMAGE("1"), "messages[0].content[0].source");
    refused(IMAGE("{'type':'x'}"), "messages[0].content[0].source.type");
    refused(IMAGE("{'type':'base64','media_type':'image/svg+xml','data':''}"),
        "messages[0].content[0].source.media_type");
    refused(IMAGE("{'type':'base64','media_type':'image/png','data':'%'}"),
        "messages[0].content[0].source.data");
    taken(IMAGE("{'type':'base64','media_type':'image/png','data':'AAAA'}"));
}

static void test_image_address_is_public_https(void **state)
{
    (void)state;
    refused(IMAGE("{'type':'url','url':'http://example.com/a.png'}"),
        "messages[0].content[0].source.url");
    refused(IMAGE("{'type':'url','url':'https://127.0.0.1/a.png'}"),
        "messages[0].content[0].source.url");
    refused(IMAGE("{'type':'url','url':'file:///etc/passwd'}"),
        "messages[0].content[0].source.url");
    taken(IMAGE("{'type':'url','url':'https://example.com/a.png'}"));
}

static void test_call_has_id_name_and_input(void **state)
{
    (void)state;
    refused(BLOCK("{'type':'tool_use','name':'f','input':{}}"),
        "messages[0].content[0].id");
    refused(BLOCK("{'type':'tool_use','id':'t','input':{}}"),
        "messages[0].content[0].name");
    refused(BLOCK("{'type':'tool_use','id':'t','name':'f','input':'{}'}"),
        "messages[0].content[0].input");
}

static void test_result_says_what_it_answers(void **state)
{
    (void)state;
    refused(BLOCK("{'type':'tool_result','content':'a'}"),
        "messages[0].content[0].tool_use_id");
    refused(BLOCK("{'type':'tool_result','tool_use_id':'t','content':1}"),
        "messages[0].content[0].content");
    refused(BLOCK("{'type':'tool_result','tool_use_id':'t','content':["
                  "{'type':'text'}]}"),
        "messages[0].content[0].content[0].text");
    taken(BLOCK("{'type':'tool_result','tool_use_id':'t'}"));
}

static void test_results_do_not_nest_without_end(void **state)
{
    (void)state;
    refused(BLOCK("{'type':'tool_result','tool_use_id':'t','content':["
                  "{'type':'tool_result','tool_use_id':'t','content':["
                  "{'type':'tool_result','tool_use_id':'t','content':["
                  "]}]}]}"),
        "messages[0].content[0].content[0].content[0].content");
}

static void test_limit_is_a_positive_integer(void **state)
{
    (void)state;
    refused(HEAD ",'max_tokens':0}", "max_tokens");
    refused(HEAD ",'max_tokens':-1}", "max_tokens");
    refused(HEAD ",'max_tokens':1.5}", "max_tokens");
    refused(HEAD ",'max_tokens':'5'}", "max_tokens");
    refused(HEAD ",'max_tokens':1e30}", "max_tokens");
    taken(HEAD "}");
}

static void test_numbers_have_bounds(void **state)
{
    (void)state;
    refused(HEAD ",'temperature':-0.1}", "temperature");
    refused(HEAD ",'temperature':2.1}", "temperature");
    refused(HEAD ",'temperature':'1'}", "temperature");
    refused(HEAD ",'top_p':1.01}", "top_p");
    refused(HEAD ",'top_k':-1}", "top_k");
    taken(HEAD ",'temperature':null,'top_p':0,'top_k':0}");
}

static void test_system_is_text(void **state)
{
    (void)state;
    refused(HEAD ",'system':1}", "system");
    refused(HEAD ",'system':['a']}", "system[0]");
    refused(HEAD ",'system':[{'type':'image'}]}", "system[0].text");
    taken(HEAD ",'system':[]}");
}

static void test_tools_have_name_and_schema(void **state)
{
    (void)state;
    refused(HEAD ",'tools':{}}", "tools");
    refused(HEAD ",'tools':[1]}", "tools[0]");
    refused(HEAD ",'tools':[{'input_schema':{}}]}", "tools[0].name");
    refused(HEAD ",'tools':[{'name':'f'}]}", "tools[0].input_schema");
    taken(HEAD ",'tools':[{'type':'web_search_20250305','name':'s'}]}");
}

static void test_tool_choice_is_known(void **state)
{
    (void)state;
    refused(HEAD ",'tool_choice':'auto'}", "tool_choice");
    refused(HEAD ",'tool_choice':{'type':'x'}}", "tool_choice.type");
    refused(HEAD ",'tool_choice':{'type':'tool'}}", "tool_choice.name");
}

static void test_other_fields_have_their_kinds(void **state)
{
    (void)state;
    refused(HEAD ",'stream':1}", "stream");
    refused(HEAD ",'stop_sequences':'a'}", "stop_sequences");
    refused(HEAD ",'metadata':1}", "metadata");
    refused(HEAD ",'thinking':true}", "thinking");
    refused(HEAD ",'output_config':[]}", "output_config");
}

static void test_unknown_fields_and_blocks_are_taken(void **state)
{
    (void)state;
    taken(HEAD ",'context_management':{'edits':[]},'x':1}");
    taken(BLOCK("{'type':'server_tool_use','id':'s'}"));
    taken(BLOCK("{'type':'text','text':'a','citations':null}"));
}

static void test_schema_of_the_answer_is_estimated_by_its_text(void **state)
{
    static const char schema[] =
        "{'format':{'type':'json_schema','schema':{'x':'abcdefgh'}}}";
    char text[256];

    (void)state;
    snprintf(text, sizeof(text), HEAD ",'output_config':%s}", schema);
    play_estimate(DIALECT_MESSAGES, text, 2 + 4 * ESTIMATE_PER_MESSAGE, schema);
}

/* A block makes that many quarters of a token, and what its rest does. */
static void block_estimates(
    const char *block, uint64_t quarters, const char *rest)
{
    PLAY_PART(DIALECT_MESSAGES, BLOCK, block, quarters, rest);
}

static void test_document_is_estimated_by_its_size(void **state)
{
    (void)state;
    block_estimates("{'type':'document','title':'a','source':{'type':'base64',"
                    "'media_type':'application/pdf','data':'JVBERi0xLjc='}}",
        4 * ESTIMATE_PER_PAGE,
        "{'type':'document','title':'a','source':{'type':'base64',"
        "'media_type':'application/pdf','data':}}");
}

static void test_document_of_plain_text_is_estimated_by_that(void **state)
{
    (void)state;
    block_estimates("{'type':'document','source':{'type':'text',"
                    "'media_type':'text/plain','data':'abc \\u0061'}}",
        3 + 2 + 1,
        "{'type':'document','source':{'type':'text',"
        "'media_type':'text/plain','data':}}");
}

static void test_document_of_blocks_is_estimated_by_these(void **state)
{
    (void)state;
    block_estimates("{'type':'document','source':{'type':'content','content':["
                    "{'type':'text','text':'abc'},{'type':'image','source':"
                    "{'type':'url','url':'https://example.org/a.png'}}]}}",
        3 + 4 * ESTIMATE_PER_IMAGE,
        "{'type':'document','source':{'type':'content','content':}}");
    block_estimates("{'type':'document','source':{'type':'content',"
                    "'content':'abc'}}",
        3, "{'type':'document','source':{'type':'content','content':}}");
}

static void test_document_that_is_elsewhere_is_estimated_all_the_same(
    void **state)
{
    static const char *const blocks[] = {
        "{'type':'document','source':{'type':'url','url':'https://a.org/b'}}",
        "{'type':'document','source':{'type':'file','file_id':'file_1'}}",
        "{'type':'document','source':{'type':'base64','data':1}}",
        "{'type':'document','source':{'type':'text'}}",
        "{'type':'document','source':{'type':'content'}}",
        "{'type':'document','source':{}}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
        block_estimates(blocks[i],
            4 * ESTIMATE_PER_PAGE * ESTIMATE_PAGES_UNSEEN, blocks[i]);
}

static void test_image_in_a_document_is_checked_as_any(void **state)
{
    (void)state;
    refused(BLOCK("{'type':'document','source':{'type':'content','content':["
                  "{'type':'text','text':'a'},{'type':'image','source':"
                  "{'type':'url','url':'http://10.0.0.1/'}}]}}"),
        "messages[0].content[0].source.content[1].source.url");
    refused(BLOCK("{'type':'document','source':{'type':'content',"
                  "'content':1}}"),
        "messages[0].content[0].source.content");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model_is_a_string_of_1_to_128_bytes),
        cmocka_unit_test(test_messages_are_a_list_with_something_in_it),
        cmocka_unit_test(test_role_is_one_of_three),
        cmocka_unit_test(test_content_is_a_string_or_blocks),
        cmocka_unit_test(test_image_is_base64_of_a_known_type),
        cmocka_unit_test(test_image_address_is_public_https),
        cmocka_unit_test(test_call_has_id_name_and_input),
        cmocka_unit_test(test_result_says_what_it_answers),
        cmocka_unit_test(test_results_do_not_nest_without_end),
        cmocka_unit_test(test_limit_is_a_positive_integer),
        cmocka_unit_test(test_numbers_have_bounds),
        cmocka_unit_test(test_system_is_text),
        cmocka_unit_test(test_tools_have_name_and_schema),
        cmocka_unit_test(test_tool_choice_is_known),
        cmocka_unit_test(test_other_fields_have_their_kinds),
        cmocka_unit_test(test_schema_of_the_answer_is_estimated_by_its_text),
        cmocka_unit_test(test_unknown_fields_and_blocks_are_taken),
        cmocka_unit_test(test_document_is_estimated_by_its_size),
        cmocka_unit_test(test_document_of_plain_text_is_estimated_by_that),
        cmocka_unit_test(test_document_of_blocks_is_estimated_by_these),
        cmocka_unit_test(
            test_document_that_is_elsewhere_is_estimated_all_the_same),
        cmocka_unit_test(test_image_in_a_document_is_checked_as_any),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
