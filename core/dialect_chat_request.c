#include <math.h>
#include <string.h>

#include "dialect_chat_private.h"
#include "estimate.h"
#include "rewrite.h"
#include "webtools.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { STOP_MAX = 4 };

/* ---- fields that we act on ---- */

static int check_n(struct field_reader *r, const struct field *f, uint32_t node)
{
    int64_t value;

    if (field_count(r, f, node, &value) != 0)
        return -1;
    r->completion->n = (uint32_t)value;
    return 0;
}

static int check_stop(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    if (json_kind(r->doc, node) == JSON_STRING)
        return 0;
    if (field_strings(r, f, node) != 0)
        return -1;
    return json_size(r->doc, node) <= STOP_MAX ? 0 : field_bad(r, f);
}

static int check_tool(struct field_reader *r, uint32_t tool)
{
    uint32_t type, function;

    r->quarters += estimate_text(json_raw(r->doc, tool));
    if (json_kind(r->doc, tool) != JSON_OBJECT)
        return field_fault(r, "", "an object");
    if (field_tool_size(r, tool) != 0)
        return -1;
    type = field_need(r, tool, "type", JSON_STRING, ".type", "a string");
    if (type == JSON_NONE)
        return -1;
    r->completion->web_tools |= webtools_is(r->doc, tool);
    if (!json_string_is(r->doc, type, "function"))
        return 0;
    function =
        field_need(r, tool, "function", JSON_OBJECT, ".function", "an object");
    if (function == JSON_NONE)
        return -1;
    if (field_need(r, function, "name", JSON_STRING, ".function.name",
            "a string") == JSON_NONE)
        return -1;
    return field_schema(r, function, ".function.parameters");
}

static int check_tools(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    return field_list(r, f, node, check_tool);
}

static int check_web_search(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    if (field_object(r, f, node) != 0)
        return -1;
    r->completion->web_tools = true;
    if (json_present(r->doc, 0, "tools") == JSON_NONE)
        return 0;
    return fault_set(r->fault, REFUSE_INVALID_REQUEST, f->name,
        "%s and tools cannot be used together", f->name);
}

static int check_response_format(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    static const char *const types[] = {"json_schema", "json_object", "text"};
    uint32_t type = json_member(r->doc, node, "type");
    size_t known = COUNT(types);

    if (json_kind(r->doc, node) != JSON_OBJECT)
        return field_bad(r, f);
    if (json_has(r->doc, node, "type", JSON_STRING))
        known = json_which(r->doc, type, types, COUNT(types));
    if (known == COUNT(types))
        return field_fault(
            r, "response_format.type", "text, json_object or json_schema");
    if (known == 0 && !json_has(r->doc, node, "json_schema", JSON_OBJECT))
        return field_fault(r, "response_format.json_schema", "an object");
    r->quarters += estimate_text(json_raw(r->doc, node));
    return 0;
}

static int check_stream_options(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    static const struct field usage = {
        "stream_options.include_usage", field_boolean, "a boolean", 0, 0};
    uint32_t asked = json_present(r->doc, node, "include_usage");

    if (json_kind(r->doc, node) != JSON_OBJECT)
        return field_bad(r, f);
    if (asked == JSON_NONE)
        return 0;
    if (usage.check(r, &usage, asked) != 0)
        return -1;
    r->completion->include_usage =
        r->completion->stream && json_kind(r->doc, asked) == JSON_TRUE;
    return 0;
}

/* ---- the table ---- */

/* In the order of the checks: stream comes before stream_options. The first
 * REQUIRED of them must be there. */
enum { REQUIRED = 2 };

static const struct field fields[] = {
    {"model", field_model, "a string of 1 to 128 bytes", 0, 0},
    {"messages", chat_messages_check, "an array of 1 to 10000 messages", 1,
        10000},
    {"stream", field_stream, "a boolean", 0, 0},
    {"stream_options", check_stream_options, "an object", 0, 0},
    {"temperature", field_number, "a number from 0 to 2", 0, 2},
    {"top_p", field_number, "a number from 0 to 1", 0, 1},
    {"n", check_n, "an integer of at least 1", 1, UINT32_MAX},
    {"max_tokens", field_limit, "an integer of at least 1", 1, INFINITY},
    {"max_completion_tokens", field_limit, "an integer of at least 1", 1,
        INFINITY},
    {"stop", check_stop, "a string or an array of at most 4 strings", 0, 0},
    {"presence_penalty", field_number, "a number from -2 to 2", -2, 2},
    {"frequency_penalty", field_number, "a number from -2 to 2", -2, 2},
    {"user", field_string, "a string", 0, 0},
    {"flagged_categories", field_strings, "an array of strings", 0, 0},
    {"tools", check_tools, "an array", 0, INFINITY},
    {"functions", field_told, "", 0, 0},
    {"tool_choice", field_tool_choice,
        "\"none\", \"auto\", \"required\" or an object", 0, 0},
    {"web_search_options", check_web_search, "an object", 0, 0},
    {"response_format", check_response_format, "an object", 0, 0},
    {"logprobs", field_boolean, "a boolean", 0, 0},
    {"top_logprobs", field_integer, "an integer from 0 to 20", 0, 20},
    {"seed", field_integer, "an integer", -INFINITY, INFINITY},
    {"logit_bias", field_object, "an object", 0, 0},
    {"parallel_tool_calls", field_boolean, "a boolean", 0, 0},
    {"metadata", field_object, "an object", 0, 0},
};

int chat_request_read(
    const struct json_doc *doc, struct completion *request, struct fault *fault)
{
    struct field_reader r = {.doc = doc, .completion = request, .fault = fault};

    *request = (struct completion){.n = 1};
    return field_finish(&r, field_table(&r, fields, COUNT(fields), REQUIRED));
}

void chat_request_write(const struct json_doc *doc,
    const struct completion *request, const struct completion_rewrite *rewrite,
    struct buf *out)
{
    static const struct rewrite_rules rules = {
        .limits = {"max_tokens", "max_completion_tokens"},
        .usage_option = true,
    };

    rewrite_request(&rules, doc, request, rewrite, out);
}
