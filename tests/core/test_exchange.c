/* A stream from a chat upstream to clients of the other dialects tells the
 * truth of itself at each moment, and can be ended legally at each. What it
 * writes is proven by the golden cases. Quotes are written '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect_play.h"
#include "estimate.h"

#define DELTA(json) "{'choices':[{'index':0,'delta':{" json "}}]}"
#define HELLO DELTA("'content':'Hello'")
#define CALL                                                                   \
    DELTA("'tool_calls':[{'index':0,'id':'c','function':{'name':'weather',"    \
          "'arguments':'{'}}]")
#define THOUGHT DELTA("'reasoning_content':'hm'")
#define STOP "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}"
#define USAGE                                                                  \
    "{'choices':[],'usage':{'prompt_tokens':18,'completion_tokens':12}}"

static struct play begin(enum dialect caller)
{
    struct play p = play_begin(caller, DIALECT_CHAT);

    play_open(&p);
    return p;
}

static struct play begun(enum dialect caller)
{
    struct play p = begin(caller);

    play_take(&p, HELLO);
    buf_reset(&p.out);
    return p;
}

static void test_it_is_complete_when_it_says_why_it_stopped(void **state)
{
    struct play p = begun(DIALECT_MESSAGES);

    (void)state;
    assert_false(stream_complete(p.stream));
    play_take(&p, STOP);
    assert_true(stream_complete(p.stream));
    assert_int_equal(play_feed(&p, "[DONE]"), STREAM_DONE);
    play_end(&p);
}

static void test_last_frame_is_no_end_before_it_says_why(void **state)
{
    static const enum dialect callers[] = {DIALECT_MESSAGES, DIALECT_RESPONSES};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct play p = begun(callers[i]);

        assert_int_equal(play_feed(&p, "[DONE]"), STREAM_ERROR);
        assert_int_equal(p.fault.code, REFUSE_UPSTREAM_INCOMPLETE);
        play_out_is(&p, "");
        play_end(&p);
    }
}

static void test_words_are_delivery_a_start_is_none(void **state)
{
    struct play p = begin(DIALECT_MESSAGES);

    (void)state;
    play_take(&p, DELTA("'role':'assistant','content':''"));
    assert_false(stream_delivered(p.stream));
    play_take(&p, HELLO);
    assert_true(stream_delivered(p.stream));
    play_end(&p);
}

static void test_thinking_that_is_not_shown_is_output_but_no_delivery(
    void **state)
{
    struct play p = begin(DIALECT_MESSAGES);

    (void)state;
    play_take(&p, DELTA("'content':''"));
    play_take(&p, THOUGHT);
    assert_false(stream_delivered(p.stream));
    assert_int_equal(stream_output(p.stream), 1);
    play_end(&p);
}

static void test_usage_is_estimated_until_it_is_said(void **state)
{
    struct play p = begun(DIALECT_RESPONSES);

    (void)state;
    assert_false(play_usage(&p).known);
    assert_int_equal(play_usage(&p).tokens_in, 25);
    assert_int_equal(play_usage(&p).tokens_out, 2);
    play_take(&p, USAGE);
    assert_true(play_usage(&p).known);
    assert_int_equal(play_usage(&p).tokens_in, 18);
    assert_int_equal(stream_output(p.stream), 12);
    play_end(&p);
}

static void test_estimate_counts_characters_not_escapes(void **state)
{
    struct play p = begin(DIALECT_MESSAGES);

    (void)state;
    play_take(&p, DELTA("'content':'\\u00e9\\ud83d\\ude80'"));
    assert_int_equal(stream_output(p.stream),
        estimate_tokens(
            estimate_text((struct span){"\xc3\xa9\xf0\x9f\x9a\x80", 6})));
    play_end(&p);
}

static void test_zero_usage_is_known(void **state)
{
    struct play p = begun(DIALECT_MESSAGES);

    (void)state;
    play_take(&p, "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}],"
                  "'usage':{'prompt_tokens':0,'completion_tokens':0}}");
    assert_true(play_usage(&p).known);
    assert_int_equal(play_usage(&p).tokens_out, 0);
    play_end(&p);
}

static void test_cut_before_the_start_is_a_whole_answer(void **state)
{
    struct play p = begin(DIALECT_MESSAGES), q = begin(DIALECT_RESPONSES);

    (void)state;
    stream_cut(p.stream, TURN_STOP_LENGTH, &play_credits, &p.out);
    assert_true(play_out_has(&p, "event: message_start\n"));
    assert_true(play_out_has(&p, "'stop_reason':'max_tokens'"));
    assert_true(play_out_has(&p, "event: message_stop\n"));
    stream_cut(q.stream, TURN_STOP_LENGTH, &play_credits, &q.out);
    assert_true(play_out_has(&q, "event: response.created\n"));
    assert_true(play_out_has(&q, "event: response.incomplete\n"));
    play_end(&p);
    play_end(&q);
}

static void test_cut_within_text_closes_it(void **state)
{
    struct play p = begun(DIALECT_MESSAGES), q = begun(DIALECT_RESPONSES);

    (void)state;
    stream_cut(p.stream, TURN_STOP_LENGTH, &play_credits, &p.out);
    assert_true(play_out_has(&p, "event: content_block_stop\n"));
    assert_true(play_out_has(&p, "'output_tokens':2,") ||
                play_out_has(&p, "'output_tokens':2}"));
    stream_cut(q.stream, TURN_STOP_LENGTH, &play_credits, &q.out);
    assert_true(play_out_has(&q, "'type':'response.output_item.done'"));
    assert_true(play_out_has(&q, "'status':'incomplete','role'"));
    play_end(&p);
    play_end(&q);
}

static void test_cut_within_a_call_does_not_make_it_whole(void **state)
{
    struct play p = begin(DIALECT_RESPONSES);

    (void)state;
    play_take(&p, CALL);
    stream_cut(p.stream, TURN_STOP_LENGTH, &play_credits, &p.out);
    assert_true(play_out_has(&p, "'arguments':'{'"));
    assert_true(play_out_has(&p, "event: response.incomplete\n"));
    play_end(&p);
}

/* Arguments that never came are not made up: with them a client would call. */
static void cut_within_a_call_of_chat(enum turn_stop why, const char *finish)
{
    struct play p = play_begin(DIALECT_CHAT, DIALECT_MESSAGES);

    play_open(&p);
    play_take(&p, "{'type':'content_block_start','index':0,'content_block':"
                  "{'type':'tool_use','id':'c','name':'f','input':{}}}");
    buf_reset(&p.out);
    stream_cut(p.stream, why, &play_credits, &p.out);
    assert_true(play_out_has(&p, finish));
    assert_false(play_out_has(&p, "arguments"));
    assert_true(play_out_has(&p, "data: [DONE]\n\n"));
    play_end(&p);
}

static void test_cut_to_a_chat_client_ends_for_length(void **state)
{
    (void)state;
    cut_within_a_call_of_chat(TURN_STOP_LENGTH, "'finish_reason':'length'");
}

static void test_refusal_to_a_chat_client_completes_no_call(void **state)
{
    (void)state;
    cut_within_a_call_of_chat(
        TURN_STOP_FILTER, "'finish_reason':'content_filter'");
}

static void test_failure_is_the_callers_own(void **state)
{
    const struct fault fault = {.code = REFUSE_UPSTREAM_ERROR};
    struct play p = begun(DIALECT_MESSAGES), q = begun(DIALECT_RESPONSES);

    (void)state;
    stream_fail(p.stream, &fault, "req", &p.out);
    assert_true(play_out_has(&p, "event: error\n"));
    assert_false(play_out_has(&p, "message_stop"));
    stream_fail(q.stream, &fault, "req", &q.out);
    assert_true(play_out_has(&q, "event: error\n"));
    assert_true(play_out_has(&q, "'id':'resp_ID'"));
    play_end(&p);
    play_end(&q);
}

static void test_sign_of_life_is_the_callers_own(void **state)
{
    struct play p = begin(DIALECT_MESSAGES), q = begin(DIALECT_RESPONSES);

    (void)state;
    stream_beat(p.stream, &p.out);
    play_out_is(&p, "event: ping\ndata: {'type':'ping'}\n\n");
    stream_beat(q.stream, &q.out);
    play_out_is(&q, ": keepalive\n\n");
    play_take(&q, HELLO);
    buf_reset(&q.out);
    stream_beat(q.stream, &q.out);
    play_out_is(&q, "event: keepalive\ndata: {'type':'keepalive',"
                    "'sequence_number':5}\n\n");
    play_end(&p);
    play_end(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_complete_when_it_says_why_it_stopped),
        cmocka_unit_test(test_last_frame_is_no_end_before_it_says_why),
        cmocka_unit_test(test_words_are_delivery_a_start_is_none),
        cmocka_unit_test(
            test_thinking_that_is_not_shown_is_output_but_no_delivery),
        cmocka_unit_test(test_usage_is_estimated_until_it_is_said),
        cmocka_unit_test(test_estimate_counts_characters_not_escapes),
        cmocka_unit_test(test_zero_usage_is_known),
        cmocka_unit_test(test_cut_before_the_start_is_a_whole_answer),
        cmocka_unit_test(test_cut_within_text_closes_it),
        cmocka_unit_test(test_cut_within_a_call_does_not_make_it_whole),
        cmocka_unit_test(test_cut_to_a_chat_client_ends_for_length),
        cmocka_unit_test(test_refusal_to_a_chat_client_completes_no_call),
        cmocka_unit_test(test_failure_is_the_callers_own),
        cmocka_unit_test(test_sign_of_life_is_the_callers_own),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
