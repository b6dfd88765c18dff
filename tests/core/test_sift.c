/* Of an answer that is not streamed, in the caller's own dialect under a
 * policy, each string that is a text is judged, and all else stays to the byte.
 * Quotes are written '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect_play.h"
#include "screen_play.h"
#include "sift.h"

static enum screen_state sift(enum dialect dialect, const char *action,
    const char *answer, struct buf *out)
{
    struct screening s;
    char *text = play_quoted(answer);
    struct json_doc doc = {0};
    enum screen_state state;

    screening_begin(&s, "\"bad\"", action, true, false);
    assert_int_equal(json_parse(&doc, text, strlen(text)), JSON_OK);
    state = sift_answer(codec_of(dialect)->sift, s.screen, &doc, out);
    json_free(&doc);
    free(text);
    screening_end(&s);
    return state;
}

static void becomes(
    enum dialect dialect, const char *answer, const char *expected)
{
    char *wanted = play_quoted(expected);
    struct buf out = {0};

    assert_int_equal(sift(dialect, "rewrite", answer, &out), SCREEN_GOES);
    assert_string_equal(buf_terminate(&out), wanted);
    buf_free(&out);
    free(wanted);
}

static void stays(enum dialect dialect, const char *answer)
{
    struct buf out = {0};

    becomes(dialect, answer, answer);
    assert_int_equal(sift(dialect, "block", answer, &out), SCREEN_GOES);
    buf_free(&out);
}

/* A block or an item that says "bad", and what it is then; no answer with it
 * goes out where such a thing is refused. */
static void judged(enum dialect dialect, const char *said, const char *shown)
{
    static const char *const forms[] = {[DIALECT_MESSAGES] = "{'content':[%s]}",
        [DIALECT_RESPONSES] = "{'output': [ %s ]}",
        [DIALECT_CHAT] = "{'choices':[{'index':0,'message':%s}]}"};
    char answer[1024], expected[1024];
    struct buf out = {0};

    snprintf(answer, sizeof(answer), forms[dialect], said);
    snprintf(expected, sizeof(expected), forms[dialect], shown);
    becomes(dialect, answer, expected);
    assert_int_equal(sift(dialect, "block", answer, &out), SCREEN_FIRED);
    buf_free(&out);
}

static void test_what_is_not_denied_stays_to_the_byte(void **state)
{
    (void)state;
    stays(DIALECT_MESSAGES,
        "{ 'content' : [ { 'type':'text', 'text' :'a \\u0062',\n'citations':["
        "{'type':'char_location','cited_text':'so','document_index':0,"
        "'start_char_index':0,'end_char_index':2}] } ] }");
    stays(DIALECT_RESPONSES,
        "{'output':[{'type':'message','content':[{'type':'output_text',"
        "'annotations':[{'type':'file_citation','index':1,'file_id':'f',"
        "'filename':'a.txt'}],'text':'b \\u0061'}]}]}");
}

static void test_marks_are_no_texts(void **state)
{
    (void)state;
    stays(DIALECT_MESSAGES,
        "{'id':'bad','model':'bad','stop_sequence':'bad','usage':{'a':'bad'},"
        "'container':{'id':'bad','expires_at':'bad'},'content':["
        "{'type':'thinking','thinking':'so','signature':'bad'},"
        "{'type':'redacted_thinking','data':'bad'},"
        "{'type':'web_search_tool_result','tool_use_id':'bad','content':["
        "{'type':'web_search_result','encrypted_content':'bad'}]},"
        "{'type':'x','source':{'type':'base64','media_type':'bad',"
        "'data':'bad'}}]}");
    stays(DIALECT_RESPONSES,
        "{'id':'bad','output':[{'id':'bad','type':'reasoning','summary':[],"
        "'encrypted_content':'bad'},{'type':'image_generation_call','id':'i',"
        "'status':'completed','result':'bad'},{'type':'code_interpreter_call',"
        "'container_id':'bad','outputs':[{'type':'image','url':"
        "'data:image/png;base64,bad'}]}]}");
}

static void test_what_repeats_the_request_is_not_judged(void **state)
{
    (void)state;
    stays(DIALECT_RESPONSES,
        "{'instructions':'never say bad','metadata':{'a':'bad'},'tools':[{"
        "'type':'function','name':'bad'}],'text':{'format':{'type':'bad'}},"
        "'output':[]}");
}

static void test_each_text_of_a_messages_answer_is_judged(void **state)
{
    const enum dialect d = DIALECT_MESSAGES;

    (void)state;
    judged(d, "{'type':'text','text':'so bad'}",
        "{'type':'text','text':'so [removed]'}");
    judged(d, "{'type':'thinking','thinking':'\\u0062ad','signature':'s'}",
        "{'type':'thinking','thinking':'[removed]','signature':'s'}");
    judged(d, "{'type':'text','text':'so','citations':[{'cited_text':'bad'}]}",
        "{'type':'text','text':'so','citations':[{'cited_text':'[removed]'}]}");
    judged(d, "{'type':'web_search_tool_result','content':[{'url':'bad'}]}",
        "{'type':'web_search_tool_result','content':[{'url':'[removed]'}]}");
    judged(d,
        "{'type':'code_execution_tool_result','content':{'stdout':'a "
        "bad\\n'}}",
        "{'type':'code_execution_tool_result','content':{'stdout':'a "
        "[removed]\\n'}}");
    judged(d,
        "{'type':'web_fetch_tool_result','content':{'source':{'type':"
        "'text','data':'bad'}}}",
        "{'type':'web_fetch_tool_result','content':{'source':{'type':"
        "'text','data':'[removed]'}}}");
    judged(d, "{'type':'new','data':[['bad']]}",
        "{'type':'new','data':[['[removed]']]}");
}

static void test_a_call_is_judged_with_its_name_and_keys(void **state)
{
    (void)state;
    judged(DIALECT_MESSAGES,
        "{'type':'tool_use','name':'a_bad_one','input':{}}",
        "{'type':'tool_use','name':'a_[removed]_one','input':{}}");
    judged(DIALECT_MESSAGES,
        "{'type':'server_tool_use','name':'f','input':{'bad':['\\u0062ad']}}",
        "{'type':'server_tool_use','name':'f','input':{'[removed]':["
        "'[removed]']}}");
    judged(DIALECT_RESPONSES,
        "{'type':'function_call','name':'f','arguments':'{\\'a\\':\\'"
        "\\\\u0062ad\\'}'}",
        "{'type':'function_call','name':'f','arguments':'{\\'a\\':\\'"
        "[removed]\\'}'}");
    judged(DIALECT_RESPONSES, "{'type':'mcp_call','name':'bad','output':'o'}",
        "{'type':'mcp_call','name':'[removed]','output':'o'}");
}

static void test_an_input_that_is_none_any_more_leaves_empty(void **state)
{
    (void)state;
    becomes(DIALECT_MESSAGES,
        "{'content':[{'type':'tool_use','input':{'bad':1,'BAD':2}}]}",
        "{'content':[{'type':'tool_use','input':{}}]}");
}

static void test_each_text_of_a_responses_answer_is_judged(void **state)
{
    const enum dialect d = DIALECT_RESPONSES;

    (void)state;
    judged(d,
        "{'type':'message','content':[{'type':'refusal','refusal':'bad'"
        "}]}",
        "{'type':'message','content':[{'type':'refusal','refusal':'[removed]'"
        "}]}");
    judged(d, "{'type':'reasoning','summary':[{'text':'bad'}]}",
        "{'type':'reasoning','summary':[{'text':'[removed]'}]}");
    judged(d, "{'type':'web_search_call','action':{'queries':['a','bad']}}",
        "{'type':'web_search_call','action':{'queries':['a','[removed]']}}");
    judged(d, "{'type':'file_search_call','results':[{'filename':'bad.txt'}]}",
        "{'type':'file_search_call','results':[{'filename':'[removed].txt'}]}");
    judged(d, "{'type':'code_interpreter_call','code':'bad()','outputs':null}",
        "{'type':'code_interpreter_call','code':'[removed]()','outputs':null}");
    judged(d, "{'type':'custom_tool_call','input':'bad'}",
        "{'type':'custom_tool_call','input':'[removed]'}");
    judged(d,
        "{'type':'image_generation_call','revised_prompt':'bad',"
        "'result':'AA'}",
        "{'type':'image_generation_call','revised_prompt':'[removed]',"
        "'result':'AA'}");
}

static void test_each_text_of_a_chat_answer_is_judged(void **state)
{
    const enum dialect d = DIALECT_CHAT;

    (void)state;
    judged(d, "{'role':'assistant','content':'so bad'}",
        "{'role':'assistant','content':'so [removed]'}");
    judged(d, "{'content':[{'type':'text','text':'bad'}]}",
        "{'content':[{'type':'text','text':'[removed]'}]}");
    judged(d, "{'content':null,'refusal':'bad'}",
        "{'content':null,'refusal':'[removed]'}");
    judged(d, "{'reasoning':'bad','reasoning_details':[{'text':'bad'}]}",
        "{'reasoning':'[removed]','reasoning_details':[{'text':'[removed]'}]}");
    judged(d,
        "{'tool_calls':[{'id':'bad','function':{'name':'bad','arguments':"
        "'{\\'a\\':\\'\\\\u0062ad\\'}'}}]}",
        "{'tool_calls':[{'id':'bad','function':{'name':'[removed]',"
        "'arguments':'{\\'a\\':\\'[removed]\\'}'}}]}");
    judged(d, "{'function_call':{'name':'f','arguments':'{\\'bad\\':1}'}}",
        "{'function_call':{'name':'f','arguments':'{\\'[removed]\\':1}'}}");
    judged(d, "{'audio':{'id':'bad','data':'bad','transcript':'bad'}}",
        "{'audio':{'id':'bad','data':'bad','transcript':'[removed]'}}");
    judged(
        d, "{'x_more':[{'data':'bad'}]}", "{'x_more':[{'data':'[removed]'}]}");
}

static void test_parts_of_a_chat_text_are_one(void **state)
{
    const enum dialect d = DIALECT_CHAT;

    (void)state;
    judged(d,
        "{'content':[{'type':'text','text':'a ba'},{'text':'d bad'},'b','ad']}",
        "{'content':[{'type':'text','text':'a [removed]'},"
        "{'text':' [removed]'},'[removed]','']}");
    judged(d,
        "{'content':[{'type':'thinking','thinking':[{'text':'ba'},{'text':'d'}"
        "],'bad':'bad'},{'text':'bad'}]}",
        "{'content':[{'type':'thinking','thinking':[{'text':'ba'},{'text':'d'}"
        "],'bad':'[removed]'},{'text':'[removed]'}]}");
}

static void test_arguments_that_are_no_string_are_judged_whole(void **state)
{
    (void)state;
    judged(DIALECT_CHAT,
        "{'tool_calls':[{'function':{'arguments':{'id':'bad','bad':[1]}}}]}",
        "{'tool_calls':[{'function':{'arguments':{'id':'[removed]',"
        "'[removed]':[1]}}}]}");
}

static void test_what_the_common_form_lacks_stays_in_a_chat_answer(void **state)
{
    (void)state;
    stays(DIALECT_CHAT,
        "{'id':'bad','object':'chat.completion','created':1,'model':'bad',"
        "'provider':'P','service_tier':'bad','system_fingerprint':'bad',"
        "'choices':[ {'index':0,'message':{'role':'assistant','content':'so',"
        "'annotations':[{'type':'url_citation','url_citation':{'start_index':"
        "0,'end_index':2}}],'reasoning_details':[{'type':"
        "'reasoning.encrypted','data':'bad'}]},'logprobs':null,"
        "'finish_reason':'stop','native_finish_reason':'x'} ],'usage':{"
        "'prompt_tokens':1,'completion_tokens':1,'x':'bad'}}");
    becomes(DIALECT_CHAT,
        "{'choices':[{'logprobs':{'content':[{'token':'ba'}]}}]}",
        "{'choices':[{'logprobs':null}]}");
}

static void test_annotations_of_a_chat_answer_stay_with_its_text(void **state)
{
    (void)state;
    becomes(DIALECT_CHAT,
        "{'choices':[{'message':{'annotations':[{'url_citation':{"
        "'start_index':1,'end_index':5}},{'url_citation':{'start_index':6,"
        "'end_index':9}}],'content':'a bad one'}}]}",
        "{'choices':[{'message':{'annotations':[{'url_citation':{"
        "'start_index':12,'end_index':15}}],'content':'a [removed] one'}}]}");
}

#define PART(before, text, notes)                                              \
    "{'output':[{'type':'message','content':[{" before "'text':'" text         \
    "','annotations':[" notes "]}]}]}"

static void test_annotations_stay_with_their_text_or_go(void **state)
{
    const enum dialect d = DIALECT_RESPONSES;

    (void)state;
    becomes(d,
        PART("", "a bad bad \xf0\x9f\x99\x82 one",
            "{'start_index':0,'end_index':1},{'start_index':3,'end_index':4},"
            "{'index':1},{'index':4},{'start_index':10,'end_index':15}"),
        PART("", "a [removed] [removed] \xf0\x9f\x99\x82 one",
            "{'start_index':0,'end_index':1},{'index':1},{'start_index':22,"
            "'end_index':27}"));
    becomes(d, PART("", "bad", "{'start_index':0,'end_index':3}"),
        PART("", "[removed]", ""));
    becomes(d, PART("'logprobs':[{'token':'x'}],", "so", "{'title':'bad'}"),
        PART("'logprobs':[],", "so", "{'title':'[removed]'}"));
    becomes(d, PART("", "so", "7,{'start_index':'x','end_index':-1}"),
        PART("", "so", "7,{'start_index':'x','end_index':-1}"));
    becomes(d,
        "{'output':[{'annotations':[{'index':4},{'index':1}],'text':'bad x'}]}",
        "{'output':[{'annotations':[{'index':10}],'text':'[removed] x'}]}");
    becomes(d, "{'output':[{'annotations':['bad'],'text':7}]}",
        "{'output':[{'annotations':['[removed]'],'text':7}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_denied_stays_to_the_byte),
        cmocka_unit_test(test_marks_are_no_texts),
        cmocka_unit_test(test_what_repeats_the_request_is_not_judged),
        cmocka_unit_test(test_each_text_of_a_messages_answer_is_judged),
        cmocka_unit_test(test_a_call_is_judged_with_its_name_and_keys),
        cmocka_unit_test(test_an_input_that_is_none_any_more_leaves_empty),
        cmocka_unit_test(test_each_text_of_a_responses_answer_is_judged),
        cmocka_unit_test(test_annotations_stay_with_their_text_or_go),
        cmocka_unit_test(test_each_text_of_a_chat_answer_is_judged),
        cmocka_unit_test(test_parts_of_a_chat_text_are_one),
        cmocka_unit_test(test_arguments_that_are_no_string_are_judged_whole),
        cmocka_unit_test(
            test_what_the_common_form_lacks_stays_in_a_chat_answer),
        cmocka_unit_test(test_annotations_of_a_chat_answer_stay_with_its_text),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
