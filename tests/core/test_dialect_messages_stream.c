/* A Messages stream to a Messages client tells the truth of itself at each
 * moment, and can be ended legally at each. Quotes are written '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect_play.h"

#define FRAME(type, more) "{'type':'" type "'" more "}"
#define OUT(type, more) "event: " type "\ndata: {'type':'" type "'" more "}\n\n"

#define START_BODY                                                             \
    ",'message':{'model':'model','usage':{'input_tokens':18,"                  \
    "'output_tokens':1}}"
#define START                                                                  \
    FRAME("message_start",                                                     \
        ",'message':{'model':'up','usage':{'input_tokens':18,"                 \
        "'output_tokens':1}}")
#define BLOCK ",'index':0,'content_block':{'type':'text','text':''}"
#define HELLO ",'index':0,'delta':{'type':'text_delta','text':'Hello'}"
#define STOPPED                                                                \
    ",'delta':{'stop_reason':'end_turn','stop_sequence':null},"                \
    "'usage':{'output_tokens':12}"
#define CUT(in, out)                                                           \
    OUT("message_delta",                                                       \
        ",'delta':{'stop_reason':'max_tokens','stop_sequence':null},"          \
        "'usage':{'input_tokens':" in ",'output_tokens':" out "}," METER)      \
    OUT("message_stop", "")

static struct play begin(void)
{
    struct play p = play_begin(DIALECT_MESSAGES, DIALECT_MESSAGES);

    play_open(&p);
    return p;
}

/* As far as the first words. */
static struct play begun(void)
{
    struct play p = begin();

    play_take(&p, START);
    play_take(&p, FRAME("content_block_start", BLOCK));
    play_take(&p, FRAME("content_block_delta", HELLO));
    buf_reset(&p.out);
    return p;
}

static struct play stopped(void)
{
    struct play p = begun();

    play_take(&p, FRAME("content_block_stop", ",'index':0"));
    play_take(&p, FRAME("message_delta", STOPPED));
    buf_reset(&p.out);
    return p;
}

static void finish(struct play *p)
{
    stream_finish(p->stream, &play_credits, &p->out);
}

static void cut(struct play *p)
{
    stream_cut(p->stream, TURN_STOP_LENGTH, &play_credits, &p->out);
}

static void test_frame_leaves_at_once_under_its_name(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(&p, START);
    play_out_is(&p, OUT("message_start", START_BODY));
    play_end(&p);
}

static void test_end_waits_for_the_metering_fields(void **state)
{
    struct play p = stopped();

    (void)state;
    assert_int_equal(play_feed(&p, FRAME("message_stop", "")), STREAM_DONE);
    play_out_is(&p, "");
    finish(&p);
    play_out_is(
        &p, OUT("message_delta", STOPPED "," METER) OUT("message_stop", ""));
    play_end(&p);
}

static void test_first_of_two_ends_leaves_when_the_second_comes(void **state)
{
    struct play p = stopped();

    (void)state;
    play_take(&p, FRAME("message_delta", ",'delta':{}"));
    play_out_is(&p, OUT("message_delta", STOPPED));
    finish(&p);
    play_out_is(
        &p, OUT("message_delta", ",'delta':{}," METER) OUT("message_stop", ""));
    play_end(&p);
}

static void test_error_frame_is_an_error(void **state)
{
    struct play p = begun();

    (void)state;
    assert_int_equal(
        play_feed(&p, FRAME("error", ",'error':{'message':'full'}")),
        STREAM_ERROR);
    assert_string_equal(p.fault.message, "full");
    play_out_is(&p, "");
    play_end(&p);
}

static void test_what_is_no_frame_is_broken(void **state)
{
    struct play p = begin();

    (void)state;
    assert_int_equal(play_feed(&p, "hello"), STREAM_BROKEN);
    assert_int_equal(play_feed(&p, "[]"), STREAM_BROKEN);
    assert_int_equal(play_feed(&p, "{'x':1}"), STREAM_BROKEN);
    assert_int_equal(play_feed(&p, "{'type':1}"), STREAM_BROKEN);
    play_end(&p);
}

static void test_it_is_complete_when_it_says_why_it_stopped(void **state)
{
    struct play p = begun(), q = stopped();

    (void)state;
    assert_false(stream_complete(p.stream));
    assert_true(stream_complete(q.stream));
    play_end(&p);
    play_end(&q);
}

static void test_words_are_delivery_a_start_is_none(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(&p, START);
    play_take(&p, FRAME("ping", ""));
    play_take(&p, FRAME("content_block_start", BLOCK));
    assert_false(stream_delivered(p.stream));
    play_take(&p, FRAME("content_block_delta", HELLO));
    assert_true(stream_delivered(p.stream));
    play_end(&p);
}

static void test_usage_is_known_when_both_sides_were_said(void **state)
{
    struct play p = begin();

    (void)state;
    assert_int_equal(play_usage(&p).tokens_in, 25);
    play_take(&p, START);
    assert_false(play_usage(&p).known);
    assert_int_equal(play_usage(&p).tokens_in, 18);
    assert_int_equal(play_usage(&p).tokens_out, 0);
    play_take(&p, FRAME("message_delta", STOPPED));
    assert_true(play_usage(&p).known);
    assert_int_equal(play_usage(&p).tokens_out, 12);
    play_end(&p);
}

/* Servers that learn the input at the end begin with 0. A caller who leaves
 * before that end has not had it for nothing. */
static void test_input_of_nothing_at_the_start_is_none_yet(void **state)
{
    const enum dialect callers[] = {DIALECT_MESSAGES, DIALECT_CHAT};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct play p = play_begin(callers[i], DIALECT_MESSAGES);

        play_open(&p);
        play_take(&p, FRAME("message_start",
                          ",'message':{'model':'up','usage':{'input_tokens':0,"
                          "'output_tokens':0}}"));
        assert_false(play_usage(&p).known);
        assert_int_equal(play_usage(&p).tokens_in, 25);
        play_take(&p, FRAME("message_delta",
                          ",'delta':{'stop_reason':'end_turn'},"
                          "'usage':{'input_tokens':9,'output_tokens':12}"));
        assert_true(play_usage(&p).known);
        assert_int_equal(play_usage(&p).tokens_in, 9);
        play_end(&p);
    }
}

static void test_input_of_nothing_is_believed_at_the_end(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(
        &p, FRAME("message_start", ",'message':{'usage':{'input_tokens':0}}"));
    play_take(&p, FRAME("message_delta", STOPPED));
    assert_true(play_usage(&p).known);
    assert_int_equal(play_usage(&p).tokens_in, 0);
    play_end(&p);
}

static void test_cached_input_that_is_said_late_is_input(void **state)
{
    struct play p = begun();

    (void)state;
    play_take(
        &p, FRAME("message_delta",
                ",'delta':{},"
                "'usage':{'cache_read_input_tokens':70,'output_tokens':12}"));
    assert_true(play_usage(&p).known);
    assert_int_equal(play_usage(&p).tokens_in, 88);
    cut(&p);
    assert_true(play_out_has(&p, CUT("18", "12")));
    play_end(&p);
}

static void test_output_is_estimated_until_it_is_said(void **state)
{
    struct play p = begun();

    (void)state;
    assert_int_equal(play_usage(&p).tokens_out, 2);
    assert_int_equal(stream_output(p.stream), 2);
    play_take(&p, FRAME("message_delta", STOPPED));
    assert_int_equal(stream_output(p.stream), 12);
    play_end(&p);
}

static void test_cut_before_the_start_is_a_whole_message(void **state)
{
    struct play p = begin();

    (void)state;
    cut(&p);
    assert_true(play_out_has(&p, "event: message_start\n"));
    assert_true(play_out_has(&p, "'model':'model'"));
    assert_true(play_out_has(&p, CUT("25", "0")));
    play_end(&p);
}

static void test_cut_within_a_block_closes_it(void **state)
{
    struct play p = begun();

    (void)state;
    cut(&p);
    play_out_is(&p, OUT("content_block_stop", ",'index':0") CUT("18", "2"));
    play_end(&p);
}

static void test_cut_between_blocks_closes_none(void **state)
{
    struct play p = begun();

    (void)state;
    play_take(&p, FRAME("content_block_stop", ",'index':0"));
    buf_reset(&p.out);
    cut(&p);
    play_out_is(&p, CUT("18", "2"));
    play_end(&p);
}

static void test_cut_behind_the_end_is_that_end(void **state)
{
    struct play p = stopped();

    (void)state;
    cut(&p);
    play_out_is(
        &p, OUT("message_delta", STOPPED "," METER) OUT("message_stop", ""));
    play_end(&p);
}

static void test_failure_is_one_frame_and_no_stop(void **state)
{
    const struct fault fault = {.code = REFUSE_UPSTREAM_INCOMPLETE};
    struct play p = begun();

    (void)state;
    stream_fail(p.stream, &fault, "req_1", &p.out);
    assert_true(play_out_has(&p, "event: error\ndata: {'type':'error'"));
    assert_true(play_out_has(&p, "'request_id':'req_1'"));
    assert_false(play_out_has(&p, "message_stop"));
    play_end(&p);
}

static void test_sign_of_life_is_a_ping(void **state)
{
    struct play p = begin();

    (void)state;
    stream_beat(p.stream, &p.out);
    play_out_is(&p, OUT("ping", ""));
    play_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame_leaves_at_once_under_its_name),
        cmocka_unit_test(test_end_waits_for_the_metering_fields),
        cmocka_unit_test(test_first_of_two_ends_leaves_when_the_second_comes),
        cmocka_unit_test(test_error_frame_is_an_error),
        cmocka_unit_test(test_what_is_no_frame_is_broken),
        cmocka_unit_test(test_it_is_complete_when_it_says_why_it_stopped),
        cmocka_unit_test(test_words_are_delivery_a_start_is_none),
        cmocka_unit_test(test_usage_is_known_when_both_sides_were_said),
        cmocka_unit_test(test_input_of_nothing_at_the_start_is_none_yet),
        cmocka_unit_test(test_input_of_nothing_is_believed_at_the_end),
        cmocka_unit_test(test_cached_input_that_is_said_late_is_input),
        cmocka_unit_test(test_output_is_estimated_until_it_is_said),
        cmocka_unit_test(test_cut_before_the_start_is_a_whole_message),
        cmocka_unit_test(test_cut_within_a_block_closes_it),
        cmocka_unit_test(test_cut_between_blocks_closes_none),
        cmocka_unit_test(test_cut_behind_the_end_is_that_end),
        cmocka_unit_test(test_failure_is_one_frame_and_no_stop),
        cmocka_unit_test(test_sign_of_life_is_a_ping),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
