/* An answer must be told from an error, its usage read or distrusted, and its
 * text passed on byte for byte but for the model's name, our own keys and the
 * metering fields. Quotes are written ' here. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dialect_chat.h"
#include "play_text.h"

#define SAYS(message) "{'choices':[{'index':0,'message':" message "}]}"
#define USES(usage) "{'choices':[],'usage':" usage "}"

static int read_answer(const char *text, struct usage *usage, uint64_t *est_out)
{
    struct json_doc doc = {0};
    char *json = play_quoted(text);
    int rc;

    assert_int_equal(json_parse(&doc, json, strlen(json)), JSON_OK);
    rc = chat_answer_read(&doc, usage, est_out);
    json_free(&doc);
    free(json);
    return rc;
}

static void refuses(const char *text)
{
    struct usage usage;
    uint64_t est_out;

    assert_int_equal(read_answer(text, &usage, &est_out), -1);
}

static struct usage usage_of(const char *text)
{
    struct usage usage = {.known = true, .tokens_in = 7};
    uint64_t est_out;

    assert_int_equal(read_answer(text, &usage, &est_out), 0);
    return usage;
}

static uint64_t estimate_of(const char *text)
{
    struct usage usage;
    uint64_t est_out;

    assert_int_equal(read_answer(text, &usage, &est_out), 0);
    return est_out;
}

static void writes_metered(const char *text, const char *model,
    const struct credits *c, const char *expected)
{
    struct json_doc doc = {0};
    struct buf out = {0};
    char *json = play_quoted(text);
    char *wanted = play_quoted(expected);

    assert_int_equal(json_parse(&doc, json, strlen(json)), JSON_OK);
    chat_answer_write(&doc, &(struct completion_names){model, "up"}, c, &out);
    assert_string_equal(buf_terminate(&out), wanted);
    buf_free(&out);
    json_free(&doc);
    free(json);
    free(wanted);
}

static void writes(const char *text, const char *expected)
{
    writes_metered(text, "model", &play_credits, expected);
}

/* ---- reading ---- */

static void test_answer_that_is_no_object_is_refused(void **state)
{
    (void)state;
    refuses("[]");
    refuses("'choices'");
    refuses("null");
}

static void test_answer_without_choices_is_refused(void **state)
{
    (void)state;
    refuses("{}");
    refuses("{'choices':null}");
    refuses("{'choices':{}}");
    refuses("{'id':'x','message':{'choices':[]}}");
}

static void test_answer_with_an_error_is_refused(void **state)
{
    (void)state;
    refuses("{'error':{'message':'x'}}");
    refuses("{'choices':[],'error':{'message':'x'}}");
    refuses("{'choices':[],'error':'x'}");
    refuses("{'choices':[],'error':true}");
}

static void test_error_that_says_there_is_none_is_no_error(void **state)
{
    (void)state;
    usage_of("{'choices':[],'error':null}");
    usage_of("{'choices':[],'error':false}");
    usage_of("{'choices':[],'error':''}");
    usage_of("{'choices':[],'error':0}");
}

static void test_usage_is_read(void **state)
{
    struct usage u = usage_of(USES("{'prompt_tokens':18,"
                                   "'completion_tokens':12,'total_tokens':30,"
                                   "'prompt_tokens_details':{}}"));

    (void)state;
    assert_true(u.known);
    assert_int_equal(u.tokens_in, 18);
    assert_int_equal(u.tokens_out, 12);
}

static void test_usage_of_zero_is_known(void **state)
{
    struct usage u =
        usage_of(USES("{'prompt_tokens':0,'completion_tokens':0}"));

    (void)state;
    assert_true(u.known);
    assert_int_equal(u.tokens_in, 0);
    assert_int_equal(u.tokens_out, 0);
}

static void test_absent_usage_is_unknown(void **state)
{
    (void)state;
    assert_false(usage_of("{'choices':[]}").known);
    assert_false(usage_of(USES("null")).known);
    assert_false(usage_of(USES("[]")).known);
    assert_false(usage_of(USES("{}")).known);
}

static void test_half_a_usage_is_unknown(void **state)
{
    (void)state;
    assert_false(usage_of(USES("{'prompt_tokens':1}")).known);
    assert_false(usage_of(USES("{'completion_tokens':1}")).known);
}

static void test_absurd_usage_is_unknown(void **state)
{
    (void)state;
    assert_false(
        usage_of(USES("{'prompt_tokens':-1,'completion_tokens':1}")).known);
    assert_false(
        usage_of(USES("{'prompt_tokens':1.5,'completion_tokens':1}")).known);
    assert_false(
        usage_of(USES("{'prompt_tokens':'1','completion_tokens':1}")).known);
    assert_false(
        usage_of(USES("{'prompt_tokens':1,'completion_tokens':null}")).known);
    assert_false(
        usage_of(USES("{'prompt_tokens':1,'completion_tokens':1e3}")).known);
}

static void test_usage_is_bounded(void **state)
{
    (void)state;
    assert_true(
        usage_of(USES("{'prompt_tokens':100000000,'completion_tokens':0}"))
            .known);
    assert_false(
        usage_of(USES("{'prompt_tokens':100000001,'completion_tokens':0}"))
            .known);
    assert_false(
        usage_of(USES("{'prompt_tokens':0,'completion_tokens':100000001}"))
            .known);
}

static void test_unknown_usage_has_no_tokens(void **state)
{
    (void)state;
    assert_int_equal(usage_of("{'choices':[]}").tokens_in, 0);
}

static void test_content_is_estimated(void **state)
{
    (void)state;
    assert_int_equal(estimate_of(SAYS("{'content':'abcdefgh'}")), 2);
}

static void test_contents_of_all_choices_are_estimated(void **state)
{
    (void)state;
    assert_int_equal(estimate_of("{'choices':[{'message':{'content':'abcd'}},"
                                 "{'message':{'content':'efgh'}}]}"),
        2);
}

static void test_refusal_and_reasoning_are_estimated(void **state)
{
    (void)state;
    assert_int_equal(estimate_of(SAYS("{'content':null,'refusal':'abcd',"
                                      "'reasoning_content':'abcd'}")),
        2);
}

static void test_reasoning_under_both_names_counts_once(void **state)
{
    (void)state;
    assert_int_equal(
        estimate_of(SAYS("{'reasoning':'abcd','reasoning_content':'abcd'}")),
        1);
}

static void test_tool_calls_are_estimated(void **state)
{
    (void)state;
    assert_int_equal(estimate_of(SAYS("{'tool_calls':[{'id':'xxxxxxxx',"
                                      "'function':{'name':'abcd','arguments':"
                                      "'{}'}}]}")),
        2);
    assert_int_equal(estimate_of(SAYS("{'tool_calls':[{'type':'custom',"
                                      "'custom':{'name':'abcd','input':"
                                      "'{}'}}]}")),
        2);
    assert_int_equal(
        estimate_of(SAYS("{'function_call':{'name':'abcd','arguments':'{}'}}")),
        2);
}

static void test_odd_messages_are_estimated_as_nothing(void **state)
{
    (void)state;
    assert_int_equal(estimate_of(SAYS("'x'")), 0);
    assert_int_equal(estimate_of(SAYS("{'content':[1],'tool_calls':{}}")), 0);
    assert_int_equal(estimate_of("{'choices':[1,null,{}]}"), 0);
}

/* ---- writing ---- */

static void test_metering_is_spliced_in_at_the_end(void **state)
{
    (void)state;
    writes("{'choices':[]}", "{'choices':[]," METER "}");
}

static void test_anonymous_caller_has_null_credits(void **state)
{
    static const struct credits none = {-1, 0, 0, {5000000, 500}};

    (void)state;
    writes_metered("{'choices':[]}", "model", &none,
        "{'choices':[],'remaining_credits':null,'estimated_credits_used':0,"
        "'estimated_cost_usd':0}");
}

static void test_balance_of_zero_is_not_null(void **state)
{
    static const struct credits spent = {0, 3, 1234, {5000000, 500}};

    (void)state;
    writes_metered("{'choices':[]}", "model", &spent,
        "{'choices':[],'remaining_credits':0,'estimated_credits_used':3,"
        "'estimated_cost_usd':0.00617}");
}

static void test_model_name_is_put_in_place_of_the_upstreams(void **state)
{
    (void)state;
    writes("{'model' : 'up' ,'choices':[]}",
        "{'model' : 'model' ,'choices':[]," METER "}");
    writes("{'model':'\\u0075p','choices':[]}",
        "{'model':'model','choices':[]," METER "}");
}

static void test_another_model_name_stays(void **state)
{
    (void)state;
    writes("{'model':'up-2024','choices':[]}",
        "{'model':'up-2024','choices':[]," METER "}");
    writes(
        "{'model':null,'choices':[]}", "{'model':null,'choices':[]," METER "}");
}

static void test_same_model_name_keeps_its_spelling(void **state)
{
    (void)state;
    writes_metered("{'model':'\\u0075p','choices':[]}", "up", &play_credits,
        "{'model':'\\u0075p','choices':[]," METER "}");
}

static void test_model_name_deeper_down_stays(void **state)
{
    (void)state;
    writes("{'choices':[{'model':'up'}]}",
        "{'choices':[{'model':'up'}]," METER "}");
}

static void test_our_keys_from_upstream_are_cut_out(void **state)
{
    (void)state;
    writes("{'remaining_credits':1,'choices':[],'estimated_credits_used':2,"
           "'estimated_cost_usd':3,'policy':{'x':[]},'id':'x'}",
        "{'choices':[],'id':'x'," METER "}");
}

static void test_our_keys_in_disguise_are_cut_out(void **state)
{
    (void)state;
    writes("{'choices':[],'p\\u006flicy':{}}", "{'choices':[]," METER "}");
}

static void test_our_keys_deeper_down_stay(void **state)
{
    (void)state;
    writes("{'choices':[{'policy':1,'remaining_credits':2}]}",
        "{'choices':[{'policy':1,'remaining_credits':2}]," METER "}");
}

static void test_empty_object_gets_no_leading_comma(void **state)
{
    (void)state;
    writes("{}", "{" METER "}");
}

static void test_object_of_our_keys_alone_gets_no_leading_comma(void **state)
{
    (void)state;
    writes("{'policy':{}}", "{" METER "}");
    writes("{'policy':{},'remaining_credits':5}", "{" METER "}");
}

static void test_weird_but_valid_json_passes_byte_for_byte(void **state)
{
    (void)state;
    writes("{\n 'id' :\t'\\u0041\\/' ,\r\n'choices' : [ { } ] , 'x':1E+05 ,"
           "'':{'a':[[]]},'t':'\xf0\x9f\x98\x80\\ud83d\\ude00' }",
        "{\n 'id' :\t'\\u0041\\/' ,\r\n'choices' : [ { } ] , 'x':1E+05 ,"
        "'':{'a':[[]]},'t':'\xf0\x9f\x98\x80\\ud83d\\ude00' ," METER "}");
}

static void test_answer_is_appended(void **state)
{
    struct json_doc doc = {0};
    struct buf out = {0};

    (void)state;
    buf_puts(&out, "before ");
    assert_int_equal(json_parse(&doc, "{}", 2), JSON_OK);
    chat_answer_write(
        &doc, &(struct completion_names){"m", "m"}, &play_credits, &out);
    assert_memory_equal(out.data, "before {", 8);
    buf_free(&out);
    json_free(&doc);
}

static void test_written_answer_is_json(void **state)
{
    const char *text = "{ \"policy\" : 1 , \"choices\" : [ ] }";
    struct json_doc doc = {0};
    struct buf out = {0};

    (void)state;
    assert_int_equal(json_parse(&doc, text, strlen(text)), JSON_OK);
    chat_answer_write(
        &doc, &(struct completion_names){"m", "up"}, &play_credits, &out);
    assert_int_equal(json_parse(&doc, out.data, out.len), JSON_OK);
    buf_free(&out);
    json_free(&doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer_that_is_no_object_is_refused),
        cmocka_unit_test(test_answer_without_choices_is_refused),
        cmocka_unit_test(test_answer_with_an_error_is_refused),
        cmocka_unit_test(test_error_that_says_there_is_none_is_no_error),
        cmocka_unit_test(test_usage_is_read),
        cmocka_unit_test(test_usage_of_zero_is_known),
        cmocka_unit_test(test_absent_usage_is_unknown),
        cmocka_unit_test(test_half_a_usage_is_unknown),
        cmocka_unit_test(test_absurd_usage_is_unknown),
        cmocka_unit_test(test_usage_is_bounded),
        cmocka_unit_test(test_unknown_usage_has_no_tokens),
        cmocka_unit_test(test_content_is_estimated),
        cmocka_unit_test(test_contents_of_all_choices_are_estimated),
        cmocka_unit_test(test_refusal_and_reasoning_are_estimated),
        cmocka_unit_test(test_reasoning_under_both_names_counts_once),
        cmocka_unit_test(test_tool_calls_are_estimated),
        cmocka_unit_test(test_odd_messages_are_estimated_as_nothing),
        cmocka_unit_test(test_metering_is_spliced_in_at_the_end),
        cmocka_unit_test(test_anonymous_caller_has_null_credits),
        cmocka_unit_test(test_balance_of_zero_is_not_null),
        cmocka_unit_test(test_model_name_is_put_in_place_of_the_upstreams),
        cmocka_unit_test(test_another_model_name_stays),
        cmocka_unit_test(test_same_model_name_keeps_its_spelling),
        cmocka_unit_test(test_model_name_deeper_down_stays),
        cmocka_unit_test(test_our_keys_from_upstream_are_cut_out),
        cmocka_unit_test(test_our_keys_in_disguise_are_cut_out),
        cmocka_unit_test(test_our_keys_deeper_down_stay),
        cmocka_unit_test(test_empty_object_gets_no_leading_comma),
        cmocka_unit_test(test_object_of_our_keys_alone_gets_no_leading_comma),
        cmocka_unit_test(test_weird_but_valid_json_passes_byte_for_byte),
        cmocka_unit_test(test_answer_is_appended),
        cmocka_unit_test(test_written_answer_is_json),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
