#include "redaction.h"

#include "policy_pii.h"
#include "policy_stream.h"
#include "policy_unescape.h"

struct redaction {
    const struct json_doc *doc;
    struct buf *edits;
    struct buf *room;
    struct buf scratch;
    uint32_t found;
};

static const uint32_t all = PII_ALL;

/* ---- a text ---- */

/* Append JSON that is a text, such as arguments of tools, redacted. */
static uint32_t redact_json(struct span json, struct buf *out)
{
    const struct policy_detector pii = policy_pii_replace(&all);
    const struct policy_detector strings = policy_unescape(&pii);
    struct policy_stream *s = policy_stream_make(&strings, 1, false);
    enum policy_stream_state state = POLICY_STREAM_NO_MEMORY;
    uint32_t found = 0;
    size_t channel;

    if (s != NULL && policy_stream_channel(s, &channel) == 0 &&
        policy_stream_feed(s, channel, json, out) == POLICY_STREAM_GOES)
        state = policy_stream_end(s, channel, out);
    if (state == POLICY_STREAM_GOES)
        found = policy_stream_whats(s, 0);
    else
        out->failed = true;
    policy_stream_free(s);
    return found;
}

static void take(struct redaction *r, uint32_t node, bool json)
{
    bool is_string = json_kind(r->doc, node) == JSON_STRING;
    struct span text = is_string ? json_view(r->doc, node, &r->scratch)
                                 : json_raw(r->doc, node);
    struct said_edit edit = {.node = node};
    size_t begin = r->room->len;
    uint32_t found = json ? redact_json(text, r->room)
                          : pii_redact(text, PII_ALL, r->room, NULL);

    r->room->failed = r->room->failed || r->scratch.failed;
    if (found == 0 || r->room->failed) {
        r->room->len = begin;
        return;
    }
    edit.text.n = r->room->len - begin;
    buf_put(r->edits, &edit, sizeof(edit));
    r->found |= found;
}

/* ---- where texts are ---- */

/* All strings and numbers below the node; not the keys. */
static void take_leaves(struct redaction *r, uint32_t node)
{
    bool named = json_kind(r->doc, node) == JSON_OBJECT;
    uint32_t child = json_first(r->doc, node);

    if (json_kind(r->doc, node) == JSON_STRING ||
        json_kind(r->doc, node) == JSON_NUMBER)
        take(r, node, false);
    for (; child != JSON_NONE; child = json_after(r->doc, node, child)) {
        if (named)
            child = json_after(r->doc, node, child);
        take_leaves(r, child);
    }
}

static void take_value(struct redaction *r, uint32_t node);

static void take_member(struct redaction *r, uint32_t key, uint32_t value)
{
    /* Each is a text, or has some inside; the arguments of a call are JSON in a
     * text, or JSON. */
    static const char *const keys[] = {"arguments", "input", "action", "code",
        "queries", "operation", "text", "refusal", "reasoning",
        "reasoning_content", "reasoning_details", "summary", "thinking",
        "content", "citations", "cited_text", "output", "outputs", "results",
        "logs", "stdout", "stderr", "title", "context", "tool_calls",
        "function", "function_call", "custom", "source"};
    enum { ARGUMENTS = 0, TEXT = 6, COUNT = sizeof(keys) / sizeof(keys[0]) };
    size_t which = json_which(r->doc, key, keys, COUNT);

    if (which == ARGUMENTS && json_kind(r->doc, value) == JSON_STRING)
        take(r, value, true);
    else if (which < TEXT)
        take_leaves(r, value);
    else if (which < COUNT)
        take_value(r, value);
}

static bool has_type(
    const struct json_doc *doc, uint32_t object, const char *type)
{
    return json_has(doc, object, "type", JSON_STRING) &&
           json_string_is(doc, json_member(doc, object, "type"), type);
}

/* Reasoning that its maker would not know again. */
static bool is_signed(const struct json_doc *doc, uint32_t object)
{
    return (has_type(doc, object, "thinking") ||
               has_type(doc, object, "reasoning.text")) &&
           json_truthy(doc, json_member(doc, object, "signature"));
}

/* A document that is sent along as a text has it as its data. */
static void take_object(struct redaction *r, uint32_t object)
{
    uint32_t key = json_first(r->doc, object);

    if (is_signed(r->doc, object))
        return;
    for (; key != JSON_NONE; key = json_after(r->doc, object, key + 1)) {
        if (json_string_is(r->doc, key, "data") &&
            has_type(r->doc, object, "text"))
            take_value(r, key + 1);
        else
            take_member(r, key, key + 1);
    }
}

static void take_value(struct redaction *r, uint32_t node)
{
    uint32_t item;

    if (json_kind(r->doc, node) == JSON_STRING) {
        take(r, node, false);
    } else if (json_kind(r->doc, node) == JSON_OBJECT) {
        take_object(r, node);
    } else if (json_kind(r->doc, node) == JSON_ARRAY) {
        for (item = json_first(r->doc, node); item != JSON_NONE;
             item = json_after(r->doc, node, item))
            take_value(r, item);
    }
}

/* Of the users' messages only results of tools are none of their words. */
static void take_results(struct redaction *r, uint32_t message)
{
    uint32_t content = json_member(r->doc, message, "content"), part;

    if (content == JSON_NONE)
        return;
    for (part = json_first(r->doc, content); part != JSON_NONE;
         part = json_after(r->doc, content, part))
        if (has_type(r->doc, part, "tool_result"))
            take_value(r, part);
}

static void take_message(struct redaction *r, uint32_t message)
{
    static const char *const roles[] = {
        "system", "developer", "assistant", "tool", "function"};
    enum { SYSTEM = 2, COUNT = sizeof(roles) / sizeof(roles[0]) };
    uint32_t role = json_member(r->doc, message, "role");
    size_t which =
        role != JSON_NONE ? json_which(r->doc, role, roles, COUNT) : SYSTEM;

    if (which == COUNT)
        take_results(r, message);
    else if (which >= SYSTEM && !has_type(r->doc, message, "reasoning"))
        take_value(r, message);
}

uint32_t redaction_rest(const struct json_doc *doc, enum dialect dialect,
    struct buf *edits, struct buf *room)
{
    struct redaction r = {.doc = doc, .edits = edits, .room = room};
    uint32_t messages = json_member(
        doc, 0, dialect == DIALECT_RESPONSES ? "input" : "messages");
    uint32_t message;
    struct said_edit *edit;
    size_t begin = 0;

    if (messages == JSON_NONE)
        return 0;
    for (message = json_first(doc, messages); message != JSON_NONE;
         message = json_after(doc, messages, message))
        take_message(&r, message);
    buf_free(&r.scratch);
    edits->failed = edits->failed || room->failed;
    edit = (struct said_edit *)(void *)edits->data;
    for (size_t i = 0; i < edits->len / sizeof(*edit); i++) {
        edit[i].text.p = room->data + begin;
        begin += edit[i].text.n;
    }
    return r.found;
}
