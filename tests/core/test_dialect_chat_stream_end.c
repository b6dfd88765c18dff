/* A stream ends with its metering: in the frame in which the last choice has
 * finished, which is held back for it, and in the usage chunk when the caller
 * has asked for one. */

#include "chat_stream_play.h"

static void test_done_is_told(void **state)
{
    struct play p = begin();

    (void)state;
    assert_int_equal(play_feed(&p, "[DONE]"), STREAM_DONE);
    assert_int_equal(play_feed(&p, " [DONE]\t"), STREAM_DONE);
    out_is(&p, "");
    play_end(&p);
}

static void test_finish_frame_is_held_back(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(&p, HI);
    play_take(&p, STOP);
    out_is(&p, DATA(HI));
    play_end(&p);
}

static void test_held_frame_ends_with_the_metering(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(&p, HI);
    play_take(&p, STOP);
    finish(&p);
    out_is(&p, DATA(HI) DATA(STOP_METERED) DONE);
    play_end(&p);
}

static void test_usage_chunk_does_not_release_the_held_frame(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(&p, STOP);
    play_take(&p, USAGE);
    out_is(&p, "");
    finish(&p);
    out_is(&p, DATA(STOP_METERED) DONE);
    play_end(&p);
}

static void test_edits_are_made_in_the_held_frame_too(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(&p, "{'model':'up','choices':[{'delta':{'role':''},\n"
                  "'finish_reason':'stop'}],'policy':1 }");
    finish(&p);
    out_is(&p, DATA("{'model':'model','choices':[{'delta':{}, "
                    "'finish_reason':'stop'}] ," METER "}") DONE);
    play_end(&p);
}

static void test_later_choice_releases_the_held_frame(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(&p, "{'choices':[{'index':1,'delta':{'content':'x'}}]}");
    play_take(&p, STOP);
    play_take(&p, "{'choices':[{'index':1,'delta':{'content':'y'}}]}");
    out_is(&p, DATA("{'choices':[{'index':1,'delta':{'content':'x'}}]}") DATA(
                   STOP) DATA("{'choices':[{'index':1,'delta':{'content':'y'}"
                              "}]}"));
    play_end(&p);
}

static void test_second_finish_frame_releases_the_first(void **state)
{
    const char *second =
        "{'choices':[{'index':1,'delta':{},'finish_reason':'length'}]}";
    struct play p = begin();

    (void)state;
    play_take(&p, STOP);
    play_take(&p, second);
    out_is(&p, DATA(STOP));
    finish(&p);
    out_is(&p, DATA(STOP) DATA("{'choices':[{'index':1,'delta':{},"
                               "'finish_reason':'length'}]," METER "}") DONE);
    play_end(&p);
}

static void test_frame_after_all_has_finished_takes_the_metering(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(&p, STOP);
    play_take(&p, "{'choices':[{'index':0,'delta':{'content':''}}]}");
    out_is(&p, DATA(STOP));
    finish(&p);
    out_is(&p, DATA(STOP) DATA("{'choices':[{'index':0,'delta':{'content':''}}"
                               "]," METER "}") DONE);
    play_end(&p);
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
    play_take(&p, HI);
    finish(&p);
    out_is(&p, DATA(HI) DONE);
    play_end(&p);
}

static void test_end_of_an_empty_stream_is_just_done(void **state)
{
    struct play p = begin_with_usage();

    (void)state;
    finish(&p);
    out_is(&p, DONE);
    play_end(&p);
}

/* ---- the usage chunk ---- */

static void test_asked_usage_chunk_comes_last_and_metered(void **state)
{
    struct play p = begin_with_usage();

    (void)state;
    play_take(&p, STOP);
    play_take(&p, USAGE);
    out_is(&p, "");
    finish(&p);
    out_is(&p, DATA(STOP_METERED) DATA(USAGE_METERED) DONE);
    play_end(&p);
}

static void test_usage_chunk_is_edited_like_any_frame(void **state)
{
    struct play p = begin_with_usage();

    (void)state;
    play_take(&p, "{'model':'up','policy':1,'choices':[],'usage':{}}");
    finish(&p);
    out_is(
        &p, DATA("{'model':'model','choices':[],'usage':{}," METER "}") DONE);
    play_end(&p);
}

static void test_of_several_usage_chunks_the_last_is_sent(void **state)
{
    struct play p = begin_with_usage();

    (void)state;
    play_take(&p, "{'choices':[],'usage':{'prompt_tokens':1,"
                  "'completion_tokens':1}}");
    play_take(&p, USAGE);
    finish(&p);
    out_is(&p, DATA(USAGE_METERED) DONE);
    play_end(&p);
}

/* A usage chunk that the upstream did not send; the members as in JSON. */
#define MADE(id, created, model, usage)                                        \
    DATA("{'id':" id ",'object':'chat.completion.chunk','created':" created    \
         ",'model':" model ",'choices':[],'usage':{" usage "}," METER "}")

static void test_usage_chunk_is_made_when_the_upstream_sent_none(void **state)
{
    struct play p = begin_with_usage();

    (void)state;
    play_take(&p,
        "{'id':'c-1','created':7,'model':'up','choices':[{'index':0,"
        "'delta':{},'finish_reason':'stop'}],'usage':{'prompt_tokens':18,"
        "'completion_tokens':12}}");
    buf_reset(&p.out);
    stream_finish(p.stream, &play_credits, &p.out);
    out_is(&p,
        DATA("{'id':'c-1','created':7,'model':'model','choices':[{'index':0,"
             "'delta':{},'finish_reason':'stop'}],'usage':{'prompt_tokens':18,"
             "'completion_tokens':12}," METER "}") MADE("'c-1'", "7", "'model'",
            "'prompt_tokens':18,'completion_tokens':12,'total_tokens':30")
            DONE);
    play_end(&p);
}

/* What an upstream sent of which no frame is passed on, and what is made of
 * it. */
static void is_made_of(
    const char *first, const char *second, const char *expected)
{
    struct play p = begin_with_usage();

    play_take(&p, first);
    if (second != NULL)
        play_take(&p, second);
    finish(&p);
    out_is(&p, expected);
    play_end(&p);
}

static void test_made_usage_chunk_survives_missing_names(void **state)
{
    (void)state;
    is_made_of("{'usage':{'prompt_tokens':1,'completion_tokens':2}}", NULL,
        MADE("''", "0", "'model'",
            "'prompt_tokens':1,'completion_tokens':2,'total_tokens':3") DONE);
}

static void test_made_usage_chunk_repeats_no_containers(void **state)
{
    (void)state;
    is_made_of("{'id':'a','usage':{'prompt_tokens':1,'completion_tokens':2}}",
        "{'id':{\n},'created':[\n\n],'model':null}",
        MADE("'a'", "0", "null",
            "'prompt_tokens':1,'completion_tokens':2,'total_tokens':3") DONE);
}

static void test_no_usage_chunk_is_made_of_an_estimate(void **state)
{
    struct play p = begin_with_usage();

    (void)state;
    play_take(&p, HI);
    play_take(&p, STOP);
    finish(&p);
    out_is(&p, DATA(HI) DATA(STOP_METERED) DONE);
    play_end(&p);
}

static void test_anonymous_caller_has_null_credits(void **state)
{
    static const struct credits none = {-1, 0, 0, {5000000, 500}};
    struct play p = begin();

    (void)state;
    play_take(&p, STOP);
    stream_finish(p.stream, &none, &p.out);
    out_is(&p, DATA("{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}"
                    "],'remaining_credits':null,'estimated_credits_used':0,"
                    "'estimated_cost_usd':0}") DONE);
    play_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
