/* A stream in the caller's own dialect comes out the same however its texts are
 * cut into frames: every term at every place of texts in many scripts, in each
 * thing that an answer has texts in. What is not denied passes to the byte, as
 * where there is no policy. With a number as its argument, that many streams
 * instead of a sample. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/rechunk_sieve_play.h"
#include "core/sse.h"

static unsigned long rounds = 5000;

/* Something of an answer that has a text: a frame of each piece of it, with the
 * text in place of $; whole where it does not come in pieces. */
struct carrier {
    enum dialect dialect;
    const char *before; /* frames, each a line */
    const char *frame;
    const char *between; /* a frame that may be in between; or NULL */
    const char *after;
    bool whole;
    bool json;
};

#define M_BLOCK(block)                                                         \
    "{'type':'content_block_start','index':0,'content_block':" block "}\n"
#define M_DELTA(delta)                                                         \
    "{'type':'content_block_delta','index':0,'delta':" delta "}\n"
#define M_STOP "{'type':'content_block_stop','index':0}\n"
#define M_CITE(title)                                                          \
    M_DELTA("{'type':'citations_delta','citation':{'title':" title "}}")
#define M_TEXT M_BLOCK("{'type':'text','text':''}")
#define C_SAYS(choice, said)                                                   \
    "{'choices':[{'index':" choice ",'delta':{" said "},'x_more':'so'}],"      \
    "'x_trace':'t'}\n"
#define C_CALLS(call)                                                          \
    C_SAYS("0", "'tool_calls':[{'index':0,'function':{" call "}}]")
#define C_OTHER C_SAYS("1", "'content':'so'")
#define C_STOP "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}\n"
#define R_DELTA(type)                                                          \
    "{'type':'" type                                                           \
    "','output_index':0,'content_index':0,'delta':$,'sequence_number':7}\n"
#define R_ITEM(word, item)                                                     \
    "{'type':'response.output_item." word "','output_index':0,'item':" item    \
    ",'sequence_number':8}\n"
#define R_NOTE(title)                                                          \
    "{'type':'response.output_text.annotation.added','output_index':0,"        \
    "'content_index':0,'annotation_index':0,'annotation':{'title':" title      \
    "},'sequence_number':9}\n"
#define R_END "{'type':'response.content_part.done','output_index':0}\n"

static const struct carrier carriers[] = {
    {DIALECT_MESSAGES, M_TEXT, M_DELTA("{'type':'text_delta', 'text': $}"),
        M_CITE("'A page'"), M_STOP, false, false},
    {DIALECT_MESSAGES, M_BLOCK("{'type':'thinking','thinking':''}"),
        M_DELTA("{'type':'thinking_delta','thinking':$}"), "{'type':'ping'}\n",
        M_STOP, false, false},
    {DIALECT_MESSAGES,
        M_BLOCK("{'type':'server_tool_use','name':'f','input':{}}"),
        M_DELTA("{'type':'input_json_delta','partial_json':$}"), NULL, M_STOP,
        false, true},
    {DIALECT_MESSAGES, M_BLOCK("{'type':'new'}"),
        M_DELTA("{'type':'new_delta','words':$}"), NULL, M_STOP, false, false},
    {DIALECT_MESSAGES, M_TEXT, M_CITE("$"), NULL, M_STOP, true, false},
    {DIALECT_MESSAGES, "",
        M_BLOCK("{'type':'web_search_tool_result','content':[{'title':$}]}"),
        NULL, M_STOP, true, false},
    {DIALECT_MESSAGES, "",
        M_BLOCK("{'type':'bash_code_execution_tool_result','content':"
                "{'stdout':$}}"),
        NULL, M_STOP, true, false},
    {DIALECT_RESPONSES, "", R_DELTA("response.output_text.delta"),
        R_NOTE("'A page'"), R_END, false, false},
    {DIALECT_RESPONSES, "", R_DELTA("response.refusal.delta"), NULL, R_END,
        false, false},
    {DIALECT_RESPONSES, "", R_DELTA("response.reasoning_summary_text.delta"),
        NULL, R_END, false, false},
    {DIALECT_RESPONSES, "", R_DELTA("response.function_call_arguments.delta"),
        NULL, R_END, false, true},
    {DIALECT_RESPONSES, "",
        R_DELTA("response.code_interpreter_call_code.delta"), NULL, R_END,
        false, false},
    {DIALECT_RESPONSES, "", R_DELTA("response.new.delta"), NULL, R_END, false,
        false},
    {DIALECT_RESPONSES, "", R_NOTE("$"), NULL, R_END, true, false},
    {DIALECT_RESPONSES, "",
        R_ITEM("done", "{'type':'web_search_call','action':{'query':$}}"), NULL,
        R_END, true, false},
    {DIALECT_RESPONSES, "",
        R_ITEM("done", "{'type':'function_call','arguments':$}"), NULL, R_END,
        true, true},
    {DIALECT_CHAT, C_SAYS("0", "'role':'assistant','tools':[]"),
        C_SAYS("0", "'content': $ , 'role':'assistant'"),
        C_SAYS("1", "'reasoning':'so'"), C_STOP, false, false},
    {DIALECT_CHAT, "", C_SAYS("0", "'reasoning_content':$"), C_OTHER, C_STOP,
        false, false},
    {DIALECT_CHAT, "",
        C_SAYS("0", "'reasoning_details':[{'type':'reasoning.text','text':$,"
                    "'index':0}]"),
        C_OTHER, C_STOP, false, false},
    {DIALECT_CHAT, "", C_SAYS("0", "'refusal':$"), NULL, C_STOP, false, false},
    {DIALECT_CHAT, "", C_SAYS("0", "'content':[{'type':'text','text':$}]"),
        C_OTHER, C_STOP, false, false},
    {DIALECT_CHAT, "", C_CALLS("'name':$"), C_OTHER, C_STOP, false, false},
    {DIALECT_CHAT, C_CALLS("'name':'f','arguments':''"),
        C_CALLS("'arguments':$"),
        C_SAYS("0", "'tool_calls':[{'index':1,'function':{'name':'so'}}]"),
        C_STOP, false, true},
    {DIALECT_CHAT, "", C_SAYS("0", "'function_call':{'arguments':$}"), NULL,
        C_STOP, false, true},
    {DIALECT_CHAT, "", C_SAYS("0", "'audio':{'id':'a','transcript':$}"),
        C_OTHER, C_STOP, false, false},
    {DIALECT_CHAT, "",
        C_SAYS("0", "'annotations':[{'url_citation':{'title':$}}]"), C_OTHER,
        C_STOP, true, false},
    {DIALECT_CHAT, "", "{'choices':[{'index':0,'delta':{},'x':{'y':$}}]}\n",
        C_OTHER, C_STOP, true, false},
};

enum { CARRIERS = sizeof(carriers) / sizeof(carriers[0]) };

/* ---- frames ---- */

/* The frames, each a line, of a text in pieces of up to so many bytes. */
static void put_stream(
    const struct carrier *c, struct span text, size_t most, struct buf *out)
{
    const struct span none = {0};
    size_t n;

    buf_reset(out);
    trial_frame(c->before, none, out);
    do {
        n = c->whole ? text.n : trial_step(text, most);
        trial_frame(c->frame, (struct span){text.p, n}, out);
        text.p += n;
        text.n -= n;
        if (c->between != NULL && rechunk_below(3) == 0)
            trial_frame(c->between, none, out);
    } while (text.n > 0);
    trial_frame(c->after, none, out);
}

/* ---- texts that left ---- */

/* Whether the member is where the carrier has its text. */
static bool carries(
    const struct carrier *c, const struct json_doc *doc, uint32_t key)
{
    const char *at = strchr(c->frame, '$');
    char name[64] = "";
    size_t n = 0;

    while (*at != ':')
        at--;
    at--;
    while (at[-1 - (long)n] != '\'')
        n++;
    memcpy(name, at - n, n);
    return json_string_is(doc, key, name);
}

struct hearing {
    const struct carrier *c;
    struct buf *text;
};

static int on_frame(void *cookie, struct span name, struct span data)
{
    struct hearing *h = cookie;
    struct json_doc doc = {0};

    (void)name;
    assert_int_equal(json_parse(&doc, data.p, data.n), JSON_OK);
    for (uint32_t i = 1; i + 1 < doc.count; i++)
        if (doc.nodes[i].kind == JSON_STRING &&
            doc.nodes[i + 1].kind == JSON_STRING &&
            doc.text[doc.nodes[i].end] == ':' && carries(h->c, &doc, i) &&
            !json_string_is(&doc, i + 1, "A page"))
            json_string(&doc, i + 1, h->text);
    json_free(&doc);
    return 0;
}

static void hear(
    const struct carrier *c, const struct buf *stream, struct buf *text)
{
    struct hearing h = {c, text};
    struct sse sse = {0};

    buf_reset(text);
    sse_feed(&sse, (struct span){stream->data, stream->len}, on_frame, &h);
    sse_free(&sse);
}

/* ---- what must hold ---- */

static void check_denied(const struct policy_trial *t, const struct carrier *c,
    const struct rechunk_sample *s, struct trial_tally *tally)
{
    struct screen *screen = policy_play_screen(&t->play, false);
    struct buf text = {0}, frames = {0}, out = {0}, left = {0}, whole = {0};
    struct buf unused = {0};
    enum stream_frame rc;
    bool fires;

    assert_non_null(screen);
    trial_text(s, c->json, false, &text);
    fires = rechunk_run(&t->of[c->json], 1, (struct span){text.data, text.len},
        text.len, &whole);
    put_stream(
        c, (struct span){text.data, text.len}, rechunk_size(text.len), &frames);
    rc = trial_run(c->dialect, screen, &frames, &out);
    hear(c, &out, &left);
    tally->missed += (rc == STREAM_RULED) != fires;
    /* Of a text that is whole in its frame nothing leaves. */
    if (fires && c->whole)
        tally->differences += left.len > 0;
    else
        tally->differences +=
            !rechunk_same(&left, (struct span){whole.data, whole.len});
    tally->leaks += rechunk_run(&t->finds[c->json], 1,
        (struct span){left.data, left.len}, left.len, &unused);
    screen_free(screen);
    buf_free(&unused);
    buf_free(&whole);
    buf_free(&left);
    buf_free(&out);
    buf_free(&frames);
    buf_free(&text);
}

static void check_clean(const struct policy_trial *t, const struct carrier *c,
    const struct rechunk_sample *s, struct trial_tally *tally)
{
    struct screen *screen = policy_play_screen(&t->play, false);
    struct buf text = {0}, frames = {0}, out = {0}, plain = {0};
    enum stream_frame rc;

    assert_non_null(screen);
    trial_text(s, c->json, true, &text);
    put_stream(
        c, (struct span){text.data, text.len}, rechunk_size(text.len), &frames);
    trial_run(c->dialect, NULL, &frames, &plain);
    rc = trial_run(c->dialect, screen, &frames, &out);
    tally->altered += rc != STREAM_DONE ||
                      !rechunk_same(&out, (struct span){plain.data, plain.len});
    screen_free(screen);
    buf_free(&plain);
    buf_free(&out);
    buf_free(&frames);
    buf_free(&text);
}

static void check(const char *action)
{
    struct policy_trial t;
    struct trial_tally tally = {0};
    struct rechunk_sample s = SAMPLES;
    const struct carrier *c;

    trial_begin(&t, action);
    for (unsigned long i = 0; i < rounds; i++) {
        c = &carriers[i % CARRIERS];
        check_denied(&t, c, &s, &tally);
        check_clean(&t, c, &s, &tally);
        if (i % CARRIERS == CARRIERS - 1)
            rechunk_next(&s);
    }
    trial_told(&tally, rounds);
    policy_play_end(&t.play);
}

static void test_what_fires_ends_the_stream_before_it(void **state)
{
    (void)state;
    check("block");
}

static void test_what_is_replaced_leaves_the_rest_in_its_frames(void **state)
{
    (void)state;
    check("rewrite");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_fires_ends_the_stream_before_it),
        cmocka_unit_test(test_what_is_replaced_leaves_the_rest_in_its_frames),
    };

    if (argc > 1)
        rounds = strtoul(argv[1], NULL, 10);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
