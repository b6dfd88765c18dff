#include "dialect_chat_private.h"

#include <string.h>

#include "estimate.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct span unquoted(const struct json_doc *doc, uint32_t node)
{
    struct span raw = json_raw(doc, node);

    return (struct span){raw.p + 1, raw.n - 2};
}

struct span chat_text(
    const struct json_doc *doc, uint32_t node, struct buf *scratch)
{
    bool failed = scratch->failed;

    if (!doc->nodes[node].escaped)
        return unquoted(doc, node);
    buf_reset(scratch);
    scratch->failed = failed;
    json_string(doc, node, scratch);
    return (struct span){scratch->data, scratch->len};
}

size_t chat_key(const struct json_doc *doc, uint32_t key,
    const char *const *names, size_t count)
{
    bool escaped = doc->nodes[key].escaped;
    struct span raw = unquoted(doc, key);
    size_t i;

    for (i = 0; i < count; i++) {
        if (escaped) {
            if (json_string_is(doc, key, names[i]))
                break;
        } else if (raw.n > 0 && raw.p[0] == names[i][0] &&
                   span_is(raw, names[i])) {
            break;
        }
    }
    return i;
}

uint32_t chat_present(
    const struct json_doc *doc, uint32_t object, const char *key)
{
    uint32_t node = json_member(doc, object, key);

    if (node != JSON_NONE && json_kind(doc, node) == JSON_NULL)
        node = JSON_NONE;
    return node;
}

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

    return (enum chat_top)chat_key(doc, key, names, CHAT_TOP_COUNT);
}

void chat_top_read(const struct json_doc *doc, uint32_t *at)
{
    struct chat_members m = {.object = 0};
    enum chat_top key;

    memset(at, 0, CHAT_TOP_COUNT * sizeof(at[0]));
    while (chat_members_next(&m, doc)) {
        key = chat_top_key(doc, m.key);
        if (key != CHAT_TOP_COUNT)
            at[key] = m.value;
    }
}

static int tokens_read(const struct json_doc *doc, uint32_t object,
    const char *key, uint64_t *tokens)
{
    uint32_t node = json_member(doc, object, key);
    int64_t value;

    if (node == JSON_NONE || json_int(doc, node, &value) != 0)
        return -1;
    if (value < 0 || value > USAGE_MAX)
        return -1;
    *tokens = (uint64_t)value;
    return 0;
}

int chat_usage_read(
    const struct json_doc *doc, uint32_t node, struct usage *usage)
{
    struct usage said = {.known = true};

    if (node == JSON_NONE || json_kind(doc, node) != JSON_OBJECT)
        return -1;
    if (tokens_read(doc, node, "prompt_tokens", &said.tokens_in) != 0)
        return -1;
    if (tokens_read(doc, node, "completion_tokens", &said.tokens_out) != 0)
        return -1;
    *usage = said;
    return 0;
}

static uint64_t string_quarters(
    const struct json_doc *doc, uint32_t node, struct buf *scratch)
{
    if (node == JSON_NONE || json_kind(doc, node) != JSON_STRING)
        return 0;
    return estimate_text(chat_text(doc, node, scratch));
}

/* The "function" of a tool call, or the older "function_call". */
static uint64_t function_quarters(
    const struct json_doc *doc, uint32_t function, struct buf *scratch)
{
    return string_quarters(doc, json_member(doc, function, "name"), scratch) +
           string_quarters(
               doc, json_member(doc, function, "arguments"), scratch);
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
    struct chat_members m = {.object = message};
    uint64_t of[COUNT(names)] = {0};
    size_t name;

    while (chat_members_next(&m, doc)) {
        name = chat_key(doc, m.key, names, COUNT(names));
        if (name == CALLS)
            of[name] = calls_quarters(doc, m.value, scratch);
        else if (name == CALL)
            of[name] = function_quarters(doc, m.value, scratch);
        else if (name < COUNT(names))
            of[name] = string_quarters(doc, m.value, scratch);
    }
    /* Some servers send the same reasoning under both of its names. */
    if (of[REASONING] < of[REASONING_CONTENT])
        of[REASONING] = of[REASONING_CONTENT];
    return of[CALLS] + of[CALL] + of[REASONING] + of[CONTENT] + of[REFUSAL];
}

bool chat_error_is(const struct json_doc *doc, uint32_t node)
{
    double number;

    if (node == JSON_NONE)
        return false;
    switch (json_kind(doc, node)) {
    case JSON_NULL:
    case JSON_FALSE:
        return false;
    case JSON_NUMBER:
        return json_double(doc, node, &number) != 0 || number != 0;
    case JSON_STRING:
        return json_raw(doc, node).n > 2;
    default:
        return true;
    }
}
