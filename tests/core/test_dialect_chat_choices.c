/* An answer of several choices that a policy looks at: each choice has a
 * beginning and an end of its own, the answer has one. Quotes are written '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect_play.h"
#include "policy_play.h"

#define REFUSE "{\"name\":\"a\",\"rules\":{\"denylist\":[\"forbidden\"]}}"

#define CHOICES(list) "{'choices':[" list "]}"
#define SAID(i, text) "{'index':" #i ",'delta':{'content':'" text "'}}"
#define CALLED(i, id)                                                          \
    "{'index':" #i ",'delta':{'tool_calls':[{'index':0,'id':'" id              \
    "','function':{'name':'f'}}]}}"
#define ENDED(i, why) "{'index':" #i ",'delta':{},'finish_reason':'" why "'}"

/* What is written. */
#define HEAD                                                                   \
    "data: {'id':'chatcmpl-ID','object':'chat.completion.chunk','created':7,"  \
    "'model':'model','choices':[{'index':"
#define ROLE(i)                                                                \
    HEAD #i ",'delta':{'role':'assistant','content':''},"                      \
            "'finish_reason':null}]}\n\n"
#define TEXT(i, text)                                                          \
    HEAD #i ",'delta':{'content':'" text "'},'finish_reason':null}]}\n\n"
#define END(i, why) HEAD #i ",'delta':{},'finish_reason':'" why "'}]}\n\n"
#define LAST(i, why)                                                           \
    HEAD #i ",'delta':{},'finish_reason':'" why "'}]," METER "}\n\n"           \
            "data: [DONE]\n\n"

/* A stream under a policy that refuses one word. */
struct ruled {
    struct play play;
    struct policy_play policy;
    struct screen *screen;
};

static void begin(struct ruled *r, uint32_t n)
{
    assert_int_equal(policy_play_begin(&r->policy, REFUSE, true), 0);
    r->screen = policy_play_screen(&r->policy, true);
    assert_non_null(r->screen);
    r->play = play_begin(DIALECT_CHAT, DIALECT_CHAT);
    r->play.completion.n = n;
    r->play.stream = exchange_stream(
        &r->play.exchange, &r->play.completion, &r->play.tag, r->screen);
    assert_non_null(r->play.stream);
}

static void end(struct ruled *r)
{
    play_end(&r->play);
    screen_free(r->screen);
    policy_play_end(&r->policy);
}

static void gives(struct ruled *r, const char *frame, const char *wanted)
{
    play_take(&r->play, frame);
    play_out_is(&r->play, wanted);
}

static void finish_gives(struct ruled *r, const char *wanted)
{
    stream_finish(r->play.stream, &play_credits, &r->play.out);
    play_out_is(&r->play, wanted);
}

/* ---- streams ---- */

static void test_each_choice_begins_once(void **state)
{
    struct ruled r;

    (void)state;
    begin(&r, 2);
    gives(&r, CHOICES(SAID(1, "b")), ROLE(1) TEXT(1, "b"));
    gives(&r, CHOICES(SAID(0, "a")), ROLE(0) TEXT(0, "a"));
    gives(
        &r, CHOICES(SAID(1, "d") "," SAID(0, "c")), TEXT(1, "d") TEXT(0, "c"));
    end(&r);
}

static void test_metering_is_on_the_last_end_only(void **state)
{
    struct ruled r;

    (void)state;
    begin(&r, 2);
    play_take(&r.play, CHOICES(SAID(0, "a") "," SAID(1, "b")));
    play_take(&r.play, CHOICES(ENDED(1, "length")));
    play_take(&r.play, CHOICES(ENDED(0, "stop")));
    buf_reset(&r.play.out);
    finish_gives(&r, END(1, "length") LAST(0, "stop"));
    end(&r);
}

static void test_ends_in_one_frame_are_two(void **state)
{
    struct ruled r;

    (void)state;
    begin(&r, 2);
    play_take(&r.play, CHOICES(SAID(0, "a") "," SAID(1, "b")));
    buf_reset(&r.play.out);
    gives(&r, CHOICES(ENDED(0, "stop") "," ENDED(1, "length")), "");
    finish_gives(&r, END(0, "stop") LAST(1, "length"));
    end(&r);
}

static void test_an_end_is_told_when_another_choice_goes_on(void **state)
{
    struct ruled r;

    (void)state;
    begin(&r, 2);
    play_take(&r.play, CHOICES(SAID(0, "a") "," SAID(1, "b")));
    buf_reset(&r.play.out);
    gives(&r, CHOICES(ENDED(0, "stop")), "");
    gives(&r, CHOICES(SAID(1, "c")), END(0, "stop") TEXT(1, "c"));
    end(&r);
}

static void test_what_follows_an_end_that_was_told_is_dropped(void **state)
{
    struct ruled r;

    (void)state;
    begin(&r, 2);
    play_take(&r.play, CHOICES(ENDED(0, "stop")));
    gives(
        &r, CHOICES(SAID(1, "b")), ROLE(0) END(0, "stop") ROLE(1) TEXT(1, "b"));
    gives(&r, CHOICES(SAID(0, "late")), "");
    gives(&r, CHOICES(ENDED(0, "length")), "");
    end(&r);
}

static void test_choices_that_nobody_asked_for_are_dropped(void **state)
{
    struct ruled r;

    (void)state;
    begin(&r, 2);
    gives(&r, CHOICES(SAID(2, "x")), "");
    gives(&r, CHOICES(SAID(-1, "x")), "");
    gives(&r, CHOICES(SAID(4294967296, "x")), "");
    gives(&r, CHOICES(ENDED(7, "stop")), "");
    assert_false(stream_complete(r.play.stream));
    end(&r);
}

static void test_choices_without_a_number_are_counted(void **state)
{
    struct ruled r;

    (void)state;
    begin(&r, 2);
    gives(&r,
        CHOICES("{'delta':{'content':'a'}},{'delta':{'content':'b'}},"
                "{'delta':{'content':'c'}}"),
        ROLE(0) TEXT(0, "a") ROLE(1) TEXT(1, "b") TEXT(1, "c"));
    end(&r);
}

static void test_it_is_complete_when_each_that_began_has_ended(void **state)
{
    struct ruled r;

    (void)state;
    begin(&r, 3);
    assert_false(stream_complete(r.play.stream));
    play_take(&r.play, CHOICES(SAID(0, "a") "," SAID(1, "b")));
    play_take(&r.play, CHOICES(ENDED(1, "stop")));
    assert_false(stream_complete(r.play.stream));
    play_take(&r.play, CHOICES(ENDED(0, "stop")));
    assert_true(stream_complete(r.play.stream));
    end(&r);
}

#define NO_ARGS(i)                                                             \
    HEAD #i ",'delta':{'tool_calls':[{'index':0,'function':{'arguments':"      \
            "'{}'}}]},'finish_reason':null}]}\n\n"

static void test_calls_are_numbered_in_each_choice(void **state)
{
    struct ruled r;

    (void)state;
    begin(&r, 2);
    play_take(&r.play, CHOICES(CALLED(0, "c0") "," CALLED(1, "c1")));
    assert_true(play_out_has(
        &r.play, "{'index':1,'delta':{'tool_calls':[{'index':0,'id':'c1'"));
    end(&r);
}

static void test_calls_without_arguments_get_some_in_each_choice(void **state)
{
    struct ruled r;

    (void)state;
    begin(&r, 2);
    play_take(&r.play, CHOICES(CALLED(0, "c0") "," CALLED(1, "c1")));
    buf_reset(&r.play.out);
    play_take(&r.play, CHOICES(ENDED(0, "stop") "," ENDED(1, "stop")));
    finish_gives(
        &r, NO_ARGS(0) END(0, "tool_calls") NO_ARGS(1) LAST(1, "tool_calls"));
    end(&r);
}

static void test_a_cut_ends_each_open_choice_and_no_other(void **state)
{
    struct ruled r;

    (void)state;
    begin(&r, 4);
    play_take(&r.play, CHOICES(SAID(0, "a") "," SAID(1, "b") "," SAID(2, "c")));
    play_take(&r.play, CHOICES(ENDED(1, "stop")));
    play_take(&r.play, CHOICES(SAID(2, "d")));
    buf_reset(&r.play.out);
    stream_cut(r.play.stream, TURN_STOP_LENGTH, &play_credits, &r.play.out);
    play_out_is(&r.play, END(0, "length") LAST(2, "length"));
    end(&r);
}

/* ---- rules ---- */

static void test_a_rule_refuses_every_choice_that_goes_on(void **state)
{
    struct ruled r;

    (void)state;
    begin(&r, 4);
    play_take(&r.play, CHOICES(SAID(0, "a") "," SAID(1, "b") "," SAID(2, "c")));
    play_take(&r.play, CHOICES(ENDED(1, "stop")));
    buf_reset(&r.play.out);
    assert_int_equal(
        play_feed(&r.play, CHOICES(SAID(2, "x forbidden") "," SAID(0, "y"))),
        STREAM_RULED);
    play_out_is(&r.play, END(1, "stop") TEXT(2, "x "));
    stream_cut(r.play.stream, TURN_STOP_FILTER, &play_credits, &r.play.out);
    play_out_is(&r.play, END(0, "content_filter") END(2, "content_filter")
                             ROLE(3) LAST(3, "content_filter"));
    end(&r);
}

static void test_a_rule_that_fires_at_the_end_leaves_what_has_ended(
    void **state)
{
    struct ruled r;

    (void)state;
    begin(&r, 2);
    play_take(&r.play, CHOICES(SAID(0, "a") "," SAID(1, "forbidde")));
    play_take(&r.play, CHOICES(ENDED(0, "stop")));
    buf_reset(&r.play.out);
    assert_int_equal(play_feed(&r.play, CHOICES(SAID(1, "n"))), STREAM_RULED);
    stream_cut(r.play.stream, TURN_STOP_FILTER, &play_credits, &r.play.out);
    play_out_is(&r.play, END(0, "stop") LAST(1, "content_filter"));
    end(&r);
}

/* ---- bodies ---- */

static void answer(struct ruled *r, uint32_t n, const char *text)
{
    char *json = play_quoted(text);
    struct json_doc doc = {0};

    begin(r, n);
    r->play.completion.stream = false;
    assert_int_equal(json_parse(&doc, json, strlen(json)), JSON_OK);
    exchange_answer(&r->play.exchange, &doc, &r->play.completion, &r->play.tag,
        r->screen, &play_credits, &r->play.out);
    assert_false(r->play.out.failed);
    json_free(&doc);
    free(json);
}

#define MESSAGE(i, text)                                                       \
    "{'index':" #i ",'message':{'role':'assistant','content':'" text           \
    "'},'finish_reason':'stop'}"
#define WRITTEN(i, text)                                                       \
    "{'index':" #i ",'message':{'role':'assistant','content':'" text           \
    "','refusal':null},'logprobs':null,'finish_reason':'stop'}"

static void test_a_body_has_all_choices_in_order(void **state)
{
    struct ruled r;

    (void)state;
    answer(&r, 3,
        CHOICES(MESSAGE(2, "c") "," MESSAGE(0, "a") "," MESSAGE(1, "b")));
    assert_true(
        play_out_has(&r.play, "'choices':[" WRITTEN(0, "a") "," WRITTEN(
                                  1, "b") "," WRITTEN(2, "c") "],'usage'"));
    end(&r);
}

static void test_a_body_has_no_choice_that_is_none(void **state)
{
    struct ruled r;

    (void)state;
    answer(&r, 2, CHOICES(MESSAGE(1, "b") "," MESSAGE(2, "c")));
    assert_true(
        play_out_has(&r.play, "'choices':[" WRITTEN(1, "b") "],'usage'"));
    end(&r);
    answer(&r, 2, CHOICES(""));
    assert_true(play_out_has(&r.play, "'choices':[{'index':0,'message':"
                                      "{'role':'assistant','content':''"));
    end(&r);
}

static void test_a_rule_in_any_choice_of_a_body_fires(void **state)
{
    static const char text[] =
        "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"good\"}},"
        "{\"index\":1,\"message\":{\"content\":\"forbidden\"}}]}";
    struct json_doc doc = {0};
    struct ruled r;

    (void)state;
    begin(&r, 2);
    assert_int_equal(json_parse(&doc, text, strlen(text)), JSON_OK);
    assert_int_equal(
        exchange_judge(&r.play.exchange, &doc, &r.play.completion, r.screen),
        SCREEN_FIRED);
    json_free(&doc);
    end(&r);
}

/* ---- notices ---- */

static void notice(struct ruled *r, uint32_t n, bool stream)
{
    begin(r, n);
    r->play.completion.stream = stream;
    exchange_notice(&r->play.exchange, &r->play.completion, &r->play.tag,
        (struct span){"wait", 4}, NULL, &play_credits, &r->play.out);
}

static void test_a_notice_is_said_in_each_choice(void **state)
{
    struct ruled r;

    (void)state;
    notice(&r, 2, true);
    play_out_is(&r.play, ROLE(0) TEXT(0, "wait") END(0, "stop") ROLE(1)
                             TEXT(1, "wait") LAST(1, "stop"));
    end(&r);
    notice(&r, 2, false);
    assert_true(play_out_has(&r.play,
        "'choices':[" WRITTEN(0, "wait") "," WRITTEN(1, "wait") "],'usage'"));
    end(&r);
}

static void test_a_notice_has_so_many_choices_and_no_more(void **state)
{
    struct ruled r;

    (void)state;
    notice(&r, UINT32_MAX, false);
    assert_true(play_out_has(&r.play, "{'index':127,"));
    assert_false(play_out_has(&r.play, "{'index':128,"));
    end(&r);
}

/* ---- other dialects ---- */

static void test_others_get_the_first_choice(void **state)
{
    struct play p = play_begin(DIALECT_MESSAGES, DIALECT_CHAT);

    (void)state;
    play_open(&p);
    play_take(&p, CHOICES(SAID(1, "other") "," SAID(0, "first")));
    assert_true(play_out_has(&p, "first"));
    assert_false(play_out_has(&p, "other"));
    play_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_choice_begins_once),
        cmocka_unit_test(test_metering_is_on_the_last_end_only),
        cmocka_unit_test(test_ends_in_one_frame_are_two),
        cmocka_unit_test(test_an_end_is_told_when_another_choice_goes_on),
        cmocka_unit_test(test_what_follows_an_end_that_was_told_is_dropped),
        cmocka_unit_test(test_choices_that_nobody_asked_for_are_dropped),
        cmocka_unit_test(test_choices_without_a_number_are_counted),
        cmocka_unit_test(test_it_is_complete_when_each_that_began_has_ended),
        cmocka_unit_test(test_calls_are_numbered_in_each_choice),
        cmocka_unit_test(test_calls_without_arguments_get_some_in_each_choice),
        cmocka_unit_test(test_a_cut_ends_each_open_choice_and_no_other),
        cmocka_unit_test(test_a_rule_refuses_every_choice_that_goes_on),
        cmocka_unit_test(
            test_a_rule_that_fires_at_the_end_leaves_what_has_ended),
        cmocka_unit_test(test_a_body_has_all_choices_in_order),
        cmocka_unit_test(test_a_body_has_no_choice_that_is_none),
        cmocka_unit_test(test_a_rule_in_any_choice_of_a_body_fires),
        cmocka_unit_test(test_a_notice_is_said_in_each_choice),
        cmocka_unit_test(test_a_notice_has_so_many_choices_and_no_more),
        cmocka_unit_test(test_others_get_the_first_choice),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
