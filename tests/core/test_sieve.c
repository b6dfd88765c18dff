/* A stream in the caller's own dialect under a policy: what has nothing denied
 * in it passes to the byte and in its order, what is denied does not leave,
 * wherever it stands and however it is cut. Quotes are written '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sieve_play.h"

/* ---- chat: who only looks on, see test_sieve_chat ---- */

#define SAYS(text) "{'choices':[{'index':0,'delta':{'content':'" text "'}}]}"
#define STOP "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}"

static void test_frames_pass_as_they_are_and_hits_are_told(void **state)
{
    struct trial t;

    (void)state;
    begin(&t, DIALECT_CHAT, "block", false);
    play_take(&t.p, SAYS("a b"));
    play_out_is(&t.p, "data: " SAYS("a b") "\n\n");
    assert_int_equal(screen_tell(t.s.screen, &t.s.verdict), 0);
    play_take(&t.p, SAYS("ad one"));
    play_out_is(&t.p, "data: " SAYS("ad one") "\n\n");
    assert_int_equal(screen_tell(t.s.screen, &t.s.verdict), 1);
    assert_int_equal(t.s.verdict.decision, POLICY_REFUSE);
    assert_int_equal(t.s.verdict.effective, POLICY_ALLOW);
    assert_true(stream_delivered(t.p.stream));
    play_take(&t.p, STOP);
    assert_true(stream_complete(t.p.stream));
    assert_int_equal(play_feed(&t.p, "[DONE]"), STREAM_DONE);
    assert_int_equal(stream_end(t.p.stream, &t.p.out), STREAM_DONE);
    stream_finish(t.p.stream, &play_credits, &t.p.out);
    assert_true(play_out_has(&t.p, "[DONE]"));
    end(&t);
}

static void test_a_broken_frame_is_still_broken(void **state)
{
    static const enum dialect dialects[] = {
        DIALECT_CHAT, DIALECT_MESSAGES, DIALECT_RESPONSES};
    struct trial t;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        begin(&t, dialects[i], "block", i > 0);
        assert_int_equal(play_feed(&t.p, "nonsense"), STREAM_BROKEN);
        assert_int_equal(play_feed(&t.p, "{'type':'error','error':{'message':"
                                         "'no'}}"),
            STREAM_ERROR);
        end(&t);
    }
}

static void test_a_watched_stream_is_cut_as_others(void **state)
{
    struct trial t;

    (void)state;
    begin(&t, DIALECT_CHAT, "block", false);
    play_take(&t.p, SAYS("a"));
    stream_beat(t.p.stream, &t.p.out);
    assert_true(play_out_has(&t.p, ": keepalive"));
    stream_cut(t.p.stream, TURN_STOP_LENGTH, &play_credits, &t.p.out);
    assert_true(play_out_has(&t.p, "'finish_reason':'length'"));
    end(&t);
}

/* ---- Messages ---- */

#define M_CITE(title)                                                          \
    M_DELTA("0",                                                               \
        "{'type':'citations_delta','citation':{'type':"                        \
        "'web_search_result_location','cited_text':'so','url':"                \
        "'https://example.org','title':'" title "','encrypted_index':'bad'}}")
#define M_SEARCH                                                               \
    M_BLOCK("0", "{'type':'server_tool_use','id':'srv_bad','name':"            \
                 "'web_search','input':{}}")
#define M_FOUND(title)                                                         \
    M_BLOCK("1", "{'type':'web_search_tool_result','tool_use_id':'srv_bad',"   \
                 "'content':[{'type':'web_search_result','url':"               \
                 "'https://example.org','title':'" title                       \
                 "','encrypted_content':'bad','page_age':null}]}")

static void test_citations_pass_in_their_order(void **state)
{
    struct trial t;

    (void)state;
    begin_text(&t, "block");
    passes(&t, "content_block_delta", M_TEXT("0", "Hello"));
    passes(&t, "content_block_delta", M_CITE("A page"));
    passes(&t, "content_block_stop", M_STOP("0"));
    end(&t);
}

static void test_a_frame_waits_for_what_follows_it(void **state)
{
    struct trial t;

    (void)state;
    begin_text(&t, "block");
    play_take(&t.p, M_TEXT("0", "my compet"));
    play_take(&t.p, M_CITE("A page"));
    play_out_is(&t.p, "");
    play_take(&t.p, M_TEXT("0", "ence"));
    play_out_is(&t.p,
        "event: content_block_delta\ndata: " M_TEXT("0",
            "my compet") "\n\n"
                         "event: content_block_delta\ndata: " M_CITE(
                             "A page") "\n\n"
                                       "event: "
                                       "content_block_delta\ndata: " M_TEXT(
                                           "0", "ence") "\n\n");
    end(&t);
}

static void test_what_is_denied_over_frames_leaves_none_of_it(void **state)
{
    struct trial t;

    (void)state;
    begin_text(&t, "block");
    play_take(&t.p, M_TEXT("0", "so "));
    play_take(&t.p, M_TEXT("0", "my compet"));
    play_take(&t.p, M_CITE("A page"));
    buf_reset(&t.p.out);
    assert_int_equal(play_feed(&t.p, M_TEXT("0", "itor-x.")), STREAM_RULED);
    play_out_is(
        &t.p, "event: content_block_delta\ndata: " M_TEXT("0", "my ") "\n\n");
    cut(&t);
    play_out_is(&t.p,
        "event: content_block_stop\ndata: " M_STOP(
            "0") "\n\n"
                 "event: message_delta\ndata: {'type':'message_delta','delta':"
                 "{'stop_reason':'refusal','stop_sequence':null},'usage':"
                 "{'input_tokens':9,'output_tokens':6}," METER "}\n\n"
                 "event: message_stop\ndata: {'type':'message_stop'}\n\n");
    end(&t);
}

static void test_a_rewrite_leaves_the_frames(void **state)
{
    struct trial t;

    (void)state;
    begin_text(&t, "rewrite");
    play_take(&t.p, M_TEXT("0", "my compet"));
    play_take(&t.p, M_CITE("A page"));
    play_take(&t.p, M_TEXT("0", "itor-x, no"));
    play_out_is(&t.p,
        "event: content_block_delta\ndata: " M_TEXT("0",
            "my [removed]") "\n\n"
                            "event: content_block_delta\ndata: " M_CITE(
                                "A page") "\n\n"
                                          "event: "
                                          "content_block_delta\ndata: " M_TEXT(
                                              "0", ", no") "\n\n");
    passes(&t, "content_block_stop", M_STOP("0"));
    end(&t);
}

static void test_a_citation_is_judged(void **state)
{
    struct trial t;

    (void)state;
    begin_text(&t, "rewrite");
    play_take(&t.p, M_CITE("A bad page"));
    play_out_is(&t.p,
        "event: content_block_delta\ndata: " M_CITE("A [removed] page") "\n\n");
    end(&t);
    begin_text(&t, "block");
    assert_int_equal(play_feed(&t.p, M_CITE("A bad page")), STREAM_RULED);
    play_out_is(&t.p, "");
    end(&t);
}

static void test_blocks_of_a_servers_tools_pass_and_are_judged(void **state)
{
    struct trial t;

    (void)state;
    begin_messages(&t, "block");
    passes(&t, "content_block_start", M_SEARCH);
    passes(&t, "content_block_delta",
        M_DELTA("0", "{'type':'input_json_delta','partial_json':''}"));
    passes(&t, "content_block_stop", M_STOP("0"));
    passes(&t, "content_block_start", M_FOUND("A page"));
    passes(&t, "content_block_stop", M_STOP("1"));
    assert_int_equal(screen_tell(t.s.screen, &t.s.verdict), 0);
    end(&t);

    begin_messages(&t, "block");
    passes(&t, "content_block_start", M_SEARCH);
    assert_int_equal(
        play_feed(&t.p, M_DELTA("0", "{'type':'input_json_delta',"
                                     "'partial_json':'[\\'\\\\u0062ad'}")),
        STREAM_RULED);
    cut(&t);
    assert_true(play_out_has(&t.p, "event: content_block_stop\ndata: " M_STOP(
                                       "0") "\n\nevent: message_delta\n"));
    end(&t);

    begin_messages(&t, "block");
    assert_int_equal(play_feed(&t.p, M_FOUND("A bad page")), STREAM_RULED);
    assert_int_equal(screen_tell(t.s.screen, &t.s.verdict), 1);
    cut(&t);
    assert_false(play_out_has(&t.p, "content_block"));
    end(&t);
}

static void test_the_name_of_a_call_is_judged(void **state)
{
    struct trial t;

    (void)state;
    begin_messages(&t, "block");
    passes(&t, "content_block_start",
        M_BLOCK("0", "{'type':'tool_use','id':'t','name':'get_compet',"
                     "'input':{}}"));
    assert_int_equal(
        play_feed(&t.p, M_BLOCK("1", "{'type':'tool_use','id':'t','name':"
                                     "'ask_competitor-x','input':{}}")),
        STREAM_RULED);
    end(&t);
}

static void test_unknown_blocks_are_judged_over_their_deltas(void **state)
{
    struct trial t;

    (void)state;
    begin_messages(&t, "block");
    play_take(&t.p, M_BLOCK("0", "{'type':'new','words':'compet'}"));
    play_take(&t.p, M_DELTA("0", "{'type':'new_delta','words':'itor'}"));
    play_out_is(&t.p, "");
    assert_int_equal(
        play_feed(&t.p, M_DELTA("0", "{'type':'new_delta','words':'-x'}")),
        STREAM_RULED);
    end(&t);
    begin_messages(&t, "rewrite");
    play_take(&t.p, M_BLOCK("0", "{'type':'new','a':[{'b':['so bad']}]}"));
    play_out_is(
        &t.p, "event: content_block_start\ndata: " M_BLOCK(
                  "0", "{'type':'new','a':[{'b':['so [removed]']}]}") "\n\n");
    end(&t);
}

static void test_what_is_held_back_leaves_at_the_end_of_its_block(void **state)
{
    struct trial t;

    (void)state;
    begin_text(&t, "block");
    play_take(&t.p, M_TEXT("0", "a compet"));
    play_take(&t.p, M_STOP("0"));
    play_out_is(&t.p,
        "event: content_block_delta\ndata: " M_TEXT("0",
            "a compet") "\n\n"
                        "event: content_block_stop\ndata: " M_STOP("0") "\n\n");
    play_take(&t.p, M_END);
    assert_true(stream_complete(t.p.stream));
    assert_int_equal(play_feed(&t.p, "{'type':'message_stop'}"), STREAM_DONE);
    assert_int_equal(stream_end(t.p.stream, &t.p.out), STREAM_DONE);
    end(&t);
}

static void test_what_did_not_leave_is_counted(void **state)
{
    struct trial t;
    uint64_t said;

    (void)state;
    begin_text(&t, "block");
    play_take(&t.p, M_TEXT("0", "so "));
    said = stream_output(t.p.stream);
    assert_int_equal(
        play_feed(&t.p, M_TEXT("0", "much of what is bad was said")),
        STREAM_RULED);
    assert_true(stream_output(t.p.stream) > said + 4);
    assert_int_equal(play_usage(&t.p).tokens_out, stream_output(t.p.stream));
    end(&t);
}

static void test_a_shadow_tells_what_citations_say(void **state)
{
    struct trial t;

    (void)state;
    begin(&t, DIALECT_MESSAGES, "block", false);
    play_take(&t.p, M_START);
    buf_reset(&t.p.out);
    passes(&t, "content_block_start", M_TEXT_BLOCK("0"));
    passes(&t, "content_block_delta", M_TEXT("0", "a compet"));
    passes(&t, "content_block_delta", M_CITE("A bad page"));
    assert_int_equal(screen_tell(t.s.screen, &t.s.verdict), 1);
    assert_int_equal(t.s.verdict.decision, POLICY_REFUSE);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_pass_as_they_are_and_hits_are_told),
        cmocka_unit_test(test_a_broken_frame_is_still_broken),
        cmocka_unit_test(test_a_watched_stream_is_cut_as_others),
        cmocka_unit_test(test_citations_pass_in_their_order),
        cmocka_unit_test(test_a_frame_waits_for_what_follows_it),
        cmocka_unit_test(test_what_is_denied_over_frames_leaves_none_of_it),
        cmocka_unit_test(test_a_rewrite_leaves_the_frames),
        cmocka_unit_test(test_a_citation_is_judged),
        cmocka_unit_test(test_blocks_of_a_servers_tools_pass_and_are_judged),
        cmocka_unit_test(test_the_name_of_a_call_is_judged),
        cmocka_unit_test(test_unknown_blocks_are_judged_over_their_deltas),
        cmocka_unit_test(test_what_is_held_back_leaves_at_the_end_of_its_block),
        cmocka_unit_test(test_what_did_not_leave_is_counted),
        cmocka_unit_test(test_a_shadow_tells_what_citations_say),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
