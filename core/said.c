#include "said.h"

#include <stdlib.h>

/* ---- finding ---- */

static void add(struct said *said, uint32_t node, bool *same_turn)
{
    struct said_text *of = said->of;

    if (said->count == said->cap) {
        of = reallocarray(of, said->cap * 2 + 8, sizeof(*of));
        if (of == NULL) {
            said->out_of_memory = true;
            return;
        }
        said->of = of;
        said->cap = said->cap * 2 + 8;
    }
    of[said->count++] = (struct said_text){node, *same_turn};
    *same_turn = true;
}

static void add_string(
    struct said *said, const struct json_doc *doc, uint32_t node, bool *same)
{
    if (json_is(doc, node, JSON_STRING))
        add(said, node, same);
}

static void add_content(
    struct said *said, const struct json_doc *doc, uint32_t node, bool *same);

/* A document that a user sends along as text, or as blocks of it. */
static void add_source(
    struct said *said, const struct json_doc *doc, uint32_t source, bool *same)
{
    uint32_t type = JSON_NONE;

    if (json_kind(doc, source) == JSON_OBJECT)
        type = json_member(doc, source, "type");
    if (type == JSON_NONE)
        return;
    if (json_string_is(doc, type, "text"))
        add_string(said, doc, json_member(doc, source, "data"), same);
    else if (json_string_is(doc, type, "content"))
        add_content(said, doc, json_member(doc, source, "content"), same);
}

/* The texts of a part in the order in which they stand there, be it of a kind
 * that is known or not. */
static void add_members(
    struct said *said, const struct json_doc *doc, uint32_t part, bool *same)
{
    static const char *const keys[] = {
        "text", "refusal", "title", "context", "content", "source"};
    enum { CONTENT = 4, SOURCE, OTHER };
    uint32_t key;
    size_t which;

    for (key = json_first(doc, part); key != JSON_NONE;
         key = json_after(doc, part, key + 1)) {
        which = json_which(doc, key, keys, OTHER);
        if (which == SOURCE)
            add_source(said, doc, key + 1, same);
        else if (which == CONTENT)
            add_content(said, doc, key + 1, same);
        else if (which < CONTENT)
            add_string(said, doc, key + 1, same);
    }
}

static void add_part(
    struct said *said, const struct json_doc *doc, uint32_t part, bool *same)
{
    uint32_t type;

    if (json_kind(doc, part) != JSON_OBJECT)
        return;
    type = json_member(doc, part, "type");
    if (type == JSON_NONE || !json_string_is(doc, type, "tool_result"))
        add_members(said, doc, part, same);
}

/* A string, or parts. */
static void add_content(
    struct said *said, const struct json_doc *doc, uint32_t node, bool *same)
{
    uint32_t part;

    if (node == JSON_NONE)
        return;
    add_string(said, doc, node, same);
    if (json_kind(doc, node) != JSON_ARRAY)
        return;
    for (part = json_first(doc, node); part != JSON_NONE;
         part = json_after(doc, node, part)) {
        add_string(said, doc, part, same);
        add_part(said, doc, part, same);
    }
}

static bool is_users(const struct json_doc *doc, uint32_t message)
{
    static const char *const others[] = {
        "system", "developer", "assistant", "tool", "function"};
    uint32_t role = json_member(doc, message, "role");
    size_t count = sizeof(others) / sizeof(others[0]);

    /* An item of a Responses input that has no role is a call, a result of one
     * or the like. */
    return role != JSON_NONE && json_which(doc, role, others, count) == count;
}

static void add_messages(
    struct said *said, const struct json_doc *doc, uint32_t messages)
{
    uint32_t message;
    bool same;

    for (message = json_first(doc, messages); message != JSON_NONE;
         message = json_after(doc, messages, message)) {
        same = false;
        if (is_users(doc, message))
            add_content(said, doc, json_member(doc, message, "content"), &same);
    }
}

int said_read(
    struct said *said, const struct json_doc *doc, enum dialect dialect)
{
    uint32_t all = json_member(
        doc, 0, dialect == DIALECT_RESPONSES ? "input" : "messages");
    bool same = false;

    *said = (struct said){0};
    if (json_is(doc, all, JSON_STRING))
        add(said, all, &same);
    else if (all != JSON_NONE)
        add_messages(said, doc, all);
    return said->out_of_memory ? -1 : 0;
}

/* The room is as large as all texts together, so that nothing in it moves. */
int said_inputs(const struct said *said, const struct json_doc *doc,
    struct policy_input *inputs, struct buf *room)
{
    size_t size = 1, begin;

    for (size_t i = 0; i < said->count; i++)
        size += json_raw(doc, said->of[i].node).n;
    if (buf_reserve(room, size) == NULL)
        return -1;
    for (size_t i = 0; i < said->count; i++) {
        inputs[i].same_turn = said->of[i].same_turn;
        inputs[i].text = json_inside(doc, said->of[i].node);
        if (!doc->nodes[said->of[i].node].escaped)
            continue;
        begin = room->len;
        json_string(doc, said->of[i].node, room);
        inputs[i].text = (struct span){room->data + begin, room->len - begin};
    }
    return 0;
}

void said_feed(
    const struct policy_input *inputs, size_t count, struct moderation *m)
{
    for (size_t i = 0; i < count; i++) {
        moderation_feed(m, inputs[i].text);
        moderation_feed(m, (struct span){"\n", 1});
    }
}

void said_free(struct said *said)
{
    free(said->of);
    *said = (struct said){0};
}
