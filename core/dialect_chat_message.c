#include <string.h>

#include "dialect_chat_private.h"
#include "estimate.h"
#include "image.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { MESSAGES_MAX = 10000 };

enum role { SYSTEM, DEVELOPER, USER, ASSISTANT, TOOL, FUNCTION, ROLES };

static const char *const roles[ROLES] = {
    [SYSTEM] = "system",
    [DEVELOPER] = "developer",
    [USER] = "user",
    [ASSISTANT] = "assistant",
    [TOOL] = "tool",
    [FUNCTION] = "function",
};

static bool is_kind(
    const struct field_reader *r, uint32_t node, enum json_kind kind)
{
    return node != JSON_NONE && json_kind(r->doc, node) == kind;
}

static int need_string(struct field_reader *r, uint32_t object, const char *key,
    const char *suffix)
{
    if (!is_kind(r, json_member(r->doc, object, key), JSON_STRING))
        return field_fault(r, suffix, "a string");
    return 0;
}

/* ---- parts of a content ---- */

static int check_text(struct field_reader *r, uint32_t part)
{
    if (need_string(r, part, "text", ".text") != 0)
        return -1;
    field_text(r, json_member(r->doc, part, "text"));
    return 0;
}

static int check_image(struct field_reader *r, uint32_t part)
{
    uint32_t node = json_member(r->doc, part, "image_url");
    const char *suffix = ".image_url";
    const char *expect;

    if (is_kind(r, node, JSON_OBJECT)) {
        node = json_member(r->doc, node, "url");
        suffix = ".image_url.url";
    }
    if (!is_kind(r, node, JSON_STRING))
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

    if (is_kind(r, node, JSON_STRING))
        field_text(r, node);
    return 0;
}

static int check_opaque(struct field_reader *r, uint32_t part)
{
    (void)r;
    (void)part;
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
        {"input_audio", check_opaque},
        {"file", check_opaque},
    };
    uint32_t type = json_member(r->doc, part, "type");

    if (!is_kind(r, part, JSON_OBJECT))
        return field_fault(r, "", "an object");
    for (size_t i = 0; type != JSON_NONE && i < COUNT(parts); i++) {
        if (json_string_is(r->doc, type, parts[i].type))
            return parts[i].check(r, part);
    }
    return field_fault(
        r, ".type", "text, image_url, input_audio, file or refusal");
}

static int check_parts(struct field_reader *r, uint32_t content)
{
    uint32_t part;
    int rc = 0;

    field_enter(r, "content");
    for (part = json_first(r->doc, content); part != JSON_NONE;
         part = json_after(r->doc, content, part)) {
        rc = check_part(r, part);
        if (rc != 0)
            break;
        field_next(r);
    }
    field_leave(r);
    return rc;
}

/* ---- tool calls ---- */

static int check_function(struct field_reader *r, uint32_t function)
{
    if (!is_kind(r, function, JSON_OBJECT))
        return field_fault(r, ".function", "an object");
    if (need_string(r, function, "name", ".function.name") != 0)
        return -1;
    if (need_string(r, function, "arguments", ".function.arguments") != 0)
        return -1;
    field_text(r, json_member(r->doc, function, "name"));
    field_text(r, json_member(r->doc, function, "arguments"));
    return 0;
}

static int check_call(struct field_reader *r, uint32_t call)
{
    uint32_t type = json_member(r->doc, call, "type");

    if (!is_kind(r, call, JSON_OBJECT))
        return field_fault(r, "", "an object");
    if (need_string(r, call, "id", ".id") != 0)
        return -1;
    if (type == JSON_NONE || !json_string_is(r->doc, type, "function"))
        return field_fault(r, ".type", "\"function\"");
    return check_function(r, json_member(r->doc, call, "function"));
}

static int check_calls(struct field_reader *r, uint32_t message)
{
    uint32_t calls = json_present(r->doc, message, "tool_calls");
    uint32_t call;
    int rc = 0;

    if (calls == JSON_NONE)
        return 0;
    if (!is_kind(r, calls, JSON_ARRAY))
        return field_fault(r, ".tool_calls", "an array");
    field_enter(r, "tool_calls");
    for (call = json_first(r->doc, calls); call != JSON_NONE;
         call = json_after(r->doc, calls, call)) {
        rc = check_call(r, call);
        if (rc != 0)
            break;
        field_next(r);
    }
    field_leave(r);
    return rc;
}

/* ---- messages ---- */

/* What an assistant may have said instead of a content. */
static bool has_other_words(const struct field_reader *r, uint32_t message)
{
    uint32_t calls = json_present(r->doc, message, "tool_calls");

    return (calls != JSON_NONE && json_size(r->doc, calls) > 0) ||
           json_present(r->doc, message, "function_call") != JSON_NONE ||
           json_present(r->doc, message, "refusal") != JSON_NONE;
}

static int check_content(
    struct field_reader *r, uint32_t message, enum role role)
{
    uint32_t content = json_present(r->doc, message, "content");

    if (content == JSON_NONE) {
        if (role == ASSISTANT && has_other_words(r, message))
            return 0;
    } else if (json_kind(r->doc, content) == JSON_STRING) {
        field_text(r, content);
        return 0;
    } else if (json_kind(r->doc, content) == JSON_ARRAY) {
        return check_parts(r, content);
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

static enum role role_of(const struct field_reader *r, uint32_t message)
{
    uint32_t node = json_member(r->doc, message, "role");

    if (!is_kind(r, node, JSON_STRING))
        return ROLES;
    return (enum role)json_which(r->doc, node, roles, ROLES);
}

static int check_message(struct field_reader *r, uint32_t message)
{
    enum role role;

    if (!is_kind(r, message, JSON_OBJECT))
        return field_fault(r, "", "an object");
    role = role_of(r, message);
    if (role == ROLES)
        return field_fault(
            r, ".role", "system, developer, user, assistant, tool or function");
    if (check_calls(r, message) != 0 || check_function_call(r, message) != 0)
        return -1;
    if (check_optional_text(r, message, "name", ".name") != 0 ||
        check_optional_text(r, message, "refusal", ".refusal") != 0)
        return -1;
    if (role == TOOL &&
        need_string(r, message, "tool_call_id", ".tool_call_id") != 0)
        return -1;
    r->quarters += 4 * ESTIMATE_PER_MESSAGE;
    return check_content(r, message, role);
}

int chat_messages_check(struct field_reader *r, uint32_t node)
{
    uint32_t message;

    if (!is_kind(r, node, JSON_ARRAY) || json_size(r->doc, node) < 1 ||
        json_size(r->doc, node) > MESSAGES_MAX)
        return field_fault(r, "messages", "an array of 1 to 10000 messages");
    field_enter(r, "messages");
    for (message = json_first(r->doc, node); message != JSON_NONE;
         message = json_after(r->doc, node, message)) {
        if (check_message(r, message) != 0)
            return -1;
        field_next(r);
    }
    field_leave(r);
    return 0;
}
