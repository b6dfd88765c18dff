#include <stdlib.h>
#include <string.h>

#include "dialect_chat_private.h"
#include "frame.h"
#include "turn.h"

/* Events as a chat answer: chunks, or one body at the end. */

struct written_call {
    uint32_t block;
    bool argued;     /* some of its arguments came */
    struct buf head; /* id and name as members, in a body */
    struct buf args; /* text, in a body */
};

struct chat_writer {
    struct codec_writer base;
    bool stream;
    bool include_usage;
    bool begun;
    enum turn_stop stop;
    struct buf top; /* "id", "object", "created", "model" as members */

    struct buf content; /* texts, in a body */
    struct buf refusal;
    struct buf reasoning;
    struct buf logprobs; /* elements of the array */
    struct written_call *calls;
    size_t call_count, call_cap;
    bool out_of_memory;
};

/* ---- chunks ---- */

static void begin_chunk(struct chat_writer *w, struct buf *out)
{
    buf_puts(out, "data: {");
    buf_put(out, w->top.data, w->top.len);
    buf_puts(out, ",\"choices\":[{\"index\":0,\"delta\":{");
}

static void end_chunk(struct buf *out)
{
    buf_puts(out, ",\"finish_reason\":null}]}\n\n");
}

static void write_begin(struct chat_writer *w, struct buf *out)
{
    if (w->begun || !w->stream)
        return;
    w->begun = true;
    begin_chunk(w, out);
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
    write_begin(w, out);
    begin_chunk(w, out);
    buf_puts(out, key);
    turn_string(out, e->text);
    buf_puts(out, "}");
    put_logprobs(e->logprobs, out);
    end_chunk(out);
}

static void put_call_members(const struct turn_event *e, struct buf *out)
{
    buf_puts(out, "\"id\":");
    turn_string(out, e->id);
    buf_puts(out, ",\"type\":\"function\",\"function\":{\"name\":");
    turn_string(out, e->name);
}

static void write_call(struct chat_writer *w, size_t index,
    const struct turn_event *e, struct buf *out)
{
    write_begin(w, out);
    begin_chunk(w, out);
    buf_printf(out, "\"tool_calls\":[{\"index\":%zu,", index);
    put_call_members(e, out);
    buf_puts(out, ",\"arguments\":\"\"}}]}");
    end_chunk(out);
}

static void write_args(
    struct chat_writer *w, size_t index, struct span text, struct buf *out)
{
    begin_chunk(w, out);
    buf_printf(out,
        "\"tool_calls\":[{\"index\":%zu,\"function\":{\"arguments\":", index);
    turn_string(out, text);
    buf_puts(out, "}}]}");
    end_chunk(out);
}

/* ---- calls ---- */

static void add_call(
    struct chat_writer *w, const struct turn_event *e, struct buf *out)
{
    struct written_call *calls = w->calls;

    if (w->call_count == w->call_cap) {
        calls = reallocarray(w->calls, w->call_cap * 2 + 4, sizeof(*calls));
        if (calls == NULL) {
            w->out_of_memory = true;
            return;
        }
        w->calls = calls;
        w->call_cap = w->call_cap * 2 + 4;
    }
    calls[w->call_count] = (struct written_call){.block = e->block};
    if (w->stream)
        write_call(w, w->call_count, e, out);
    else
        put_call_members(e, &calls[w->call_count].head);
    w->call_count++;
}

static void add_args(
    struct chat_writer *w, const struct turn_event *e, struct buf *out)
{
    for (size_t i = 0; i < w->call_count; i++) {
        if (w->calls[i].block != e->block)
            continue;
        w->calls[i].argued = true;
        if (w->stream)
            write_args(w, i, e->text, out);
        else
            buf_put(&w->calls[i].args, e->text.p, e->text.n);
    }
}

/* ---- events ---- */

static void add_text(struct chat_writer *w, struct buf *body, const char *key,
    const struct turn_event *e, struct buf *out)
{
    if (w->stream) {
        write_text(w, key, e, out);
        return;
    }
    buf_put(body, e->text.p, e->text.n);
    if (e->logprobs.n <= 2)
        return;
    if (w->logprobs.len > 0)
        buf_puts(&w->logprobs, ",");
    buf_put(&w->logprobs, e->logprobs.p + 1, e->logprobs.n - 2);
}

static void chat_writer_event(
    struct codec_writer *base, const struct turn_event *e, struct buf *out)
{
    struct chat_writer *w = (struct chat_writer *)base;

    switch (e->kind) {
    case TURN_EVENT_BEGIN:
        write_begin(w, out);
        break;
    case TURN_EVENT_TEXT:
        add_text(w, &w->content, "\"content\":", e, out);
        break;
    case TURN_EVENT_REFUSAL:
        add_text(w, &w->refusal, "\"refusal\":", e, out);
        break;
    case TURN_EVENT_REASONING:
        add_text(w, &w->reasoning, "\"reasoning_content\":", e, out);
        break;
    case TURN_EVENT_CALL:
        add_call(w, e, out);
        break;
    case TURN_EVENT_ARGS:
        add_args(w, e, out);
        break;
    case TURN_EVENT_STOP:
        w->stop = e->stop;
        break;
    case TURN_EVENT_SIGNATURE:
    case TURN_EVENT_REDACTED:
    case TURN_EVENT_USAGE:
        break;
    }
}

/* ---- the end ---- */

static const char *finish_reason(const struct chat_writer *w)
{
    static const char *const reasons[] = {
        [TURN_STOP_END] = "stop",
        [TURN_STOP_SEQUENCE] = "stop",
        [TURN_STOP_LENGTH] = "length",
        [TURN_STOP_CALLS] = "tool_calls",
        [TURN_STOP_FILTER] = "content_filter",
    };

    return reasons[w->stop];
}

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

/* Clients parse the arguments of a call: those of a call without any are an
 * empty object. Where the answer was cut nobody knows. */
static void write_empty_args(struct chat_writer *w, struct buf *out)
{
    static const struct span none = {"{}", 2};

    for (size_t i = 0; i < w->call_count; i++)
        if (!w->calls[i].argued && w->stop != TURN_STOP_LENGTH)
            write_args(w, i, none, out);
}

static void finish_stream(struct chat_writer *w, const struct turn_usage *usage,
    const struct credits *credits, struct buf *out)
{
    write_begin(w, out);
    write_empty_args(w, out);
    begin_chunk(w, out);
    buf_printf(out, "},\"finish_reason\":\"%s\"}],", finish_reason(w));
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

static void put_text_or_null(
    const char *key, const struct buf *text, struct buf *out)
{
    buf_puts(out, key);
    if (text->len > 0)
        turn_string(out, (struct span){text->data, text->len});
    else
        buf_puts(out, "null");
}

static void put_message(struct chat_writer *w, struct buf *out)
{
    bool silent = w->content.len + w->refusal.len + w->call_count == 0;

    buf_puts(out, "\"message\":{\"role\":\"assistant\",");
    if (silent)
        buf_puts(out, "\"content\":\"\"");
    else
        put_text_or_null("\"content\":", &w->content, out);
    put_text_or_null(",\"refusal\":", &w->refusal, out);
    if (w->reasoning.len > 0)
        put_text_or_null(",\"reasoning_content\":", &w->reasoning, out);
    for (size_t i = 0; i < w->call_count; i++) {
        const struct written_call *call = &w->calls[i];

        buf_puts(out, i > 0 ? ",{" : ",\"tool_calls\":[{");
        buf_put(out, call->head.data, call->head.len);
        buf_puts(out, ",\"arguments\":\"");
        turn_args_text(
            (struct span){call->args.data, call->args.len}, false, out);
        buf_puts(out, "\"}}");
    }
    buf_puts(out, w->call_count > 0 ? "]}" : "}");
}

static void finish_body(struct chat_writer *w, const struct turn_usage *usage,
    const struct credits *credits, struct buf *out)
{
    buf_puts(out, "{");
    buf_put(out, w->top.data, w->top.len);
    buf_puts(out, ",\"choices\":[{\"index\":0,");
    put_message(w, out);
    if (w->logprobs.len > 0) {
        buf_puts(out, ",\"logprobs\":{\"content\":[");
        buf_put(out, w->logprobs.data, w->logprobs.len);
        buf_puts(out, "],\"refusal\":null}");
    } else {
        buf_puts(out, ",\"logprobs\":null");
    }
    buf_printf(out, ",\"finish_reason\":\"%s\"}],", finish_reason(w));
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
    bool failed = w->out_of_memory || w->top.failed || w->content.failed ||
                  w->refusal.failed || w->reasoning.failed ||
                  w->logprobs.failed;

    for (size_t i = 0; i < w->call_count && !failed; i++)
        failed = w->calls[i].head.failed || w->calls[i].args.failed;
    return failed;
}

static void chat_writer_free(struct codec_writer *base)
{
    struct chat_writer *w = (struct chat_writer *)base;

    for (size_t i = 0; i < w->call_count; i++) {
        buf_free(&w->calls[i].args);
        buf_free(&w->calls[i].head);
    }
    free(w->calls);
    buf_free(&w->logprobs);
    buf_free(&w->reasoning);
    buf_free(&w->refusal);
    buf_free(&w->content);
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
    struct chat_writer *w = calloc(1, sizeof(*w));

    if (w == NULL)
        return NULL;
    w->base.kind = &kind;
    w->stream = completion->stream;
    w->include_usage = completion->include_usage;
    make_top(w, tag);
    return &w->base;
}
