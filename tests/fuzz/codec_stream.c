#include <string.h>

#include "codec.h"
#include "core/sse.h"
#include "fuzz.h"

/* How far a stream has come. */
struct walk {
    enum dialect dialect;
    struct json_doc doc;
    bool begun;
    bool ended; /* by its last frame, or by an error */
    /* chat */
    bool said[CODEC_CHOICES];
    bool finished[CODEC_CHOICES];
    bool metered;
    /* messages */
    bool open;
    int64_t blocks;
    bool stated; /* why it stopped */
    /* responses */
    int64_t sequence;
    int64_t items, done;
};

static int64_t number(const struct walk *w, const char *key)
{
    uint32_t node = json_member(&w->doc, 0, key);
    int64_t value = -1;

    if (node != JSON_NONE)
        json_int(&w->doc, node, &value);
    return value;
}

static size_t choice_of(const struct json_doc *doc, uint32_t choice)
{
    uint32_t node = json_member(doc, choice, "index");
    int64_t index = -1;

    FUZZ_CHECK(node != JSON_NONE && json_int(doc, node, &index) == 0);
    FUZZ_CHECK(index >= 0 && index < CODEC_CHOICES);
    return (size_t)index;
}

/* Each choice begins with its role, and nothing follows its end. */
static void walk_choice(struct walk *w, uint32_t choice)
{
    size_t index = choice_of(&w->doc, choice);
    uint32_t delta = json_member(&w->doc, choice, "delta");

    FUZZ_CHECK(!w->metered && !w->finished[index]);
    FUZZ_CHECK(delta != JSON_NONE && json_kind(&w->doc, delta) == JSON_OBJECT);
    FUZZ_CHECK(w->said[index] != json_has(&w->doc, delta, "role", JSON_STRING));
    w->said[index] = true;
    w->finished[index] =
        json_has(&w->doc, choice, "finish_reason", JSON_STRING);
}

static void walk_chat(struct walk *w)
{
    uint32_t choices = json_member(&w->doc, 0, "choices"), choice;

    if (json_truthy(&w->doc, json_member(&w->doc, 0, "error"))) {
        w->ended = true;
        return;
    }
    FUZZ_CHECK(json_has(&w->doc, 0, "choices", JSON_ARRAY));
    for (choice = json_first(&w->doc, choices); choice != JSON_NONE;
         choice = json_after(&w->doc, choices, choice))
        walk_choice(w, choice);
    w->metered = json_has(&w->doc, 0, "remaining_credits", JSON_NUMBER);
}

/* Every choice that has begun has ended, the last one with the metering. */
static void walk_done(const struct walk *w)
{
    FUZZ_CHECK(w->dialect == DIALECT_CHAT && w->metered);
    for (size_t i = 0; i < CODEC_CHOICES; i++)
        FUZZ_CHECK(w->said[i] == w->finished[i]);
}

static void walk_messages(struct walk *w, struct span name)
{
    if (span_is(name, "ping"))
        return;
    if (span_is(name, "error")) {
        w->ended = true;
        return;
    }
    FUZZ_CHECK(w->begun != span_is(name, "message_start"));
    w->begun = true;
    if (span_is(name, "content_block_start")) {
        FUZZ_CHECK(!w->open && number(w, "index") == w->blocks);
        w->open = true;
    } else if (span_is(name, "content_block_delta")) {
        FUZZ_CHECK(w->open && number(w, "index") == w->blocks);
    } else if (span_is(name, "content_block_stop")) {
        FUZZ_CHECK(w->open && number(w, "index") == w->blocks);
        w->open = false;
        w->blocks++;
    } else if (span_is(name, "message_delta")) {
        FUZZ_CHECK(!w->open && w->blocks > 0 && !w->stated);
        w->stated = true;
    } else if (span_is(name, "message_stop")) {
        FUZZ_CHECK(w->stated);
        w->ended = true;
    }
}

static void walk_responses(struct walk *w, struct span name)
{
    if (span_is(name, "keepalive"))
        return;
    FUZZ_CHECK(number(w, "sequence_number") == w->sequence++);
    FUZZ_CHECK(w->begun != span_is(name, "response.created") ||
               span_is(name, "error"));
    w->begun = true;
    if (span_is(name, "response.output_item.added"))
        FUZZ_CHECK(number(w, "output_index") == w->items++);
    else if (span_is(name, "response.output_item.done"))
        w->done++;
    else if (span_is(name, "response.failed"))
        w->ended = true;
    else if (span_is(name, "response.completed") ||
             span_is(name, "response.incomplete")) {
        FUZZ_CHECK(w->items == w->done);
        w->ended = true;
    }
}

static int on_frame(void *cookie, struct span name, struct span data)
{
    struct walk *w = cookie;

    FUZZ_CHECK(!w->ended);
    if (span_is(data, "[DONE]")) {
        walk_done(w);
        w->ended = true;
        return 0;
    }
    /* What is too deep for us is not for others. */
    if (json_parse(&w->doc, data.p, data.n) != JSON_OK)
        FUZZ_CHECK(w->doc.fault_at > 64);
    else if (w->dialect == DIALECT_CHAT)
        walk_chat(w);
    else if (w->dialect == DIALECT_MESSAGES)
        walk_messages(w, name);
    else
        walk_responses(w, name);
    return 0;
}

void codec_check_stream(enum dialect dialect, struct span text)
{
    struct walk w = {.dialect = dialect};
    struct sse sse = {0};
    enum sse_error error = sse_feed(&sse, text, on_frame, &w);

    /* An answer may be repeated in a frame that is too long for our reader. */
    FUZZ_CHECK(error == SSE_OK || error == SSE_TOO_LONG);
    FUZZ_CHECK(error != SSE_OK || w.ended);
    json_free(&w.doc);
    sse_free(&sse);
}

static int on_content(void *cookie, struct span name, struct span data)
{
    struct buf *contents = cookie;
    struct json_doc doc = {0};
    uint32_t choices, choice, delta, content;

    (void)name;
    if (json_parse(&doc, data.p, data.n) == JSON_OK &&
        json_has(&doc, 0, "choices", JSON_ARRAY)) {
        choices = json_member(&doc, 0, "choices");
        for (choice = json_first(&doc, choices); choice != JSON_NONE;
             choice = json_after(&doc, choices, choice)) {
            delta = json_member(&doc, choice, "delta");
            content = json_member(&doc, delta, "content");
            if (content != JSON_NONE)
                json_string(&doc, content, &contents[choice_of(&doc, choice)]);
        }
    }
    json_free(&doc);
    return 0;
}

void codec_contents(struct span text, struct buf contents[CODEC_CHOICES])
{
    struct sse sse = {0};

    sse_feed(&sse, text, on_content, contents);
    sse_free(&sse);
}

static int on_any_frame(void *cookie, struct span name, struct span data)
{
    struct json_doc *doc = cookie;

    (void)name;
    if (!span_is(data, "[DONE]"))
        FUZZ_CHECK(
            json_parse(doc, data.p, data.n) == JSON_OK || doc->fault_at > 64);
    return 0;
}

void codec_check_frames(struct span text)
{
    struct json_doc doc = {0};
    struct sse sse = {0};

    sse_feed(&sse, text, on_any_frame, &doc);
    json_free(&doc);
    sse_free(&sse);
}
