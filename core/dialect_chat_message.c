#include <string.h>

#include "dialect_chat_private.h"
#include "estimate.h"
#include "image.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int need_string(struct field_reader *r, uint32_t object, const char *key,
    const char *suffix)
{
    uint32_t node = field_need(r, object, key, JSON_STRING, suffix, "a string");

    return node != JSON_NONE ? 0 : -1;
}

/* ---- parts of a content ---- */

static int check_text(struct field_reader *r, uint32_t part)
{
    return field_need_text(r, part, "text", ".text");
}

static int check_image(struct field_reader *r, uint32_t part)
{
    uint32_t node = json_member(r->doc, part, "image_url");
    const char *suffix = ".image_url";
    const char *expect;

    if (json_is(r->doc, node, JSON_OBJECT)) {
        node = json_member(r->doc, node, "url");
        suffix = ".image_url.url";
    }
    if (!json_is(r->doc, node, JSON_STRING))
        return field_fault(r, suffix, "a string");
    expect = image_check(json_view(r->doc, node, &r->scratch));
    if (expect != NULL)
        return field_fault(r, suffix, expect);
    r->quarters += 4 * ESTIMATE_PER_IMAGE;
    return 0;
}

static int check_refusal(struct field_reader *r, uint32_t part)
{
    uint32_t node = json_member(r->doc, part, "refusal");

    if (json_is(r->doc, node, JSON_STRING))
        field_text(r, node);
    return 0;
}

static int check_audio(struct field_reader *r, uint32_t part)
{
    field_audio(r, part);
    return 0;
}

static int check_file(struct field_reader *r, uint32_t part)
{
    field_file(r, part, json_member(r->doc, part, "file"), "file_data");
    return 0;
}

static int check_part(struct field_reader *r, uint32_t part)
{
    static const struct {
        const char *type;
        int (*check)(struct field_reader *r, uint32_t part);
    } parts[] = {
        {"text", check_text},
        {"image_url", check_image},
        {"refusal", check_refusal},
        {"input_audio", check_audio},
        {"file", check_file},
    };
    uint32_t type = json_member(r->doc, part, "type");

    if (json_kind(r->doc, part) != JSON_OBJECT)
        return field_fault(r, "", "an object");
    for (size_t i = 0; type != JSON_NONE && i < COUNT(parts); i++) {
        if (json_string_is(r->doc, type, parts[i].type))
            return parts[i].check(r, part);
    }
    return field_fault(
        r, ".type", "text, image_url, input_audio, file or refusal");
}

/* ---- tool calls ---- */

/* What is called: with JSON in a text, or, a custom tool, with any text. */
struct called {
    const char *type, *member;
    const char *name;           /* where the name is */
    const char *text, *text_at; /* what it gets, and where that is */
};

static int check_called(
    struct field_reader *r, uint32_t call, const struct called *c)
{
    uint32_t called = json_member(r->doc, call, c->type);

    if (!json_is(r->doc, called, JSON_OBJECT))
        return field_fault(r, c->member, "an object");
    if (field_need_text(r, called, "name", c->name) != 0)
        return -1;
    return field_need_text(r, called, c->text, c->text_at);
}

static int check_call(struct field_reader *r, uint32_t call)
{
    static const struct called kinds[] = {
        {"function", ".function", ".function.name", "arguments",
            ".function.arguments"},
        {"custom", ".custom", ".custom.name", "input", ".custom.input"},
    };
    uint32_t type = json_member(r->doc, call, "type");

    if (json_kind(r->doc, call) != JSON_OBJECT)
        return field_fault(r, "", "an object");
    if (need_string(r, call, "id", ".id") != 0)
        return -1;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (type != JSON_NONE && json_string_is(r->doc, type, kinds[i].type))
            return check_called(r, call, &kinds[i]);
    return field_fault(r, ".type", "\"function\" or \"custom\"");
}

static int check_calls(struct field_reader *r, uint32_t message)
{
    uint32_t calls = json_present(r->doc, message, "tool_calls");

    if (calls == JSON_NONE)
        return 0;
    if (json_kind(r->doc, calls) != JSON_ARRAY)
        return field_fault(r, ".tool_calls", "an array");
    return field_each(r, "tool_calls", calls, check_call);
}

/* ---- messages ---- */

/* What an assistant may have said instead of a content. */
static bool has_other_words(const struct field_reader *r, uint32_t message)
{
    uint32_t calls = json_present(r->doc, message, "tool_calls");

    return (calls != JSON_NONE && json_size(r->doc, calls) > 0) ||
           json_present(r->doc, message, "function_call") != JSON_NONE ||
           json_present(r->doc, message, "refusal") != JSON_NONE ||
           json_present(r->doc, message, "audio") != JSON_NONE;
}

static int check_content(
    struct field_reader *r, uint32_t message, enum chat_role role)
{
    uint32_t content = json_present(r->doc, message, "content");

    if (content == JSON_NONE) {
        if (role == CHAT_ASSISTANT && has_other_words(r, message))
            return 0;
    } else if (json_kind(r->doc, content) == JSON_STRING) {
        field_text(r, content);
        return 0;
    } else if (json_kind(r->doc, content) == JSON_ARRAY) {
        return field_each(r, "content", content, check_part);
    }
    return field_fault(r, ".content", "a string or an array of parts");
}

static int check_optional_text(struct field_reader *r, uint32_t object,
    const char *key, const char *suffix)
{
    uint32_t node = json_present(r->doc, object, key);

    if (node == JSON_NONE)
        return 0;
    if (json_kind(r->doc, node) != JSON_STRING)
        return field_fault(r, suffix, "a string");
    field_text(r, node);
    return 0;
}

/* The older form of a tool call. */
static int check_function_call(struct field_reader *r, uint32_t message)
{
    uint32_t call = json_present(r->doc, message, "function_call");

    if (call == JSON_NONE)
        return 0;
    if (json_kind(r->doc, call) != JSON_OBJECT)
        return field_fault(r, ".function_call", "an object");
    if (check_optional_text(r, call, "name", ".function_call.name") != 0)
        return -1;
    return check_optional_text(
        r, call, "arguments", ".function_call.arguments");
}

static uint64_t text_quarters(
    struct field_reader *r, uint32_t message, const char *key)
{
    return completion_quarters(
        r->doc, json_member(r->doc, message, key), &r->scratch);
}

/* Some clients send the same reasoning back under both of its names. */
static void count_reasoning(struct field_reader *r, uint32_t message)
{
    uint64_t one = text_quarters(r, message, "reasoning");
    uint64_t other = text_quarters(r, message, "reasoning_content");

    r->quarters += one > other ? one : other;
}

static int check_message(struct field_reader *r, uint32_t message)
{
    enum chat_role role;

    if (json_kind(r->doc, message) != JSON_OBJECT)
        return field_fault(r, "", "an object");
    role = chat_role_of(r->doc, message);
    if (role == CHAT_ROLES)
        return field_fault(
            r, ".role", "system, developer, user, assistant, tool or function");
    if (check_calls(r, message) != 0 || check_function_call(r, message) != 0)
        return -1;
    if (check_optional_text(r, message, "name", ".name") != 0 ||
        check_optional_text(r, message, "refusal", ".refusal") != 0)
        return -1;
    if (role == CHAT_TOOL &&
        need_string(r, message, "tool_call_id", ".tool_call_id") != 0)
        return -1;
    r->quarters += 4 * ESTIMATE_PER_MESSAGE;
    count_reasoning(r, message);
    return check_content(r, message, role);
}

int chat_messages_check(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    return field_list(r, f, node, check_message);
}
