#include <string.h>

#include "dialect_messages_private.h"
#include "turn.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A checked Messages request as a turn. What has no place there is dropped:
 * see the table of fields in the README. */

struct messages_turn {
    const struct json_doc *doc;
    struct turn *turn;
    struct fault *fault;
    uint32_t message; /* its number in the turn */
    uint32_t item;    /* its index in the request */
    enum turn_role role;
};

static struct turn_part *add(
    struct messages_turn *m, enum turn_part_kind kind, int32_t at)
{
    struct turn_part *part = turn_part(m->turn);

    part->kind = kind;
    part->role = m->role;
    part->message = m->message;
    part->item = m->item;
    part->at = at;
    return part;
}

static void add_text(struct messages_turn *m, struct span text, int32_t at)
{
    if (text.n > 0)
        add(m, TURN_TEXT, at)->text = text;
}

static int refuse(struct messages_turn *m, int32_t at, const char *what)
{
    const struct turn_part where = {.item = m->item, .at = at};
    char path[128];

    turn_place(m->turn, &where, path);
    return fault_set(
        m->fault, REFUSE_INVALID_REQUEST, path, "%s: %s", path, what);
}

/* ---- blocks ---- */

static void read_source(
    struct messages_turn *m, struct turn_part *part, uint32_t source)
{
    if (span_is(json_text(m->doc, source, "type"), "url")) {
        turn_url(part, json_text(m->doc, source, "url"));
        return;
    }
    part->media_type = json_text(m->doc, source, "media_type");
    part->data = json_text(m->doc, source, "data");
}

static void read_image(struct messages_turn *m, uint32_t block, int32_t at)
{
    read_source(
        m, add(m, TURN_IMAGE, at), json_member(m->doc, block, "source"));
}

static int read_document(struct messages_turn *m, uint32_t block, int32_t at)
{
    uint32_t source = json_member(m->doc, block, "source");
    uint32_t type = json_member(m->doc, source, "type");
    struct turn_part *part;

    if (json_string_is(m->doc, type, "text")) {
        add_text(m, json_text(m->doc, source, "data"), at);
        return 0;
    }
    if (!json_string_is(m->doc, type, "base64") &&
        !json_string_is(m->doc, type, "url"))
        return refuse(m, at, "this kind of document cannot be passed on");
    part = add(m, TURN_FILE, at);
    read_source(m, part, source);
    part->name = json_text(m->doc, block, "title");
    return 0;
}

static void read_tool_use(struct messages_turn *m, uint32_t block, int32_t at)
{
    struct turn_part *part = add(m, TURN_CALL, at);

    part->id = json_text(m->doc, block, "id");
    part->name = json_text(m->doc, block, "name");
    part->args = json_value(m->doc, block, "input");
    part->args_raw = true;
}

static int read_inside(struct messages_turn *m, uint32_t content, int32_t at);

static int read_tool_result(struct messages_turn *m, uint32_t block, int32_t at)
{
    struct turn_part *part = add(m, TURN_RESULT, at);
    uint32_t content = json_present(m->doc, block, "content");
    size_t first = m->turn->part_count;
    int rc = 0;

    part->id = json_text(m->doc, block, "tool_use_id");
    part->failed = json_has(m->doc, block, "is_error", JSON_TRUE);
    if (content != JSON_NONE)
        rc = read_inside(m, content, at);
    for (size_t i = first; i < m->turn->part_count; i++)
        m->turn->parts[i].inside = true;
    return rc;
}

static void read_thinking(struct messages_turn *m, uint32_t block, int32_t at)
{
    struct turn_part *part = add(m, TURN_REASONING, at);

    part->text = json_text(m->doc, block, "thinking");
    part->signature = json_text(m->doc, block, "signature");
}

static int read_block(struct messages_turn *m, uint32_t block, int32_t at)
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
    uint32_t type = json_member(m->doc, block, "type");
    size_t which = json_which(m->doc, type, types, COUNT(types));

    if (which >= TOOL_USE && which <= REDACTED &&
        (which == TOOL_RESULT) == (m->role == TURN_ASSISTANT))
        return refuse(m, at, "this kind of block belongs to the other side");
    switch (which) {
    case TEXT:
        add_text(m, json_text(m->doc, block, "text"), at);
        return 0;
    case IMAGE:
        read_image(m, block, at);
        return 0;
    case DOCUMENT:
        return read_document(m, block, at);
    case TOOL_USE:
        read_tool_use(m, block, at);
        return 0;
    case TOOL_RESULT:
        return read_tool_result(m, block, at);
    case THINKING:
        read_thinking(m, block, at);
        return 0;
    case REDACTED:
        add(m, TURN_REDACTED, at)->data = json_text(m->doc, block, "data");
        return 0;
    default:
        return refuse(m, at, "this kind of block cannot be passed on");
    }
}

static int read_content(struct messages_turn *m, uint32_t content)
{
    uint32_t block;
    int32_t at = 0;

    if (json_kind(m->doc, content) == JSON_STRING) {
        add_text(m, json_inside(m->doc, content), -1);
        return 0;
    }
    for (block = json_first(m->doc, content); block != JSON_NONE;
         block = json_after(m->doc, content, block)) {
        if (read_block(m, block, at++) != 0)
            return -1;
    }
    return 0;
}

/* The words of a finding: each text of its content. */
static void read_finding(struct messages_turn *m, uint32_t block, int32_t at)
{
    uint32_t list = json_present(m->doc, block, "content");
    uint32_t node;

    add_text(m, json_text(m->doc, block, "title"), at);
    add_text(m, json_text(m->doc, block, "source"), at);
    if (list == JSON_NONE)
        return;
    for (node = json_first(m->doc, list); node != JSON_NONE;
         node = json_after(m->doc, list, node))
        add_text(m, json_text(m->doc, node, "text"), at);
}

static int read_inner(struct messages_turn *m, uint32_t block, int32_t at)
{
    enum { TEXT, IMAGE, DOCUMENT, FINDING, TOOL };
    static const char *const types[] = {
        [TEXT] = "text",
        [IMAGE] = "image",
        [DOCUMENT] = "document",
        [FINDING] = "search_result",
        [TOOL] = "tool_reference",
    };
    uint32_t type = json_member(m->doc, block, "type");

    switch (json_which(m->doc, type, types, COUNT(types))) {
    case TEXT:
    case IMAGE:
    case DOCUMENT:
        return read_block(m, block, at);
    case FINDING:
        read_finding(m, block, at);
        return 0;
    case TOOL:
        add_text(m, json_text(m->doc, block, "tool_name"), at);
        return 0;
    default:
        return refuse(m, at, "this kind of block cannot be in a result here");
    }
}

/* What a result holds: it has no results and no calls of its own. */
static int read_inside(struct messages_turn *m, uint32_t content, int32_t at)
{
    uint32_t block;

    if (json_kind(m->doc, content) == JSON_STRING) {
        add_text(m, json_inside(m->doc, content), at);
        return 0;
    }
    for (block = json_first(m->doc, content); block != JSON_NONE;
         block = json_after(m->doc, content, block)) {
        if (read_inner(m, block, at) != 0)
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

static void read_system(struct messages_turn *m)
{
    uint32_t system = json_present(m->doc, 0, "system");
    struct span text;
    uint32_t block;

    m->role = TURN_SYSTEM;
    if (system == JSON_NONE)
        return;
    if (json_kind(m->doc, system) == JSON_STRING) {
        add_text(m, json_inside(m->doc, system), -1);
        return;
    }
    for (block = json_first(m->doc, system); block != JSON_NONE;
         block = json_after(m->doc, system, block)) {
        text = json_text(m->doc, block, "text");
        if (!is_billing(text))
            add_text(m, text, -1);
    }
}

static int read_messages(struct messages_turn *m)
{
    static const char *const roles[] = {"user", "assistant", "system"};
    static const enum turn_role role_of[] = {
        TURN_USER, TURN_ASSISTANT, TURN_SYSTEM, TURN_USER};
    uint32_t list = json_member(m->doc, 0, "messages");
    uint32_t message;

    for (message = json_first(m->doc, list); message != JSON_NONE;
         message = json_after(m->doc, list, message)) {
        m->message++;
        m->role = role_of[json_which(
            m->doc, json_member(m->doc, message, "role"), roles, COUNT(roles))];
        if (read_content(m, json_member(m->doc, message, "content")) != 0)
            return -1;
        m->item++;
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

static void read_tools(struct messages_turn *m)
{
    uint32_t tools = json_present(m->doc, 0, "tools");
    struct turn_tool *tool;
    uint32_t node;

    if (tools == JSON_NONE)
        return;
    for (node = json_first(m->doc, tools); node != JSON_NONE;
         node = json_after(m->doc, tools, node)) {
        if (!is_for_the_model(m->doc, node))
            continue;
        tool = turn_tool(m->turn);
        tool->name = json_text(m->doc, node, "name");
        tool->description = json_text(m->doc, node, "description");
        tool->parameters = json_value(m->doc, node, "input_schema");
        tool->strict = json_value(m->doc, node, "strict");
    }
}

static void read_choice(struct messages_turn *m)
{
    static const char *const types[] = {"auto", "none", "any", "tool"};
    static const enum turn_choice choices[] = {TURN_CHOICE_AUTO,
        TURN_CHOICE_NONE, TURN_CHOICE_REQUIRED, TURN_CHOICE_NAMED,
        TURN_CHOICE_ABSENT};
    uint32_t node = json_present(m->doc, 0, "tool_choice");

    if (node == JSON_NONE)
        return;
    m->turn->choice = choices[json_which(
        m->doc, json_member(m->doc, node, "type"), types, COUNT(types))];
    m->turn->choice_name = json_text(m->doc, node, "name");
    if (json_has(m->doc, node, "disable_parallel_tool_use", JSON_TRUE))
        m->turn->parallel = 0;
}

/* ---- the other fields ---- */

static void read_stops(struct messages_turn *m)
{
    struct turn *t = m->turn;
    uint32_t list = json_present(m->doc, 0, "stop_sequences");
    uint32_t node;

    if (list == JSON_NONE)
        return;
    for (node = json_first(m->doc, list);
         node != JSON_NONE && t->stop_count < TURN_STOPS;
         node = json_after(m->doc, list, node))
        t->stops[t->stop_count++] = json_inside(m->doc, node);
}

static void read_output(struct messages_turn *m)
{
    uint32_t output = json_present(m->doc, 0, "output_config");
    uint32_t format;

    if (output == JSON_NONE)
        return;
    m->turn->effort = json_text(m->doc, output, "effort");
    format = json_present(m->doc, output, "format");
    if (format == JSON_NONE || !json_has(m->doc, format, "schema", JSON_OBJECT))
        return;
    m->turn->format = TURN_FORMAT_SCHEMA;
    m->turn->format_schema = json_value(m->doc, format, "schema");
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

static void read_thought(struct messages_turn *m)
{
    uint32_t thinking = thinking_of(m->doc);

    if (thinking == JSON_NONE)
        return;
    m->turn->thinking = true;
    m->turn->budget = json_value(m->doc, thinking, "budget_tokens");
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
    struct messages_turn m = {.doc = doc, .turn = turn, .fault = fault};
    uint32_t metadata = json_present(doc, 0, "metadata");

    read_system(&m);
    if (read_messages(&m) != 0)
        return -1;
    read_tools(&m);
    read_choice(&m);
    read_stops(&m);
    read_output(&m);
    read_thought(&m);
    turn->temperature = json_value(doc, 0, "temperature");
    turn->top_p = json_value(doc, 0, "top_p");
    turn->top_k = json_value(doc, 0, "top_k");
    if (metadata != JSON_NONE)
        turn->user = json_text(doc, metadata, "user_id");
    return 0;
}
