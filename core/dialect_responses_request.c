#include <math.h>

#include "dialect_responses_private.h"
#include "estimate.h"
#include "rewrite.h"
#include "webtools.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int check_instructions(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    if (field_string(r, f, node) != 0)
        return -1;
    field_text(r, node);
    return 0;
}

static int check_tool(struct field_reader *r, uint32_t tool)
{
    uint32_t type;

    r->quarters += estimate_text(json_raw(r->doc, tool));
    if (json_kind(r->doc, tool) != JSON_OBJECT)
        return field_fault(r, "", "an object");
    type = field_need(r, tool, "type", JSON_STRING, ".type", "a string");
    if (type == JSON_NONE)
        return -1;
    r->completion->web_tools |= webtools_is(r->doc, tool);
    if (!json_string_is(r->doc, type, "function"))
        return 0;
    if (field_tool_size(r, tool) != 0)
        return -1;
    if (field_need(r, tool, "name", JSON_STRING, ".name", "a string") ==
        JSON_NONE)
        return -1;
    return field_schema(r, tool, ".parameters");
}

static int check_tools(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    return field_list(r, f, node, check_tool);
}

static int check_tools_options(
    struct field_reader *r, const struct field *f, uint32_t node)
{
    (void)f;
    (void)node;
    r->completion->web_tools |= webtools_options(r->doc) != JSON_NONE;
    return 0;
}

/* ---- the table ---- */

/* The first REQUIRED of them must be there. */
enum { REQUIRED = 1 };

static const struct field fields[] = {
    {"model", field_model, "a string of 1 to 128 bytes", 0, 0},
    {"input", responses_input_check, "a string or an array of 1 to 10000 items",
        1, 10000},
    {"instructions", check_instructions, "a string", 0, 0},
    {"stream", field_stream, "a boolean", 0, 0},
    {"max_output_tokens", field_limit, "an integer of at least 1", 1, INFINITY},
    {"temperature", field_number, "a number from 0 to 2", 0, 2},
    {"top_p", field_number, "a number from 0 to 1", 0, 1},
    {"tools", check_tools, "an array", 0, INFINITY},
    {"tools_options", check_tools_options, "", 0, 0},
    {"tool_choice", field_tool_choice,
        "\"none\", \"auto\", \"required\" or an object", 0, 0},
    {"parallel_tool_calls", field_boolean, "a boolean", 0, 0},
    {"text", field_told_object, "an object", 0, 0},
    {"reasoning", field_object, "an object", 0, 0},
    {"store", field_boolean, "a boolean", 0, 0},
    {"include", field_strings, "an array of strings", 0, 0},
    {"metadata", field_object, "an object", 0, 0},
    {"user", field_string, "a string", 0, 0},
    {"previous_response_id", field_string, "a string", 0, 0},
    {"top_logprobs", field_integer, "an integer from 0 to 20", 0, 20},
    {"flagged_categories", field_strings, "an array of strings", 0, 0},
};

/* Without input there must be something that it goes on from. */
static int check_all(struct field_reader *r)
{
    if (field_table(r, fields, COUNT(fields), REQUIRED) != 0)
        return -1;
    if (json_present(r->doc, 0, "input") == JSON_NONE &&
        json_present(r->doc, 0, "previous_response_id") == JSON_NONE)
        return fault_set(
            r->fault, REFUSE_INVALID_REQUEST, "input", "input is required");
    return 0;
}

int responses_request_read(const struct json_doc *doc,
    struct completion *completion, struct fault *fault)
{
    struct field_reader r = {
        .doc = doc, .completion = completion, .fault = fault};

    *completion = (struct completion){.n = 1};
    return field_finish(&r, check_all(&r));
}

void responses_request_write(const struct json_doc *doc,
    const struct completion *completion,
    const struct completion_rewrite *rewrite, struct buf *out)
{
    static const struct rewrite_rules rules = {
        .limits = {"max_output_tokens", "max_output_tokens"}};

    rewrite_request(&rules, doc, completion, rewrite, out);
}
