/* Whatever an upstream streams, the client gets a whole legal stream, and the
 * same one however the bytes were cut; also when it is ended before its time.
 * The first byte chooses the dialects, the second the cut, the third how many
 * frames there are before an early end; the rest is the stream. */

#include <string.h>

#include "codec.h"
#include "core/sse.h"
#include "fuzz.h"

static const struct credits credits = {48, 1, 30, {5000000, 500}};

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
    if (flow->last == STREAM_ERROR || flow->last == STREAM_BROKEN)
        stream_fail(flow->stream, &fault, "req", flow->out);
    else if (flow->frames == SIZE_MAX && flow->last == STREAM_TAKEN)
        stream_cut(flow->stream, TURN_STOP_LENGTH, &credits, flow->out);
    else if (flow->last == STREAM_DONE ||
             (error == SSE_OK && stream_complete(flow->stream)))
        stream_finish(flow->stream, &credits, flow->out);
    else
        stream_fail(flow->stream, &fault, "req", flow->out);
    stream_usage(flow->stream, &usage);
    FUZZ_CHECK(!flow->out->failed);
}

static void run(const struct exchange *exchange, const struct codec_play *play,
    struct span text, size_t first, size_t frames, struct buf *out)
{
    struct flow flow = {
        .stream =
            exchange_stream(exchange, &play->completion, &play->tag, NULL),
        .out = out,
        .last = STREAM_TAKEN,
        .frames = frames,
    };
    struct sse sse = {0};
    enum sse_error error;

    FUZZ_CHECK(flow.stream != NULL);
    first = first < text.n ? first : text.n;
    error = sse_feed(&sse, (struct span){text.p, first}, on_event, &flow);
    if (error == SSE_OK)
        error = sse_feed(&sse, (struct span){text.p + first, text.n - first},
            on_event, &flow);
    end_flow(&flow, error);
    sse_free(&sse);
    stream_free(flow.stream);
}

static void check(const struct exchange *exchange,
    const struct codec_play *play, struct span text, size_t cut, size_t frames)
{
    struct buf whole = {0}, split = {0};

    run(exchange, play, text, text.n, frames, &whole);
    run(exchange, play, text, cut, frames, &split);
    FUZZ_CHECK(whole.len == split.len);
    FUZZ_CHECK(memcmp(whole.data, split.data, whole.len) == 0);
    if (exchange->caller == exchange->upstream)
        codec_check_frames((struct span){whole.data, whole.len});
    else
        codec_check_stream(
            exchange->caller->dialect, (struct span){whole.data, whole.len});
    buf_free(&split);
    buf_free(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct exchange exchange = {0};
    struct codec_play play;
    struct fault fault;
    struct span text;

    if (size < 3)
        return 0;
    text = (struct span){(const char *)data + 3, size - 3};
    codec_play_begin(&play, (enum dialect)(data[0] % 3), true);
    FUZZ_CHECK(
        exchange_begin(&exchange, (enum dialect)(data[0] % 3),
            (enum dialect)(data[0] / 3 % 3), &play.request, &fault) == 0);
    play.tag.memo = (struct span){exchange.memo.data, exchange.memo.len};
    play.completion.include_usage = data[0] & 0x80;
    check(&exchange, &play, text, data[1], SIZE_MAX - 1);
    check(&exchange, &play, text, data[1], data[2] % 16);
    exchange_free(&exchange);
    codec_play_end(&play);
    return 0;
}
