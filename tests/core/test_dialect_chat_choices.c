/* An answer of several choices that a policy looks at: each choice passes and
 * is ended for itself, the answer has one end. Quotes are written '. */

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
#define ENDED(i, why) "{'index':" #i ",'delta':{},'finish_reason':'" why "'}"

/* What is written where nothing is passed. */
#define HEAD                                                                   \
    "data: {'id':'chatcmpl-ID','object':'chat.completion.chunk','created':7,"  \
    "'model':'model','choices':[{'index':"
#define ROLE(i)                                                                \
    HEAD #i ",'delta':{'role':'assistant','content':''},"                      \
            "'finish_reason':null}]}\n\n"
#define TEXT(i, text)                                                          \
    HEAD #i ",'delta':{'content':'" text "'},'finish_reason':null}]}\n\n"
#define END(i, why) HEAD #i ",'delta':{},'finish_reason':'" why "'}]}\n\n"
#define SAID_LAST(i, why)                                                      \
    HEAD #i ",'delta':{},'finish_reason':'" why "'}]," METER "}\n\n"           \
            "data: [DONE]\n\n"

/* What passes. */
#define DATA(frame) "data: " frame "\n\n"

/* The last frame, of these choices. */
#define LAST(list) "data: {'choices':[" list "]," METER "}\n\ndata: [DONE]\n\n"

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

#define CUT(i, delta, why)                                                     \
    "'choices':[{'index':" #i ",'delta':" delta ",'finish_reason':'" why "'}]"

/* ---- streams ---- */

static void test_choices_pass_in_their_frames(void **state)
{
    struct ruled r;

    (void)state;
    begin(&r, 2);
    gives(&r, CHOICES(SAID(1, "b")), DATA(CHOICES(SAID(1, "b"))));
    gives(&r, CHOICES(SAID(1, "d") "," SAID(0, "c")),
        DATA(CHOICES(SAID(1, "d") "," SAID(0, "c"))));
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
    finish_gives(&r, LAST(ENDED(0, "stop")));
    end(&r);
}

static void test_ends_in_one_frame_stay_in_it(void **state)
{
    struct ruled r;

    (void)state;
    begin(&r, 2);
    play_take(&r.play, CHOICES(SAID(0, "a") "," SAID(1, "b")));
    buf_reset(&r.play.out);
    gives(&r, CHOICES(ENDED(0, "stop") "," ENDED(1, "length")), "");
    finish_gives(&r, LAST(ENDED(0, "stop") "," ENDED(1, "length")));
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
    gives(&r, CHOICES(SAID(1, "c")),
        DATA(CHOICES(ENDED(0, "stop"))) DATA(CHOICES(SAID(1, "c"))));
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
    assert_true(play_out_has(&r.play, CUT(0, "{}", "length") "}\n\n"));
    assert_true(play_out_has(&r.play, CUT(2, "{}", "length") "," METER "}"));
    assert_false(play_out_has(&r.play, "'index':1"));
    assert_false(play_out_has(&r.play, "'index':3"));
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
    play_out_is(&r.play, "");
    stream_cut(r.play.stream, TURN_STOP_FILTER, &play_credits, &r.play.out);
    assert_true(play_out_has(&r.play, CUT(0, "{}", "content_filter")));
    assert_true(play_out_has(&r.play, CUT(2, "{}", "content_filter")));
    assert_true(play_out_has(
        &r.play, CUT(3, "{'role':'assistant','content':''}",
                     "content_filter") "," METER "}\n\ndata: [DONE]\n\n"));
    assert_true(play_out_has(&r.play, DATA(CHOICES(ENDED(1, "stop")))));
    assert_false(play_out_has(&r.play, "'y'"));
    end(&r);
}

static void test_a_rule_that_fires_at_the_end_leaves_what_has_ended(
    void **state)
{
    struct ruled r;

    (void)state;
    begin(&r, 2);
    play_take(&r.play, CHOICES(SAID(0, "a")));
    play_take(&r.play, CHOICES(ENDED(0, "stop")));
    play_take(&r.play, CHOICES(SAID(1, "forbidde")));
    buf_reset(&r.play.out);
    assert_int_equal(play_feed(&r.play, CHOICES(SAID(1, "n"))), STREAM_RULED);
    stream_cut(r.play.stream, TURN_STOP_FILTER, &play_credits, &r.play.out);
    assert_true(play_out_has(&r.play,
        CUT(1, "{'role':'assistant','content':''}", "content_filter")));
    assert_false(play_out_has(&r.play, CUT(0, "{}", "content_filter")));
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

static void test_a_body_passes_with_all_choices(void **state)
{
    struct ruled r;

    (void)state;
    answer(&r, 3,
        CHOICES(MESSAGE(2, "c") "," MESSAGE(0, "a") "," MESSAGE(1, "b")));
    assert_true(play_out_has(&r.play, "'choices':[" MESSAGE(2, "c") "," MESSAGE(
                                          0, "a") "," MESSAGE(1, "b") "]"));
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
                             TEXT(1, "wait") SAID_LAST(1, "stop"));
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
        cmocka_unit_test(test_choices_pass_in_their_frames),
        cmocka_unit_test(test_metering_is_on_the_last_end_only),
        cmocka_unit_test(test_ends_in_one_frame_stay_in_it),
        cmocka_unit_test(test_an_end_is_told_when_another_choice_goes_on),
        cmocka_unit_test(test_it_is_complete_when_each_that_began_has_ended),
        cmocka_unit_test(test_a_cut_ends_each_open_choice_and_no_other),
        cmocka_unit_test(test_a_rule_refuses_every_choice_that_goes_on),
        cmocka_unit_test(
            test_a_rule_that_fires_at_the_end_leaves_what_has_ended),
        cmocka_unit_test(test_a_body_passes_with_all_choices),
        cmocka_unit_test(test_a_rule_in_any_choice_of_a_body_fires),
        cmocka_unit_test(test_a_notice_is_said_in_each_choice),
        cmocka_unit_test(test_a_notice_has_so_many_choices_and_no_more),
        cmocka_unit_test(test_others_get_the_first_choice),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
