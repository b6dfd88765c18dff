#include <stdlib.h>
#include <string.h>

#include "dialect_messages_private.h"
#include "frame.h"
#include "turn.h"

/* Events as a Messages answer: frames, or one body at the end. One block is
 * open at a time and calls must not interleave, which other dialects allow:
 * what comes for a call while another one is open waits until that one's
 * arguments are a whole JSON value. */

enum { NO_BLOCK = UINT32_MAX };

/* Whether a text, taken as it comes, is a whole JSON object by now. */
struct args_scan {
    unsigned depth;
    bool begun;
    bool in_string;
    bool escape; /* of JSON, in the arguments */
    bool outer;  /* of the string that holds the arguments */
};

struct pending_call {
    uint32_t block;
    struct buf id;
    struct buf name;
    struct buf args;
};

struct messages_writer {
    struct codec_writer base;
    bool stream;
    bool thinking;      /* the caller wants to see it */
    struct buf message; /* members of the message from "id" to "model" */
    uint64_t est_in;

    bool begun;
    uint32_t open; /* the events' number of the open block; or NO_BLOCK */
    enum turn_event_kind kind; /* of the open block */
    unsigned blocks;           /* begun so far */
    struct args_scan scan;     /* of the open call */
    struct buf content;        /* blocks, in a body */
    struct buf args;           /* of the open call, in a body */
    struct buf signature;      /* of the open reasoning, in a body */

    struct pending_call *pending;
    size_t pending_count, pending_cap;

    enum turn_stop stop;
    struct buf stop_sequence;
    bool out_of_memory;
};

/* ---- whole arguments ---- */

static void scan_char(struct args_scan *s, char c)
{
    if (s->in_string) {
        if (s->escape)
            s->escape = false;
        else if (c == '\\')
            s->escape = true;
        else if (c == '"')
            s->in_string = false;
    } else if (c == '"') {
        s->in_string = true;
    } else if (c == '{' || c == '[') {
        s->depth++;
        s->begun = true;
    } else if ((c == '}' || c == ']') && s->depth > 0) {
        s->depth--;
    }
}

/* Of escapes only those of the quote and of the backslash matter. */
static void scan_text(struct args_scan *s, struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (s->outer) {
            s->outer = false;
            scan_char(s, c == '"' || c == '\\' ? c : ' ');
        } else if (c == '\\') {
            s->outer = true;
        } else {
            scan_char(s, c);
        }
    }
}

static bool scan_whole(const struct args_scan *s)
{
    return s->begun && s->depth == 0;
}

/* ---- blocks ---- */

static void put_event(struct buf *out, const char *type)
{
    buf_printf(out, "event: %s\ndata: {\"type\":\"%s\"", type, type);
}

static void write_begin(struct messages_writer *w, uint64_t in, struct buf *out)
{
    if (w->begun || !w->stream)
        return;
    w->begun = true;
    put_event(out, "message_start");
    buf_puts(out, ",\"message\":{");
    buf_put(out, w->message.data, w->message.len);
    buf_printf(out,
        ",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,"
        "\"usage\":{\"input_tokens\":%llu,\"output_tokens\":0}}}\n\n",
        (unsigned long long)in);
    messages_beat(out);
}

static void close_in_body(struct messages_writer *w)
{
    struct span args = {w->args.data, w->args.len};

    switch (w->kind) {
    case TURN_EVENT_CALL:
        turn_args_object(args, false, &w->content);
        buf_puts(&w->content, "}");
        break;
    case TURN_EVENT_REASONING:
        buf_puts(&w->content, "\",\"signature\":");
        turn_string(
            &w->content, (struct span){w->signature.data, w->signature.len});
        buf_puts(&w->content, "}");
        break;
    default:
        buf_puts(&w->content, "\"}");
        break;
    }
    buf_reset(&w->args);
    buf_reset(&w->signature);
}

static void close_block(struct messages_writer *w, struct buf *out)
{
    if (w->open == NO_BLOCK)
        return;
    if (w->stream) {
        put_event(out, "content_block_stop");
        buf_printf(out, ",\"index\":%u}\n\n", w->blocks - 1);
    } else {
        close_in_body(w);
    }
    w->open = NO_BLOCK;
}

/* Begin a block; what is its own stands up to its first member of text, whose
 * quote is open in a body. */
static struct buf *begin_block(struct messages_writer *w, uint32_t block,
    enum turn_event_kind kind, struct buf *out)
{
    close_block(w, out);
    w->open = block;
    w->kind = kind;
    w->blocks++;
    if (w->stream) {
        put_event(out, "content_block_start");
        buf_printf(out, ",\"index\":%u,\"content_block\":", w->blocks - 1);
        return out;
    }
    if (w->blocks > 1)
        buf_puts(&w->content, ",");
    return &w->content;
}

static void put_delta(struct messages_writer *w, const char *type,
    const char *key, struct span text, struct buf *out)
{
    put_event(out, "content_block_delta");
    buf_printf(out,
        ",\"index\":%u,\"delta\":{\"type\":\"%s\",\"%s\":", w->blocks - 1, type,
        key);
    turn_string(out, text);
    buf_puts(out, "}}\n\n");
}

static void begin_text(
    struct messages_writer *w, uint32_t block, struct buf *out)
{
    struct buf *to = begin_block(w, block, TURN_EVENT_TEXT, out);

    buf_puts(to, "{\"type\":\"text\",\"text\":\"");
    if (w->stream)
        buf_puts(to, "\"}}\n\n");
}

static void begin_thinking(
    struct messages_writer *w, uint32_t block, struct buf *out)
{
    struct buf *to = begin_block(w, block, TURN_EVENT_REASONING, out);

    buf_puts(to, "{\"type\":\"thinking\",\"thinking\":\"");
    if (w->stream)
        buf_puts(to, "\",\"signature\":\"\"}}\n\n");
}

static void write_words(struct messages_writer *w, const char *type,
    const char *key, struct span text, struct buf *out)
{
    if (w->stream)
        put_delta(w, type, key, text, out);
    else
        buf_put(&w->content, text.p, text.n);
}

static void write_text(
    struct messages_writer *w, const struct turn_event *e, struct buf *out)
{
    if (w->open != e->block || w->kind != TURN_EVENT_TEXT)
        begin_text(w, e->block, out);
    write_words(w, "text_delta", "text", e->text, out);
}

static void write_thinking(
    struct messages_writer *w, const struct turn_event *e, struct buf *out)
{
    if (!w->thinking)
        return;
    if (w->open != e->block || w->kind != TURN_EVENT_REASONING)
        begin_thinking(w, e->block, out);
    write_words(w, "thinking_delta", "thinking", e->text, out);
}

static void write_signature(
    struct messages_writer *w, const struct turn_event *e, struct buf *out)
{
    if (!w->thinking)
        return;
    if (w->open != e->block || w->kind != TURN_EVENT_REASONING)
        begin_thinking(w, e->block, out);
    if (w->stream)
        put_delta(w, "signature_delta", "signature", e->text, out);
    else
        buf_put(&w->signature, e->text.p, e->text.n);
}

static void write_redacted(
    struct messages_writer *w, const struct turn_event *e, struct buf *out)
{
    struct buf *to;

    if (!w->thinking)
        return;
    to = begin_block(w, e->block, TURN_EVENT_REDACTED, out);
    buf_puts(to, "{\"type\":\"redacted_thinking\",\"data\":\"");
    buf_put(to, e->text.p, e->text.n);
    if (w->stream)
        buf_puts(to, "\"}}\n\n");
}

/* ---- calls ---- */

static void begin_call(struct messages_writer *w, uint32_t block,
    struct span id, struct span name, struct buf *out)
{
    struct buf *to = begin_block(w, block, TURN_EVENT_CALL, out);

    w->scan = (struct args_scan){0};
    buf_puts(to, "{\"type\":\"tool_use\",\"id\":");
    turn_string(to, id);
    buf_puts(to, ",\"name\":");
    turn_string(to, name);
    buf_puts(to, ",\"input\":");
    if (w->stream)
        buf_puts(to, "{}}}\n\n");
}

static void write_args(
    struct messages_writer *w, struct span text, struct buf *out)
{
    scan_text(&w->scan, text);
    if (text.n == 0)
        return;
    if (w->stream)
        put_delta(w, "input_json_delta", "partial_json", text, out);
    else
        buf_put(&w->args, text.p, text.n);
}

static bool call_is_open(const struct messages_writer *w)
{
    return w->open != NO_BLOCK && w->kind == TURN_EVENT_CALL &&
           !scan_whole(&w->scan);
}

static struct span span_of(const struct buf *b)
{
    return (struct span){b->data, b->len};
}

static void drop_first(struct messages_writer *w)
{
    buf_free(&w->pending[0].args);
    buf_free(&w->pending[0].name);
    buf_free(&w->pending[0].id);
    w->pending_count--;
    memmove(
        w->pending, w->pending + 1, w->pending_count * sizeof(w->pending[0]));
}

/* Let out the calls whose turn has come; at the end, all. */
static void write_pending(struct messages_writer *w, bool all, struct buf *out)
{
    struct pending_call *call;

    while (w->pending_count > 0 && (all || !call_is_open(w))) {
        call = &w->pending[0];
        begin_call(
            w, call->block, span_of(&call->id), span_of(&call->name), out);
        write_args(w, span_of(&call->args), out);
        drop_first(w);
    }
}

static void hold_call(struct messages_writer *w, const struct turn_event *e)
{
    struct pending_call *list = w->pending;

    if (w->pending_count == w->pending_cap) {
        list = reallocarray(w->pending, w->pending_cap * 2 + 4, sizeof(*list));
        if (list == NULL) {
            w->out_of_memory = true;
            return;
        }
        w->pending = list;
        w->pending_cap = w->pending_cap * 2 + 4;
    }
    list[w->pending_count] = (struct pending_call){.block = e->block};
    buf_put(&list[w->pending_count].id, e->id.p, e->id.n);
    buf_put(&list[w->pending_count].name, e->name.p, e->name.n);
    w->pending_count++;
}

static void take_call(
    struct messages_writer *w, const struct turn_event *e, struct buf *out)
{
    if (call_is_open(w) || w->pending_count > 0)
        hold_call(w, e);
    else
        begin_call(w, e->block, e->id, e->name, out);
}

static void take_args(
    struct messages_writer *w, const struct turn_event *e, struct buf *out)
{
    if (w->open == e->block && w->kind == TURN_EVENT_CALL) {
        write_args(w, e->text, out);
        write_pending(w, false, out);
        return;
    }
    for (size_t i = 0; i < w->pending_count; i++)
        if (w->pending[i].block == e->block)
            buf_put(&w->pending[i].args, e->text.p, e->text.n);
}

/* ---- events ---- */

static void messages_writer_event(
    struct codec_writer *base, const struct turn_event *e, struct buf *out)
{
    struct messages_writer *w = (struct messages_writer *)base;

    write_begin(w, e->has_usage ? e->usage.in : w->est_in, out);
    switch (e->kind) {
    case TURN_EVENT_TEXT:
    case TURN_EVENT_REFUSAL:
        write_text(w, e, out);
        break;
    case TURN_EVENT_REASONING:
        write_thinking(w, e, out);
        break;
    case TURN_EVENT_SIGNATURE:
        write_signature(w, e, out);
        break;
    case TURN_EVENT_REDACTED:
        write_redacted(w, e, out);
        break;
    case TURN_EVENT_CALL:
        take_call(w, e, out);
        break;
    case TURN_EVENT_ARGS:
        take_args(w, e, out);
        break;
    case TURN_EVENT_STOP:
        w->stop = e->stop;
        buf_put(&w->stop_sequence, e->stop_sequence.p, e->stop_sequence.n);
        break;
    case TURN_EVENT_BEGIN:
    case TURN_EVENT_USAGE:
        break;
    }
}

/* ---- the end ---- */

static void put_stop(struct messages_writer *w, struct buf *out)
{
    buf_printf(out, "\"stop_reason\":\"%s\",\"stop_sequence\":",
        messages_stop_word(w->stop));
    if (w->stop == TURN_STOP_SEQUENCE && w->stop_sequence.len > 0)
        turn_string(out, span_of(&w->stop_sequence));
    else
        buf_puts(out, "null");
}

static void put_usage(const struct turn_usage *u, struct buf *out)
{
    uint64_t beside = u->cached + u->written;

    buf_printf(out,
        "\"usage\":{\"input_tokens\":%llu,\"cache_creation_input_tokens\":"
        "%llu,\"cache_read_input_tokens\":%llu,\"output_tokens\":%llu}",
        (unsigned long long)(u->in > beside ? u->in - beside : 0),
        (unsigned long long)u->written, (unsigned long long)u->cached,
        (unsigned long long)u->out);
}

/* All blocks closed; an answer without any has an empty one. */
static void end_blocks(struct messages_writer *w, struct buf *out)
{
    write_pending(w, true, out);
    if (w->blocks == 0)
        begin_text(w, 0, out);
    close_block(w, out);
}

static void messages_writer_finish(struct codec_writer *base,
    const struct turn_usage *usage, const struct credits *credits,
    struct buf *out)
{
    struct messages_writer *w = (struct messages_writer *)base;

    write_begin(w, usage->in, out);
    end_blocks(w, out);
    if (w->stream) {
        put_event(out, "message_delta");
        buf_puts(out, ",\"delta\":{");
    } else {
        buf_puts(out, "{");
        buf_put(out, w->message.data, w->message.len);
        buf_puts(out, ",\"content\":[");
        buf_put(out, w->content.data, w->content.len);
        buf_puts(out, "],");
    }
    put_stop(w, out);
    buf_puts(out, w->stream ? "}," : ",");
    put_usage(usage, out);
    buf_puts(out, ",");
    credits_write(credits, out);
    buf_puts(out, "}");
    if (!w->stream)
        return;
    buf_puts(out, "\n\n");
    put_event(out, "message_stop");
    buf_puts(out, "}\n\n");
}

static void messages_writer_fail(struct codec_writer *base,
    const struct fault *fault, const char *request_id, struct buf *out)
{
    (void)base;
    messages_fail(fault, request_id, out);
}

static void messages_writer_beat(struct codec_writer *base, struct buf *out)
{
    (void)base;
    messages_beat(out);
}

static bool messages_writer_failed(const struct codec_writer *base)
{
    const struct messages_writer *w = (const struct messages_writer *)base;
    bool failed = w->out_of_memory || w->message.failed || w->content.failed ||
                  w->args.failed || w->signature.failed ||
                  w->stop_sequence.failed;

    for (size_t i = 0; i < w->pending_count && !failed; i++)
        failed = w->pending[i].args.failed || w->pending[i].id.failed ||
                 w->pending[i].name.failed;
    return failed;
}

static void messages_writer_free(struct codec_writer *base)
{
    struct messages_writer *w = (struct messages_writer *)base;

    while (w->pending_count > 0)
        drop_first(w);
    free(w->pending);
    buf_free(&w->stop_sequence);
    buf_free(&w->signature);
    buf_free(&w->args);
    buf_free(&w->content);
    buf_free(&w->message);
    free(w);
}

struct codec_writer *messages_writer(
    const struct completion *completion, const struct codec_tag *tag)
{
    static const struct codec_writer_kind kind = {
        .free = messages_writer_free,
        .event = messages_writer_event,
        .finish = messages_writer_finish,
        .fail = messages_writer_fail,
        .beat = messages_writer_beat,
        .failed = messages_writer_failed,
    };
    struct messages_writer *w = calloc(1, sizeof(*w));
    const char *model = tag->names.model;

    if (w == NULL)
        return NULL;
    w->base.kind = &kind;
    w->stream = completion->stream;
    w->thinking = span_is(tag->memo, "thinking");
    w->est_in = completion->est_in;
    w->open = NO_BLOCK;
    buf_printf(&w->message,
        "\"id\":\"msg_%s\",\"type\":\"message\",\"role\":\"assistant\","
        "\"model\":",
        tag->id);
    json_quote(&w->message, (struct span){model, strlen(model)});
    return &w->base;
}
