#include <stdlib.h>
#include <string.h>

#include "dialect_chat_choice.h"
#include "dialect_chat_private.h"
#include "frame.h"
#include "turn.h"

/* Events as a chat answer: chunks, or one body at the end. */

enum { NO_CHOICE = UINT32_MAX };

struct chat_writer {
    struct codec_writer base;
    bool stream;
    bool include_usage;
    enum turn_stop rest; /* of choices that come to no stop of their own */
    struct buf top;      /* "id", "object", "created", "model" as members */
    uint32_t held; /* choice whose end is not written yet, for it may be the
                    * last one, which has the metering fields; or NO_CHOICE */
    uint32_t count;
    struct chat_choice choices[];
};

/* ---- chunks ---- */

static void put_head(struct chat_writer *w, uint32_t index, struct buf *out)
{
    buf_puts(out, "data: {");
    buf_put(out, w->top.data, w->top.len);
    buf_printf(out, ",\"choices\":[{\"index\":%u,\"delta\":{", (unsigned)index);
}

static void put_finish(struct chat_writer *w, struct buf *out)
{
    put_head(w, w->held, out);
    buf_printf(out, "},\"finish_reason\":\"%s\"}]",
        chat_choice_finish_reason(&w->choices[w->held]));
}

static void release_held(struct chat_writer *w, struct buf *out)
{
    if (w->held == NO_CHOICE)
        return;
    put_finish(w, out);
    buf_puts(out, "}\n\n");
    w->held = NO_CHOICE;
}

static void begin_chunk(struct chat_writer *w, uint32_t index, struct buf *out)
{
    release_held(w, out);
    put_head(w, index, out);
}

static void end_chunk(struct buf *out)
{
    buf_puts(out, ",\"finish_reason\":null}]}\n\n");
}

static void write_begin(struct chat_writer *w, uint32_t index, struct buf *out)
{
    if (w->choices[index].begun)
        return;
    w->choices[index].begun = true;
    if (!w->stream)
        return;
    begin_chunk(w, index, out);
    buf_puts(out, "\"role\":\"assistant\",\"content\":\"\"}");
    end_chunk(out);
}

static void put_logprobs(struct span logprobs, struct buf *out)
{
    size_t from = out->len;

    if (logprobs.n <= 2)
        return;
    buf_puts(out, ",\"logprobs\":{\"content\":");
    buf_put(out, logprobs.p, logprobs.n);
    buf_puts(out, ",\"refusal\":null}");
    frame_join(out, from);
}

static void write_text(struct chat_writer *w, const char *key,
    const struct turn_event *e, struct buf *out)
{
    begin_chunk(w, e->choice, out);
    buf_puts(out, key);
    turn_string(out, e->text);
    buf_puts(out, "}");
    put_logprobs(e->logprobs, out);
    end_chunk(out);
}

static void write_call(
    struct chat_writer *w, const struct turn_event *e, struct buf *out)
{
    struct chat_choice *c = &w->choices[e->choice];

    if (chat_choice_call(c, e->block) == NULL)
        return;
    begin_chunk(w, e->choice, out);
    buf_printf(out, "\"tool_calls\":[{\"index\":%zu,", c->call_count - 1);
    chat_choice_call_members(e, out);
    buf_puts(out, ",\"arguments\":\"\"}}]}");
    end_chunk(out);
}

static void put_args(struct chat_writer *w, uint32_t choice, size_t index,
    struct span text, struct buf *out)
{
    begin_chunk(w, choice, out);
    buf_printf(out,
        "\"tool_calls\":[{\"index\":%zu,\"function\":{\"arguments\":", index);
    turn_string(out, text);
    buf_puts(out, "}}]}");
    end_chunk(out);
}

static void write_args(
    struct chat_writer *w, const struct turn_event *e, struct buf *out)
{
    struct chat_choice *c = &w->choices[e->choice];
    struct chat_call *call = chat_choice_called(c, e->block);

    if (call == NULL)
        return;
    call->argued = true;
    put_args(w, e->choice, (size_t)(call - c->calls), e->text, out);
}

/* Clients parse the arguments of a call: those of a call without any are an
 * empty object. Where the answer was cut nobody knows, and some clients make a
 * call as soon as its arguments can be parsed. */
static void write_empty_args(
    struct chat_writer *w, uint32_t index, struct buf *out)
{
    static const struct span none = {"{}", 2};
    const struct chat_choice *c = &w->choices[index];
    bool cut = c->stop == TURN_STOP_LENGTH || c->stop == TURN_STOP_FILTER;

    for (size_t i = 0; i < c->call_count && !cut; i++)
        if (!c->calls[i].argued)
            put_args(w, index, i, none, out);
}

/* ---- events ---- */

static void stop(
    struct chat_writer *w, uint32_t index, enum turn_stop why, struct buf *out)
{
    struct chat_choice *c = &w->choices[index];

    write_begin(w, index, out);
    c->stopped = true;
    c->stop = why;
    if (!w->stream)
        return;
    write_empty_args(w, index, out);
    release_held(w, out);
    w->held = index;
}

static void write_event(
    struct chat_writer *w, const struct turn_event *e, struct buf *out)
{
    switch (e->kind) {
    case TURN_EVENT_TEXT:
        write_text(w, "\"content\":", e, out);
        break;
    case TURN_EVENT_REFUSAL:
        write_text(w, "\"refusal\":", e, out);
        break;
    case TURN_EVENT_REASONING:
        write_text(w, "\"reasoning_content\":", e, out);
        break;
    case TURN_EVENT_CALL:
        write_call(w, e, out);
        break;
    case TURN_EVENT_ARGS:
        write_args(w, e, out);
        break;
    default:
        break;
    }
}

static bool is_ours(const struct chat_writer *w, const struct turn_event *e)
{
    switch (e->kind) {
    case TURN_EVENT_SIGNATURE:
    case TURN_EVENT_REDACTED:
    case TURN_EVENT_USAGE:
        return false;
    default:
        return e->choice < w->count && !w->choices[e->choice].stopped;
    }
}

static void chat_writer_event(
    struct codec_writer *base, const struct turn_event *e, struct buf *out)
{
    struct chat_writer *w = (struct chat_writer *)base;

    if (e->kind == TURN_EVENT_STOP && e->choice == TURN_EACH) {
        w->rest = e->stop;
        return;
    }
    if (!is_ours(w, e))
        return;
    write_begin(w, e->choice, out);
    if (e->kind == TURN_EVENT_STOP)
        stop(w, e->choice, e->stop, out);
    else if (w->stream)
        write_event(w, e, out);
    else
        chat_choice_keep(&w->choices[e->choice], e);
}

/* ---- the end ---- */

static void put_usage(const struct turn_usage *u, struct buf *out)
{
    buf_printf(out,
        "\"usage\":{\"prompt_tokens\":%llu,\"completion_tokens\":%llu,"
        "\"total_tokens\":%llu,\"prompt_tokens_details\":{\"cached_tokens\":"
        "%llu},\"completion_tokens_details\":{\"reasoning_tokens\":%llu}}",
        (unsigned long long)u->in, (unsigned long long)u->out,
        (unsigned long long)(u->in + u->out), (unsigned long long)u->cached,
        (unsigned long long)u->reasoning);
}

/* No choice is left open. What is refused in one is refused in all that were
 * asked for, whether they have begun or not. */
static void stop_rest(struct chat_writer *w, struct buf *out)
{
    bool any = false;

    for (uint32_t i = 0; i < w->count; i++)
        any = any || w->choices[i].begun;
    if (!any)
        write_begin(w, 0, out);
    for (uint32_t i = 0; i < w->count; i++)
        if (!w->choices[i].stopped &&
            (w->choices[i].begun || w->rest == TURN_STOP_FILTER))
            stop(w, i, w->rest, out);
}

static void finish_stream(struct chat_writer *w, const struct turn_usage *usage,
    const struct credits *credits, struct buf *out)
{
    put_finish(w, out);
    buf_puts(out, ",");
    credits_write(credits, out);
    buf_puts(out, "}\n\n");
    if (w->include_usage) {
        buf_puts(out, "data: {");
        buf_put(out, w->top.data, w->top.len);
        buf_puts(out, ",\"choices\":[],");
        put_usage(usage, out);
        buf_puts(out, ",");
        credits_write(credits, out);
        buf_puts(out, "}\n\n");
    }
    buf_puts(out, "data: [DONE]\n\n");
}

static void finish_body(struct chat_writer *w, const struct turn_usage *usage,
    const struct credits *credits, struct buf *out)
{
    const char *before = ",\"choices\":[";

    buf_puts(out, "{");
    buf_put(out, w->top.data, w->top.len);
    for (uint32_t i = 0; i < w->count; i++) {
        if (!w->choices[i].begun)
            continue;
        buf_puts(out, before);
        chat_choice_body(&w->choices[i], i, out);
        before = ",";
    }
    buf_puts(out, "],");
    put_usage(usage, out);
    buf_puts(out, ",");
    credits_write(credits, out);
    buf_puts(out, "}");
}

static void chat_writer_finish(struct codec_writer *base,
    const struct turn_usage *usage, const struct credits *credits,
    struct buf *out)
{
    struct chat_writer *w = (struct chat_writer *)base;

    stop_rest(w, out);
    if (w->stream)
        finish_stream(w, usage, credits, out);
    else
        finish_body(w, usage, credits, out);
}

static void chat_writer_fail(struct codec_writer *base,
    const struct fault *fault, const char *request_id, struct buf *out)
{
    (void)base;
    refusal_frame(fault, DIALECT_CHAT, request_id, out);
}

static void chat_writer_beat(struct codec_writer *base, struct buf *out)
{
    (void)base;
    chat_beat(out);
}

static bool chat_writer_failed(const struct codec_writer *base)
{
    const struct chat_writer *w = (const struct chat_writer *)base;
    bool failed = w->top.failed;

    for (uint32_t i = 0; i < w->count && !failed; i++)
        failed = chat_choice_failed(&w->choices[i]);
    return failed;
}

static void chat_writer_free(struct codec_writer *base)
{
    struct chat_writer *w = (struct chat_writer *)base;

    for (uint32_t i = 0; i < w->count; i++)
        chat_choice_free(&w->choices[i]);
    buf_free(&w->top);
    free(w);
}

static void make_top(struct chat_writer *w, const struct codec_tag *tag)
{
    const char *model = tag->names.model;

    buf_printf(&w->top,
        "\"id\":\"chatcmpl-%s\",\"object\":\"chat.completion%s\","
        "\"created\":%lld,\"model\":",
        tag->id, w->stream ? ".chunk" : "", (long long)tag->created);
    json_quote(&w->top, (struct span){model, strlen(model)});
}

struct codec_writer *chat_writer(
    const struct completion *completion, const struct codec_tag *tag)
{
    static const struct codec_writer_kind kind = {
        .free = chat_writer_free,
        .event = chat_writer_event,
        .finish = chat_writer_finish,
        .fail = chat_writer_fail,
        .beat = chat_writer_beat,
        .failed = chat_writer_failed,
    };
    uint32_t count = completion_choices(completion);
    struct chat_writer *w =
        calloc(1, sizeof(*w) + count * sizeof(w->choices[0]));

    if (w == NULL)
        return NULL;
    w->base.kind = &kind;
    w->stream = completion->stream;
    w->include_usage = completion->include_usage;
    w->held = NO_CHOICE;
    w->count = count;
    make_top(w, tag);
    return &w->base;
}
