#include <string.h>

#include "dialect_messages_private.h"
#include "turn_reader.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A checked Messages request as a turn. What has no place there is dropped:
 * see the table of fields in the README. */

/* ---- blocks ---- */

static void read_source(
    struct turn_reader *r, struct turn_part *part, uint32_t source)
{
    if (span_is(json_text(r->doc, source, "type"), "url")) {
        turn_url(part, json_text(r->doc, source, "url"));
        return;
    }
    part->media_type = json_text(r->doc, source, "media_type");
    part->data = json_text(r->doc, source, "data");
}

static void read_image(struct turn_reader *r, uint32_t block, int32_t at)
{
    read_source(r, turn_reader_add(r, TURN_IMAGE, at),
        json_member(r->doc, block, "source"));
}

/* What a document in text says of itself. */
static void read_heading(struct turn_reader *r, uint32_t block, int32_t at)
{
    turn_reader_add_text(r, TURN_TEXT, json_text(r->doc, block, "title"), at);
    turn_reader_add_text(r, TURN_TEXT, json_text(r->doc, block, "context"), at);
}

static int read_document(struct turn_reader *r, uint32_t block, int32_t at)
{
    uint32_t source = json_member(r->doc, block, "source");
    uint32_t type = json_member(r->doc, source, "type");
    struct turn_part *part;

    if (json_string_is(r->doc, type, "text")) {
        read_heading(r, block, at);
        turn_reader_add_text(
            r, TURN_TEXT, json_text(r->doc, source, "data"), at);
        return 0;
    }
    if (!json_string_is(r->doc, type, "base64") &&
        !json_string_is(r->doc, type, "url"))
        return turn_reader_refuse(
            r, at, "this kind of document cannot be passed on");
    part = turn_reader_add(r, TURN_FILE, at);
    read_source(r, part, source);
    part->name = json_text(r->doc, block, "title");
    return 0;
}

static void read_tool_use(struct turn_reader *r, uint32_t block, int32_t at)
{
    struct turn_part *part = turn_reader_add(r, TURN_CALL, at);

    part->id = json_text(r->doc, block, "id");
    part->name = json_text(r->doc, block, "name");
    part->args = json_value(r->doc, block, "input");
    part->args_raw = true;
}

static int read_inside(struct turn_reader *r, uint32_t content, int32_t at);

static int read_tool_result(struct turn_reader *r, uint32_t block, int32_t at)
{
    struct turn_part *part = turn_reader_add(r, TURN_RESULT, at);
    uint32_t content = json_present(r->doc, block, "content");
    size_t first = r->turn->part_count;
    int rc = 0;

    part->id = json_text(r->doc, block, "tool_use_id");
    part->failed = json_has(r->doc, block, "is_error", JSON_TRUE);
    if (content != JSON_NONE)
        rc = read_inside(r, content, at);
    turn_reader_enclose(r, first);
    return rc;
}

static void read_thinking(struct turn_reader *r, uint32_t block, int32_t at)
{
    struct turn_part *part = turn_reader_add(r, TURN_REASONING, at);

    part->text = json_text(r->doc, block, "thinking");
    part->signature = json_text(r->doc, block, "signature");
}

static int read_block(struct turn_reader *r, uint32_t block, int32_t at)
{
    enum { TEXT, IMAGE, DOCUMENT, TOOL_USE, TOOL_RESULT, THINKING, REDACTED };
    static const char *const types[] = {
        [TEXT] = "text",
        [IMAGE] = "image",
        [DOCUMENT] = "document",
        [TOOL_USE] = "tool_use",
        [TOOL_RESULT] = "tool_result",
        [THINKING] = "thinking",
        [REDACTED] = "redacted_thinking",
    };
    uint32_t type = json_member(r->doc, block, "type");
    size_t which = json_which(r->doc, type, types, COUNT(types));

    if (which >= TOOL_USE && which <= REDACTED &&
        (which == TOOL_RESULT) == (r->role == TURN_ASSISTANT))
        return turn_reader_refuse(
            r, at, "this kind of block belongs to the other side");
    switch (which) {
    case TEXT:
        turn_reader_add_text(
            r, TURN_TEXT, json_text(r->doc, block, "text"), at);
        return 0;
    case IMAGE:
        read_image(r, block, at);
        return 0;
    case DOCUMENT:
        return read_document(r, block, at);
    case TOOL_USE:
        read_tool_use(r, block, at);
        return 0;
    case TOOL_RESULT:
        return read_tool_result(r, block, at);
    case THINKING:
        read_thinking(r, block, at);
        return 0;
    case REDACTED:
        turn_reader_add(r, TURN_REDACTED, at)->data =
            json_text(r->doc, block, "data");
        return 0;
    default:
        return turn_reader_refuse(
            r, at, "this kind of block cannot be passed on");
    }
}

/* The words of a finding: each text of its content. */
static void read_finding(struct turn_reader *r, uint32_t block, int32_t at)
{
    uint32_t list = json_present(r->doc, block, "content");
    uint32_t node;

    turn_reader_add_text(r, TURN_TEXT, json_text(r->doc, block, "title"), at);
    turn_reader_add_text(r, TURN_TEXT, json_text(r->doc, block, "source"), at);
    if (list == JSON_NONE)
        return;
    for (node = json_first(r->doc, list); node != JSON_NONE;
         node = json_after(r->doc, list, node))
        turn_reader_add_text(r, TURN_TEXT, json_text(r->doc, node, "text"), at);
}

static int read_inner(struct turn_reader *r, uint32_t block, int32_t at)
{
    enum { TEXT, IMAGE, DOCUMENT, FINDING, TOOL };
    static const char *const types[] = {
        [TEXT] = "text",
        [IMAGE] = "image",
        [DOCUMENT] = "document",
        [FINDING] = "search_result",
        [TOOL] = "tool_reference",
    };
    uint32_t type = json_member(r->doc, block, "type");

    switch (json_which(r->doc, type, types, COUNT(types))) {
    case TEXT:
    case IMAGE:
    case DOCUMENT:
        return read_block(r, block, at);
    case FINDING:
        read_finding(r, block, at);
        return 0;
    case TOOL:
        turn_reader_add_text(
            r, TURN_TEXT, json_text(r->doc, block, "tool_name"), at);
        return 0;
    default:
        return turn_reader_refuse(
            r, at, "this kind of block cannot be in a result here");
    }
}

/* What a result holds: it has no results and no calls of its own. */
static int read_inside(struct turn_reader *r, uint32_t content, int32_t at)
{
    uint32_t block;

    if (json_kind(r->doc, content) == JSON_STRING) {
        turn_reader_add_text(r, TURN_TEXT, json_inside(r->doc, content), at);
        return 0;
    }
    for (block = json_first(r->doc, content); block != JSON_NONE;
         block = json_after(r->doc, content, block)) {
        if (read_inner(r, block, at) != 0)
            return -1;
    }
    return 0;
}

/* ---- messages ---- */

/* Claude Code begins its system text with a line of figures about itself. */
static bool is_billing(struct span text)
{
    static const char head[] = "x-anthropic-billing-header:";

    return text.n >= strlen(head) && memcmp(text.p, head, strlen(head)) == 0;
}

static void read_system(struct turn_reader *r)
{
    uint32_t system = json_present(r->doc, 0, "system");
    struct span text;
    uint32_t block;

    r->role = TURN_SYSTEM;
    if (system == JSON_NONE)
        return;
    if (json_kind(r->doc, system) == JSON_STRING) {
        turn_reader_add_text(r, TURN_TEXT, json_inside(r->doc, system), -1);
        return;
    }
    for (block = json_first(r->doc, system); block != JSON_NONE;
         block = json_after(r->doc, system, block)) {
        text = json_text(r->doc, block, "text");
        if (!is_billing(text))
            turn_reader_add_text(r, TURN_TEXT, text, -1);
    }
}

static int read_messages(struct turn_reader *r)
{
    static const char *const roles[] = {"user", "assistant", "system"};
    static const enum turn_role role_of[] = {
        TURN_USER, TURN_ASSISTANT, TURN_SYSTEM, TURN_USER};
    uint32_t list = json_member(r->doc, 0, "messages");
    uint32_t message;

    for (message = json_first(r->doc, list); message != JSON_NONE;
         message = json_after(r->doc, list, message)) {
        r->message++;
        r->role = role_of[json_which(
            r->doc, json_member(r->doc, message, "role"), roles, COUNT(roles))];
        if (turn_reader_content(
                r, json_member(r->doc, message, "content"), read_block) != 0)
            return -1;
        r->item++;
    }
    return 0;
}

/* ---- tools ---- */

/* Server tools are the business of an upstream that has them; the placeholder
 * stands for tools that a client keeps back. */
static bool is_for_the_model(const struct json_doc *doc, uint32_t tool)
{
    uint32_t type = json_present(doc, tool, "type");

    return (type == JSON_NONE || json_string_is(doc, type, "custom")) &&
           !span_is(json_text(doc, tool, "name"), "DeferredToolPlaceholder");
}

static void read_tools(struct turn_reader *r)
{
    uint32_t tools = json_present(r->doc, 0, "tools");
    struct turn_tool *tool;
    uint32_t node;

    if (tools == JSON_NONE)
        return;
    for (node = json_first(r->doc, tools); node != JSON_NONE;
         node = json_after(r->doc, tools, node)) {
        if (!is_for_the_model(r->doc, node))
            continue;
        tool = turn_tool(r->turn);
        tool->name = json_text(r->doc, node, "name");
        tool->description = json_text(r->doc, node, "description");
        tool->parameters = json_value(r->doc, node, "input_schema");
        tool->strict = json_value(r->doc, node, "strict");
    }
}

static void read_choice(struct turn_reader *r)
{
    static const char *const types[] = {"auto", "none", "any", "tool"};
    static const enum turn_choice choices[] = {TURN_CHOICE_AUTO,
        TURN_CHOICE_NONE, TURN_CHOICE_REQUIRED, TURN_CHOICE_NAMED,
        TURN_CHOICE_ABSENT};
    uint32_t node = json_present(r->doc, 0, "tool_choice");

    if (node == JSON_NONE)
        return;
    r->turn->choice = choices[json_which(
        r->doc, json_member(r->doc, node, "type"), types, COUNT(types))];
    r->turn->choice_name = json_text(r->doc, node, "name");
    if (json_has(r->doc, node, "disable_parallel_tool_use", JSON_TRUE))
        r->turn->parallel = 0;
}

/* ---- the other fields ---- */

static void read_stops(struct turn_reader *r)
{
    uint32_t list = json_present(r->doc, 0, "stop_sequences");

    if (list != JSON_NONE)
        turn_reader_stops(r, list);
}

static void read_output(struct turn_reader *r)
{
    uint32_t output = json_present(r->doc, 0, "output_config");
    uint32_t format;

    if (output == JSON_NONE)
        return;
    r->turn->effort = json_text(r->doc, output, "effort");
    format = json_present(r->doc, output, "format");
    if (format == JSON_NONE || !json_has(r->doc, format, "schema", JSON_OBJECT))
        return;
    r->turn->format = TURN_FORMAT_SCHEMA;
    r->turn->format_schema = json_value(r->doc, format, "schema");
}

/* The object with which reasoning is asked for; JSON_NONE: it is not. */
static uint32_t thinking_of(const struct json_doc *doc)
{
    uint32_t thinking = json_present(doc, 0, "thinking");

    if (thinking == JSON_NONE ||
        span_is(json_text(doc, thinking, "type"), "disabled"))
        return JSON_NONE;
    return thinking;
}

static void read_thought(struct turn_reader *r)
{
    uint32_t thinking = thinking_of(r->doc);

    if (thinking == JSON_NONE)
        return;
    r->turn->thinking = true;
    r->turn->budget = json_value(r->doc, thinking, "budget_tokens");
}

/* Reasoning is shown to those who asked for it and do not want it omitted. */
void messages_memo(const struct json_doc *doc, struct buf *memo)
{
    uint32_t thinking = thinking_of(doc);

    if (thinking != JSON_NONE &&
        !span_is(json_text(doc, thinking, "display"), "omitted"))
        buf_puts(memo, "thinking");
}

int messages_turn_read(
    const struct json_doc *doc, struct turn *turn, struct fault *fault)
{
    struct turn_reader r = {.doc = doc, .turn = turn, .fault = fault};
    uint32_t metadata = json_present(doc, 0, "metadata");

    read_system(&r);
    if (read_messages(&r) != 0)
        return -1;
    read_tools(&r);
    read_choice(&r);
    read_stops(&r);
    read_output(&r);
    read_thought(&r);
    turn->temperature = json_value(doc, 0, "temperature");
    turn->top_p = json_value(doc, 0, "top_p");
    turn->top_k = json_value(doc, 0, "top_k");
    if (metadata != JSON_NONE)
        turn->user = json_text(doc, metadata, "user_id");
    return 0;
}
