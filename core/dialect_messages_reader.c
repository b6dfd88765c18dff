#include <stdlib.h>

#include "dialect_messages_private.h"
#include "frame.h"
#include "turn.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A Messages answer as events. */
struct messages_reader {
    struct codec_reader base;
    struct frame frame;
    const struct json_doc *doc; /* that is read: the frame's, or a body */
    const struct turn_sink *sink;
    bool begun;
    uint32_t blocks;           /* so far; the last one is open */
    bool skipped;              /* the open block is nobody's business */
    enum turn_event_kind kind; /* of the open block's words */
    bool stopped;
    enum turn_stop stop;
    struct buf stop_sequence;
    unsigned said; /* sides of the usage that are known */
    struct turn_usage usage;
};

static void send(struct messages_reader *r, const struct turn_event *e)
{
    r->sink->event(r->sink->cookie, e);
}

/* Servers that count at the end begin with 0. */
static void begin(struct messages_reader *r)
{
    const struct turn_event e = {.kind = TURN_EVENT_BEGIN,
        .has_usage = r->said & MESSAGES_SAID_IN && r->usage.in > 0,
        .usage = r->usage};

    if (!r->begun)
        send(r, &e);
    r->begun = true;
}

/* ---- blocks ---- */

static void say(
    struct messages_reader *r, enum turn_event_kind kind, struct span text)
{
    const struct turn_event e = {
        .kind = kind, .block = r->blocks - 1, .text = text};

    if (text.n > 0)
        send(r, &e);
}

/* A whole input, as an answer that is not streamed has it. */
static void say_input(struct messages_reader *r, uint32_t block)
{
    uint32_t input = json_present(r->doc, block, "input");
    struct buf text = {0};

    if (input == JSON_NONE || json_size(r->doc, input) == 0)
        return;
    turn_args_text(json_raw(r->doc, input), true, &text);
    say(r, TURN_EVENT_ARGS, (struct span){text.data, text.len});
    buf_free(&text);
}

static void begin_call(struct messages_reader *r, uint32_t block)
{
    const struct turn_event e = {
        .kind = TURN_EVENT_CALL,
        .block = r->blocks - 1,
        .id = json_text(r->doc, block, "id"),
        .name = json_text(r->doc, block, "name"),
    };

    send(r, &e);
    say_input(r, block);
}

static void begin_block(struct messages_reader *r, uint32_t block)
{
    enum { TEXT, THINKING, REDACTED, TOOL_USE };
    static const char *const types[] = {
        [TEXT] = "text",
        [THINKING] = "thinking",
        [REDACTED] = "redacted_thinking",
        [TOOL_USE] = "tool_use",
    };
    uint32_t type = json_member(r->doc, block, "type");

    r->blocks++;
    r->skipped = false;
    switch (type != JSON_NONE ? json_which(r->doc, type, types, COUNT(types))
                              : COUNT(types)) {
    case TEXT:
        r->kind = TURN_EVENT_TEXT;
        say(r, r->kind, json_text(r->doc, block, "text"));
        break;
    case THINKING:
        r->kind = TURN_EVENT_REASONING;
        say(r, r->kind, json_text(r->doc, block, "thinking"));
        say(r, TURN_EVENT_SIGNATURE, json_text(r->doc, block, "signature"));
        break;
    case REDACTED:
        say(r, TURN_EVENT_REDACTED, json_text(r->doc, block, "data"));
        break;
    case TOOL_USE:
        begin_call(r, block);
        break;
    default:
        r->skipped = true;
        break;
    }
}

static void take_delta(struct messages_reader *r, uint32_t delta)
{
    static const struct {
        const char *key;
        enum turn_event_kind kind;
    } words[] = {
        {"text", TURN_EVENT_TEXT},
        {"partial_json", TURN_EVENT_ARGS},
        {"thinking", TURN_EVENT_REASONING},
        {"signature", TURN_EVENT_SIGNATURE},
    };

    if (r->skipped || r->blocks == 0)
        return;
    for (size_t i = 0; i < COUNT(words); i++)
        say(r, words[i].kind, json_text(r->doc, delta, words[i].key));
}

/* ---- how it ends ---- */

static void read_stop(struct messages_reader *r, uint32_t holder)
{
    uint32_t reason = json_present(r->doc, holder, "stop_reason");
    struct span sequence = json_text(r->doc, holder, "stop_sequence");

    if (!json_is(r->doc, reason, JSON_STRING))
        return;
    r->stopped = true;
    r->stop = messages_stop(r->doc, reason);
    buf_reset(&r->stop_sequence);
    buf_put(&r->stop_sequence, sequence.p, sequence.n);
}

static void say_usage(struct messages_reader *r, unsigned said)
{
    const struct turn_event e = {
        .kind = TURN_EVENT_USAGE, .has_usage = true, .usage = r->usage};

    r->said |= said;
    if (r->said == MESSAGES_SAID_BOTH)
        send(r, &e);
}

static unsigned read_usage(struct messages_reader *r, uint32_t holder)
{
    return messages_usage_read(
        r->doc, json_member(r->doc, holder, "usage"), &r->usage);
}

static void send_stop(struct messages_reader *r)
{
    const struct turn_event e = {
        .kind = TURN_EVENT_STOP,
        .stop = r->stop,
        .stop_sequence = {r->stop_sequence.data, r->stop_sequence.len},
    };

    if (r->stopped)
        send(r, &e);
}

/* ---- the reader ---- */

/* The output that a start states is not yet one. */
static void take_start(struct messages_reader *r)
{
    uint32_t message = json_member(r->doc, 0, "message");

    if (message != JSON_NONE)
        r->said |= read_usage(r, message) & MESSAGES_SAID_IN;
    begin(r);
}

static enum stream_frame take_frame(
    struct messages_reader *r, struct fault *fault)
{
    enum { START, BLOCK, DELTA, END, STOP, ERROR };
    static const char *const types[] = {
        [START] = "message_start",
        [BLOCK] = "content_block_start",
        [DELTA] = "content_block_delta",
        [END] = "message_delta",
        [STOP] = "message_stop",
        [ERROR] = "error",
    };
    uint32_t type = json_member(r->doc, 0, "type");
    uint32_t inner;

    switch (json_which(r->doc, type, types, COUNT(types))) {
    case START:
        take_start(r);
        break;
    case BLOCK:
        begin(r);
        inner = json_member(r->doc, 0, "content_block");
        if (inner != JSON_NONE)
            begin_block(r, inner);
        break;
    case DELTA:
        inner = json_member(r->doc, 0, "delta");
        if (inner != JSON_NONE)
            take_delta(r, inner);
        break;
    case END:
        inner = json_member(r->doc, 0, "delta");
        if (inner != JSON_NONE)
            read_stop(r, inner);
        say_usage(r, read_usage(r, 0));
        break;
    case STOP:
        return STREAM_DONE;
    case ERROR:
        frame_fault(&r->frame, json_member(r->doc, 0, "error"), fault);
        return STREAM_ERROR;
    default:
        break;
    }
    return STREAM_TAKEN;
}

static enum stream_frame messages_reader_frame(struct codec_reader *base,
    struct span data, const struct turn_sink *sink, struct fault *fault)
{
    struct messages_reader *r = (struct messages_reader *)base;
    enum stream_frame rc = frame_read_typed(&r->frame, data);

    if (rc != STREAM_TAKEN)
        return rc;
    r->doc = &r->frame.doc;
    r->sink = sink;
    rc = take_frame(r, fault);
    json_free(&r->frame.doc);
    return rc;
}

static bool messages_reader_complete(const struct codec_reader *base)
{
    return ((const struct messages_reader *)base)->stopped;
}

static void messages_reader_end(
    struct codec_reader *base, const struct turn_sink *sink)
{
    struct messages_reader *r = (struct messages_reader *)base;

    r->sink = sink;
    begin(r);
    send_stop(r);
}

static void messages_reader_free(struct codec_reader *base)
{
    struct messages_reader *r = (struct messages_reader *)base;

    buf_free(&r->stop_sequence);
    frame_free(&r->frame);
    free(r);
}

struct codec_reader *messages_reader(const struct completion *completion)
{
    static const struct codec_reader_kind kind = {
        .free = messages_reader_free,
        .frame = messages_reader_frame,
        .complete = messages_reader_complete,
        .end = messages_reader_end,
    };
    struct messages_reader *r = calloc(1, sizeof(*r));

    (void)completion;
    if (r != NULL)
        r->base.kind = &kind;
    return r != NULL ? &r->base : NULL;
}

int messages_answer_events(const struct json_doc *doc,
    const struct completion *completion, const struct turn_sink *sink)
{
    struct messages_reader r = {.doc = doc, .sink = sink};
    uint32_t content = json_member(doc, 0, "content");
    uint32_t block;
    int rc;

    (void)completion;
    begin(&r);
    for (block = json_first(doc, content); block != JSON_NONE;
         block = json_after(doc, content, block)) {
        if (json_kind(doc, block) == JSON_OBJECT)
            begin_block(&r, block);
    }
    read_stop(&r, 0);
    say_usage(&r, read_usage(&r, 0));
    send_stop(&r);
    rc = r.stop_sequence.failed ? -1 : 0;
    buf_free(&r.stop_sequence);
    return rc;
}
