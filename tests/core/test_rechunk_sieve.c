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

#include "core/dialect_play.h"
#include "core/policy_play.h"
#include "core/policy_unescape.h"
#include "core/rechunk.h"
#include "core/sse.h"

static unsigned long rounds = 5000;

static const char *const terms[] = {"bad", "badly done", "adder", "project x",
    "na\xc3\xafve plan", "\xd0\xbf\xd0\xbb\xd0\xbe\xd1\x85\xd0\xbe",
    "\xe7\xa6\x81\xe8\xaf\x8d", "\xf0\x9f\x92\xa3\xf0\x9f\x94\xa5",
    "a\"b\\c\n"};

/* None of the terms, but much that begins like one. */
static const char *const texts[] = {
    "Good words, ba dly z adde ba projec proj ect",
    "\xd0\x9f\xd0\xbb\xd0\xbe\xd1\x82 \xd0\xbf\xd0\xbb\xd0\xbe\xd1\x85 "
    "na\xc3\xafve \xe2\x80\x8b\xcc\x81 e\xcc\x81 pla\xe2\x80\xa6",
    "\xe7\xa6\x81 \xe8\xaf\x8d \xf0\x9f\x92\xa3 a\"b\\ c\n"};

enum {
    TERMS = sizeof(terms) / sizeof(terms[0]),
    TEXTS = sizeof(texts) / sizeof(texts[0])
};

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
};

enum { CARRIERS = sizeof(carriers) / sizeof(carriers[0]) };

/* ---- frames ---- */

/* A piece of whole characters. */
static size_t step_of(struct span rest, size_t most)
{
    size_t n = most < rest.n ? 1 + rechunk_below(most) : rest.n;

    while (n < rest.n && ((uint8_t)rest.p[n] & 0xc0) == 0x80)
        n++;
    return n < rest.n ? n : rest.n;
}

static void put_frame(const char *frame, struct span text, struct buf *out)
{
    for (; *frame != '\0'; frame++) {
        if (*frame == '$')
            json_quote(out, text);
        else
            buf_puts(out, *frame == '\'' ? "\"" : (char[]){*frame, '\0'});
    }
}

/* The frames, each a line, of a text in pieces of up to so many bytes. */
static void put_stream(
    const struct carrier *c, struct span text, size_t most, struct buf *out)
{
    const struct span none = {0};
    size_t n;

    buf_reset(out);
    put_frame(c->before, none, out);
    do {
        n = c->whole ? text.n : step_of(text, most);
        put_frame(c->frame, (struct span){text.p, n}, out);
        text.p += n;
        text.n -= n;
        if (c->between != NULL && rechunk_below(3) == 0)
            put_frame(c->between, none, out);
    } while (text.n > 0);
    put_frame(c->after, none, out);
}

/* What leaves of the stream through a screen, or without one. */
static enum stream_frame run(const struct carrier *c, struct screen *screen,
    const struct buf *frames, struct buf *out)
{
    struct play p = play_begin(c->dialect, c->dialect);
    const char *line = frames->data, *end = line + frames->len, *eol;
    enum stream_frame rc = STREAM_TAKEN;

    play_open_screened(&p, screen);
    for (; line < end && rc == STREAM_TAKEN; line = eol + 1) {
        eol = memchr(line, '\n', (size_t)(end - line));
        assert_non_null(eol);
        rc = stream_frame(p.stream, (struct span){line, (size_t)(eol - line)},
            &p.out, &p.fault);
    }
    if (rc == STREAM_TAKEN)
        rc = stream_end(p.stream, &p.out);
    buf_reset(out);
    buf_put(out, p.out.data, p.out.len);
    play_end(&p);
    return rc;
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

struct policy_trial {
    struct policy_play play;
    struct policy_detector of[2]; /* what it is, in words and in JSON */
    struct policy_detector finds[2];
};

static void begin(struct policy_trial *t, const char *action)
{
    struct buf text = {0};

    buf_puts(&text, "{\"name\":\"a\",\"rules\":{\"denylist\":[");
    for (size_t i = 0; i < TERMS; i++) {
        buf_puts(&text, i > 0 ? "," : "");
        json_quote(&text, (struct span){terms[i], strlen(terms[i])});
    }
    buf_printf(&text, "],\"enforcement_action\":\"%s\"}}", action);
    assert_int_equal(
        policy_play_begin(&t->play, buf_terminate(&text), true), 0);
    buf_free(&text);
    t->finds[0] = policy_terms_fire(t->play.policy->deny);
    t->of[0] = strcmp(action, "rewrite") == 0
                   ? policy_terms_replace(t->play.policy->deny)
                   : t->finds[0];
    t->of[1] = policy_unescape(&t->of[0]);
    t->finds[1] = policy_unescape(&t->finds[0]);
}

/* The text, or JSON that says it. */
static void put_text(const struct carrier *c, const struct rechunk_sample *s,
    bool clean, struct buf *out)
{
    struct buf text = {0};

    if (clean)
        buf_puts(&text, s->texts[s->text]);
    else
        rechunk_put(s, &text);
    buf_reset(out);
    if (c->json) {
        buf_puts(out, "{\"q\":[1,");
        json_quote(out, (struct span){text.data, text.len});
        buf_puts(out, "]}");
    } else {
        buf_put(out, text.data, text.len);
    }
    buf_free(&text);
}

struct tally {
    unsigned long leaks, differences, missed, altered;
};

static void check_denied(const struct policy_trial *t, const struct carrier *c,
    const struct rechunk_sample *s, struct tally *tally)
{
    struct screen *screen = policy_play_screen(&t->play, false);
    struct buf text = {0}, frames = {0}, out = {0}, left = {0}, whole = {0};
    struct buf unused = {0};
    enum stream_frame rc;
    bool fires;

    assert_non_null(screen);
    put_text(c, s, false, &text);
    fires = rechunk_run(&t->of[c->json], 1, (struct span){text.data, text.len},
        text.len, &whole);
    put_stream(
        c, (struct span){text.data, text.len}, rechunk_size(text.len), &frames);
    rc = run(c, screen, &frames, &out);
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
    const struct rechunk_sample *s, struct tally *tally)
{
    struct screen *screen = policy_play_screen(&t->play, false);
    struct buf text = {0}, frames = {0}, out = {0}, plain = {0};
    enum stream_frame rc;

    assert_non_null(screen);
    put_text(c, s, true, &text);
    put_stream(
        c, (struct span){text.data, text.len}, rechunk_size(text.len), &frames);
    run(c, NULL, &frames, &plain);
    rc = run(c, screen, &frames, &out);
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
    struct tally tally = {0};
    struct rechunk_sample s = {
        .texts = texts, .text_count = TEXTS, .patterns = terms, TERMS, 0, 0, 0};
    const struct carrier *c;

    begin(&t, action);
    for (unsigned long i = 0; i < rounds; i++) {
        c = &carriers[i % CARRIERS];
        check_denied(&t, c, &s, &tally);
        check_clean(&t, c, &s, &tally);
        if (i % CARRIERS == CARRIERS - 1)
            rechunk_next(&s);
    }
    print_message("# %lu streams: %lu leaks, %lu different, %lu missed, %lu "
                  "clean ones altered\n",
        rounds, tally.leaks, tally.differences, tally.missed, tally.altered);
    assert_int_equal(tally.leaks, 0);
    assert_int_equal(tally.differences, 0);
    assert_int_equal(tally.missed, 0);
    assert_int_equal(tally.altered, 0);
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
