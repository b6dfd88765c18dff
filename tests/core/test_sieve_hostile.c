/* A stream under a policy from an upstream that keeps to no rules, or without
 * memory: nothing denied leaves, and what waits has a limit. Quotes are
 * written '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sieve_hostile_play.h"
#include "sieve_queue.h"

/* ---- what leaves ---- */

static void test_a_key_is_the_same_however_it_is_written(void **state)
{
    struct trial t;

    (void)state;
    begin_text(&t, "block");
    play_take(&t.p, M_TEXT("0", "a b"));
    assert_int_equal(
        play_feed(
            &t.p, M_DELTA("0", "{'type':'text_delta','te\\u0078t':'ad'}")),
        STREAM_RULED);
    end(&t);
}

static void test_arguments_are_json_whatever_their_delta_is_called(void **state)
{
    struct trial t;

    (void)state;
    begin_messages(&t, "block");
    passes(&t, "content_block_start",
        M_BLOCK("0", "{'type':'tool_use','id':'t','name':'find','input':{}}"));
    play_take(&t.p, M_DELTA("0", "{'partial_json':'{'}"));
    assert_int_equal(
        play_feed(&t.p,
            M_DELTA("0", "{'type':'input_json_delta','partial_json':"
                         "'\\u0022q\\u0022:\\u0022\\\\u0062ad\\u0022}'}")),
        STREAM_RULED);
    end(&t);
}

static void test_an_answer_that_is_no_object_is_judged(void **state)
{
    static const char *const frames[] = {
        "{'type':'ping','message':'so bad'}",
        "{'type':'ping','message':['bad']}",
    };
    struct trial t;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        begin_text(&t, "block");
        assert_int_equal(play_feed(&t.p, frames[i]), STREAM_RULED);
        play_out_is(&t.p, "");
        end(&t);
    }
}

static void test_a_place_that_is_no_index_breaks_the_stream(void **state)
{
    static const char *const places[] = {"0.0", "'0'", "-1", "[0]"};
    char frame[128];
    struct trial t;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        begin_text(&t, "block");
        snprintf(frame, sizeof(frame), M_TEXT("%s", "ad"), places[i]);
        play_take(&t.p, M_TEXT("0", "b"));
        assert_int_equal(play_feed(&t.p, frame), STREAM_BROKEN);
        play_out_is(&t.p, "");
        end(&t);
    }
}

static void test_an_end_of_no_place_ends_nothing(void **state)
{
    struct trial t;

    (void)state;
    begin_text(&t, "block");
    play_take(&t.p, M_TEXT("0", "b"));
    play_take(&t.p, "{'type':'content_block_stop'}");
    play_out_is(&t.p, "");
    assert_int_equal(play_feed(&t.p, M_TEXT("0", "ad")), STREAM_RULED);
    end(&t);
}

/* ---- what waits ---- */

static void test_what_waits_is_counted_as_output(void **state)
{
    struct trial t;
    uint64_t before, waiting;

    (void)state;
    begin_text(&t, "block");
    before = stream_output(t.p.stream);
    play_take(&t.p, M_TEXT("0", "competitor-"));
    play_out_is(&t.p, "");
    waiting = stream_output(t.p.stream);
    assert_true(waiting > before);
    assert_false(stream_delivered(t.p.stream));
    play_take(&t.p, M_STOP("0"));
    assert_true(stream_delivered(t.p.stream));
    assert_int_equal(stream_output(t.p.stream), waiting);
    end(&t);
}

/* Who writes the stream counts no member that nobody knows. */
static void test_what_is_cut_out_of_what_does_not_count_is_not_billed(
    void **state)
{
    struct trial t;

    (void)state;
    begin_text(&t, "rewrite");
    play_take(&t.p, M_DELTA("0", "{'type':'x_delta','x':'ba'}"));
    play_take(&t.p, M_DELTA("0", "{'type':'x_delta','x':'d'}"));
    play_take(&t.p, M_STOP("0"));
    assert_in_range(stream_output(t.p.stream), 0, 20);
    end(&t);
}

static void test_many_frames_that_waited_leave_in_their_order(void **state)
{
    enum { FRAMES = 50000 };
    static const char frame[] = M_TEXT("1", "x");
    const size_t one =
        sizeof("event: content_block_delta\ndata: \n\n") + sizeof(frame) - 2;
    struct trial t;
    char last[256];

    (void)state;
    begin_text(&t, "block");
    play_take(&t.p, M_TEXT("0", "b"));
    for (size_t i = 0; i < FRAMES; i++)
        play_take(&t.p, frame);
    play_out_is(&t.p, "");
    play_take(&t.p, M_STOP("0"));
    snprintf(last, sizeof(last), "event: content_block_stop\ndata: %s\n\n",
        M_STOP("0"));
    assert_true(t.p.out.len > FRAMES * one + strlen(last));
    assert_true(play_out_has(&t.p, M_TEXT("0", "b")));
    end(&t);
}

/* Frames that wait for the first of them; the last state. */
static enum stream_frame pile_up(struct trial *t, size_t size, size_t *count)
{
    char *filler = malloc(size + 1), *frame = malloc(size + 256);
    enum stream_frame rc = STREAM_TAKEN;

    assert_non_null(filler);
    assert_non_null(frame);
    memset(filler, 'x', size);
    filler[size] = '\0';
    snprintf(frame, size + 256, M_TEXT("1", "%s"), filler);
    play_take(&t->p, M_TEXT("0", "b"));
    for (*count = 0; rc == STREAM_TAKEN && *count < 64; ++*count)
        rc = play_feed(&t->p, frame);
    free(frame);
    free(filler);
    return rc;
}

static void test_more_than_may_wait_fails_the_stream(void **state)
{
    enum { SIZE = 1 << 20 };
    struct trial t;
    size_t count;

    (void)state;
    begin_text(&t, "block");
    assert_int_equal(pile_up(&t, SIZE, &count), STREAM_NO_MEMORY);
    assert_int_equal(count, SIEVE_WAITING_MAX / SIZE);
    play_out_is(&t.p, "");
    assert_int_equal(play_feed(&t.p, M_STOP("0")), STREAM_NO_MEMORY);
    play_out_is(&t.p, "");
    end(&t);
}

static void test_more_texts_than_may_be_open_fail_the_stream(void **state)
{
    enum stream_frame rc = STREAM_TAKEN;
    char frame[128];
    struct trial t;
    unsigned i = 0;

    (void)state;
    begin_messages(&t, "block");
    for (; rc == STREAM_TAKEN && i < 2 * POLICY_CHANNELS; i++) {
        snprintf(frame, sizeof(frame),
            "{'type':'content_block_delta','index':%u,'delta':"
            "{'type':'text_delta','text':'b'}}",
            i);
        rc = play_feed(&t.p, frame);
    }
    assert_int_equal(rc, STREAM_NO_MEMORY);
    assert_int_equal(i, POLICY_CHANNELS + 1);
    play_out_is(&t.p, "");
    end(&t);
}

/* How many texts are known when so many have been cut and have left. */
static size_t known_after(
    enum dialect dialect, const char *text, const char *end)
{
    const unsigned count = SIEVE_TEXTS_MAX + 20;
    struct sieve_queue q = {.flows = {.table = codec_of(dialect)->sift}};
    struct json_doc doc = {0};
    struct screening s;
    char frame[256], *json;
    size_t known;

    screening_begin(&s, "\"bad\"", "rewrite", true, false);
    q.flows.screen = s.screen;
    for (unsigned i = 0; i < 2 * count; i++) {
        snprintf(frame, sizeof(frame), i % 2 == 0 ? text : end, i / 2);
        json = play_quoted(frame);
        assert_int_equal(json_parse(&doc, json, strlen(json)), JSON_OK);
        assert_int_equal(sieve_queue_add(&q, &doc), SCREEN_GOES);
        assert_false(q.broken);
        while (sieve_queue_next(&q) != NULL)
            ;
        assert_int_equal(q.count, 0);
        free(json);
    }
    known = q.flows.count;
    sieve_queue_free(&q);
    json_free(&doc);
    screening_end(&s);
    return known;
}

static void test_not_all_texts_that_have_left_are_known(void **state)
{
    (void)state;
    assert_int_equal(
        known_after(DIALECT_MESSAGES, M_TEXT("%u", "bad"), M_STOP("%u")),
        SIEVE_TEXTS_MAX);
    assert_int_equal(
        known_after(DIALECT_RESPONSES,
            "{'type':'response.output_text.delta','output_index':%u,'delta':"
            "'bad'}",
            "{'type':'response.output_text.done','output_index':%u}"),
        SIEVE_TEXTS_MAX);
}

/* ---- without memory ---- */

static bool feed_without(unsigned allocation)
{
    static const char *const frames[] = {
        M_TEXT("0", "my compet"),
        M_BLOCK("1", "{'type':'tool_use','id':'t','name':'n','input':{}}"),
        M_DELTA("1", "{'type':'input_json_delta','partial_json':'{'}"),
        M_TEXT("0", "itor-x \\u00e9"),
        M_STOP("0"),
    };
    struct trial t;
    bool refused;

    begin_text(&t, "rewrite");
    refused = hostile_feed(&t, frames, 5, allocation);
    assert_false(play_out_has(&t.p, "compet"));
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
        cmocka_unit_test(test_a_key_is_the_same_however_it_is_written),
        cmocka_unit_test(
            test_arguments_are_json_whatever_their_delta_is_called),
        cmocka_unit_test(test_an_answer_that_is_no_object_is_judged),
        cmocka_unit_test(test_a_place_that_is_no_index_breaks_the_stream),
        cmocka_unit_test(test_an_end_of_no_place_ends_nothing),
        cmocka_unit_test(test_what_waits_is_counted_as_output),
        cmocka_unit_test(
            test_what_is_cut_out_of_what_does_not_count_is_not_billed),
        cmocka_unit_test(test_many_frames_that_waited_leave_in_their_order),
        cmocka_unit_test(test_more_than_may_wait_fails_the_stream),
        cmocka_unit_test(test_more_texts_than_may_be_open_fail_the_stream),
        cmocka_unit_test(test_not_all_texts_that_have_left_are_known),
        cmocka_unit_test(test_nothing_denied_leaves_for_want_of_memory),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
