/* Each frame of a stream must leave as it came, but for the closed list of
 * DESIGN.md fixed point 6; usage and the end must be known; and what the
 * caller gets must be well-formed whatever the upstream does. Quotes are
 * written ' here. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dialect_chat.h"

static const struct credits credits = {48, 1, 30, {5000000, 500}};

#define METER                                                                  \
    "'remaining_credits':48,'estimated_credits_used':1,"                       \
    "'estimated_cost_usd':0.00015"
#define HI "{'choices':[{'index':0,'delta':{'content':'hi'}}]}"
#define STOP "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}"
#define STOP_METERED                                                           \
    "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]," METER "}"
#define USAGE                                                                  \
    "{'choices':[],'usage':{'prompt_tokens':18,'completion_tokens':12}}"
#define USAGE_METERED                                                          \
    "{'choices':[],'usage':{'prompt_tokens':18,'completion_tokens':12}," METER \
    "}"
#define DATA(json) "data: " json "\n\n"
#define DONE "data: [DONE]\n\n"

/* A stream and what came out of it. */
struct play {
    struct stream *stream;
    struct buf out;
    struct fault fault;
};

static char *quoted(const char *text)
{
    char *copy = strdup(text);

    assert_non_null(copy);
    for (char *c = copy; *c != '\0'; c++) {
        if (*c == '\'')
            *c = '"';
    }
    return copy;
}

static struct play begin_as(const struct completion *request, const char *model)
{
    struct play p = {.stream = chat_stream(
                         request, &(struct completion_names){model, "up"})};

    assert_non_null(p.stream);
    return p;
}

static struct play begin(void)
{
    struct completion request = {.stream = true, .n = 1, .est_in = 100};

    return begin_as(&request, "model");
}

static struct play begin_with_usage(void)
{
    struct completion request = {
        .stream = true, .include_usage = true, .n = 1, .est_in = 100};

    return begin_as(&request, "model");
}

static void end(struct play *p)
{
    stream_free(p->stream);
    buf_free(&p->out);
}

static enum stream_frame feed(struct play *p, const char *text)
{
    char *json = quoted(text);
    enum stream_frame rc = stream_frame(
        p->stream, (struct span){json, strlen(json)}, &p->out, &p->fault);

    free(json);
    return rc;
}

static void take(struct play *p, const char *text)
{
    assert_int_equal(feed(p, text), STREAM_TAKEN);
}

static void out_is(struct play *p, const char *expected)
{
    char *wanted = quoted(expected);

    assert_string_equal(buf_terminate(&p->out), wanted);
    free(wanted);
}

static void finish(struct play *p)
{
    stream_finish(p->stream, &credits, &p->out);
}

/* A stream of that one frame lets this out. */
static void lets_out(const char *frame, const char *expected)
{
    struct play p = begin();

    take(&p, frame);
    out_is(&p, expected);
    end(&p);
}

static void is_broken(const char *frame)
{
    struct play p = begin();

    assert_int_equal(feed(&p, frame), STREAM_BROKEN);
    out_is(&p, "");
    end(&p);
}

static void passes(const char *json)
{
    char expected[1000];

    snprintf(expected, sizeof(expected), DATA("%s"), json);
    lets_out(json, expected);
}

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
    take(&p, HI);
    take(&p, HI);
    out_is(&p, DATA(HI) DATA(HI));
    end(&p);
}

static void test_same_frames_yield_the_same_bytes(void **state)
{
    static const char *const frames[] = {HI, HI, STOP, USAGE};
    struct play a = begin_with_usage();
    struct play b = begin_with_usage();

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        take(&a, frames[i]);
        take(&b, frames[i]);
    }
    finish(&a);
    finish(&b);
    assert_string_equal(buf_terminate(&a.out), buf_terminate(&b.out));
    end(&a);
    end(&b);
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
    take(&p, "{'model':'u\\u0070','choices':[{}]}");
    out_is(&p, DATA("{'model':'u\\u0070','choices':[{}]}"));
    end(&p);
}

static void test_model_name_is_quoted(void **state)
{
    struct completion request = {.stream = true, .n = 1};
    struct play p = begin_as(&request, "a\\b");

    (void)state;
    take(&p, "{'model':'up','choices':[{}]}");
    out_is(&p, DATA("{'model':'a\\\\b','choices':[{}]}"));
    end(&p);
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
    take(&p, HI);
    take(&p, USAGE);
    out_is(&p, DATA(HI));
    end(&p);
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
    take(&p, "{'choices':[{'delta':{'content':'\xc3'}}]}");
    take(&p, HI);
    out_is(&p,
        DATA("{'choices':[{'delta':{'content':'\xef\xbf\xbd'}}]}") DATA(HI));
    end(&p);
}

/* ---- broken and failed upstreams ---- */

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

    assert_int_equal(feed(&p, frame), STREAM_ERROR);
    assert_int_equal(p.fault.code, REFUSE_UPSTREAM_ERROR);
    assert_string_equal(p.fault.param, "");
    assert_string_equal(p.fault.message, message);
    out_is(&p, "");
    end(&p);
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
    assert_int_equal(feed(&p, HI), STREAM_NO_MEMORY);
    end(&p);
}

/* ---- the end ---- */

static void test_done_is_told(void **state)
{
    struct play p = begin();

    (void)state;
    assert_int_equal(feed(&p, "[DONE]"), STREAM_DONE);
    assert_int_equal(feed(&p, " [DONE]\t"), STREAM_DONE);
    out_is(&p, "");
    end(&p);
}

static void test_finish_frame_is_held_back(void **state)
{
    struct play p = begin();

    (void)state;
    take(&p, HI);
    take(&p, STOP);
    out_is(&p, DATA(HI));
    end(&p);
}

static void test_held_frame_ends_with_the_metering(void **state)
{
    struct play p = begin();

    (void)state;
    take(&p, HI);
    take(&p, STOP);
    finish(&p);
    out_is(&p, DATA(HI) DATA(STOP_METERED) DONE);
    end(&p);
}

static void test_usage_chunk_does_not_release_the_held_frame(void **state)
{
    struct play p = begin();

    (void)state;
    take(&p, STOP);
    take(&p, USAGE);
    out_is(&p, "");
    finish(&p);
    out_is(&p, DATA(STOP_METERED) DONE);
    end(&p);
}

static void test_edits_are_made_in_the_held_frame_too(void **state)
{
    struct play p = begin();

    (void)state;
    take(&p, "{'model':'up','choices':[{'delta':{'role':''},\n"
             "'finish_reason':'stop'}],'policy':1 }");
    finish(&p);
    out_is(&p, DATA("{'model':'model','choices':[{'delta':{}, "
                    "'finish_reason':'stop'}] ," METER "}") DONE);
    end(&p);
}

static void test_later_choice_releases_the_held_frame(void **state)
{
    struct play p = begin();

    (void)state;
    take(&p, "{'choices':[{'index':1,'delta':{'content':'x'}}]}");
    take(&p, STOP);
    take(&p, "{'choices':[{'index':1,'delta':{'content':'y'}}]}");
    out_is(&p, DATA("{'choices':[{'index':1,'delta':{'content':'x'}}]}") DATA(
                   STOP) DATA("{'choices':[{'index':1,'delta':{'content':'y'}"
                              "}]}"));
    end(&p);
}

static void test_second_finish_frame_releases_the_first(void **state)
{
    const char *second =
        "{'choices':[{'index':1,'delta':{},'finish_reason':'length'}]}";
    struct play p = begin();

    (void)state;
    take(&p, STOP);
    take(&p, second);
    out_is(&p, DATA(STOP));
    finish(&p);
    out_is(&p, DATA(STOP) DATA("{'choices':[{'index':1,'delta':{},"
                               "'finish_reason':'length'}]," METER "}") DONE);
    end(&p);
}

static void test_frame_after_all_has_finished_takes_the_metering(void **state)
{
    struct play p = begin();

    (void)state;
    take(&p, STOP);
    take(&p, "{'choices':[{'index':0,'delta':{'content':''}}]}");
    out_is(&p, DATA(STOP));
    finish(&p);
    out_is(&p, DATA(STOP) DATA("{'choices':[{'index':0,'delta':{'content':''}}"
                               "]," METER "}") DONE);
    end(&p);
}

static void test_empty_finish_reason_is_none(void **state)
{
    (void)state;
    passes("{'choices':[{'index':0,'delta':{},'finish_reason':''}]}");
    passes("{'choices':[{'index':0,'delta':{},'finish_reason':null}]}");
}

static void test_end_without_a_held_frame_is_just_done(void **state)
{
    struct play p = begin();

    (void)state;
    take(&p, HI);
    finish(&p);
    out_is(&p, DATA(HI) DONE);
    end(&p);
}

static void test_end_of_an_empty_stream_is_just_done(void **state)
{
    struct play p = begin_with_usage();

    (void)state;
    finish(&p);
    out_is(&p, DONE);
    end(&p);
}

/* ---- the usage chunk ---- */

static void test_asked_usage_chunk_comes_last_and_metered(void **state)
{
    struct play p = begin_with_usage();

    (void)state;
    take(&p, STOP);
    take(&p, USAGE);
    out_is(&p, "");
    finish(&p);
    out_is(&p, DATA(STOP_METERED) DATA(USAGE_METERED) DONE);
    end(&p);
}

static void test_usage_chunk_is_edited_like_any_frame(void **state)
{
    struct play p = begin_with_usage();

    (void)state;
    take(&p, "{'model':'up','policy':1,'choices':[],'usage':{}}");
    finish(&p);
    out_is(
        &p, DATA("{'model':'model','choices':[],'usage':{}," METER "}") DONE);
    end(&p);
}

static void test_of_several_usage_chunks_the_last_is_sent(void **state)
{
    struct play p = begin_with_usage();

    (void)state;
    take(&p, "{'choices':[],'usage':{'prompt_tokens':1,"
             "'completion_tokens':1}}");
    take(&p, USAGE);
    finish(&p);
    out_is(&p, DATA(USAGE_METERED) DONE);
    end(&p);
}

static void test_usage_chunk_is_made_when_the_upstream_sent_none(void **state)
{
    struct play p = begin_with_usage();

    (void)state;
    take(&p, "{'id':'c-1','created':7,'model':'up','choices':[{'index':0,"
             "'delta':{},'finish_reason':'stop'}],'usage':{'prompt_tokens':18,"
             "'completion_tokens':12}}");
    buf_reset(&p.out);
    stream_finish(p.stream, &credits, &p.out);
    out_is(&p,
        DATA("{'id':'c-1','created':7,'model':'model','choices':[{'index':0,"
             "'delta':{},'finish_reason':'stop'}],'usage':{'prompt_tokens':18,"
             "'completion_tokens':12}," METER "}")
            DATA("{'id':'c-1','object':'chat.completion.chunk','created':7,"
                 "'model':'model','choices':[],'usage':{'prompt_tokens':18,"
                 "'completion_tokens':12,'total_tokens':30}," METER "}") DONE);
    end(&p);
}

static void test_made_usage_chunk_survives_missing_names(void **state)
{
    struct play p = begin_with_usage();

    (void)state;
    take(&p, "{'usage':{'prompt_tokens':1,'completion_tokens':2}}");
    finish(&p);
    out_is(&p, DATA("{'id':'','object':'chat.completion.chunk','created':0,"
                    "'model':'model','choices':[],'usage':{'prompt_tokens':1,"
                    "'completion_tokens':2,'total_tokens':3}," METER "}") DONE);
    end(&p);
}

static void test_made_usage_chunk_repeats_no_containers(void **state)
{
    struct play p = begin_with_usage();

    (void)state;
    take(&p, "{'id':'a','usage':{'prompt_tokens':1,'completion_tokens':2}}");
    take(&p, "{'id':{\n},'created':[\n\n],'model':null}");
    finish(&p);
    out_is(&p, DATA("{'id':'a','object':'chat.completion.chunk','created':0,"
                    "'model':null,'choices':[],'usage':{'prompt_tokens':1,"
                    "'completion_tokens':2,'total_tokens':3}," METER "}") DONE);
    end(&p);
}

static void test_no_usage_chunk_is_made_of_an_estimate(void **state)
{
    struct play p = begin_with_usage();

    (void)state;
    take(&p, HI);
    take(&p, STOP);
    finish(&p);
    out_is(&p, DATA(HI) DATA(STOP_METERED) DONE);
    end(&p);
}

static void test_anonymous_caller_has_null_credits(void **state)
{
    static const struct credits none = {-1, 0, 0, {5000000, 500}};
    struct play p = begin();

    (void)state;
    take(&p, STOP);
    stream_finish(p.stream, &none, &p.out);
    out_is(&p, DATA("{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}"
                    "],'remaining_credits':null,'estimated_credits_used':0,"
                    "'estimated_cost_usd':0}") DONE);
    end(&p);
}

/* ---- completeness ---- */

static void completes(const char *first, const char *second, bool expected)
{
    struct play p = begin();

    take(&p, first);
    take(&p, second);
    assert_int_equal(stream_complete(p.stream), expected);
    end(&p);
}

static void test_empty_stream_is_not_complete(void **state)
{
    (void)state;
    completes("{}", "{'choices':[]}", false);
}

static void test_stream_without_finish_is_not_complete(void **state)
{
    (void)state;
    completes(HI, HI, false);
}

static void test_stream_is_complete_when_its_choice_has_finished(void **state)
{
    (void)state;
    completes(HI, STOP, true);
    completes(STOP, USAGE, true);
    completes(STOP, STOP, true);
}

static void test_stream_is_not_complete_while_a_choice_goes_on(void **state)
{
    (void)state;
    completes("{'choices':[{'index':1,'delta':{}}]}", STOP, false);
    completes(STOP, "{'choices':[{'index':1,'delta':{}}]}", false);
}

static void test_choices_may_finish_in_one_frame(void **state)
{
    (void)state;
    completes("{'choices':[{'index':0},{'index':1}]}",
        "{'choices':[{'index':0,'finish_reason':'stop'},"
        "{'index':1,'finish_reason':'length'}]}",
        true);
}

static void test_choice_without_index_is_the_first(void **state)
{
    (void)state;
    completes("{'choices':[{'delta':{}}]}", STOP, true);
    completes("{'choices':[{'index':-5,'delta':{}}]}", STOP, true);
    completes("{'choices':[{'index':'x','delta':{}}]}", STOP, true);
}

static void test_very_high_indexes_are_one_choice(void **state)
{
    (void)state;
    completes("{'choices':[{'index':128},{'index':9000000000}]}",
        "{'choices':[{'index':4000,'finish_reason':'stop'}]}", true);
    completes("{'choices':[{'index':127},{'index':128}]}",
        "{'choices':[{'index':128,'finish_reason':'stop'}]}", false);
}

/* ---- usage ---- */

static struct usage usage_after(const char *first, const char *second)
{
    struct play p = begin();
    struct usage usage;

    take(&p, first);
    take(&p, second);
    stream_usage(p.stream, &usage);
    end(&p);
    return usage;
}

static void test_usage_of_the_usage_chunk_is_known(void **state)
{
    struct usage u = usage_after(HI, USAGE);

    (void)state;
    assert_true(u.known);
    assert_int_equal(u.tokens_in, 18);
    assert_int_equal(u.tokens_out, 12);
}

static void test_usage_without_choices_member_is_known(void **state)
{
    (void)state;
    assert_true(
        usage_after(HI, "{'usage':{'prompt_tokens':1,'completion_tokens':1}}")
            .known);
}

static void test_last_usage_wins(void **state)
{
    struct usage u = usage_after(
        "{'choices':[{}],'usage':{'prompt_tokens':18,'completion_tokens':1}}",
        "{'choices':[{}],'usage':{'prompt_tokens':18,'completion_tokens':2}}");

    (void)state;
    assert_int_equal(u.tokens_out, 2);
}

static void test_absurd_usage_does_not_undo_a_known_one(void **state)
{
    struct usage u = usage_after(USAGE,
        "{'choices':[],'usage':{'prompt_tokens':-1,'completion_tokens':1}}");

    (void)state;
    assert_true(u.known);
    assert_int_equal(u.tokens_in, 18);
}

static void test_usage_of_zero_is_known(void **state)
{
    struct usage u = usage_after(
        HI, "{'choices':[],'usage':{'prompt_tokens':0,'completion_tokens':0}}");

    (void)state;
    assert_true(u.known);
    assert_int_equal(u.tokens_in, 0);
    assert_int_equal(u.tokens_out, 0);
}

static void test_unknown_usage_is_estimated(void **state)
{
    struct usage u = usage_after("{'choices':[{'delta':{'content':'abcdef'}}]}",
        "{'choices':[{'delta':{'content':'gh'}},{'delta':{'refusal':'ij'}}],"
        "'usage':null}");

    (void)state;
    assert_false(u.known);
    assert_int_equal(u.tokens_in, 100);
    assert_int_equal(u.tokens_out, 3);
}

static void test_tool_calls_are_estimated(void **state)
{
    struct usage u =
        usage_after("{'choices':[{'delta':{'tool_calls':[{'index':0,'id':'x',"
                    "'function':{'name':'abcd','arguments':''}}]}}]}",
            "{'choices':[{'delta':{'tool_calls':[{'index':0,"
            "'function':{'arguments':'\\u007b}'}}]}}]}");

    (void)state;
    assert_int_equal(u.tokens_out, 2);
}

static void test_reasoning_is_estimated(void **state)
{
    (void)state;
    assert_int_equal(
        usage_after("{'choices':[{'delta':{'reasoning_content':'abcd'}}]}",
            "{'choices':[{'delta':{'reasoning':'abcd'}}]}")
            .tokens_out,
        2);
}

/* ---- what was delivered ---- */

static void test_nothing_is_delivered_at_first(void **state)
{
    struct play p = begin();

    (void)state;
    assert_false(stream_delivered(p.stream));
    end(&p);
}

static void test_role_alone_is_no_output(void **state)
{
    struct play p = begin();

    (void)state;
    take(&p, "{'choices':[{'delta':{'role':'assistant','content':''}}]}");
    assert_false(stream_delivered(p.stream));
    end(&p);
}

static void test_content_is_delivered(void **state)
{
    struct play p = begin();

    (void)state;
    take(&p, HI);
    assert_true(stream_delivered(p.stream));
    end(&p);
}

static void test_held_content_is_delivered_when_it_leaves(void **state)
{
    struct play p = begin();

    (void)state;
    take(&p, "{'choices':[{'delta':{'content':'x'},'finish_reason':'stop'}]}");
    assert_false(stream_delivered(p.stream));
    finish(&p);
    assert_true(stream_delivered(p.stream));
    end(&p);
}

static void test_free_takes_null(void **state)
{
    (void)state;
    stream_free(NULL);
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
        cmocka_unit_test(test_done_is_told),
        cmocka_unit_test(test_finish_frame_is_held_back),
        cmocka_unit_test(test_held_frame_ends_with_the_metering),
        cmocka_unit_test(test_usage_chunk_does_not_release_the_held_frame),
        cmocka_unit_test(test_edits_are_made_in_the_held_frame_too),
        cmocka_unit_test(test_later_choice_releases_the_held_frame),
        cmocka_unit_test(test_second_finish_frame_releases_the_first),
        cmocka_unit_test(test_frame_after_all_has_finished_takes_the_metering),
        cmocka_unit_test(test_empty_finish_reason_is_none),
        cmocka_unit_test(test_end_without_a_held_frame_is_just_done),
        cmocka_unit_test(test_end_of_an_empty_stream_is_just_done),
        cmocka_unit_test(test_asked_usage_chunk_comes_last_and_metered),
        cmocka_unit_test(test_usage_chunk_is_edited_like_any_frame),
        cmocka_unit_test(test_of_several_usage_chunks_the_last_is_sent),
        cmocka_unit_test(test_usage_chunk_is_made_when_the_upstream_sent_none),
        cmocka_unit_test(test_made_usage_chunk_survives_missing_names),
        cmocka_unit_test(test_made_usage_chunk_repeats_no_containers),
        cmocka_unit_test(test_no_usage_chunk_is_made_of_an_estimate),
        cmocka_unit_test(test_anonymous_caller_has_null_credits),
        cmocka_unit_test(test_empty_stream_is_not_complete),
        cmocka_unit_test(test_stream_without_finish_is_not_complete),
        cmocka_unit_test(test_stream_is_complete_when_its_choice_has_finished),
        cmocka_unit_test(test_stream_is_not_complete_while_a_choice_goes_on),
        cmocka_unit_test(test_choices_may_finish_in_one_frame),
        cmocka_unit_test(test_choice_without_index_is_the_first),
        cmocka_unit_test(test_very_high_indexes_are_one_choice),
        cmocka_unit_test(test_usage_of_the_usage_chunk_is_known),
        cmocka_unit_test(test_usage_without_choices_member_is_known),
        cmocka_unit_test(test_last_usage_wins),
        cmocka_unit_test(test_absurd_usage_does_not_undo_a_known_one),
        cmocka_unit_test(test_usage_of_zero_is_known),
        cmocka_unit_test(test_unknown_usage_is_estimated),
        cmocka_unit_test(test_tool_calls_are_estimated),
        cmocka_unit_test(test_reasoning_is_estimated),
        cmocka_unit_test(test_nothing_is_delivered_at_first),
        cmocka_unit_test(test_role_alone_is_no_output),
        cmocka_unit_test(test_content_is_delivered),
        cmocka_unit_test(test_held_content_is_delivered_when_it_leaves),
        cmocka_unit_test(test_free_takes_null),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
