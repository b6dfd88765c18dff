#include <math.h>
#include <string.h>

#include "dialect_messages_private.h"
#include "estimate.h"
#include "rewrite.h"
#include "webtools.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int check_tool(struct field_reader *r, uint32_t tool)
{
    bool custom;

    r->quarters += estimate_text(json_raw(r->doc, tool));
    if (json_kind(r->doc, tool) != JSON_OBJECT)
        return field_fault(r, "", "an object");
    if (field_tool_size(r, tool) != 0)
        return -1;
    if (field_need(r, tool, "name", JSON_STRING, ".name", "a string") ==
        JSON_NONE)
        return -1;
    r->completion->web_tools |= webtools_is(r->doc, tool);
    custom =
        json_present(r->doc, tool, "type") == JSON_NONE ||
        json_string_is(r->doc, json_member(r->doc, tool, "type"), "custom");
    if (custom && field_need(r, tool, "input_schema", JSON_OBJECT,
                      ".input_schema", "an object") == JSON_NONE)
        return -1;
    return 0;
}

static int check_tools(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    return field_list(r, f, node, check_tool);
}

static int check_tool_choice(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    static const char *const types[] = {"auto", "any", "none", "tool"};
    uint32_t type;

    if (json_kind(r->doc, node) != JSON_OBJECT)
        return field_bad(r, f);
    type = json_member(r->doc, node, "type");
    if (!json_is(r->doc, type, JSON_STRING) ||
        json_which(r->doc, type, types, COUNT(types)) == COUNT(types))
        return field_fault(r, "tool_choice.type", "auto, any, tool or none");
    if (json_string_is(r->doc, type, "tool") &&
        !json_has(r->doc, node, "name", JSON_STRING))
        return field_fault(r, "tool_choice.name", "a string");
    return 0;
}

/* ---- the table ---- */

/* The first REQUIRED of them must be there. */
enum { REQUIRED = 2 };

static const struct field fields[] = {
    {"model", field_model, "a string of 1 to 128 bytes", 0, 0},
    {"messages", messages_messages_check, "an array of 1 to 10000 messages", 1,
        10000},
    {"system", messages_system_check, "a string or an array of text blocks", 0,
        INFINITY},
    {"stream", field_stream, "a boolean", 0, 0},
    {"max_tokens", field_limit, "an integer of at least 1", 1, INFINITY},
    {"temperature", field_number, "a number from 0 to 2", 0, 2},
    {"top_p", field_number, "a number from 0 to 1", 0, 1},
    {"top_k", field_integer, "an integer of at least 0", 0, INFINITY},
    {"stop_sequences", field_strings, "an array of strings", 0, 0},
    {"tools", check_tools, "an array", 0, INFINITY},
    {"tool_choice", check_tool_choice, "an object", 0, 0},
    {"metadata", field_object, "an object", 0, 0},
    {"thinking", field_object, "an object", 0, 0},
    {"output_config", field_told_object, "an object", 0, 0},
    {"flagged_categories", field_strings, "an array of strings", 0, 0},
};

int messages_request_read(const struct json_doc *doc,
    struct completion *completion, struct fault *fault)
{
    struct field_reader r = {
        .doc = doc, .completion = completion, .fault = fault};

    *completion = (struct completion){.n = 1};
    return field_finish(&r, field_table(&r, fields, COUNT(fields), REQUIRED));
}

/* Without the controls of generation, of which some clients send a few. */
int messages_count_read(const struct json_doc *doc,
    struct completion *completion, struct fault *fault)
{
    if (messages_request_read(doc, completion, fault) != 0)
        return -1;
    completion->stream = false;
    completion->max_tokens = 0;
    return 0;
}

void messages_request_write(const struct json_doc *doc,
    const struct completion *completion,
    const struct completion_rewrite *rewrite, struct buf *out)
{
    static const struct rewrite_rules rules = {
        .limits = {"max_tokens", "max_tokens"}};

    rewrite_request(&rules, doc, completion, rewrite, out);
}

void messages_count_write(const struct json_doc *doc,
    const struct completion *completion,
    const struct completion_rewrite *rewrite, struct buf *out)
{
    static const struct rewrite_rules rules = {
        .limits = {"max_tokens", "max_tokens"}, .no_limit = true};

    rewrite_request(&rules, doc, completion, rewrite, out);
}
