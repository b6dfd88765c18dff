#include <string.h>

#include "dialect_chat_private.h"
#include "turn_reader.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A checked chat request as a turn. What has no place there is dropped: see
 * the table of fields in the README. */

/* ---- messages ---- */

static const char no_audio[] = "this model does not take audio";

static void read_image(
    struct turn_reader *r, struct turn_part *part, uint32_t node)
{
    uint32_t image = json_member(r->doc, node, "image_url");

    if (json_kind(r->doc, image) == JSON_OBJECT) {
        part->detail = json_text(r->doc, image, "detail");
        image = json_member(r->doc, image, "url");
    }
    turn_url(part, json_inside(r->doc, image));
}

static int read_file(struct turn_reader *r, uint32_t node, int32_t at)
{
    uint32_t file = json_member(r->doc, node, "file");
    struct span data = {0};

    if (file != JSON_NONE)
        data = json_text(r->doc, file, "file_data");
    if (data.n == 0)
        return turn_reader_refuse(
            r, at, "only files with file_data are known here");
    return turn_reader_file(r, data, json_text(r->doc, file, "filename"), at);
}

static int read_part(struct turn_reader *r, uint32_t node, int32_t at)
{
    enum { TEXT, IMAGE, REFUSAL, FILE_DATA };
    static const char *const types[] = {
        [TEXT] = "text",
        [IMAGE] = "image_url",
        [REFUSAL] = "refusal",
        [FILE_DATA] = "file",
    };
    uint32_t type = json_member(r->doc, node, "type");

    switch (json_which(r->doc, type, types, COUNT(types))) {
    case TEXT:
        turn_reader_add_text(r, TURN_TEXT, json_text(r->doc, node, "text"), -1);
        return 0;
    case REFUSAL:
        turn_reader_add_text(
            r, turn_refused(r->role), json_text(r->doc, node, "refusal"), -1);
        return 0;
    case IMAGE:
        read_image(r, turn_reader_add(r, TURN_IMAGE, at), node);
        return 0;
    case FILE_DATA:
        return read_file(r, node, at);
    default:
        return turn_reader_refuse(r, at, no_audio);
    }
}

static int read_content(struct turn_reader *r, uint32_t message)
{
    uint32_t content = json_present(r->doc, message, "content");

    if (content == JSON_NONE)
        return 0;
    return turn_reader_content(r, content, read_part);
}

static void read_function(
    struct turn_reader *r, uint32_t function, struct span id)
{
    struct turn_part *part = turn_reader_add(r, TURN_CALL, -1);

    part->id = id;
    part->name = json_text(r->doc, function, "name");
    part->args = json_text(r->doc, function, "arguments");
}

static void read_custom(struct turn_reader *r, uint32_t custom, struct span id)
{
    struct turn_part *part = turn_reader_add(r, TURN_CALL, -1);

    part->custom = true;
    part->id = id;
    part->name = json_text(r->doc, custom, "name");
    part->args = json_text(r->doc, custom, "input");
}

static void read_calls(struct turn_reader *r, uint32_t message)
{
    uint32_t calls = json_present(r->doc, message, "tool_calls");
    struct span id;
    uint32_t call;

    if (calls == JSON_NONE)
        return;
    for (call = json_first(r->doc, calls); call != JSON_NONE;
         call = json_after(r->doc, calls, call)) {
        id = json_text(r->doc, call, "id");
        if (span_is(json_text(r->doc, call, "type"), "custom"))
            read_custom(r, json_member(r->doc, call, "custom"), id);
        else
            read_function(r, json_member(r->doc, call, "function"), id);
    }
}

static int read_assistant(struct turn_reader *r, uint32_t message)
{
    static const struct span legacy = {"call_legacy", 11};
    uint32_t call = json_present(r->doc, message, "function_call");

    if (json_present(r->doc, message, "audio") != JSON_NONE &&
        json_present(r->doc, message, "content") == JSON_NONE)
        return turn_reader_refuse(r, -1, no_audio);
    if (read_content(r, message) != 0)
        return -1;
    turn_reader_add_text(
        r, TURN_REFUSAL, json_text(r->doc, message, "refusal"), -1);
    read_calls(r, message);
    if (call != JSON_NONE)
        read_function(r, call, legacy);
    return 0;
}

/* The result and its content, which may be parts. */
static int read_result(struct turn_reader *r, uint32_t message, struct span id)
{
    struct turn_part *part = turn_reader_add(r, TURN_RESULT, -1);
    size_t first = r->turn->part_count;
    int rc;

    part->id = id;
    rc = read_content(r, message);
    turn_reader_enclose(r, first);
    return rc;
}

static int read_message(struct turn_reader *r, uint32_t message)
{
    static const enum turn_role roles[] = {
        [CHAT_SYSTEM] = TURN_SYSTEM,
        [CHAT_DEVELOPER] = TURN_DEVELOPER,
        [CHAT_USER] = TURN_USER,
        [CHAT_ASSISTANT] = TURN_ASSISTANT,
        [CHAT_TOOL] = TURN_USER,
        [CHAT_FUNCTION] = TURN_USER,
        [CHAT_ROLES] = TURN_USER,
    };
    static const struct span legacy = {"call_legacy", 11};
    enum chat_role role = chat_role_of(r->doc, message);

    r->role = roles[role];
    switch (role) {
    case CHAT_ASSISTANT:
        return read_assistant(r, message);
    case CHAT_TOOL:
        return read_result(
            r, message, json_text(r->doc, message, "tool_call_id"));
    case CHAT_FUNCTION:
        return read_result(r, message, legacy);
    default:
        return read_content(r, message);
    }
}

/* Tool messages that follow each other answer one message: they are one. */
static bool goes_on(const struct turn_reader *r, uint32_t message)
{
    const struct turn *t = r->turn;

    return t->part_count > 0 && chat_role_of(r->doc, message) == CHAT_TOOL &&
           (t->parts[t->part_count - 1].inside ||
               t->parts[t->part_count - 1].kind == TURN_RESULT);
}

static int read_messages(struct turn_reader *r)
{
    uint32_t list = json_member(r->doc, 0, "messages");
    uint32_t message;

    for (message = json_first(r->doc, list); message != JSON_NONE;
         message = json_after(r->doc, list, message)) {
        if (!goes_on(r, message))
            r->message++;
        if (read_message(r, message) != 0)
            return -1;
        r->item++;
    }
    return 0;
}

/* ---- tools ---- */

static void read_tool(struct turn_reader *r, uint32_t function)
{
    struct turn_tool *tool = turn_tool(r->turn);

    tool->name = json_text(r->doc, function, "name");
    tool->description = json_text(r->doc, function, "description");
    tool->parameters = json_value(r->doc, function, "parameters");
    tool->strict = json_value(r->doc, function, "strict");
}

static void read_tools(struct turn_reader *r)
{
    uint32_t tools = json_present(r->doc, 0, "tools");
    uint32_t functions = json_present(r->doc, 0, "functions");
    uint32_t node;

    if (tools != JSON_NONE)
        for (node = json_first(r->doc, tools); node != JSON_NONE;
             node = json_after(r->doc, tools, node))
            if (json_has(r->doc, node, "function", JSON_OBJECT))
                read_tool(r, json_member(r->doc, node, "function"));
    if (functions != JSON_NONE)
        for (node = json_first(r->doc, functions); node != JSON_NONE;
             node = json_after(r->doc, functions, node))
            if (json_kind(r->doc, node) == JSON_OBJECT)
                read_tool(r, node);
}

static void read_choice(struct turn_reader *r)
{
    uint32_t node = json_present(r->doc, 0, "tool_choice");
    uint32_t function;

    if (node == JSON_NONE)
        return;
    if (json_kind(r->doc, node) == JSON_STRING) {
        turn_reader_choice(r, node);
        return;
    }
    if (span_is(json_text(r->doc, node, "type"), "allowed_tools")) {
        function = json_member(r->doc, node, "allowed_tools");
        r->turn->choice =
            span_is(json_text(r->doc, function, "mode"), "required")
                ? TURN_CHOICE_REQUIRED
                : TURN_CHOICE_AUTO;
        return;
    }
    function = json_member(r->doc, node, "function");
    if (function != JSON_NONE)
        r->turn->choice_name = json_text(r->doc, function, "name");
    if (r->turn->choice_name.p != NULL)
        r->turn->choice = TURN_CHOICE_NAMED;
}

/* ---- the other fields ---- */

static void read_numbers(struct turn_reader *r)
{
    struct turn *t = r->turn;
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
        *numbers[i].raw = json_value(r->doc, 0, numbers[i].key);
}

static void read_stops(struct turn_reader *r)
{
    struct turn *t = r->turn;
    uint32_t stop = json_present(r->doc, 0, "stop");

    if (stop == JSON_NONE)
        return;
    if (json_kind(r->doc, stop) == JSON_STRING) {
        t->stops[t->stop_count++] = json_inside(r->doc, stop);
        return;
    }
    turn_reader_stops(r, stop);
}

static void read_format(struct turn_reader *r)
{
    uint32_t format = json_present(r->doc, 0, "response_format");
    uint32_t type;

    if (format == JSON_NONE)
        return;
    type = json_member(r->doc, format, "type");
    if (json_string_is(r->doc, type, "json_object"))
        r->turn->format = TURN_FORMAT_OBJECT;
    if (!json_string_is(r->doc, type, "json_schema"))
        return;
    turn_reader_schema(r, json_member(r->doc, format, "json_schema"));
}

static void read_options(struct turn_reader *r)
{
    struct turn *t = r->turn;
    int64_t n;

    turn_reader_parallel(r);
    if (json_has(r->doc, 0, "n", JSON_NUMBER) &&
        json_int(r->doc, json_member(r->doc, 0, "n"), &n) == 0)
        t->n = (uint32_t)n;
    t->logprobs = json_has(r->doc, 0, "logprobs", JSON_TRUE);
    t->user = json_text(r->doc, 0, "user");
    t->effort = json_text(r->doc, 0, "reasoning_effort");
    t->thinking = t->effort.n > 0 && !span_is(t->effort, "none");
}

int chat_turn_read(
    const struct json_doc *doc, struct turn *turn, struct fault *fault)
{
    struct turn_reader r = {.doc = doc, .turn = turn, .fault = fault};

    if (read_messages(&r) != 0)
        return -1;
    read_tools(&r);
    read_choice(&r);
    read_numbers(&r);
    read_stops(&r);
    read_format(&r);
    read_options(&r);
    return 0;
}
