/* A stream between two that speak chat completions, from an upstream that keeps
 * to no rules, or without memory: no term leaves, and what waits has a limit.
 * Quotes are written '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sieve_hostile_play.h"
#include "sieve_queue.h"

#define SAID(index, said) "{'choices':[{" index "'delta':{" said "}}]}"
#define SAYS(text) SAID("'index':0,", "'content':'" text "'")
#define THINKS(text) SAID("'index':0,", "'reasoning':'" text "'")
#define CALLS(index, text)                                                     \
    SAID("'index':0,",                                                         \
        "'tool_calls':[{" index "'function':{'arguments':'" text "'}}]")
#define STOP(choice)                                                           \
    "{'choices':[{'index':" choice ",'delta':{},'finish_reason':'stop'}]}"
#define DATA(frame) "data: " frame "\n\n"

static void begin_chat(struct trial *t, const char *action)
{
    begin(t, DIALECT_CHAT, action, true);
}

/* ---- places ---- */

static void test_a_place_that_is_no_index_breaks_the_stream(void **state)
{
    static const char *const places[] = {"0.0", "1e0", "'0'", "-1", "[0]"};
    static const char *const frames[] = {SAID("'index':%s,", "'content':'ad'"),
        CALLS("'index':%s,", "ad"),
        SAID("", "'x':[{'y':[{'index':%s,'z':'ad'}]}]")};
    char frame[128];
    struct trial t;

    (void)state;
    for (size_t i = 0; i < 15; i++) {
        begin_chat(&t, "block");
        play_take(&t.p, SAYS("b"));
        snprintf(frame, sizeof(frame), frames[i % 3], places[i / 3]);
        assert_int_equal(play_feed(&t.p, frame), STREAM_BROKEN);
        play_out_is(&t.p, "");
        end(&t);
    }
}

static void test_what_has_no_index_is_the_first(void **state)
{
    static const char *const frames[] = {SAID("", "'content':'ad'"),
        SAID("'index':null,", "'content':'ad'"),
        SAID("'index':0,", "'c\\u006fntent':'ad'"),
        "{'choices':[{'delta':{'content':'a'}},{'delta':{'content':'d'}}]}"};
    struct trial t;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        begin_chat(&t, "block");
        play_take(&t.p, SAYS("b"));
        assert_int_equal(play_feed(&t.p, frames[i]), STREAM_RULED);
        play_out_is(&t.p, "");
        end(&t);
    }
    begin_chat(&t, "block");
    play_take(&t.p, CALLS("'index':0,", "{\\'b"));
    assert_int_equal(play_feed(&t.p, CALLS("", "ad\\':1}")), STREAM_RULED);
    play_out_is(&t.p, DATA(CALLS("'index':0,", "{\\'")));
    end(&t);
}

static void test_choices_that_are_none_are_judged(void **state)
{
    static const char *const frames[] = {
        "{'choices':'bad'}",
        "{'choices':['bad']}",
        "{'choices':[['bad']]}",
        "{'choices':{'0':{'delta':{'content':'bad'}}}}",
        "{'choices':[{'delta':'bad'}]}",
        "{'choices':[{'delta':['bad']}]}",
        "{'choices':[{'message':{'content':'bad'}}]}",
        "{'choices':[{'text':'bad'}]}",
        "{'content':'bad'}",
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

/* Some servers send all that was said so far beside what is new. */
static void test_a_message_in_a_frame_is_a_text_of_its_own(void **state)
{
#define BOTH(text, all)                                                        \
    "{'choices':[{'delta':{'content':'" text "'},'message':{'content':'" all   \
    "'}}]}"
    struct trial t;

    (void)state;
    begin_chat(&t, "block");
    play_take(&t.p, BOTH("compet", "compet"));
    play_take(&t.p, BOTH("itor", "competitor"));
    play_out_is(&t.p, "");
    assert_int_equal(play_feed(&t.p, BOTH("-x", "competitor-x")), STREAM_RULED);
    play_out_is(&t.p, "");
    end(&t);
}

/* ---- ends ---- */

static void test_a_text_that_goes_on_behind_its_end_breaks_the_stream(
    void **state)
{
    struct trial t;

    (void)state;
    begin_chat(&t, "block");
    play_take(&t.p, SAYS("b"));
    play_take(&t.p, STOP("0"));
    play_take(&t.p, SAYS(""));
    assert_int_equal(play_feed(&t.p, SAYS("ad")), STREAM_BROKEN);
    end(&t);
    begin_text(&t, "block");
    play_take(&t.p, M_TEXT("0", "b"));
    play_take(&t.p, M_STOP("0"));
    assert_int_equal(play_feed(&t.p, M_TEXT("0", "ad")), STREAM_BROKEN);
    end(&t);
}

static void test_another_text_may_begin_where_one_has_ended(void **state)
{
    struct trial t;

    (void)state;
    begin_text(&t, "block");
    play_take(&t.p, M_TEXT("0", "b"));
    play_take(&t.p, M_STOP("0"));
    play_take(&t.p, M_TEXT_BLOCK("0"));
    play_take(&t.p, M_TEXT("0", "ad"));
    play_take(&t.p, M_STOP("0"));
    end(&t);
    /* Also while the one before waits for another. */
    begin_text(&t, "block");
    play_take(&t.p, M_TEXT("1", "b"));
    play_take(&t.p, M_TEXT("0", "b"));
    play_take(&t.p, M_STOP("0"));
    play_take(&t.p, M_TEXT_BLOCK("0"));
    play_take(&t.p, M_TEXT("0", "a"));
    assert_int_equal(play_feed(&t.p, M_TEXT("0", " bad")), STREAM_RULED);
    end(&t);
}

static void test_a_term_in_pieces_that_others_come_between_is_found(
    void **state)
{
    struct trial t;

    (void)state;
    begin_chat(&t, "block");
    play_take(&t.p, SAYS("my com"));
    play_take(&t.p, THINKS("h"));
    play_take(&t.p, SAYS("pet"));
    play_take(&t.p, THINKS("m"));
    play_take(&t.p, SAYS("itor"));
    play_take(&t.p, THINKS("."));
    play_out_is(&t.p,
        DATA(SAYS("my com")) DATA(THINKS("h")) DATA(SAYS("pet"))
            DATA(THINKS("m")) DATA(SAYS("itor")) DATA(THINKS(".")));
    assert_int_equal(play_feed(&t.p, SAYS("-x.")), STREAM_RULED);
    play_out_is(&t.p, "");
    end(&t);
}

/* ---- limits ---- */

static void test_more_than_may_wait_fails_the_stream(void **state)
{
    enum { SIZE = 1 << 20 };
    char *filler = malloc(SIZE + 1), *frame = malloc(SIZE + 256);
    enum stream_frame rc = STREAM_TAKEN;
    struct trial t;
    size_t count = 0;

    (void)state;
    assert_non_null(filler);
    assert_non_null(frame);
    memset(filler, 'x', SIZE);
    filler[SIZE] = '\0';
    snprintf(frame, SIZE + 256, SAID("'index':1,", "'content':'%s'"), filler);
    begin_chat(&t, "block");
    play_take(&t.p, SAYS("b"));
    for (; rc == STREAM_TAKEN && count < 64; count++)
        rc = play_feed(&t.p, frame);
    assert_int_equal(rc, STREAM_NO_MEMORY);
    assert_int_equal(count, SIEVE_WAITING_MAX / SIZE);
    play_out_is(&t.p, "");
    end(&t);
    free(frame);
    free(filler);
}

static void test_more_texts_than_may_be_open_fail_the_stream(void **state)
{
    static const char *const frames[] = {SAID("'index':%u,", "'content':'b'"),
        CALLS("'index':%u,", "{"), SAID("", "'x%u':'y'")};
    enum stream_frame rc;
    char frame[128];
    struct trial t;
    unsigned n;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        begin_chat(&t, "block");
        rc = STREAM_TAKEN;
        for (n = 0; rc == STREAM_TAKEN && n < 2 * POLICY_CHANNELS; n++) {
            snprintf(frame, sizeof(frame), frames[i], n);
            rc = play_feed(&t.p, frame);
        }
        assert_int_equal(rc, STREAM_NO_MEMORY);
        assert_int_equal(n, POLICY_CHANNELS + 1);
        end(&t);
    }
}

/* What others come between is judged again when it goes on, here with each
 * frame. */
static void test_no_more_is_judged_again_than_came(void **state)
{
    enum { IGNORED = 1300, FRAMES = 1000 };
    static const char frame[] = SAID("", "'reasoning':'.','content':''");
    char text[3 * IGNORED + 128] = "{'choices':[{'delta':{'content':'b";
    size_t left = 0;
    struct trial t;

    (void)state;
    for (size_t i = 0; i < IGNORED; i++)
        strcat(text, "\xe2\x80\x8b");
    strcat(text, "'}}]}");
    begin_chat(&t, "block");
    play_take(&t.p, text);
    for (size_t i = 0; i < FRAMES; i++) {
        play_take(&t.p, frame);
        left += t.p.out.len > 0;
        buf_reset(&t.p.out);
    }
    assert_in_range(left, 1, FRAMES * sizeof(frame) / (3 * IGNORED) + 1);
    play_take(&t.p, STOP("0"));
    assert_true(t.p.out.len > 0);
    end(&t);
}

/* ---- without memory ---- */

static bool feed_without(unsigned allocation)
{
    static const char *const frames[] = {
        SAYS("my compet"),
        CALLS("'index':0,", "{\\'compet"),
        SAID("", "'x':{'\\u0079':[{'z':'so'}]}"),
        SAID("", "'z':['a'],'reasoning':'compet'"),
        SAID("", "'y':'bad'"),
        CALLS("'index':0,", "itor-x\\':1}"),
        SAYS("itor-x \\u00e9"),
        SAID("", "'annotations':[{'start_index':0,'end_index':2}]"),
        STOP("0"),
    };
    struct trial t;
    bool refused;

    begin_chat(&t, "rewrite");
    refused = hostile_feed(&t, frames, 9, allocation);
    assert_false(play_out_has(&t.p, "itor-x"));
    end(&t);
    return refused;
}

static void test_nothing_denied_leaves_for_want_of_memory(void **state)
{
    (void)state;
    hostile_each(feed_without);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_place_that_is_no_index_breaks_the_stream),
        cmocka_unit_test(test_what_has_no_index_is_the_first),
        cmocka_unit_test(test_choices_that_are_none_are_judged),
        cmocka_unit_test(test_a_message_in_a_frame_is_a_text_of_its_own),
        cmocka_unit_test(
            test_a_text_that_goes_on_behind_its_end_breaks_the_stream),
        cmocka_unit_test(test_another_text_may_begin_where_one_has_ended),
        cmocka_unit_test(
            test_a_term_in_pieces_that_others_come_between_is_found),
        cmocka_unit_test(test_more_than_may_wait_fails_the_stream),
        cmocka_unit_test(test_more_texts_than_may_be_open_fail_the_stream),
        cmocka_unit_test(test_no_more_is_judged_again_than_came),
        cmocka_unit_test(test_nothing_denied_leaves_for_want_of_memory),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
