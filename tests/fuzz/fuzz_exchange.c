/* Whatever an upstream streams, the client gets a whole legal stream, and the
 * same one however the bytes were cut; also when it is ended before its time,
 * and with none of the words that a policy refuses. Where both speak the same
 * it is as legal as it came. The first byte chooses the
 * dialects, the second the cut; of the third the lower half says how many
 * frames there are before an early end, the next two bits how many choices were
 * asked for and the upper two which policy there is; the rest is the stream. */

#include <ctype.h>
#include <string.h>

#include "codec.h"
#include "core/policy_play.h"
#include "core/sse.h"
#include "fuzz.h"

static const struct credits credits = {48, 1, 30, {5000000, 500}};

enum { NONE, REFUSES, REWRITES, WATCHES };

static const char *const terms[] = {"hello", "par is", "know."};

#define TERMS "\"denylist\":[\"hello\",\"par is\",\"know.\"]}}"

static const char *const documents[] = {
    [NONE] = NULL,
    [REFUSES] = "{\"name\":\"a\",\"rules\":{" TERMS,
    [REWRITES] =
        "{\"name\":\"a\",\"rules\":{\"enforcement_action\":\"rewrite\"," TERMS,
    [WATCHES] = "{\"name\":\"a\",\"rules\":{" TERMS,
};

/* One input. */
struct trial {
    struct exchange exchange;
    struct codec_play play;
    unsigned kind; /* of policy */
    struct policy_play policy;
};

struct flow {
    struct stream *stream;
    struct buf *out;
    struct fault fault;
    enum stream_frame last;
    size_t frames; /* that are taken before an early end */
};

static int on_event(void *cookie, struct span name, struct span data)
{
    struct flow *flow = cookie;

    (void)name;
    if (flow->frames-- == 0)
        return 1;
    flow->last = stream_frame(flow->stream, data, flow->out, &flow->fault);
    stream_beat(flow->stream, flow->out);
    return flow->last != STREAM_TAKEN;
}

static void end_flow(struct flow *flow, enum sse_error error)
{
    struct fault fault = {.code = REFUSE_UPSTREAM_INCOMPLETE};
    struct usage usage;

    FUZZ_CHECK(flow->last != STREAM_NO_MEMORY);
    if (flow->last == STREAM_DONE ||
        (flow->last == STREAM_TAKEN && error == SSE_OK &&
            stream_complete(flow->stream)))
        flow->last = stream_end(flow->stream, flow->out);
    if (flow->last == STREAM_RULED)
        stream_cut(flow->stream, TURN_STOP_FILTER, &credits, flow->out);
    else if (flow->last == STREAM_ERROR || flow->last == STREAM_BROKEN)
        stream_fail(flow->stream, &fault, "req", flow->out);
    else if (flow->frames == SIZE_MAX && flow->last == STREAM_TAKEN)
        stream_cut(flow->stream, TURN_STOP_LENGTH, &credits, flow->out);
    else if (flow->last == STREAM_DONE)
        stream_finish(flow->stream, &credits, flow->out);
    else
        stream_fail(flow->stream, &fault, "req", flow->out);
    stream_usage(flow->stream, &usage);
    FUZZ_CHECK(!flow->out->failed);
}

/* Returns whether the policy has found something. */
static bool run(struct trial *trial, struct span text, size_t first,
    size_t frames, struct buf *out)
{
    const struct codec_play *play = &trial->play;
    struct screen *screen = NULL;
    struct flow flow = {.out = out, .last = STREAM_TAKEN, .frames = frames};
    struct sse sse = {0};
    enum sse_error error;
    int told = 0;

    if (trial->kind != NONE)
        screen = policy_play_screen(
            &trial->policy, trial->exchange.caller->dialect == DIALECT_CHAT);
    FUZZ_CHECK((screen != NULL) == (trial->kind != NONE));
    flow.stream = exchange_stream(
        &trial->exchange, &play->completion, &play->tag, screen);
    FUZZ_CHECK(flow.stream != NULL);
    first = first < text.n ? first : text.n;
    error = sse_feed(&sse, (struct span){text.p, first}, on_event, &flow);
    if (error == SSE_OK)
        error = sse_feed(&sse, (struct span){text.p + first, text.n - first},
            on_event, &flow);
    end_flow(&flow, error);
    if (screen != NULL)
        told = screen_tell(screen, &trial->policy.verdict);
    FUZZ_CHECK(told >= 0);
    sse_free(&sse);
    stream_free(flow.stream);
    screen_free(screen);
    return told > 0;
}

static void check_clean(struct span text)
{
    struct buf contents[CODEC_CHOICES] = {0};

    codec_contents(text, contents);
    for (size_t i = 0; i < CODEC_CHOICES; i++) {
        FUZZ_CHECK(buf_terminate(&contents[i]) != NULL);
        for (size_t j = 0; j < contents[i].len; j++)
            contents[i].data[j] =
                (char)tolower((unsigned char)contents[i].data[j]);
        for (size_t j = 0; j < sizeof(terms) / sizeof(terms[0]); j++)
            FUZZ_CHECK(strstr(contents[i].data, terms[j]) == NULL);
        buf_free(&contents[i]);
    }
}

static bool is_policed(const struct trial *trial)
{
    return trial->kind == REFUSES || trial->kind == REWRITES;
}

/* What has left has nothing in it that the policy would find. */
static void check_again(struct trial *trial, struct span text)
{
    struct buf out = {0};

    FUZZ_CHECK(!run(trial, text, text.n, SIZE_MAX - 1, &out));
    buf_free(&out);
}

static void check_legal(struct trial *trial, struct span text)
{
    bool passes = exchange_passes(&trial->exchange);

    if (passes)
        codec_check_frames(text);
    else
        codec_check_stream(trial->exchange.caller->dialect, text);
    if (passes && is_policed(trial))
        check_again(trial, text);
    if (!passes && trial->kind == REFUSES &&
        trial->exchange.caller->dialect == DIALECT_CHAT)
        check_clean(text);
}

static void check(
    struct trial *trial, struct span text, size_t cut, size_t frames)
{
    struct buf whole = {0}, split = {0};

    run(trial, text, text.n, frames, &whole);
    run(trial, text, cut, frames, &split);
    FUZZ_CHECK(whole.len == split.len);
    FUZZ_CHECK(memcmp(whole.data, split.data, whole.len) == 0);
    check_legal(trial, (struct span){whole.data, whole.len});
    buf_free(&split);
    buf_free(&whole);
}

static void begin(struct trial *trial, const uint8_t *data)
{
    enum dialect caller = (enum dialect)(data[0] % 3);
    enum dialect upstream = (enum dialect)(data[0] / 3 % 3);
    struct fault fault;

    codec_play_begin(&trial->play, caller, true);
    FUZZ_CHECK(exchange_begin(&trial->exchange, caller, upstream,
                   &trial->play.request, &fault) == 0);
    exchange_remember(&trial->exchange, &trial->play.request);
    trial->play.tag.memo =
        (struct span){trial->exchange.memo.data, trial->exchange.memo.len};
    trial->play.completion.include_usage = data[0] & 0x80;
    if (caller == DIALECT_CHAT && upstream == DIALECT_CHAT)
        trial->play.completion.n = 1 + (data[2] >> 4) % CODEC_CHOICES;
    trial->kind = data[2] >> 6;
    if (trial->kind != NONE)
        FUZZ_CHECK(policy_play_begin(&trial->policy, documents[trial->kind],
                       trial->kind != WATCHES) == 0);
}

static void end(struct trial *trial)
{
    exchange_free(&trial->exchange);
    codec_play_end(&trial->play);
    if (trial->kind != NONE)
        policy_play_end(&trial->policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct trial trial = {0};
    struct span text;

    if (size < 3)
        return 0;
    text = (struct span){(const char *)data + 3, size - 3};
    begin(&trial, data);
    check(&trial, text, data[1], SIZE_MAX - 1);
    check(&trial, text, data[1], data[2] % 16);
    end(&trial);
    return 0;
}
