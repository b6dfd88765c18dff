/* A stream between two that speak chat completions, from an upstream that says
 * one text in forms that look like several, or several in one place: what a
 * client joins is judged joined. Quotes are written '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sieve_play.h"

#define SAID(said) "{'choices':[{'index':0,'delta':{" said "}}]}"
#define SAYS(text) SAID("'content':'" text "'")
#define STOP(choice)                                                           \
    "{'choices':[{'index':" choice ",'delta':{},'finish_reason':'stop'}]}"
#define DATA(frame) "data: " frame "\n\n"

/* The last of these frames has the end of what is denied. */
static void rules(const char *const *frames, size_t count)
{
    struct trial t;

    begin(&t, DIALECT_CHAT, "block", true);
    for (size_t i = 0; i + 1 < count; i++)
        play_take(&t.p, frames[i]);
    buf_reset(&t.p.out);
    assert_int_equal(play_feed(&t.p, frames[count - 1]), STREAM_RULED);
    play_out_is(&t.p, "");
    end(&t);
}

#define RULES(...)                                                             \
    do {                                                                       \
        static const char *const frames[] = {__VA_ARGS__};                     \
        rules(frames, sizeof(frames) / sizeof(frames[0]));                     \
    } while (0)

/* FNV-1a hashes that key to 0. */
static void test_ways_to_a_text_are_told_apart(void **state)
{
    (void)state;
    RULES(SAID("'77kepQFQ8Kl':{'content':'zz'}"), SAYS("ba"),
        SAID("'77kepQFQ8Kl':{'content':'zz'}"), SAYS("d"));
}

static void test_an_index_that_clients_round_breaks_the_stream(void **state)
{
    static const char *const frames[] = {
        "{'choices':[{'index':9007199254740992,'delta':{'content':'a'}}]}",
        SAID("'tool_calls':[{'index':9007199254740993,'function':{'arguments':'"
             "a'}}]"),
    };
    struct trial t;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        begin(&t, DIALECT_CHAT, "block", true);
        assert_int_equal(play_feed(&t.p, frames[i]), STREAM_BROKEN);
        play_out_is(&t.p, "");
        end(&t);
    }
}

static void test_lists_of_strings_go_on_with_the_text(void **state)
{
    (void)state;
    RULES(SAID("'content':['ba']"), SAID("'content':['d']"));
    RULES(SAYS("ba"), SAID("'content':['d']"));
    RULES(SAID("'content':['ba']"), SAYS("d"));
    RULES(SAID("'content':['ba','d']"));
}

static void test_parts_of_a_text_are_one(void **state)
{
#define PART(text) "{'type':'text','text':'" text "'}"
    (void)state;
    RULES(
        SAID("'content':[" PART("ba") "]"), SAID("'content':[" PART("d") "]"));
    RULES(SAID("'content':[" PART("ba") "," PART("d") "]"));
    RULES(SAID("'content':[" PART("ok") "," PART("ba") "]"),
        SAID("'content':[" PART("d") "]"));
}

/* A member that nobody knows may be all of a text, and a piece of one. */
static void test_a_piece_that_is_cut_goes_on_with_the_text(void **state)
{
    struct trial t;

    (void)state;
    begin(&t, DIALECT_CHAT, "rewrite", true);
    play_take(&t.p, SAID("'x':'ba'"));
    play_take(&t.p, SAID("'x':'d bad'"));
    play_take(&t.p, STOP("0"));
    play_out_is(
        &t.p, DATA(SAID("'x':'[removed]'")) DATA(SAID("'x':' [removed]'")));
    end(&t);
}

static void test_notes_that_go_on_by_index_are_joined(void **state)
{
#define NOTE(text) SAID("'annotations':[{'index':0,'title':'" text "'}]")
    (void)state;
    RULES(NOTE("ba"), NOTE("d"));
}

/* Their members are the model's own, whatever they are called. */
static void test_arguments_that_are_no_string_are_judged(void **state)
{
    (void)state;
    RULES(SAID(
        "'tool_calls':[{'index':0,'function':{'arguments':{'id':'bad'}}}]"));
    RULES(SAID("'function_call':{'arguments':{'bad':1}}"));
    RULES(SAID("'function_call':{'arguments':[{'role':'bad'}]}"));
}

static void test_an_end_is_remembered_behind_many_texts(void **state)
{
    char frame[128];
    struct trial t;

    (void)state;
    begin(&t, DIALECT_CHAT, "block", true);
    play_take(&t.p, SAYS("ba"));
    play_take(&t.p, STOP("0"));
    for (unsigned i = 1; i < CHOICES_MAX; i++) {
        snprintf(frame, sizeof(frame),
            "{'choices':[{'index':%u,'delta':{'a':'a','b':'b','c':'c','e':'e'},"
            "'finish_reason':'stop'}]}",
            i);
        play_take(&t.p, frame);
    }
    buf_reset(&t.p.out);
    play_take(&t.p, SAYS(""));
    assert_int_equal(play_feed(&t.p, SAYS("d")), STREAM_BROKEN);
    assert_false(play_out_has(&t.p, "'d'"));
    end(&t);
}

static void test_an_error_waits_for_nothing(void **state)
{
    struct trial t;

    (void)state;
    begin(&t, DIALECT_CHAT, "block", true);
    play_take(&t.p, SAYS("a compet"));
    play_take(&t.p, "{'choices':[],'error':null}");
    assert_int_equal(
        play_feed(&t.p, "{'error':{'message':'Too busy.'}}"), STREAM_ERROR);
    play_out_is(&t.p, DATA(SAYS("a compet")));
    assert_string_equal(t.p.fault.message, "Too busy.");
    end(&t);
}

static void test_an_answer_of_which_some_waits_is_not_whole(void **state)
{
    struct trial t;

    (void)state;
    begin(&t, DIALECT_CHAT, "block", true);
    play_take(&t.p, SAYS("Hello"));
    play_take(&t.p, STOP("0"));
    assert_true(stream_complete(t.p.stream));
    play_take(&t.p, "{'choices':[{'index':1,'delta':{'content':'compet'}}]}");
    assert_false(stream_complete(t.p.stream));
    play_take(&t.p, STOP("1"));
    assert_true(stream_complete(t.p.stream));
    end(&t);
}

static uint64_t output_of(const char *frame, bool enforced)
{
    struct trial t;
    uint64_t output;

    begin(&t, DIALECT_CHAT, "rewrite", enforced);
    play_take(&t.p, frame);
    play_take(&t.p, STOP("0"));
    assert_int_equal(play_out_has(&t.p, "[removed]"), enforced);
    output = stream_output(t.p.stream);
    end(&t);
    return output;
}

/* Who writes the stream counts some of its texts, and reasoning once. */
static void test_what_is_cut_out_does_not_change_the_bill(void **state)
{
    static const char *const frames[] = {
        SAYS("bad bad bad"),
        SAID("'audio':{'transcript':'bad bad bad'}"),
        SAID("'reasoning':'bad','reasoning_content':'bad'"),
        SAID("'reasoning':'bad','reasoning_details':[{'text':'bad bad bad'}]"),
    };

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(
            output_of(frames[i], true), output_of(frames[i], false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways_to_a_text_are_told_apart),
        cmocka_unit_test(test_an_index_that_clients_round_breaks_the_stream),
        cmocka_unit_test(test_lists_of_strings_go_on_with_the_text),
        cmocka_unit_test(test_parts_of_a_text_are_one),
        cmocka_unit_test(test_a_piece_that_is_cut_goes_on_with_the_text),
        cmocka_unit_test(test_notes_that_go_on_by_index_are_joined),
        cmocka_unit_test(test_arguments_that_are_no_string_are_judged),
        cmocka_unit_test(test_an_end_is_remembered_behind_many_texts),
        cmocka_unit_test(test_an_error_waits_for_nothing),
        cmocka_unit_test(test_an_answer_of_which_some_waits_is_not_whole),
        cmocka_unit_test(test_what_is_cut_out_does_not_change_the_bill),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
