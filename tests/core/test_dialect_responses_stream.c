/* A Responses stream to a Responses client tells the truth of itself at each
 * moment, and can be ended legally at each. Quotes are written '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect_play.h"

#define CREATED                                                                \
    "{'type':'response.created','sequence_number':0,'response':{'id':'r',"     \
    "'object':'response','created_at':1,'model':'up','status':'in_progress'}}"
#define ADDED                                                                  \
    "{'type':'response.output_item.added','sequence_number':1,"                \
    "'output_index':0,'item':{'id':'m','type':'message','role':'assistant',"   \
    "'content':[]}}"
#define HELLO                                                                  \
    "{'type':'response.output_text.delta','sequence_number':2,"                \
    "'output_index':0,'delta':'Hello'}"
#define DONE                                                                   \
    "{'type':'response.output_item.done','sequence_number':3,"                 \
    "'output_index':0,'item':{'id':'m'}}"
#define COMPLETED                                                              \
    "{'type':'response.completed','sequence_number':4,'response':{'id':'r',"   \
    "'model':'up','usage':{'input_tokens':18,'output_tokens':12}}}"

static struct play begin(void)
{
    struct play p = play_begin(DIALECT_RESPONSES, DIALECT_RESPONSES);

    play_open(&p);
    return p;
}

/* As far as the first words. */
static struct play begun(void)
{
    struct play p = begin();

    play_take(&p, CREATED);
    play_take(&p, ADDED);
    play_take(&p, HELLO);
    buf_reset(&p.out);
    return p;
}

static void cut(struct play *p)
{
    stream_cut(p->stream, TURN_STOP_LENGTH, &play_credits, &p->out);
}

static void test_frame_leaves_at_once_under_its_name(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(&p, HELLO);
    play_out_is(&p, "event: response.output_text.delta\ndata: " HELLO "\n\n");
    play_end(&p);
}

static void test_model_is_the_name_that_the_caller_knows(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(&p, CREATED);
    assert_true(play_out_has(&p, "'model':'model'"));
    play_end(&p);
}

static void test_last_frame_carries_the_metering_fields(void **state)
{
    struct play p = begun();

    (void)state;
    assert_int_equal(play_feed(&p, COMPLETED), STREAM_DONE);
    play_out_is(&p, "");
    stream_finish(p.stream, &play_credits, &p.out);
    play_out_is(&p,
        "event: response.completed\ndata: {'type':'response.completed',"
        "'sequence_number':4,'response':{'id':'r','model':'model',"
        "'usage':{'input_tokens':18,'output_tokens':12}," METER "}}\n\n");
    play_end(&p);
}

static void test_errors_are_errors(void **state)
{
    struct play p = begun();

    (void)state;
    assert_int_equal(
        play_feed(&p, "{'type':'error','message':'full'}"), STREAM_ERROR);
    assert_string_equal(p.fault.message, "full");
    assert_int_equal(play_feed(&p, "{'type':'response.failed','response':"
                                   "{'error':{'message':'out'}}}"),
        STREAM_ERROR);
    assert_string_equal(p.fault.message, "out");
    play_end(&p);
}

static void test_what_is_no_frame_is_broken(void **state)
{
    struct play p = begin();

    (void)state;
    assert_int_equal(play_feed(&p, "hello"), STREAM_BROKEN);
    assert_int_equal(play_feed(&p, "{'x':1}"), STREAM_BROKEN);
    assert_int_equal(play_feed(&p, "{'type':'a\\nb'}"), STREAM_BROKEN);
    assert_int_equal(
        play_feed(&p, "{'type':'response.completed'}"), STREAM_BROKEN);
    play_end(&p);
}

static void test_it_is_complete_behind_its_last_frame(void **state)
{
    struct play p = begun();

    (void)state;
    play_take(&p, DONE);
    assert_false(stream_complete(p.stream));
    play_feed(&p, COMPLETED);
    assert_true(stream_complete(p.stream));
    play_end(&p);
}

static void test_words_are_delivery_an_item_is_none(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(&p, CREATED);
    play_take(&p, ADDED);
    play_take(&p, "{'type':'response.output_text.delta','delta':''}");
    assert_false(stream_delivered(p.stream));
    play_take(&p, HELLO);
    assert_true(stream_delivered(p.stream));
    play_end(&p);
}

static void test_name_of_a_call_is_delivery(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(&p, "{'type':'response.output_item.added','item':{'id':'f',"
                  "'type':'function_call','name':'weather'}}");
    assert_true(stream_delivered(p.stream));
    assert_int_equal(stream_output(p.stream), 2);
    play_end(&p);
}

static void test_usage_is_estimated_until_it_is_said(void **state)
{
    struct play p = begun();

    (void)state;
    assert_false(play_usage(&p).known);
    assert_int_equal(play_usage(&p).tokens_in, 25);
    assert_int_equal(play_usage(&p).tokens_out, 2);
    play_feed(&p, COMPLETED);
    assert_true(play_usage(&p).known);
    assert_int_equal(play_usage(&p).tokens_in, 18);
    assert_int_equal(stream_output(p.stream), 12);
    play_end(&p);
}

static void test_cut_before_the_start_is_a_whole_response(void **state)
{
    struct play p = begin();

    (void)state;
    cut(&p);
    assert_true(play_out_has(&p, "event: response.created\n"));
    assert_true(play_out_has(&p, "'sequence_number':1,'response':{"
                                 "'id':'resp_cut'"));
    assert_true(play_out_has(
        &p, "'incomplete_details':{'reason':'max_output_tokens'}"));
    play_end(&p);
}

static void test_cut_within_an_item_ends_it(void **state)
{
    struct play p = begun();

    (void)state;
    cut(&p);
    assert_true(play_out_has(&p, "'type':'response.output_text.done',"
                                 "'sequence_number':3"));
    assert_true(play_out_has(&p, "'type':'response.output_item.done'"));
    assert_true(play_out_has(&p, "event: response.incomplete\n"));
    assert_true(play_out_has(&p, "'text':'Hello'"));
    assert_true(play_out_has(&p, "'model':'model'"));
    assert_true(play_out_has(&p, METER));
    play_end(&p);
}

static void test_cut_behind_an_item_repeats_it(void **state)
{
    struct play p = begun();

    (void)state;
    play_take(&p, DONE);
    buf_reset(&p.out);
    cut(&p);
    assert_false(play_out_has(&p, "output_item.done"));
    assert_true(play_out_has(&p, "'output':[{'id':'m'}]"));
    play_end(&p);
}

static void test_cut_behind_the_end_is_that_end(void **state)
{
    struct play p = begun();

    (void)state;
    play_feed(&p, COMPLETED);
    cut(&p);
    assert_true(play_out_has(&p, "event: response.completed\n"));
    assert_false(play_out_has(&p, "incomplete"));
    play_end(&p);
}

static void test_failure_is_two_frames_of_the_same_response(void **state)
{
    const struct fault fault = {.code = REFUSE_UPSTREAM_INCOMPLETE};
    struct play p = begun();

    (void)state;
    stream_fail(p.stream, &fault, "1", &p.out);
    assert_true(play_out_has(
        &p, "event: error\ndata: {'type':'error','sequence_number':3"));
    assert_true(play_out_has(&p,
        "'type':'response.failed','sequence_number':4,'response':{"
        "'id':'r','object':'response','created_at':1,'model':'model'"));
    play_end(&p);
}

static void test_failure_before_the_start_has_an_identity(void **state)
{
    const struct fault fault = {.code = REFUSE_UPSTREAM_TIMEOUT};
    struct play p = begin();

    (void)state;
    stream_fail(p.stream, &fault, "1", &p.out);
    assert_true(play_out_has(&p, "'id':'resp_1'"));
    play_end(&p);
}

static void test_sign_of_life_does_not_count(void **state)
{
    struct play p = begun();

    (void)state;
    stream_beat(p.stream, &p.out);
    stream_beat(p.stream, &p.out);
    play_out_is(&p,
        "event: keepalive\ndata: {'type':'keepalive','sequence_number':3}\n\n"
        "event: keepalive\ndata: {'type':'keepalive','sequence_number':3}"
        "\n\n");
    play_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame_leaves_at_once_under_its_name),
        cmocka_unit_test(test_model_is_the_name_that_the_caller_knows),
        cmocka_unit_test(test_last_frame_carries_the_metering_fields),
        cmocka_unit_test(test_errors_are_errors),
        cmocka_unit_test(test_what_is_no_frame_is_broken),
        cmocka_unit_test(test_it_is_complete_behind_its_last_frame),
        cmocka_unit_test(test_words_are_delivery_an_item_is_none),
        cmocka_unit_test(test_name_of_a_call_is_delivery),
        cmocka_unit_test(test_usage_is_estimated_until_it_is_said),
        cmocka_unit_test(test_cut_before_the_start_is_a_whole_response),
        cmocka_unit_test(test_cut_within_an_item_ends_it),
        cmocka_unit_test(test_cut_behind_an_item_repeats_it),
        cmocka_unit_test(test_cut_behind_the_end_is_that_end),
        cmocka_unit_test(test_failure_is_two_frames_of_the_same_response),
        cmocka_unit_test(test_failure_before_the_start_has_an_identity),
        cmocka_unit_test(test_sign_of_life_does_not_count),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
