#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialect_chat_private.h"
#include "frame.h"
#include "turn.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { CALLS_MAX = 128 };

struct known_call {
    uint32_t block; /* its number + 1; 0: none yet */
    uint64_t id;    /* hash */
};

/* How far one choice has come. */
struct progress {
    bool begun;
    bool finished; /* it said why */
    bool stopped;  /* and that was sent */
    bool called;
    enum turn_stop stop;
    uint32_t blocks; /* so far */
    uint32_t open;   /* number + 1 of the block that text goes to; or 0 */
    enum turn_event_kind open_kind;
    struct known_call *calls; /* the last one of each index */
    size_t call_count;
};

/* A chat answer as events. Choices that the caller did not ask for are not
 * read. */
struct chat_reader {
    struct codec_reader base;
    struct frame frame;
    const struct json_doc *doc; /* that is read: the frame's, or a body */
    const struct turn_sink *sink;
    uint32_t at;                       /* the choice that is being read */
    uint32_t begun, finished, stopped; /* choices that are */
    uint32_t count;
    bool out_of_memory;
    struct progress choices[];
};

static struct progress *current(struct chat_reader *r)
{
    return &r->choices[r->at];
}

static void send(struct chat_reader *r, struct turn_event *e)
{
    e->choice = r->at;
    r->sink->event(r->sink->cookie, e);
}

static void begin(struct chat_reader *r)
{
    struct turn_event e = {.kind = TURN_EVENT_BEGIN};
    struct progress *p = current(r);

    if (p->begun)
        return;
    p->begun = true;
    r->begun++;
    send(r, &e);
}

/* ---- what is said ---- */

static void say(struct chat_reader *r, enum turn_event_kind kind,
    struct span text, struct span logprobs)
{
    struct turn_event e = {.kind = kind, .text = text, .logprobs = logprobs};
    struct progress *p = current(r);

    if (text.n == 0)
        return;
    if (p->open == 0 || p->open_kind != kind) {
        p->open = ++p->blocks;
        p->open_kind = kind;
    }
    e.block = p->open - 1;
    send(r, &e);
}

static size_t index_of(
    const struct chat_reader *r, uint32_t call, size_t position)
{
    uint32_t node = json_member(r->doc, call, "index");
    int64_t index;

    if (node != JSON_NONE && json_int(r->doc, node, &index) == 0 &&
        index >= 0 && index < CALLS_MAX)
        return (size_t)index;
    return position < CALLS_MAX ? position : CALLS_MAX - 1;
}

static uint64_t hash(struct span text)
{
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < text.n; i++)
        h = (h ^ (unsigned char)text.p[i]) * 1099511628211u;
    return h;
}

/* What is known of the call of that index; NULL: memory is out. */
static struct known_call *known(struct chat_reader *r, size_t index)
{
    struct progress *p = current(r);
    struct known_call *calls = p->calls;

    if (index < p->call_count)
        return &calls[index];
    calls = reallocarray(calls, index + 1, sizeof(*calls));
    if (calls == NULL) {
        r->out_of_memory = true;
        return NULL;
    }
    memset(
        calls + p->call_count, 0, (index + 1 - p->call_count) * sizeof(*calls));
    p->calls = calls;
    p->call_count = index + 1;
    return &calls[index];
}

/* Whether a call begins here. Some servers repeat id and name in each
 * fragment; others number all calls 0 or not at all, each with an id of its
 * own. */
static bool is_new(const struct known_call *c, struct span id, struct span name)
{
    if (name.n == 0)
        return false;
    return c->block == 0 || (id.n > 0 && hash(id) != c->id);
}

static void begin_call(struct chat_reader *r, struct known_call *c,
    size_t index, struct span id, struct span name)
{
    struct turn_event e = {.kind = TURN_EVENT_CALL, .id = id, .name = name};
    struct progress *p = current(r);
    char made[24];

    c->id = hash(id);
    if (e.id.n == 0) {
        snprintf(made, sizeof(made), "call_%zu", index);
        e.id = (struct span){made, strlen(made)};
    }
    e.block = p->blocks++;
    c->block = p->blocks;
    p->open = 0;
    p->called = true;
    send(r, &e);
}

static void say_call(
    struct chat_reader *r, size_t index, uint32_t call, uint32_t function)
{
    struct turn_event e = {.kind = TURN_EVENT_ARGS};
    struct known_call *c = known(r, index);
    struct span id, name;

    if (function == JSON_NONE || c == NULL)
        return;
    id = json_text(r->doc, call, "id");
    name = json_text(r->doc, function, "name");
    e.text = json_text(r->doc, function, "arguments");
    if (is_new(c, id, name))
        begin_call(r, c, index, id, name);
    if (c->block == 0 || e.text.n == 0)
        return;
    e.block = c->block - 1;
    send(r, &e);
}

static void say_calls(struct chat_reader *r, uint32_t calls)
{
    size_t position = 0;
    uint32_t call;

    if (json_kind(r->doc, calls) != JSON_ARRAY)
        return;
    for (call = json_first(r->doc, calls); call != JSON_NONE;
         call = json_after(r->doc, calls, call))
        say_call(r, index_of(r, call, position++), call,
            json_member(r->doc, call, "function"));
}

/* A delta, or the message of an answer that is not streamed. */
static void say_message(
    struct chat_reader *r, uint32_t message, uint32_t choice)
{
    const struct span none = {0};
    struct span reasoning = json_text(r->doc, message, "reasoning_content");
    uint32_t logprobs = json_member(r->doc, choice, "logprobs");
    uint32_t calls = json_present(r->doc, message, "tool_calls");
    uint32_t call = json_present(r->doc, message, "function_call");

    if (reasoning.n == 0)
        reasoning = json_text(r->doc, message, "reasoning");
    say(r, TURN_EVENT_REASONING, reasoning, none);
    say(r, TURN_EVENT_TEXT, json_text(r->doc, message, "content"),
        logprobs != JSON_NONE &&
                json_has(r->doc, logprobs, "content", JSON_ARRAY)
            ? json_value(r->doc, logprobs, "content")
            : none);
    say(r, TURN_EVENT_REFUSAL, json_text(r->doc, message, "refusal"), none);
    if (calls != JSON_NONE)
        say_calls(r, calls);
    if (call != JSON_NONE)
        say_call(r, 0, call, call);
}

/* ---- how it ends ---- */

static void read_finish(struct chat_reader *r, uint32_t choice)
{
    static const char *const words[] = {
        "stop", "length", "tool_calls", "function_call", "content_filter"};
    static const enum turn_stop stops[] = {TURN_STOP_END, TURN_STOP_LENGTH,
        TURN_STOP_CALLS, TURN_STOP_CALLS, TURN_STOP_FILTER, TURN_STOP_END};
    uint32_t node = json_member(r->doc, choice, "finish_reason");
    struct progress *p = current(r);

    if (!json_is(r->doc, node, JSON_STRING) || json_raw(r->doc, node).n <= 2)
        return;
    r->finished += !p->finished;
    p->finished = true;
    p->stop = stops[json_which(r->doc, node, words, COUNT(words))];
}

static void send_stop(struct chat_reader *r)
{
    struct progress *p = current(r);
    struct turn_event e = {.kind = TURN_EVENT_STOP, .stop = p->stop};

    /* Some servers say "stop" although they want a tool called. */
    if (p->called && e.stop == TURN_STOP_END)
        e.stop = TURN_STOP_CALLS;
    p->stopped = true;
    r->stopped++;
    send(r, &e);
}

/* Of the choices that said why they ended, but for that one. */
static void send_stops(struct chat_reader *r, uint32_t but)
{
    if (r->stopped == r->finished)
        return;
    for (r->at = 0; r->at < r->count; r->at++)
        if (r->at != but && current(r)->finished && !current(r)->stopped)
            send_stop(r);
}

static void say_usage(struct chat_reader *r, uint32_t node)
{
    struct turn_event e = {.kind = TURN_EVENT_USAGE, .has_usage = true};
    struct usage usage;

    if (chat_usage_read(r->doc, node, &usage) != 0)
        return;
    e.usage = (struct turn_usage){
        .in = usage.tokens_in,
        .out = usage.tokens_out,
        .cached = completion_detail(
            r->doc, node, "prompt_tokens_details", "cached_tokens"),
        .reasoning = completion_detail(
            r->doc, node, "completion_tokens_details", "reasoning_tokens"),
    };
    send(r, &e);
}

/* ---- the reader ---- */

/* The number of a choice; not below r->count when it is none of ours. One that
 * has no number is counted, as far as others were asked for. */
static uint32_t number_of(
    const struct chat_reader *r, uint32_t choice, uint32_t position)
{
    uint32_t node = json_member(r->doc, choice, "index");
    int64_t number;

    if (node == JSON_NONE || json_int(r->doc, node, &number) != 0)
        return position < r->count ? position : r->count - 1;
    return number >= 0 && number < r->count ? (uint32_t)number : r->count;
}

/* What a choice says behind its end, after others went on, is not read. */
static void read_choice(
    struct chat_reader *r, uint32_t choice, const char *what)
{
    uint32_t said = json_member(r->doc, choice, what);

    if (current(r)->stopped)
        return;
    begin(r);
    if (json_is(r->doc, said, JSON_OBJECT))
        say_message(r, said, choice);
    read_finish(r, choice);
}

static void read_choices(
    struct chat_reader *r, uint32_t choices, const char *what)
{
    uint32_t choice = json_first(r->doc, choices);
    uint32_t position = 0, number;

    for (; choice != JSON_NONE; choice = json_after(r->doc, choices, choice)) {
        number = number_of(r, choice, position++);
        if (number == r->count)
            continue;
        send_stops(r, number);
        r->at = number;
        read_choice(r, choice, what);
    }
}

static void read_document(
    struct chat_reader *r, const uint32_t *at, const char *what)
{
    if (at[CHAT_TOP_CHOICES] != JSON_NONE)
        read_choices(r, at[CHAT_TOP_CHOICES], what);
    r->at = 0;
    say_usage(r, at[CHAT_TOP_USAGE]);
}

static enum stream_frame chat_reader_frame(struct codec_reader *base,
    struct span data, const struct turn_sink *sink, struct fault *fault)
{
    struct chat_reader *r = (struct chat_reader *)base;
    uint32_t at[CHAT_TOP_COUNT];
    enum stream_frame rc = chat_frame_read(&r->frame, at, data, fault);

    if (rc != STREAM_TAKEN)
        return rc;
    r->doc = &r->frame.doc;
    r->sink = sink;
    read_document(r, at, "delta");
    json_free(&r->frame.doc);
    return r->out_of_memory ? STREAM_NO_MEMORY : STREAM_TAKEN;
}

static bool chat_reader_complete(const struct codec_reader *base)
{
    const struct chat_reader *r = (const struct chat_reader *)base;

    return r->begun > 0 && r->finished == r->begun;
}

static void chat_reader_end(
    struct codec_reader *base, const struct turn_sink *sink)
{
    struct chat_reader *r = (struct chat_reader *)base;

    r->sink = sink;
    r->at = 0;
    if (r->begun == 0)
        begin(r);
    send_stops(r, r->count);
}

static void chat_reader_free(struct codec_reader *base)
{
    struct chat_reader *r = (struct chat_reader *)base;

    for (uint32_t i = 0; i < r->count; i++)
        free(r->choices[i].calls);
    frame_free(&r->frame);
    free(r);
}

struct codec_reader *chat_reader(const struct completion *completion)
{
    static const struct codec_reader_kind kind = {
        .free = chat_reader_free,
        .frame = chat_reader_frame,
        .complete = chat_reader_complete,
        .end = chat_reader_end,
    };
    uint32_t count = completion_choices(completion);
    struct chat_reader *r =
        calloc(1, sizeof(*r) + count * sizeof(r->choices[0]));

    if (r == NULL)
        return NULL;
    r->base.kind = &kind;
    r->count = count;
    return &r->base;
}

int chat_answer_events(const struct json_doc *doc,
    const struct completion *completion, const struct turn_sink *sink)
{
    struct codec_reader *base = chat_reader(completion);
    struct chat_reader *r = (struct chat_reader *)base;
    uint32_t at[CHAT_TOP_COUNT];
    bool failed;

    if (base == NULL)
        return -1;
    r->doc = doc;
    r->sink = sink;
    chat_top_read(doc, at);
    read_document(r, at, "message");
    chat_reader_end(base, sink);
    failed = r->out_of_memory;
    chat_reader_free(base);
    return failed ? -1 : 0;
}
