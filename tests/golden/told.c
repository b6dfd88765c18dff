#include <string.h>

#include "golden.h"
#include "json.h"
#include "sse.h"

/* What a chat answer tells is read here from its JSON and by no codec. */

enum { CHOICES = 8, CALLS = 8 };

enum { CONTENT, REFUSAL, REASONING, FINISH, TEXTS };

struct voice {
    bool heard;
    struct buf text[TEXTS];
    struct buf id[CALLS], name[CALLS], args[CALLS];
    size_t calls;
};

struct hearing {
    struct voice of[CHOICES];
    bool failed; /* it is told that it did */
    bool strange;
};

static void add(const struct json_doc *doc, uint32_t object, const char *key,
    struct buf *out)
{
    uint32_t node = json_member(doc, object, key);

    if (node != JSON_NONE && json_kind(doc, node) == JSON_STRING)
        json_string(doc, node, out);
}

static uint32_t number_of(
    const struct json_doc *doc, uint32_t object, uint32_t otherwise)
{
    uint32_t node = json_member(doc, object, "index");
    int64_t value;

    if (node == JSON_NONE || json_int(doc, node, &value) != 0)
        return otherwise;
    return (uint32_t)value;
}

/* In each fragment the id may be repeated; here the first one counts. */
static void hear_call(
    const struct json_doc *doc, uint32_t call, uint32_t index, struct voice *v)
{
    uint32_t function = json_member(doc, call, "function");

    if (index >= v->calls)
        v->calls = index + 1;
    if (v->id[index].len == 0)
        add(doc, call, "id", &v->id[index]);
    if (function == JSON_NONE)
        return;
    if (v->name[index].len == 0)
        add(doc, function, "name", &v->name[index]);
    add(doc, function, "arguments", &v->args[index]);
}

static void hear_message(const struct json_doc *doc, uint32_t message,
    struct voice *v, bool *strange)
{
    uint32_t calls = json_member(doc, message, "tool_calls");
    uint32_t call, index, position = 0;

    add(doc, message, "content", &v->text[CONTENT]);
    add(doc, message, "refusal", &v->text[REFUSAL]);
    add(doc, message, "reasoning_content", &v->text[REASONING]);
    if (calls == JSON_NONE || json_kind(doc, calls) != JSON_ARRAY)
        return;
    for (call = json_first(doc, calls); call != JSON_NONE;
         call = json_after(doc, calls, call)) {
        index = number_of(doc, call, position++);
        if (index < CALLS)
            hear_call(doc, call, index, v);
        else
            *strange = true;
    }
}

static void hear_choice(
    struct hearing *h, const struct json_doc *doc, uint32_t choice)
{
    uint32_t index = number_of(doc, choice, 0);
    uint32_t message = json_member(doc, choice, "message");

    if (index >= CHOICES) {
        h->strange = true;
        return;
    }
    h->of[index].heard = true;
    if (message == JSON_NONE)
        message = json_member(doc, choice, "delta");
    if (message != JSON_NONE)
        hear_message(doc, message, &h->of[index], &h->strange);
    add(doc, choice, "finish_reason", &h->of[index].text[FINISH]);
}

static void hear(struct hearing *h, struct span text)
{
    struct json_doc doc = {0};
    uint32_t choices, choice;

    if (json_parse(&doc, text.p, text.n) == JSON_OK) {
        choices = json_member(&doc, 0, "choices");
        h->failed =
            h->failed || json_truthy(&doc, json_member(&doc, 0, "error"));
        for (choice = choices != JSON_NONE ? json_first(&doc, choices)
                                           : JSON_NONE;
             choice != JSON_NONE; choice = json_after(&doc, choices, choice))
            hear_choice(h, &doc, choice);
    }
    json_free(&doc);
}

static int on_event(void *cookie, struct span name, struct span data)
{
    (void)name;
    hear(cookie, data);
    return 0;
}

/* ---- telling ---- */

static void put(struct buf *text, const char *key, struct buf *out)
{
    if (text->len > 0) {
        buf_printf(out, " %s ", key);
        json_quote(out, (struct span){text->data, text->len});
    }
    buf_free(text);
}

static void tell(struct voice *v, struct buf *out)
{
    static const char *const keys[] = {
        "content", "refusal", "reasoning", "finish"};

    for (size_t i = 0; i < TEXTS; i++)
        put(&v->text[i], keys[i], out);
    for (size_t i = 0; i < v->calls; i++) {
        if (v->args[i].len == 0)
            buf_puts(&v->args[i], "{}");
        put(&v->id[i], "call", out);
        put(&v->name[i], "name", out);
        put(&v->args[i], "args", out);
    }
}

void golden_told(struct span text, bool stream, struct buf *out)
{
    struct hearing h = {0};
    struct sse sse = {0};

    if (stream)
        sse_feed(&sse, text, on_event, &h);
    else
        hear(&h, text);
    for (size_t i = 0; i < CHOICES; i++) {
        if (!h.of[i].heard)
            continue;
        buf_printf(out, "%zu:", i);
        tell(&h.of[i], out);
        buf_puts(out, "\n");
    }
    buf_puts(out, h.failed ? "failed\n" : "");
    out->failed = out->failed || h.strange;
    sse_free(&sse);
}
