#include <string.h>

#include "dialect_chat_private.h"
#include "turn.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A checked chat request as a turn. What has no place there is dropped: see
 * the table of fields in the README. */

struct chat_turn {
    const struct json_doc *doc;
    struct turn *turn;
    struct fault *fault;
    uint32_t message; /* its number in the turn */
    uint32_t item;    /* its index in the request */
};

/* ---- messages ---- */

static struct turn_part *add(
    struct chat_turn *c, enum turn_part_kind kind, enum turn_role role)
{
    struct turn_part *part = turn_part(c->turn);

    part->kind = kind;
    part->role = role;
    part->message = c->message;
    part->item = c->item;
    return part;
}

static void add_text(struct chat_turn *c, enum turn_part_kind kind,
    enum turn_role role, struct span text)
{
    if (text.n > 0)
        add(c, kind, role)->text = text;
}

static void read_image(
    struct chat_turn *c, struct turn_part *part, uint32_t node)
{
    uint32_t image = json_member(c->doc, node, "image_url");

    if (json_kind(c->doc, image) == JSON_OBJECT) {
        part->detail = json_text(c->doc, image, "detail");
        image = json_member(c->doc, image, "url");
    }
    turn_url(part, json_inside(c->doc, image));
}

static int read_file(struct chat_turn *c, struct turn_part *part, uint32_t node)
{
    uint32_t file = json_member(c->doc, node, "file");
    char path[128];

    if (file != JSON_NONE) {
        turn_url(part, json_text(c->doc, file, "file_data"));
        part->name = json_text(c->doc, file, "filename");
    }
    if (part->data.p != NULL)
        return 0;
    turn_place(c->turn, part, path);
    return fault_set(c->fault, REFUSE_INVALID_REQUEST, path,
        "%s: only files with file_data are known here", path);
}

static int read_part(
    struct chat_turn *c, enum turn_role role, uint32_t node, int32_t at)
{
    enum { TEXT, IMAGE, REFUSAL, FILE_DATA };
    static const char *const types[] = {
        [TEXT] = "text",
        [IMAGE] = "image_url",
        [REFUSAL] = "refusal",
        [FILE_DATA] = "file",
    };
    uint32_t type = json_member(c->doc, node, "type");
    size_t which = json_which(c->doc, type, types, COUNT(types));
    struct turn_part *part;
    char path[128];

    if (which == TEXT || which == REFUSAL) {
        add_text(c, which == TEXT ? TURN_TEXT : turn_refused(role), role,
            json_text(c->doc, node, types[which]));
        return 0;
    }
    part = add(c, which == IMAGE ? TURN_IMAGE : TURN_FILE, role);
    part->at = at;
    if (which == IMAGE) {
        read_image(c, part, node);
        return 0;
    }
    if (which == FILE_DATA)
        return read_file(c, part, node);
    turn_place(c->turn, part, path);
    return fault_set(c->fault, REFUSE_INVALID_REQUEST, path,
        "%s: this model does not take audio", path);
}

static int read_content(
    struct chat_turn *c, enum turn_role role, uint32_t message)
{
    uint32_t content = json_present(c->doc, message, "content");
    uint32_t part;
    int32_t at = 0;

    if (content == JSON_NONE)
        return 0;
    if (json_kind(c->doc, content) == JSON_STRING) {
        add_text(c, TURN_TEXT, role, json_inside(c->doc, content));
        return 0;
    }
    for (part = json_first(c->doc, content); part != JSON_NONE;
         part = json_after(c->doc, content, part)) {
        if (read_part(c, role, part, at++) != 0)
            return -1;
    }
    return 0;
}

static void read_function(
    struct chat_turn *c, uint32_t function, struct span id)
{
    struct turn_part *part = add(c, TURN_CALL, TURN_ASSISTANT);

    part->id = id;
    part->name = json_text(c->doc, function, "name");
    part->args = json_text(c->doc, function, "arguments");
}

static void read_calls(struct chat_turn *c, uint32_t message)
{
    uint32_t calls = json_present(c->doc, message, "tool_calls");
    uint32_t call;

    if (calls == JSON_NONE)
        return;
    for (call = json_first(c->doc, calls); call != JSON_NONE;
         call = json_after(c->doc, calls, call))
        read_function(c, json_member(c->doc, call, "function"),
            json_text(c->doc, call, "id"));
}

static int read_assistant(struct chat_turn *c, uint32_t message)
{
    static const struct span legacy = {"call_legacy", 11};
    uint32_t call = json_present(c->doc, message, "function_call");

    if (read_content(c, TURN_ASSISTANT, message) != 0)
        return -1;
    add_text(
        c, TURN_REFUSAL, TURN_ASSISTANT, json_text(c->doc, message, "refusal"));
    read_calls(c, message);
    if (call != JSON_NONE)
        read_function(c, call, legacy);
    return 0;
}

/* The result and its content, which may be parts. */
static int read_result(struct chat_turn *c, uint32_t message, struct span id)
{
    struct turn_part *part = add(c, TURN_RESULT, TURN_USER);
    size_t first = c->turn->part_count;
    int rc;

    part->id = id;
    rc = read_content(c, TURN_USER, message);
    for (size_t i = first; i < c->turn->part_count; i++)
        c->turn->parts[i].inside = true;
    return rc;
}

static int read_message(struct chat_turn *c, uint32_t message)
{
    enum { SYSTEM, DEVELOPER, USER, ASSISTANT, TOOL, FUNCTION };
    static const char *const roles[] = {
        [SYSTEM] = "system",
        [DEVELOPER] = "developer",
        [USER] = "user",
        [ASSISTANT] = "assistant",
        [TOOL] = "tool",
        [FUNCTION] = "function",
    };
    static const struct span legacy = {"call_legacy", 11};
    uint32_t role = json_member(c->doc, message, "role");

    switch (json_which(c->doc, role, roles, COUNT(roles))) {
    case SYSTEM:
        return read_content(c, TURN_SYSTEM, message);
    case DEVELOPER:
        return read_content(c, TURN_DEVELOPER, message);
    case ASSISTANT:
        return read_assistant(c, message);
    case TOOL:
        return read_result(
            c, message, json_text(c->doc, message, "tool_call_id"));
    case FUNCTION:
        return read_result(c, message, legacy);
    default:
        return read_content(c, TURN_USER, message);
    }
}

/* Tool messages that follow each other answer one message: they are one. */
static bool goes_on(const struct chat_turn *c, uint32_t message)
{
    const struct turn *t = c->turn;
    uint32_t role = json_member(c->doc, message, "role");

    return t->part_count > 0 && json_string_is(c->doc, role, "tool") &&
           (t->parts[t->part_count - 1].inside ||
               t->parts[t->part_count - 1].kind == TURN_RESULT);
}

static int read_messages(struct chat_turn *c)
{
    uint32_t list = json_member(c->doc, 0, "messages");
    uint32_t message;

    for (message = json_first(c->doc, list); message != JSON_NONE;
         message = json_after(c->doc, list, message)) {
        if (!goes_on(c, message))
            c->message++;
        if (read_message(c, message) != 0)
            return -1;
        c->item++;
    }
    return 0;
}

/* ---- tools ---- */

static void read_tool(struct chat_turn *c, uint32_t function)
{
    struct turn_tool *tool = turn_tool(c->turn);

    tool->name = json_text(c->doc, function, "name");
    tool->description = json_text(c->doc, function, "description");
    tool->parameters = json_value(c->doc, function, "parameters");
    tool->strict = json_value(c->doc, function, "strict");
}

static void read_tools(struct chat_turn *c)
{
    uint32_t tools = json_present(c->doc, 0, "tools");
    uint32_t functions = json_present(c->doc, 0, "functions");
    uint32_t node;

    if (tools != JSON_NONE)
        for (node = json_first(c->doc, tools); node != JSON_NONE;
             node = json_after(c->doc, tools, node))
            if (json_has(c->doc, node, "function", JSON_OBJECT))
                read_tool(c, json_member(c->doc, node, "function"));
    if (functions != JSON_NONE)
        for (node = json_first(c->doc, functions); node != JSON_NONE;
             node = json_after(c->doc, functions, node))
            if (json_kind(c->doc, node) == JSON_OBJECT)
                read_tool(c, node);
}

static void read_choice(struct chat_turn *c)
{
    static const char *const words[] = {"auto", "none", "required"};
    static const enum turn_choice choices[] = {
        TURN_CHOICE_AUTO, TURN_CHOICE_NONE, TURN_CHOICE_REQUIRED};
    uint32_t node = json_present(c->doc, 0, "tool_choice");
    uint32_t function;

    if (node == JSON_NONE)
        return;
    if (json_kind(c->doc, node) == JSON_STRING) {
        c->turn->choice =
            choices[json_which(c->doc, node, words, COUNT(words))];
        return;
    }
    if (span_is(json_text(c->doc, node, "type"), "allowed_tools")) {
        function = json_member(c->doc, node, "allowed_tools");
        c->turn->choice =
            span_is(json_text(c->doc, function, "mode"), "required")
                ? TURN_CHOICE_REQUIRED
                : TURN_CHOICE_AUTO;
        return;
    }
    function = json_member(c->doc, node, "function");
    if (function != JSON_NONE)
        c->turn->choice_name = json_text(c->doc, function, "name");
    if (c->turn->choice_name.p != NULL)
        c->turn->choice = TURN_CHOICE_NAMED;
}

/* ---- the other fields ---- */

static void read_numbers(struct chat_turn *c)
{
    struct turn *t = c->turn;
    const struct {
        const char *key;
        struct span *raw;
    } numbers[] = {
        {"temperature", &t->temperature},
        {"top_p", &t->top_p},
        {"top_k", &t->top_k},
        {"presence_penalty", &t->presence_penalty},
        {"frequency_penalty", &t->frequency_penalty},
        {"seed", &t->seed},
        {"logit_bias", &t->logit_bias},
        {"top_logprobs", &t->top_logprobs},
    };

    for (size_t i = 0; i < COUNT(numbers); i++)
        *numbers[i].raw = json_value(c->doc, 0, numbers[i].key);
}

static void read_stops(struct chat_turn *c)
{
    struct turn *t = c->turn;
    uint32_t stop = json_present(c->doc, 0, "stop");
    uint32_t node;

    if (stop == JSON_NONE)
        return;
    if (json_kind(c->doc, stop) == JSON_STRING) {
        t->stops[t->stop_count++] = json_inside(c->doc, stop);
        return;
    }
    for (node = json_first(c->doc, stop);
         node != JSON_NONE && t->stop_count < TURN_STOPS;
         node = json_after(c->doc, stop, node))
        t->stops[t->stop_count++] = json_inside(c->doc, node);
}

static void read_format(struct chat_turn *c)
{
    uint32_t format = json_present(c->doc, 0, "response_format");
    uint32_t type, schema;

    if (format == JSON_NONE)
        return;
    type = json_member(c->doc, format, "type");
    if (json_string_is(c->doc, type, "json_object"))
        c->turn->format = TURN_FORMAT_OBJECT;
    if (!json_string_is(c->doc, type, "json_schema"))
        return;
    schema = json_member(c->doc, format, "json_schema");
    c->turn->format = TURN_FORMAT_SCHEMA;
    c->turn->format_name = json_text(c->doc, schema, "name");
    c->turn->format_schema = json_value(c->doc, schema, "schema");
    c->turn->format_strict = json_value(c->doc, schema, "strict");
}

static void read_options(struct chat_turn *c)
{
    struct turn *t = c->turn;
    uint32_t parallel = json_present(c->doc, 0, "parallel_tool_calls");
    int64_t n;

    if (parallel != JSON_NONE)
        t->parallel = json_kind(c->doc, parallel) == JSON_TRUE;
    if (json_has(c->doc, 0, "n", JSON_NUMBER) &&
        json_int(c->doc, json_member(c->doc, 0, "n"), &n) == 0)
        t->n = (uint32_t)n;
    t->logprobs = json_has(c->doc, 0, "logprobs", JSON_TRUE);
    t->user = json_text(c->doc, 0, "user");
    t->effort = json_text(c->doc, 0, "reasoning_effort");
    t->thinking = t->effort.n > 0 && !span_is(t->effort, "none");
}

int chat_turn_read(
    const struct json_doc *doc, struct turn *turn, struct fault *fault)
{
    struct chat_turn c = {.doc = doc, .turn = turn, .fault = fault};

    if (read_messages(&c) != 0)
        return -1;
    read_tools(&c);
    read_choice(&c);
    read_numbers(&c);
    read_stops(&c);
    read_format(&c);
    read_options(&c);
    return 0;
}
