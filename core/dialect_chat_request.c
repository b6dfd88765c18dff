#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dialect_chat_private.h"
#include "estimate.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
    STOP_MAX = 4,
    TOOL_MAX = 64 << 10 /* bytes of one tool */
};

/* Whether the member key of object is a node of that kind. */
static bool has(const struct json_doc *doc, uint32_t object, const char *key,
    enum json_kind kind)
{
    uint32_t node = json_member(doc, object, key);

    return node != JSON_NONE && json_kind(doc, node) == kind;
}

/* ---- fields that we act on ---- */

static int check_model(
    struct chat_reader *r, const struct chat_field *f, uint32_t node)
{
    struct span name;

    if (json_kind(r->doc, node) != JSON_STRING)
        return chat_field_bad(r, f);
    name = chat_text(r->doc, node, &r->scratch);
    if (name.n < 1 || name.n > MODEL_NAME_MAX)
        return chat_field_bad(r, f);
    memcpy(r->request->model, name.p, name.n);
    r->request->model[name.n] = '\0';
    return 0;
}

static int check_messages(
    struct chat_reader *r, const struct chat_field *f, uint32_t node)
{
    (void)f;
    return chat_messages_check(r, node);
}

static int check_stream(
    struct chat_reader *r, const struct chat_field *f, uint32_t node)
{
    r->request->stream = json_kind(r->doc, node) == JSON_TRUE;
    return chat_field_boolean(r, f, node);
}

static int check_n(
    struct chat_reader *r, const struct chat_field *f, uint32_t node)
{
    int64_t value;

    if (chat_field_count(r, f, node, &value) != 0)
        return -1;
    r->request->n = (uint32_t)value;
    return 0;
}

/* max_tokens and max_completion_tokens: of two limits the smaller counts. */
static int check_limit(
    struct chat_reader *r, const struct chat_field *f, uint32_t node)
{
    int64_t *limit = &r->request->max_tokens;
    int64_t value;

    if (chat_field_count(r, f, node, &value) != 0)
        return -1;
    if (*limit == 0 || value < *limit)
        *limit = value;
    return 0;
}

static int check_stop(
    struct chat_reader *r, const struct chat_field *f, uint32_t node)
{
    if (json_kind(r->doc, node) == JSON_STRING)
        return 0;
    if (chat_field_strings(r, f, node) != 0)
        return -1;
    return json_size(r->doc, node) <= STOP_MAX ? 0 : chat_field_bad(r, f);
}

static int check_tool(struct chat_reader *r, size_t index, uint32_t tool)
{
    struct span raw = json_raw(r->doc, tool);
    uint32_t function = json_member(r->doc, tool, "function");
    const char *suffix = "", *expect = NULL;
    char path[64];

    if (json_kind(r->doc, tool) != JSON_OBJECT) {
        expect = "an object";
    } else if (raw.n > TOOL_MAX) {
        expect = "at most 64 KiB";
    } else if (!has(r->doc, tool, "type", JSON_STRING)) {
        suffix = ".type";
        expect = "a string";
    } else if (!json_string_is(
                   r->doc, json_member(r->doc, tool, "type"), "function")) {
        expect = NULL;
    } else if (!has(r->doc, tool, "function", JSON_OBJECT)) {
        suffix = ".function";
        expect = "an object";
    } else if (!has(r->doc, function, "name", JSON_STRING)) {
        suffix = ".function.name";
        expect = "a string";
    }
    r->quarters += estimate_text(raw);
    if (expect == NULL)
        return 0;
    snprintf(path, sizeof(path), "tools[%zu]%s", index, suffix);
    return chat_reader_bad(r, path, expect);
}

static int check_tools(
    struct chat_reader *r, const struct chat_field *f, uint32_t node)
{
    size_t index = 0;
    uint32_t tool;

    if (json_kind(r->doc, node) != JSON_ARRAY)
        return chat_field_bad(r, f);
    for (tool = json_first(r->doc, node); tool != JSON_NONE;
         tool = json_after(r->doc, node, tool)) {
        if (check_tool(r, index++, tool) != 0)
            return -1;
    }
    return 0;
}

static int check_tool_choice(
    struct chat_reader *r, const struct chat_field *f, uint32_t node)
{
    static const char *const words[] = {"none", "auto", "required"};

    if (json_kind(r->doc, node) == JSON_OBJECT)
        return 0;
    if (json_kind(r->doc, node) != JSON_STRING)
        return chat_field_bad(r, f);
    if (chat_key(r->doc, node, words, COUNT(words)) == COUNT(words))
        return chat_field_bad(r, f);
    return 0;
}

static int check_web_search(
    struct chat_reader *r, const struct chat_field *f, uint32_t node)
{
    if (chat_field_object(r, f, node) != 0)
        return -1;
    if (chat_present(r->doc, 0, "tools") == JSON_NONE)
        return 0;
    return fault_set(r->fault, REFUSE_INVALID_REQUEST, f->name,
        "%s and tools cannot be used together", f->name);
}

static int check_response_format(
    struct chat_reader *r, const struct chat_field *f, uint32_t node)
{
    static const char *const types[] = {"json_schema", "json_object", "text"};
    uint32_t type = json_member(r->doc, node, "type");
    size_t known = COUNT(types);

    if (json_kind(r->doc, node) != JSON_OBJECT)
        return chat_field_bad(r, f);
    if (has(r->doc, node, "type", JSON_STRING))
        known = chat_key(r->doc, type, types, COUNT(types));
    if (known == COUNT(types))
        return chat_reader_bad(
            r, "response_format.type", "text, json_object or json_schema");
    if (known == 0 && !has(r->doc, node, "json_schema", JSON_OBJECT))
        return chat_reader_bad(r, "response_format.json_schema", "an object");
    r->quarters += estimate_text(json_raw(r->doc, node));
    return 0;
}

static int check_stream_options(
    struct chat_reader *r, const struct chat_field *f, uint32_t node)
{
    static const struct chat_field usage = {
        "stream_options.include_usage", chat_field_boolean, "a boolean", 0, 0};
    uint32_t asked = chat_present(r->doc, node, "include_usage");

    if (json_kind(r->doc, node) != JSON_OBJECT)
        return chat_field_bad(r, f);
    if (asked == JSON_NONE)
        return 0;
    if (usage.check(r, &usage, asked) != 0)
        return -1;
    r->request->include_usage =
        r->request->stream && json_kind(r->doc, asked) == JSON_TRUE;
    return 0;
}

/* ---- the table ---- */

/* In the order of the checks: stream comes before stream_options. The first
 * REQUIRED of them must be there. */
enum { REQUIRED = 2 };

static const struct chat_field fields[] = {
    {"model", check_model, "a string of 1 to 128 bytes", 0, 0},
    {"messages", check_messages, "", 0, 0},
    {"stream", check_stream, "a boolean", 0, 0},
    {"stream_options", check_stream_options, "an object", 0, 0},
    {"temperature", chat_field_number, "a number from 0 to 2", 0, 2},
    {"top_p", chat_field_number, "a number from 0 to 1", 0, 1},
    {"n", check_n, "an integer of at least 1", 1, UINT32_MAX},
    {"max_tokens", check_limit, "an integer of at least 1", 1, INFINITY},
    {"max_completion_tokens", check_limit, "an integer of at least 1", 1,
        INFINITY},
    {"stop", check_stop, "a string or an array of at most 4 strings", 0, 0},
    {"presence_penalty", chat_field_number, "a number from -2 to 2", -2, 2},
    {"frequency_penalty", chat_field_number, "a number from -2 to 2", -2, 2},
    {"user", chat_field_string, "a string", 0, 0},
    {"flagged_categories", chat_field_strings, "an array of strings", 0, 0},
    {"tools", check_tools, "an array", 0, 0},
    {"tool_choice", check_tool_choice,
        "\"none\", \"auto\", \"required\" or an object", 0, 0},
    {"web_search_options", check_web_search, "an object", 0, 0},
    {"response_format", check_response_format, "an object", 0, 0},
    {"logprobs", chat_field_boolean, "a boolean", 0, 0},
    {"top_logprobs", chat_field_integer, "an integer from 0 to 20", 0, 20},
    {"seed", chat_field_integer, "an integer", -INFINITY, INFINITY},
    {"logit_bias", chat_field_object, "an object", 0, 0},
    {"parallel_tool_calls", chat_field_boolean, "a boolean", 0, 0},
    {"metadata", chat_field_object, "an object", 0, 0},
    {"policy", chat_field_object, "an object", 0, 0},
    {"policy_id", chat_field_string, "a string", 0, 0},
    {"policyId", chat_field_string, "a string", 0, 0},
    {"policy_target", chat_field_string, "a string", 0, 0},
    {"policy_user", chat_field_string, "a string", 0, 0},
    {"policy_user_id", chat_field_string, "a string", 0, 0},
    {"policy_project_id", chat_field_string, "a string", 0, 0},
};

/* One walk over the members, so that a body of many keys costs no more than
 * its length. */
static void locate(const struct json_doc *doc, uint32_t *at)
{
    struct chat_members m = {.object = 0};
    const char *names[COUNT(fields)];
    size_t i;

    for (i = 0; i < COUNT(fields); i++)
        names[i] = fields[i].name;
    while (chat_members_next(&m, doc)) {
        i = chat_key(doc, m.key, names, COUNT(fields));
        if (i < COUNT(fields) && json_kind(doc, m.value) != JSON_NULL)
            at[i] = m.value;
    }
}

static int check_fields(struct chat_reader *r)
{
    uint32_t at[COUNT(fields)] = {0};

    locate(r->doc, at);
    for (size_t i = 0; i < COUNT(fields); i++) {
        if (at[i] == JSON_NONE && i < REQUIRED)
            return fault_set(r->fault, REFUSE_INVALID_REQUEST, fields[i].name,
                "%s is required", fields[i].name);
        if (at[i] != JSON_NONE && fields[i].check(r, &fields[i], at[i]) != 0)
            return -1;
    }
    return 0;
}

int chat_request_read(const struct json_doc *doc, struct chat_request *request,
    struct fault *fault)
{
    struct chat_reader r = {doc, request, fault, {0}, 0, -1, -1, -1};
    int rc = -1;

    *request = (struct chat_request){.n = 1};
    if (json_kind(doc, 0) != JSON_OBJECT)
        fault_set(fault, REFUSE_INVALID_REQUEST, NULL,
            "The body must be a JSON object.");
    else
        rc = check_fields(&r);
    if (r.scratch.failed)
        rc = fault_set(fault, REFUSE_OVERLOADED, NULL, "Memory is out.");
    request->est_in = estimate_input(r.quarters);
    buf_free(&r.scratch);
    return rc;
}
