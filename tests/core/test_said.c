/* All texts of a request that users said are found, in their order, and can be
 * replaced; a note to the model finds its place. API.md 13.2 S5, 8.7. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "play_text.h"
#include "said.h"

/* The texts, "|" before those of a new turn and "+" before others. */
static void check(enum dialect dialect, const char *request, const char *wanted)
{
    char *text = play_quoted(request);
    struct json_doc doc = {0};
    struct said said;
    struct buf got = {0};

    assert_int_equal(json_parse(&doc, text, strlen(text)), JSON_OK);
    assert_int_equal(said_read(&said, &doc, dialect), 0);
    for (size_t i = 0; i < said.count; i++) {
        assert_true(i == 0 || said.of[i].node > said.of[i - 1].node);
        buf_puts(&got, said.of[i].same_turn ? "+" : "|");
        json_string(&doc, said.of[i].node, &got);
    }
    assert_string_equal(buf_terminate(&got), wanted);
    buf_free(&got);
    said_free(&said);
    json_free(&doc);
    free(text);
}

/* Each of the users' texts becomes an x behind itself. */
static void check_amended(enum dialect dialect, const char *request,
    const char *note, bool edits, const char *expect)
{
    char *text = play_quoted(request), *wanted = play_quoted(expect);
    struct said_edit edit[8];
    struct buf texts[8] = {0}, out = {0};
    struct json_doc doc = {0};
    struct said said;

    assert_int_equal(json_parse(&doc, text, strlen(text)), JSON_OK);
    assert_int_equal(said_read(&said, &doc, dialect), 0);
    assert_true(said.count <= 8);
    for (size_t i = 0; i < said.count; i++) {
        json_string(&doc, said.of[i].node, &texts[i]);
        buf_puts(&texts[i], "x");
        edit[i].node = said.of[i].node;
        edit[i].text = (struct span){texts[i].data, texts[i].len};
    }
    said_amend(&doc, dialect, edit, edits ? said.count : 0,
        (struct span){note, strlen(note)}, &out);
    assert_string_equal(buf_terminate(&out), wanted);
    assert_int_equal(json_parse(&doc, out.data, out.len), JSON_OK);
    for (size_t i = 0; i < said.count; i++)
        buf_free(&texts[i]);
    buf_free(&out);
    said_free(&said);
    json_free(&doc);
    free(wanted);
    free(text);
}

static void test_only_words_of_users_count(void **state)
{
    (void)state;
    check(DIALECT_CHAT,
        "{'messages':[{'role':'system','content':'a'},{'role':'developer',"
        "'content':'b'},{'role':'user','content':'c'},{'role':'assistant',"
        "'content':'d'},{'role':'tool','content':'e'},{'role':'function',"
        "'content':'f'},{'content':'g','role':'user'}]}",
        "|c|g");
    check(DIALECT_MESSAGES,
        "{'system':'a','messages':[{'role':'user','content':'b'},"
        "{'role':'assistant','content':'c'},{'role':'user','content':['d',"
        "{'type':'tool_result','content':'e','text':'f'},"
        "{'type':'text','text':'g'}]}]}",
        "|b|d+g");
    check(DIALECT_RESPONSES,
        "{'instructions':'a','input':[{'role':'user','content':'b'},"
        "{'type':'function_call_output','output':'c'},"
        "{'type':'message','role':'user','content':[{'type':'input_text',"
        "'text':'d'},{'type':'input_text','text':'e'}]}]}",
        "|b|d+e");
    check(DIALECT_RESPONSES, "{'input':'hello'}", "|hello");
    check(DIALECT_CHAT, "{'messages':[]}", "");
}

static void test_who_is_nobody_else_is_a_user(void **state)
{
    (void)state;
    check(DIALECT_CHAT,
        "{'messages':[{'role':'User','content':'a'},"
        "{'role':'some','content':'b'},{'role':7,'content':'c'}]}",
        "|a|b|c");
}

static void test_texts_have_the_order_in_which_they_stand(void **state)
{
    (void)state;
    check(DIALECT_MESSAGES,
        "{'messages':[{'role':'user','content':[{'source':{'type':'text',"
        "'media_type':'text/plain','data':'a'},'context':'b','type':'document',"
        "'title':'c'},{'type':'document','title':'d','source':{'content':["
        "{'type':'text','text':'e'}],'type':'content'}}]}]}",
        "|a+b+c+d+e");
}

static void test_what_is_not_known_and_holds_text_is_seen(void **state)
{
    (void)state;
    check(DIALECT_MESSAGES,
        "{'messages':[{'role':'user','content':[{'type':'search_result',"
        "'source':'http://a','title':'b','content':[{'type':'text',"
        "'text':'c'}]},{'type':'new','text':'d','more':['e']}]}]}",
        "|b+c+d");
    check(DIALECT_CHAT,
        "{'messages':[{'role':'user','content':[{'type':'image_url',"
        "'image_url':{'url':'x'}},{'text':'a'},{'type':'refusal',"
        "'refusal':'b'},7,null]}]}",
        "|a+b");
}

static void test_pictures_have_no_text(void **state)
{
    (void)state;
    check(DIALECT_MESSAGES,
        "{'messages':[{'role':'user','content':[{'type':'image','source':"
        "{'type':'base64','media_type':'image/png','data':'QUJD'}},"
        "{'type':'document','source':{'type':'base64','data':'QUJD'}}]}]}",
        "");
}

static void test_a_note_comes_before_other_words_of_the_system(void **state)
{
    (void)state;
    check_amended(DIALECT_CHAT,
        "{'model':'m','messages':[{'role':'system','content':'s'}]}", "n",
        false,
        "{'model':'m','messages':[{'role':'system','content':'n'},"
        "{'role':'system','content':'s'}]}");
    check_amended(DIALECT_CHAT, "{'messages': [ ]}", "n", false,
        "{'messages': [{'role':'system','content':'n'} ]}");
    check_amended(DIALECT_MESSAGES, "{'system':'s','messages':[]}", "n\"",
        false, "{'system':'n\\'\\n\\ns','messages':[]}");
}

static void test_a_note_finds_its_place_in_each_dialect(void **state)
{
    (void)state;
    check_amended(DIALECT_MESSAGES, "{'messages':[]}", "n", false,
        "{'system':'n','messages':[]}");
    check_amended(DIALECT_MESSAGES, "{'messages':[],'system':null}", "n", false,
        "{'messages':[],'system':'n'}");
    check_amended(DIALECT_MESSAGES,
        "{'system':[{'type':'text','text':'s'}],'messages':[]}", "n", false,
        "{'system':[{'type':'text','text':'n'},{'type':'text','text':'s'}],"
        "'messages':[]}");
    check_amended(DIALECT_MESSAGES, "{'system':[],'messages':[]}", "n", false,
        "{'system':[{'type':'text','text':'n'}],'messages':[]}");
    check_amended(DIALECT_RESPONSES, "{'input':'i'}", "n", false,
        "{'instructions':'n','input':'i'}");
    check_amended(DIALECT_RESPONSES, "{'input':'i','instructions':'s'}", "n",
        false, "{'input':'i','instructions':'n\\n\\ns'}");
    check_amended(DIALECT_RESPONSES, "{'input':'i','instructions':null}", "n",
        false, "{'input':'i','instructions':'n'}");
}

static void test_texts_are_replaced_before_and_behind_the_note(void **state)
{
    (void)state;
    check_amended(DIALECT_MESSAGES,
        "{'messages':[{'role':'user','content':'a\\u00e4'}],'system':'s'}", "n",
        true,
        "{'messages':[{'role':'user','content':'a\xc3\xa4x'}],"
        "'system':'n\\n\\ns'}");
    check_amended(DIALECT_CHAT,
        "{'messages':[{'role':'user','content':'a'},{'role':'user',"
        "'content':[{'type':'text','text':'b'}]}],'z':1}",
        "n", true,
        "{'messages':[{'role':'system','content':'n'},{'role':'user',"
        "'content':'ax'},{'role':'user','content':[{'type':'text','text':"
        "'bx'}]}],'z':1}");
    check_amended(
        DIALECT_RESPONSES, "{'input':'a'}", "", true, "{'input':'ax'}");
    check_amended(DIALECT_MESSAGES,
        "{'messages':[{'role':'user','content':[{'source':{'type':'text',"
        "'data':'a'},'type':'document','title':'b'}]}]}",
        "n", true,
        "{'system':'n','messages':[{'role':'user','content':[{'source':"
        "{'type':'text','data':'ax'},'type':'document','title':'bx'}]}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_words_of_users_count),
        cmocka_unit_test(test_who_is_nobody_else_is_a_user),
        cmocka_unit_test(test_texts_have_the_order_in_which_they_stand),
        cmocka_unit_test(test_what_is_not_known_and_holds_text_is_seen),
        cmocka_unit_test(test_pictures_have_no_text),
        cmocka_unit_test(test_a_note_comes_before_other_words_of_the_system),
        cmocka_unit_test(test_a_note_finds_its_place_in_each_dialect),
        cmocka_unit_test(test_texts_are_replaced_before_and_behind_the_note),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
