#include "turn_reader.h"

#include <string.h>

struct turn_part *turn_reader_add(
    struct turn_reader *r, enum turn_part_kind kind, int32_t at)
{
    struct turn_part *part = turn_part(r->turn);

    part->kind = kind;
    part->role = r->role;
    part->message = r->message;
    part->item = r->item;
    part->at = at;
    return part;
}

void turn_reader_add_text(struct turn_reader *r, enum turn_part_kind kind,
    struct span text, int32_t at)
{
    if (text.n > 0)
        turn_reader_add(r, kind, at)->text = text;
}

int turn_reader_content(struct turn_reader *r, uint32_t content,
    int (*read)(struct turn_reader *r, uint32_t node, int32_t at))
{
    uint32_t node;
    int32_t at = 0;
    int rc = 0;

    if (json_kind(r->doc, content) == JSON_STRING) {
        turn_reader_add_text(r, TURN_TEXT, json_inside(r->doc, content), -1);
        return 0;
    }
    for (node = json_first(r->doc, content); node != JSON_NONE && rc == 0;
         node = json_after(r->doc, content, node))
        rc = read(r, node, at++);
    return rc;
}

void turn_reader_enclose(struct turn_reader *r, size_t first)
{
    for (size_t i = first; i < r->turn->part_count; i++)
        r->turn->parts[i].inside = true;
}

void turn_reader_choice(struct turn_reader *r, uint32_t node)
{
    static const enum turn_choice choices[] = {
        TURN_CHOICE_NONE, TURN_CHOICE_REQUIRED};

    r->turn->choice = TURN_CHOICE_AUTO;
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
        if (json_string_is(r->doc, node, turn_choice_word(choices[i])))
            r->turn->choice = choices[i];
}

void turn_reader_parallel(struct turn_reader *r)
{
    uint32_t node = json_present(r->doc, 0, "parallel_tool_calls");

    if (node != JSON_NONE)
        r->turn->parallel = json_kind(r->doc, node) == JSON_TRUE;
}

void turn_reader_stops(struct turn_reader *r, uint32_t list)
{
    struct turn *t = r->turn;
    uint32_t node;

    for (node = json_first(r->doc, list);
         node != JSON_NONE && t->stop_count < TURN_STOPS;
         node = json_after(r->doc, list, node))
        t->stops[t->stop_count++] = json_inside(r->doc, node);
}

void turn_reader_schema(struct turn_reader *r, uint32_t holder)
{
    r->turn->format = TURN_FORMAT_SCHEMA;
    r->turn->format_name = json_text(r->doc, holder, "name");
    r->turn->format_schema = json_value(r->doc, holder, "schema");
    r->turn->format_strict = json_value(r->doc, holder, "strict");
}

int turn_reader_refuse(struct turn_reader *r, int32_t at, const char *what)
{
    const struct turn_part where = {.item = r->item, .at = at};
    char path[128];

    turn_place(r->turn, &where, path);
    return fault_set(
        r->fault, REFUSE_INVALID_REQUEST, path, "%s: %s", path, what);
}

int turn_reader_file(
    struct turn_reader *r, struct span data, struct span name, int32_t at)
{
    static const struct span pdf = {"application/pdf", 15};
    struct turn_part *part = turn_reader_add(r, TURN_FILE, at);

    part->name = name;
    turn_url(part, data);
    if (part->data.p != NULL)
        return 0;
    if (!span_ends(name, ".pdf") || memchr(data.p, ':', data.n) != NULL)
        return turn_reader_refuse(
            r, at, "send the file as a data URL, which says what it is");
    part->url = (struct span){0};
    part->media_type = pdf;
    part->data = data;
    return 0;
}
