#include "dialect_chat_private.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum chat_top chat_top_key(const struct json_doc *doc, uint32_t key)
{
    static const char *const names[CHAT_TOP_COUNT] = {
        [CHAT_TOP_ID] = "id",
        [CHAT_TOP_CREATED] = "created",
        [CHAT_TOP_MODEL] = "model",
        [CHAT_TOP_CHOICES] = "choices",
        [CHAT_TOP_USAGE] = "usage",
        [CHAT_TOP_ERROR] = "error",
        [CHAT_TOP_REMAINING] = "remaining_credits",
        [CHAT_TOP_USED] = "estimated_credits_used",
        [CHAT_TOP_COST] = "estimated_cost_usd",
        [CHAT_TOP_POLICY] = "policy",
    };

    return (enum chat_top)json_which(doc, key, names, CHAT_TOP_COUNT);
}

void chat_top_read(const struct json_doc *doc, uint32_t *at)
{
    struct splice_member m = {.object = 0};
    enum chat_top key;

    memset(at, 0, CHAT_TOP_COUNT * sizeof(at[0]));
    while (splice_next(&m, doc)) {
        key = chat_top_key(doc, m.key);
        if (key != CHAT_TOP_COUNT)
            at[key] = m.value;
    }
}

enum chat_role chat_role_of(const struct json_doc *doc, uint32_t message)
{
    static const char *const roles[CHAT_ROLES] = {
        [CHAT_SYSTEM] = "system",
        [CHAT_DEVELOPER] = "developer",
        [CHAT_USER] = "user",
        [CHAT_ASSISTANT] = "assistant",
        [CHAT_TOOL] = "tool",
        [CHAT_FUNCTION] = "function",
    };
    uint32_t node = json_member(doc, message, "role");

    if (!json_is(doc, node, JSON_STRING))
        return CHAT_ROLES;
    return (enum chat_role)json_which(doc, node, roles, CHAT_ROLES);
}

int chat_usage_read(
    const struct json_doc *doc, uint32_t node, struct usage *usage)
{
    struct usage said = {.known = true};

    if (!json_is(doc, node, JSON_OBJECT))
        return -1;
    if (completion_tokens(doc, node, "prompt_tokens", &said.tokens_in) != 0)
        return -1;
    if (completion_tokens(doc, node, "completion_tokens", &said.tokens_out) !=
        0)
        return -1;
    *usage = said;
    return 0;
}

/* The "function" of a tool call, or the older "function_call"; or the "custom"
 * of one that has plain text. */
static uint64_t function_quarters(
    const struct json_doc *doc, uint32_t function, struct buf *scratch)
{
    static const char *const keys[] = {"name", "arguments", "input"};
    uint64_t quarters = 0;

    for (size_t i = 0; i < COUNT(keys); i++)
        quarters += completion_quarters(
            doc, json_member(doc, function, keys[i]), scratch);
    return quarters;
}

static uint64_t calls_quarters(
    const struct json_doc *doc, uint32_t calls, struct buf *scratch)
{
    uint64_t quarters = 0;
    uint32_t call, function;

    if (json_kind(doc, calls) != JSON_ARRAY)
        return 0;
    for (call = json_first(doc, calls); call != JSON_NONE;
         call = json_after(doc, calls, call)) {
        function = json_member(doc, call, "function");
        if (function == JSON_NONE)
            function = json_member(doc, call, "custom");
        if (function != JSON_NONE)
            quarters += function_quarters(doc, function, scratch);
    }
    return quarters;
}

uint64_t chat_output_quarters(
    const struct json_doc *doc, uint32_t message, struct buf *scratch)
{
    enum { CALLS, CALL, REASONING, REASONING_CONTENT, CONTENT, REFUSAL };
    static const char *const names[] = {
        [CALLS] = "tool_calls",
        [CALL] = "function_call",
        [REASONING] = "reasoning",
        [REASONING_CONTENT] = "reasoning_content",
        [CONTENT] = "content",
        [REFUSAL] = "refusal",
    };
    struct splice_member m = {.object = message};
    uint64_t of[COUNT(names)] = {0};
    size_t name;

    while (splice_next(&m, doc)) {
        name = json_which(doc, m.key, names, COUNT(names));
        if (name == CALLS)
            of[name] = calls_quarters(doc, m.value, scratch);
        else if (name == CALL)
            of[name] = function_quarters(doc, m.value, scratch);
        else if (name < COUNT(names))
            of[name] = completion_quarters(doc, m.value, scratch);
    }
    /* Some servers send the same reasoning under both of its names. */
    if (of[REASONING] < of[REASONING_CONTENT])
        of[REASONING] = of[REASONING_CONTENT];
    return of[CALLS] + of[CALL] + of[REASONING] + of[CONTENT] + of[REFUSAL];
}
