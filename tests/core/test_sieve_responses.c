/* A stream between two that speak Responses under a policy: items, annotations
 * and what tools of the server did pass or are judged, in their order and with
 * their numbers. Quotes are written '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sieve_play.h"

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
