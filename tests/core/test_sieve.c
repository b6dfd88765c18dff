/* A stream in the caller's own dialect under a policy: what has nothing denied
 * in it passes to the byte and in its order, what is denied does not leave,
 * wherever it stands and however it is cut. Quotes are written '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect_play.h"
#include "screen_play.h"

/* A stream under a policy that denies "bad" and "competitor-x". */
struct trial {
    struct screening s;
    struct play p;
};

static void begin(
    struct trial *t, enum dialect dialect, const char *action, bool enforced)
{
    screening_begin(&t->s, "\"bad\",\"competitor-x\"", action, enforced,
        dialect == DIALECT_CHAT);
    t->p = play_begin(dialect, dialect);
    play_open_screened(&t->p, t->s.screen);
}

static void end(struct trial *t)
{
    play_end(&t->p);
    screening_end(&t->s);
}

/* The frame passes at once and as it is. */
static void passes(struct trial *t, const char *type, const char *frame)
{
    char wanted[1024];

    play_take(&t->p, frame);
    snprintf(wanted, sizeof(wanted), "event: %s\ndata: %s\n\n", type, frame);
    play_out_is(&t->p, wanted);
}

static void cut(struct trial *t)
{
    stream_cut(t->p.stream, TURN_STOP_FILTER, &play_credits, &t->p.out);
}

/* ---- chat: it is only looked on ---- */

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

#define M_START                                                                \
    "{'type':'message_start','message':{'id':'m','type':'message','role':"     \
    "'assistant','model':'m','content':[],'stop_reason':null,'usage':"         \
    "{'input_tokens':9,'output_tokens':1}}}"
#define M_BLOCK(i, block)                                                      \
    "{'type':'content_block_start','index':" i ",'content_block':" block "}"
#define M_DELTA(i, delta)                                                      \
    "{'type':'content_block_delta','index':" i ",'delta':" delta "}"
#define M_TEXT(i, text) M_DELTA(i, "{'type':'text_delta', 'text':'" text "'}")
#define M_STOP(i) "{'type':'content_block_stop','index':" i "}"
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
#define M_TEXT_BLOCK(i) M_BLOCK(i, "{'type':'text','text':'','citations':[]}")
#define M_END                                                                  \
    "{'type':'message_delta','delta':{'stop_reason':'end_turn'},'usage':"      \
    "{'output_tokens':5}}"

static void begin_messages(struct trial *t, const char *action)
{
    begin(t, DIALECT_MESSAGES, action, true);
    play_take(&t->p, M_START);
    buf_reset(&t->p.out);
}

static void begin_text(struct trial *t, const char *action)
{
    begin_messages(t, action);
    passes(t, "content_block_start", M_TEXT_BLOCK("0"));
}

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

/* ---- Responses ---- */

#define R_CREATED                                                              \
    "{'type':'response.created','sequence_number':0,'response':{'id':'r',"     \
    "'object':'response','created_at':1,'model':'m','status':'in_progress',"   \
    "'instructions':'never say bad','output':[]}}"
#define R_ADDED(n, i, item)                                                    \
    "{'type':'response.output_item.added','sequence_number':" n                \
    ",'output_index':" i ",'item':" item "}"
#define R_DONE(n, i, item)                                                     \
    "{'type':'response.output_item.done','sequence_number':" n                 \
    ",'output_index':" i ",'item':" item "}"
#define R_TEXT(n, text)                                                        \
    "{'type':'response.output_text.delta','sequence_number':" n                \
    ",'item_id':'i','output_index':1,'content_index':0,'delta':'" text         \
    "','logprobs':[]}"
#define R_NOTE(n, k, from, to, title)                                          \
    "{'type':'response.output_text.annotation.added','sequence_number':" n     \
    ",'item_id':'i','output_index':1,'content_index':0,'annotation_index':" k  \
    ",'annotation':{'type':'url_citation','start_index':" from                 \
    ",'end_index':" to ",'title':'" title "','url':'https://example.org'}}"
#define R_SAID(n, text)                                                        \
    "{'type':'response.output_text.done','sequence_number':" n                 \
    ",'item_id':'i','output_index':1,'content_index':0,'text':'" text          \
    "','logprobs':[]}"
#define SEARCH(status, query)                                                  \
    "{'id':'ws','type':'web_search_call','status':'" status                    \
    "','action':{'type':'search','query':'" query "'}}"
#define MESSAGE(content)                                                       \
    "{'id':'i','type':'message','status':'in_progress','role':'assistant',"    \
    "'content':[" content "]}"

static void begin_responses(struct trial *t, const char *action)
{
    begin(t, DIALECT_RESPONSES, action, true);
    passes(t, "response.created", R_CREATED);
}

static void begin_message(struct trial *t, const char *action)
{
    begin_responses(t, action);
    passes(t, "response.output_item.added",
        R_ADDED("1", "0", SEARCH("in_progress", "")));
    passes(t, "response.output_item.done",
        R_DONE("2", "0", SEARCH("completed", "pages")));
    passes(t, "response.output_item.added", R_ADDED("3", "1", MESSAGE("")));
}

static void test_items_and_annotations_pass_in_their_order(void **state)
{
    struct trial t;

    (void)state;
    begin_message(&t, "block");
    passes(&t, "response.output_text.delta", R_TEXT("4", "See it."));
    passes(&t, "response.output_text.annotation.added",
        R_NOTE("5", "0", "0", "3", "A page"));
    passes(&t, "response.output_text.done", R_SAID("6", "See it."));
    end(&t);
}

static void test_a_cut_moves_annotations_and_drops_those_it_hits(void **state)
{
    struct trial t;

    (void)state;
    begin_message(&t, "rewrite");
    play_take(&t.p, R_TEXT("4", "\u00e9 a ba"));
    play_take(&t.p, R_TEXT("5", "d one, see it."));
    play_out_is(&t.p,
        "event: response.output_text.delta\ndata: " R_TEXT("4",
            "\u00e9 a [removed]") "\n\n"
                                  "event: "
                                  "response.output_text.delta\ndata: " R_TEXT(
                                      "5", " one, see it.") "\n\n");
    passes(&t, "response.output_text.annotation.added",
        R_NOTE("6", "0", "0", "3", "Before it"));
    play_take(&t.p, R_NOTE("7", "1", "2", "5", "Hit"));
    play_out_is(&t.p, "");
    play_take(&t.p, R_NOTE("8", "2", "13", "16", "Behind it"));
    play_out_is(
        &t.p, "event: response.output_text.annotation.added\ndata: " R_NOTE(
                  "7", "1", "19", "22", "Behind it") "\n\n");
    play_take(&t.p, R_SAID("9", "\u00e9 a bad one, see it."));
    play_out_is(&t.p, "event: response.output_text.done\ndata: " R_SAID(
                          "8", "\u00e9 a [removed] one, see it.") "\n\n");
    end(&t);
}

#define PART(text, notes)                                                      \
    "{'type':'output_text','annotations':[" notes                              \
    "],'logprobs':[],'text':'" text "'}"
#define CITE(from, to)                                                         \
    "{'type':'url_citation','start_index':" from ",'end_index':" to            \
    ",'title':'A page','url':'https://example.org'}"

static void test_what_is_repeated_is_what_was_said(void **state)
{
    struct trial t;

    (void)state;
    begin_message(&t, "rewrite");
    play_take(&t.p, R_TEXT("4", "a bad one."));
    buf_reset(&t.p.out);
    play_take(&t.p, R_DONE("5", "1",
                        MESSAGE(PART("a bad one.",
                            CITE("2", "4") ", " CITE("0", "1") "," CITE(
                                "3", "6") "," CITE("6", "9")))));
    play_out_is(
        &t.p, "event: response.output_item.done\ndata: " R_DONE("5", "1",
                  MESSAGE(PART("a [removed] one.",
                      CITE("0", "1") "," CITE("12", "15")))) "\n\n");
    end(&t);
}

#define R_PROBABLY(logprobs)                                                   \
    "{'type':'response.output_text.delta','output_index':1,"                   \
    "'content_index':0,'delta':'so','logprobs':[" logprobs "]}"

static void test_logprobs_leave_none_but_a_shadow(void **state)
{
    struct trial t;

    (void)state;
    begin_message(&t, "rewrite");
    play_take(&t.p, R_PROBABLY("{'token':'ba'}"));
    play_out_is(&t.p,
        "event: response.output_text.delta\ndata: " R_PROBABLY("") "\n\n");
    end(&t);
    begin(&t, DIALECT_RESPONSES, "rewrite", false);
    passes(&t, "response.created", R_CREATED);
    passes(&t, "response.output_text.delta", R_PROBABLY("{'token':'ba'}"));
    end(&t);
}

static void test_a_query_that_is_denied_ends_its_item(void **state)
{
    struct trial t;

    (void)state;
    begin_responses(&t, "block");
    passes(&t, "response.output_item.added",
        R_ADDED("1", "0", SEARCH("in_progress", "")));
    assert_int_equal(
        play_feed(&t.p, R_DONE("2", "0", SEARCH("completed", "bad pages"))),
        STREAM_RULED);
    play_out_is(&t.p, "");
    cut(&t);
    assert_true(play_out_has(&t.p,
        "event: response.output_item.done\ndata: "
        "{'type':'response.output_item.done','sequence_number':2,"
        "'output_index':0,'item':" SEARCH(
            "failed", "") "}\n\n"
                          "event: response.incomplete\n"));
    assert_true(play_out_has(&t.p, "'output':[" SEARCH("failed", "") "]"));
    assert_true(
        play_out_has(&t.p, "'incomplete_details':{'reason':'content_filter'}"));
    end(&t);
}

static void test_an_early_end_repeats_the_parts_and_annotations(void **state)
{
    struct trial t;

    (void)state;
    begin_message(&t, "block");
    play_take(&t.p, R_TEXT("4", "One."));
    play_take(&t.p, "{'type':'response.content_part.done','output_index':1,"
                    "'content_index':0,'part':" PART("One.", "") "}");
    play_take(&t.p, "{'type':'response.output_text.delta','output_index':1,"
                    "'content_index':1,'delta':'Two.'}");
    play_take(&t.p, "{'type':'response.output_text.annotation.added',"
                    "'output_index':1,'content_index':1,'annotation_index':0,"
                    "'annotation':" CITE("0", "3") "}");
    buf_reset(&t.p.out);
    assert_int_equal(
        play_feed(&t.p, "{'type':'response.output_text.delta',"
                        "'output_index':1,'content_index':1,'delta':' bad'}"),
        STREAM_RULED);
    cut(&t);
    assert_true(play_out_has(&t.p, "'content_index':1,'text':'Two. '"));
    assert_true(play_out_has(&t.p,
        "'content':[" PART("One.", "") ",{'type':'output_text','text':'"
                                       "Two. ','annotations':[" CITE(
                                           "0", "3") "],'logprobs':[]}]"));
    end(&t);
}

static void test_unknown_events_are_judged_over_their_deltas(void **state)
{
    struct trial t;

    (void)state;
    begin_responses(&t, "block");
    play_take(&t.p, "{'type':'response.new.delta','output_index':0,"
                    "'delta':'a b'}");
    play_out_is(&t.p, "");
    assert_int_equal(play_feed(&t.p, "{'type':'response.new.delta',"
                                     "'output_index':0,'delta':'ad'}"),
        STREAM_RULED);
    end(&t);
    begin_responses(&t, "block");
    play_take(&t.p, "{'type':'response.new.delta','output_index':0,"
                    "'delta':{'words':'a b'}}");
    assert_int_equal(
        play_feed(&t.p, "{'type':'response.new.delta',"
                        "'output_index':0,'delta':{'words':'ad'}}"),
        STREAM_RULED);
    end(&t);
}

static void test_arguments_that_interleave_are_texts_of_their_own(void **state)
{
#define R_ARGS(i, text)                                                        \
    "{'type':'response.function_call_arguments.delta','output_index':" i       \
    ",'delta':'" text "'}"
    struct trial t;

    (void)state;
    begin_responses(&t, "block");
    play_take(&t.p, R_ARGS("0", "[\\'a b"));
    play_take(&t.p, R_ARGS("1", "[\\'ad"));
    play_out_is(&t.p, "");
    play_take(&t.p, R_ARGS("0", "e"));
    assert_true(play_out_has(&t.p, R_ARGS("1", "[\\'ad")));
    assert_int_equal(play_feed(&t.p, R_ARGS("1", " bad")), STREAM_RULED);
    end(&t);
}

static void test_texts_that_interleave_go_on_where_they_were(void **state)
{
    struct trial t;

    (void)state;
    begin_responses(&t, "block");
    play_take(&t.p, R_TEXT("1", "a b"));
    play_take(&t.p, "{'type':'response.output_text.delta','output_index':2,"
                    "'content_index':0,'delta':'so'}");
    assert_int_equal(play_feed(&t.p, R_TEXT("3", "ad")), STREAM_RULED);
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
        cmocka_unit_test(test_items_and_annotations_pass_in_their_order),
        cmocka_unit_test(test_a_cut_moves_annotations_and_drops_those_it_hits),
        cmocka_unit_test(test_what_is_repeated_is_what_was_said),
        cmocka_unit_test(test_logprobs_leave_none_but_a_shadow),
        cmocka_unit_test(test_a_query_that_is_denied_ends_its_item),
        cmocka_unit_test(test_an_early_end_repeats_the_parts_and_annotations),
        cmocka_unit_test(test_unknown_events_are_judged_over_their_deltas),
        cmocka_unit_test(test_arguments_that_interleave_are_texts_of_their_own),
        cmocka_unit_test(test_texts_that_interleave_go_on_where_they_were),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
