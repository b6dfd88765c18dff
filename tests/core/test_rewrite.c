/* A request to an upstream of the caller's dialect passes byte for byte but for
 * the model, the limit and what is ours. Those of chat are in
 * test_dialect_chat_rewrite.c. Quotes are written '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect_play.h"

#define USER "'messages':[{'role':'user','content':'hi'}]"

static void becomes(
    enum dialect dialect, const char *text, const char *expected)
{
    const struct completion_rewrite rewrite = {"up", 50};
    char *json = play_quoted(text), *wanted = play_quoted(expected);
    struct completion completion;
    struct fault fault;
    struct json_doc doc = {0};
    struct buf out = {0};

    assert_int_equal(json_parse(&doc, json, strlen(json)), JSON_OK);
    assert_int_equal(codec_of(dialect)->read(&doc, &completion, &fault), 0);
    codec_of(dialect)->write(&doc, &completion, &rewrite, &out);
    assert_string_equal(buf_terminate(&out), wanted);
    json_free(&doc);
    buf_free(&out);
    free(wanted);
    free(json);
}

static void test_limit_is_replaced_in_place(void **state)
{
    (void)state;
    becomes(DIALECT_MESSAGES, "{'max_tokens': 100,'model':'m'," USER "}",
        "{'max_tokens': 50,'model':'up'," USER "}");
    becomes(DIALECT_RESPONSES,
        "{'model':'m','input':'hi','max_output_tokens':100}",
        "{'model':'up','input':'hi','max_output_tokens':50}");
}

static void test_limit_is_added_where_there_is_none(void **state)
{
    (void)state;
    becomes(DIALECT_MESSAGES, "{'model':'m'," USER "}",
        "{'model':'up'," USER ",'max_tokens':50}");
    becomes(DIALECT_RESPONSES, "{'model':'m','input':'hi'}",
        "{'model':'up','input':'hi','max_output_tokens':50}");
}

static void test_null_limit_becomes_the_limit(void **state)
{
    (void)state;
    becomes(DIALECT_RESPONSES,
        "{'model':'m','input':'hi','max_output_tokens':null}",
        "{'model':'up','input':'hi','max_output_tokens':50}");
}

static void test_other_dialects_get_no_stream_options(void **state)
{
    (void)state;
    becomes(DIALECT_MESSAGES, "{'model':'m','stream':true," USER "}",
        "{'model':'up','stream':true," USER ",'max_tokens':50}");
    becomes(DIALECT_RESPONSES,
        "{'model':'m','stream':true,'input':'hi','stream_options':{'x':1}}",
        "{'model':'up','stream':true,'input':'hi','stream_options':{'x':1},"
        "'max_output_tokens':50}");
}

static void test_what_is_ours_stays_here(void **state)
{
    (void)state;
    becomes(DIALECT_RESPONSES,
        "{'policy':{},'model':'m','policy_id':'p','input':'hi','api_base':1,"
        "'max_output_tokens':9,'custom_host':'h'}",
        "{'model':'up','input':'hi','max_output_tokens':50}");
}

static void test_references_pass_to_who_may_have_them(void **state)
{
    (void)state;
    becomes(DIALECT_RESPONSES,
        "{'model':'m','previous_response_id':'resp_1','input':["
        "{'type':'item_reference','id':'msg_1'}]}",
        "{'model':'up','previous_response_id':'resp_1','input':["
        "{'type':'item_reference','id':'msg_1'}],'max_output_tokens':50}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit_is_replaced_in_place),
        cmocka_unit_test(test_limit_is_added_where_there_is_none),
        cmocka_unit_test(test_null_limit_becomes_the_limit),
        cmocka_unit_test(test_other_dialects_get_no_stream_options),
        cmocka_unit_test(test_what_is_ours_stays_here),
        cmocka_unit_test(test_references_pass_to_who_may_have_them),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
