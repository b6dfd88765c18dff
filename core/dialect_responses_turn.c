#include <string.h>

#include "dialect_responses_private.h"
#include "turn_reader.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A checked Responses request as a turn. What has no place there is dropped:
 * see the table of fields in the README. */

/* Calls and words of the assistant that follow each other are one message,
 * and so are results. */
static void enter(struct turn_reader *r, enum turn_role role, bool result)
{
    const struct turn *t = r->turn;
    const struct turn_part *last =
        t->part_count > 0 ? &t->parts[t->part_count - 1] : NULL;
    bool goes_on = last != NULL && last->role == role &&
                   (role == TURN_ASSISTANT ||
                       (result && (last->inside || last->kind == TURN_RESULT)));

    r->role = role;
    if (!goes_on)
        r->message++;
}

/* ---- parts ---- */

static int read_image(struct turn_reader *r, uint32_t node, int32_t at)
{
    struct span url = json_text(r->doc, node, "image_url");
    struct turn_part *part;

    if (url.n == 0)
        return turn_reader_refuse(
            r, at, "files are not kept here: send the image itself");
    part = turn_reader_add(r, TURN_IMAGE, at);
    turn_url(part, url);
    part->detail = json_text(r->doc, node, "detail");
    if (span_is(part->detail, "auto"))
        part->detail = (struct span){0};
    return 0;
}

static int read_file(struct turn_reader *r, uint32_t node, int32_t at)
{
    struct span data = json_text(r->doc, node, "file_data");
    struct span url = json_text(r->doc, node, "file_url");
    struct turn_part *part;

    if (data.n == 0 && url.n == 0)
        return turn_reader_refuse(
            r, at, "files are not kept here: send the file itself");
    if (data.n > 0)
        return turn_reader_file(
            r, data, json_text(r->doc, node, "filename"), at);
    part = turn_reader_add(r, TURN_FILE, at);
    turn_url(part, url);
    part->name = json_text(r->doc, node, "filename");
    return 0;
}

static int read_part(struct turn_reader *r, uint32_t node, int32_t at)
{
    enum { INPUT, OUTPUT, PLAIN, REFUSAL, IMAGE, FILE_DATA };
    static const char *const types[] = {
        [INPUT] = "input_text",
        [OUTPUT] = "output_text",
        [PLAIN] = "text",
        [REFUSAL] = "refusal",
        [IMAGE] = "input_image",
        [FILE_DATA] = "input_file",
    };
    uint32_t type = json_member(r->doc, node, "type");

    switch (json_which(r->doc, type, types, COUNT(types))) {
    case INPUT:
    case OUTPUT:
    case PLAIN:
        turn_reader_add_text(r, TURN_TEXT, json_text(r->doc, node, "text"), at);
        return 0;
    case REFUSAL:
        turn_reader_add_text(
            r, turn_refused(r->role), json_text(r->doc, node, "refusal"), at);
        return 0;
    case IMAGE:
        return read_image(r, node, at);
    case FILE_DATA:
        return read_file(r, node, at);
    default:
        return turn_reader_refuse(
            r, at, "this kind of part cannot be passed on");
    }
}

/* ---- items ---- */

static int read_message(struct turn_reader *r, uint32_t item)
{
    static const char *const words[] = {
        "user", "assistant", "system", "developer"};
    static const enum turn_role roles[] = {
        TURN_USER, TURN_ASSISTANT, TURN_SYSTEM, TURN_DEVELOPER, TURN_USER};
    uint32_t role = json_member(r->doc, item, "role");

    enter(r, roles[json_which(r->doc, role, words, COUNT(words))], false);
    return turn_reader_content(
        r, json_member(r->doc, item, "content"), read_part);
}

static int read_call(struct turn_reader *r, uint32_t item, bool custom)
{
    struct turn_part *part;

    enter(r, TURN_ASSISTANT, false);
    part = turn_reader_add(r, TURN_CALL, -1);
    part->custom = custom;
    part->id = json_text(r->doc, item, "call_id");
    part->name = json_text(r->doc, item, "name");
    part->space = json_text(r->doc, item, "namespace");
    part->args = json_text(r->doc, item, custom ? "input" : "arguments");
    return 0;
}

static int read_output(struct turn_reader *r, uint32_t item, bool custom)
{
    struct turn_part *part;
    size_t first;
    int rc;

    enter(r, TURN_USER, true);
    part = turn_reader_add(r, TURN_RESULT, -1);
    part->custom = custom;
    part->id = json_text(r->doc, item, "call_id");
    part->failed = span_is(json_text(r->doc, item, "status"), "incomplete");
    first = r->turn->part_count;
    rc = turn_reader_content(r, json_member(r->doc, item, "output"), read_part);
    turn_reader_enclose(r, first);
    return rc;
}

/* The texts of a summary, joined. */
static struct span summary_text(struct turn_reader *r, uint32_t item)
{
    uint32_t list = json_present(r->doc, item, "summary");
    struct buf joined = {0};
    struct span text = {"", 0};
    uint32_t part;

    if (list == JSON_NONE)
        return text;
    for (part = json_first(r->doc, list); part != JSON_NONE;
         part = json_after(r->doc, list, part)) {
        text = json_text(r->doc, part, "text");
        if (joined.len > 0)
            buf_puts(&joined, "\\n\\n");
        buf_put(&joined, text.p, text.n);
    }
    text = turn_keep(r->turn, (struct span){joined.data, joined.len});
    buf_free(&joined);
    return text;
}

static int read_reasoning(struct turn_reader *r, uint32_t item)
{
    struct turn_part *part;
    struct span text = summary_text(r, item);

    enter(r, TURN_ASSISTANT, false);
    part = turn_reader_add(r, TURN_REASONING, -1);
    part->text = text;
    part->signature = json_text(r->doc, item, "encrypted_content");
    return 0;
}

static int read_item(struct turn_reader *r, uint32_t item)
{
    enum { MESSAGE, CALL, CALL_OUT, CUSTOM, CUSTOM_OUT, REASONING, REFERENCE };
    static const char *const types[] = {
        [MESSAGE] = "message",
        [CALL] = "function_call",
        [CALL_OUT] = "function_call_output",
        [CUSTOM] = "custom_tool_call",
        [CUSTOM_OUT] = "custom_tool_call_output",
        [REASONING] = "reasoning",
        [REFERENCE] = "item_reference",
    };
    uint32_t type = json_present(r->doc, item, "type");
    size_t which =
        type != JSON_NONE ? json_which(r->doc, type, types, COUNT(types)) : 0;

    switch (which) {
    case MESSAGE:
        return read_message(r, item);
    case CALL:
    case CUSTOM:
        return read_call(r, item, which == CUSTOM);
    case CALL_OUT:
    case CUSTOM_OUT:
        return read_output(r, item, which == CUSTOM_OUT);
    case REASONING:
        return read_reasoning(r, item);
    case REFERENCE:
        return fault_set(r->fault, REFUSE_INVALID_REQUEST, "input",
            "input: nothing is stored here, so item_reference cannot be "
            "followed: send the items themselves");
    default:
        return 0; /* traces of hosted tools and such */
    }
}

static int read_input(struct turn_reader *r)
{
    uint32_t input = json_present(r->doc, 0, "input");
    struct span instructions = json_text(r->doc, 0, "instructions");
    uint32_t item;

    r->role = TURN_SYSTEM;
    turn_reader_add_text(r, TURN_TEXT, instructions, -1);
    r->message++;
    r->role = TURN_USER;
    if (json_kind(r->doc, input) == JSON_STRING) {
        turn_reader_add_text(r, TURN_TEXT, json_inside(r->doc, input), -1);
        return 0;
    }
    for (item = json_first(r->doc, input); item != JSON_NONE;
         item = json_after(r->doc, input, item)) {
        if (read_item(r, item) != 0)
            return -1;
        r->item++;
    }
    return 0;
}

/* ---- tools ---- */

static void read_tool(
    struct turn_reader *r, uint32_t node, struct span space, bool custom)
{
    struct turn_tool *tool = turn_tool(r->turn);

    tool->custom = custom;
    tool->name = json_text(r->doc, node, "name");
    tool->description = json_text(r->doc, node, "description");
    tool->parameters = json_value(r->doc, node, "parameters");
    tool->strict = json_value(r->doc, node, "strict");
    tool->space = space;
}

/* Kinds that only some upstreams have are left out. */
static void read_tool_list(
    struct turn_reader *r, uint32_t list, struct span space)
{
    uint32_t node;
    struct span type;

    for (node = json_first(r->doc, list); node != JSON_NONE;
         node = json_after(r->doc, list, node)) {
        type = json_text(r->doc, node, "type");
        if (span_is(type, "function") || span_is(type, "custom"))
            read_tool(r, node, space, span_is(type, "custom"));
        else if (span_is(type, "namespace") && space.p == NULL &&
                 json_has(r->doc, node, "tools", JSON_ARRAY))
            read_tool_list(r, json_member(r->doc, node, "tools"),
                json_text(r->doc, node, "name"));
    }
}

static void read_choice(struct turn_reader *r)
{
    uint32_t node = json_present(r->doc, 0, "tool_choice");
    struct span type;

    if (node == JSON_NONE)
        return;
    if (json_kind(r->doc, node) == JSON_STRING) {
        turn_reader_choice(r, node);
        return;
    }
    type = json_text(r->doc, node, "type");
    r->turn->choice = TURN_CHOICE_AUTO;
    if (span_is(type, "allowed_tools") &&
        span_is(json_text(r->doc, node, "mode"), "required"))
        r->turn->choice = TURN_CHOICE_REQUIRED;
    if (!span_is(type, "function") && !span_is(type, "custom"))
        return;
    r->turn->choice = TURN_CHOICE_NAMED;
    r->turn->choice_name = json_text(r->doc, node, "name");
}

/* ---- the other fields ---- */

static void read_format(struct turn_reader *r)
{
    uint32_t text = json_present(r->doc, 0, "text");
    uint32_t format =
        text != JSON_NONE ? json_present(r->doc, text, "format") : JSON_NONE;
    struct span type;

    if (format == JSON_NONE)
        return;
    type = json_text(r->doc, format, "type");
    if (span_is(type, "json_object"))
        r->turn->format = TURN_FORMAT_OBJECT;
    if (!span_is(type, "json_schema"))
        return;
    turn_reader_schema(r, format);
}

static bool includes(const struct json_doc *doc, const char *what)
{
    uint32_t list = json_present(doc, 0, "include");
    uint32_t node;

    if (list == JSON_NONE)
        return false;
    for (node = json_first(doc, list); node != JSON_NONE;
         node = json_after(doc, list, node))
        if (json_string_is(doc, node, what))
            return true;
    return false;
}

static void read_options(struct turn_reader *r)
{
    struct turn *t = r->turn;
    uint32_t reasoning = json_present(r->doc, 0, "reasoning");

    t->temperature = json_value(r->doc, 0, "temperature");
    t->top_p = json_value(r->doc, 0, "top_p");
    t->top_logprobs = json_value(r->doc, 0, "top_logprobs");
    t->logprobs = includes(r->doc, "message.output_text.logprobs");
    t->user = json_text(r->doc, 0, "user");
    if (t->user.n == 0)
        t->user = json_text(r->doc, 0, "safety_identifier");
    turn_reader_parallel(r);
    if (reasoning != JSON_NONE)
        t->effort = json_text(r->doc, reasoning, "effort");
    t->thinking = t->effort.n > 0 && !span_is(t->effort, "none");
}

/* Nothing is stored here: what goes on from a stored thing is refused. */
static int check_stored(struct turn_reader *r)
{
    static const char *const fields[] = {
        "previous_response_id", "conversation", "prompt"};

    for (size_t i = 0; i < COUNT(fields); i++)
        if (json_present(r->doc, 0, fields[i]) != JSON_NONE)
            return fault_set(r->fault, REFUSE_INVALID_REQUEST, fields[i],
                "%s: nothing is stored here: send the whole conversation",
                fields[i]);
    if (json_has(r->doc, 0, "background", JSON_TRUE))
        return fault_set(r->fault, REFUSE_INVALID_REQUEST, "background",
            "background: nothing is stored here");
    return 0;
}

int responses_turn_read(
    const struct json_doc *doc, struct turn *turn, struct fault *fault)
{
    struct turn_reader r = {.doc = doc, .turn = turn, .fault = fault};
    uint32_t tools = json_present(doc, 0, "tools");

    if (check_stored(&r) != 0 || read_input(&r) != 0)
        return -1;
    if (tools != JSON_NONE)
        read_tool_list(&r, tools, (struct span){0});
    read_choice(&r);
    read_format(&r);
    read_options(&r);
    return 0;
}
