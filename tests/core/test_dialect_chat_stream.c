/* Each frame of a stream must leave as it came, but for the closed list of
 * DESIGN.md fixed point 6; and what the caller gets must be well-formed
 * whatever the upstream does. */

#include "chat_stream_play.h"

/* ---- byte for byte ---- */

static void test_frame_leaves_at_once(void **state)
{
    (void)state;
    passes(HI);
}

static void test_unknown_fields_pass(void **state)
{
    (void)state;
    passes("{'x':{'policy':1},'choices':[{'index':0,'delta':{'y':[1]}}],"
           "'system_fingerprint':null}");
}

static void test_escapes_and_odd_spacing_pass(void **state)
{
    (void)state;
    passes("{ 'choices' :\t[ {'delta':{'content':'\\u0041\\/\\ud83d\\ude00"
           "\xc3\xa9\\n'} } ] , 'z' : 1E+05 }");
}

static void test_null_usage_passes(void **state)
{
    (void)state;
    passes("{'choices':[{'index':0,'delta':{'content':'x'}}],'usage':null}");
}

static void test_usage_beside_choices_passes(void **state)
{
    (void)state;
    passes("{'choices':[{'index':0,'delta':{'content':'x'}}],'usage':"
           "{'prompt_tokens':1,'completion_tokens':1}}");
}

static void test_odd_choices_pass(void **state)
{
    (void)state;
    passes("{'choices':[1,null,'x',{},{'delta':7},{'delta':null}]}");
}

static void test_blanks_around_a_frame_are_dropped(void **state)
{
    (void)state;
    lets_out(" \t" HI "\r\n ", DATA(HI));
}

static void test_line_ends_between_tokens_become_blanks(void **state)
{
    (void)state;
    lets_out("{\n'choices':[\r\n{'delta':{}}\r]\n}",
        DATA("{ 'choices':[  {'delta':{}} ] }"));
}

static void test_line_ends_before_the_frame_in_out_stay(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(&p, HI);
    play_take(&p, HI);
    out_is(&p, DATA(HI) DATA(HI));
    play_end(&p);
}

static void test_same_frames_yield_the_same_bytes(void **state)
{
    static const char *const frames[] = {HI, HI, STOP, USAGE};
    struct play a = begin_with_usage();
    struct play b = begin_with_usage();

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        play_take(&a, frames[i]);
        play_take(&b, frames[i]);
    }
    finish(&a);
    finish(&b);
    assert_string_equal(buf_terminate(&a.out), buf_terminate(&b.out));
    play_end(&a);
    play_end(&b);
}

/* ---- the exceptions ---- */

static void test_model_name_is_put_in_place_of_the_upstreams(void **state)
{
    (void)state;
    lets_out("{'model' : 'up','choices':[{}]}",
        DATA("{'model' : 'model','choices':[{}]}"));
    lets_out("{'choices':[{}],'model':'u\\u0070'}",
        DATA("{'choices':[{}],'model':'model'}"));
}

static void test_another_model_name_passes(void **state)
{
    (void)state;
    passes("{'model':'up-2024','choices':[{}]}");
    passes("{'model':null,'choices':[{}]}");
}

static void test_same_model_name_keeps_its_spelling(void **state)
{
    struct completion request = {.stream = true, .n = 1};
    struct play p = begin_as(&request, "up");

    (void)state;
    play_take(&p, "{'model':'u\\u0070','choices':[{}]}");
    out_is(&p, DATA("{'model':'u\\u0070','choices':[{}]}"));
    play_end(&p);
}

static void test_model_name_is_quoted(void **state)
{
    struct completion request = {.stream = true, .n = 1};
    struct play p = begin_as(&request, "a\\b");

    (void)state;
    play_take(&p, "{'model':'up','choices':[{}]}");
    out_is(&p, DATA("{'model':'a\\\\b','choices':[{}]}"));
    play_end(&p);
}

static void test_empty_role_is_cut_out(void **state)
{
    (void)state;
    lets_out("{'choices':[{'delta':{'role':'','content':'x'}}]}",
        DATA("{'choices':[{'delta':{'content':'x'}}]}"));
    lets_out("{'choices':[{'delta':{'content':'x' , 'role':''}}]}",
        DATA("{'choices':[{'delta':{'content':'x'}}]}"));
    lets_out("{'choices':[{'delta':{'a':1,'role':'','content':'x'}}]}",
        DATA("{'choices':[{'delta':{'a':1,'content':'x'}}]}"));
}

static void test_empty_role_alone_leaves_an_empty_delta(void **state)
{
    (void)state;
    lets_out("{'choices':[{'delta':{'role':''}}]}",
        DATA("{'choices':[{'delta':{}}]}"));
}

static void test_empty_role_is_cut_out_of_every_choice(void **state)
{
    (void)state;
    lets_out("{'choices':[{'index':0,'delta':{'role':''}},{'index':1,'delta':"
             "{'role':'assistant'}},{'index':2,'delta':{'role':'','x':1}}]}",
        DATA("{'choices':[{'index':0,'delta':{}},{'index':1,'delta':"
             "{'role':'assistant'}},{'index':2,'delta':{'x':1}}]}"));
}

static void test_other_roles_pass(void **state)
{
    (void)state;
    passes("{'choices':[{'delta':{'role':'assistant','content':''}}]}");
    passes("{'choices':[{'delta':{'role':null}}]}");
    passes("{'role':'','choices':[{'role':'','delta':{'x':{'role':''}}}]}");
}

static void test_our_own_keys_are_cut_out(void **state)
{
    (void)state;
    lets_out("{'policy':{'a':1},'choices':[{}],'remaining_credits':1,"
             "'estimated_credits_used':2,'id':'x','estimated_cost_usd':3}",
        DATA("{'choices':[{}],'id':'x'}"));
}

static void test_several_edits_in_one_frame(void **state)
{
    (void)state;
    lets_out("{'policy':1,'model':'up','choices':[{'delta':{'role':''}}],"
             "'remaining_credits':1}",
        DATA("{'model':'model','choices':[{'delta':{}}]}"));
}

static void test_chunk_without_choices_is_dropped(void **state)
{
    (void)state;
    lets_out("{'choices':[],'prompt_filter_results':[{}]}", "");
    lets_out("{'id':'x'}", "");
    lets_out("{'choices':null}", "");
    lets_out("{'choices':{}}", "");
    lets_out("{}", "");
}

static void test_unasked_usage_chunk_is_dropped(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(&p, HI);
    play_take(&p, USAGE);
    out_is(&p, DATA(HI));
    play_end(&p);
}

static void test_ill_formed_utf8_is_replaced(void **state)
{
    (void)state;
    lets_out("{'choices':[{'delta':{'content':'a\xff"
             "b'}}]}",
        DATA("{'choices':[{'delta':{'content':'a\xef\xbf\xbd"
             "b'}}]}"));
}

static void test_half_a_surrogate_pair_is_replaced(void **state)
{
    (void)state;
    lets_out("{'choices':[{'delta':{'content':'a\\ud83d'}}]}",
        DATA("{'choices':[{'delta':{'content':'a\\ufffd'}}]}"));
    lets_out("{'choices':[{'delta':{'content':'\\uDE00\\ud83d\\uDe00'}}]}",
        DATA("{'choices':[{'delta':{'content':'\\ufffd\\ud83d\\uDe00'}}]}"));
    lets_out("{'choices':[{'delta':{'content':'\\ud83d\\ud83d\\ude00'}}]}",
        DATA("{'choices':[{'delta':{'content':'\\ufffd\\ud83d\\ude00'}}]}"));
}

static void test_escaped_backslash_before_a_u_is_no_surrogate(void **state)
{
    (void)state;
    lets_out("{'choices':[{'delta':{'content':'\\\\ud83d\xff'}}]}",
        DATA("{'choices':[{'delta':{'content':'\\\\ud83d\xef\xbf\xbd'}}]}"));
}

static void test_frame_after_a_repaired_one_passes(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(&p, "{'choices':[{'delta':{'content':'\xc3'}}]}");
    play_take(&p, HI);
    out_is(&p,
        DATA("{'choices':[{'delta':{'content':'\xef\xbf\xbd'}}]}") DATA(HI));
    play_end(&p);
}

/* ---- broken and failed upstreams ---- */

static void is_broken(const char *frame)
{
    struct play p = begin();

    assert_int_equal(play_feed(&p, frame), STREAM_BROKEN);
    out_is(&p, "");
    play_end(&p);
}

static void test_data_that_is_no_json_is_broken(void **state)
{
    (void)state;
    is_broken("<html>");
    is_broken("");
    is_broken("{'choices':[}");
    is_broken("{} {}");
    is_broken("[DONE");
    is_broken("[done]");
}

static void test_data_that_is_no_object_is_broken(void **state)
{
    (void)state;
    is_broken("[]");
    is_broken("'x'");
    is_broken("1");
    is_broken("null");
}

static void test_duplicate_key_is_broken(void **state)
{
    (void)state;
    is_broken("{'choices':[{}],'choices':[{}]}");
}

static void tells(const char *frame, const char *message)
{
    struct play p = begin();

    assert_int_equal(play_feed(&p, frame), STREAM_ERROR);
    assert_int_equal(p.fault.code, REFUSE_UPSTREAM_ERROR);
    assert_string_equal(p.fault.param, "");
    assert_string_equal(p.fault.message, message);
    out_is(&p, "");
    play_end(&p);
}

static void test_error_is_told_in_the_upstreams_words(void **state)
{
    (void)state;
    tells("{'error':{'message':'out of m\\u00e9mory','code':5}}",
        "out of m\xc3\xa9mory");
}

static void test_error_beside_choices_is_an_error(void **state)
{
    (void)state;
    tells("{'choices':[{}],'error':{'message':'x'}}", "x");
}

static void test_error_without_words_has_the_tables(void **state)
{
    (void)state;
    tells("{'error':{}}", "");
    tells("{'error':'x'}", "");
    tells("{'error':true}", "");
    tells("{'error':{'message':7}}", "");
}

static void test_error_that_names_a_place_is_not_quoted(void **state)
{
    (void)state;
    tells("{'error':{'message':'see HTTPS://10.0.0.1/x'}}", "");
    tells("{'error':{'message':'http'}}", "");
    tells("{'error':{'message':'\\u0068ttp://x'}}", "");
}

static void test_error_page_is_not_quoted(void **state)
{
    (void)state;
    tells("{'error':{'message':'<html>'}}", "");
}

static void test_long_error_is_not_quoted(void **state)
{
    char text[500], words[402];

    (void)state;
    memset(words, 'x', sizeof(words));
    words[400] = '\0';
    snprintf(text, sizeof(text), "{'error':{'message':'%s'}}", words);
    tells(text, words);
    snprintf(text, sizeof(text), "{'error':{'message':'%sy'}}", words);
    tells(text, "");
}

static void test_error_that_says_there_is_none_passes(void **state)
{
    (void)state;
    passes("{'choices':[{}],'error':null}");
    passes("{'choices':[{}],'error':false}");
}

static void test_failed_out_buffer_is_told(void **state)
{
    struct play p = begin();

    (void)state;
    p.out.failed = true;
    assert_int_equal(play_feed(&p, HI), STREAM_NO_MEMORY);
    play_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame_leaves_at_once),
        cmocka_unit_test(test_unknown_fields_pass),
        cmocka_unit_test(test_escapes_and_odd_spacing_pass),
        cmocka_unit_test(test_null_usage_passes),
        cmocka_unit_test(test_usage_beside_choices_passes),
        cmocka_unit_test(test_odd_choices_pass),
        cmocka_unit_test(test_blanks_around_a_frame_are_dropped),
        cmocka_unit_test(test_line_ends_between_tokens_become_blanks),
        cmocka_unit_test(test_line_ends_before_the_frame_in_out_stay),
        cmocka_unit_test(test_same_frames_yield_the_same_bytes),
        cmocka_unit_test(test_model_name_is_put_in_place_of_the_upstreams),
        cmocka_unit_test(test_another_model_name_passes),
        cmocka_unit_test(test_same_model_name_keeps_its_spelling),
        cmocka_unit_test(test_model_name_is_quoted),
        cmocka_unit_test(test_empty_role_is_cut_out),
        cmocka_unit_test(test_empty_role_alone_leaves_an_empty_delta),
        cmocka_unit_test(test_empty_role_is_cut_out_of_every_choice),
        cmocka_unit_test(test_other_roles_pass),
        cmocka_unit_test(test_our_own_keys_are_cut_out),
        cmocka_unit_test(test_several_edits_in_one_frame),
        cmocka_unit_test(test_chunk_without_choices_is_dropped),
        cmocka_unit_test(test_unasked_usage_chunk_is_dropped),
        cmocka_unit_test(test_ill_formed_utf8_is_replaced),
        cmocka_unit_test(test_half_a_surrogate_pair_is_replaced),
        cmocka_unit_test(test_escaped_backslash_before_a_u_is_no_surrogate),
        cmocka_unit_test(test_frame_after_a_repaired_one_passes),
        cmocka_unit_test(test_data_that_is_no_json_is_broken),
        cmocka_unit_test(test_data_that_is_no_object_is_broken),
        cmocka_unit_test(test_duplicate_key_is_broken),
        cmocka_unit_test(test_error_is_told_in_the_upstreams_words),
        cmocka_unit_test(test_error_beside_choices_is_an_error),
        cmocka_unit_test(test_error_without_words_has_the_tables),
        cmocka_unit_test(test_error_that_names_a_place_is_not_quoted),
        cmocka_unit_test(test_error_page_is_not_quoted),
        cmocka_unit_test(test_long_error_is_not_quoted),
        cmocka_unit_test(test_error_that_says_there_is_none_passes),
        cmocka_unit_test(test_failed_out_buffer_is_told),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
