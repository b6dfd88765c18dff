/* A stream between two that speak chat completions under a policy: what the
 * common form of answers lacks passes, choices, calls and members of deltas
 * are judged each for itself. Quotes are written '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sieve_play.h"

#define CHUNK(choice, said)                                                    \
    "{'id':'bad','object':'chat.completion.chunk','created':1,'model':'m',"    \
    "'service_tier':'bad','system_fingerprint':'bad', 'provider':'P',"         \
    "'choices':[{'index':" choice ",'delta':{" said                            \
    "},'finish_reason':null,'x_choice':{'a':[1,'so']}}],'x_trace':'t'}"
#define SAYS(text) CHUNK("0", "'content':'" text "'")
#define OTHER(text) CHUNK("1", "'content':'" text "'")
#define THINKS(text)                                                           \
    CHUNK("0", "'reasoning':'" text                                            \
               "','reasoning_details':[{'type':'reasoning.text','text':'" text \
               "','format':'f','index':0}]")
#define CALL(i, more) "'tool_calls':[{'index':" i more "}]"
#define ARGS(i, text)                                                          \
    CHUNK("0", CALL(i, ",'function':{'arguments':'" text "'}"))
#define NAME(text)                                                             \
    CHUNK("0",                                                                 \
        CALL("0", ",'id':'bad','type':'function','function':{'name':'" text    \
                  "','arguments':''}"))
#define STOP(choice)                                                           \
    "{'choices':[{'index':" choice ",'delta':{},'finish_reason':'stop'}]}"
#define CITE(from, to)                                                         \
    "{'type':'url_citation','url_citation':{'start_index':" from               \
    ",'end_index':" to ",'title':'A page','url':'https://example.org'}}"
#define NOTES(notes) CHUNK("0", "'annotations':[" notes "]")
#define DATA(frame) "data: " frame "\n\n"

static void begin_chat(struct trial *t, const char *action)
{
    begin(t, DIALECT_CHAT, action, true);
}

static void leaves(struct trial *t, const char *frame)
{
    char wanted[1024];

    play_take(&t->p, frame);
    snprintf(wanted, sizeof(wanted), DATA("%s"), frame);
    play_out_is(&t->p, wanted);
}

static void test_what_is_not_denied_passes_to_the_byte(void **state)
{
    struct trial t;

    (void)state;
    begin_chat(&t, "block");
    leaves(&t, CHUNK("0", "'role':'assistant','content':'','refusal':null"));
    leaves(&t, THINKS("Let us see."));
    leaves(&t, SAYS("Hello \\u0065"));
    leaves(&t, OTHER("Hi"));
    leaves(&t, NOTES(CITE("0", "5")));
    leaves(&t, CHUNK("0", "'audio':{'id':'bad','data':'bad'}"));
    leaves(&t, NAME("get_"));
    leaves(&t, CHUNK("0", CALL("0", ",'function':{'name':'weather'}")));
    leaves(&t, ARGS("0", "{\\'a\\':"));
    leaves(&t, ARGS("1", "{\\'b\\':"));
    leaves(&t, ARGS("0", "1}"));
    play_take(&t.p, STOP("0"));
    play_take(&t.p, STOP("1"));
    assert_true(stream_complete(t.p.stream));
    end(&t);
}

static void fires(const char *first, const char *last, const char *left)
{
    struct trial t;

    begin_chat(&t, "block");
    play_take(&t.p, first);
    play_out_is(&t.p, "");
    assert_int_equal(play_feed(&t.p, last), STREAM_RULED);
    play_out_is(&t.p, left);
    end(&t);
}

static void test_what_is_denied_over_deltas_leaves_none_of_it(void **state)
{
    (void)state;
    fires(SAYS("my compet"), SAYS("itor-x"), DATA(SAYS("my ")));
    fires(THINKS("compet"), THINKS("itor-x"), "");
    fires(ARGS("1", "{\\'compet"), ARGS("1", "itor-x\\':1}"),
        DATA(ARGS("1", "{\\'")));
    fires(NAME("ask_compet"), NAME("itor-x"), DATA(NAME("ask_")));
    fires(CHUNK("0", "'refusal':'ba'"), CHUNK("0", "'refusal':'d'"), "");
    fires(CHUNK("0", "'x':{'y':[{'z':'ba'}]}"),
        CHUNK("0", "'x':{'y':[{'z':'d'}]}"), "");
    fires("{'choices':[{'delta':{'content':'ba'}}]}", SAYS("d"), "");
}

static void test_what_is_beside_what_fires_does_not_leave_unread(void **state)
{
    struct trial t;

    (void)state;
    begin_chat(&t, "block");
    assert_int_equal(
        play_feed(&t.p, CHUNK("0", "'content':'so bad','refusal':'bad'")),
        STREAM_RULED);
    play_out_is(&t.p, "");
    end(&t);
}

static void test_texts_are_judged_each_for_itself(void **state)
{
    struct trial t;

    (void)state;
    begin_chat(&t, "block");
    play_take(&t.p, SAYS("a compet"));
    play_take(&t.p, OTHER("itor-x is"));
    play_out_is(&t.p, "");
    play_take(&t.p, SAYS("ence"));
    play_out_is(&t.p,
        DATA(SAYS("a compet")) DATA(OTHER("itor-x is")) DATA(SAYS("ence")));
    play_take(&t.p, ARGS("0", "\\'ba"));
    play_take(&t.p, ARGS("1", "\\'d"));
    play_take(&t.p, ARGS("0", "r\\'"));
    play_out_is(&t.p, DATA(ARGS("0", "\\'ba")) DATA(ARGS("1", "\\'d"))
                          DATA(ARGS("0", "r\\'")));
    end(&t);
}

static void test_what_is_undecided_does_not_hold_up_another_member(void **state)
{
    struct trial t;

    (void)state;
    begin_chat(&t, "block");
    play_take(&t.p, THINKS("a compet"));
    play_out_is(&t.p, "");
    play_take(&t.p, SAYS("Hello"));
    play_out_is(&t.p, DATA(THINKS("a compet")) DATA(SAYS("Hello")));
    leaves(&t, SAYS(" there"));
    assert_int_equal(play_feed(&t.p, THINKS("itor-x")), STREAM_RULED);
    play_out_is(&t.p, "");
    end(&t);
}

static void test_a_text_that_goes_on_later_is_cut_and_keeps_its_notes(
    void **state)
{
    struct trial t;

    (void)state;
    begin_chat(&t, "rewrite");
    play_take(&t.p, SAYS("\u00e9 bad, my compet"));
    play_take(&t.p, THINKS("Hm."));
    play_out_is(
        &t.p, DATA(SAYS("\u00e9 [removed], my compet")) DATA(THINKS("Hm.")));
    play_take(&t.p, SAYS("itor-x, see it."));
    play_out_is(&t.p, DATA(SAYS("[removed], see it.")));
    play_take(
        &t.p, NOTES(CITE("0", "1") "," CITE("2", "5") "," CITE("7", "9")));
    play_out_is(&t.p, DATA(NOTES(CITE("0", "1") "," CITE("13", "15"))));
    end(&t);
}

static void test_a_cut_moves_annotations_and_drops_those_it_hits(void **state)
{
    struct trial t;

    (void)state;
    begin_chat(&t, "rewrite");
    play_take(&t.p, SAYS("a ba"));
    play_take(&t.p, SAYS("d one, see it."));
    play_out_is(&t.p, DATA(SAYS("a [removed]")) DATA(SAYS(" one, see it.")));
    play_take(
        &t.p, NOTES(CITE("3", "6") "," CITE("0", "1") "," CITE("11", "14")));
    play_out_is(&t.p, DATA(NOTES(CITE("0", "1") "," CITE("17", "20"))));
    end(&t);
}

static void test_strings_that_are_no_pieces_are_judged(void **state)
{
    static const char *const frames[] = {
        NOTES("{'type':'url_citation','url_citation':{'title':'bad'}}"),
        "{'choices':[],'x_trace':'bad'}",
        "{'choices':[{'index':0,'delta':{},'x':['bad']}]}",
        CHUNK("0", "'x':['bad']"),
        CHUNK("0", "'x_status':'bad'"),
    };
    struct trial t;

    (void)state;
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        begin_chat(&t, "block");
        assert_int_equal(play_feed(&t.p, frames[i]), STREAM_RULED);
        play_out_is(&t.p, "");
        end(&t);
    }
}

#define PROBABLY(logprobs)                                                     \
    "{'choices':[{'index':0,'delta':{'content':'so'},'logprobs':" logprobs "}" \
    "]"                                                                        \
    "}"

static void test_logprobs_leave_none_but_a_shadow(void **state)
{
    struct trial t;

    (void)state;
    begin_chat(&t, "rewrite");
    play_take(&t.p, PROBABLY("{'content':[{'token':'ba'}],'refusal':null}"));
    play_out_is(&t.p, DATA(PROBABLY("null")));
    end(&t);
    begin(&t, DIALECT_CHAT, "rewrite", false);
    leaves(&t, PROBABLY("{'content':[{'token':'ba'}],'refusal':null}"));
    end(&t);
}

static void test_the_end_lets_go_of_what_waits(void **state)
{
    static const char *const ends[] = {STOP("0"), "[DONE]"};
    struct trial t;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        begin_chat(&t, "block");
        play_take(&t.p, SAYS("a compet"));
        play_out_is(&t.p, "");
        play_feed(&t.p, ends[i]);
        play_out_is(&t.p, DATA(SAYS("a compet")));
        end(&t);
    }
}

static void test_each_choice_ends_with_what_one_may_not_say(void **state)
{
    struct trial t;

    (void)state;
    begin_chat(&t, "block");
    leaves(&t, OTHER("Hello"));
    assert_int_equal(play_feed(&t.p, SAYS("bad")), STREAM_RULED);
    play_out_is(&t.p, "");
    cut(&t);
    assert_true(play_out_has(&t.p, "[{'index':0,'delta':{'role':'assistant',"
                                   "'content':''},'finish_reason':"
                                   "'content_filter'}]"));
    assert_true(play_out_has(&t.p, "[{'index':1,'delta':{},'finish_reason':"
                                   "'content_filter'}]," METER "}"));
    assert_true(play_out_has(&t.p, DATA("[DONE]")));
    end(&t);
}

static void test_what_did_not_leave_is_counted(void **state)
{
    struct trial t;
    uint64_t said;

    (void)state;
    begin_chat(&t, "block");
    play_take(&t.p, SAYS("so "));
    said = stream_output(t.p.stream);
    assert_int_equal(
        play_feed(&t.p, SAYS("much of what is bad was said")), STREAM_RULED);
    assert_true(stream_output(t.p.stream) > said + 4);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_denied_passes_to_the_byte),
        cmocka_unit_test(test_what_is_denied_over_deltas_leaves_none_of_it),
        cmocka_unit_test(test_what_is_beside_what_fires_does_not_leave_unread),
        cmocka_unit_test(test_texts_are_judged_each_for_itself),
        cmocka_unit_test(
            test_what_is_undecided_does_not_hold_up_another_member),
        cmocka_unit_test(
            test_a_text_that_goes_on_later_is_cut_and_keeps_its_notes),
        cmocka_unit_test(test_a_cut_moves_annotations_and_drops_those_it_hits),
        cmocka_unit_test(test_strings_that_are_no_pieces_are_judged),
        cmocka_unit_test(test_logprobs_leave_none_but_a_shadow),
        cmocka_unit_test(test_the_end_lets_go_of_what_waits),
        cmocka_unit_test(test_each_choice_ends_with_what_one_may_not_say),
        cmocka_unit_test(test_what_did_not_leave_is_counted),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
