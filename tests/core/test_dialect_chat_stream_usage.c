/* Of a stream it must be known whether it is complete, what it has used and
 * whether any output was delivered. */

#include "chat_stream_play.h"

/* ---- completeness ---- */

static void completes(const char *first, const char *second, bool expected)
{
    struct play p = begin();

    play_take(&p, first);
    play_take(&p, second);
    assert_int_equal(stream_complete(p.stream), expected);
    play_end(&p);
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

    play_take(&p, first);
    play_take(&p, second);
    stream_usage(p.stream, &usage);
    play_end(&p);
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

#define NOTHING "'usage':{'prompt_tokens':0,'completion_tokens':0}}"

static void test_usage_of_zero_is_known(void **state)
{
    struct usage u = usage_after(STOP, "{'choices':[]," NOTHING);

    (void)state;
    assert_true(u.known);
    assert_int_equal(u.tokens_in, 0);
    assert_int_equal(u.tokens_out, 0);
}

/* Servers that count at the end state nothing with every chunk before it: who
 * leaves in the middle has not had it for nothing. */
static void test_usage_of_zero_in_the_middle_is_none(void **state)
{
    const enum dialect callers[] = {DIALECT_CHAT, DIALECT_MESSAGES};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct play p = play_begin(callers[i], DIALECT_CHAT);

        play_open(&p);
        play_take(&p,
            "{'choices':[{'index':0,'delta':{'content':'Hello'}}]," NOTHING);
        assert_false(play_usage(&p).known);
        assert_int_equal(play_usage(&p).tokens_in, 25);
        assert_int_equal(play_usage(&p).tokens_out, 2);
        play_take(&p, STOP);
        play_take(&p, USAGE);
        assert_true(play_usage(&p).known);
        assert_int_equal(play_usage(&p).tokens_in, 18);
        play_end(&p);
    }
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
    play_end(&p);
}

static void test_role_alone_is_no_output(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(&p, "{'choices':[{'delta':{'role':'assistant','content':''}}]}");
    assert_false(stream_delivered(p.stream));
    play_end(&p);
}

static void test_content_is_delivered(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(&p, HI);
    assert_true(stream_delivered(p.stream));
    play_end(&p);
}

static void test_held_content_is_delivered_when_it_leaves(void **state)
{
    struct play p = begin();

    (void)state;
    play_take(
        &p, "{'choices':[{'delta':{'content':'x'},'finish_reason':'stop'}]}");
    assert_false(stream_delivered(p.stream));
    finish(&p);
    assert_true(stream_delivered(p.stream));
    play_end(&p);
}

static void test_free_takes_null(void **state)
{
    (void)state;
    stream_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
        cmocka_unit_test(test_usage_of_zero_in_the_middle_is_none),
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
