#include <stdlib.h>

#include "dialect_responses_private.h"
#include "frame.h"
#include "turn.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { ITEMS_MAX = 256, PARTS = 64 };

/* A Responses answer as events. */
struct responses_reader {
    struct codec_reader base;
    struct frame frame;
    const struct json_doc *doc; /* that is read: the frame's, or a body */
    const struct turn_sink *sink;
    bool begun;
    bool ended;
    bool called;
    enum turn_stop stop;
    bool said[ITEMS_MAX]; /* of each item: some of its text came in deltas */
    bool called_at[ITEMS_MAX]; /* of each item: its call has begun */
    uint32_t thought; /* the last part of reasoning that was said + 1 */
};

static void send(struct responses_reader *r, const struct turn_event *e)
{
    r->sink->event(r->sink->cookie, e);
}

static void begin(struct responses_reader *r)
{
    const struct turn_event e = {.kind = TURN_EVENT_BEGIN};

    if (!r->begun)
        send(r, &e);
    r->begun = true;
}

static uint32_t number(const struct responses_reader *r, const char *key)
{
    uint32_t node = json_member(r->doc, 0, key);
    int64_t value;

    if (node == JSON_NONE || json_int(r->doc, node, &value) != 0 || value < 0)
        return 0;
    return value < UINT16_MAX ? (uint32_t)value : UINT16_MAX;
}

static void say(struct responses_reader *r, enum turn_event_kind kind,
    uint32_t block, struct span text, struct span logprobs)
{
    const struct turn_event e = {
        .kind = kind, .block = block, .text = text, .logprobs = logprobs};

    if (text.n > 0)
        send(r, &e);
}

static struct span logprobs_of(
    const struct responses_reader *r, uint32_t holder)
{
    if (!json_has(r->doc, holder, "logprobs", JSON_ARRAY))
        return (struct span){0};
    return json_value(r->doc, holder, "logprobs");
}

/* ---- items ---- */

static void begin_call(
    struct responses_reader *r, uint32_t item, uint32_t block)
{
    const struct turn_event e = {
        .kind = TURN_EVENT_CALL,
        .block = block,
        .id = json_text(r->doc, item, "call_id"),
        .name = json_text(r->doc, item, "name"),
    };

    if (block / PARTS < ITEMS_MAX)
        r->called_at[block / PARTS] = true;
    r->called = true;
    send(r, &e);
}

/* The parts of an item of reasoning are one block: a blank line is between
 * them. */
static void say_thought(
    struct responses_reader *r, uint32_t block, uint32_t part, struct span text)
{
    static const struct span gap = {"\\n\\n", 4};
    const struct span none = {0};
    uint32_t place = block + part % PARTS + 1;

    if (text.n == 0)
        return;
    if (part > 0 && r->thought != place)
        say(r, TURN_EVENT_REASONING, block, gap, none);
    r->thought = place;
    say(r, TURN_EVENT_REASONING, block, text, none);
}

static void say_parts(struct responses_reader *r, uint32_t list, uint32_t first)
{
    const struct span none = {0};
    uint32_t block = first;
    uint32_t part;

    for (part = json_first(r->doc, list); part != JSON_NONE;
         part = json_after(r->doc, list, part), block++) {
        if (span_is(json_text(r->doc, part, "type"), "refusal"))
            say(r, TURN_EVENT_REFUSAL, block,
                json_text(r->doc, part, "refusal"), none);
        else if (span_is(json_text(r->doc, part, "type"), "output_text"))
            say(r, TURN_EVENT_TEXT, block, json_text(r->doc, part, "text"),
                logprobs_of(r, part));
        else
            say_thought(
                r, first, block - first, json_text(r->doc, part, "text"));
    }
}

static void say_list(
    struct responses_reader *r, uint32_t item, const char *list, uint32_t block)
{
    uint32_t node = json_present(r->doc, item, list);

    if (node != JSON_NONE)
        say_parts(r, node, block);
}

/* Its summary; or what it summarises, where there is none. */
static void say_reasoning(
    struct responses_reader *r, uint32_t item, uint32_t block)
{
    uint32_t summary = json_present(r->doc, item, "summary");

    if (summary != JSON_NONE && json_size(r->doc, summary) > 0)
        say_parts(r, summary, block);
    else
        say_list(r, item, "content", block);
}

/* What of a whole item has not been said yet. */
static void say_item(
    struct responses_reader *r, uint32_t item, uint32_t index, bool said)
{
    const struct span none = {0};
    uint32_t block = index * PARTS;

    switch (responses_item_kind(r->doc, item)) {
    case RESPONSES_MESSAGE:
        if (!said)
            say_list(r, item, "content", block);
        break;
    case RESPONSES_CALL:
        if (!said)
            say(r, TURN_EVENT_ARGS, block, json_text(r->doc, item, "arguments"),
                none);
        break;
    case RESPONSES_REASONING:
        if (!said)
            say_reasoning(r, item, block);
        say(r, TURN_EVENT_SIGNATURE, block,
            json_text(r->doc, item, "encrypted_content"), none);
        break;
    case RESPONSES_CUSTOM:
    case RESPONSES_OTHER:
        break;
    }
}

/* ---- frames ---- */

static void take_added(struct responses_reader *r, uint32_t item)
{
    if (responses_item_kind(r->doc, item) == RESPONSES_CALL)
        begin_call(r, item, number(r, "output_index") * PARTS);
}

static void take_done(struct responses_reader *r, uint32_t item)
{
    uint32_t index = number(r, "output_index");
    bool known = index >= ITEMS_MAX;

    if (!known && !r->called_at[index] &&
        responses_item_kind(r->doc, item) == RESPONSES_CALL)
        begin_call(r, item, index * PARTS);
    say_item(r, item, index, known || r->said[index]);
}

static uint32_t delta_block(struct responses_reader *r)
{
    uint32_t index = number(r, "output_index");

    if (index < ITEMS_MAX)
        r->said[index] = true;
    return index * PARTS;
}

static void take_delta(
    struct responses_reader *r, enum turn_event_kind kind, const char *part)
{
    uint32_t block = delta_block(r);

    if (part != NULL)
        block += number(r, part) % PARTS;
    say(r, kind, block, json_text(r->doc, 0, "delta"), logprobs_of(r, 0));
}

static void take_usage(struct responses_reader *r, uint32_t response)
{
    struct turn_event e = {.kind = TURN_EVENT_USAGE, .has_usage = true};

    if (responses_usage_read(
            r->doc, json_member(r->doc, response, "usage"), &e.usage) == 0)
        send(r, &e);
}

static void take_end(struct responses_reader *r, uint32_t response)
{
    r->ended = true;
    r->stop = responses_stop(r->doc, response);
    if (r->called && r->stop == TURN_STOP_END)
        r->stop = TURN_STOP_CALLS;
    take_usage(r, response);
}

static enum stream_frame take_failure(
    struct responses_reader *r, uint32_t holder, struct fault *fault)
{
    uint32_t error =
        holder != JSON_NONE ? json_present(r->doc, holder, "error") : JSON_NONE;

    /* An error event has its message at the top, or in an object of its own. */
    frame_fault(&r->frame, error, fault);
    return STREAM_ERROR;
}

enum {
    CREATED,
    ADDED,
    DONE,
    TEXT,
    REFUSAL,
    ARGS,
    SUMMARY,
    REASONING,
    COMPLETED,
    INCOMPLETE,
    FAILED,
    ERROR
};

static const char *const types[] = {
    [CREATED] = "response.created",
    [ADDED] = "response.output_item.added",
    [DONE] = "response.output_item.done",
    [TEXT] = "response.output_text.delta",
    [REFUSAL] = "response.refusal.delta",
    [ARGS] = "response.function_call_arguments.delta",
    [SUMMARY] = "response.reasoning_summary_text.delta",
    [REASONING] = "response.reasoning_text.delta",
    [COMPLETED] = "response.completed",
    [INCOMPLETE] = "response.incomplete",
    [FAILED] = "response.failed",
    [ERROR] = "error",
};

static enum stream_frame take_frame(
    struct responses_reader *r, struct fault *fault)
{
    uint32_t type = json_member(r->doc, 0, "type");
    uint32_t item = json_member(r->doc, 0, "item");
    uint32_t response = json_member(r->doc, 0, "response");
    size_t which = json_which(r->doc, type, types, COUNT(types));

    if (which < FAILED)
        begin(r);
    switch (which) {
    case ADDED:
        if (item != JSON_NONE)
            take_added(r, item);
        break;
    case DONE:
        if (item != JSON_NONE)
            take_done(r, item);
        break;
    case TEXT:
        take_delta(r, TURN_EVENT_TEXT, "content_index");
        break;
    case REFUSAL:
        take_delta(r, TURN_EVENT_REFUSAL, "content_index");
        break;
    case ARGS:
        take_delta(r, TURN_EVENT_ARGS, NULL);
        break;
    case SUMMARY:
        say_thought(r, delta_block(r), number(r, "summary_index"),
            json_text(r->doc, 0, "delta"));
        break;
    case REASONING:
        say_thought(r, delta_block(r), number(r, "content_index"),
            json_text(r->doc, 0, "delta"));
        break;
    case COMPLETED:
    case INCOMPLETE:
        if (response == JSON_NONE)
            return STREAM_BROKEN;
        take_end(r, response);
        return STREAM_DONE;
    case FAILED:
        return take_failure(r, response, fault);
    case ERROR:
        return take_failure(r, 0, fault);
    default:
        break;
    }
    return STREAM_TAKEN;
}

static enum stream_frame responses_reader_frame(struct codec_reader *base,
    struct span data, const struct turn_sink *sink, struct fault *fault)
{
    struct responses_reader *r = (struct responses_reader *)base;
    enum stream_frame rc;

    if (span_is(frame_trim(data), "[DONE]"))
        return r->ended ? STREAM_DONE : STREAM_TAKEN;
    rc = frame_read_typed(&r->frame, data);
    if (rc != STREAM_TAKEN)
        return rc;
    r->doc = &r->frame.doc;
    r->sink = sink;
    rc = take_frame(r, fault);
    json_free(&r->frame.doc);
    return rc;
}

static bool responses_reader_complete(const struct codec_reader *base)
{
    return ((const struct responses_reader *)base)->ended;
}

static void send_stop(struct responses_reader *r)
{
    const struct turn_event e = {.kind = TURN_EVENT_STOP, .stop = r->stop};

    if (r->ended)
        send(r, &e);
}

static void responses_reader_end(
    struct codec_reader *base, const struct turn_sink *sink)
{
    struct responses_reader *r = (struct responses_reader *)base;

    r->sink = sink;
    begin(r);
    send_stop(r);
}

static void responses_reader_free(struct codec_reader *base)
{
    struct responses_reader *r = (struct responses_reader *)base;

    frame_free(&r->frame);
    free(r);
}

struct codec_reader *responses_reader(const struct completion *completion)
{
    static const struct codec_reader_kind kind = {
        .free = responses_reader_free,
        .frame = responses_reader_frame,
        .complete = responses_reader_complete,
        .end = responses_reader_end,
    };
    struct responses_reader *r = calloc(1, sizeof(*r));

    (void)completion;
    if (r != NULL)
        r->base.kind = &kind;
    return r != NULL ? &r->base : NULL;
}

int responses_answer_events(const struct json_doc *doc,
    const struct completion *completion, const struct turn_sink *sink)
{
    struct responses_reader r = {.doc = doc, .sink = sink};
    uint32_t output = json_member(doc, 0, "output");
    uint32_t index = 0;
    uint32_t item;

    (void)completion;
    begin(&r);
    for (item = json_first(doc, output); item != JSON_NONE;
         item = json_after(doc, output, item), index++) {
        if (responses_item_kind(doc, item) == RESPONSES_CALL)
            begin_call(&r, item, index * PARTS);
        say_item(&r, item, index, false);
    }
    take_end(&r, 0);
    send_stop(&r);
    return 0;
}
